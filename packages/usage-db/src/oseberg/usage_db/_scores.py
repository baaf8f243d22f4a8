"""Stores models, references and scores, and reads them as DataFrames."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._identity.ids import AccountId, plain_id
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.frames import read_frame
from oseberg.usage_db.errors import UsageDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    import pandas as pd

    from oseberg.usage_db._postgres.connection import Connection

_METRIC_COLUMNS = ("value", "points", "weight", "contribution")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Scores:
    """The score tables of a database."""

    connection: Connection

    def save_model(self, version: str, definition: dict[str, Any], sha256: str) -> None:
        """Store a model once; a version never changes.

        Raises:
            UsageDatabaseError: The version is stored with another hash.
        """
        stored = one(self.connection, "SELECT sha256 FROM usage.score_model WHERE model_version = %s", (version,))
        if stored is None:
            values = (version, orjson.dumps(definition).decode(), sha256)
            self.connection.execute("INSERT INTO usage.score_model VALUES (%s, %s::jsonb, %s)", values)
        elif stored != sha256:
            raise UsageDatabaseError(
                f"The model {version} is stored with other content. Give a changed model a new version."
            )

    def save_event_products(self, products: Mapping[str, str | None]) -> int:
        """Store the product of each event, and return how many changed."""
        return self.connection.execute(_PRODUCTS, (list(products), list(products.values()))).rowcount

    def save_reference(
        self, reference_id: str, model_version: str, weeks: list[date], cuts: dict[str, Any], users: int
    ) -> None:
        """Store a reference once; it never changes.

        Raises:
            UsageDatabaseError: The id is stored with other cuts.
        """
        text = orjson.dumps(cuts).decode()
        query = "SELECT cuts = %s::jsonb AND model_version = %s FROM usage.score_reference WHERE reference_id = %s"
        same = one(self.connection, query, (text, model_version, reference_id))
        if same is None:
            values = (reference_id, model_version, list(weeks), text, int(users))
            self.connection.execute("INSERT INTO usage.score_reference VALUES (%s, %s, %s, %s::jsonb, %s)", values)
        elif not same:
            raise UsageDatabaseError(f"The reference {reference_id} is stored with other cuts. Give it a new id.")

    def save(
        self, week: date, users: pd.DataFrame, contributions: pd.DataFrame, *, model_version: str, reference_id: str
    ) -> int:
        """Make a week's scores equal to these, in one transaction."""
        key = {"model": model_version, "week": week, "reference": reference_id, "users": len(users)}
        connection = self.connection
        with connection.transaction():
            connection.execute(_STAGE)
            _copy(connection, "staged_score", _score_rows(users))
            _copy_text(connection, "staged_detail", _detail_lines(contributions))
            connection.execute(_STORE_WEEK, key)
            changed = [connection.execute(statement, key).rowcount for statement in _RECONCILE]
            connection.execute("DROP TABLE staged_score, staged_detail")
        return sum(changed)

    def read(self, week: date | None, model_version: str | None) -> pd.DataFrame:
        """Return stored scores."""
        return read_frame(self.connection, _SCORES, {"week": week, "model": model_version})

    def contributions(self, week: date, user_id: AccountId | None, model_version: str | None) -> pd.DataFrame:
        """Return the metrics behind scores."""
        return read_frame(self.connection, _CONTRIBUTIONS, {"week": week, "user": user_id, "model": model_version})

    def metric_sums(self, weeks: list[date], model_version: str | None) -> pd.DataFrame:
        """Return each metric's contributions in some weeks, added up over all users."""
        return read_frame(self.connection, _METRIC_SUMS, {"weeks": weeks, "model": model_version})

    def companies(self, week: date | None, model_version: str | None) -> pd.DataFrame:
        """Return the view of companies."""
        return read_frame(self.connection, _COMPANIES, {"week": week, "model": model_version})

    def weeks(self, model_version: str | None) -> pd.DataFrame:
        """Return the weeks that are scored, and when each was last computed."""
        return read_frame(self.connection, _WEEKS, {"model": model_version})

    def models(self) -> pd.DataFrame:
        """Return the stored models."""
        return read_frame(self.connection, "SELECT * FROM usage.score_model ORDER BY created_at, model_version", {})

    def references(self, model_version: str | None) -> pd.DataFrame:
        """Return the stored references."""
        return read_frame(self.connection, _REFERENCES, {"model": model_version})


