"""Recognizes what a column holds, by its heading and its values."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from oseberg.county_parsers._legals.texts import tracts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

DAYS = (
    *("%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%m/%d/%y", "%Y%m%d", "%m-%d-%Y", "%d-%b-%y", "%Y/%m/%d", "%m-%d-%y"),
    *("%y%m%d", "%d/%m/%Y"),
)
CLOCKS = ("%I:%M:%S %p", "%H:%M:%S", "%I:%M %p", "%H:%M", "%H%M%S", "%H%M")
SHARE = 0.8  # of the filled cells so many must agree: the rest is dirt
SIDES = {
    "grantors": {"G", "1", "D", "R1", "GRANTOR", "LESSOR", "ASSIGNOR", "FRM", "FROM", "DIRECT", "GR", "GTOR"},
    "grantees": {"E", "2", "R", "GRANTEE", "LESSEE", "ASSIGNEE", "TO", "REVERSE", "INDIRECT", "GE", "GTEE"},
}
# What may be between several names or descriptions of a cell, besides the usual semicolon.
_BETWEEN = {"|": r"\s*\|\s*", " / ": r"\s+/\s+", "\n": r"\s*\n\s*", "<br>": "<br>", "~": r"\s*~\s*"}
_SOME = 0.05  # in fewer cells it is dirt
_LAND = re.compile(r"\b(?:SEC|BLK|BLOCK|LOT|LOTS|SECTION|TOWNSHIP|SURVEY|ADDN|T\d+[NS])\b", re.IGNORECASE)
_IMAGE = re.compile(r".+\.(?:pdf|tiff?|jpe?g|\d{3})", re.IGNORECASE)
_NAME = re.compile(r"[A-ZÀ-Ý&][A-ZÀ-Ýa-zà-ý&.,'\-]+(?:[ ,]+[A-ZÀ-Ýa-zà-ý&.,'\-/]+)+")
_SHORT_NUMBER = re.compile(r"\d{1,6}[A-Z]?")
_CODE = re.compile(r"[A-Z][A-Z0-9/&*. \-]*")
_BOOK = re.compile(r"(?:\S+/)?(\S+)/(\S+)")

# The heading's words, in the order in which they are tried: the special before the general.
_HEADINGS = [
    ("pages", r"(?:num|no|number of|#|total).*pages?|^pages$|page ?count|^pgs$"),
    ("book/page", r"(?:book|bk|vol).*/.*(?:page|pg)"),
    ("grantors", r"^(?:all )?(?:grantors?|lessors?|assignors?|direct.*name|from|party ?1)(?: names?)?$"),
    ("grantees", r"^(?:all )?(?:grantees?|lessees?|assignees?|(?:reverse|indirect).*name|to|party ?2)(?: names?)?$"),
    ("cross", r"cross.*(?:party|name)"),
    ("side", r"party ?(?:type|side|code|role)|^side$|^role$"),
    ("sequence", r"party ?seq\w*|^seq(?:uence)?$|name ?seq"),
    ("name", r"(?:party|search\w*|last|full)? ?name|^party$"),
    ("references", r"related|refer|prior"),
    ("instrument date", r"(?:inst\w*|doc\w*|executed|dated?) ?_?(?:date|dt|dated)|^inst_dt$"),
    ("time", r"\btime\b"),
    ("recorded", r"rec\w*|fil(?:ed|ing)|filedate|^date$"),
    ("type", r"(?:doc\w*|inst\w*|instrument)? ?_?(?:type|kind|cd|code)\b|instrumenttype"),
    ("number", r"inst\w*|doc\w* ?(?:no|num|#|id)|^cfn$|clerk|^number$|file ?(?:no|num|#)|recep(?:tion|\b)"),
    ("key", r"^gin$|rec_?id|^id$|_id$"),
    ("volume", r"^(?:book|vol)\w*(?:/vol\w*)?$|book/volume"),
    ("page", r"^(?:page|pg)$|begin\w* page"),
    ("legal", r"legal|descr|^land$"),
    ("image", r"image|^file$|filename|document path"),
]


class Meaning(NamedTuple):
    """What a column holds.

    Attributes:
        what: One of the meanings of this module, or empty.
        layouts: Layouts of its days and times.
        separator: A regular expression of what is between several values of a cell, where it is not the usual one.
        values: The most frequent values.
        saw: What it was recognized by, for a comment.
    """

    what: str
    layouts: tuple[str, ...] = ()
    separator: str = ""
    values: tuple[str, ...] = ()
    saw: str = ""


def meanings(columns: Sequence[str], rows: Sequence[Sequence[str]], *, named: bool) -> dict[str, Meaning]:
    """Return what each column holds.

    Args:
        columns: The columns' names.
        rows: Some rows.
        named: Whether the names are headings of the file, which say something.

    Returns:
        The meanings by column; each meaning is given once, to the first column that has it.
    """
    found: dict[str, Meaning] = {}
    taken: set[str] = set()
    for at, column in enumerate(columns):
        cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        meaning = _by_heading(column, cells) if named else _by_values(cells, taken)
        if meaning.what in taken:
            meaning = meaning._replace(what="")
        taken |= {meaning.what} - {""}
        found[column] = meaning
    # Headings say what numbers are; without them only their order does.
    if not named:
        _book_and_page(found, {column: [row[at] for row in rows if at < len(row)] for at, column in enumerate(columns)})
    return found


def _book_and_page(found: dict[str, Meaning], cells: Mapping[str, Sequence[str]]) -> None:
    """Mark numeric columns next to each other as book, page and number of pages, as indexes have them."""
    run: list[str] = []
    for column, meaning in [*found.items(), ("", Meaning("end"))]:
        filled = [cell.strip() for cell in cells.get(column, ()) if cell.strip()]
        if not meaning.what and filled and _nearly_all([bool(_SHORT_NUMBER.fullmatch(cell)) for cell in filled]):
            run.append(column)
            continue
        taken = {one.what for one in found.values()}
        if len(run) in {2, 3} and "volume" not in taken and "recorded" in taken:
            for name, what in zip(run, ("volume", "page", "pages"), strict=False):
                found[name] = found[name]._replace(what=what)
        run = []


def _by_heading(column: str, cells: Sequence[str]) -> Meaning:
    # Grantor(s), PARTY_TYPE, Grantor Name: clerks write one heading in many ways.
    text = " ".join(column.lower().replace("(s)", "s").replace("_", " ").split())
    for heading, pattern in _HEADINGS:
        if re.search(pattern, text):
            what = heading
            layouts = moments(cells) if what in {"recorded", "instrument date", "time"} else ()
            if what == "recorded" and not layouts:
                continue
            if what == "type" and _are_sides(cells):
                what = "side"
            return Meaning(what, layouts, _separator(cells), _most(cells), f"its heading, {_shown(cells)}")
    return _by_values(cells, frozenset({"number", "key", "pages"}))


def _by_values(cells: Sequence[str], taken: Collection[str]) -> Meaning:
    if not cells:
        return Meaning("", saw="always blank")
    layouts, what = moments(cells), ""
    if layouts and any("%d" in layout for layout in layouts):
        what = "instrument date" if "recorded" in taken else "recorded"
    elif layouts and "recorded" in taken:
        what = "time"
    else:
        what, layouts = _of_texts(cells, taken), ()
    return Meaning(what, layouts, _separator(cells), _most(cells), _shown(cells))


def _separator(cells: Sequence[str]) -> str:
    """Return the separator of a cell's values; empty for the usual semicolon, and for cells with one value."""
    counts = {mark: sum(mark in cell for cell in cells) for mark in _BETWEEN}
    mark = max(counts, key=lambda one: counts[one], default="")
    return _BETWEEN[mark] if mark and counts[mark] > len(cells) * _SOME else ""


