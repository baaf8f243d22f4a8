"""Local files: they appear whole or not at all, and are found below a folder whatever their names."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils._report import TransferFailure
from oseberg.s3utils._translate import local_error
from oseberg.s3utils.errors import LocalFileError, S3Error, UnsafeKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO

    from oseberg.s3utils._report import TransferReport
    from oseberg.s3utils._url import S3Url

TEMPORARY_PREFIX = ".oseberg-"
TEMPORARY_SUFFIX = ".part"


@contextmanager
def whole_file(
    path: Path, url: S3Url | None, operation: str = "download", *, modified: datetime | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its name when the block ends well, and goes when it doesn't.

    Missing folders above it are made. `modified` is the time it shall bear.

    Raises:
        LocalFileError: The disk refused.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
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


def _created(path: Path) -> BinaryIO:
    try:
        return path.open("x+b")
    except FileNotFoundError:  # seldom: a look for each file whether its folder is there would cost more
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("x+b")


def local_files(folder: Path, report: TransferReport) -> Iterator[tuple[Path, str]]:
    """Go through the files below a folder in order of their names; what can't be a key goes to the report.

    Symbolic links are followed, but never into a folder that is being gone through already.

    Raises:
        LocalFileError: There is no such folder.
    """
    if not folder.is_dir():
        raise LocalFileError(f"Can't upload {folder}: it isn't a folder.", operation="upload")
    seen: set[tuple[int, int]] = set()

    def unreadable(error: OSError) -> None:
        report.failures.append(TransferFailure(str(error.filename), local_error(error, None, "read a folder")))

    for above, folders, names in os.walk(folder, onerror=unreadable, followlinks=True):
        status = Path(above).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in sorted(names):
            if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
                continue  # what a killed download left
            path = Path(above, name)
            relative = path.relative_to(folder).as_posix()
            if problem := _not_a_key(path, relative):
                report.failures.append(TransferFailure(repr(str(path)), UnsafeKey(problem, operation="upload")))
            else:
                yield path, relative


def _not_a_key(path: Path, relative: str) -> str | None:
    if not path.is_file():
        return f"{str(path)!r} isn't a file that can be read: a socket, a device, or a link to nothing."
    try:
        relative.encode()
    except UnicodeEncodeError:
        return f"The name of {str(path)!r} isn't valid UTF-8; rename it."
    return None
