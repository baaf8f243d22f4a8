"""Files that are whole or not there: written under another name, then renamed."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes its place when the block ends well, and is removed otherwise.

    Raises:
        OSError: The folder is missing, the path is a folder, or the disk is full; it names what was asked for, not the
            temporary file.
    """
    path = Path(path)
    for wrong, number in ((not path.parent.is_dir(), errno.ENOENT), (path.is_dir(), errno.EISDIR)):
        if wrong:
            raise OSError(number, os.strerror(number), str(path))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~mask)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_text(path: str | Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
