"""Unpacks untrusted zip files: nothing outside the folder, no more bytes than allowed."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.local_files import whole_file
from oseberg.s3utils._verify.digest import MIB
from oseberg.s3utils.errors import ChecksumMismatch, GuardRefused, NotSupported

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 10 * 1024 * MIB


def unpack_zip(source: str | Path | BinaryIO, folder: str | Path, *, limit: int = LIMIT) -> list[Path]:
    """Unpack a zip file into a folder; all names are checked before the first file is written.

    Args:
        source: A local path, or an open seekable file: `s3.open(url, "rb")` works.
        folder: Where to; made if missing.
        limit: Bytes that all members together may have unpacked; counted, not taken from the file's own words.

    Returns:
        The files written, in the order of the archive.

    Raises:
        UnsafeKey: A member would leave the folder or hit another one.
        GuardRefused: More than `limit` bytes.
        ChecksumMismatch: Not a zip file, or a damaged one.
        NotSupported: It needs a password, or was packed in an unusual way.

    Example:
        >>> import io, tempfile, zipfile
        >>> file = io.BytesIO()
        >>> with zipfile.ZipFile(file, "w") as archive:
        ...     archive.writestr("a.txt", "hello")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     unpack_zip(file, folder)[0].read_text()
        'hello'
    """
    label = str(getattr(source, "name", source))
    tree = Tree(folder)
    try:
        with translated(None, f"unpack {label}"), zipfile.ZipFile(source) as archive:
            claimed = [
                (member, tree.claim(member.filename, f"{label}!{member.filename}")) for member in archive.infolist()
            ]
            files = [(member, path) for member, path in claimed if not member.is_dir()]
            budget = Budget(limit, label)
            for member, path in files:
                with archive.open(member) as packed, whole_file(path, None, f"unpack {label} to") as file:
                    while chunk := packed.read(MIB):
                        budget.spend(len(chunk))
                        file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ChecksumMismatch(f"Can't unpack {label}: {error}.", operation="unpack") from error
    except RuntimeError as error:  # so zipfile says that a password or an unknown compression is needed
        raise NotSupported(
            f"Can't unpack {label}: {error}. Unpack it with another program.", operation="unpack"
        ) from error
    return [path for _, path in files]


class Budget:
    """Counts unpacked bytes: a small archive may unpack to terabytes, and its stated sizes can't be trusted."""

    def __init__(self, limit: int, label: str) -> None:
        self._limit = self._left = limit
        self._label = label

    def spend(self, size: int) -> None:
        """Count more bytes.

        Raises:
            GuardRefused: There are more than allowed.
        """
        self._left -= size
        if self._left < 0:
            raise GuardRefused(
                f"Won't unpack {self._label}: it holds more than {self._limit:,} bytes. If it may, raise the limit.",
                operation="unpack",
            )
