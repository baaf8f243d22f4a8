"""CSV as spreadsheets of any country write it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model.errors import HealthModelError


def read_csv(path: Path, error: type[HealthModelError]) -> list[list[str]]:
    """Read all rows: UTF-8 with or without a mark, commas, or semicolons where the heading has no comma.

    Raises:
        HealthModelError: The file is in another encoding, or no CSV; of the class given.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.splitlines()[0] if text else ""
        delimiter = ";" if ";" in first and "," not in first else ","
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except UnicodeDecodeError as problem:
        raise error(f"{path}: {problem}. Save the sheet as CSV UTF-8.") from None
    except csv.Error as problem:
        raise error(f"{path} is no CSV: {problem}.") from None
