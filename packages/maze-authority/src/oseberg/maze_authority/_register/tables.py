"""The tables of a register, in the SQL that SQLite and Postgres share."""

from __future__ import annotations

FORMAT = 2  # of the tables below; a register of another one is not touched
TABLES = """
CREATE TABLE version (                  -- one delivery of one county as it arrived once
  id INTEGER PRIMARY KEY, fips TEXT NOT NULL, name TEXT NOT NULL, placed TEXT NOT NULL, arrived INTEGER NOT NULL,
  digest TEXT NOT NULL, delivered TEXT, records INTEGER NOT NULL, first_day TEXT, last_day TEXT, facts TEXT NOT NULL,
  UNIQUE (fips, name, digest));
CREATE INDEX version_order ON version (fips, placed, arrived, name, digest);
CREATE TABLE prefix (id INTEGER PRIMARY KEY, fips TEXT NOT NULL, prefix TEXT NOT NULL, width INTEGER NOT NULL,
  UNIQUE (fips, prefix));
CREATE TABLE document (                 -- every document of every version, by its number or what else identifies it
  prefix INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, version INTEGER NOT NULL,
  year INTEGER NOT NULL, day INTEGER, content INTEGER NOT NULL, twin INTEGER, place INTEGER NOT NULL,
  PRIMARY KEY (prefix, number, text, version)) WITHOUT ROWID;
CREATE INDEX document_day ON document (day, prefix);
CREATE INDEX document_version ON document (version);
CREATE INDEX document_twin ON document (twin) WHERE twin IS NOT NULL;
CREATE TABLE detail (                   -- what the documents of a version say, some of them at a time
  version INTEGER NOT NULL, part INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (version, part)) WITHOUT ROWID;
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
# The order in which the deliveries of a county count; see `Facts.placed`.
ORDER = "placed, arrived, name, digest"


def order_of(version: str, *, newest_first: bool = False) -> str:
    """Return the ORDER BY terms that sort deliveries.

    Args:
        version: The name of the table of versions in the query.
        newest_first: Whether the last one comes first.

    Returns:
        What follows ORDER BY.
    """
    return ", ".join(f"{version}.{name}{' DESC' * newest_first}" for name in ORDER.split(", "))


def statements() -> list[str]:
    """Return the statements that make the tables.

    Returns:
        One for each table and index.
    """
    return [statement for statement in TABLES.split(";\n") if statement.strip()]
