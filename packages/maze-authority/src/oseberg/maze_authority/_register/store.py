"""The register's file: an SQLite database of one file, read and written in transactions."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.maze_authority.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMAT = 1  # of the tables below; a file of another one is not touched
PATIENCE = 60.0  # seconds to wait for another check: one takes seconds, and two never write at once
PRIVATE = 0o600  # names of parties appear in findings
TABLES = """
CREATE TABLE version (                  -- one delivery of one county as it arrived once
  id INTEGER PRIMARY KEY, fips TEXT NOT NULL, name TEXT NOT NULL, arrived INTEGER NOT NULL, digest TEXT NOT NULL,
  delivered TEXT, records INTEGER NOT NULL, first_day TEXT, last_day TEXT, facts TEXT NOT NULL,
  UNIQUE (fips, name, digest));
CREATE INDEX version_order ON version (fips, arrived, name, digest);
CREATE TABLE prefix (id INTEGER PRIMARY KEY, fips TEXT NOT NULL, prefix TEXT NOT NULL, width INTEGER NOT NULL,
  UNIQUE (fips, prefix));
CREATE TABLE document (                 -- every numbered document of every version
  prefix INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, version INTEGER NOT NULL,
  year INTEGER NOT NULL, day INTEGER, content INTEGER NOT NULL, twin INTEGER,
  PRIMARY KEY (prefix, number, text, version)) WITHOUT ROWID;
CREATE INDEX document_day ON document (day, prefix);
CREATE INDEX document_version ON document (version);
CREATE INDEX document_twin ON document (twin) WHERE twin IS NOT NULL;
CREATE TABLE page (                     -- every document with a page in a volume
  fips TEXT NOT NULL, book TEXT NOT NULL, volume TEXT NOT NULL, page INTEGER NOT NULL, pages INTEGER, text TEXT,
  version INTEGER NOT NULL);
CREATE INDEX page_volume ON page (fips, book, volume);
CREATE INDEX page_version ON page (version);
CREATE TABLE version_day (version INTEGER NOT NULL, day INTEGER NOT NULL, documents INTEGER NOT NULL,
  PRIMARY KEY (version, day)) WITHOUT ROWID;
CREATE TABLE held (                     -- from here on derived: computed again from the tables above
  prefix INTEGER NOT NULL, year INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (prefix, year, first)) WITHOUT ROWID;
CREATE TABLE void (prefix INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,  -- mistyped, and corrected
  PRIMARY KEY (prefix, number)) WITHOUT ROWID;
CREATE TABLE day (fips TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (fips, day)) WITHOUT ROWID;
CREATE TABLE rejected (fips TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (fips, text)) WITHOUT ROWID;
CREATE TABLE finding (
  fips TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, series TEXT NOT NULL,
  key TEXT NOT NULL, message TEXT NOT NULL, document TEXT, prefix TEXT, year INTEGER, first INTEGER, last INTEGER,
  since TEXT, opened_by INTEGER NOT NULL, seen_by INTEGER NOT NULL, closed_by INTEGER, stated_by INTEGER NOT NULL);
CREATE UNIQUE INDEX finding_open ON finding (fips, fingerprint) WHERE closed_by IS NULL;
CREATE INDEX finding_document ON finding (fips, document) WHERE closed_by IS NULL;
CREATE INDEX finding_closed ON finding (fips, closed_by);
CREATE TABLE certified (version INTEGER PRIMARY KEY, through TEXT, held_back_by TEXT);
CREATE TABLE asked (fips TEXT NOT NULL, fingerprint TEXT NOT NULL, day TEXT NOT NULL,   -- what people did
  PRIMARY KEY (fips, fingerprint, day)) WITHOUT ROWID;
CREATE TABLE note (fips TEXT NOT NULL, fingerprint TEXT NOT NULL, text TEXT, assignee TEXT,
  PRIMARY KEY (fips, fingerprint)) WITHOUT ROWID;
CREATE TABLE waiver (fips TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE setting (fips TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
"""
DERIVED = ("held", "void", "day", "rejected", "finding", "certified")


class Store:
    """The database of a register.

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
            # The journal beside the file keeps it whole if the process or the machine stops within a transaction.
            self.database.execute("PRAGMA synchronous = FULL")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise RegisterError(f"{self.path} can't be opened as a register: {error}. Pass another file.") from None

    def _prepare(self) -> None:
        with self.transaction():
            (known,) = self.row("PRAGMA user_version")
            if known == FORMAT:
                return
            # Tables of somebody else, or of another version, are not written to.
            if known or self.row("SELECT count(*) FROM sqlite_master")[0]:
                raise RegisterError(f"{self.path} is not a register of this version of oseberg. Pass another file.")
            for statement in TABLES.split(";\n"):
                if statement.strip():
                    self.database.execute(statement)
            self.database.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything in the block or nothing of it; another process waits.

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

    def row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """Return the only row of a query."""
        found: tuple[Any, ...] = self.database.execute(query, values).fetchone()
        return found

    def run(self, query: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return the id of the row that it inserted."""
        return self.database.execute(query, values).lastrowid or 0

    def run_many(self, query: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement for each of many rows."""
        self.database.executemany(query, values)

    def prefix_ids(self, fips: str) -> dict[str, int]:
        """Return the ids of a county's prefixes."""
        return dict(self.rows("SELECT prefix, id FROM prefix WHERE fips = ?", (fips,)))
