"""Cancellations as Salesforce exports them: whose, and when notice was given."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel, ConfigDict

from oseberg.health_model.errors import CancellationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG, BLOCK = 15, 18, 5


class CancellationColumns(BaseModel):
    """The headings of a file of cancellations, where they are others, and how it writes dates.

    Attributes:
        account: The account: a Salesforce id, or the group's own id where the heading is `group_id`.
        notice_date: When notice was given. Not `CloseDate`: that one is expected, and moves.
        contract_end: When the contract ends; kept where the file has it.
        date_format: As for `strptime`; default: ISO dates such as 2026-11-09.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = "AccountId"
    notice_date: str = "NoticeDate"
    contract_end: str = "ContractEndDate"
    date_format: str | None = None


@dataclass(frozen=True)
class Cancellations:
    """Cancellations as read.

    Attributes:
        frame: group_id, date (of the notice), contract_end (missing where unknown).
        set_aside: Rows that could not be used, each with its reason.
    """

    frame: pd.DataFrame
    set_aside: list[str] = field(default_factory=list)


def widen_salesforce_id(text: str) -> str:
    """Widen a 15-character Salesforce id to the 18 characters that tell ids apart without regard to case.

    Each of the three last characters spells which of five characters are capitals (Salesforce's documentation of
    15- and 18-character ids). An 18-character id is checked.

    Raises:
        CancellationError: The text is no id, or its suffix is wrong.

    >>> widen_salesforce_id("001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    """
    if len(text) not in (SHORT, LONG) or not (text.isascii() and text.isalnum()):
        raise CancellationError(f"{text!r} is no Salesforce id: it has {len(text)} characters instead of 15 or 18.")
    short = text[:SHORT]
    blocks = [short[start : start + BLOCK] for start in range(0, SHORT, BLOCK)]
    suffix = "".join(SUFFIX[sum(letter.isupper() << place for place, letter in enumerate(block))] for block in blocks)
    if len(text) == LONG and text[SHORT:].upper() != suffix:
        raise CancellationError(f"{text!r} is no Salesforce id: its last three characters should be {suffix}.")
    return short + suffix


def read_cancellations(
    path: str | Path,
    *,
    accounts: Mapping[str, int] | None = None,
    columns: CancellationColumns | None = None,
) -> Cancellations:
    """Read a CSV file of cancellations.

    Args:
        path: The file, with a heading; UTF-8.
        accounts: The group of each Salesforce id (15 or 18 characters); not needed for files with `group_id`.
        columns: Other headings or another way to write dates.

    Raises:
        CancellationError: A column is missing, an id or a date is wrong, or a tool has lower-cased the ids. The message
            names file and row.
    """
    path, columns = Path(path), columns or CancellationColumns()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        heading, rows = list(reader.fieldnames or ()), list(reader)
    account = "group_id" if columns.account not in heading and "group_id" in heading else columns.account
    for name in (account, columns.notice_date):
        if name not in heading:
            raise CancellationError(f"{path} has no column {name!r}. It has {', '.join(heading) or 'no heading'}.")
    if account != "group_id":
        refuse_lower_cased([row[account].strip() for row in rows], path)
    known = {widen_salesforce_id(key): group for key, group in (accounts or {}).items()}
    found, aside = [], []
    for number, row in enumerate(rows, start=2):
        try:
            group = int(row[account]) if account == "group_id" else known.get(widen_salesforce_id(row[account].strip()))
            notice = read_day(row[columns.notice_date], columns.date_format)
            end = read_day(row.get(columns.contract_end) or "", columns.date_format)
        except (ValueError, CancellationError) as error:
            raise CancellationError(f"{path}, row {number}: {error}") from None
        if group is None or notice is None:
            reason = "the account belongs to no group" if group is None else "there is no notice date"
            aside.append(f"row {number} ({row[account]}): {reason}")
        else:
            found.append((group, notice, end))
    frame = pd.DataFrame(found, columns=["group_id", "date", "contract_end"])
    return Cancellations(frame.astype({"date": "datetime64[s]", "contract_end": "datetime64[s]"}), aside)


def read_day(text: str, date_format: str | None) -> datetime | None:
    """Read a day; nothing written is no day."""
    text = text.strip()
    if not text:
        return None
    return datetime.strptime(text, date_format) if date_format else datetime.fromisoformat(text).replace(tzinfo=None)  # noqa: DTZ007 - a day


def refuse_lower_cased(ids: Sequence[str], path: Path) -> None:
    """Refuse a file whose 15-character ids lost their capitals: different accounts would become one.

    Raises:
        CancellationError: More than half of the short ids with letters have no capital.
    """
    short = [text for text in ids if len(text) == SHORT and any(letter.isalpha() for letter in text)]
    lower = [text for text in short if text == text.lower()]
    if 2 * len(lower) > len(short):
        raise CancellationError(
            f"{path}: {len(lower)} of {len(short)} ids with 15 characters have no capitals, such as {lower[0]!r}: a"
            " tool has lower-cased them. Export the ids again, with 18 characters if possible."
        )
