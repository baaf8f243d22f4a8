"""Readers of several tables: in a zip, or in files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._readers.archive import archive, guarded
from oseberg.county_parsers._readers.lines import name_of
from oseberg.county_parsers._records.row import Part
from oseberg.county_parsers.errors import UnreadableFileError, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from oseberg.county_parsers._readers.delimited import Delimited


@dataclass(frozen=True, kw_only=True)
class ByName:
    """Tables that are files of their own, told apart by their names.

    Args:
        tables: The reader of each table by the pattern of its files' names, in the order in which they must be read;
            the pattern names the kind of its rows.
        group: How the files' names say what belongs together, as a day: the number of characters in front, or a slice.
        optional: Tables that may be missing. Without any other one the documents of the group are incomplete.
    """

    tables: Mapping[str, Delimited]
    group: int | slice
    optional: Collection[str] = ()

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the file as one part.

        Args:
            path: The file.

        Yields:
            Its only part.

        Raises:
            UnreadableFileError: No pattern fits its name.
        """
        pattern, name = self._pattern(path), name_of(path)
        reader = self.tables[pattern]
        problems: list[str] = []
        with path.open("rb") as stream:
            rows = reader.rows(stream, name, problems)
            yield Part(name, {pattern: reader.columns}, rows, self._group(path), problems=problems)

    def delivery(self, paths: Iterable[Path]) -> Iterator[Part]:
        """Yield the parts of several files, group after group, each group's tables in the order of `tables`.

        Args:
            paths: The index files of a delivery.

        Yields:
            The parts; a table that should be there and is not is a part without rows.

        Raises:
            UnreadableFileError: No pattern fits a file's name.
        """
        # The alphabet would read a table of names before the documents that they belong to, and reject all of them.
        order = list(self.tables)
        groups: dict[str, list[tuple[int, Path]]] = {}
        for path in sorted(paths):
            groups.setdefault(self._group(path), []).append((order.index(self._pattern(path)), path))
        for group, files in sorted(groups.items()):
            present = {place for place, _ in files}
            for place, pattern in enumerate(order):
                for path in [path for at, path in files if at == place]:
                    yield from self.parts(path)
                if place not in present and pattern not in texts(self.optional):
                    yield Part(pattern, {pattern: self.tables[pattern].columns}, (), group, missing=True)

    def _group(self, path: Path) -> str:
        return name_of(path)[self.group if isinstance(self.group, slice) else slice(self.group)]

    def _pattern(self, path: Path) -> str:
        found = next((pattern for pattern in self.tables if fnmatch(path.name.upper(), pattern.upper())), None)
        if found is None:
            raise UnreadableFileError(path.name, f"its name should match {' or '.join(self.tables)}.")
        return found


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

        Args:
            path: The file.

        Yields:
            The parts.

        Raises:
            UnreadableFileError: The zip is refused, or a table is missing.
        """
        name = name_of(path)
        with archive(path) as opened:
            present = set(opened.namelist())
            for table, reader in self.tables.items():
                if table in present:
                    problems: list[str] = []
                    with opened.open(table) as stream:
                        rows = guarded(reader.rows(stream, f"{name}: {table}", problems), name)
                        yield Part(table, {table: reader.columns}, rows, name, problems=problems)
                elif table not in texts(self.optional):
                    raise UnreadableFileError(name, f"the table {table} is missing; it holds {some_of(present)}.")
