"""Document types: the vendor's text, after its prefixes, looked up in the county's table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIX = re.compile(r"P/\s*|(?:PARTIAL|CORRECTION|CORR|COR|C C|CC) ")
_PARTIAL = re.compile(r"(?:^|\s)P/|\bPARTIAL\b")
_CORRECTION = re.compile(r"\b(?:COR|CORR|CORRECTION)\b")

TypeAnswer = tuple[str, str, bool, bool]
REMEMBERED = 1 << 12


class DocumentTypes:
    """A county's table of document types.

    Args:
        types: For each standard type the texts or codes that the county uses.
        partial: Texts that mean a partial instrument by themselves (`PROGL`).
        correction: Texts that mean a correction by themselves (`CMD`).
        cut_at: The system cuts texts at this length; a text of that length is compared as a beginning.
    """

    def __init__(
        self,
        types: Mapping[str, Iterable[str]],
        partial: Iterable[str] = (),
        correction: Iterable[str] = (),
        cut_at: int | None = None,
    ) -> None:
        self._types = {text.upper(): name for name, texts in types.items() for text in texts}
        self._partial = frozenset(partial)
        self._correction = frozenset(correction)
        self._cut_at = cut_at
        self._known: dict[tuple[str, str], TypeAnswer] = {}

    def read(self, text: str, shown: str | None = None) -> TypeAnswer:
        """Return type, verbatim text, partial and correction; `shown` is the text when `text` is only its code."""
        key = (text, text if shown is None else shown)
        answer = self._known.get(key)
        if answer is None:
            if len(self._known) > REMEMBERED:  # only dirt has so many texts
                self._known.clear()
            answer = self._known[key] = self._read(*key)
        return answer

    def _read(self, text: str, shown: str) -> TypeAnswer:
        plain = " ".join(text.upper().split())
        left = plain
        while found := _PREFIX.match(left):
            left = left[found.end() :]
        both = f"{plain}\n{' '.join(shown.upper().split())}"
        return (
            self._type(text, plain, left),
            shown.strip(),
            left in self._partial or bool(_PARTIAL.search(both)),
            left in self._correction or bool(_CORRECTION.search(both)),
        )

    def _type(self, text: str, plain: str, left: str) -> str:
        exact = self._types.get(left)
        if exact or self._cut_at is None or len(text) < self._cut_at:
            return exact or "other"
        beginning = left[: self._cut_at - len(plain) + len(left)].rstrip()
        found = {name for known, name in self._types.items() if known.startswith(beginning)}
        return found.pop() if len(found) == 1 else "other"
