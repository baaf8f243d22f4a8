"""The rows of companies for pages and sheets: latest measures, facts about the customer, and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._churn.history import FALLING, LISTS, ONBOARDING, History
from oseberg.health_model._explain.reasons import since, why
from oseberg.health_model._frames import need
from oseberg.health_model._score.companies import COLUMNS
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTS = ("group_name", "group_type", "salesforce_id", "arr", "currency", "owner", "renewal_on", "started_on")
"""What may be known of a customer beyond its use."""

OF_COMPANIES = ("group_id", "week", *COLUMNS)
OF_USERS = ("user_id", "group_id", "week", "score", "active", "passive_only")
ADDED = ("name", "type", "passive", "unused", "underused", "renewal_days", "risk", "why", "since")
LEAST_RISK = 0.1  # of its money: an account on a list is never without risk
MANY_UNUSED = 5  # licenses: fewer are one person on leave
HALF = 0.5


def check_scores(companies: pd.DataFrame | History, users: pd.DataFrame) -> History:
    """Check the scores that pages and sheets show.

    Args:
        companies: The companies' weeks.
        users: Scores of users.

    Returns:
        The companies' history.

    Raises:
        DataError: A column is missing, a user has two scores in a week, or there are companies without users.
    """
    frame = companies.frame if isinstance(companies, History) else companies
    need(frame, OF_COMPANIES, "companies' weeks")
    need(users, OF_USERS, "users")
    if users.empty and len(frame):
        raise DataError("There are scores of companies, but not of users. Pass both.")
    twice = users[users.duplicated(["user_id", "week"])]
    if len(twice):
        user, week = twice[["user_id", "week"]].iloc[0]
        raise DataError(f"User {user} has two scores in {Week.parse(week)}. Pass those of one model version.")
    return History.read(companies)


def account_table(history: History, threshold: float) -> pd.DataFrame:
    """Gather the facts to show about each company of the latest week with tracking.

    Args:
        history: The companies' weeks, with the measures of `company_scores` and any of `FACTS`.
        threshold: At or below it a week is low.

    Returns:
        A row for each company, first by list, then by money x risk: the columns of `attention`, the measures of
        `company_scores`, `FACTS` (missing where unknown), name and type (str), passive and unused (int64: users),
        underused (bool), renewal_days (from the end of the week), risk (float64, 0 to 1), why and since (sentences).
    """
    found = history.attention(threshold)
    if found.empty:
        return found.reindex(columns=[*found.columns, *(name for name in COLUMNS if name != "score"), *FACTS, *ADDED])
    week = Week.parse(found["week"].iloc[0])
    latest = history.frame[history.frame["week"] == week.monday]
    wanted = ["group_id", *(name for name in COLUMNS if name != "score"), *FACTS]
    table = found.merge(latest.reindex(columns=wanted), on="group_id", how="left")
    table["name"] = [
        written(name) or f"Company {group}" for name, group in zip(table["group_name"], table["group_id"], strict=True)
    ]
    for name in ("group_type", "owner", "salesforce_id", "currency"):
        table[name] = table[name].map(written)
    table["type"] = table["group_type"]
    table["arr"] = pd.to_numeric(table["arr"], errors="coerce").astype("float64")
    table["users"], table["active_users"] = table["users"].astype("int64"), table["active_users"].astype("int64")
    table["passive"] = (table["passive_share"] * table["users"]).round().astype("int64")
    table["unused"] = table["users"] - table["active_users"]
    table["underused"] = (
        (table["active_users"] > 0) & (table["unused"] >= MANY_UNUSED) & (2 * table["unused"] >= table["users"])
    )
    table["renewal_on"] = pd.to_datetime(table["renewal_on"], errors="coerce")
    table["renewal_days"] = (table["renewal_on"] - pd.Timestamp(week.next().monday)).dt.days
    table["risk"] = risks(table, threshold)
    table["why"] = [why(row) for row in table.to_dict("records")]
    table["since"] = since_when(history, table)
    return table.iloc[ranking(table)].reset_index(drop=True)


def risks(table: pd.DataFrame, threshold: float) -> NDArray[np.float64]:
    """Return the share of an account's money that is at risk, 0 to 1; 0 for accounts on no list.

    A fallen account risks the share that it fell; a low one, how far below the threshold it is.
    """
    low = 1 - table["score"] / max(threshold, 1.0)
    fallen = table["fall"] / table["level"].where(table["level"] > 0)
    young = 1 - table["score"] / max(2 * threshold, 1.0)
    risk = np.select(
        [table["list"] == FALLING, table["list"] == ONBOARDING, table["list"] != ""], [fallen, young, low], 0.0
    )
    return np.where(table["list"] != "", np.clip(np.nan_to_num(risk), LEAST_RISK, 1.0), 0.0)


def ranking(table: pd.DataFrame) -> NDArray[np.int64]:
    """Order accounts by list, then by money x risk; unknown money counts as the median, or as the users if all is."""
    order = {name: place for place, name in enumerate((*LISTS, ""))}
    known = table["arr"].dropna()
    money = table["arr"].fillna(known.median()) if len(known) else table["users"].astype("float64")
    places = table["list"].map(order).to_numpy(np.int64)
    return np.asarray(np.lexsort((table["score"], -(money * table["risk"]), places)), dtype=np.int64)


def since_when(history: History, table: pd.DataFrame) -> list[str]:
    """Describe since when each company has been low, and its score before."""
    scores = history.tracked.to_numpy(np.float64)
    columns = history.tracked.columns.get_indexer(pd.Index(table["group_id"]))
    mondays = list(history.tracked.index)
    users, active = (history.laid_out(name).loc[mondays].to_numpy() for name in ("users", "active_users"))
    told = []
    for column, low_since in zip(columns.tolist(), table["low_since"], strict=True):
        if low_since is None or pd.isna(low_since):
            told.append("")
            continue
        known = np.flatnonzero(~np.isnan(scores[: mondays.index(low_since), column]))
        before = None
        if known.size:
            place = known[-1], column
            before = float(scores[place]), int(active[place]), int(users[place])
        told.append(since(Week.parse(low_since), before))
    return told


def written(text: Any) -> str:  # noqa: ANN401 - a cell
    """Return a text without blanks around it; "" if it is unknown."""
    if isinstance(text, str):  # by far the most, and quicker than to ask pandas
        return text.strip()
    return "" if text is None or pd.isna(text) else str(text).strip()


def renewal(days: float) -> str:
    """Describe when a contract is up for renewal; "" if that is unknown."""
    if np.isnan(days):
        return ""
    count = abs(int(days))
    unit = "day" if count == 1 else "days"
    return f"in {count:,} {unit}" if days >= 0 else f"{count:,} {unit} ago"


def money(amount: float, currency: str = "") -> str:
    """Format a yearly amount with separators; "" if it is unknown."""
    return "" if np.isnan(amount) else f"{amount:,.0f} {currency}".strip()


def totals_of_money(table: pd.DataFrame) -> str:
    """Add the yearly money of accounts up, currency by currency; "" if none is known."""
    known = table.dropna(subset=["arr"])
    sums = known.groupby("currency")["arr"].sum()
    return ", ".join(money(amount, str(currency)) for currency, amount in sums.items())
