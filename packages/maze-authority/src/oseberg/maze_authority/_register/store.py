"""The database of a register: an SQLite file, read and written in transactions."""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.maze_authority._register.tables import FORMAT, statements
from oseberg.maze_authority.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

PATIENCE = 60.0  # seconds to wait for another check: one takes seconds, and two never write at once
PRIVATE = 0o600  # names of parties appear in findings


class Store(ABC):
    """The database of a register; queries have question marks for values."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Run the block in a transaction, all or nothing; other processes wait.

        Raises:
            RegisterError: Another process kept the register for a minute.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the database."""

    @abstractmethod
    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""

    def row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """Return the only row of a query."""
        return self.rows(query, values)[0]

    @abstractmethod
    def run(self, query: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return how many rows it changed."""

    @abstractmethod
    def insert(self, query: str, values: Sequence[object]) -> int:
        """Insert a row into a table with an `id`, and return it."""

    @abstractmethod
    def run_many(self, query: str, values: Iterable[Sequence[object]]) -> int:
        """Run a statement for each of many rows, and return how many it changed."""

    def prefix_ids(self, fips: str) -> dict[str, int]:
        """Return the ids of a county's prefixes."""
        return dict(self.rows("SELECT prefix, id FROM prefix WHERE fips = ?", (fips,)))


def other_format(shown: str, known: int) -> str:
    """Return what to do about a register whose tables are of another format.

    Args:
        shown: The register, as messages name it.
        known: Its format.

    Returns:
        One sentence or two.
    """
    if known > FORMAT:
        return f"The register in {shown} was made by a newer version of oseberg. Upgrade oseberg."
    return (
        f"The register in {shown} was made by an older version of oseberg. Keep it, and make a new one: check every "
        "delivery's records once more, in any order, with another --register."
    )


class FileStore(Store):
    """A register in a file.

    Args:
        path: The file; it is made when it does not exist.
        create: Whether a missing file is made.

    Raises:
        RegisterError: The file is missing, is not a register, or can't be opened.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        self.path = Path(path)
        if not create and not self.path.is_file():
            raise RegisterError(f"{self.path} does not exist. A check with --register makes a register.")
        try:
            if create:
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE))
            # Transactions are begun by hand, so that reading and writing of a check are one.
            self.database = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            # The journal next to the file keeps it intact if the process or the machine stops within a transaction.
            self.database.execute("PRAGMA synchronous = FULL")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise RegisterError(f"{self.path} can't be opened as a register: {error}. Pass another file.") from None

    def _prepare(self) -> None:
        with self.transaction():
            (known,) = self.row("PRAGMA user_version")
            if known == FORMAT:
                return
            if known:
                raise RegisterError(other_format(str(self.path), known))
            if self.row("SELECT count(*) FROM sqlite_master")[0]:  # another program's tables are not written to
                raise RegisterError(f"{self.path} is a database, but not a register. Pass another file.")
            for statement in statements():
                self.database.execute(statement)
            self.database.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction, all or nothing; other processes wait.

        Raises:
            RegisterError: Another process kept the register for a minute.
        """
        if self.database.in_transaction:
            yield
            return
        try:
            # At once for writing: two checks that both read first could not both write afterwards.
            self.database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            problem = RegisterError(f"{self.path}: {error}. Another check uses the register; try again later.")
            problem.try_again = True
            raise problem from None
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.database.execute(query, values).fetchall()

    def run(self, query: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        return self.database.execute(query, values).rowcount

    def insert(self, query: str, values: Sequence[object]) -> int:
        """Insert a row into a table with an `id`, and return it."""
        return self.database.execute(query, values).lastrowid or 0

    def run_many(self, query: str, values: Iterable[Sequence[object]]) -> int:
        """Run a statement for each of many rows, and return how many it changed."""
        return max(0, self.database.executemany(query, values).rowcount)
