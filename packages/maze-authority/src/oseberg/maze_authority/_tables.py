"""Builds the tables of a delivery from records, piece by piece, so that a long file is never held as objects."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, time
from itertools import chain
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel

from oseberg.maze_authority._record import DocumentType, Image, IndexRecord, Legal, Party, Reference
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
DTYPES: dict[str, Any] = {**dict.fromkeys(FILLED, bool), "page_count": np.float64, "source_line": np.int64}
PIECE = 64
"""Records that are held as models at a time: few, or the collector of garbage looks at them again and again."""
SLICE = 4_000
"""Records of a DataFrame whose lists are taken apart at a time: they stay in the processor's cache."""
DISTINCT = "instrument_number"
"""The texts of other fields recur."""
SHAPE = "Lists hold mappings with the fields of Party, Legal, Reference and Image; source is {file, lines}."


class Lazily(dict[str, pd.DataFrame]):
    """Tables by name, each built when it is first asked for."""

    def __init__(self, build: Callable[[str], pd.DataFrame]) -> None:
        super().__init__()
        self.build = build

    def __missing__(self, name: str) -> pd.DataFrame:
        self[name] = self.build(name)
        return self[name]


class Tables:
    """Collects columns of records and turns them into the delivery's tables."""

    def __init__(self) -> None:
        self.count = 0
        self.scalars: dict[str, Any] = {name: [] for name in (*SCALARS, "source_file", "source_line")}
        self.lists: dict[str, dict[str, list[Any]]] = {
            name: {"doc": [], **{field: [] for field in model.model_fields}} for name, model in LISTS.items()
        }
        self.stated: dict[str, set[str]] = {name: set() for name in LISTS}

    def add(self, columns: Mapping[str, Sequence[Any]], count: int) -> None:
        """Add records, given as columns of IndexRecord's fields; lists hold models or mappings."""
        for name in SCALARS:
            self.scalars[name].extend(columns[name])
        self.add_sources(columns["source"])
        for name in self.lists:
            self.add_list(name, columns[name], self.count)
        self.count += count

    def add_sources(self, given: Sequence[Any]) -> None:
        """Add where records stand."""
        sources = plain(given)
        self.scalars["source_file"].extend([source["file"] for source in sources])
        self.scalars["source_line"].extend([source["lines"][0] if source["lines"] else -1 for source in sources])

    def add_list(self, name: str, items: Sequence[Any], start: int) -> None:
        """Add one list of each record, the first of which has the place `start`."""
        into = self.lists[name]
        lengths = np.fromiter(map(len, items), dtype=np.int64, count=len(items))
        into["doc"].append(np.repeat(np.arange(start, start + len(items)), lengths))
        entries = plain(list(chain.from_iterable(items)))
        stated = set(chain.from_iterable(entries))
        self.stated[name] |= stated
        for field in into:
            if field != "doc":
                into[field].extend(values(entries, field) if field in stated else [None] * len(entries))

    def documents(self) -> pd.DataFrame:
        """Give the documents in input order."""
        typed = {"recorded_on": days, "instrument_date": days, "recorded_time": times}
        data: dict[str, Any] = {}
        for name, values in self.scalars.items():
            if name in typed:
                data[name] = typed[name](values, name)
            elif name in DTYPES:
                data[name] = np.asarray(values, dtype=DTYPES[name])
            else:
                data[name] = objects(values)
        return pd.DataFrame(data, copy=False)

    def frame(self, name: str) -> pd.DataFrame:
        """Give a list's table, each row with its document's place in the input; what was collected for it is let go."""
        content = self.lists.pop(name)
        docs = np.concatenate(content["doc"]) if content["doc"] else np.empty(0, dtype=np.int64)
        empty = objects([None] * len(docs))
        stated = self.stated[name]
        columns = {field: objects(content[field]) if field in stated else empty for field in content if field != "doc"}
        if name == "images":
            columns["page"] = columns["page"].astype(np.float64)
        return pd.DataFrame({"doc": docs, **columns}, copy=False)


class FrameTables(Tables):
    """The tables of a DataFrame: its scalars are taken as columns, its lists when a rule asks for them."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__()
        self.count = len(frame)
        self.given = frame
        self.scalars = {name: cells(frame, name) for name in SCALARS} | {"source_file": [], "source_line": []}
        with malformed():
            self.add_sources(frame["source"].tolist())

    def frame(self, name: str) -> pd.DataFrame:
        """Take a list's entries apart, a slice at a time."""
        given = cells(self.given, name).tolist() if name in self.given else []
        items = [() if item is None else item for item in given]
        with malformed():
            for start in range(0, len(items), SLICE):
                self.add_list(name, items[start : start + SLICE], start)
        return super().frame(name)


@contextmanager
def malformed() -> Iterator[None]:
    """Turn what goes wrong with a DataFrame's nested values into a sentence.

    Raises:
        RecordsError: A list or source is none.
    """
    try:
        yield
    except (TypeError, KeyError, AttributeError) as error:
        raise RecordsError(f"The DataFrame holds no index records: {error!r}. {SHAPE}") from None


def cells(frame: pd.DataFrame, name: str) -> np.ndarray[Any, Any]:
    """Give a column's values; for every spelling of missing, or no column at all, the default of its field."""
    default = FILLED.get(name)
    if name not in frame:
        return np.full(len(frame), default, dtype=object)
    column = frame[name]
    if isinstance(column.dtype, pd.StringDtype) and name != DISTINCT:
        return shared(column, default)
    missing = column.isna().to_numpy(dtype=bool)
    given: np.ndarray[Any, Any] = column.to_numpy(dtype=object)
    if missing.any():
        given = given.copy()
        given[missing] = default
    return given


def shared(texts: pd.Series | np.ndarray[Any, Any], missing: object = None) -> np.ndarray[Any, Any]:
    """Hold equal texts as one object: each is hashed once, and compared in no time."""
    codes, unique = pd.factorize(texts)
    held: np.ndarray[Any, Any] = np.array([*unique, missing], dtype=object)[codes]
    return held


def objects(values: Sequence[Any] | np.ndarray[Any, Any]) -> pd.Series:
    """Hold values as they are: texts stay str, what is missing stays None."""
    return pd.Series(np.asarray(values, dtype=object), dtype=object, copy=False)


def plain(entries: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """See models as the mappings of their fields."""
    kinds = set(map(type, entries))
    if kinds <= {dict}:
        return entries
    if all(issubclass(kind, BaseModel) for kind in kinds):
        return [entry.__dict__ for entry in entries]
    return [vars(entry) if isinstance(entry, BaseModel) else {**entry} for entry in entries]


def values(entries: Sequence[Mapping[str, Any]], field: str) -> list[Any]:
    """Give one field of all entries, None where it is left out."""
    try:
        return [entry[field] for entry in entries]
    except KeyError:
        return [entry.get(field) for entry in entries]


def days(values: Sequence[Any], name: str) -> pd.Series:
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


def times(values: Sequence[Any], name: str) -> pd.Series:
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
