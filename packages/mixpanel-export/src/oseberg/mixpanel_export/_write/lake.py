"""A lake: a folder of Parquet files, one for each day, all with one schema."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from oseberg.mixpanel_export._atomic import remove_abandoned, replacing
from oseberg.mixpanel_export._columns.widen import EXACT, TYPES, join, moments_as_numbers, widen_array
from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._days.intake import Intake
from oseberg.mixpanel_export._days.spool import PRIVATE, SETTLED_AFTER
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._frame.schema import INTEGERS, KINDS, NAMES, STAMPS, Schema, write_schema
from oseberg.mixpanel_export._frame.table import Form
from oseberg.mixpanel_export._write.sinks import Found, Parquet, write_day
from oseberg.mixpanel_export.errors import BusyError, SchemaError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# The key of a file's metadata for the moment at which its day was fetched.
FETCHED = "mixpanel_fetched"
# The column that readers make of the folders' names: no property may be called so.
PARTITION = "date"
FILE, SCHEMA = "events.parquet", "_schema.json"


@dataclass(frozen=True)
class Lake:
    """Days of events as `date=2026-11-01/events.parquet` in a folder.

    Each day's file is replaced as a whole. When a column gets wider or is new, the files of other days are rewritten,
    so that any reader can read all of them together. `_schema.json` holds the types for `schema=` and for people.
    """

    folder: Path

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Lock the folder for one writer.

        Raises:
            SettingsError: The path is a file.
            BusyError: Another process writes into the folder.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise SettingsError(f"{self.folder} is a file. A lake needs a folder.")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.folder / ".lock", timeout=0, mode=PRIVATE)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(f"Another process writes into {self.folder}. Try again later.") from None
        try:
            yield
        finally:
            lock.release()

    def file(self, day: date) -> Path:
        """Return the file of a day, whether or not it exists."""
        return self.folder / f"{PARTITION}={day}" / FILE

    def days(self) -> list[date]:
        """Return the days of the lake, in order."""
        found = []
        for path in self.folder.glob(f"{PARTITION}=*/{FILE}"):
            try:
                found.append(date.fromisoformat(path.parent.name.removeprefix(f"{PARTITION}=")))
            except ValueError:  # a folder of someone else's
                continue
        return sorted(found)

    def pending(self, last: date) -> list[date]:
        """Return the days to fetch: since the first one, those that are missing or may have changed since.

        Raises:
            SettingsError: The lake is empty, so that nobody knows the first day.
        """
        known = self.days()
        if not known:
            raise SettingsError(f"{self.folder} holds no days yet. Name the first one (--since, in Python since=).")
        wanted = [known[0] + timedelta(days=number) for number in range((last - known[0]).days + 1)]
        settled = {day for day in known if self._fetched(day) > day + SETTLED_AFTER}
        return [day for day in wanted if day not in settled]

    def _fetched(self, day: date) -> date:
        """Return the date (UTC) on which a day was fetched."""
        noted = (pq.read_schema(self.file(day)).metadata or {}).get(FETCHED.encode())
        return datetime.fromisoformat(noted.decode()).date() if noted else day

    def schema(self) -> Schema:
        """Return the columns that the lake has."""
        path = self.folder / SCHEMA
        return Schema.read(path) if path.is_file() else Schema()

    def form(self, form: Form) -> Form:
        """Adapt the columns of new days to the lake: integers that no double holds, and a property called `date`."""
        types = dict(form.types)
        for name in types.keys() & set(STAMPS):  # what is not a timestamp: other days have numbers there
            types[name] = join(types[name], "int64")
        for name, kind in self.schema().types.items():
            if kind == "int64" and types.get(name) == "double" and not self._fits_double(form.names[name]):
                types[name] = "string"
        names = {raw: column if column != PARTITION else f"prop_{PARTITION}" for raw, column in form.names.items()}
        if len(set(names.values())) < len(names):  # prop_date exists as well
            digits = blake2s(PARTITION.encode()).hexdigest()[:4]
            names = {raw: column if raw != PARTITION else f"prop_{PARTITION}_{digits}" for raw, column in names.items()}
        return replace(form, types=types, names=names)

    def _fits_double(self, column: str) -> bool:
        """Whether all integers that the lake holds in a column are doubles without rounding."""
        for day in self.days():
            file = pq.ParquetFile(self.file(day))
            place = file.schema_arrow.get_field_index(column)
            for group in range(file.num_row_groups if place >= 0 else 0):
                known = file.metadata.row_group(group).column(place).statistics
                if known and known.has_min_max and not -EXACT <= known.min <= known.max <= EXACT:
                    return False
        return True

    def write(self, days: Found, form: Form) -> None:
        """Write days, and convert the others to the same schema.

        Args:
            days: The days, each with its events.
            form: The columns.
        """
        for day, intake in days:
            self._write_day(day, intake, form)
        for known in self.days():
            self._conform(known, form)
        write_schema(self.folder / SCHEMA, form.types)

    def _write_day(self, day: Day, intake: Intake, form: Form) -> None:
        path = self.file(day.date)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        remove_abandoned(path.parent)
        notes = {FETCHED: datetime.now(UTC).isoformat()}
        with replacing(path, private=True) as file:
            sink = Parquet(file, with_notes(form.schema(), notes))
            write_day(sink, form, intake)
            sink.close()

    def _conform(self, day: date, form: Form) -> None:
        """Rewrite the file of a day whose columns differ."""
        path = self.file(day)
        before = pq.read_schema(path)
        notes = {key.decode(): value.decode() for key, value in (before.metadata or {}).items()}
        if KINDS not in notes:
            raise SchemaError(f"{path} was not written by this package. Remove it, or choose another folder.")
        types, names = json.loads(notes[KINDS]), json.loads(notes[NAMES])
        if types == form.types and names == form.all_names:
            return
        table, integers = pq.read_table(path, partitioning=None), set(json.loads(notes.get(INTEGERS, "[]")))
        arrays: list[Any] = [table[column] for column in FIXED.values()]
        for raw, kind in form.types.items():
            if raw in types:
                own, whole = table[names[raw]].chunks, raw in integers
            elif raw in STAMPS:
                own, whole = list(map(moments_as_numbers, table[FIXED[raw]].chunks)), True
            else:
                own, whole = [pa.nulls(len(table), TYPES[kind])], False
            arrays.append(pa.chunked_array([widen_array(part, kind, integers=whole) for part in own], TYPES[kind]))
        integers |= {raw for raw, kind in types.items() if kind == "int64"}
        still = sorted(raw for raw in integers if form.types.get(raw) == "double")
        schema = with_notes(
            replace(form, integers=still).schema(), {FETCHED: notes[FETCHED]} if FETCHED in notes else {}
        )
        with replacing(path, private=True) as file:
            sink = Parquet(file, schema)
            for batch in pa.table(arrays, schema=schema).to_batches():
                sink.write(batch)
            sink.close()


def with_notes(schema: pa.Schema, notes: Mapping[str, str]) -> pa.Schema:
    """Return a schema with more metadata."""
    return schema.with_metadata((schema.metadata or {}) | {key.encode(): text.encode() for key, text in notes.items()})
