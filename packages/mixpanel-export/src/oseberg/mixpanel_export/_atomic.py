"""Write files whole or not at all: into a temporary file next to the target, then renamed.

This module is the same text in every package that writes files; a test of the repository compares the copies.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

PREFIX, SUFFIX = ".oseberg-", ".part"
PRIVATE, SHARED = 0o600, 0o666  # for new files; the system takes away what the umask names
ABANDONED_AFTER = 3600.0  # seconds without a write: a shorter time could remove a file whose writer just started


@contextmanager
def replacing(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of `path` when the block ends without an error.

    An existing file keeps its permissions and, where the system allows it, its owner; a symbolic link stays a link and
    the file behind it is replaced. A device or a pipe, such as /dev/stdout, is written to directly. If the block
    raises, `path` is as it was and nothing is left next to it.

    Args:
        path: The file to write.
        private: Whether a new file is readable by its owner alone. An existing file keeps what it has.

    Yields:
        The open file; seekable unless `path` is a pipe or a device.

    Raises:
        OSError: The folder is missing, may not be written to, or is full. The error names `path` as it was given.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "week.csv") as file:
        ...     _ = file.write(b"user,score")
        >>> [path.name for path in folder.iterdir()]
        ['week.csv']
    """
    given = Path(path)
    if given.exists() and not given.is_file() and not given.is_dir():
        with _naming(given), given.open("wb") as stream:
            yield stream
        return
    target = Path(os.path.realpath(given))
    with _naming(given):
        _check_place(target)
        before = target.stat() if target.exists() else None
        part = target.with_name(f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}")
        # Until it is whole, the temporary file is never more readable than the file that it replaces.
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())  # else a loss of power could leave an empty file under the final name
            _take_over(part, before, PRIVATE if private else SHARED)
            part.replace(target)
        finally:
            with suppress(OSError):  # renamed already, or the folder itself has gone
                part.unlink()


def write_bytes(path: str | os.PathLike[str], content: bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all; see `replacing`."""
    with replacing(path, private=private) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], text: str, *, private: bool = False) -> None:
    """Write a text file in UTF-8, whole or not at all; line breaks stay as they are. See `replacing`."""
    write_bytes(path, text.encode(), private=private)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files of killed processes from a folder: their writer is gone and an hour has passed."""
    for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError, ValueError):  # removed by another process, or belongs to another user, as in /tmp
            writer = int(part.name.removeprefix(PREFIX).split("-")[0])
            if time.time() - part.stat().st_mtime > ABANDONED_AFTER and not _is_running(writer):
                part.unlink()


def is_temporary(name: str) -> bool:
    """Whether a file's name is that of an unfinished file, which readers of a folder skip."""
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def _check_place(target: Path) -> None:
    """Raise what the system would report less clearly: a folder in the file's place, or none around it."""
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not target.parent.is_dir():
        raise OSError(errno.ENOENT, f"The folder {target.parent} does not exist; create it first")


def _take_over(part: Path, before: os.stat_result | None, default: int) -> None:
    """Give the finished file the permissions and the owner of the one it replaces, or those of a new file."""
    if before is None:
        mask = os.umask(0o077)  # the only way to read it is to set it; 0o077 is safe for a thread in between
        os.umask(mask)
        part.chmod(default & ~mask)
        return
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may give files away
            os.chown(part, before.st_uid, before.st_gid)
    part.chmod(stat.S_IMODE(before.st_mode))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let errors of the operating system name the path that the caller gave, not the temporary file."""
    try:
        yield
    except OSError as error:
        ours = error.filename is None or is_temporary(Path(os.fsdecode(error.filename)).name)
        if not ours or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _is_running(process: int) -> bool:
    """Whether a process exists on this machine; unknown counts as running, so that nothing in use is removed."""
    if os.name == "nt":
        return True  # os.kill would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
