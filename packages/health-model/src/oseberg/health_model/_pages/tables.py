"""The health page's numbers as a workbook or CSV, for people who work on in a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._atomic import write_text
from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, History
from oseberg.health_model._files import write_workbook
from oseberg.health_model._frames import at_week
from oseberg.health_model._pages.company import account_table, check_scores
from oseberg.health_model._pages.people import STATES, weeks_of
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNT = {
    "group_id": "Account id",
    "name": "Account",
    "type": "Type",
    "score": "Score",
    "change": "Change",
    "needs_attention": "Needs attention",
    "weeks_low": "Low weeks of 4",
    "why": "Why",
    "since": "Since when",
    "users": "Licensed users",
    "active_users": "Active users",
    "unused": "Unused licenses",
    "passive": "Automatic mail only",
    "active_score": "Mean of active users",
    "core_score": "Mean of the core",
    "concentration": "Top user's share",
    "list": "List",
}
OF_COMPANY = ("group_id", "salesforce_id", "arr", "currency", "owner", "renewal_on")
"""What every sheet ends with, under the names that programs know: two companies may have one name."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes text for a formula."""


def write_accounts(
    path: str | Path, *, companies: pd.DataFrame | History, users: pd.DataFrame, threshold: float = DEFAULT_THRESHOLD
) -> None:
    """Write what the health page says of companies and users as a spreadsheet, whole or not at all.

    Args:
        path: A `.csv` file gets the companies; an `.xlsx` workbook the sheets accounts, weeks and users.
        companies: As for `write_report`.
        users: As for `write_report`.
        threshold: At or below it a week is low.

    Raises:
        DataError: A column is missing, a user or company has two scores in a week, or the path has another extension.
        ModelError: openpyxl (the extra `xlsx`) is not installed.
    """
    history = check_scores(companies, users)
    ending = Path(path).suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise DataError(f"{path} ends neither in .csv nor in .xlsx.")
    rows = account_table(history, threshold).to_dict("records")
    accounts = [
        [*ACCOUNT.values(), *OF_COMPANY],
        *([shown(row[key]) for key in (*ACCOUNT, *OF_COMPANY)] for row in rows),
    ]
    if ending == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([[guarded(cell) for cell in row] for row in accounts])
        write_text(path, "\ufeff" + text.getvalue(), private=True)  # the mark tells spreadsheets that the file is UTF-8
        return
    names = {row["group_id"]: row for row in rows}
    write_workbook(
        path, {"accounts": accounts, "weeks": week_rows(history, names), "users": user_rows(users, names)}, private=True
    )


def shown(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Format a cell as people read it: two decimals, nothing for unknown, yes or no, days without an hour."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return half_up(value) if isinstance(value, float) else value


def guarded(cell: Any) -> Any:  # noqa: ANN401 - a cell
    """Escape text that would become a formula: customers choose their own names."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def week_rows(history: History, accounts: dict[object, dict[Any, Any]]) -> list[Sequence[Any]]:
    """Lay the companies' weeks side by side, the oldest first."""
    heading = ["Account", *map(str, history.weeks), *OF_COMPANY]
    return [
        heading,
        *(
            [row["name"], *map(shown, history.table[group].tolist()), *(shown(row[key]) for key in OF_COMPANY)]
            for group, row in accounts.items()
        ),
    ]


def user_rows(users: pd.DataFrame, accounts: dict[object, dict[Any, Any]]) -> list[Sequence[Any]]:
    """List the users of the latest week by company, with what they did."""
    heading = ["User id", "Name", "E-mail", "Account", "This week", "For weeks", "Score", *OF_COMPANY]
    if users.empty:
        return [heading]
    now = at_week(users, max(Week.parse(value) for value in users["week"].unique()).monday)
    now = now.reindex(columns=[*users.columns.union(["name", "email"], sort=False)])
    now = now.sort_values(["group_id", "score"], ascending=[True, False], kind="stable")
    _, states, lasting = weeks_of(users, pd.Index(now["user_id"]))
    columns = [now[key].tolist() for key in ("user_id", "name", "email", "group_id", "score")]
    told = zip(*columns, states.tolist(), lasting.tolist(), strict=True)
    rows: list[Sequence[Any]] = [heading]
    for user, name, email, group, score, state, weeks in told:
        account = accounts.get(group, {})
        facts = [account.get("name", ""), STATES[state], weeks, shown(score)]
        rows.append([user, shown(name), shown(email), *facts, *(shown(account.get(key)) for key in OF_COMPANY)])
    return rows
