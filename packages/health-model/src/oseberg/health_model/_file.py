"""Files that are whole or not there: written under another name, then renamed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all; it keeps its rights, a link stays one, a device or a pipe is written into.

    Raises:
        OSError: The folder is missing, the path is a folder, or the disk is full; it names what was asked for, not the
            temporary file.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            temporary.unlink()


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    write_bytes(path, text.encode())
