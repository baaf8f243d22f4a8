"""Users and companies, and the user that an id means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.usage_db import _erasure
from oseberg.usage_db._accounts import aliases, find, imports
from oseberg.usage_db._accounts.aliases import read_unresolved
from oseberg.usage_db._accounts.find import UserMatch
from oseberg.usage_db._accounts.imports import AccountCounts
from oseberg.usage_db._accounts.read import (
    knows_dates,
    read_group_history,
    read_groups,
    read_user_history,
    read_users,
)
from oseberg.usage_db._database.opened import Opened
from oseberg.usage_db._erasure import Erased
from oseberg.usage_db._lines.user_ids import UserIds
from oseberg.usage_db._load.stored_settings import agreed_load
from oseberg.usage_db._postgres.connection import readable_errors
from oseberg.usage_db._postgres.lock import exclusive
from oseberg.usage_db.errors import AmbiguousUserError, UserNotFoundError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db._archive.forget import ArchiveStore
    from oseberg.usage_db._identity.ids import AccountId


@readable_errors()
def import_accounts(
    self: Opened,
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
        return imports.import_accounts(
            connection, self._accounts, users, groups, disable_missing=disable_missing, as_of=as_of
        )


@readable_errors()
def users(self: Opened, as_of: date | None = None) -> pd.DataFrame:
    """Return every user: as the account tables are now, or as they were on a day.

    Args:
        as_of: A day in the accounts' zone. Lists of later days never change what is returned for it.

    Returns:
        A row for each user, in the order of user_id: user_id and group_id (Int64 or str), email, username, name,
        group_name, group_type, job_type and products (str), enabled (boolean), and a str column for each declared
        segment. E-mail, username, name and group_name are always today's.
    """
    return read_users(self._ready(), self._accounts, as_of)


@readable_errors()
def user_history(self: Opened, since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Return the users of a range of days, with the days on which their facts held.

    A user exists from `created_on`; where no list names it, from the first list or the first event, whichever is
    earlier. Disabled spans are rows too, with `enabled` false.

    Args:
        since: The first day.
        until: The day after the last.

    Returns:
        The columns of `users`, and `since` and `until` (`datetime.date`, half-open, None where open). One row for each
        span of unchanged facts, in the order of user_id and since; the spans of a user never overlap.
    """
    return read_user_history(self._ready(), self._accounts, since, until)


@readable_errors()
def groups(self: Opened) -> pd.DataFrame:
    """Return every company.

    Returns:
        A row for each company, in the order of group_id: group_id (Int64 or str), group_name, group_type,
        salesforce_id, currency and owner (str), account_size (dollars) and arr (float64), started_on, cancelled_on and
        renewal_on (`datetime.date`), and a str column for each declared segment.
    """
    return read_groups(self._ready(), self._accounts)


@readable_errors()
def group_history(self: Opened, since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Return the companies of a range of days, with the days on which their facts held.

    Args:
        since: The first day.
        until: The day after the last.

    Returns:
        The columns of `groups` without salesforce_id, and `since` and `until` (`datetime.date`, half-open, None where
        open). One row for each span of unchanged facts, in the order of group_id and since.
    """
    return read_group_history(self._ready(), self._accounts, since, until)


@readable_errors()
def has_roster_dates(self: Opened) -> bool:
    """Whether the roster of past weeks is known.

    Returns:
        True if the lists named dates, or if lists of more than one day, or of a day before the first loaded one,
        were imported.
    """
    return knows_dates(self._ready())


@readable_errors()
def find_user(self: Opened, text: str) -> UserMatch:
    """Return the user with this id, e-mail address (in any case) or username (in its exact case), in this order.

    Args:
        text: What a person typed.

    Returns:
        The one user that matches, with a label for people.

    Raises:
        UserNotFoundError: Nobody matches, or several users do.
    """
    return find.find_user(read_users(self._ready(), self._accounts), text)


@readable_errors()
def user_ids(self: Opened) -> UserIds:
    """Return what the ids of events mean, for programs that read events from files.

    Returns:
        Users, aliases and erased people as they are now; it needs no database afterwards and can be pickled.
    """
    connection = self._ready()
    return UserIds.read(connection, agreed_load(connection, self._load))


@readable_errors()
def unresolved(self: Opened, limit: int = 50) -> pd.DataFrame:
    """Return the ids without a user that have the most events, with the likeliest user (a hint, never applied).

    Args:
        limit: How many ids to return.

    Returns:
        A row for each id, the most events first: distinct_id (str), events (Int64), first_seen and last_seen
        (datetime64, UTC), candidates (Int64: users that it could mean), likely_user_id (Int64 or str), likely_user and
        reason (str).
    """
    return read_unresolved(self._ready(), limit)


@readable_errors()
def add_alias(self: Opened, distinct_id: str, user_id: AccountId, *, note: str | None = None) -> int:
    """Assign an id found in events to a user; this overrides every other rule.

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
        return aliases.add_alias(connection, distinct_id, user_id, note)


@readable_errors()
def erase(self: Opened, person: str, *, store: ArchiveStore | None = None) -> Erased:
    """Forget a person: delete their events, the details of their scores, rejected lines and identities.

    Archives that hold events of the person are rewritten without them, and their former files are deleted.

    Salted hashes of their ids are kept, so that no load brings the events back. The scores themselves are kept, for
    the companies' means; the row in the table of users belongs to the accounts database.

    Args:
        person: A user's id, e-mail address or username, or an id of events that means no user.
        store: How to fetch, keep and discard the files of archives; default: they are files of this machine.

    Returns:
        What was deleted, and which archives couldn't be read; restoring one of them leaves the person out.

    Raises:
        UserNotFoundError: Neither a user nor an event has the id, or several users have it.
        BusyError: Another run holds the lock.
    """
    connection = self._ready()
    with exclusive(self._direct_url, "db erase", connection):
        users = read_users(connection, self._accounts)
        try:
            user_id = find.find_user(users, person).user_id
        except AmbiguousUserError:
            raise
        except UserNotFoundError:
            return _erasure.erase(connection, None, [person], store)
        row = users[users["user_id"] == user_id].iloc[0]
        known = [str(user_id), *(row[name] for name in ("email", "username") if isinstance(row[name], str))]
        return _erasure.erase(connection, user_id, known, store)
