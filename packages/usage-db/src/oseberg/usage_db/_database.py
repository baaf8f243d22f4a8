"""The usage database as one object: each method is a door to the room that does the work."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from oseberg.usage_db._accounts.aliases import add_alias, read_unresolved
from oseberg.usage_db._accounts.find import UserMatch, find_user
from oseberg.usage_db._accounts.imports import AccountCounts, catch_up, import_accounts
from oseberg.usage_db._accounts.read import (
    knows_dates,
    read_group_history,
    read_groups,
    read_user_history,
    read_users,
)
from oseberg.usage_db._accounts.settings import AccountSettings
from oseberg.usage_db._archive.archive import Archived, archive
from oseberg.usage_db._archive.restore import find_archive, read_archives, renew_marks, restore
from oseberg.usage_db._connection import Connection, connect, described, readable_errors
from oseberg.usage_db._diagnosis import Diagnosis, diagnose
from oseberg.usage_db._erasure import Erased, ErasedIds, erase
from oseberg.usage_db._events import read_events
from oseberg.usage_db._load.adopt import EventTable
from oseberg.usage_db._load.counts import DayCounts
from oseberg.usage_db._load.log import pending_days, read_loaded_days
from oseberg.usage_db._load.runs import LoadRun
from oseberg.usage_db._load.settings import LoadSettings
from oseberg.usage_db._load.transform import Transform
from oseberg.usage_db._load.verify import missing_events, verify_days
from oseberg.usage_db._lock import exclusive
from oseberg.usage_db._schema.migrate import agreed, check_version, stored_settings, upgrade
from oseberg.usage_db._scores import Scores
from oseberg.usage_db._server.clients import dump, load_dump, run_psql
from oseberg.usage_db._server.doorway import Doorway
from oseberg.usage_db._server.embedded import EmbeddedServer
from oseberg.usage_db._status import Status, read_status
from oseberg.usage_db._user_ids import UserIds
from oseberg.usage_db.errors import AmbiguousUserError, UsageDatabaseError, UserNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from oseberg.usage_db._progress import Progress


class UsageDatabase:
    """A Postgres database (15 to 18) with the schema `usage`; a context manager.

    Args:
        url: A libpq URL or connection string.
        direct_url: The same database without a pooler between, for locks and migrations; default: `url`.
        accounts: Where the tables of users and groups are; what it doesn't name is as the database stores it.
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
        self._given = accounts or AccountSettings()
        self._accounts = self._given
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
        """Return a database on a Postgres server of our own, which runs while any process uses it.

        Args:
            path: The server's folder; default: `postgres` in `data_folder()`.
            binaries: The folder of `initdb`, `pg_ctl` and `postgres`; default: those of the extra `embedded`.
            accounts: Where the tables of users and groups are.
            load: What a load leaves out or changes.

        Returns:
            The database; close it, or use it as a context manager, so that the server stops.

        Raises:
            EmbeddedServerError: The server can't be started.
        """
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

    def psql(self, statement: str | None = None) -> int:
        """Run psql on the database, with this process's terminal.

        Args:
            statement: What to execute; None: let the person type.

        Returns:
            psql's exit status.
        """
        self._connection  # noqa: B018 - starts the embedded server, and names a server that can't be reached
        return run_psql(self._url, statement)

    def doorway(self, password: str, *, port: int = 0, write: bool = False) -> Doorway:
        """Return a door on loopback TCP to the embedded server; open while its `with` block lasts.

        Args:
            password: What clients must send.
            port: The port on 127.0.0.1; 0: any free one.
            write: Whether clients may change data; otherwise their transactions are read-only by default.

        Returns:
            The door; `port` is its port. The database is `postgres`, any user name will do.

        Raises:
            UsageDatabaseError: The database is not embedded, or the port is taken.
        """
        if self._server is None:
            raise UsageDatabaseError(
                f"The database at {described(self._url)} is a server already: use its own address."
            )
        self._connection  # noqa: B018 - starts the server
        try:
            return Doorway(self._server.socket_path, self._server.user, password, port=port, write=write)
        except OSError as error:
            raise UsageDatabaseError(f"Port {port} can't be used: {error.strerror}. Choose another.") from error

    @readable_errors()
    def backup(self, path: str | Path) -> None:
        """Write the whole database to a file in pg_dump's custom format, whole or not at all; the file is private.

        Args:
            path: The file.

        Raises:
            UsageDatabaseError: The file can't be written, or pg_dump failed.
        """
        self._ready()
        dump(self._url, Path(path))

    @readable_errors()
    def restore_backup(self, path: str | Path) -> None:
        """Bring a backup into an empty database, whole or not at all.

        Args:
            path: The file that `backup` wrote.

        Raises:
            UsageDatabaseError: The database is not empty, or pg_restore failed.
        """
        if self.status().schema_version is not None:
            raise UsageDatabaseError(
                "The database already holds a usage schema. Restore into an empty one: name another database, or "
                "another folder in OSEBERG_HOME."
            )
        load_dump(self._url, Path(path))
        self._checked = False
        renew_marks(self._ready())

    @readable_errors()
    def upgrade(self, *, accounts_mode: Literal["columns", "side"] | None = None, apply_settings: bool = False) -> None:
        """Create the schema or bring it up to date; safe to repeat.

        The settings of the accounts that the database stores hold. Job types, products and overrides of types are
        carried over when the settings change.

        Args:
            accounts_mode: Change where the facts that we add to accounts are kept.
            apply_settings: Apply the settings of the accounts where they differ from the stored ones.

        Raises:
            BusyError: Another run holds the lock, or a table of another team stayed locked.
            SchemaError: The schema is newer than this library.
            SettingsError: The settings differ from the stored ones, and `apply_settings` is false.
        """
        mode = {"mode": accounts_mode} if accounts_mode else {}
        given = self._given.model_copy(update=mode)
        with exclusive(self._direct_url, "db upgrade", self._connection):
            found = stored_settings(self._connection)
            stored = found and found.model_copy(update=mode)
            wanted = given.over(stored) if stored and apply_settings else agreed(stored, given)
            upgrade(self._connection, self._direct_url, wanted)
        self._checked = False

    @readable_errors()
    def status(self) -> Status:
        """Return what the database holds and what needs attention; works before `upgrade` too.

        Returns:
            The state of the database.
        """
        return read_status(self._connection, self._load.settle_days)

    @readable_errors()
    def diagnose(self) -> list[Diagnosis]:
        """Look at the server, the pooler, the clock, the schema, the settings and the rights, and change nothing.

        Returns:
            What was found, each with how to fix it; works before `upgrade` too.

        Raises:
            ConnectionFailedError: The server can't be reached.
        """
        return list(diagnose(self._connection, self._url, self._direct_url, self._given))

    @contextmanager
    def load_run(
        self,
        command: str = "load",
        *,
        project_id: str | None = None,
        dry_run: bool = False,
        since: date | None = None,
    ) -> Iterator[None]:
        """Keep the lock and log one run, for several calls of `replace_day`.

        Args:
            command: What the log calls the run.
            project_id: The Mixpanel project; the first one is stored, and another one is refused.
            dry_run: Roll every day back, and log nothing.
            since: The first day that a person asked for: if the run dies, `pending_days` goes on from there.

        Yields:
            Nothing; call `replace_day` in the block.

        Raises:
            BusyError: Another run holds the lock; `try_again` is true.
            LoadError: The database holds another project.
        """
        connection = self._ready()
        with readable_errors(), exclusive(self._direct_url, command, connection):
            if not dry_run:
                catch_up(connection, self._accounts)
            run = LoadRun(connection, Transform(self._load, ErasedIds(connection)), dry_run=dry_run)
            run.begin(command, project_id, since)
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

    @readable_errors()
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

        Returns:
            What became of the day's lines.

        Raises:
            ShrinkError: The day would shrink.
            LoadError: The day can't be stored.
            BusyError: Another run holds the lock.
            TypeError: The events are neither lines of bytes nor a DataFrame.
        """
        if self._run is None:
            with self.load_run("replace_day", dry_run=dry_run):
                return self.replace_day(day, events, time_zone=time_zone, allow_shrink=allow_shrink)
        return self._run.replace_day(day, events, time_zone=time_zone, allow_shrink=allow_shrink)

    @readable_errors()
    def import_events(self, table: str, *, time_zone: str = "UTC") -> pd.DataFrame:
        """Adopt the events of another table or view of the database, such as those that an earlier tool loaded.

        Days that are loaded already are left alone. Its columns event, time and distinct_id are needed; insert_id and
        properties (JSON) are used if they exist, and every other column becomes a property.

        Args:
            table: The table's name, with its schema.
            time_zone: The zone of the days, and of times without a zone (IANA name).

        Returns:
            day, state (`loaded`, or `skipped`), and the counts of `replace_day`: one row for each day.

        Raises:
            LoadError: The table doesn't exist or lacks a column, or a day can't be stored.
            BusyError: Another run holds the lock.
        """
        import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

        connection = self._ready()
        source = EventTable(connection, table, time_zone)
        known = set(read_loaded_days(connection).query("state == 'loaded'")["day"])
        rows: list[dict[str, Any]] = []
        with self.load_run(f"import {table}"):
            for day in source.days():
                row: dict[str, Any] = {"day": day, "state": "skipped" if day in known else "loaded"}
                if day not in known and self._run:
                    lines = list(source.lines(day))  # the same connection copies them
                    row |= self._run.replace_day(
                        day, lines, time_zone=time_zone, allow_shrink=False, in_utc=True
                    ).as_dict()
                rows.append(row)
        return pd.DataFrame(rows, columns=["day", "state", *DayCounts.__dataclass_fields__]).convert_dtypes()

    @readable_errors()
    def pending_days(self, until: date, *, now: datetime | None = None) -> list[date]:
        """Return the days to load: since the first loaded one, those missing, failed or not settled.

        A day is settled when it was loaded `settle_days` days after its end. If the last `recheck_days` days were not
        all loaded within a week, all of them are returned.

        Args:
            until: The last day to load.
            now: The present; for tests.

        Returns:
            The days in their order.

        Raises:
            LoadError: Nothing is loaded yet.
        """
        return pending_days(self._ready(), until, self._load, now or datetime.now(UTC))

    @readable_errors()
    def loaded_days(self) -> pd.DataFrame:
        """Return the days that were ever loaded or tried.

        Returns:
            day, state (of the last load: loaded, refused, failed), loaded_at: when the day's events last changed, and
            events: how many the last complete load stored.
        """
        return read_loaded_days(self._ready())

    @readable_errors()
    def missing_events(self, days: Iterable[date]) -> pd.DataFrame:
        """Return those of the days whose stored events are not as many as the log says: gone is not zero.

        A week must not be scored from such days: a dropped partition would look like a week without any use.

        Args:
            days: Loaded days.

        Returns:
            day, logged, stored, state (`gone` or `added`); empty if every day is whole.
        """
        return missing_events(self._ready(), days)

    @readable_errors()
    def verify(self, since: date | None = None, until: date | None = None) -> pd.DataFrame:
        """Compare the stored events of each day with the log of loads.

        Args:
            since: The first day; default: the first loaded one.
            until: The last day; default: the last loaded one.

        Returns:
            day, logged, stored, and state: `ok`, `gone` (fewer than loaded), `added` (more), `touched` (as many, but
            written since by something else than a load), `unlogged` (events of a day that was never loaded).
        """
        return verify_days(self._ready(), since, until)

    @readable_errors()
    def archive(
        self,
        before: date,
        folder: str | Path,
        *,
        keep: Callable[[Path], str] | None = None,
        progress: Progress | None = None,
    ) -> list[Archived]:
        """Write every month (partition) of events that ends before a day to a Parquet file, and drop it.

        A month is dropped only after its file was read back and holds the same rows. Scores, the log and what each
        user did on each day stay. Archived weeks can't be scored again until they are restored.

        Args:
            before: The first day (UTC) to keep.
            folder: The folder of the files, `product_event_2025_11.parquet`; created private if it is missing.
            keep: Called with each verified file before its month is dropped, for example to upload it; returns the
                address to remember. If it raises, the month stays.
            progress: Called with the events written so far.

        Returns:
            What was archived, in the order of time.

        Raises:
            ArchiveError: A file can't be written, or holds other rows than the database.
            BusyError: Another run holds the lock, or a month is in use.
        """
        connection = self._ready()
        with exclusive(self._direct_url, "db archive", connection):
            return archive(connection, before, Path(folder), keep=keep, progress=progress)

    @readable_errors()
    def archives(self) -> pd.DataFrame:
        """Return what was archived.

        Returns:
            name, start_at, end_at, events, address, archived_at, restored_at; in the order of time.
        """
        return read_archives(self._ready())

    @readable_errors()
    def find_archive(self, month: str) -> Archived:
        """Return the archive of a month.

        Args:
            month: The month, `2025-11`.

        Returns:
            The archive, with the address of its file.

        Raises:
            ArchiveError: The month is not archived.
        """
        return find_archive(self._ready(), month)

    @readable_errors()
    def restore(self, month: str, path: str | Path | None = None, *, progress: Progress | None = None) -> Archived:
        """Bring an archived month back, exactly as it was.

        Args:
            month: The month, `2025-11`.
            path: Its file; default: where it was archived to.
            progress: Called with the events restored so far.

        Returns:
            The archive.

        Raises:
            ArchiveError: The month is not archived, or the file is not the one that was archived.
            BusyError: Another run holds the lock.
        """
        connection = self._ready()
        with exclusive(self._direct_url, "db restore", connection):
            found = find_archive(connection, month)
            return restore(connection, found, Path(path or found.address), progress)

    @readable_errors()
    def import_accounts(
        self,
        users: pd.DataFrame | str | Path | None = None,
        groups: pd.DataFrame | str | Path | None = None,
        *,
        disable_missing: bool = False,
        as_of: date | None = None,
    ) -> AccountCounts:
        """Insert or update users and companies, all or nothing; ids are resolved again.

        Args:
            users: A DataFrame or CSV file with the columns id, name, and any of email, username, group_id, job_type,
                enabled, products (`Atla;Sol`; blank: both), created_on, disabled_on, and the declared segments.
            groups: id, name, and any of account_size (dollars), group_type (an override), salesforce_id, started_on,
                cancelled_on, renewal_on, arr, currency, owner, and the declared segments.
            disable_missing: Disable the users that are missing from the file; otherwise they are kept.
            as_of: The day of the lists; default: today. An old list holds until the next later one.

        Raises:
            AccountFileError: Every fault with its file and line.

        Returns:
            How many rows were read and written, and how many users were disabled.
        """
        connection = self._ready()
        with exclusive(self._direct_url, "db accounts", connection):
            return import_accounts(
                connection, self._accounts, users, groups, disable_missing=disable_missing, as_of=as_of
            )

    @readable_errors()
    def events(self, since: datetime, until: datetime, properties: Sequence[str] = ()) -> pd.DataFrame:
        """Return the events of a half-open span, in the order of time.

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
        if any(getattr(bound, "tzinfo", None) is None for bound in (since, until)):
            raise ValueError("since and until need a time zone: datetime(2026, 11, 9, tzinfo=UTC)")
        return read_events(self._ready(), since, until, list(properties))

    @readable_errors()
    def users(self, as_of: date | None = None) -> pd.DataFrame:
        """Return every user: as the account tables are now, or as they were on a day.

        Args:
            as_of: A day in the accounts' zone. Lists of later days never change what is returned for it.

        Returns:
            user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products, and a text
            column for each declared segment. E-mail, username, name and group_name are always today's.
        """
        return read_users(self._ready(), self._accounts, as_of)

    @readable_errors()
    def user_history(self, since: date | None = None, until: date | None = None) -> pd.DataFrame:
        """Return the users of a range of days, with the days on which their facts held.

        A user exists from `created_on`; where no list names it, from the first list or the first event, whichever is
        earlier. Disabled spans are rows too, with `enabled` false.

        Args:
            since: The first day.
            until: The day after the last.

        Returns:
            The columns of `users`, and `since` and `until`: dates, half-open, None where open. One row for each span
            of unchanged facts, in the order of user_id and since; the spans of a user never overlap.
        """
        return read_user_history(self._ready(), self._accounts, since, until)

    @readable_errors()
    def group_history(self, since: date | None = None, until: date | None = None) -> pd.DataFrame:
        """Return the companies of a range of days, with the days on which their facts held.

        Args:
            since: The first day.
            until: The day after the last.

        Returns:
            group_id, group_name, group_type, account_size, renewal_on, arr, currency, owner, started_on,
            cancelled_on, the declared segments, and `since` and `until`: dates, half-open, None where open.
        """
        return read_group_history(self._ready(), self._accounts, since, until)

    @readable_errors()
    def has_roster_dates(self) -> bool:
        """Whether the roster of past weeks is known.

        Returns:
            True if the lists named dates, or if lists of more than one day, or of a day before the first loaded one,
            were imported.
        """
        return knows_dates(self._ready())

    @readable_errors()
    def find_user(self, text: str) -> UserMatch:
        """Return the user with this id, e-mail address (in any case) or username (in its exact case), in this order.

        Args:
            text: What a person typed.

        Returns:
            The one user that matches, with a label for people.

        Raises:
            UserNotFoundError: Nobody matches, or several users do.
        """
        return find_user(read_users(self._ready(), self._accounts), text)

    @readable_errors()
    def user_ids(self) -> UserIds:
        """Return what the ids of events mean, for those who read events from files.

        Returns:
            Users, aliases and erased people as they are now; it needs no database afterwards and can be pickled.
        """
        return UserIds.read(self._ready(), self._load)

    @readable_errors()
    def unresolved(self, limit: int = 50) -> pd.DataFrame:
        """Return the ids without a user that have the most events, with the likeliest user, who is never applied.

        Args:
            limit: How many ids to return.

        Returns:
            distinct_id, events, first_seen, last_seen, candidates, likely_user_id (Int64), likely_user, reason.
        """
        return read_unresolved(self._ready(), limit)

    @readable_errors()
    def add_alias(self, distinct_id: str, user_id: int, *, note: str | None = None) -> int:
        """Assign an id that events carry to a user; it wins over every other rule.

        Args:
            distinct_id: The id as events have it.
            user_id: The user.
            note: Why.

        Returns:
            The number of events that carry the id.

        Raises:
            UserNotFoundError: The user does not exist, or the id is blank.
            BusyError: Another run holds the lock.
        """
        connection = self._ready()
        with exclusive(self._direct_url, "db alias", connection):
            return add_alias(connection, distinct_id, user_id, note)

    @readable_errors()
    def erase(self, person: str) -> Erased:
        """Forget a person: delete their events, the details of their scores, rejected lines and identities.

        Salted hashes of their ids are kept, so that no load brings the events back. The scores themselves stay, for
        the companies' means; the row in the table of users belongs to the accounts database.

        Args:
            person: A user's id, e-mail address or username, or an id of events that means no user.

        Returns:
            What was deleted, and which archives may still hold events of the person.

        Raises:
            UserNotFoundError: Neither a user nor an event has the id, or several users have it.
            BusyError: Another run holds the lock.
        """
        connection = self._ready()
        with exclusive(self._direct_url, "db erase", connection):
            users = read_users(connection, self._accounts)
            try:
                user_id = find_user(users, person).user_id
            except AmbiguousUserError:
                raise
            except UserNotFoundError:
                return erase(connection, None, [person])
            row = users[users["user_id"] == user_id].iloc[0]
            known = [str(user_id), *(row[name] for name in ("email", "username") if isinstance(row[name], str))]
            return erase(connection, user_id, known)

    @readable_errors()
    def groups(self) -> pd.DataFrame:
        """Return every company.

        Returns:
            group_id, group_name, group_type, account_size (dollars), salesforce_id, started_on, cancelled_on,
            renewal_on (dates), arr, currency, owner, and a text column for each declared segment.
        """
        return read_groups(self._ready(), self._accounts)

    @readable_errors()
    def save_model(self, version: str, definition: dict[str, Any], sha256: str) -> None:
        """Store a model; a stored version never changes.

        Args:
            version: The version of the model.
            definition: The whole model.
            sha256: Its hash.

        Raises:
            UsageDatabaseError: The version is stored with other content.
        """
        self._scores().save_model(version, definition, sha256)

    @readable_errors()
    def save_event_products(self, products: Mapping[str, str | None]) -> int:
        """Store the product that each event belongs to, for the view `usage.user_day`.

        Args:
            products: `Atla`, `Sol` or None (an event of both) by the event's name.

        Returns:
            The number of events whose product changed.
        """
        return self._scores().save_event_products(products)

    @readable_errors()
    def save_reference(
        self, reference_id: str, model_version: str, weeks: list[date], cuts: dict[str, Any], users: int
    ) -> None:
        """Store a reference; a stored one never changes.

        Args:
            reference_id: Its name.
            model_version: The stored model that it was fitted with.
            weeks: The Mondays of the weeks that it was fitted on.
            cuts: The cut-offs of each metric.
            users: How many user-weeks it was fitted on.

        Raises:
            UsageDatabaseError: The id is stored with other content.
        """
        self._scores().save_reference(reference_id, model_version, weeks, cuts, users)

    @readable_errors()
    def save_scores(
        self, week: date, users: pd.DataFrame, contributions: pd.DataFrame, *, model_version: str, reference_id: str
    ) -> int:
        """Make the stored scores of a week equal to these, in one transaction.

        Args:
            week: The week's Monday.
            users: user_id, group_id, score (0..100), active, passive_only.
            contributions: user_id, metric, value, points, weight, contribution.
            model_version: A stored model.
            reference_id: A stored reference.

        Returns:
            The number of rows inserted, changed or deleted.

        Raises:
            UsageDatabaseError: The model or the reference isn't stored.
        """
        return self._scores().save(week, users, contributions, model_version=model_version, reference_id=reference_id)

    @readable_errors()
    def models(self) -> pd.DataFrame:
        """Return the stored models.

        Returns:
            model_version, definition, sha256, created_at; in the order of created_at.
        """
        return self._scores().models()

    @readable_errors()
    def references(self, model_version: str | None = None) -> pd.DataFrame:
        """Return the stored references.

        Args:
            model_version: The model; default: every one.

        Returns:
            reference_id, model_version, weeks, cuts, users, created_at; in the order of created_at.
        """
        return self._scores().references(model_version)

    @readable_errors()
    def scores(self, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Return stored scores, one row for each model version, week and user.

        Args:
            week: The week's Monday; default: every week.
            model_version: The model; default: every one.

        Returns:
            model_version, reference_id, week, user_id, group_id, score, active, passive_only, and computed_at: when
            the week was last computed.
        """
        return self._scores().read(week, model_version)

    @readable_errors()
    def scored_weeks(self, model_version: str | None = None) -> pd.DataFrame:
        """Return the weeks that are scored.

        Args:
            model_version: The model; default: every one.

        Returns:
            model_version, week, reference_id, users, and computed_at: when the week was last computed.
        """
        return self._scores().weeks(model_version)

    @readable_errors()
    def contributions(self, week: date, user_id: int | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Return the metrics behind a week's scores.

        Args:
            week: The week's Monday.
            user_id: The only user; default: every one.
            model_version: The model; default: every one.

        Returns:
            model_version, week, user_id, metric, value, points, weight, contribution: one row for each user and
            metric.
        """
        return self._scores().contributions(week, user_id, model_version)

    @readable_errors()
    def company_scores(self, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
        """Return the companies' scores, from the view `usage.company_score`.

        Args:
            week: The week's Monday; default: every week.
            model_version: The model; default: every one.

        Returns:
            group_id, group_name, group_type, model_version, week, users, active_users, score (0 to 100), adoption,
            active_score, passive_points, core_score, concentration, passive_share (shares: 0 to 1).
        """
        return self._scores().companies(week, model_version)

    @property
    def _connection(self) -> Connection:
        if self._open is None or self._open.closed:
            if self._server is not None:
                self._server.start()  # again, should it have been killed
            self._open = connect(self._url)
        return self._open

    @readable_errors()
    def _ready(self) -> Connection:
        """Return the connection to a schema of the right version."""
        if not self._checked:
            check_version(self._connection)
            self._accounts = agreed(stored_settings(self._connection), self._given)
            self._checked = True
        return self._connection

    def _scores(self) -> Scores:
        return Scores(self._ready())
