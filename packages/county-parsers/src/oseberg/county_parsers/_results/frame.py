"""Records as a flat pandas table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from oseberg.county_parsers._records.record import RECORD, TRACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from oseberg.county_parsers._records.record import Record

# Keys that are lists or mappings in the record, and texts or numbers in the table.
_JOINED = frozenset(key for key, value in RECORD.items() if isinstance(value, list)) | {"source"}
_COLUMNS = [
    *(key for key in RECORD if key not in _JOINED),
    "grantors",
    "grantees",
    "legal_text",
    "reference_text",
    "images",
    "source_file",
    "source_line",
]
_DAYS = ("recorded_on", "instrument_date")
# Columns that are neither days nor texts.
_TYPES = dict.fromkeys(("partial", "correction", "complete"), "bool") | {
    "page_count": "Int64",
    "images": "int64",
    "source_line": "int64",
}
_OF_TRACT = [key for key in TRACT if key != "text"]


def frame(records: Sequence[Record], per: Literal["document", "tract"]) -> pd.DataFrame:
    """Return one row for each document or each tract, as `Result.frame` describes them.

    The types are the same whatever the records state, so that tables of several days can be joined.

    Args:
        records: The records as plain data.
        per: `document` or `tract`.

    Returns:
        The table.

    Raises:
        ValueError: `per` is neither.
    """
    import pandas as pd  # noqa: PLC0415 - a second of a parse that needs no table

    if per == "tract":
        rows = [{**_document(record), **_tract(legal)} for record in records for legal in record["legals"] or [TRACT]]
    elif per == "document":
        rows = [_document(record) for record in records]
    else:
        raise ValueError(f"per is {per!r}; it should be 'document' or 'tract'.")
    columns = [*_COLUMNS, *([f"legal_{key}" for key in _OF_TRACT] if per == "tract" else [])]
    table = pd.DataFrame(rows, columns=columns)
    for column in _DAYS:
        table[column] = pd.to_datetime(table[column], format="%Y-%m-%d").astype("datetime64[us]")
    return table.astype({column: _TYPES.get(column, "str") for column in columns if column not in _DAYS})


def _document(record: Record) -> dict[str, Any]:
    return {
        **{key: value for key, value in record.items() if key not in _JOINED},
        "extra": json.dumps(record["extra"], ensure_ascii=False) if record["extra"] else None,
        "grantors": _join(party["name"] for party in record["grantors"]),
        "grantees": _join(party["name"] for party in record["grantees"]),
        "legal_text": _join(dict.fromkeys(legal["text"] for legal in record["legals"])),
        "reference_text": _join(reference["text"] for reference in record["references"]),
        "images": len(record["images"]),
        "source_file": record["source"]["file"],
        "source_line": record["source"]["lines"][0],
    }


def _tract(legal: dict[str, Any]) -> dict[str, Any]:
    return {"legal_text": legal["text"], **{f"legal_{key}": legal[key] for key in _OF_TRACT}}


def _join(texts: Iterable[str]) -> str | None:
    return "; ".join(texts) or None
