"""Local files: they appear whole or not at all, and are found below a folder whatever their names."""

from __future__ import annotations

import atexit
import errno
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils._report import TransferFailure
from oseberg.s3utils._translate import local_error
from oseberg.s3utils.errors import LocalFileError, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from oseberg.s3utils._report import TransferReport
    from oseberg.s3utils._url import S3Url

TEMPORARY_PREFIX = ".oseberg-"
TEMPORARY_SUFFIX = ".part"
_unfinished: set[tuple[int, Path]] = set()  # temporary files, each with the process that writes it


@atexit.register
def _remove_unfinished() -> None:
    """Remove what threads are still at when the process ends: Ctrl-C doesn't wait for a network that stalls."""
    for process, path in list(_unfinished):
        if process == os.getpid():
            with suppress(OSError):
                path.unlink()


@contextmanager
def whole_file(
    path: Path, url: S3Url | None, operation: str = "download", *, modified: datetime | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its name when the block ends well, and goes when it doesn't.

    Missing folders above it are made. `modified` is the time it shall bear.

    Raises:
        LocalFileError: The disk refused, or a device or a pipe would be replaced by a file.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    _unfinished.add(note := (os.getpid(), temporary))
    try:
        refuse_special(path, "A device or a pipe would be replaced by a file")
        with _created(temporary) as file:
            yield file
        if modified:
            os.utime(temporary, (modified.timestamp(), modified.timestamp()))
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace would hide that the target is overwritten
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        # Errors of this library that are OSErrors as well come from the block and say enough.
        if isinstance(error, OSError) and not isinstance(error, S3Error):
            raise local_error(error, url, operation) from error
        raise
    finally:
        _unfinished.discard(note)


def refuse_special(path: Path, why: str) -> None:
    """Refuse what exists and is neither a file nor a folder: a device, a pipe, a socket.

    Raises:
        OSError: It is one; `why` is its text.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, why, str(path))


def _created(path: Path) -> BinaryIO:
    try:
        return path.open("x+b")
    except FileNotFoundError:  # seldom: a look for each file whether its folder is there would cost more
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("x+b")


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
    """Go through the files below a folder in order of their names; what can't be a key goes to the report.

    Args:
        folder: The folder.
        report: Where failures go.
        through_links: Enter folders that are symbolic links, but none that leads back to a folder it lies in.

    Raises:
        LocalFileError: There is no such folder.
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
            if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                continue  # what a killed download left
            path = Path(above, name)
            try:
                yield _described(path, path.relative_to(folder).as_posix())
            except UnsafeKey as error:
                report.failures.append(TransferFailure(repr(str(path)), error))


def _no_folder(path: Path) -> LocalFileError:
    there = path.exists()
    why = "it isn't a folder" if there else "there is no such folder"
    number = errno.ENOTDIR if there else errno.ENOENT
    return LocalFileError(f"Can't read the folder {path}: {why}.", number=number, operation="read a folder")


def _described(path: Path, name: str) -> LocalFile:
    try:
        status = path.stat() if path.is_file() else None
    except OSError:
        status = None  # it went this moment
    if status is None:
        message = f"{str(path)!r} isn't a file that can be read: a socket, a device, or a link to nothing."
        raise UnsafeKey(message, operation="upload")
    try:
        name.encode()
    except UnicodeEncodeError:
        message = f"The name of {str(path)!r} isn't valid UTF-8; rename it."
        raise UnsafeKey(message, operation="upload") from None
    return LocalFile(path, name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
