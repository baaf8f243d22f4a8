"""Reads files of users and groups, and finds every fault with its file and line before anything is stored."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._identity.ids import AccountId, id_reader
from oseberg.usage_db.errors import AccountFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db._accounts.settings import AccountSettings

_SHOWN_FAULTS = 20
_BOOLEANS = {"true": True, "t": True, "yes": True, "y": True, "1": True} | dict.fromkeys(
    ("false", "f", "no", "n", "0"), False
)
PRODUCTS = ("Atla", "Sol")
GROUP_TYPES = ("Enterprise", "SMB", "Oseberg")


@dataclass
class Table:
    """Rows of text with the line each came from."""

    name: str
    header: list[str]
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def read_file(path: Path) -> Table:
    """Read a CSV file as text.

    Raises:
        AccountFileError: It is missing, not UTF-8, or has rows of another length than its header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(str(path), csv.reader(file, strict=True))
    except OSError as error:
        raise AccountFileError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise AccountFileError(
            f'{path} is not valid UTF-8 at byte {error.start + 1}. Save it as "CSV UTF-8".'
        ) from error


def _read(name: str, reader: Any) -> Table:  # noqa: ANN401 - csv's reader has no public type
    try:
        table = Table(name, [title.strip() for title in next(reader, [])])
        if len(table.header) == 1 and (other := re.search(r"[;|\t]", table.header[0])):
            fail([f"{name}:1: the columns are separated by {other[0]!r}; save the file with commas"])
        faults = []
        for row in reader:
            if len(row) == len(table.header):
                table.rows.append((reader.line_num, dict(zip(table.header, row, strict=True))))
            elif row:
                faults.append(f"{name}:{reader.line_num}: {len(row)} fields, but the header has {len(table.header)}")
    except csv.Error as error:
        raise AccountFileError(f"{name}:{reader.line_num}: {error}. Nothing was imported.") from error
    fail(faults)
    return table


def from_frame(frame: pd.DataFrame, name: str) -> Table:
    """Return a DataFrame as rows of text; the line is the row's number from 1."""
    table = Table(name, [str(title) for title in frame.columns])
    columns = [_texts(frame[title]) for title in frame.columns]
    for number, row in enumerate(zip(*columns, strict=True), start=1):
        table.rows.append((number, dict(zip(table.header, row, strict=True))))
    return table


def _texts(column: pd.Series[Any]) -> list[str]:
    """Write values as a CSV file would hold them; whole floats (ids next to missing ones) without their point."""
    return [_text(value) for value in column.astype(object).where(column.notna(), "").tolist()]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():  # a date, as pandas keeps it
        return value.date().isoformat()
    return str(value)


def fail(faults: Sequence[str]) -> None:
    """Raise the faults, if there are any.

    Raises:
        AccountFileError: There are; it shows the first twenty.
    """
    if not faults:
        return
    more = f"\n... and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
    raise AccountFileError("\n".join(faults[:_SHOWN_FAULTS]) + more + "\nNothing was imported.")


def size(text: str) -> Decimal:
    """Read an account size in dollars."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value < 0 or not re.fullmatch(r"[\d.]+", text, re.ASCII):
        raise ValueError(f"{text!r} is not an amount; write it like 49999.99")
    return value


def boolean(text: str) -> bool:
    """Read yes or no."""
    if text.casefold() not in _BOOLEANS:
        raise ValueError(f"{text!r} is neither true nor false")
    return _BOOLEANS[text.casefold()]


def products(text: str) -> str:
    """Read a list like `Atla;Sol`."""
    parts = [part.strip() for part in text.split(";")]
    if any(part not in PRODUCTS for part in parts):
        raise ValueError(f"{text!r} is not a list of products; write {';'.join(PRODUCTS)}, one of them, or nothing")
    return ";".join(sorted(set(parts)))


def group_type(text: str) -> str:
    """Read a group type."""
    for name in GROUP_TYPES:
        if name.casefold() == text.casefold():
            return name
    raise ValueError(f"{text!r} is not a group type; write {', '.join(GROUP_TYPES)}, or nothing")


def day(text: str) -> date:
    """Read a date."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a date; write it like 2026-11-01")


def currency(text: str) -> str:
    """Read the code of a currency."""
    if not re.fullmatch(r"[A-Za-z]{3}", text, re.ASCII):
        raise ValueError(f"{text!r} is not the code of a currency; write it like USD")
    return text.upper()


_USER_FIELDS: dict[str, Callable[[str], Any]] = {
    "id": str,
    "email": str,
    "username": str,
    "name": str,
    "group_id": str,
    "job_type": str,
    "enabled": boolean,
    "products": products,
    "created_on": day,
    "disabled_on": day,
}
_GROUP_FIELDS: dict[str, Callable[[str], Any]] = {
    "id": str,
    "name": str,
    "account_size": size,
    "group_type": group_type,
    "salesforce_id": str,
    "started_on": day,
    "cancelled_on": day,
    "renewal_on": day,
    "arr": size,
    "currency": currency,
    "owner": str,
}


def user_fields(settings: AccountSettings) -> dict[str, Callable[[str], Any]]:
    """Return the columns of a file of users, with the function that reads each."""
    ids = {"id": id_reader(settings.user_ids), "group_id": id_reader(settings.group_ids)}
    return _USER_FIELDS | ids | dict.fromkeys(settings.user_segments, str)


def group_fields(settings: AccountSettings) -> dict[str, Callable[[str], Any]]:
    """Return the columns of a file of companies, with the function that reads each."""
    return _GROUP_FIELDS | {"id": id_reader(settings.group_ids)} | dict.fromkeys(settings.group_segments, str)


def typed(table: Table, fields: dict[str, Callable[[str], Any]], faults: list[str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows with typed values (empty is None), and note every fault."""
    unknown = [title for title in table.header if title not in fields]
    missing = [title for title in ("id", "name") if title not in table.header]
    twice = sorted({title for title in table.header if table.header.count(title) > 1})
    more = "; others are declared as [accounts] user_segments or group_segments"
    faults += [
        f"{table.name}:1: the column {title!r} is unknown; the known columns are {', '.join(fields)}{more}"
        for title in unknown
    ]
    faults += [f"{table.name}:1: the column {title!r} is missing" for title in missing]
    faults += [f"{table.name}:1: the column {title!r} appears twice" for title in twice]
    if unknown or missing or twice:
        return []
    rows = [(line, _typed_row(f"{table.name}:{line}", row, fields, faults)) for line, row in table.rows]
    first: dict[AccountId, int] = {}
    for line, row in rows:
        if (key := row.get("id")) is not None and first.setdefault(key, line) != line:
            faults.append(f"{table.name}:{line}: id {key} is already on line {first[key]}")
    return rows


def _typed_row(
    place: str, row: dict[str, str], fields: dict[str, Callable[[str], Any]], faults: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for title, raw in row.items():
        text = raw.strip()
        try:
            if "\0" in text:
                raise ValueError("a NUL character, which Postgres can't store")  # noqa: TRY301 - noted like the others
            values[title] = fields[title](text) if text else None
        except ValueError as error:
            faults.append(f"{place}: {title}: {error}")
    faults += [f"{place}: {title} is empty" for title in ("id", "name") if title in values and values[title] is None]
    return values
