"""Zip files from elsewhere: what is damaged, unsafe or too large is refused before anything is read."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
