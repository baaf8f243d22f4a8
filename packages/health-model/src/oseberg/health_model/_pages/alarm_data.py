"""Data of past alarms for the page's script, including those of companies that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._churn.alarms import OUTCOMES, past_alarms
from oseberg.health_model._pages.company import written
from oseberg.health_model._pages.packing import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oseberg.health_model._churn.history import History


def alarm_data(
    history: History, companies: pd.Index[Any], threshold: float
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Lay out the past alarms of every company for the page's script, the newest first.

    Args:
        history: The companies' weeks.
        companies: The companies of the latest week, in the page's order.
        threshold: At or below it a week is low.

    Returns:
        Texts: `outcomes` (their names), `former` (names and types of companies of earlier weeks; their places follow
        those of `companies`), `canceled` (by place of a company, its day). Arrays, one value for each alarm:
        `alarm_company` (place), `alarm_since` and `alarm_until` (weeks; -1: it did not end), `alarm_outcome`.
    """
    alarms = past_alarms(history, threshold).sort_values("since", ascending=False, kind="stable")
    gone = pd.Index(alarms["group_id"].unique()).difference(companies)
    place = companies.append(gone).get_indexer(pd.Index(alarms["group_id"]))
    weeks = {monday: number for number, monday in enumerate(history.calendar)}
    until = [NOTHING if week is None else weeks[week] for week in alarms["until"]]
    codes = {name: number for number, name in enumerate(OUTCOMES)}
    known = alarms.dropna(subset=["canceled_on"]).index
    days = dict(zip(alarms.index, alarms["canceled_on"], strict=True))
    places = dict(zip(alarms.index, place.tolist(), strict=True))
    texts = {
        "outcomes": OUTCOMES,
        "former": former(history, gone),
        "canceled": {str(places[row]): days[row].isoformat() for row in known},
    }
    arrays: dict[str, NDArray[Any]] = {
        "alarm_company": place.astype(np.int32),
        "alarm_since": np.array([weeks[week] for week in alarms["since"]], dtype=np.int16),
        "alarm_until": np.array(until, dtype=np.int16),
        "alarm_outcome": alarms["outcome"].map(codes).to_numpy(np.uint8),
    }
    return texts, arrays


def former(history: History, gone: pd.Index[Any]) -> dict[str, list[str]]:
    """Return the names and types of companies that are not in the latest week."""
    last = history.frame[history.frame["group_id"].isin(gone)].drop_duplicates("group_id", keep="last")
    facts = last.set_index("group_id").reindex(gone).reindex(columns=["group_name", "group_type"])
    names = [written(name) or f"Company {group}" for name, group in zip(facts["group_name"], facts.index, strict=True)]
    return {"name": names, "type": [written(kind) for kind in facts["group_type"]]}
