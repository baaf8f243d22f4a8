"""The files of a lake: finds its days, opens them, and cuts them into pieces."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

UserOf = Callable[[Sequence[str]], Sequence[Any]]
OpenFile = Callable[[str], BinaryIO]
Drops = Callable[[str, Sequence[str]], Sequence[bool]]

PARTITION, FILE = "date=", "events.parquet"
NAMES, FETCHED = b"mixpanel_names", b"mixpanel_fetched"
"""Keys of a file's metadata: the column of each property as JSON, and the moment at which the day was fetched."""
IDS = ("$user_id", "distinct_id", "$distinct_id_before_identity", "mp_original_distinct_id")
"""The properties that may say who did an event; the first one that means a user wins."""
PIECE_ROWS = 500_000  # of a file, for one worker at a time: some 100 MB while they are read


@dataclass(frozen=True)
class Piece:
    """Some row groups of one file, which one worker reads at a time."""

    place: str
    groups: tuple[int, ...]


@dataclass(frozen=True)
class DayFile:
    """The footer of a day's file: its number of events, and when it was fetched (None if that isn't noted)."""

    rows: int
    fetched: datetime | None
    groups: tuple[int, ...]
    fingerprint: str


@dataclass(frozen=True)
class Lake:
    """Events as Parquet files, one for each day, as `oseberg mixpanel export --partition day` writes them.

    Attributes:
        files: The file of each day: a path, or whatever `open_file` understands.
        user_of: Returns the user of each id of a list, None for the ids of nobody. With an executor it must be
            picklable, as a function of a module or a method of a picklable object is.
        zone: The time zone of the days.
        open_file: Opens a file that is not local, for example in S3; None opens paths.
        or_user_of: Returns the users of ids that count only where none of an event's ids means a user by `user_of`.
        drops: Tells of a property, such as `distinct_id`, and its values whether events with each are left out.
        only: The events that count; empty: all of them.
        omit: The events that don't count.
        sources: The properties of the files that hold a property of the model, where they have other names; of
            several the first one that an event has counts.

    Example:
        >>> lake = Lake({date(2026, 11, 9): "events/date=2026-11-09/events.parquet"}, user_of=lambda ids: ids)
        >>> lake.days
        [datetime.date(2026, 11, 9)]
    """

    files: Mapping[date, str]
    user_of: UserOf
    zone: str = "UTC"
    open_file: OpenFile | None = None
    or_user_of: UserOf | None = None
    drops: Drops | None = None
    only: frozenset[str] = frozenset()
    omit: frozenset[str] = frozenset()
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: str | Path, user_of: UserOf, zone: str = "UTC") -> Lake:
        """Find the days of a folder.

        Args:
            folder: A folder with `date=2026-11-01/events.parquet` and so on.
            user_of: Returns the user of each id of a list.
            zone: The time zone of the days.

        Returns:
            The lake.

        Raises:
            DataError: The folder holds no such file.
        """
        places = [path.as_posix() for path in Path(folder).glob(f"{PARTITION}*/{FILE}")]
        return cls.of_places(places, user_of, zone, name=str(folder))

    @classmethod
    def of_places(
        cls,
        places: Iterable[str],
        user_of: UserOf,
        zone: str = "UTC",
        *,
        name: str = "The lake",
        open_file: OpenFile | None = None,
    ) -> Lake:
        """Find the days among paths or addresses; other files are ignored.

        Args:
            places: Paths with `/`, or addresses, that end like `date=2026-11-01/events.parquet`.
            user_of: Returns the user of each id of a list.
            zone: The time zone of the days.
            name: What an error calls the lake.
            open_file: Opens one of the places.

        Returns:
            The lake.

        Raises:
            DataError: The file does not exist.
        """
        files = files_by_day(places)
        if not files:
            raise DataError(
                f"{name} holds no events. A lake has files such as date=2026-11-01/{FILE}, as"
                " `oseberg mixpanel export --format parquet --partition day` writes them."
            )
        return cls(files, user_of, zone, open_file)

    @property
    def days(self) -> list[date]:
        """The days of the lake, in order."""
        return sorted(self.files)

    def describe(self, day: date) -> DayFile:
        """Read the footer of a day's file.

        Returns:
            Its number of rows, when it was fetched, and a fingerprint of its content.

        Raises:
            DataError: The file can't be read.
        """
        with opened(self.files[day], self.open_file) as file:
            metadata = file.metadata
            groups = tuple(metadata.row_group(number).num_rows for number in range(metadata.num_row_groups))
            noted = (file.schema_arrow.metadata or {}).get(FETCHED)
            moment = datetime.fromisoformat(noted.decode()) if noted else None
            return DayFile(metadata.num_rows, moment, groups, fingerprint(file))

    def count_events(self, day: date) -> dict[str, int]:
        """Count the events of a day by their names; only that column is read.

        Returns:
            The number of events by name.

        Raises:
            DataError: The file can't be read.
        """
        found: Counter[str] = Counter()
        with opened(self.files[day], self.open_file) as file:
            for number in range(file.num_row_groups):
                names = file.read_row_group(number, columns=["event"])["event"]
                for pair in names.value_counts().to_pylist():
                    found[str(pair["values"])] += pair["counts"]
        return dict(found)


