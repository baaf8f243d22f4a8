"""Local files: written whole or not at all, and found below a folder whatever their names."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._atomic import is_temporary, replacing
from oseberg.s3utils._results.report import TransferFailure, TransferReport
from oseberg.s3utils._store.translate import local_error
from oseberg.s3utils.errors import LocalFileError, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@contextmanager
def whole_file(
    path: Path,
    url: S3Url | None,
    operation: str = "download",
    *,
    modified: datetime | None = None,
    through_link: bool = False,
) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` when the block succeeds, and that is removed when it fails.

    Args:
        path: The file. Missing folders above it are created.
        url: The object, for messages.
        operation: What is done, for messages.
        modified: Time of the last change that the file gets.
        through_link: Whether a symbolic link stays a link. Only for names that the caller chose: a key or the member
            of an archive must not lead out of its folder.

    Yields:
        The open, seekable file; its `name` is the temporary file's path.

    Raises:
        LocalFileError: The disk refused, or a device or a pipe would be replaced by a file.
    """
    try:
        refuse_special(path, "A device or a pipe would be replaced by a file")
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        # Not durable: what a loss of power takes away is fetched again, and waiting for the disk with each of many
        # small files would take longer than their transfer.
        with replacing(path, durable=False, through_link=through_link) as file:
            yield file
            if modified:
                file.flush()  # a later write would change the time again
                os.utime(file.name, (modified.timestamp(), modified.timestamp()))
    except S3Error:
        raise  # an error of this library that is an OSError as well comes from the block and says enough
    except OSError as error:
        raise local_error(error, url, operation) from error


def refuse_special(path: Path, why: str) -> None:
    """Refuse an existing path that is neither a file nor a folder: a device, a pipe, a socket.

    Raises:
        OSError: It is one; `why` is its text.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # missing, or opening it will report the problem
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, why, str(path))


@dataclass(frozen=True)
class LocalFile:
    """A file below a folder.

    Attributes:
        path: Where it is.
        name: Its path below the folder, with slashes.
        size: Bytes.
        modified: When it was last written.
    """

    path: Path
    name: str
    size: int
    modified: datetime


def local_files(folder: Path, report: TransferReport, *, through_links: bool = True) -> Iterator[LocalFile]:
    """Go through the files below a folder in order of their names; names that can't be a key go to the report.

    Args:
        folder: The folder.
        report: Where failures go.
        through_links: Enter folders that are symbolic links, except those that lead back to a folder around them.

    Raises:
        LocalFileError: The folder does not exist.
    """
    if not folder.is_dir():
        raise _no_folder(folder)
    lies_in: dict[Path, frozenset[Path]] = {}  # of each folder those that it was reached through, and itself

    def unreadable(error: OSError) -> None:
        report.failures.append(TransferFailure(str(error.filename), local_error(error, None, "read a folder")))

    for above, folders, names in os.walk(folder, onerror=unreadable, followlinks=through_links):
        reached_through = lies_in.get(Path(above).parent, frozenset())
        place = Path(above).resolve()
        if place in reached_through:
            folders.clear()
            continue
        lies_in[Path(above)] = reached_through | {place}
        folders.sort()
        for name in sorted(names):
            if is_temporary(name):
                continue  # what a killed download left
            path = Path(above, name)
            try:
                yield _described(path, path.relative_to(folder).as_posix())
            except UnsafeKey as error:
                report.failures.append(TransferFailure(repr(str(path)), error))


def _no_folder(path: Path) -> LocalFileError:
    there = path.exists()
    why = "it isn't a folder" if there else "no such folder exists"
    number = errno.ENOTDIR if there else errno.ENOENT
    return LocalFileError(f"Can't read the folder {path}: {why}.", number=number, operation="read a folder")


def _described(path: Path, name: str) -> LocalFile:
    try:
        status = path.stat() if path.is_file() else None
    except OSError:
        status = None  # it was removed just now
    if status is None:
        message = f"{str(path)!r} isn't a file that can be read: a socket, a device, or a link to nothing."
        raise UnsafeKey(message, operation="upload")
    try:
        name.encode()
    except UnicodeEncodeError:
        message = f"The name of {str(path)!r} isn't valid UTF-8; rename it."
        raise UnsafeKey(message, operation="upload") from None
    return LocalFile(path, name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
