"""What can go wrong with the usage database; each message says what happened, where, and how to fix it."""

from __future__ import annotations


class UsageDatabaseError(Exception):
    """Base of every error of this library; its text is a complete sentence for a person."""

    try_again: bool = False
    """True when nothing is wrong and a later attempt will do."""


class ConnectionFailedError(UsageDatabaseError):
    """The database can't be reached, or ended the connection."""


class EmbeddedServerError(UsageDatabaseError):
    """The embedded Postgres can't be started."""


class SchemaError(UsageDatabaseError):
    """The schema is missing, or older or newer than this library."""


class SettingsError(UsageDatabaseError):
    """A program's settings contradict those that the database stores."""


class BusyError(UsageDatabaseError):
    """Another run holds the lock, or a table stayed locked."""

    try_again = True


class LoadError(UsageDatabaseError):
    """A day can't be loaded; nothing of it was changed."""


class ShrinkError(LoadError):
    """A day would lose so many events that a person should check first."""


class AccountFileError(UsageDatabaseError):
    """A file of users or groups has faults; nothing of it was imported."""


class UserNotFoundError(UsageDatabaseError):
    """Nobody has this id, e-mail address or username, or several users have it."""


class AmbiguousUserError(UserNotFoundError):
    """Several users have this e-mail address or username."""


class ArchiveError(UsageDatabaseError):
    """An archive can't be written or restored; the database is as it was."""
