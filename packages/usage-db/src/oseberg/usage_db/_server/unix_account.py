"""The unprivileged account under which root runs Postgres, which refuses to run as root."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.usage_db.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = ("oseberg", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account by its numbers."""

    name: str
    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        """Return what makes `subprocess` run a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through the folder and all above it (access lists are not considered)."""
        return all(self._may_pass(part.stat()) for part in (folder, *folder.parents))

    def _may_pass(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def server_account() -> Account | None:
    """Return the account to run the server under; None when this process isn't root's.

    Raises:
        EmbeddedServerError: Root, but no account to step down to.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on Windows

    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    names = ", ".join(ACCOUNTS)
    raise EmbeddedServerError(f"Postgres refuses to run as root, and this system has no account {names}. Create one.")
