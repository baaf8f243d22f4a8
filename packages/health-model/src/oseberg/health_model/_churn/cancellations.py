"""Reads cancellations as Salesforce exports them: the company, and the day of the notice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel, ConfigDict

from oseberg.health_model._churn.salesforce_id import refuse_lower_cased, widen_salesforce_id
from oseberg.health_model._files import read_table
from oseberg.health_model.errors import CancellationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class CancellationColumns(BaseModel):
    """The headings of a file of cancellations, where they differ from the defaults, and its format of dates.

    Attributes:
        account: The account: a Salesforce id, or the company's own id where the heading is `group_id`. A file with both
            is read by `group_id` where the account is blank or unknown.
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

    Returns:
        The cancellations, and the rows that could not be used.

    Raises:
        CancellationError: A column is missing, an id or a date is wrong, or a tool has lower-cased the ids. The message
            names file and row.
    """
    path, columns = Path(path), columns or CancellationColumns()
    own = (columns.account, columns.notice_date, columns.contract_end, "group_id")
    heading, rows = read_table(path, CancellationError, own)
    account = "group_id" if columns.account not in heading and "group_id" in heading else columns.account
    for name in (account, columns.notice_date):
        if name not in heading:
            raise CancellationError(f"{path} lacks column {name!r}. It has {', '.join(heading) or 'no heading'}.")
    return clean(rows, str(path), account, accounts or {}, columns)


def read_accounts(path: str | Path) -> dict[str, int]:
    """Read the group of each Salesforce account from a file with the columns id and salesforce_id.

    Returns:
        The group of each account, by its id of 18 characters.

    Raises:
        CancellationError: A column is missing, or an id is not a whole number. The message names file and row.
    """
    heading, rows = read_table(Path(path), CancellationError, ("id", "salesforce_id"))
    if not {"id", "salesforce_id"} <= set(heading):
        raise CancellationError(
            f"{path} needs the columns id and salesforce_id. It has {', '.join(heading) or 'none'}."
        )
    accounts = {}
    for place, row in rows.items():
        try:
            if row["salesforce_id"]:
                accounts[widen_salesforce_id(row["salesforce_id"])] = group_number(row["id"])
        except CancellationError as error:
            raise CancellationError(f"{path}, {place}: {error}") from None
    return accounts


def clean(
    rows: Mapping[str, Mapping[str, str]],
    source: str,
    account: str,
    accounts: Mapping[str, int],
    columns: CancellationColumns,
) -> Cancellations:
    """Check rows of text and find their groups.

    Args:
        rows: By their place, the columns as text, "" where nothing stands.
        source: Where the rows come from.
        account: The column of the account, or `group_id`.
        accounts: The group of each Salesforce id.
        columns: The other columns.
    """
    known = {}
    # A file of group ids needs no accounts, so wrong ones in GROUPS.csv must not stop it.
    if account != "group_id":
        refuse_lower_cased([row[account] for row in rows.values()], source)
        known = by_long_id(accounts)
    found, aside = [], []
    for place, row in rows.items():
        try:
            group = group_number(row[account]) if account == "group_id" else find_account(row[account], known)
            if group is None and row.get("group_id"):
                group = group_number(row["group_id"])  # stated beside an account that nobody knows
            notice = read_day(row[columns.notice_date], columns.date_format)
            end = read_day(row.get(columns.contract_end, ""), columns.date_format)
        except CancellationError as error:
            raise CancellationError(f"{source}, {place}: {error}") from None
        if group is None or notice is None:
            reason = "no company has this account" if group is None else "the notice date is missing"
            # An unusable row is reported rather than fatal: one unknown customer must not hide all others.
            aside.append(f"{place} ({row[account]}): {reason}")
        else:
            found.append((group, notice, end))
    frame = pd.DataFrame(found, columns=["group_id", "date", "contract_end"])
    return Cancellations(
        frame.astype({"group_id": "int64", "date": "datetime64[s]", "contract_end": "datetime64[s]"}), aside
    )


def by_long_id(accounts: Mapping[str, int]) -> dict[str, int]:
    """Widen the ids of accounts; an error names the group of an invalid one."""
    known = {}
    for key, group in accounts.items():
        try:
            known[widen_salesforce_id(key)] = group
        except CancellationError as error:
            raise CancellationError(f"Group {group}: {error}") from None
    return known


def find_account(text: str, known: Mapping[str, int]) -> int | None:
    """Return the group of a Salesforce id; None for an empty or unknown one."""
    return known.get(widen_salesforce_id(text)) if text else None


def group_number(text: str) -> int:
    """Read a group's id; spreadsheets sometimes write 7 as 7.0."""
    try:
        return int(text.removesuffix(".0"))
    except ValueError:
        raise CancellationError(f"{text!r} is not a company's id, which is a whole number.") from None


def read_day(text: str, date_format: str | None) -> datetime | None:
    """Read a day; None if the cell is empty."""
    if not text:
        return None
    try:
        if date_format:
            return datetime.strptime(text, date_format)  # noqa: DTZ007 - a day
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        wanted = f"written as {date_format}" if date_format else "such as 2026-11-09; `date_format` sets another format"
        raise CancellationError(f"{text!r} is not a date {wanted}.") from None
