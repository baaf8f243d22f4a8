"""Reads queries into DataFrames with types that don't depend on the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.usage_db._postgres.connection import Connection

_BATCH_ROWS = 5_000
_DTYPES = {16: "boolean", 20: "Int64", 23: "Int64", 25: "str", 701: "float64", 1184: "datetime64[us, UTC]"}
"""Postgres's types by number: bool, int8, int4, text, float8, timestamptz; others stay objects (dates, JSON)."""


def read_frame(connection: Connection, query: str, parameters: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of a query; dates are `datetime.date`, JSON is Python's.

    Args:
        connection: The database.
        query: A query with named parameters.
        parameters: Their values.

    Returns:
        One column for each of the query's, in its order; an Int64, str, boolean or timestamp column is nullable.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

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
