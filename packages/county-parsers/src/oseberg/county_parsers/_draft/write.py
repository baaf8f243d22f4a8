"""Writes the recognized format as a county module; its comments say why each column was recognized."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oseberg.county_parsers._draft.fields import field_lines, party_call
from oseberg.county_parsers._draft.kinds import Kind
from oseberg.county_parsers._draft.look import TAG, Seen, alike
from oseberg.county_parsers._draft.patterns import common, pattern_of, table_pattern
from oseberg.county_parsers._draft.readers import reader_call
from oseberg.county_parsers._draft.source import py
from oseberg.county_parsers._draft.types import types_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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
            "Compare each line with the files: every recognized column is a guess, and its comment says why.",
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
        reader = ["    reader=" + reader_call(seen, kinds, "    ", self.used) + ","]
        party = party_call(kind, self.used)
        if party:
            # A row per party: its repeat has the same party in the same place.
            repeat = [key, *filter(None, (kind.column("side"), kind.column("sequence"), kind.column("name")))]
            self.used.add("Grouped")
            documents = f"    documents=Grouped(key={py(key)}, repeat={py(repeat)}),"
            rows = ["    rows={", f"        {py(kind.name)}: {party},", "    },"]
        else:
            self.used.add("OneEach")
            documents, rows = f"    documents=OneEach(number={py(key)}),", []
        return [*reader, documents, *field_lines(kind, self.used), *rows, *types_lines(kind)]

    def _in_order(self, seen: Seen, kinds: Mapping[str, Kind]) -> list[str]:
        opens = max(kinds.values(), key=lambda kind: kind.known)
        key = self._shared_key(opens, kinds.values())
        rows = [f"        {py(kind.name)}: {self._role(kind, kinds)}," for kind in kinds.values() if kind is not opens]
        self.used |= {"InOrder"}
        named = f", key={py(key)}" if key else ""
        return [
            "    reader=" + reader_call(seen, kinds, "    ", self.used) + ",",
            f"    documents=InOrder(opens={py(opens.name)}{named}),",
            *field_lines(opens, self.used),
            "    rows={",
            *rows,
            "    },",
            *types_lines(opens),
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
        if party := party_call(kind, self.used):
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
            '    """Keep a row that was not recognized as an unread legal description."""',
            f"    draft.legals.append(unread(row[{py(column)}].strip()))",
        ]

    def _totals(self, kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, list[str]]:
        """Return which kinds of rows the numbers of a trailer count, if exactly one answer fits."""
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
            table = reader_call(by_name[kind.name], {"row": kind}, "            ", self.used)
            lines.append(f"            {py(kind.name)}: " + table + ",")
        lines += ["        },", *([] if zipped else [f"        group={common(usable)},"]), "    ),"]
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
            *field_lines(main, self.used),
            "    rows={",
            *rows,
            "    },",
            *types_lines(main),
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
        if party := party_call(kind, self.used):
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
