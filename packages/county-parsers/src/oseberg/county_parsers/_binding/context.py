"""The context that fields, rows and hooks get: the county, facts from headers, counts of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from oseberg.county_parsers._cells.document_types import DocumentTypes


class Place(NamedTuple):
    """Which county this is.

    Attributes:
        name: The county's name, as people write it.
        state: Two letters.
        fips: Five digits.
    """

    name: str
    state: str
    fips: str


class Context:
    """The context of one parse; `County.context()` makes it.

    Args:
        county: Which county it is.
        types: The county's document types.
        hooks: The county's hooks.
        counts: Names of the county's own counts; they are in the summary even when they are 0.

    Attributes:
        facts: What the file's header said; a hook for its row keeps it here. Forgotten when the next file begins.
        counts: The county's own counts.
        file: The name of the file that is being read.
    """

    def __init__(
        self, county: Place, types: DocumentTypes, hooks: Mapping[str, Callable[..., Any]], counts: Iterable[str] = ()
    ) -> None:
        self.county = county
        self.types = types
        self.hooks = hooks
        self.facts: dict[str, Any] = {}
        self.counts: Counter[str] = Counter(dict.fromkeys(counts, 0))
        self.file = ""

    def open(self, file: str) -> None:
        """Begin a file: facts from another file's header are dropped.

        Args:
            file: The file's name.
        """
        self.file = file
        self.facts.clear()
