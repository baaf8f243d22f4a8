"""The target of an export: a stream, or a file that appears only when it is complete."""

from __future__ import annotations

import gzip
import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import pyarrow as pa

from oseberg.mixpanel_export._atomic import remove_abandoned, replacing
from oseberg.mixpanel_export._checks import check_choice
from oseberg.mixpanel_export._disk import named_when_full
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

Target = Path | str | BinaryIO

Format = Literal["csv", "jsonl", "parquet", "raw"]
FORMATS = ("csv", "jsonl", "parquet", "raw")
ENDINGS: dict[str, Format] = {"": "csv", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
# Extensions after which a file is compressed.
PACKED = {".gz": "gzip", ".zst": "zstd"}


def format_of(target: Target, wanted: Format | None) -> Format:
    """Choose the format of a target, by its extension unless one is named; csv for a stream or without an extension.

    Args:
        target: The path or stream.
        wanted: The format that the user named.

    Returns:
        The format.

    Raises:
        SettingsError: The format does not exist, the extension names none, or the target can't be written.
    """
    check_target(target)
    packed, ending = extensions(target)
    if wanted is not None:
        check_choice("format", wanted, FORMATS)
    elif ending not in ENDINGS:
        raise SettingsError(
            f"{target}: its extension is not a known format. Pass --format csv, jsonl or parquet (format= in Python)."
        )
    kind = wanted or ENDINGS[ending]
    if packed and kind == "parquet":
        raise SettingsError(f"{target}: a Parquet file is compressed inside. Name it without {packed}.")
    return kind


def extensions(target: Target) -> tuple[str, str]:
    """Return the extension that names a compression, if any, and the one that names a format."""
    if not isinstance(target, Path | str):
        return "", ""
    path = Path(target)
    packed = path.suffix.lower() if path.suffix.lower() in PACKED else ""
    return packed, (path.with_suffix("") if packed else path).suffix.lower()


def check_target(target: object) -> None:
    """Reject a target that can't be written, before the first request.

    Raises:
        SettingsError: It is not a binary stream, or it is a folder, or its folder is missing or read-only.
    """
    if not isinstance(target, Path | str):
        if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
            raise SettingsError(f"{target!r} is neither a path nor a binary stream such as sys.stdout.buffer.")
        return
    path = Path(target)
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError(f"{path} can't be written: it is a folder, or its folder does not exist.")
    if not os.access(path if is_device(path) else behind_links(path).parent, os.W_OK):
        raise SettingsError(f"{path} can't be written: this account has no permission to write there.")


@contextmanager
def opened(target: Target) -> Iterator[BinaryIO]:
    """Open a stream or device as it is, or a new file that replaces the target only when it is complete.

    Yields:
        The open file.
    """
    if not isinstance(target, Path | str):
        yield target
        return
    path = Path(target)
    if not is_device(path):
        remove_abandoned(behind_links(path).parent)
    with named_when_full(path), replacing(path, private=True) as file, compressed(file, extensions(path)[0]) as plain:
        yield plain


@contextmanager
def compressed(file: BinaryIO, extension: str) -> Iterator[BinaryIO]:
    """Open a stream that compresses into a file as its extension says; equal content gives equal bytes."""
    if extension == ".gz":
        with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packer:
            yield packer  # type: ignore[misc] # it is one in all but name
    elif extension == ".zst":
        with pa.CompressedOutputStream(pa.PythonFile(KeptOpen(file), mode="w"), "zstd") as stream:
            yield stream
    else:
        yield file


class KeptOpen(io.RawIOBase):
    """Passes bytes on to a file that must stay open when Arrow closes this object."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self.file = file

    def writable(self) -> bool:
        """Whether bytes can be written."""
        return True

    def write(self, content: Any) -> int:  # noqa: ANN401 - any buffer
        """Write bytes."""
        return self.file.write(content)


def is_device(path: Path) -> bool:
    """Whether a path is a device or a pipe, such as /dev/stdout: a file must not take its place."""
    return path.exists() and not path.is_file()


def behind_links(path: Path) -> Path:
    """Return the file that a path leads to, so that a link stays a link."""
    return Path(os.path.realpath(path))
