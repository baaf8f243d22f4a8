"""Where an export is written: a stream, or a file that appears only when it is whole."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from oseberg.mixpanel_export._atomic import remove_abandoned, replacing
from oseberg.mixpanel_export._checks import check_choice
from oseberg.mixpanel_export._disk import named_when_full
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

Target = Path | str | BinaryIO

Format = Literal["csv", "jsonl", "parquet"]
FORMATS = ("csv", "jsonl", "parquet")
ENDINGS: dict[str, Format] = {"": "csv", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def format_of(target: Target, wanted: Format | None) -> Format:
    """Choose the format of a target, by its ending unless one is named; csv for a stream or a path without ending.

    Raises:
        SettingsError: There is no such format, the ending names none, or the target can't be written.
    """
    check_target(target)
    if wanted is not None:
        check_choice("format", wanted, FORMATS)
        return wanted
    ending = Path(target).suffix.lower() if isinstance(target, Path | str) else ""
    if ending not in ENDINGS:
        raise SettingsError(
            f"{target}: its extension is not a known format. Pass --format csv, jsonl or parquet (format= in Python)."
        )
    return ENDINGS[ending]


def check_target(target: object) -> None:
    """Refuse what can't be written, before anything is asked for.

    Raises:
        SettingsError: It is no binary stream, a folder, or in a folder that is missing or read-only.
    """
    if not isinstance(target, Path | str):
        if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
            raise SettingsError(f"{target!r} is neither a path nor a binary stream such as sys.stdout.buffer.")
        return
    path = Path(target)
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError(f"{path} can't be written: it is a folder, or its folder does not exist.")
    if not os.access(path if is_device(path) else behind_links(path).parent, os.W_OK):
        raise SettingsError(f"{path} can't be written: you may not write there.")


@contextmanager
def opened(target: Target) -> Iterator[BinaryIO]:
    """Open a stream or device as it is, or a new file that takes the target's place only when it is whole.

    Yields:
        The open file.
    """
    if not isinstance(target, Path | str):
        yield target
        return
    path = Path(target)
    if not is_device(path):
        remove_abandoned(behind_links(path).parent)
    with named_when_full(path), replacing(path, private=True) as file:
        yield file


def is_device(path: Path) -> bool:
    """Tell whether a path is a device or a pipe, such as /dev/stdout: a file must not take its place."""
    return path.exists() and not path.is_file()


def behind_links(path: Path) -> Path:
    """Give the file that a path leads to, so that a link stays a link."""
    return Path(os.path.realpath(path))