def pieces_of(lake: Lake, days: Mapping[date, DayFile]) -> list[Piece]:
    """Cut the files of days into pieces for workers, in the order of their events."""
    found = []
    for day, file in days.items():
        groups: list[int] = []
        rows = 0
        for number, count in enumerate(file.groups):
            if groups and rows + count > PIECE_ROWS:
                found.append(Piece(lake.files[day], tuple(groups)))
                groups, rows = [], 0
            groups.append(number)
            rows += count
        if groups:
            found.append(Piece(lake.files[day], tuple(groups)))
    return found


def files_by_day(places: Iterable[str]) -> dict[date, str]:
    """Return the file of each day among paths or addresses; others, and folders that are not days, are ignored.

    Args:
        places: Paths with `/`, or addresses.

    Returns:
        The place of each day's file.
    """
    found = {}
    for place in places:
        folder, _, name = place.rpartition("/")
        text = folder.rpartition("/")[2]
        if name == FILE and text.startswith(PARTITION):
            try:
                found[date.fromisoformat(text.removeprefix(PARTITION))] = place
            except ValueError:
                continue
    return dict(sorted(found.items()))


@contextmanager
def opened(place: str, open_file: OpenFile | None) -> Iterator[Any]:
    """Open a Parquet file while the block lasts; errors name it.

    Raises:
        DataError: pyarrow is missing, or the file can't be read.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and half a second
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise DataError("Reading a lake needs pyarrow: python3 -m pip install 'oseberg-health-model[lake]'.") from None
    try:
        # the columns of a row group in few requests, where each takes a journey
        source, buffered = (open_file(place), True) if open_file else (place, False)
        with parquet.ParquetFile(source, pre_buffer=buffered) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{place} can't be read ({reason}). Export the day again.") from None


def column_of(schema: pa.Schema, name: str) -> str | None:
    """Return the column that holds a property, or None if the file has none; exports note how they renamed them."""
    names = json.loads((schema.metadata or {}).get(NAMES, b"{}"))
    column = str(names.get(name, name))
    return column if column in schema.names else None


def fingerprint(file: Any) -> str:  # noqa: ANN401 - pyarrow is an extra
    """Return a fingerprint of the events in a file: the same if a day is fetched again and nothing has changed.

    The sizes, ranges and gaps of the columns tell, not the values: reading all of them would take as long as scoring.
    """
    metadata = file.metadata
    parts = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            known = column.statistics
            ends = (known.min, known.max, known.null_count) if known and known.has_min_max else ()
            parts.append(f"{column.path_in_schema}|{column.num_values}|{column.total_compressed_size}|{ends}")
    return f"{metadata.num_rows}-{zlib.crc32(chr(10).join(parts).encode('utf-8', 'replace')):08x}"
