"""Escapes text from a delivery, so that it can neither end a line nor start a command or markup."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&$])")


def one_line(text: object) -> str:
    """Write control characters, line ends and direction marks as visible escapes.

    Examples:
        >>> one_line("A" + chr(10) + "B") == "A" + chr(92) + "nB"
        True
    """
    return CONTROL.sub(lambda match: ascii(match[0])[1:-1], str(text)).replace("##[", "## [")


def markdown(text: object) -> str:
    """Escape what Markdown or HTML would read as more than text; addresses and names become no links."""
    escaped = MARKS.sub(r"\\\1", one_line(text))
    for mark, instead in (
        ("\\<", "&lt;"),
        ("\\>", "&gt;"),
        ("\\&", "&amp;"),
        ("\\@", "&#64;"),
        ("://", "&#58;//"),
        ("www.", "www&#46;"),
    ):
        escaped = escaped.replace(mark, instead)
    return escaped


def annotation(text: object) -> str:
    """Escape the message of a workflow command."""
    return one_line(text).replace("%", "%25")


def property_value(text: object) -> str:
    """Escape a property of a workflow command."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")
