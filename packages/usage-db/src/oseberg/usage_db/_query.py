"""Reads queries into DataFrames with types that don't depend on the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from oseberg.usage_db._connect import Connection

_BATCH_ROWS = 5_000
_DTYPES = {16: "boolean", 20: "Int64", 23: "Int64", 25: "str", 701: "float64", 1184: "datetime64[us, UTC]"}
"""Postgres's types by number: bool, int8, int4, text, float8, timestamptz; others stay objects (dates, JSON)."""


def read_frame(connection: Connection, query: str, parameters: dict[str, Any]) -> pd.DataFrame:
    """Give the rows of a query; dates are `datetime.date`, JSON is Python's."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(query, parameters)
        described = cursor.description or []
        columns: list[list[Any]] = [[] for _ in described]
        while rows := cursor.fetchmany(_BATCH_ROWS):
            for column, values in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(values)
    types = [_DTYPES.get(column.type_code, "object") for column in described]
    parts = [pd.Series(values, dtype=dtype) for values, dtype in zip(columns, types, strict=True)]
    return pd.DataFrame({column.name: part for column, part in zip(described, parts, strict=True)})


_USERS = """
SELECT user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products
FROM usage.person ORDER BY user_id
"""


def read_users(connection: Connection) -> pd.DataFrame:
    """Give every user with company, job type and products."""
    return read_frame(connection, _USERS, {})


_GROUPS = """
SELECT group_id, group_name, group_type, account_size::float8 AS account_size, salesforce_id
FROM usage.company ORDER BY group_id
"""


def read_groups(connection: Connection) -> pd.DataFrame:
    """Give every group with its type, size and Salesforce account."""
    return read_frame(connection, _GROUPS, {})


_LOADED_DAYS = """
SELECT s.day, (array_agg(s.state ORDER BY s.run_id DESC))[1] AS state,
    coalesce(
        max(s.finished_at) FILTER (WHERE s.state = 'loaded' AND s.inserted + s.updated + s.deleted > 0),
        min(s.finished_at) FILTER (WHERE s.state = 'loaded')
    ) AS loaded_at
FROM usage.etl_slice AS s GROUP BY s.day ORDER BY s.day
"""


def read_loaded_days(connection: Connection) -> pd.DataFrame:
    """Give each day with its last state and when its events last changed."""
    return read_frame(connection, _LOADED_DAYS, {})
