"""Readers of several tables: in a zip, or in files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from oseberg.county_parsers._readers.archive import archive, guarded
from oseberg.county_parsers._row import Part
from oseberg.county_parsers.errors import UnreadableFileError, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from oseberg.county_parsers._readers.delimited import Delimited


@dataclass(frozen=True, kw_only=True)
class ByName:
    """Tables that are files of their own, told apart by their names.

    Args:
        tables: The reader of each table by the pattern of its files' names; the pattern names the kind of its rows.
        group: How many characters in front of the files' names say what belongs together, as a day.
    """

    tables: Mapping[str, Delimited]
    group: int

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Raises:
            UnreadableFileError: No pattern fits its name.
        """
        for pattern, reader in self.tables.items():
            if fnmatch(path.name.upper(), pattern.upper()):
                with path.open("rb") as stream:
                    yield Part(
                        path.name, {pattern: reader.columns}, reader.rows(stream, path.name), path.name[: self.group]
                    )
                return
        raise UnreadableFileError(path.name, f"its name should be as {' or '.join(self.tables)}.")


@dataclass(frozen=True, kw_only=True)
class Zipped:
    """Tables in a zip file.

    Args:
        tables: The reader of each table by its name in the zip, in the order in which they are read; others are left.
        optional: Tables that may be missing.
    """

    tables: Mapping[str, Delimited]
    optional: Collection[str] = ()

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield one part for each table; the zip's name is their group.

        Raises:
            UnreadableFileError: The zip is refused, or a table is missing.
        """
        with archive(path) as opened:
            present = set(opened.namelist())
            for name, reader in self.tables.items():
                if name in present:
                    with opened.open(name) as stream:
                        rows = reader.rows(stream, f"{path.name}: {name}")
                        yield Part(name, {name: reader.columns}, guarded(rows, path.name), path.name)
                elif name not in self.optional:
                    raise UnreadableFileError(path.name, f"the table {name} is missing; it holds {some_of(present)}.")
