"""Recognizes the format of an unknown file: encoding, delimiter or columns, heading, kinds of rows."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._draft.meaning import fits
from oseberg.county_parsers._readers.archive import OLD_WORKBOOK
from oseberg.county_parsers._readers.lines import MARKS
from oseberg.county_parsers._readers.sheet import as_text, headings, workbook
from oseberg.county_parsers.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# So much of a file shows its format; more would only cost time.
BYTES, ROWS = 1 << 18, 400
DELIMITERS = ("|", "\t", "^", "~", ",", ";")
FRACTIONS = "½¼¾°§"
# Of the rows so many have the same number of cells, or the format is another one; the rest is dirt.
SHARE = 0.75
_MOST_KINDS, _LONGEST_TAG = 12, 3
_FEWEST_CELLS, _RARE = 2, 2
TAG = "tag"
# Capital letters, digits and the blank in EBCDIC.
_EBCDIC = {*range(0xC1, 0xEA), *range(0xF0, 0xFA), 0x40}
_GAP, _TEXT = 3, 12  # blanks within a text of so many letters
_TITLES = 20  # rows above a sheet's headings


@dataclass
class Seen:
    """What a file looks like.

    Args:
        form: `delimited`, `tagged`, `fixed`, `sheet`, `zip`, `json` or `mainframe`.
        kinds: The rows by their kind; formats with one kind have the kind `row`.
        columns: The headings, or invented names, by kind.
        encoding: Python's name of the encoding.
        delimiter: What is between cells.
        heading: Whether the first row names the columns.
        quotes: Whether cells are quoted.
        trailing: Whether rows end in one more delimiter.
        width: The length of a line of fixed columns, or of a mainframe's record.
        places: Of fixed columns by kind the first and last position of each.
        sheet: The sheet's name.
        total: A pattern of the row that states how many records there are.
        tables: Of a zip its tables by name.
        none: A text that stands for a blank cell.
        rest: The last column takes the rest of the row.
        lines: Some of its lines.
    """

    form: str
    kinds: dict[str, list[list[str]]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    heading: bool = True
    quotes: bool = True
    trailing: bool = False
    width: int = 0
    places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    sheet: str = ""
    total: str = ""
    tables: dict[str, Seen] = field(default_factory=dict)
    none: str = ""
    rest: bool = False
    lines: list[str] = field(default_factory=list)


def look(path: Path) -> Seen:
    """Look at a file.

    Args:
        path: The file.

    Returns:
        What it looks like.

    Raises:
        UnreadableFileError: It is empty or damaged, or its format can't be told.
    """
    with path.open("rb") as file:
        head = file.read(BYTES)
    if not head.strip():
        raise UnreadableFileError(path.name, "the file is empty. Pass a file with documents in it.")
    if head.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if not any(name.startswith(("xl/", "Object", "content.xml")) for name in names):
                tables = {name: archive.open(name).read(BYTES) for name in names}
                return Seen("zip", tables=alike({name: _look_at_text(text, name) for name, text in tables.items()}))
    if head.startswith((b"PK", OLD_WORKBOOK)):
        return _look_at_sheet(path)
    if _is_ebcdic(head):
        return _look_at_mainframe(head)
    return _look_at_text(head, path.name)


def alike(tables: dict[str, Seen]) -> dict[str, Seen]:
    """Return the tables of one delivery, with the format of most of them for all.

    Args:
        tables: The format of each table on its own.

    Returns:
        The same with headings where most have them, and with the delimiter of the others where lines hold it.
    """
    delimited = [table for table in tables.values() if table.form == "delimited"]
    if sum(table.heading for table in delimited) * 2 > len(delimited):
        for table in delimited:
            if not table.heading and len(table.kinds["row"]) > 1:
                table.heading = True
                table.columns["row"] = [cell.strip() for cell in table.kinds["row"].pop(0)]
    for name, table in tables.items():
        common = Counter(one.delimiter for one in delimited).most_common(1)
        if table.form == "fixed" and common and all(common[0][0] in line for line in table.lines):
            rows = [line.split(common[0][0], 1) for line in table.lines]
            tables[name] = replace(
                delimited[0], kinds={"row": rows}, columns={"row": ["column 1", "rest"]}, trailing=False, rest=True
            )
    return tables


def _look_at_text(head: bytes, name: str) -> Seen:
    encoding = _encoding(head)
    text = head.decode(encoding, "replace")
    lines = [line for line in text.lstrip("\ufeff").rstrip("\x1a").splitlines() if line.strip()]
    # The sample ends in the middle of a line.
    if len(head) == BYTES:
        lines = lines[:-1]  # the last one is cut
    lines = lines[:ROWS]
    if not lines:
        raise UnreadableFileError(name, "it holds no rows. Pass a file with documents in it.")
    seen = _json(lines) or _delimited(lines) or _fixed(lines)
    seen.encoding, seen.lines = encoding, lines
    if seen.form == "fixed" and encoding.startswith("utf-8"):
        seen.encoding = "cp437"  # plain letters: what such systems write for others
    return seen


def _encoding(head: bytes) -> str:
    marked = next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
    if marked:
        return "utf-8-sig" if marked == "utf-8" else marked
    for cut in range(4):  # the last letter may be cut
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return max(("cp1252", "cp437"), key=lambda name: _plausible(head.decode(name, "replace")))


def _plausible(text: str) -> int:
    return sum(1 if letter.isalpha() or letter in FRACTIONS else -1 for letter in text if not letter.isascii())


def _json(lines: Sequence[str]) -> Seen | None:
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            return None
        if not isinstance(row, dict):
            return None
        rows.append(dict(_flat(row)))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return Seen("json", {"row": [[row.get(name, "") for name in columns] for row in rows]}, {"row": columns})


def _flat(found: dict[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            listed = "; ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{before}{name}", "" if value is None else str(listed)


def _delimited(lines: Sequence[str]) -> Seen | None:
    best: Seen | None = None
    for delimiter in DELIMITERS:
        quoted = any(f'"{delimiter}' in line or f'{delimiter}"' in line for line in lines)
        rows = list(csv.reader(lines, delimiter=delimiter)) if quoted else [line.split(delimiter) for line in lines]
        rows = [row for row in rows if row]
        seen = _one_kind(rows, delimiter, quoted=quoted or delimiter == ",") or _tagged(rows, delimiter)
        if seen and (best is None or _cells(seen) > _cells(best)):
            best = seen
    return best


def _cells(seen: Seen) -> int:
    return max(map(len, seen.columns.values()))


def _one_kind(rows: list[list[str]], delimiter: str, *, quoted: bool) -> Seen | None:
    count, times = Counter(map(len, rows)).most_common(1)[0]
    if count < _FEWEST_CELLS or times < SHARE * len(rows):
        return None
    others = [delimiter.join(filter(None, row)) for row in rows if len(row) != count or not any(row[2:])]
    same = [row for row in rows if len(row) == count]
    while len(same) > 1 and sum(map(bool, same[0])) <= 1:
        same.pop(0)  # a title above the headings
    trailing = all(not row[-1].strip() for row in same)
    if trailing:
        same = [row[:-1] for row in same]
    heading = is_heading(same[0], same[1:])
    columns = [cell.strip() for cell in same[0]] if heading else invented(same)
    same = [row for row in same if any(row[2:]) or count <= _FEWEST_CELLS]
    total = next((text for text in others if text.lower().startswith("total") and text[-1:].isdecimal()), "")
    return Seen(
        "delimited",
        {"row": same[1:] if heading else same},
        {"row": columns},
        delimiter=delimiter,
        heading=heading,
        quotes=quoted,
        trailing=trailing,
        total=f"{total.rstrip('0123456789, ')} *(\\d[\\d,]*)" if total else "",
        none="NULL" if any("NULL" in row for row in same) else "",
    )


def _tagged(rows: list[list[str]], delimiter: str) -> Seen | None:
    kinds: dict[str, list[list[str]]] = {}
    for row in rows:
        kinds.setdefault(row[0].strip(), []).append(row)
    common = {kind: found for kind, found in kinds.items() if _is_tag(kind)}
    if len(common) < _FEWEST_CELLS or len(kinds) > _MOST_KINDS or sum(map(len, common.values())) < SHARE * len(rows):
        return None
    for kind, found in common.items():
        count = Counter(map(len, found)).most_common(1)[0][0]
        common[kind] = [row for row in found if len(row) == count]
    if all(len(found[0]) < _FEWEST_CELLS for found in common.values()):
        return None
    columns = {kind: [TAG, *invented([row[1:] for row in found])] for kind, found in common.items()}
    return Seen("tagged", common, columns, delimiter=delimiter, heading=False, quotes=False)


def _is_tag(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TAG and text.isalnum()


def _fixed(lines: Sequence[str]) -> Seen:
    # Record types of two characters are the most common, then of one.
    for length in (2, 1, 3):
        kinds: dict[str, list[str]] = {}
        for line in lines:
            kinds.setdefault(line[:length], []).append(line)
        common = {kind: found for kind, found in kinds.items() if kind.strip() == kind and kind.isalnum()}
        if 1 < len(common) <= _MOST_KINDS and sum(map(len, common.values())) >= SHARE * len(lines):
            break
    else:
        length, common = 0, {"row": list(lines)}
    # The first and the last line are a header and a trailer where the format has them.
    edges = {lines[0][:length], lines[-1][:length]}  # a header and a trailer come once; other rare kinds are dirt
    common = {kind: found for kind, found in common.items() if len(found) > _RARE or kind in edges}
    width = max(map(len, lines))
    places = {kind: _places([line.ljust(width) for line in found], length) for kind, found in common.items()}
    rows = {
        kind: [[line[first - 1 : last].strip() for first, last in places[kind]] for line in found]
        for kind, found in common.items()
    }
    columns = {kind: invented(found) for kind, found in rows.items()}
    return Seen("fixed", rows, columns, heading=False, quotes=False, width=width, places=places)


def _places(lines: Sequence[str], begin: int) -> list[tuple[int, int]]:
    """Return where cells seem to begin and end: at blanks, and at changes between digits and letters in all lines."""
    width = max(map(len, lines))
    kinds = []
    for at in range(begin, width):
        letters = {line[at] for line in lines}
        filled = letters - {" "}
        kinds.append(" " if not filled else "9" if all(letter.isdecimal() for letter in filled) else "A")
    starts = [at for at, kind in enumerate(kinds) if kind != " " and (at == 0 or kinds[at - 1] != kind)]
    found: list[tuple[int, int]] = []
    for start, following in zip(starts, [*starts[1:], len(kinds)], strict=True):
        end = following
        while end > start and kinds[end - 1] == " ":
            end -= 1
        first, last = start + begin + 1, end + begin
        is_day = kinds[start] == "9" and _begins_with_a_day(lines, first - 1)
        if found and not is_day and _goes_on(found[-1], first, kinds[found[-1][0] - begin - 1]):
            found[-1] = (found[-1][0], last)
        elif kinds[start] == "9":
            found += _parts_of_digits(lines, first - 1, last)
        else:
            found.append((first, last))
    return found


def _goes_on(before: tuple[int, int], first: int, kind: str) -> bool:
    """Whether this cell continues the one before: long texts have gaps, identifiers end in digits."""
    gap = first - before[1] - 1
    return kind == "A" and (gap == 0 or (gap <= _GAP and before[1] - before[0] >= _TEXT))


def _begins_with_a_day(lines: Sequence[str], start: int) -> bool:
    return any(_are(lines, start, length, layout) for length, layout in ((8, "%Y%m%d"), (6, "%y%m%d")))


def _are(lines: Sequence[str], start: int, length: int, layout: str) -> bool:
    cells = [line[start : start + length] for line in lines if line[start : start + length].strip("0 ")]
    fitting = sum(fits(cell, layout) for cell in cells)
    return len(cells) * 2 > len(lines) and fitting >= SHARE * len(cells)


def _parts_of_digits(lines: Sequence[str], start: int, end: int) -> list[tuple[int, int]]:
    """Return the cells of a run of digits: a day, a time behind it, or a party's side and place without a blank."""
    places: list[tuple[int, int]] = []
    for length, layout in ((8, "%Y%m%d"), (6, "%y%m%d")):
        if not places and end - start >= length and _are(lines, start, length, layout):
            places.append((start + 1, start + length))
            start += length
    if places and end - start >= len("hhmm") and _are(lines, start, len("hhmm"), "%H%M"):
        places.append((start + 1, start + len("hhmm")))
        start += len("hhmm")
    sides = sum(line[start] in "12" for line in lines)
    if not places and end - start == len("1001") and sides >= SHARE * len(lines):
        return [(start + 1, start + 1), (start + 2, end)]
    return [*places, (start + 1, end)] if end > start else places


