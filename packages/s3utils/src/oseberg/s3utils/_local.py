"""Local files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from oseberg.s3utils._translate import local_error
from oseberg.s3utils.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

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
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("x+b") as file:
            yield file
        if modified:
            os.utime(temporary, (modified.timestamp(), modified.timestamp()))
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace would hide that the target is overwritten
    except OSError as error:
        # Errors of this library that are OSErrors as well come from the block and say enough.
        if isinstance(error, S3Error):
            raise
        raise local_error(error, url, operation) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
