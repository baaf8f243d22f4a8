"""Single values of a cell: blank is None, unreadable is a rejection."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from oseberg.county_parsers._records.row import RejectedError

MOST_DIGITS = 18


def clean(cell: str) -> str | None:
    """Return the text without outer blanks; None if nothing is left."""
    return cell.strip() or None


@lru_cache(maxsize=1 << 10)
def whole(cell: str, column: str | None = None) -> int:
    """Return a whole number of at most 18 digits, which fits into 64 bits; it must be stated.

    Args:
        cell: The text.
        column: The column to blame.

    Returns:
        The number.

    Raises:
        RejectedError: `bad_number`.
    """
    digits = cell.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS):
        raise RejectedError("bad_number", column)
    return int(digits)


def count(cell: str) -> int | None:
    """Return a whole number above 0; blank and 0 are None.

    Raises:
        RejectedError: `bad_number`.
    """
    return whole(cell) or None if cell.strip() else None


@lru_cache(maxsize=1 << 14)
def day(text: str, layouts: tuple[str, ...]) -> str:
    """Return an ISO date for a text in one of the layouts of `strptime`.

    A year of two digits (`%y`) is in the latest century that does not put the day into the future: `strptime` alone
    makes 1968 into 2068.

    Args:
        text: The text, without outer blanks.
        layouts: The layouts; the first that fits counts.

    Returns:
        The date as YYYY-MM-DD.

    Raises:
        RejectedError: `bad_date`.
    """
    for layout in layouts if text.isascii() else ():
        try:
            found = datetime.strptime(text, layout).date()  # noqa: DTZ007 - an index states local days
        except ValueError:
            continue
        if "%y" in layout and found > _latest():
            found = _a_century_before(found)
        return found.isoformat()
    raise RejectedError("bad_date")


def _latest() -> date:
    """Return the last day that a clerk may have recorded: tomorrow, where clocks are ahead of ours."""
    return datetime.now(UTC).date() + timedelta(days=1)


def _a_century_before(day_: date) -> date:
    try:
        return day_.replace(year=day_.year - 100)
    except ValueError:
        raise RejectedError("bad_date") from None  # February 29 of a year that is not a leap year


@lru_cache(maxsize=1 << 14)
def clock(text: str, layouts: tuple[str, ...]) -> str:
    """Return an ISO time for a text in one of the layouts of `strptime`.

    Args:
        text: The text, without outer blanks.
        layouts: The layouts; the first that fits counts.

    Returns:
        The time as HH:MM:SS.

    Raises:
        RejectedError: `bad_date`.
    """
    for layout in layouts if text.isascii() else ():
        try:
            return datetime.strptime(text, layout).time().replace(microsecond=0).isoformat()  # noqa: DTZ007 - local
        except ValueError:
            continue
    raise RejectedError("bad_date")


def hhmmss(cell: str) -> str | None:
    """Return an ISO time for `hhmmss` whose leading zeros may have been cut; blank is None.

    Raises:
        RejectedError: `bad_date`.
    """
    text = cell.strip()
    return clock(text.zfill(len("hhmmss")), ("%H%M%S",)) if text else None


@lru_cache(maxsize=1 << 12)
def two_digit_day(text: str, run_date: date | None) -> str:
    """Return an ISO date for `yymmdd`: in the latest century that puts it on or before the run date.

    Raises:
        RejectedError: `bad_date`.
    """
    if run_date is None or len(text) != len("yymmdd") or not (text.isascii() and text.isdecimal()):
        raise RejectedError("bad_date")
    year, month, day_of_month = int(text[:2]), int(text[2:4]), int(text[4:])
    for century in (2000, 1900, 1800):
        try:
            found = date(century + year, month, day_of_month)
        except ValueError:
            continue
        if found <= run_date:
            return found.isoformat()
    raise RejectedError("bad_date")


@lru_cache(maxsize=1 << 11)
def hhmm(cell: str) -> str | None:
    """Return an ISO time for `hhmm`; blank is None.

    Raises:
        RejectedError: `bad_date`.
    """
    text = cell.strip()
    if not text:
        return None
    if len(text) != len("hhmm") or not (text.isascii() and text.isdecimal()):
        raise RejectedError("bad_date")
    try:
        return time(int(text[:2]), int(text[2:])).isoformat()
    except ValueError:
        raise RejectedError("bad_date") from None
