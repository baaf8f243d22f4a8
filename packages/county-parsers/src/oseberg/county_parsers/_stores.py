"""Where a parse leaves its records and rejects: in memory, or in files that appear only when all is done."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from oseberg.county_parsers._rows import Reject
    from oseberg.county_parsers._standard import Record

NAMES = ("records.jsonl", "rejects.jsonl", "summary.json")
SETTLED = "settled.jsonl"
"""The records while they are written anew."""


class Memory:
    """Lists."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.rejects: list[Reject] = []

    def add(self, records: Iterable[Record]) -> None:
        """Keep records."""
        self.records.extend(records)

    def reject(self, reject: Reject) -> None:
        """Keep a rejected row."""
        self.rejects.append(reject)

    def settle(self, numbers: set[str]) -> int:
        """Mark records with these instrument numbers incomplete; give how many were not yet."""
        open_ones = [record for record in self.records if record["complete"] and record["instrument_number"] in numbers]
        for record in open_ones:
            record["complete"] = False
        return len(open_ones)


class Folder:
    """The files `records.jsonl`, `rejects.jsonl` and `summary.json` of a folder.

    They are written under temporary names beside their place, and renamed by `publish`: an older summary goes first and
    the new one comes last, so that where one stands the others belong to it. Left without `publish`, nothing remains.

    Raises:
        OSError: The disk is full or can't be written; it names the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        self._temporary = {name: folder / f".{name}.{os.getpid()}.part" for name in (*NAMES, SETTLED)}
        self._records = self._temporary["records.jsonl"].open("wb", buffering=1 << 20)
        self._rejects = self._temporary["rejects.jsonl"].open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._records, self._rejects):
            with suppress(OSError):  # a full disk refuses the last of it once more
                file.close()
        for path in self._temporary.values():
            path.unlink(missing_ok=True)
        if self._made and error is not None:
            with suppress(OSError):  # somebody else put something there
                self.folder.rmdir()
        if isinstance(error, OSError) and error.filename is None:
            raise OSError(error.errno, error.strerror, str(self.folder)) from error

    def add(self, records: Iterable[Record]) -> None:
        """Write records."""
        self._records.writelines([orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records])

    def reject(self, reject: Reject) -> None:
        """Write a rejected row."""
        self._rejects.write(orjson.dumps(reject, option=orjson.OPT_APPEND_NEWLINE))

    def settle(self, numbers: set[str]) -> int:
        """Write the records anew, those of these numbers marked incomplete; give how many were not yet."""
        self._records.close()
        path = self._temporary["records.jsonl"]
        marks = {orjson.dumps(number) for number in numbers}
        at = len(b'{"county_fips":"48003","instrument_number":')
        settled = 0
        rewritten = self._temporary[SETTLED]
        with path.open("rb") as old, rewritten.open("wb") as new:
            for line in old:
                if line[at : line.index(b',"book_type":', at)] in marks:
                    changed = line.replace(b'"complete":true', b'"complete":false')
                    settled += changed != line
                    new.write(changed)
                else:
                    new.write(line)
        rewritten.replace(path)
        self._records = path.open("ab")
        return settled

    def publish(self, summary: dict[str, Any]) -> None:
        """Write the summary and give all files their names."""
        with self._temporary["summary.json"].open("wb") as text:
            text.write(orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
            for file in (self._records, self._rejects, text):
                file.flush()
                os.fsync(file.fileno())
                file.close()
        (self.folder / NAMES[-1]).unlink(missing_ok=True)
        for name in NAMES:
            self._temporary[name].replace(self.folder / name)
