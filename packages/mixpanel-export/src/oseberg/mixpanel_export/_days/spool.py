"""The spool: complete days on disk as compressed lines, under temporary names until the answer is complete."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import weakref
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
from filelock import FileLock, Timeout

from oseberg.mixpanel_export._disk import named_when_full, to_disk
from oseberg.mixpanel_export._read.decode import Unreadable
from oseberg.mixpanel_export._read.lines import line_blocks
from oseberg.mixpanel_export._read.zone import utc_now
from oseberg.mixpanel_export.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

SUFFIX = ".jsonl.zst"
CHUNK = 1 << 20
PRIVATE = 0o600
# Events arrive and change for days: what was fetched longer ago is fetched again.
KEPT_FOR, UNSETTLED_FOR = timedelta(hours=24), timedelta(hours=1)
# Days after which few events of a day still arrive (the same number as in usage-db).
SETTLED_AFTER = timedelta(days=5)


class Spool:
    """The days of one request (project, events, where) in a folder.

    Args:
        folder: Where to keep them; None takes a temporary folder that goes when nothing refers to the spool any more.
        request: What the days were asked with: another request has other days.
    """

    def __init__(self, folder: Path | None, request: Mapping[str, Any]) -> None:
        self.path = temporary(self) if folder is None else folder / fingerprint(request)
        make_private(self.path)

    def file(self, day: date) -> Path:
        """Return the file of a day; it exists only when the day is complete."""
        return self.path / f"{day}{SUFFIX}"

    def has(self, day: date, zone: ZoneInfo) -> bool:
        """Whether a day is spooled, was over when it was fetched, and can't have changed much since.

        A settled day is kept for 24 hours, one to which events are still added for one.
        """
        try:
            fetched = datetime.fromtimestamp(self.file(day).stat().st_mtime, zone)
        except FileNotFoundError:
            return False
        settled = fetched.date() - day > SETTLED_AFTER
        return utc_now() - fetched < (KEPT_FOR if settled else UNSETTLED_FOR) and fetched.date() > day

    def age(self, days: Iterable[date]) -> float:
        """Return the seconds since the oldest of some days was fetched."""
        return max(0.0, time.time() - min(self.file(day).stat().st_mtime for day in days))

    def unreadable(self, day: date) -> list[Unreadable]:
        """Return the lines that were set aside with a day."""
        path = self.path / f"{day}.unreadable.json"
        if not path.exists():
            return []
        return [Unreadable(bytes.fromhex(line), why) for line, why in json.loads(path.read_text("utf-8"))]

    def forget(self, days: list[date]) -> None:
        """Remove what is kept of some days."""
        for day in days:
            for path in self.path.glob(f"{day}.*"):
                path.unlink(missing_ok=True)

    def discard(self, days: list[date]) -> None:
        """Remove days, and the folder if it is empty then."""
        self.forget(days)
        if not any(self.path.iterdir()):
            self.path.rmdir()


@contextmanager
def opened(folder: Path | None, request: Mapping[str, Any]) -> Iterator[Spool]:
    """Open a spool for one export alone.

    Args:
        folder: The folder of all spools; None opens a temporary one.
        request: What the days are requested with.

    Yields:
        The spool.

    Raises:
        BusyError: Another process runs the same export in the same folder.
    """
    if folder is None:
        yield Spool(None, request)
        return
    make_private(folder)
    lock = FileLock(folder / f"{fingerprint(request)}.lock", timeout=0, mode=PRIVATE)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(
            f"The same export is already running, and keeps its days in {folder}. Try again later."
        ) from None
    try:
        sweep(folder)
        spool = Spool(folder, request)
        remove(spool.path.glob("part-*"))
        yield spool
    finally:
        lock.release()


def sweep(folder: Path) -> None:
    """Remove the days of abandoned exports: nobody can resume them any more, and they hold people's data."""
    for path in folder.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > KEPT_FOR.total_seconds():
            with suppress(Timeout, OSError), FileLock(path.with_suffix(".lock"), timeout=0, mode=PRIVATE):
                remove([path])


def make_private(folder: Path) -> None:
    """Create a folder that only its owner may enter: exports hold people's data."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def remove(folders: Iterable[Path]) -> None:
    """Remove those of some folders that exist, with their content."""
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)


def temporary(owner: object) -> Path:
    """Make a folder that is removed together with its owner."""
    path = Path(tempfile.mkdtemp(prefix="mixpanel-export-"))
    weakref.finalize(owner, shutil.rmtree, path, ignore_errors=True)
    return path


def fingerprint(request: Mapping[str, Any]) -> str:
    """Name a request by what it asks for."""
    return blake2s(json.dumps(request, sort_keys=True).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class SpoolWriter:
    """Writes the lines of several days and puts them all in place at once."""

    spool: Spool
    days: list[date]
    folder: Path
    files: list[pa.NativeFile]

    @classmethod
    @contextmanager
    def opened(cls, spool: Spool, days: list[date]) -> Iterator[Self]:
        """Open a file for each day; unfinished files are removed at the end."""
        with named_when_full(spool.path), ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="part-", dir=spool.path))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            yield cls(spool, days, folder, [stack.enter_context(compressed(folder / str(day))) for day in days])

    def write(self, number: int, lines: bytes) -> None:
        """Add lines to one of the days; the last one comes without its end."""
        self.files[number].write(lines)
        self.files[number].write(b"\n")

    def finish(self, unreadable: list[Unreadable]) -> None:
        """Put the days in place; the lines set aside are kept with the first one."""
        for file in self.files:
            file.close()
        aside = self.folder / "unreadable"
        aside.write_text(json.dumps([(line.hex(), why) for line, why in unreadable]), "utf-8")
        aside.replace(self.spool.path / f"{self.days[0]}.unreadable.json")
        for day in self.days:
            path = self.folder / str(day)
            to_disk(path)
            path.replace(self.spool.file(day))


def compressed(path: Path) -> pa.NativeFile:
    """Open a new file for lines."""
    return pa.output_stream(str(path), compression="zstd")


@dataclass(frozen=True)
class DayLines:
    """The raw JSON lines of a day, in the order of arrival; can be iterated repeatedly."""

    spool: Spool = field(repr=False)
    day: date
    more: tuple[bytes, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks():
            yield from block.split(b"\n")
        yield from self.more

    def __len__(self) -> int:
        return sum(block.count(b"\n") + 1 for block in self.blocks()) + len(self.more)

    def __getitem__(self, place: int) -> bytes:
        return list(self)[place]

    def blocks(self) -> Iterator[bytes]:
        """Return the lines in blocks of about a megabyte."""
        with pa.input_stream(str(self.spool.file(self.day)), compression="zstd") as file:
            yield from line_blocks(iter(lambda: file.read(CHUNK), b""))
