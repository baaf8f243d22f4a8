"""Stores for records and rejects: memory, or files that appear together when everything is done."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Self

import orjson

from oseberg.county_parsers._atomic import remove_abandoned, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Reject

CHUNK = 1 << 20
# The folder of results that later ones replaced, next to them.
HISTORY = "history"
RECORDS, REJECTS, SUMMARY = NAMES = ("records.jsonl", "rejects.jsonl", "summary.json")


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
        """Mark records with these instrument numbers incomplete.

        Returns:
            How many of them were not yet.
        """
        open_ones = [record for record in self.records if record["complete"] and record["instrument_number"] in numbers]
        for record in open_ones:
            record["complete"] = False
        return len(open_ones)


class Folder:
    """The files `records.jsonl`, `rejects.jsonl` and `summary.json` of a folder.

    They get their names in `publish`: an older summary goes first and the new one comes last, so that where one exists
    the others belong to it. Left without `publish`, nothing new remains.

    Args:
        folder: The folder; it is created when it is missing.

    Raises:
        OSError: The disk is full or can't be written; it names the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        self._files = ExitStack()  # it leaves its files in reverse: the summary, entered first, is renamed last
        self._published = False

    def __enter__(self) -> Self:
        self._summary, self._rejects, self._records = (
            self._files.enter_context(replacing(self.folder / name)) for name in reversed(NAMES)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._published:
                abandoned = error or GeneratorExit()
                self._files.__exit__(type(abandoned), abandoned, trace)  # each file learns that it stays unfinished
        finally:
            if self._made and not self._published:
                with suppress(OSError):  # somebody else put something there
                    self.folder.rmdir()

    def add(self, records: Iterable[Record]) -> None:
        """Write records."""
        self._records.writelines([orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records])

    def reject(self, reject: Reject) -> None:
        """Write a rejected row."""
        self._rejects.write(orjson.dumps(reject, option=orjson.OPT_APPEND_NEWLINE))

    def settle(self, numbers: set[str]) -> int:
        """Rewrite the records, those with these numbers marked incomplete.

        Returns:
            How many of them were not yet.
        """
        marks = {orjson.dumps(number) for number in numbers}
        self._records.seek(0)
        with tempfile.TemporaryFile(dir=self.folder) as changed:  # `false` is longer than `true`
            settled = _settled(self._records, changed, marks)
            changed.seek(0)
            self._records.seek(0)
            shutil.copyfileobj(changed, self._records)
        return settled

    def earlier_records(self) -> int:
        """Return the number of records that an earlier parse left in the folder; 0 where there is none."""
        try:
            summary = orjson.loads((self.folder / SUMMARY).read_bytes())
            return int(summary["records"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def publish(self, summary: dict[str, Any]) -> None:
        """Write the summary and give all files their names.

        Args:
            summary: The counts of the parse.
        """
        self._summary.write(orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
        for file in (self._records, self._rejects, self._summary):
            file.flush()  # a full disk is noticed here, while the earlier results are still in place
        # Before the first rename: from here on nothing of the old results may get lost.
        self._keep_replaced()
        (self.folder / SUMMARY).unlink(missing_ok=True)
        self._published = True
        self._files.close()

    def _keep_replaced(self) -> None:
        """Keep the earlier results in `history/`, named by the time they were written, if their records differ."""
        earlier = [self.folder / name for name in NAMES if (self.folder / name).is_file()]
        if self.folder / RECORDS not in earlier or self._same_as(self.folder / RECORDS):
            return
        # Named by when they were made, so that versions sort by time and a second copy of one gets no second folder.
        written = datetime.fromtimestamp((self.folder / RECORDS).stat().st_mtime, UTC)
        place = self.folder / HISTORY / written.strftime("%Y%m%dT%H%M%S.%fZ")
        place.mkdir(parents=True, exist_ok=True)
        for path in earlier:
            if not (place / path.name).exists():
                shutil.copy2(path, place / path.name)

    def _same_as(self, earlier: Path) -> bool:
        """Whether the earlier records are those that were written now."""
        if earlier.stat().st_size != self._records.seek(0, os.SEEK_END):
            return False
        self._records.seek(0)
        with earlier.open("rb") as old:
            return all(one == self._records.read(CHUNK) for one in iter(partial(old.read, CHUNK), b""))


# A record begins with these two keys, so that its number is found without reading the whole line.
_BEFORE_NUMBER = len(b'{"county_fips":"48003","instrument_number":')
_AFTER_NUMBER = b',"book_type":'


def _settled(records: IO[bytes], changed: IO[bytes], marks: set[bytes]) -> int:
    settled = 0
    for line in records:
        if line[_BEFORE_NUMBER : line.index(_AFTER_NUMBER, _BEFORE_NUMBER)] in marks:
            marked = line.replace(b'"complete":true', b'"complete":false')
            settled += marked != line
            changed.write(marked)
        else:
            changed.write(line)
    return settled
