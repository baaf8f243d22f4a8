"""Write files whole or not at all: into a temporary file next to the target, then renamed.

This module is the same text in every package that writes files; a test of the repository compares the copies.
"""

from __future__ import annotations

import atexit
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
_unfinished: set[Path] = set()


@atexit.register
def _remove_unfinished() -> None:
    """Remove the temporary files that threads still write when the process ends: their own cleanup never runs."""
    for part in list(_unfinished):
        if part.name.startswith(f"{PREFIX}{os.getpid()}-"):  # a forked child must not remove its parent's
            with suppress(OSError):
                part.unlink()


@contextmanager
def replacing(
    path: str | os.PathLike[str], *, private: bool = False, durable: bool = True, through_link: bool = True
) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of `path` when the block ends without an error.

    An existing file keeps its permissions and, where the system allows it, its owner; a symbolic link stays a link and
    the file behind it is replaced. A device or a pipe, such as /dev/stdout, is written to directly. If the block
    raises, `path` is as it was and nothing is left next to it.

    Args:
        path: The file to write.
        private: Whether a new file is readable by its owner alone. An existing file keeps what it has.
        durable: Whether to wait until the content is on the disk. Without it many small files are written faster, and
            a loss of power right afterwards may leave one of them empty.
        through_link: Whether a symbolic link stays a link. Pass False where the name comes from somebody else (a key,
            a member of an archive): a link could lead out of the target folder, so the link itself is replaced.

    Yields:
        The open file; seekable unless `path` is a pipe or a device. Its `name` is the temporary file's path.

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
    # Each look at the disk lets other threads pass first, which is most of the time that many small files take: one
    # look answers all.
    here = _look(given)
    if here is not None and not stat.S_ISREG(here.st_mode) and not stat.S_ISDIR(here.st_mode):
        with _naming(given), given.open("wb") as stream:
            yield stream
        return
    target = Path(os.path.realpath(given)) if through_link else given
    with _naming(given):
        _check_place(target, given, here)
        before = here if through_link or not given.is_symlink() else None
        part = target.with_name(f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}")
        # Until it is whole, the temporary file is never more readable than the file that it replaces. The system takes
        # away what the umask names: asking for the umask would set it for a moment, also for other threads' files.
        mode = PRIVATE if private or before is not None else SHARED
        _unfinished.add(part)
        try:
            with open(part, "x+b", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                yield file
                file.flush()
                if durable:
                    os.fsync(file.fileno())  # else a loss of power could leave an empty file under the final name
            if before is not None:
                _take_over(part, before)
            part.replace(target)
        except BaseException:
            with suppress(OSError):  # the folder itself may have gone
                part.unlink()
            raise
        finally:
            _unfinished.discard(part)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all; see `replacing`."""
    with replacing(path, private=private) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], text: str, *, private: bool = False) -> None:
    """Write a text file in UTF-8, whole or not at all; line breaks stay as they are. See `replacing`."""
    write_bytes(path, text.encode(), private=private)


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files of killed processes from a folder: an hour old, and their writer is gone."""
    for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError, ValueError):  # removed by another process, or belongs to another user, as in /tmp
            writer = int(part.name.removeprefix(PREFIX).split("-")[0])
            if time.time() - part.stat().st_mtime > ABANDONED_AFTER and not is_running(writer):
                part.unlink()


def is_temporary(name: str) -> bool:
    """Whether a file's name is that of an unfinished file, which readers of a folder skip."""
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def _look(path: Path) -> os.stat_result | None:
    """Return the status of what a path leads to, links followed; None if it is missing or can't be seen."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _check_place(target: Path, given: Path, here: os.stat_result | None) -> None:
    """Raise a clear error if a folder is in the file's place, or the parent folder is missing."""
    if here is not None and stat.S_ISDIR(here.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(given))
    if here is None and not target.parent.is_dir():
        raise OSError(errno.ENOENT, f"The folder {target.parent} does not exist; create it first", str(given))


def _take_over(part: Path, before: os.stat_result) -> None:
    """Set the permissions and the owner of the finished file to those of the one that it replaces."""
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may give files away
            os.chown(part, before.st_uid, before.st_gid)
    part.chmod(stat.S_IMODE(before.st_mode))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Make errors of the operating system name the caller's path instead of the temporary file."""
    try:
        yield
    except OSError as error:
        # The error for a full disk names no file. Neither do errors of the network, which the block may raise as well;
        # those have types of their own.
        nameless = error.filename is None and type(error) is OSError
        ours = nameless or (error.filename is not None and is_temporary(Path(os.fsdecode(error.filename)).name))
        if not ours or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def is_running(process: int) -> bool:
    """Whether a process exists on this machine; unknown counts as running, so that nothing in use is removed."""
    if os.name == "nt":
        return True  # os.kill would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it belongs to another account
    return True
