"""Data of companies for the page's script: the table of all accounts, and a page for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._churn.history import LISTS, History
from oseberg.health_model._explain.movement import Movement
from oseberg.health_model._frames import need
from oseberg.health_model._pages.company import money, renewal, written
from oseberg.health_model._pages.html import account_link
from oseberg.health_model._pages.packing import NOTHING, cents
from oseberg.health_model._rounding import half_up, whole_hundredths

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTE_COLUMNS = ("group_id", "date", "author", "note")


def company_data(
    history: History, accounts: pd.DataFrame, moved: Movement, notes: pd.DataFrame | None, threshold: float
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Lay out companies for the page's script.

    Args:
        history: The companies' weeks.
        accounts: From `account_table`, with `said`.
        moved: What moved the companies since the week before.
        notes: group_id, date, author, note.
        threshold: At or below it a week is low.

    Returns:
        Texts: `weeks` (Mondays), `lost`, `declined`, `rulers` (the number of each week's reference), `lists`,
        `threshold`, `accounts` (columns of texts), `notes` (by place). Arrays: `scores`, `active`, `users`
        and `means` (weeks x companies), `moves` (companies x metrics) and one for each number of the latest week.
    """
    groups = pd.Index(accounts["group_id"])
    weeks = history.calendar
    names = ("score", "active_score", "users", "active_users")
    tables = {name: history.laid_out(name).reindex(index=weeks, columns=groups).to_numpy() for name in names}
    # Weeks without tracking keep their place in the charts, but have no reference and raise no alarm.
    rulers = np.full(len(weeks), NOTHING)
    rulers[[weeks.index(monday) for monday in history.tracked.index]] = history.rulers
    texts = {
        "weeks": [monday.isoformat() for monday in weeks],
        "lost": [weeks.index(monday) for monday in history.lost],
        "declined": [weeks.index(monday) for monday in history.declines],
        "rulers": rulers.tolist(),
        "lists": LISTS,
        "threshold": round(100 * threshold),
        "accounts": columns_of(accounts),
        "notes": notes_of(notes, groups),
    }
    arrays: dict[str, NDArray[Any]] = {
        "scores": cents(tables["score"]),
        "means": cents(tables["active_score"]),
        "users": whole(tables["users"]),
        "active": whole(tables["active_users"]),
        "moves": moves(accounts, moved),
        "change": signed_cents(accounts["change"]),
        "core": cents(accounts["core_score"].to_numpy(np.float64)),
        "extra": cents(accounts["passive_points"].to_numpy(np.float64)),
        "top": percent(accounts["concentration"]),
        "mail": whole(accounts["passive"].to_numpy(np.float64)),
        "low_weeks": accounts["weeks_low"].to_numpy(np.uint8),
        "urgent": accounts["needs_attention"].to_numpy(np.uint8),
        "list": accounts["list"].map({name: place for place, name in enumerate((*LISTS, ""))}).to_numpy(np.uint8),
        "renewal_days": whole(accounts["renewal_days"].to_numpy(np.float64)),
    }
    return texts, arrays


def columns_of(accounts: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the texts of accounts, column by column: repeated words compress best next to each other."""
    ids = accounts["group_id"].astype(str)
    return {
        "id": ids.tolist(),
        "link": [account_link(text) for text in ids],
        "name": accounts["name"].tolist(),
        "type": accounts["type"].tolist(),
        "owner": accounts["owner"].tolist(),
        "salesforce_id": accounts["salesforce_id"].tolist(),
        "arr": [None if np.isnan(amount) else half_up(amount) for amount in accounts["arr"].tolist()],
        "money": [money(*pair) for pair in zip(accounts["arr"], accounts["currency"], strict=True)],
        "renewal": [renewal(days) for days in accounts["renewal_days"].tolist()],
        "said": accounts["said"].tolist(),
    }


def moves(accounts: pd.DataFrame, moved: Movement) -> NDArray[np.int16]:
    """Return what each metric moved each company, in hundredths that add up to its change."""
    change = accounts["change"].to_numpy(np.float64)
    known = ~np.isnan(change) & ~np.isnan(moved.points).any(axis=1)
    totals = np.array([round(100 * half_up(value)) for value in np.where(known, change, 0.0).tolist()], dtype=np.int64)
    return whole_hundredths(np.where(known[:, None], moved.points, 0.0), totals).astype(np.int16)


def notes_of(notes: pd.DataFrame | None, groups: pd.Index[Any]) -> dict[str, list[list[str]]]:
    """Return the notes of each company that is shown, the newest first."""
    if notes is None:
        return {}
    need(notes, NOTE_COLUMNS, "notes")
    found: dict[str, list[list[str]]] = {}
    for row in notes.sort_values("date", ascending=False, kind="stable").to_dict("records"):
        place = groups.get_indexer(pd.Index([row["group_id"]]))[0]
        if place >= 0:
            found.setdefault(str(place), []).append(
                [written(str(row["date"])[:10]), *map(written, (row["author"], row["note"]))]
            )
    return found


def whole(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return counts, the smallest number where they are unknown."""
    return np.where(np.isnan(values), np.iinfo(np.int32).min, np.nan_to_num(values)).astype(np.int32)


def signed_cents(values: pd.Series[float]) -> NDArray[np.int32]:
    """Return changes in hundredths, the smallest number where they are unknown."""
    known = values.to_numpy(np.float64)
    rounded = [np.nan if np.isnan(value) else round(100 * half_up(value)) for value in known.tolist()]
    return whole(np.array(rounded, dtype=np.float64))


def percent(values: pd.Series[float]) -> NDArray[np.int16]:
    """Return shares in whole percent, -1 where they are unknown."""
    shares = values.to_numpy(np.float64)
    return np.where(np.isnan(shares), NOTHING, np.floor(100 * np.nan_to_num(shares) + 0.5)).astype(np.int16)
