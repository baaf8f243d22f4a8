"""A clock that the tests set: for this process, and for `now()` in a database.

The month is simulated in 2037, whose calendar is that of 2026, so that the files that the runs write, which carry the
real time, are older than whatever the simulated clock shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import time_machine

ZONE = "America/Chicago"
SIMULATED, SHOWN = 2037, 2026

# Whatever the schema calls `now` or `clock_timestamp` is this, in this database alone.
_LATER = "coalesce(nullif(current_setting('oseberg.later', true), ''), '0')::interval"
_CLOCK = f"""
SET allow_system_table_mods = on;
CREATE OR REPLACE FUNCTION pg_catalog.real_clock() RETURNS timestamptz LANGUAGE internal AS 'clock_timestamp';
CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT pg_catalog.real_clock() + {_LATER} $$;
CREATE OR REPLACE FUNCTION pg_catalog.now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT transaction_timestamp() + {_LATER} $$
"""


def set_database_clock(url: str, moment: datetime) -> None:
    """Let `now()` in a database go on from a moment, for connections made from now on.

    Args:
        url: The database, as its superuser.
        moment: The moment.
    """
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_CLOCK)
        real = connection.execute("SELECT transaction_timestamp()").fetchone()
        assert real
        later = moment - real[0]
        connection.execute(f"ALTER DATABASE {name} SET oseberg.later = '{later / timedelta(seconds=1)} seconds'")


@contextmanager
def at(day: date, url: str, at_time: time = time(6, 30)) -> Iterator[datetime]:
    """Let it be a time of a day in Chicago while the block lasts.

    Args:
        day: The simulated day.
        url: The database.
        at_time: The time of day.

    Yields:
        The moment.
    """
    moment = datetime.combine(day, at_time, ZoneInfo(ZONE)).astimezone(UTC)
    set_database_clock(url, moment)
    with time_machine.travel(moment, tick=True):
        yield moment


def shown(text: str) -> str:
    """Return a text with the year that the page shows."""
    return text.replace(str(SIMULATED), str(SHOWN))
