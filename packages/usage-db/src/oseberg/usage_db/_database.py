"""The usage database as one object."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from oseberg.usage_db._connect import Connection, connect, described, sentences
from oseberg.usage_db._migrate import check_version, upgrade
from oseberg.usage_db._settings import AccountSettings, LoadSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from oseberg.usage_db._accounts import AccountCounts
    from oseberg.usage_db._counts import DayCounts
    from oseberg.usage_db._embedded import EmbeddedServer
    from oseberg.usage_db._runs import LoadRun
    from oseberg.usage_db._scores import Scores
    from oseberg.usage_db._status import Status


class UsageDatabase:
    """A Postgres database (15 to 18) with the schema `usage`; a context manager.

    Args:
        url: A libpq URL or connection string.
        direct_url: The same database without a pooler between, for locks and migrations; default: `url`.
        accounts: Where the tables of users and groups are.
        load: What a load leaves out or changes.

    Example:
        >>> import tempfile
        >>> with UsageDatabase.embedded(tempfile.mkdtemp()) as db:
        ...     db.upgrade()
        ...     db.status().events
        0
    """

    def __init__(
        self,
        url: str,
        *,
        direct_url: str | None = None,
        accounts: AccountSettings | None = None,
        load: LoadSettings | None = None,
    ) -> None:
        self._url = url
        self._direct_url = direct_url or url
        self._accounts = accounts or AccountSettings()
        self._load = load or LoadSettings()
        self._server: EmbeddedServer | None = None
        self._open: Connection | None = None
        self._checked = False
        self._run: LoadRun | None = None

    @classmethod
    def embedded(
        cls,
        path: str | Path | None = None,
        *,
        binaries: Path | None = None,
        accounts: AccountSettings | None = None,
        load: LoadSettings | None = None,
    ) -> Self:
        """Give a database on a Postgres server of our own, which runs while anybody uses it.

        Args:
            path: The server's folder; default: /var/lib/oseberg/postgres for root, else in the user's data folder.
            binaries: The folder of `initdb`, `pg_ctl` and `postgres`; default: those of the extra `embedded`.
            accounts: Where the tables of users and groups are.
            load: What a load leaves out or changes.

        Raises:
            EmbeddedServerError: The server can't be started.
        """
        from oseberg.usage_db._embedded import EmbeddedServer  # noqa: PLC0415 - only on systems with flock

        server = EmbeddedServer(Path(path) if path is not None else None, binaries=binaries)
        server.start()
        database = cls(server.url, accounts=accounts, load=load)
        database._server = server
        return database

    def __repr__(self) -> str:
        return f"<UsageDatabase {described(self._url)}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the last user of an embedded server stops it."""
        if self._open is not None:
            self._open.close()
            self._open = None
        if self._server is not None:
            self._server.close()

    @property
    def url(self) -> str:
        """The URL of the database, for other programs; it may hold a password."""
        return self._url

    def upgrade(self) -> None:
        """Create the schema or bring it up to date; safe to repeat.

        Raises:
            BusyError: Another run holds the lock, or a table of another team stayed locked.
            SchemaError: The schema is newer than this library.
        """
        from oseberg.usage_db._runs import exclusive  # noqa: PLC0415 - keeps the import of the package light

        with sentences(), exclusive(self._direct_url, "db upgrade"):
            upgrade(self._connection, self._direct_url, self._accounts)

    def status(self) -> Status:
        """Give what a person wants to know first; works also before `upgrade`."""
        from oseberg.usage_db._status import read_status  # noqa: PLC0415

        with sentences():
            return read_status(self._connection, self._load.settle_days)

    @contextmanager
    def load_run(
        self, command: str = "load", *, project_id: str | None = None, dry_run: bool = False
    ) -> Iterator[None]:
        """Hold the lock and log one run, for several `replace_day`.

        Args:
            command: What the log calls the run.
            project_id: The Mixpanel project; the first one is stored, and another one is refused.
            dry_run: Roll every day back, and log nothing.

        Raises:
            BusyError: Another run holds the lock; `try_again` is true.
            LoadError: The database holds another project.
        """
        from oseberg.usage_db._runs import LoadRun, exclusive  # noqa: PLC0415
        from oseberg.usage_db._transform import Transform  # noqa: PLC0415

        connection = self._ready()
        with sentences(), exclusive(self._direct_url, command):
            run = LoadRun(connection, Transform(self._load), dry_run=dry_run)
            run.begin(command, project_id)
            self._run = run
            try:
                yield
            except BaseException as error:
                run.end(error)
                raise
            else:
                run.end(None)
            finally:
                self._run = None

    def replace_day(
        self,
        day: date,
        events: Iterable[bytes] | pd.DataFrame,
        *,
        time_zone: str = "UTC",
        allow_shrink: bool = False,
        dry_run: bool = False,
    ) -> DayCounts:
        """Make the stored events of a day equal to a complete export of it: whole or not at all.

        Events come late, change their `distinct_id` when identities merge, and are deleted; so the day is compared,
        and what differs is inserted, updated, deleted. An unchanged day writes nothing. Of lines with one key (event,
        distinct_id, time, `$insert_id`: Mixpanel's own rule) the one processed last counts.

        Args:
            day: The day, in the export's zone.
            events: Raw JSON lines, duplicates included, or a DataFrame as `oseberg.mixpanel_export` makes it.
            time_zone: The zone of the export's times and days (IANA name); a DataFrame's times are UTC in any case.
            allow_shrink: Accept that the day loses more than 5 % and more than 100 of its events.
            dry_run: Roll back (inside `load_run`, that run's `dry_run` counts).

        Raises:
            ShrinkError: The day would shrink.
            LoadError: The day can't be stored.
            BusyError: Another run holds the lock.
            TypeError: The events are neither lines of bytes nor a DataFrame.
        """
        if self._run is None:
            with self.load_run("replace_day", dry_run=dry_run):
                return self.replace_day(day, events, time_zone=time_zone, allow_shrink=allow_shrink)
        with sentences():
            return self._run.replace_day(day, events, time_zone=time_zone, allow_shrink=allow_shrink)

    def pending_days(self, until: date, *, now: datetime | None = None) -> list[date]:
        """Give the days to load: since the first loaded one, those missing, failed or not settled.

        A day is settled when it was loaded `settle_days` days after its end. When the last `recheck_days` days were
        not all loaded within a week, they are all given.

        Raises:
            LoadError: Nothing is loaded yet.
        """
        from oseberg.usage_db._runs import pending_days  # noqa: PLC0415

        with sentences():
            return pending_days(self._ready(), until, self._load, now or datetime.now(UTC))

    def loaded_days(self) -> pd.DataFrame:
        """Give day, state of the last load, and loaded_at: when the day's events last changed."""
        from oseberg.usage_db._query import read_loaded_days  # noqa: PLC0415

        with sentences():
            return read_loaded_days(self._ready())

    def import_accounts(
        self,
        users: pd.DataFrame | str | Path | None = None,
        groups: pd.DataFrame | str | Path | None = None,
        *,
        disable_missing: bool = False,
    ) -> AccountCounts:
        """Insert and update users and groups, all or nothing; ids are resolved anew.

        Args:
            users: A DataFrame or CSV file with the columns id, name, and any of email, username, group_id, job_type,
                enabled, products (`Atla;Sol`; blank: both).
            groups: id, name, and any of account_size (dollars), group_type (an override), salesforce_id.
            disable_missing: Disable the users that are absent; otherwise they stay as they are.

        Raises:
            AccountFileError: Every fault with its file and line.
        """
        from oseberg.usage_db._account_files import from_frame, read_file  # noqa: PLC0415
        from oseberg.usage_db._accounts import Accounts  # noqa: PLC0415
        from oseberg.usage_db._identity import Identities  # noqa: PLC0415
        from oseberg.usage_db._runs import exclusive  # noqa: PLC0415

        tables = [
            None
            if source is None
            else read_file(Path(source))
            if isinstance(source, str | Path)
            else from_frame(source, name)
            for source, name in ((users, "users"), (groups, "groups"))
        ]
        connection = self._ready()
        with sentences(), exclusive(self._direct_url, "db accounts"):
            counts = Accounts(connection, self._accounts).store(*tables, disable_missing=disable_missing)
            Identities(connection).refresh()
        return counts

    def events(self, since: datetime, until: datetime, properties: Sequence[str] = ()) -> pd.DataFrame:
        """Give the events of a half-open span, in the order of time.

        Args:
            since: The first instant (aware).
            until: The instant after the last (aware).
            properties: Names of properties, as Mixpanel spells them.

        Returns:
            user_id (the account's, Int64, nullable), distinct_id, event, time (UTC), and one nullable text column
            for each property, as JSON spells its value (`true`, `12.5`, `abc`).

        Raises:
            ValueError: A bound has no time zone, or a property's name is given twice or is that of another column.
        """
        from oseberg.usage_db._events import read_events  # noqa: PLC0415

        if any(getattr(bound, "tzinfo", None) is None for bound in (since, until)):
            raise ValueError("since and until need a time zone: datetime(2026, 11, 9, tzinfo=UTC)")
        with sentences():
            return read_events(self._ready(), since, until, list(properties))

    def users(self) -> pd.DataFrame:
        """Give every user.

        Returns:
            user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products.
        """
        from oseberg.usage_db._query import read_users  # noqa: PLC0415

        with sentences():
            return read_users(self._ready())

    def save_model(self, version: str, definition: dict[str, Any], sha256: str) -> None:
        """Store a model; a stored version never changes.

        Raises:
            UsageDatabaseError: The version is stored with other content.
        """
        with sentences():
            self._scores().save_model(version, definition, sha256)

    def save_reference(
        self, reference_id: str, model_version: str, weeks: list[date], cuts: dict[str, Any], users: int
    ) -> None:
        """Store a reference; a stored one never changes.

        Raises:
            UsageDatabaseError: The id is stored with other content.
        """
        with sentences():
            self._scores().save_reference(reference_id, model_version, weeks, cuts, users)

    def save_scores(
        self, week: date, users: pd.DataFrame, contributions: pd.DataFrame, *, model_version: str, reference_id: str
    ) -> int:
        """Make the stored scores of a week equal to these, in one transaction; give the number of rows changed.

        Args:
            week: The week's Monday.
            users: user_id, group_id, score (0..100), active, passive_only.
            contributions: user_id, metric, value, points, weight, contribution.
            model_version: A stored model.
            reference_id: A stored reference.

        Raises:
            UsageDatabaseError: The model or the reference isn't stored.
        """
        with sentences():
            return self._scores().save(
                week, users, contributions, model_version=model_version, reference_id=reference_id
            )

    def models(self) -> pd.DataFrame:
        """Give the stored models: model_version, definition, sha256, created_at."""
        with sentences():
            return self._scores().models()

    def references(self, model_version: str | None = None) -> pd.DataFrame:
        """Give the stored references: reference_id, model_version, weeks, cuts, users, created_at."""
        with sentences():
            return self._scores().references(model_version)

    def scores(self, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Give stored scores, one row for each model version, week and user.

        Returns:
            model_version, reference_id, week, user_id, group_id, score, active, passive_only, and computed_at: when
            the week was last computed.
        """
        with sentences():
            return self._scores().read(week, model_version)

    def scored_weeks(self, model_version: str | None = None) -> pd.DataFrame:
        """Give model_version, week, reference_id, users, and computed_at: when the week was last computed."""
        with sentences():
            return self._scores().weeks(model_version)

    def contributions(self, week: date, user_id: int | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Give the metrics behind a week's scores, one row for each user and metric."""
        with sentences():
            return self._scores().contributions(week, user_id, model_version)

    def company_scores(self, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Give the view `usage.company_score`."""
        with sentences():
            return self._scores().companies(week, model_version)

    @property
    def _connection(self) -> Connection:
        if self._open is None or self._open.closed:
            if self._server is not None:
                self._server.start()  # again, should it have been killed
            self._open = connect(self._url)
        return self._open

    def _ready(self) -> Connection:
        """Give the connection to a schema of the right version."""
        if not self._checked:
            with sentences():
                check_version(self._connection)
            self._checked = True
        return self._connection

    def _scores(self) -> Scores:
        from oseberg.usage_db._scores import Scores  # noqa: PLC0415

        return Scores(self._ready())
