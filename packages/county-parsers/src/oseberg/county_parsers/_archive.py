"""Zip files from elsewhere: what is damaged, unsafe or too large is refused before anything is read."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from oseberg.county_parsers._run import Part
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from oseberg.county_parsers._delimited import Delimited

LIMIT = 2 << 30
"""More than 2 GiB unpacked is no day of a courthouse."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@contextmanager
def archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file; also turns the errors of reading its members into ours.

    Raises:
        UnreadableFileError: It is damaged, encrypted, holds a path that leads outside, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            members = opened.infolist()
            for member in members:
                if _leads_outside(member.filename):
                    raise UnreadableFileError(path.name, f"it holds the path {member.filename!r}, which leads outside.")
            if (size := sum(member.file_size for member in members)) > LIMIT:
                raise UnreadableFileError(path.name, f"it unpacks to {size:,} bytes; more than {LIMIT:,} are refused.")
            yield opened
    except _DAMAGE as error:
        raise UnreadableFileError(
            path.name, f"the zip file is damaged ({error}). Ask the vendor for it again."
        ) from None


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return ".." in path.parts or path.is_absolute() or ":" in name


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
        """Give one part for each table; the zip's name is their group.

        Raises:
            UnreadableFileError: The zip is refused, or a table is missing.
        """
        with archive(path) as opened:
            present = set(opened.namelist())
            for name, reader in self.tables.items():
                if name in present:
                    with opened.open(name) as stream:
                        rows = reader.rows(stream, f"{path.name}: {name}")
                        yield Part(name, {name: reader.columns}, rows, path.name)
                elif name not in self.optional:
                    raise UnreadableFileError(path.name, f"the table {name} is missing. Ask the vendor for it again.")
