"""Writes files whole: a temporary file beside the place, then a rename."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8 so that a reader sees the old file or the whole new one.

    A link stays a link; what is no file, such as /dev/stdout or a named pipe, is written to and never replaced.
    """
    given = Path(path)
    if given.exists() and not given.is_file():
        given.write_text(text, encoding="utf-8", newline="\n")
        return
    target = given.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # as the user named it
    finally:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            temporary.unlink()
