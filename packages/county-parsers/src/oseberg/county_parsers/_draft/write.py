"""Write what was seen of files as a county module, with what it was recognized by as comments."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from oseberg.county_parsers._draft.look import TAG, Seen, alike
from oseberg.county_parsers._draft.meaning import SIDES, Meaning, meanings
from oseberg.county_parsers._registry import list_counties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_OF_A_RECORD = ("number", "type", "recorded", "time", "instrument date", "book/page", "volume", "page", "pages")
_ALSO = ("grantors", "grantees", "legal", "image")
_WIDTH = 110
_DIRT = 0.02  # so rare a value is taken for dirt
_CUT = 15  # texts of the same length that are at least so long were cut by the system
_PLACES = 100  # a column of smaller numbers that begin with 1 may be places of parties


class Kind:
    """One kind of row: its columns by their final names, and what they hold."""

    def __init__(self, name: str, seen: Seen, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
        self.name, self.named = name, seen.heading or seen.form == "json"
        self.rows = rows = [["" if cell.strip() == seen.none else cell for cell in row] for row in rows]
        tagged = columns[:1] == [TAG]
        found = meanings(columns[tagged:], [row[tagged:] for row in rows], named=self.named)
        names: dict[str, str] = {}
        for column in columns[tagged:]:
            what = found[column].what
            names[column] = (what or column) if column.startswith("column ") else column
        self.columns = [TAG] * tagged + [names[column] for column in columns[tagged:]]
        self.meanings = {names[column]: found[column] for column in columns[tagged:]}

    def column(self, *whats: str) -> str | None:
        """Return the column with the first of some meanings that there is."""
        return next((column for what in whats for column, found in self.meanings.items() if found.what == what), None)

    def cells(self, column: str) -> list[str]:
        """Return the filled cells of a column."""
        at = self.columns.index(column)
        return [row[at].strip() for row in self.rows if at < len(row) and row[at].strip()]

    @property
    def known(self) -> int:
        """How many columns of a document's own row were recognized."""
        return sum(found.what in _OF_A_RECORD for found in self.meanings.values())


def write(name: str, title: str, state: str, fips: str, seen: Mapping[str, Seen]) -> str:
    """Write a county module.

    Args:
        name: The module's name.
        title: The county's name.
        state: Two letters.
        fips: Five digits.
        seen: What each file looks like, by its name.

    Returns:
        The text of the module.
    """
    return _Module(name, title, state, fips, seen).text()


