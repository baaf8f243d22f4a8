"""Opens zip files safely: damaged, unsafe or too large ones are refused before anything is read."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oseberg.county_parsers._records.row import Row

# One day of a courthouse never unpacks to more than 2 GiB: a file that does is a bomb, or not a delivery.
LIMIT = 2 << 30

# What zipfile raises for damage: places beyond the file's end are an OSError, other methods a RuntimeError.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)

ENCRYPTED = 0x1  # of a member's general purpose flags (ZIP specification, 4.4.4)
OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")


@contextmanager
def told(name: str, errors: tuple[type[Exception], ...] = DAMAGE) -> Iterator[None]:
    """Turn the errors of a damaged file into one that names it.

    Raises:
        UnreadableFileError: For one of `errors`.
    """
    try:
        yield
    except errors as error:
        problem = f"the file is damaged ({type(error).__name__}: {error}). Ask the vendor for it again."
        raise UnreadableFileError(name, problem) from None


def guarded(rows: Iterator[Row], name: str, errors: tuple[type[Exception], ...] = DAMAGE) -> Iterator[Row]:
    """Yield the rows; damage shows only while they are read, and is raised as an error then."""
    with told(name, errors):
        yield from rows


@contextmanager
def archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file.

    Raises:
        UnreadableFileError: It is damaged, encrypted or too large, or holds a path that leads outside or a name twice.
    """
    if not zipfile.is_zipfile(path):
        raise UnreadableFileError(path.name, _instead_of_a_zip(path))
    with told(path.name), zipfile.ZipFile(path) as opened:
        members = opened.infolist()
        if any(member.flag_bits & ENCRYPTED for member in members):
            raise UnreadableFileError(
                path.name, "it is protected with a password. Unpack it, or ask the vendor for a file without one."
            )
        for member in members:
            if _leads_outside(member.filename):
                raise UnreadableFileError(path.name, f"its member {member.filename!r} is outside the archive.")
        if len({member.filename for member in members}) < len(members):
            raise UnreadableFileError(path.name, "two of its files have the same name. Ask the vendor which is meant.")
        if (size := sum(member.file_size for member in members)) > LIMIT:
            raise UnreadableFileError(path.name, f"it unpacks to {size:,} bytes; more than {LIMIT:,} are refused.")
        yield opened


def _instead_of_a_zip(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(len(OLD_WORKBOOK))
    if head == OLD_WORKBOOK:
        return "it is an old .xls workbook, or one with a password. Ask the vendor for an .xlsx without one."
    if head.startswith(b"PK"):
        return "the file is damaged: its end is missing. Ask the vendor for it again."
    return f"the file is {f'not a zip, but begins with {head!r}' if head else 'empty'}. Ask the vendor for it again."


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return ".." in path.parts or path.is_absolute() or ":" in name