def _of_texts(cells: Sequence[str], taken: Collection[str]) -> str:
    """Return the meaning of texts by their form; of codes and numbers also by the meanings found before."""
    tests = (
        ("image", lambda cell: bool(_IMAGE.fullmatch(cell)) and not cell.replace(".", "").isdecimal()),
        ("book/page", lambda cell: bool(_BOOK.fullmatch(cell))),
        ("legal", lambda cell: bool(_LAND.search(cell)) or tracts(cell)[0]["kind"] != "unread"),
        ("name", lambda cell: bool(_NAME.fullmatch(cell)) and len(cell) > len("A B")),
    )
    found = "side" if _are_sides(cells) else next((what for what, is_one in tests if _all_are(cells, is_one)), "")
    codes = _all_are([cell.upper() for cell in cells], lambda cell: bool(_CODE.fullmatch(cell)))
    digits = any(map(str.isdecimal, "".join(cells)))
    distinct = len(set(cells)) > SHARE * len(cells)
    if not found and "number" not in taken and distinct and digits and not (codes and "type" in taken):
        return "number"
    return "type" if not found and "type" not in taken and "number" in taken and codes else found


def _all_are(cells: Sequence[str], is_one: Callable[[str], bool]) -> bool:
    return _nearly_all(list(map(is_one, cells)))


def _are_sides(cells: Sequence[str]) -> bool:
    """Whether nearly all cells say a side, and both sides occur."""
    found = [cell.upper() for cell in cells]
    both = all(codes & set(found) for codes in SIDES.values())
    return both and _nearly_all([cell in set().union(*SIDES.values()) for cell in found])


def _nearly_all(fitting: Sequence[bool]) -> bool:
    """Whether nearly all of some values are true; among few, one exception is allowed."""
    good = sum(fitting)
    return good > 0 and (len(fitting) - good <= 1 or good >= SHARE * len(fitting))


def moments(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the layouts of nearly all cells: of a day, of a time, or of both."""
    if not cells:
        return ()
    # The first layout that fits wins: month before day, as American clerks write it.
    for layout in (*DAYS, *CLOCKS):
        if _nearly_all([fits(cell, layout) for cell in cells]):
            others = [cell for cell in cells if not fits(cell, layout)]
            return (layout, *(other for other in DAYS if sum(fits(cell, other) for cell in others) > 1))
    for day in DAYS:
        for clock in CLOCKS:
            if _nearly_all([fits(cell, f"{day} {clock}") for cell in cells]):
                return day, clock
    several = [layout for layout in DAYS if sum(fits(cell, layout) for cell in cells) > len(cells) * (1 - SHARE) / 2]
    whole = sum(any(fits(cell, layout) for layout in several) for cell in cells)
    return tuple(several) if several and whole >= SHARE * len(cells) else ()


def fits(cell: str, layout: str) -> bool:
    """Whether a text is a day or a time in a layout of `strptime`, with as many digits as the layout has."""
    text = cell.removesuffix(" 00:00:00")  # a workbook's day
    digits_only = not any(mark in layout for mark in "/-: ")
    if digits_only and len(text) != len(layout) + (layout.count("%Y") * 2):
        return False
    try:
        year = datetime.strptime(text, layout).year  # noqa: DTZ007 - only whether it fits
    except ValueError:
        return False
    return not digits_only or "%Y" not in layout or 1800 <= year <= 2100  # noqa: PLR2004 - years of deeds


def _most(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in Counter(cells).most_common(40))


def _shown(cells: Sequence[str]) -> str:
    some = list(dict.fromkeys(cells))[:2]
    return "e.g. " + ", ".join(repr(cell[:40]) for cell in some) if some else "always blank"