class _Module:
    def __init__(self, name: str, title: str, state: str, fips: str, seen: Mapping[str, Seen]) -> None:
        self.name, self.title, self.state, self.fips, self.seen = name, title, state, fips, seen
        self.used = {"County"}
        self.hooks: list[str] = []

    def text(self) -> str:
        forms = alike(dict(self.seen))
        first = next(iter(forms.values()))
        several = first.form == "zip" or (
            len(forms) > 1 and len({tuple(one.columns.get("row", ())) for one in forms.values()}) > 1
        )
        tables = first.tables if first.form == "zip" else forms
        body = self._related(tables, zipped=first.form == "zip") if several else self._one(first)
        return self._whole(body)

    def _whole(self, body: list[str]) -> str:
        files = ", ".join(self.seen)
        pattern = sorted({pattern_of(file) for file in self.seen})
        shown = py(pattern[0]) if len(pattern) == 1 else py(tuple(pattern))
        lines = [
            f'"""{self.title} County, {self.state}: drafted from {files}.',
            "",
            "Compare each line with the files: what was recognized is a guess, and says by what.",
            '"""',
            "",
            f"from oseberg.county_parsers import {', '.join(sorted(self.used, key=str.lower))}",
            "",
            "county = County(",
            f'    name="{self.title}",',
            f'    state="{self.state}",',
            f'    fips="{self.fips}",',
            f"    files={shown},",
            '    basis="drafted from real files; nobody has compared it with them yet",',
            *body,
            ")",
            *self.hooks,
        ]
        return "\n".join(lines) + "\n"

    def _one(self, seen: Seen) -> list[str]:
        kinds = {kind: Kind(kind, seen, rows, seen.columns[kind]) for kind, rows in seen.kinds.items()}
        if len(kinds) > 1:
            return self._in_order(seen, kinds)
        (kind,) = kinds.values()
        key = kind.column("key", "number") or kind.columns[0]
        reader = ["    reader=" + self._reader(seen, kinds, "    ") + ","]
        party = self._party(kind)
        if party:
            # A row per party: its repeat has the same party in the same place.
            repeat = [key, *filter(None, (kind.column("side"), kind.column("sequence"), kind.column("name")))]
            self.used.add("Grouped")
            documents = f"    documents=Grouped(key={py(key)}, repeat={py(repeat)}),"
            rows = ["    rows={", f"        {py(kind.name)}: {party},", "    },"]
        else:
            self.used.add("OneEach")
            documents, rows = f"    documents=OneEach(number={py(key)}),", []
        return [*reader, documents, *self._fields(kind), *rows, *self._types(kind)]

    def _in_order(self, seen: Seen, kinds: Mapping[str, Kind]) -> list[str]:
        opens = max(kinds.values(), key=lambda kind: kind.known)
        key = self._shared_key(opens, kinds.values())
        rows = [f"        {py(kind.name)}: {self._role(kind, kinds)}," for kind in kinds.values() if kind is not opens]
        self.used |= {"InOrder"}
        named = f", key={py(key)}" if key else ""
        return [
            "    reader=" + self._reader(seen, kinds, "    ") + ",",
            f"    documents=InOrder(opens={py(opens.name)}{named}),",
            *self._fields(opens),
            "    rows={",
            *rows,
            "    },",
            *self._types(opens),
        ]

    def _shared_key(self, opens: Kind, kinds: Iterable[Kind]) -> str | None:
        """Return the name of the column by which rows name their document, given to it in every kind."""
        number = opens.column("number", "key")
        if number is None:
            return None
        values = set(opens.cells(number))
        shared = None
        for kind in kinds:
            for column in kind.columns[1:3] if kind is not opens else ():
                cells = kind.cells(column)
                if len(cells) > 1 and sum(cell in values for cell in cells) * 2 > len(cells):
                    kind.columns[kind.columns.index(column)] = number
                    kind.meanings[number] = kind.meanings.pop(column)._replace(what="document")
                    shared = number
                    break
        return shared

    def _role(self, kind: Kind, kinds: Mapping[str, Kind]) -> str:
        self.used.add("rows")
        if party := self._party(kind):
            return party
        if len(kind.rows) == 1:
            counted = self._totals(kind, kinds)
            if counted:
                return f"rows.Totals({py(counted)})"
            return "rows.Header()"
        if land := kind.column("legal"):
            return f"rows.Legal({py(land)})"
        hook = re.sub(r"\W+", "_", kind.name.lower()).strip("_")
        column = next((name for name in reversed(kind.columns) if name != TAG), kind.columns[-1])
        self._hook(kind.name, f"kind_{hook}", column)
        return f"rows.ByHook({py(kind.name)})"

    def _hook(self, kind: str, function: str, column: str) -> None:
        self.used.add("unread")
        self.hooks += [
            "",
            "",
            f'@county.hook("{kind}")',
            f"def {function}(context, row, draft):",
            '    """Keep a row that was not recognized as land that is not read."""',
            f"    draft.legals.append(unread(row[{py(column)}].strip()))",
        ]

    def _totals(self, kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, list[str]]:
        """Return which kinds of rows the numbers of a row count, where exactly one answer fits."""
        counts = {other.name: len(other.rows) for other in kinds.values() if len(other.rows) > 1}
        found: dict[str, list[str]] = {}
        for column, cell in zip(kind.columns, kind.rows[0], strict=False):
            if cell.strip().isdecimal() and column != TAG:
                number = int(cell)
                one = [[name] for name, count in counts.items() if abs(count - number) <= max(1, number // 20)]
                two = [
                    [name, other]
                    for name in counts
                    for other in counts
                    if name < other and abs(counts[name] + counts[other] - number) <= max(1, number // 20)
                ]
                if len(one or two) == 1:
                    found[column] = (one or two)[0]
        return found

    def _related(self, tables: Mapping[str, Seen], *, zipped: bool) -> list[str]:
        usable = {name: seen for name, seen in tables.items() if seen.form == "delimited"}
        names = {name: name if zipped else table_pattern(name, usable) for name in usable}
        kinds = {name: Kind(names[name], seen, seen.kinds["row"], seen.columns["row"]) for name, seen in usable.items()}
        main = max(kinds.values(), key=lambda kind: kind.known)
        key = self._relate(main, kinds.values())
        reader = "Zipped" if zipped else "ByName"
        self.used |= {reader, "Related", "rows"}
        lines = [f"    reader={reader}("]
        if left := [name for name in tables if name not in usable]:
            lines.append(f"        # not read: {', '.join(left)}")
        lines.append("        tables={")
        # Tables without the key explain codes: they are read before the documents that use them.
        without_key = [kind for kind in kinds.values() if key not in kind.columns]
        order = [*without_key, main, *(kind for kind in kinds.values() if kind is not main and kind not in without_key)]
        by_name = {kind.name: seen for kind, seen in zip(kinds.values(), usable.values(), strict=True)}
        for kind in order:
            table = self._reader(by_name[kind.name], {"row": kind}, "            ")
            lines.append(f"            {py(kind.name)}: " + table + ",")
        lines += ["        },", *([] if zipped else [f"        group={_common(usable)},"]), "    ),"]
        rows = []
        for kind in order:
            if kind in without_key:
                rows.append(f"        {py(kind.name)}: rows.Header(),")
                self._header_hook(kind)
            elif kind is not main:
                rows.append(f"        {py(kind.name)}: {self._child(kind)},")
        return [
            *lines,
            f"    documents=Related(main={py(main.name)}, key={py(key)}),",
            *self._fields(main),
            "    rows={",
            *rows,
            "    },",
            *self._types(main),
        ]

    def _relate(self, main: Kind, kinds: Iterable[Kind]) -> str:
        """Return the column that relates the tables: a shared heading, else the one that holds the same values."""
        others = [kind for kind in kinds if kind is not main]
        shared = [column for column in main.columns if any(column in kind.columns for kind in others)]
        keys = [column for column in shared if main.named and main.meanings[column].what in {"key", "number"}]
        if keys:
            return keys[0]
        return self._shared_key_of_tables(main, others)

    def _shared_key_of_tables(self, main: Kind, others: Sequence[Kind]) -> str:
        first = main.column("number") or main.columns[0]
        values = set(main.cells(first))
        for kind in others:
            if kind.columns[0] != first and set(kind.cells(kind.columns[0])) & values:
                kind.meanings[first] = kind.meanings.pop(kind.columns[0])._replace(what="document")
                kind.columns[0] = first
        return first

    def _child(self, kind: Kind) -> str:
        if party := self._party(kind):
            return party
        if (image := kind.column("image")) and (page := kind.column("page")):
            return f"rows.Image(page={py(page)}, file={py(image)})"
        if land := kind.column("legal"):
            return f"rows.Legal({py(land)})"
        split = {"survey", "block", "section", "abstract", "part", "acres"}
        found = {column.lower(): column for column in kind.columns if column.lower() in split}
        function = re.sub(r"\W+", "_", kind.name.lower()).strip("_")
        if len(found) > 1:
            self.used.add("tract")
            self.hooks += [
                "",
                "",
                f'@county.hook("{kind.name}")',
                f"def {function}(context, row, draft):",
                '    """Read a tract from its columns."""',
                f"    cells = {{name.lower(): row[name].strip() for name in {py(list(found.values()))}}}",
                '    draft.legals.append(tract(" ".join(filter(None, cells.values())), **cells))',
            ]
        else:
            self._hook(kind.name, function, kind.columns[-1])
        return f"rows.ByHook({py(kind.name)})"

    def _header_hook(self, kind: Kind) -> None:
        function = re.sub(r"\W+", "_", kind.name.lower()).strip("_")
        self.hooks += [
            "",
            "",
            f'@county.hook("{kind.name}")',
            f"def {function}(context, row):",
            f'    """Keep the rows of {kind.name}, which belong to no document: other hooks may look them up."""',
            f'    context.facts.setdefault("{function}", []).append(row)',
        ]

    def _reader(self, seen: Seen, kinds: Mapping[str, Kind], indent: str) -> str:
        (only, *_) = kinds.values()
        parts: list[str] = []
        if seen.form == "delimited":
            call = "Delimited"
            parts.append(f"encoding={py(seen.encoding)}")
            parts += [f"delimiter={py(seen.delimiter)}"] * (seen.delimiter != ",")
            parts += ["quotes=False"] * (not seen.quotes)
            parts += ["heading=False"] * (not seen.heading)
            parts += ["trailing_delimiter=True"] * seen.trailing
            parts += [f"none={py(seen.none)}"] * bool(seen.none)
            parts += [f'total=r"{seen.total}"'] * bool(seen.total)
            parts += ["rest=True"] * seen.rest
            parts.append(f"columns={py(only.columns)}")
        elif seen.form == "tagged":
            call = "Tagged"
            parts += [f"encoding={py(seen.encoding)}", f"delimiter={py(seen.delimiter)}"]
            inner = "".join(f"\n{indent}        {py(kind.name)}: {py(kind.columns)}," for kind in kinds.values())
            parts.append(f"records={{{inner}\n{indent}    }}")
        elif seen.form in {"fixed", "mainframe"}:
            call = "FixedWidth" if seen.form == "fixed" else "FixedLength"
            parts += [f"encoding={py(seen.encoding)}", f"{'width' if seen.form == 'fixed' else 'length'}={seen.width}"]
            tag = len(next(iter(kinds))) if len(kinds) > 1 else 0
            parts.append(f"tag=(1, {tag or 1})" if tag or seen.form == "fixed" else "tag=None")
            inner = "".join(
                f"\n{indent}        {py(kind.name)}: {py(dict(zip(kind.columns, seen.places[name], strict=True)))},"
                for name, kind in kinds.items()
            )
            parts.append(f"records={{{inner}\n{indent}    }}")
        elif seen.form == "sheet":
            call = "Sheet"
            days = [column for column, found in only.meanings.items() if found.layouts]
            parts += [f"sheet={py(seen.sheet)}", f"columns={py(only.columns)}"]
            parts += [f"days={py(days)}"] * bool(days)
        else:
            call = "JsonLines"
            parts.append(f"columns={py(only.columns)}")
        self.used.add(call)
        inner = "".join(f"\n{indent}    {part}," for part in parts)
        return f"{call}({inner}\n{indent})"

    def _fields(self, kind: Kind) -> list[str]:
        self.used |= {"fields", "TYPE"}
        lines = ["    fields={"]
        for column, found in kind.meanings.items():
            if call := _field(column, found, kind):
                lines.append(f"        {call}," + (f"  # {found.saw}" if found.saw else ""))
        if kind.column("type") is None:
            last = py(kind.columns[-1])
            lines.append(f"        TYPE: fields.document_type({last}),  # no column was recognized: name the right one")
        lines += [
            f"        # not used: {column}: {found.saw}" for column, found in kind.meanings.items() if not found.what
        ]
        return [*(line if len(line) <= _WIDTH else _short(line) for line in lines), "    },"]

    def _party(self, kind: Kind) -> str | None:
        name, side, place = kind.column("name"), kind.column("side"), kind.column("sequence")
        if name is None or side is None:
            return None
        self.used.add("rows")
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

    def _types(self, kind: Kind) -> list[str]:
        column = kind.column("type")
        known = known_types()
        counts = Counter(text.partition(" - [")[0].strip() for text in (kind.cells(column) if column else ()))
        cut = max(map(len, counts), default=0)
        is_cut = sum(len(text) >= cut - 1 for text in counts) > 1 and cut >= _CUT
        mapped: dict[str, list[str]] = {}
        unknown: list[str] = []
        for text, count in counts.most_common():
            standard = known.get(text.upper())
            if standard is None and is_cut and len(text) >= cut - 1:
                standard = _begun(text.upper(), known)
            if standard:
                mapped.setdefault(standard, [])
                if text not in mapped[standard]:
                    mapped[standard].append(text)
            else:
                unknown.append(f"{text} ({count})")
        lines = [
            "    document_types={",
            *(f"        {py(name)}: {py(texts)}," for name, texts in mapped.items()),
        ]
        lines += _comment("not mapped, with how often they occur: ", unknown)
        return [*[f"    types_cut_at={cut},"] * is_cut, *lines, "    },"]


def _field(column: str, found: Meaning, kind: Kind) -> str | None:
    day = ", ".join(map(py, found.layouts))
    simple = {
        "number": f'"instrument_number": fields.text({py(column)})',
        "type": f"TYPE: fields.document_type({py(column)})",
        "recorded": f'"recorded_on": fields.day({py(column)}, {day})',
        "time": f'"recorded_time": fields.time({py(column)}, {day})',
        "instrument date": f'"instrument_date": fields.day({py(column)}, {day or py("%m/%d/%Y")}, lenient=True)',
        "volume": f'"volume": fields.text({py(column)})',
        "page": f'"page": fields.text({py(column)})',
        "pages": f'"page_count": fields.count({py(column)})',
        "grantors": f'"grantors": fields.parties({py(column)})',
        "grantees": f'"grantees": fields.parties({py(column)})',
        "legal": f'"legals": fields.legals({py(column)})',
        "image": f'"images": fields.image({py(column)})',
    }
    if found.what == "recorded" and any("%I" in layout or "%H" in layout for layout in found.layouts):
        nothing = [text for text in found.values if text.startswith(("1/1/1900", "01/01/1900"))]
        none = f", none={py(('', *nothing))}" if nothing else ""
        return f'("recorded_on", "recorded_time"): fields.moment({py(column)}, {day}{none})'
    if found.what == "book/page":
        none = ', none="--"' if any("--" in cell for cell in kind.cells(column)) else ""
        return f'("book_type", "volume", "page"): fields.split({py(column)}, "/", 3{none})'
    return simple.get(found.what)


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


def _begun(text: str, known: Mapping[str, str]) -> str | None:
    """Return the standard type of a text that the system cut; None where several begin so."""
    begun = {name for other, name in known.items() if other.startswith(text)}
    return begun.pop() if len(begun) == 1 else None


def known_types() -> dict[str, str]:
    """Return the standard type of each text that the shipped counties map; of a text that they map differently none."""
    found: dict[str, set[str]] = {}
    for county in list_counties().values():
        for name, texts in county.document_types.items():
            for text in texts:
                found.setdefault(text.upper(), set()).add(name)
    return {text: names.pop() for text, names in found.items() if len(names) == 1}


def pattern_of(file: str) -> str:
    """Return a pattern for the names of files like this one: what is between the first and the last digit varies."""
    digits = [at for at, letter in enumerate(file) if letter.isdecimal()]
    if not digits:
        return file
    return file[: digits[0]] + "*" + file[digits[-1] + 1 :]


def table_pattern(file: str, files: Iterable[str]) -> str:
    """Return the pattern that tells a table's files from those of the others: `*cfn.txt`."""
    return "*" + file[_common(files) :]


def _common(files: Iterable[str]) -> int:
    """Return how many characters in front the names have in common: those of the day."""
    names = list(files)
    shortest = min(map(len, names))
    return next((at for at in range(shortest) if len({name[at] for name in names}) > 1), shortest)


def _comment(begin: str, words: Sequence[str]) -> list[str]:
    lines, line = [], begin
    for word in words:
        if len(line) + len(word) > _WIDTH - len("        # , "):
            lines.append(f"        # {line.rstrip(', ')}")
            line = ""
        line += f"{word}, "
    return [*lines, f"        # {line.rstrip(', ')}"] if words else []


def _short(line: str) -> str:
    return line[: _WIDTH - 1] + "…" if "#" in line[: _WIDTH - 1] else line


def py(value: object) -> str:
    """Return a value as Python source, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{py(key)}: {py(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(py, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(py, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
