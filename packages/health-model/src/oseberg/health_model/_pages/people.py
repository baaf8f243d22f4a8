"""What the page shows of each user: weeks side by side, and the points of every metric in words.

Thousands of users with 30 metrics each are packed: distinct words once, points in hundredths, everything compressed.
The page's script unpacks them when somebody asks for a company or a user.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._pages.company import WEEKS_SHOWN, Snapshot, written
from oseberg.health_model._pages.words import in_words
from oseberg.health_model._rounding import whole_hundredths
from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STATES = ("active", "automatic mail only", "nothing at all")
ACTIVE, PASSIVE, IDLE = range(3)
MEMORY = 13  # weeks looked back for how long somebody has been inactive
COLUMNS = ("value", "points", "weight", "contribution")


def packed(content: dict[str, Any]) -> str:
    """Pack plain data for the page's script: JSON, compressed, in characters that no markup knows."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def people(
    model: HealthModel, users: pd.DataFrame, now: Snapshot, before: Snapshot, place: Mapping[object, int]
) -> dict[str, Any]:
    """Lay out the users of a week, the best first.

    Args:
        model: The model that scored.
        users: Scores of users, several weeks; the week shown is the latest.
        now: The week shown.
        before: The week before.
        place: The place of each company on the page.

    Returns:
        `states`: their names. `words`: for each metric its distinct answers. `most`: for each distinct set of weights
        what each metric can give, in hundredths. `people`: id, name, contact, role, company's place, state, weeks in
        that state, scores of the latest weeks, and for those with points: place in `most`, points, their change, and
        places in `words`, the last three by metric.
    """
    roster = now.users.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    ids, scores = pd.Index(roster["user_id"]), roster["score"].to_numpy(np.float64)
    earlier = roster["user_id"].map(before.users.set_index("user_id")["score"])
    tables = laid_out(model, now.contributions, ids)
    parts, past = tables["contribution"], laid_out(model, before.contributions, ids)["contribution"]
    points = in_hundredths(parts, scores)
    moved = in_hundredths(parts - past, scores - earlier.to_numpy(np.float64, na_value=np.nan))
    said, words = answers(model, tables)
    profile, most = attainable(model, tables["weight"])
    details = zip(profile.tolist(), points.tolist(), moved.tolist(), said.tolist(), strict=True)
    has: list[bool] = np.logical_or(parts.any(axis=1), past.any(axis=1)).tolist()
    recent, state, lasting = weeks_of(users, ids)
    rows = zip(*identity(roster, place), state, lasting, recent, strict=True)
    return {
        "states": STATES,
        "words": words,
        "most": most,
        "people": [[*row, *detail] if more else [*row] for row, detail, more in zip(rows, details, has, strict=True)],
    }


def identity(roster: pd.DataFrame, place: Mapping[object, int]) -> list[list[Any]]:
    """Return id, name, contact and role of each user as text, "" where unknown, and the place of the company, or -1."""
    texts = roster.reindex(columns=["name", "email", "username", "job_type"]).astype(object)
    texts = texts.map(written).replace("", None)
    contact = texts["email"].fillna(texts["username"])
    ids = roster["user_id"].astype(str)
    name = texts["name"].fillna(contact).fillna("User " + ids)
    shown: list[list[Any]] = [[*map(str, column.fillna(""))] for column in (ids, name, contact, texts["job_type"])]
    return [*shown, [-1 if pd.isna(group) else place.get(group, -1) for group in roster["group_id"]]]


def weeks_of(users: pd.DataFrame, ids: pd.Index[Any]) -> tuple[list[Any], list[int], list[int]]:
    """Return each user's latest scores in hundredths (None: not scored), the state, and for how many weeks it lasts."""
    keyed = users.assign(week=mondays(users["week"]))
    keyed["state"] = np.where(keyed["active"].astype(bool), ACTIVE, np.where(keyed["passive_only"], PASSIVE, IDLE))
    score, state = (
        keyed.pivot_table(index="user_id", columns="week", values=name).reindex(ids) for name in ("score", "state")
    )
    latest = keyed["week"].max()
    weeks = [Week(latest).next(-number).monday for number in range(MEMORY)]
    states = state.reindex(columns=weeks).to_numpy()
    lasting = np.cumprod(states == states[:, :1], axis=1).sum(axis=1)
    cents = score.reindex(columns=weeks[:WEEKS_SHOWN][::-1]).mul(100).round().to_numpy()
    shown = [[None if np.isnan(cell) else int(cell) for cell in row] for row in cents.tolist()]
    return shown, states[:, 0].astype(int).tolist(), lasting.tolist()


def laid_out(model: HealthModel, rows: pd.DataFrame, ids: pd.Index[Any]) -> dict[str, Floats]:
    """Lay the columns of contributions out as users x metrics; 0 where nothing is stored."""
    user = ids.get_indexer(pd.Index(rows["user_id"]))
    codes, names = pd.factorize(rows["metric"])
    metric = pd.Index([metric.id for metric in model.metrics]).get_indexer(pd.Index(names.astype(str)))[codes]
    known = (user >= 0) & (metric >= 0)
    tables = {name: np.zeros((len(ids), len(model.metrics))) for name in COLUMNS}
    for name, table in tables.items():
        table[user[known], metric[known]] = rows[name].to_numpy(np.float64, na_value=0.0)[known]
    unknown = ~tables["weight"].any(axis=1)  # a score of 0 needs no stored rows
    tables["weight"][unknown] = [metric.weight for metric in model.metrics]
    return tables


def in_hundredths(table: Floats, totals: Floats) -> Ints:
    """Round every metric's points so that each user's add up to the total; 0 where nothing is stored or compared."""
    known = table.any(axis=1) & ~np.isnan(totals)
    return whole_hundredths(np.where(known[:, None], table, 0.0), np.rint(np.where(known, 100 * totals, 0)).astype(int))


def answers(model: HealthModel, tables: dict[str, Floats]) -> tuple[Ints, list[list[str]]]:
    """Put each user's value of each metric into words, as places in each metric's list of distinct answers."""
    places = np.zeros(tables["value"].shape, dtype=np.int64)
    words: list[list[str]] = []
    for number, metric in enumerate(model.definition.metrics.values()):
        keys = pd.MultiIndex.from_arrays([tables[name][:, number] for name in ("value", "points", "weight")])
        places[:, number], distinct = pd.factorize(keys)
        words.append([in_words(metric, *values) for values in distinct])
    return places, words


def attainable(model: HealthModel, weights: Floats) -> tuple[Ints, list[list[int]]]:
    """Return the distinct sets of the largest points that metrics can give, in hundredths, and each user's set."""
    best = np.array([90 if metric.kind == "continuous" else 100 for metric in model.metrics])
    distinct, place = np.unique(weights, axis=0, return_inverse=True)
    most = 100 * best * distinct / np.maximum(distinct.sum(axis=1, keepdims=True), 1)
    return place.reshape(-1), np.rint(most).astype(np.int64).tolist()
