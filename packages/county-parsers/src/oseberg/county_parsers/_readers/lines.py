"""The lines of an index file in its encoding: bytes that the encoding lacks are marked, never fatal."""

from __future__ import annotations

import codecs
import io
import re
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from oseberg.county_parsers.errors import BadDeclarationError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Marks bytes that could not be decoded; no decoder produces it for valid text.
DAMAGE = "\udfff"

# What may end a line: its break, and the 0x1A with which DOS ended files.
ENDS = "\r\n\x1a"

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
LONGEST_MARK = max(map(len, MARKS))


# Between letters or digits a NUL replaces something that was lost; elsewhere old systems fill fields with it.
_LOST = re.compile(r"(?<=\w)\0+(?=\w)")


def name_of(path: Path) -> str:
    r"""Return a file's name, bytes that are not valid UTF-8 as `\xNN`, so that it can be printed and written."""
    return printable(path.name)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Return the mark for bytes that could not be decoded, as the handler `replace` returns U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return DAMAGE, error.end


codecs.register_error("oseberg.damage", _mark)


def lines(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines with their line breaks; only a line feed ends one.

    A byte order mark is dropped; it says the encoding, whatever the vendor has announced. A NUL between letters is
    damage, any other one a blank.

    Args:
        stream: The open file; it is left open.
        encoding: Python's name of the encoding.

    Yields:
        The lines.

    Raises:
        BadDeclarationError: Python knows no such encoding.
    """
    head = stream.read(LONGEST_MARK)
    stream.seek(0)
    marked = next((name for mark, name in MARKS.items() if head.startswith(mark)), encoding)
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise BadDeclarationError(f"{encoding!r} is not an encoding that Python knows.") from None
    text = io.TextIOWrapper(stream, marked, errors="oseberg.damage", newline="\n")
    try:
        for line in text:
            yield _without_nul(line.removeprefix("\ufeff"))
            break
        for line in text:
            yield _without_nul(line) if "\0" in line else line
    finally:
        with suppress(ValueError):  # the file is closed already when reading was broken off
            text.detach()


def _without_nul(line: str) -> str:
    return _LOST.sub(DAMAGE, line).replace("\0", " ")


def is_blank(text: str) -> bool:
    """Whether a line is blank."""
    return not text.strip(" \t" + ENDS)


def shown(text: str) -> str:
    """Return a row's text for a person: without its line break, the marks of damage as U+FFFD."""
    return text.rstrip("\r\n").replace(DAMAGE, "\ufffd")