def _copy(connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _score_rows(users: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return user_id, group_id, score, active, passive_only of each user, with None for what is missing."""
    frame = users if "user_id" in users.columns else users.reset_index()
    columns = [frame[name].astype(object) for name in ("user_id", "group_id", "score", "active", "passive_only")]
    lists = [column.where(column.notna(), None).tolist() for column in columns]
    return [
        (plain_id(user), plain_id(group), str(score), bool(active), bool(passive))
        for user, group, score, active, passive in zip(*lists, strict=True)
    ]


# A line of arrays for each user: as narrow rows, a week of 20,000 users cost 5.5 s and 84 MB.
def _copy_text(connection: Connection, table: str, lines: Iterable[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write("".join(lines))


def _detail_lines(contributions: pd.DataFrame) -> Iterator[str]:
    """Yield a line of COPY for each user, with its metrics as arrays; Python spells numbers as Postgres reads them."""
    if contributions.empty:
        return
    frame = contributions.sort_values(["user_id", "metric"], kind="stable")
    users = frame["user_id"].to_numpy()
    starts = [0, *((users[1:] != users[:-1]).nonzero()[0] + 1).tolist(), len(users)]
    spelled = {metric: _array_item(metric) for metric in frame["metric"].unique()}
    metrics = frame["metric"].map(spelled).tolist()
    columns = [list(_number_lists(frame[name].astype("float64"), starts)) for name in _METRIC_COLUMNS]
    for place, (first, last) in enumerate(pairwise(starts)):
        numbers = "\t".join(column[place] for column in columns)
        user = str(users[first]).translate(_ESCAPES)
        yield f"{user}\t{{{','.join(metrics[first:last])}}}\t{numbers}\n"


def _number_lists(column: pd.Series[float], starts: list[int]) -> Iterator[str]:
    """Yield an array of numbers for each user, spelled so that Postgres reads the same numbers."""
    numbers = column.tolist()
    # orjson spells numbers ten times as fast as Python, but has one word for everything that is not finite
    endless = column.abs().eq(inf).any()
    for first, last in pairwise(starts):
        part = numbers[first:last]
        text = str(part) if endless else orjson.dumps(part).decode().replace("null", "nan")
        yield f"{{{text[1:-1]}}}"


def _array_item(text: str) -> str:
    """Quote a text for an array, and that for COPY."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted.translate(_ESCAPES)


_STAGE = """
CREATE TEMPORARY TABLE staged_score ON COMMIT DROP AS
SELECT user_id, group_id, score, active, passive_only FROM usage.user_score LIMIT 0;
CREATE TEMPORARY TABLE staged_detail ON COMMIT DROP AS
SELECT user_id, metric, value, points, weight, contribution FROM usage.user_score_detail LIMIT 0;
CREATE UNIQUE INDEX ON staged_score (user_id);
CREATE UNIQUE INDEX ON staged_detail (user_id)
"""

_PRODUCTS = """
INSERT INTO usage.event_product AS t (event, product) SELECT * FROM unnest(%s::text[], %s::text[])
ON CONFLICT (event) DO UPDATE SET product = excluded.product WHERE t.product IS DISTINCT FROM excluded.product
"""
_STORE_WEEK = """
INSERT INTO usage.score_week (model_version, week, reference_id, users)
VALUES (%(model)s, %(week)s, %(reference)s, %(users)s)
ON CONFLICT (model_version, week) DO UPDATE
SET reference_id = excluded.reference_id, users = excluded.users, computed_at = now()
"""

# Rows that are the same already are not written, so that computed_at says when a score last changed.
_RECONCILE = (
    """
DELETE FROM usage.user_score AS u WHERE u.model_version = %(model)s AND u.week = %(week)s
AND NOT EXISTS (SELECT FROM staged_score AS s WHERE s.user_id = u.user_id)
""",
    """
INSERT INTO usage.user_score AS u (
    model_version, reference_id, week, user_id, group_id, score, active, passive_only, run_id
)
SELECT %(model)s, %(reference)s, %(week)s, s.user_id, s.group_id, s.score, s.active, s.passive_only, 0
FROM staged_score AS s
ON CONFLICT (model_version, week, user_id) DO UPDATE
SET reference_id = excluded.reference_id, group_id = excluded.group_id, score = excluded.score,
    active = excluded.active, passive_only = excluded.passive_only, computed_at = now()
WHERE (u.reference_id, u.group_id, u.score, u.active, u.passive_only) IS DISTINCT FROM
    (excluded.reference_id, excluded.group_id, excluded.score, excluded.active, excluded.passive_only)
""",
    """
DELETE FROM usage.user_score_detail AS u WHERE u.model_version = %(model)s AND u.week = %(week)s
AND NOT EXISTS (SELECT FROM staged_detail AS s WHERE s.user_id = u.user_id)
""",
    """
INSERT INTO usage.user_score_detail AS u
SELECT %(model)s, %(week)s, s.user_id, s.metric, s.value, s.points, s.weight, s.contribution FROM staged_detail AS s
ON CONFLICT (model_version, week, user_id) DO UPDATE
SET metric = excluded.metric, value = excluded.value, points = excluded.points, weight = excluded.weight,
    contribution = excluded.contribution
WHERE (u.metric, u.value, u.points, u.weight, u.contribution) IS DISTINCT FROM
    (excluded.metric, excluded.value, excluded.points, excluded.weight, excluded.contribution)
""",
)

_SCORES = """
SELECT model_version, s.reference_id, week, s.user_id, s.group_id, s.score::float8 AS score, s.active, s.passive_only,
    w.computed_at
FROM usage.user_score AS s JOIN usage.score_week AS w USING (model_version, week)
WHERE week = coalesce(%(week)s::date, week) AND model_version = coalesce(%(model)s::text, model_version)
ORDER BY model_version, week, s.user_id
"""

_CONTRIBUTIONS = """
SELECT model_version, week, user_id, metric, value, points, weight, contribution FROM usage.user_score_metric
WHERE week = %(week)s AND user_id = coalesce(%(user)s, user_id)
AND model_version = coalesce(%(model)s::text, model_version)
ORDER BY model_version, user_id, metric
"""

_METRIC_SUMS = """
SELECT d.model_version, d.week, m.metric, sum(m.contribution) AS contribution
FROM usage.user_score_detail AS d CROSS JOIN LATERAL unnest(d.metric, d.contribution) AS m (metric, contribution)
WHERE d.week = ANY(%(weeks)s::date[]) AND d.model_version = coalesce(%(model)s::text, d.model_version)
GROUP BY d.model_version, d.week, m.metric ORDER BY d.model_version, d.week, m.metric
"""

_COMPANIES = """
SELECT group_id, group_name, group_type, model_version, week, users, active_users, score::float8 AS score,
    adoption::float8 AS adoption, active_score::float8 AS active_score, passive_points::float8 AS passive_points,
    core_score::float8 AS core_score, concentration::float8 AS concentration, passive_share::float8 AS passive_share
FROM usage.company_score
WHERE week = coalesce(%(week)s::date, week) AND model_version = coalesce(%(model)s::text, model_version)
ORDER BY model_version, week, group_id
"""

_WEEKS = """
SELECT model_version, week, reference_id, users, computed_at FROM usage.score_week
WHERE model_version = coalesce(%(model)s::text, model_version) ORDER BY model_version, week
"""

_REFERENCES = """
SELECT * FROM usage.score_reference WHERE model_version = coalesce(%(model)s::text, model_version)
ORDER BY created_at, reference_id
"""