def _look_at_sheet(path: Path) -> Seen:
    with workbook(path) as book:
        best: tuple[int, str, int, list[list[str]]] | None = None
        for name in book.sheet_names:
            rows = [[as_text(cell) for cell in row] for row in islice(book.get_sheet_by_name(name).iter_rows(), ROWS)]
            for at, row in enumerate(rows[:_TITLES]):
                filled = sum(bool(cell.strip()) for cell in headings(row))
                if best is None or filled > best[0]:
                    best = filled, name, at, rows
    if best is None:
        raise UnreadableFileError(path.name, "it holds no sheet with rows.")
    _, name, at, rows = best
    names = headings(rows[at])
    places = [place for place, heading in enumerate(names) if heading]
    return Seen(
        "sheet",
        {"row": [[row[place] for place in places] for row in rows[at + 1 :] if any(row)]},
        {"row": [names[place] for place in places]},
        sheet=name,
    )


def _is_ebcdic(head: bytes) -> bool:
    letters = sum(byte in _EBCDIC for byte in head)
    return b"\n" not in head and letters > SHARE * len(head)


def _look_at_mainframe(head: bytes) -> Seen:
    text = head.decode("cp037")
    width = max(
        range(20, min(1000, len(text) // 3)),
        key=lambda length: sum(one == other for one, other in zip(text, text[length:], strict=False)) / len(text),
        default=len(text),
    )
    lines = [text[at : at + width] for at in range(0, len(text) - width + 1, width)]
    seen = _fixed(lines)
    seen.form, seen.encoding, seen.width = "mainframe", "cp037", width
    return seen


def is_heading(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: distinct words without digits, above rows that hold some."""
    words = [cell.strip() for cell in first if cell.strip()]
    plain = all(not any(letter.isdecimal() for letter in word) for word in words)
    distinct = len(words) > 1 and len(set(words)) == len(words)
    return plain and distinct and any(any(map(str.isdecimal, "".join(row))) for row in rows)


def invented(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return placeholder names for columns without headings; `draft` replaces those that it recognizes."""
    return [f"column {at}" for at in range(1, max(map(len, rows), default=0) + 1)]
