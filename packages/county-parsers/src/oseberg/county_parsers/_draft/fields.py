"""The fields, parties and cells beyond the standard of a draft, as source."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from oseberg.county_parsers._draft.meaning import SIDES, Meaning
from oseberg.county_parsers._draft.source import py, short

if TYPE_CHECKING:
    from oseberg.county_parsers._draft.kinds import Kind

_DIRT = 0.02  # so rare a value is taken for dirt
_PLACES = 100  # a column of smaller numbers that begin with 1 may be places of parties
_BOOK, _BOOK_AND_PAGE = ("book_type", "volume", "page"), ("volume", "page")


def field_lines(kind: Kind, used: set[str]) -> list[str]:
    """Return the lines of a declaration that fill the record, and keep other columns next to it.

    Args:
        kind: The kind of rows that states documents.
        used: Takes the names that the module imports.

    Returns:
        The lines.
    """
    used |= {"fields", "TYPE"}
    lines = ["    fields={"]
    for column, found in kind.meanings.items():
        if call := _field(column, found, kind):
            lines.append(f"        {call}," + (f"  # {found.saw}" if found.saw else ""))
    if kind.column("type") is None:
        last = py(kind.columns[-1])
        lines.append(f"        TYPE: fields.document_type({last}),  # no column was recognized: name the right one")
    return [*map(short, lines), "    },", *_beyond(kind)]


def _beyond(kind: Kind) -> list[str]:
    """Return the lines that keep columns without a meaning verbatim, so that nothing a clerk delivers is lost."""
    lines, blank = [], []
    for column, found in kind.meanings.items():
        if not found.what and found.values:
            name = re.sub(r"\W+", "_", column.lower()).strip("_") or "column"
            lines.append(short(f"        {py(name)}: {py(column)},  # {found.saw}"))
        elif not found.what:
            blank.append(f"    # always blank: {column}")
    return [*(["    extra={", *lines, "    },"] if lines else []), *blank]


def party_call(kind: Kind, used: set[str]) -> str | None:
    """Return the call that reads a row's party; None if rows have none.

    Args:
        kind: The kind of rows.
        used: Takes the names that the module imports.

    Returns:
        The source of the call.
    """
    name, side, place = kind.column("name"), kind.column("side"), kind.column("sequence")
    if name is None or side is None:
        return None
    used.add("rows")
    sides = {}
    counts = Counter(kind.cells(side))
    for value, count in counts.most_common():
        for known, codes in SIDES.items():
            if value.upper() in codes and count > _DIRT * counts.total():
                sides[value] = known
    if place is None:
        place = _sequence(kind, {name, side})
    at = f", place={py(place)}" if place else ""
    return f"rows.Party(side={py(side)}, sides={py(sides)}{at}, name={py(name)})"


def _field(column: str, found: Meaning, kind: Kind) -> str | None:
    day = ", ".join(map(py, found.layouts))
    # The usual separators need not be said.
    cut = f", {py(found.separator)}" if found.separator else ""
    simple = {
        "number": f'"instrument_number": fields.text({py(column)})',
        "type": f"TYPE: fields.document_type({py(column)})",
        "recorded": f'"recorded_on": fields.day({py(column)}, {day})',
        "time": f'"recorded_time": fields.time({py(column)}, {day})',
        "instrument date": f'"instrument_date": fields.day({py(column)}, {day or py("%m/%d/%Y")}, lenient=True)',
        "book": f'"book_type": fields.text({py(column)})',
        "volume": f'"volume": fields.text({py(column)})',
        "page": f'"page": fields.text({py(column)})',
        "pages": f'"page_count": fields.count({py(column)})',
        "grantors": f'"grantors": fields.parties({py(column)}{cut})',
        "grantees": f'"grantees": fields.parties({py(column)}{cut})',
        "legal": f'"legals": fields.legals({py(column)}{cut})',
        "image": f'"images": fields.image({py(column)})',
        "references": f'"references": fields.references({py(column)}{cut})',
    }
    if found.what == "recorded" and any("%I" in layout or "%H" in layout for layout in found.layouts):
        nothing = [text for text in found.values if text.startswith(("1/1/1900", "01/01/1900"))]
        none = f", none={py(('', *nothing))}" if nothing else ""
        return f'("recorded_on", "recorded_time"): fields.moment({py(column)}, {day}{none})'
    if found.what == "book/page":
        return _book_and_page(column, kind)
    return simple.get(found.what)


def _book_and_page(column: str, kind: Kind) -> str:
    cells = kind.cells(column)
    none = ', none="--"' if any("--" in cell for cell in cells) else ""
    mark = max("/-", key=lambda mark: sum(mark in cell for cell in cells))
    counts = Counter(cell.count(mark) + 1 for cell in cells).most_common(1)
    keys = _BOOK_AND_PAGE if counts and counts[0][0] == len(_BOOK_AND_PAGE) else _BOOK
    return f"{py(keys)}: fields.split({py(column)}, {py(mark)}, {len(keys)}{none})"


def _sequence(kind: Kind, besides: set[str]) -> str | None:
    """Return a column of small numbers that begin with 1: the places of parties."""
    for column in kind.columns:
        cells = kind.cells(column) if column not in besides else []
        if (
            cells
            and "1" in {cell.lstrip("0") for cell in cells}
            and all(cell.isdecimal() and int(cell) < _PLACES for cell in cells)
        ):
            return column
    return None
