"""Builds the tables of a delivery from records, piece by piece, so that a long file is never held as objects."""

from __future__ import annotations

from datetime import date, time
from itertools import chain
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel

from oseberg.maze_authority._record import DocumentType, Image, IndexRecord, Legal, Party, Reference
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LISTS: dict[str, type[BaseModel]] = {
    "grantors": Party,
    "grantees": Party,
    "legals": Legal,
    "references": Reference,
    "images": Image,
}
SCALARS = [name for name in IndexRecord.model_fields if name not in LISTS and name != "source"]
TYPES = frozenset(get_args(DocumentType))
FILLED = {"partial": False, "correction": False, "complete": True}


class Tables:
    """Collects columns of records and turns them into the delivery's tables."""

    def __init__(self) -> None:
        self.count = 0
        self.scalars: dict[str, list[Any]] = {name: [] for name in (*SCALARS, "source_file", "source_line")}
        self.lists: dict[str, dict[str, list[Any]]] = {
            name: {"doc": [], **{field: [] for field in model.model_fields}} for name, model in LISTS.items()
        }

    def add(self, columns: Mapping[str, Sequence[Any]], count: int) -> None:
        """Add records, given as columns of IndexRecord's fields; lists hold models or mappings."""
        for name in SCALARS:
            self.scalars[name].extend(columns[name])
        sources = plain(columns["source"])
        self.scalars["source_file"].extend([source["file"] for source in sources])
        self.scalars["source_line"].extend([source["lines"][0] if source["lines"] else -1 for source in sources])
        for name, into in self.lists.items():
            items = columns[name]
            lengths = np.fromiter(map(len, items), dtype=np.int64, count=count)
            into["doc"].append(np.repeat(np.arange(self.count, self.count + count), lengths))
            entries = plain(list(chain.from_iterable(items)))
            for field in into:
                if field != "doc":
                    into[field].extend(values(entries, field))
        self.count += count

    def documents(self) -> pd.DataFrame:
        """Give the documents in input order."""
        typed = {"recorded_on": days, "instrument_date": days, "recorded_time": times}
        data: dict[str, Any] = {}
        for name, values in self.scalars.items():
            if name in typed:
                data[name] = typed[name](values, name)
            elif name in FILLED:
                data[name] = np.array(values, dtype=bool)
            elif name == "page_count":
                data[name] = np.array(values, dtype=np.float64)
            elif name == "source_line":
                data[name] = np.array(values, dtype=np.int64)
            else:
                data[name] = objects(values)
        return pd.DataFrame(data)

    def lists_frames(self) -> dict[str, pd.DataFrame]:
        """Give the tables of the lists, each row with its document's place in the input."""
        frames = {name: self._frame(name) for name in self.lists}
        grantors = frames.pop("grantors").assign(side="grantor")
        grantees = frames.pop("grantees").assign(side="grantee")
        parties = pd.concat([grantors, grantees], ignore_index=True)
        frames["parties"] = parties.astype({"side": object})[["doc", "side", "name", "suffix", "capacity"]]
        return frames

    def _frame(self, name: str) -> pd.DataFrame:
        content = self.lists[name]
        docs = np.concatenate(content["doc"]) if content["doc"] else np.empty(0, dtype=np.int64)
        columns = {field: objects(content[field]) for field in content if field != "doc"}
        if name == "images":
            columns["page"] = columns["page"].astype(np.float64)
        return pd.DataFrame({"doc": docs, **columns}, copy=False)


def objects(values: list[Any]) -> pd.Series:
    """Hold values as they are: texts stay str, what is missing stays None."""
    return pd.Series(np.array(values, dtype=object), dtype=object)


def plain(entries: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """See models as the mappings of their fields."""
    if set(map(type, entries)) <= {dict}:
        return entries
    return [vars(entry) if isinstance(entry, BaseModel) else entry for entry in entries]


def values(entries: Sequence[Mapping[str, Any]], field: str) -> list[Any]:
    """Give one field of all entries, None where it is left out."""
    try:
        return [entry[field] for entry in entries]
    except KeyError:
        return [entry.get(field) for entry in entries]


def days(values: list[Any], name: str) -> pd.Series:
    """Turn dates, ISO texts or timestamps into datetime64; each distinct one is converted once."""
    codes, unique = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=True)
    converted = np.array([to_day(value, name) for value in unique] + ["NaT"], dtype="datetime64[s]")
    return pd.Series(converted[codes])


def to_day(value: Any, name: str) -> np.datetime64:  # noqa: ANN401 - what the input holds
    """Convert one date.

    Raises:
        RecordsError: It is no date.
    """
    try:
        text = value.strftime("%Y-%m-%d") if isinstance(value, date) else str(date.fromisoformat(value))
        return np.datetime64(text, "s")
    except (TypeError, ValueError):
        raise RecordsError(f"{name}: {value!r} is no date. Dates are ISO days such as 2018-06-05.") from None


def times(values: list[Any], name: str) -> pd.Series:
    """Turn times of day into their texts HH:MM:SS.

    Raises:
        RecordsError: One is no time.
    """
    codes, unique = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=True)
    try:
        converted = [time.fromisoformat(str(value)).isoformat("seconds") for value in unique]
    except ValueError as error:
        raise RecordsError(f"{name}: {error}. Times are HH:MM:SS.") from None
    return pd.Series(np.array([*converted, None], dtype=object)[codes], dtype=object)
