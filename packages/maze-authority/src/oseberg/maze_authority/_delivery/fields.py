"""Values of documents' fields, and the fields in which two documents differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.maze_authority._delivery.content import CONTENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    Fields = dict[str, Any]

LENGTH = 60  # characters of a value in a sentence


def fields_of(
    documents: pd.DataFrame, lists: Mapping[str, pd.DataFrame], docs: np.ndarray[Any, np.dtype[np.integer[Any]]]
) -> list[Fields]:
    """Return the fields of some documents as JSON values; absent values are left out.

    Args:
        documents: The document table.
        lists: The tables of the lists by name.
        docs: Positions of documents.

    Returns:
        For each document its fields by name; lists as lists of mappings.
    """
    rows = documents[CONTENT].iloc[docs]
    for name in ("recorded_on", "instrument_date"):
        rows = rows.assign(**{name: rows[name].dt.strftime("%Y-%m-%d")})
    values: list[dict[Any, Any]] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    found = [{name: plain(value) for name, value in row.items() if value is not None} for row in values]
    for name, table in lists.items():
        places = table["doc"].to_numpy()
        starts, ends = (np.searchsorted(places, docs, side=side) for side in ("left", "right"))
        # All rows at once: one document after the other takes a hundred times as long.
        counts = ends - starts
        rows_of = np.repeat(starts - np.append(0, np.cumsum(counts)[:-1]), counts) + np.arange(counts.sum())
        owners = np.repeat(np.arange(len(docs)), counts).tolist()
        for owner, entry in zip(owners, entries(table.iloc[rows_of].drop(columns="doc")), strict=True):
            found[owner].setdefault(name, []).append(entry)
    return found


def entries(table: pd.DataFrame) -> list[Fields]:
    """Return rows of a list's table as mappings; absent values are left out."""
    names = [str(name) for name in table]
    columns = (table[name].astype(object).where(table[name].notna(), None).tolist() for name in names)
    return [
        {name: plain(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def plain(value: Any) -> Any:  # noqa: ANN401 - a field's value
    """Return whole numbers as integers, other values as they are."""
    return int(value) if isinstance(value, float) else value


def differences(old: Fields, new: Fields) -> str:
    """Name the fields in which two documents differ, with both values.

    Args:
        old: The fields of the earlier one.
        new: Those of the later one.

    Returns:
        For example `grantors (HALE ROBERT -> COX RUTH), page_count (3 -> 4)`.
    """
    names = [name for name in [*CONTENT, *sorted({*old, *new} - set(CONTENT))] if old.get(name) != new.get(name)]
    return ", ".join(f"{name} ({said(old.get(name))} -> {said(new.get(name))})" for name in names) or "its content"


def said(value: Any) -> str:  # noqa: ANN401 - a field's value
    """Format a value for a sentence."""
    if value is None:
        return "nothing"
    text = "; ".join(map(entry_text, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 3]}..."


def entry_text(entry: Mapping[str, Any]) -> str:
    """Format a party, a tract, a reference or an image with all of its values."""
    return " ".join(map(str, entry.values()))


def parts_of(rows: np.ndarray[Any, Any], size: int) -> list[np.ndarray[Any, Any]]:
    """Split an array into pieces of a size; the last one may be smaller."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
