"""Feeds: deliveries that state changes, and the day of each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAY = "%Y%m%d"
_ANY_DAY = date(2026, 12, 31)  # its layouts are as long as those of any other day


@dataclass(frozen=True)
class Feed:
    """Deliveries that state changes since the one before, instead of the whole index.

    A document that comes again replaces what earlier deliveries said of it; with `ACTION` among the fields each row
    says whether it adds, updates or deletes.

    Args:
        day: The layout (of `strptime`) of the day with which the names of index files begin, as `%m%d%Y.exp`; what
            follows in a name does not matter. None: deliveries are in folders `YYYYMMDD`.
        key: Keys of the record that together name a document in every delivery; several where numbers start again.
    """

    day: str | None = None
    key: tuple[str, ...] = ("instrument_number",)

    def day_of(self, name: str) -> date | None:
        """Return the day that the name of an index file begins with.

        Args:
            name: The file's name.

        Returns:
            The day; None where there is none.
        """
        if self.day is None:
            return None
        try:
            return datetime.strptime(name[: len(_ANY_DAY.strftime(self.day))], self.day).date()  # noqa: DTZ007 - a day
        except ValueError:
            return None

    def delivery(self, source: str, names: Iterable[str]) -> str | None:
        """Return the name under which a delivery's results are kept; names in order are deliveries in order.

        Args:
            source: The delivery's folder, file or address.
            names: The names of its index files.

        Returns:
            The day as `20260605`: that of the folder `YYYYMMDD`, else the one in the files' names, with the first
            file's name behind it. None where neither states a day.
        """
        # A file is in the folder of its day, and either may be passed.
        for part in reversed(PurePosixPath(source.replace("\\", "/")).parts[-2:]):
            if is_day(part):
                return part
        found = sorted((day, name) for name in names if (day := self.day_of(name)))
        return f"{found[0][0].strftime(_DAY)}-{found[0][1].partition('.')[0]}" if found else None


def is_day(text: str) -> bool:
    """Whether a text is a day as `20260605`."""
    if not re.fullmatch("[0-9]{8}", text):
        return False
    try:
        datetime.strptime(text, _DAY)  # noqa: DTZ007 - a day
    except ValueError:
        return False
    return True
