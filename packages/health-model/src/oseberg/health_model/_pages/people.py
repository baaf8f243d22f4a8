"""Data of users for the page: weeks side by side, and the value of every metric in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._explain.movement import Snapshot
from oseberg.health_model._explain.words import in_words, totals
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.company import written
from oseberg.health_model._pages.packing import cents, smallest
from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STATES = ("active", "automatic mail only", "no activity, no mail")
ACTIVE, PASSIVE, IDLE = range(3)
MEMORY = 13  # weeks looked back for how long somebody has been inactive
WEEKS_SHOWN = 6  # as many as fit side by side on a laptop


def people(
    model: HealthModel, users: pd.DataFrame, now: Snapshot, before: Snapshot, companies: pd.Index[Any]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Lay out the users of a week.

    Args:
        model: The model that scored.
        users: Scores of users, several weeks; the week shown is the latest.
        now: The week shown.
        before: The week before.
        companies: The companies in the page's order.

    Returns:
        Texts: `states` (their names), `answers` (for each metric its distinct answers: words, points in hundredths of
        one, weight), `people` (id, name, contact and role, each a list). Arrays: `person_company` (place, -1 for none),
        `person_state`, `person_lasting` (weeks in that state), `person_scores` (users x weeks, hundredths), `said` and
        `said_before` (metrics x users, places in `answers`), `has_points`.
    """
    roster = now.users
    ids = pd.Index(roster["user_id"])
    past = {name: aligned(table, before.users["user_id"], ids) for name, table in before.tables.items()}
    missing = ~past["weight"].any(axis=1)
    past["weight"][missing] = now.tables["weight"][missing]
    said, answers = answers_of(model, now.tables, past)
    recent, state, lasting = weeks_of(users, ids)
    has = np.logical_or(now.tables["contribution"].any(axis=1), past["contribution"].any(axis=1))
    arrays: dict[str, NDArray[Any]] = {
        "person_company": companies.get_indexer(pd.Index(roster["group_id"])).astype(np.int32),
        "person_state": state.astype(np.uint8),
        "person_lasting": lasting.astype(np.uint8),
        "person_scores": cents(recent),
        "said": said[: len(ids)].T,
        "said_before": said[len(ids) :].T,
        "has_points": np.asarray(has, dtype=np.uint8),
    }
    return {"states": STATES, "answers": answers, "people": identity(roster)}, arrays


def identity(roster: pd.DataFrame) -> list[list[str]]:
    """Return ids, names, contacts and roles of users as text, "" where unknown."""
    texts = roster.reindex(columns=["name", "email", "username", "job_type"])
    name, email, username, role = ([written(cell) for cell in texts[key].tolist()] for key in texts)
    contact = [mail or other for mail, other in zip(email, username, strict=True)]
    ids = [str(user) for user in roster["user_id"].tolist()]
    shown = [text or other or f"User {user}" for text, other, user in zip(name, contact, ids, strict=True)]
    return [ids, shown, contact, role]


def weeks_of(users: pd.DataFrame, ids: pd.Index[Any]) -> tuple[Floats, Ints, Ints]:
    """Return each user's latest scores (NaN: not scored), the state, and for how many weeks it has lasted."""
    week = mondays(users["week"]).astype(object)
    latest = week.max()
    weeks = pd.Index([Week(latest).next(-number).monday for number in range(MEMORY)])
    row, column = ids.get_indexer(pd.Index(users["user_id"])), weeks.get_indexer(pd.Index(week))
    known = (row >= 0) & (column >= 0)
    passive, active = users["passive_only"].to_numpy(bool), users["active"].to_numpy(bool)
    scores, states = np.full((len(ids), MEMORY), np.nan), np.full((len(ids), MEMORY), -1)
    scores[row[known], column[known]] = users["score"].to_numpy(np.float64, na_value=np.nan)[known]
    states[row[known], column[known]] = np.where(active, ACTIVE, np.where(passive, PASSIVE, IDLE))[known]
    lasting = np.cumprod(states == states[:, :1], axis=1).sum(axis=1)
    return scores[:, :WEEKS_SHOWN][:, ::-1], states[:, 0].astype(np.int64), lasting


def aligned(table: Floats, rows: pd.Series[Any], ids: pd.Index[Any]) -> Floats:
    """Bring the rows of a table of users into another order of users; 0 for users without a row."""
    if not len(table):
        return np.zeros((len(ids), table.shape[1]))
    place = pd.Index(rows).get_indexer(ids)
    return np.where((place >= 0)[:, None], table[place], 0.0)


def answers_of(
    model: HealthModel, now: dict[str, Floats], past: dict[str, Floats]
) -> tuple[NDArray[Any], list[list[list[Any]]]]:
    """Put each user's value of each metric into words, in both weeks.

    Returns:
        Places in each metric's list of distinct answers, shape (2 x users, metrics), and these lists.
    """
    tables = {name: np.concatenate([now[name], past[name]]) for name in ("value", "points", "weight")}
    keys = list(model.definition.metrics)
    of = totals(model.definition, {key: tables["value"][:, number] for number, key in enumerate(keys)})
    places = np.zeros(tables["value"].shape, dtype=np.int64)
    answers: list[list[list[Any]]] = []
    for number, (key, metric) in enumerate(model.definition.metrics.items()):
        columns = [tables[name][:, number] for name in ("value", "points", "weight")]
        columns.append(of.get(key, np.full(len(places), np.nan)))
        places[:, number], first = distinct(columns)
        off = not model.weights[key]["default"]
        answers.append(
            [
                [in_words(metric, *values, off=off), round(values[1] * 1e9), int(values[2])]
                for values in zip(*first, strict=True)
            ]
        )
    return smallest(places), answers


def distinct(columns: list[Floats]) -> tuple[Ints, list[list[float]]]:
    """Return a code for each different row of some columns, and the columns' values by code."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        part, values = pd.factorize(column, use_na_sentinel=False)
        code = code * max(len(values), 1) + part
    codes, uniques = pd.factorize(code)
    first = np.zeros(len(uniques), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes.astype(np.int64), [column[first].tolist() for column in columns]
