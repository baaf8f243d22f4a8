"""Notes on companies, kept by people in a CSV file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from oseberg.health_model._files import read_table
from oseberg.health_model.errors import DataError

COLUMNS = ("company", "date", "author", "note")


def read_notes(path: str | Path, companies: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read notes from a CSV file with the columns company (id, name or Salesforce id), date, author and note.

    Args:
        path: The file.
        companies: group_id, and where known group_name and salesforce_id: people write names rather than ids.

    Returns:
        group_id, date, author, note, all as text but the id, which is a number where all ids are. `attrs["unknown"]`
        lists the companies that are not among those known; their notes are left out.

    Raises:
        DataError: The file lacks a column or is not CSV in UTF-8, or a date is not written as 2026-11-09.
    """
    names, rows = read_table(Path(path), DataError, COLUMNS, any_case=True)
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise DataError(f"{path} lacks the column {missing[0]!r} (required: {', '.join(COLUMNS)}).")
    for place, row in rows.items():
        row["date"] = day_of(row["date"], f"{path}, {place}")
    frame = pd.DataFrame([[row[name] for name in COLUMNS] for row in rows.values()], columns=list(COLUMNS), dtype="str")
    frame = frame.rename(columns={"company": "group_id"})
    ids = frame["group_id"].astype(str)
    if companies is None:
        numbers = ids.str.fullmatch(r"\d+").all()
        return frame.assign(group_id=ids.astype("int64") if numbers else ids)
    known = spellings(companies)
    frame["group_id"] = ids.str.casefold().map(known)
    unknown = list(dict.fromkeys(ids[frame["group_id"].isna()]))
    found = frame[frame["group_id"].notna()].astype({"group_id": companies["group_id"].dtype})
    found.attrs["unknown"] = unknown
    return found


def day_of(text: str, place: str) -> str:
    """Return a day as text, without the time that spreadsheets add; notes are shown in the order of their days."""
    try:
        return text and datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        raise DataError(f"{place}: {text!r} is not a date such as 2026-11-09.") from None


def spellings(companies: pd.DataFrame) -> dict[str, Any]:
    """Return the group of each id, name and Salesforce id, in lower case; an ambiguous name belongs to none."""
    found: dict[str, Any] = {}
    rows = companies.drop_duplicates("group_id")
    names = rows.reindex(columns=["group_name"])["group_name"].fillna("").astype(str).str.strip().str.casefold()
    for column in (names[~names.duplicated(keep=False)], rows.reindex(columns=["salesforce_id"])["salesforce_id"]):
        written = column.fillna("").astype(str).str.casefold()
        found |= {text: group for text, group in zip(written, rows.loc[column.index, "group_id"], strict=True) if text}
    # An id takes precedence over a company with the same name.
    return found | {str(group): group for group in rows["group_id"]}
