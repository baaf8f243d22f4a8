"""The types of a csv file's columns, kept next to it in the object's metadata: csv has no place for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

NAME = "oseberg-schema"
_LONGEST = 1024  # bytes; S3 allows 2 KB of metadata in all, and the rest is the caller's
_TEXT = {"str", "object", "string"}


def describe_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Return metadata with the types of a frame's columns.

    Args:
        frame: The table that is written as csv.

    Returns:
        Nothing where all columns are text, or where their types can't be described in a few words.
    """
    names = list(frame.columns)
    if len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        return {}
    kinds = {name: str(frame[name].dtype) for name in names}
    text = json.dumps({name: kind for name, kind in kinds.items() if kind not in _TEXT})
    return {NAME: text} if text != "{}" and len(text) <= _LONGEST else {}


def apply_schema(frame: pd.DataFrame, metadata: Mapping[str, Any]) -> pd.DataFrame:
    """Convert columns to the types that an object's metadata names; the others stay text.

    Args:
        frame: The table as text.
        metadata: The object's metadata.

    Returns:
        The table as it was written.
    """
    kinds = json.loads(metadata.get(NAME, "{}"))
    known = {name: _converted(frame[name], kind) for name, kind in kinds.items() if name in frame.columns}
    return frame.assign(**known)


def _converted(column: pd.Series[Any], kind: str) -> pd.Series[Any]:
    if kind in {"bool", "boolean"}:
        column = column.map({"True": True, "False": False})
    elif kind.startswith(("Int", "UInt", "Float")):
        column = column.astype(object).where(column.notna(), None)  # text is read as a number, what is missing as NA
    converted: pd.Series[Any] = column.astype(kind)  # type: ignore[call-overload] # the name of a type
    return converted
