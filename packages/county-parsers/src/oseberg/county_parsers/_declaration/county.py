"""A county's declaration: everything that is peculiar to its index files."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, get_args, runtime_checkable

from oseberg.county_parsers._binding.context import Context, Place
from oseberg.county_parsers._binding.lookup import texts
from oseberg.county_parsers._cells.document_types import DocumentTypes
from oseberg.county_parsers._declaration.feed import Feed
from oseberg.county_parsers.errors import BadDeclarationError, some_of
from oseberg.county_parsers.fields import ACTION, Field
from oseberg.county_parsers.rows import ByHook, Header
from oseberg.maze_authority import IndexRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from oseberg.county_parsers._records.row import Part
    from oseberg.county_parsers._run import Run

    Hook = TypeVar("Hook", bound=Callable[..., Any])


class Reader(Protocol):
    """Opens an index file: one part, or several for a file that holds several tables."""

    def parts(self, path: Path) -> Iterator[Part]:
        """Yield the parts of the file in the order in which they must be read."""
        ...


@runtime_checkable
class Several(Protocol):
    """A reader whose files belong together."""

    def delivery(self, paths: Iterable[Path]) -> Iterator[Part]:
        """Yield the parts of several files in the order in which they must be read."""
        ...


class Documents(Protocol):
    """How rows become documents."""

    def read(self, county: County, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows; every one is used, structural, a duplicate or rejected.

        Args:
            county: The declaration.
            run: The parse, which counts the rows and takes the records.
            parts: The delivery.
        """
        ...


# The standard's types of documents.
DOCUMENT_TYPES = get_args(IndexRecord.model_fields["document_type"].annotation)


@dataclass(frozen=True, kw_only=True)
class County:
    """The declaration of one county's index format.

    Args:
        name: The county's name, as people write it.
        state: Two letters.
        fips: The county's five digits.
        files: Which files of a delivery are index files: a glob pattern, or several.
        reader: How a file becomes rows: `Delimited`, `FixedWidth`, `Tagged` or `Sheet` (or `Zipped` tables).
        documents: How rows become documents: `OneEach`, `InOrder`, `Grouped` or `Related`.
        fields: What fills which keys of the record, from the row that states the document.
        rows: What the other kinds of rows tell about their document.
        document_types: For each standard type the texts or codes of this county.
        partial: Texts or codes that mean a partial instrument by themselves.
        correction: Texts or codes that mean a correction by themselves.
        counts: Counts of the county's own, which are in its summary even when they are 0.
        basis: What the declaration is made from: the last real delivery (`last real delivery 2026-11-01`), a published
            layout with its address, or a description.
        reviewed: Who compared the example's result with its delivery, and when.
        extra: Columns of the row that states the document which are kept verbatim in the record's `extra`, by the
            names that they get there.
        feed: Deliveries say what became of documents since the one before; see `Feed`. With `ACTION` among the fields
            they do in any case.
        university_blocks: `Block N, Sec. N:` in a legal description without a survey means University Lands.
        types_cut_at: The length at which the system cuts document types.

    The declaration ends where code begins: functions attached with `@county.hook("name")`.
    """

    name: str
    state: str
    fips: str
    files: str | tuple[str, ...]
    reader: Reader
    documents: Documents
    fields: Mapping[str | tuple[str, ...], Field]
    document_types: Mapping[str, Iterable[str]]
    rows: Mapping[str, Any] = field(default_factory=dict)
    partial: Iterable[str] = ()
    correction: Iterable[str] = ()
    university_blocks: bool = False
    types_cut_at: int | None = None
    counts: Iterable[str] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    basis: str = "not stated"
    reviewed: str = "not stated"
    feed: Feed | None = None
    hooks: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Reject what can't be right; a county made by `replace` gets hooks of its own."""
        if not (self.fips.isascii() and self.fips.isdecimal() and len(self.fips) == len("48003")):
            raise BadDeclarationError(f"{self.name}: fips is {self.fips!r}; it should be five digits, such as 48003.")
        for key, filled in self.fields.items():
            if not isinstance(filled, Field):
                raise BadDeclarationError(
                    f"{self.name}: {key!r} is {filled!r}; it should be a field, such as fields.text(...)."
                )
        unknown = sorted(set(self.document_types) - set(DOCUMENT_TYPES))
        if unknown:
            raise BadDeclarationError(
                f"{self.name}: {some_of(map(repr, unknown))} in document_types is not a document type. "
                f"Choose among {', '.join(DOCUMENT_TYPES)}."
            )
        types = {name: texts(found) for name, found in self.document_types.items()}
        object.__setattr__(self, "document_types", types)
        for name in ("partial", "correction", "counts"):
            object.__setattr__(self, name, texts(getattr(self, name)))
        object.__setattr__(self, "hooks", dict(self.hooks))
        if self.feed is None and ACTION in self.fields:
            object.__setattr__(self, "feed", Feed())

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of the index files' names."""
        return (self.files,) if isinstance(self.files, str) else self.files

    def is_index(self, name: str) -> bool:
        """Whether a file of this name is an index file, in upper or lower case.

        Args:
            name: The file's name.

        Returns:
            Whether one of the patterns fits.
        """
        return any(fnmatch(name.upper(), pattern.upper()) for pattern in self.patterns)

    def context(self) -> Context:
        """Return the context of a new parse.

        Returns:
            A context without facts, whose counts are 0.
        """
        types = DocumentTypes(self.document_types, self.partial, self.correction, self.types_cut_at)
        return Context(Place(self.name, self.state, self.fips), types, self.hooks, self.counts)

    def hook(self, name: str) -> Callable[[Hook], Hook]:
        """Attach a function for what a declaration can't say: to a kind of row, or to `document` for each record.

        Legal descriptions are still texts there; they are read when the record is finished.

        Args:
            name: The kind of row, or `document`.

        Returns:
            A decorator for the function.

        Raises:
            BadDeclarationError: Nothing would call it: `rows` has no `Header` or `ByHook` of this name.
        """
        kinds = [kind for kind, role in self.rows.items() if isinstance(role, Header | ByHook)]
        if name not in {"document", *kinds}:
            there = ", ".join(["document", *kinds])
            raise BadDeclarationError(f"{self.name}: {name!r} is not a hook. The hooks of this county are {there}.")

        def attach(function: Hook) -> Hook:
            self.hooks[name] = function
            return function

        return attach
