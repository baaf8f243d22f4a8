"""Notes on companies, kept by people in a CSV file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from oseberg.health_model._files import read_csv
from oseberg.health_model.errors import DataError

COLUMNS = ("company", "date", "author", "note")


def read_notes(path: str | Path) -> pd.DataFrame:
    """Read notes from a CSV file with the columns company (its id), date, author and note.

    Returns:
        group_id, date, author, note, all as text but the id, which is a number where all ids are.

    Raises:
        DataError: The file lacks a column, or is not CSV in UTF-8.
    """
    heading, *rows = read_csv(Path(path), DataError) or [[]]
    names = [name.strip().lower() for name in heading]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise DataError(f"{path} lacks the column {missing[0]!r} (required: {', '.join(COLUMNS)}).")
    cells = [dict(zip(names, (cell.strip() for cell in row), strict=False)) for row in rows if any(row)]
    frame = pd.DataFrame(cells, columns=list(names)).reindex(columns=list(COLUMNS)).fillna("")
    ids = frame["company"].astype(str)
    numbers = ids.str.fullmatch(r"\d+").all()
    return frame.rename(columns={"company": "group_id"}).assign(group_id=ids.astype("int64") if numbers else ids)
