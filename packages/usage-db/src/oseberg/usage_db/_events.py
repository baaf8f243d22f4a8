"""Reads events into a DataFrame through COPY, parsed in one go: a week's million rows never become Python tuples."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import TYPE_CHECKING

from oseberg.usage_db._postgres.frames import read_frame

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd

    from oseberg.usage_db._identity.ids import IdKind
    from oseberg.usage_db._postgres.connection import Connection

_NOBODY = -(2**63)  # no account's id; a column without gaps is parsed faster
_COLUMNS = ["user_id", "distinct_id", "event", "time"]

# Sorted and joined in memory: what is read ends there in any case.
_PLANNER = "SET LOCAL jit = off; SET LOCAL work_mem = '256MB'"


def read_events(
    connection: Connection, since: datetime, until: datetime, properties: list[str], user_ids: IdKind
) -> pd.DataFrame:
    """Return events of a half-open span with one text column for each named property.

    Args:
        connection: The database.
        since: The first instant.
        until: The instant after the last.
        properties: Names of properties.
        user_ids: What the ids of users are.

    Returns:
        user_id (Int64, or text), distinct_id, event, time, and the properties.

    Raises:
        ValueError: Two columns would have one name.
    """
    _check_names(properties)
    null = secrets.token_hex(4)  # that no value can foresee: the parser doesn't tell a quoted one from an absent one
    names = {f"property_{number}": name for number, name in enumerate(properties)}
    wanted = "".join(f", properties ->> %({key})s" for key in names)
    user = "coalesce(user_id, %(nobody)s)" if user_ids == "integer" else "user_id"
    query = f"""
        COPY (
            SELECT
                {user}, distinct_id, event,
                (extract(epoch FROM "time") * 1000000)::bigint{wanted}
            FROM usage.user_product_event
            WHERE "time" >= %(since)s AND "time" < %(until)s ORDER BY "time", distinct_id, event, insert_id
        ) TO STDOUT (FORMAT csv, NULL '{null}')
    """  # noqa: S608 - names are parameters
    text = BytesIO()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_PLANNER)
        with cursor.copy(query, {"since": since, "until": until, "nobody": _NOBODY, **names}) as copy:
            text.writelines(copy)
    text.seek(0)
    return _parsed(text, list(names), null, user_ids).rename(columns=names)


def read_event_counts(connection: Connection, since: date | None) -> pd.DataFrame:
    """Return how often each event happened on each day, and to how many ids, from the roll-up."""
    return read_frame(connection, _COUNTS, {"since": since})


_COUNTS = """
SELECT day, event, sum(events)::bigint AS events, count(*) AS ids
FROM usage.id_day WHERE %(since)s::date IS NULL OR day >= %(since)s GROUP BY day, event ORDER BY day, event
"""


def _check_names(properties: list[str]) -> None:
    names = [*_COLUMNS, *properties]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"there would be two columns of one name: {', '.join(twice)}")


def _parsed(text: BytesIO, names: list[str], null: str, user_ids: IdKind) -> pd.DataFrame:
    """Return the columns with types that don't depend on the values."""
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

    types = dict.fromkeys([*_COLUMNS, *names], "str") | {"time": "int64"}
    if user_ids == "integer":
        types["user_id"] = "int64"
    frame = pd.read_csv(
        text,
        header=None,
        names=list(types),
        dtype=types,
        keep_default_na=False,
        na_values={name: [null] for name in (*names, *(["user_id"] if types["user_id"] == "str" else []))},
        skip_blank_lines=False,
    )
    times = pd.to_datetime(frame["time"], unit="us", utc=True).astype("datetime64[us, UTC]")
    if user_ids != "integer":
        return frame.assign(time=times)
    users = frame["user_id"].astype("Int64")
    return frame.assign(user_id=users.mask(users == _NOBODY), time=times)
