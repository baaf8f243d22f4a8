"""Selects the events of a week from a piece of a file, and splits them by user: the first half of the work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._lake.files import IDS, Lake, Piece, column_of, opened
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

NOBODY = np.int64(-1)
NEEDED = ("event", "time", "distinct_id")


@dataclass(frozen=True)
class Wanted:
    """The events and users that count in a week.

    Attributes:
        since: The first microsecond of the week, since 1970.
        until: The one after its last.
        events: The names of the model's events.
        properties: The properties to keep.
        ids: The users of the roster.
        part: The part that each of them belongs to.
        parts: Number of parts.
        lake: What the ids mean, and what is left out; its list of files is empty.
    """

    since: int
    until: int
    events: tuple[str, ...]
    properties: tuple[str, ...]
    ids: NDArray[Any]
    part: Ints
    parts: int
    lake: Lake


@dataclass(frozen=True)
class Selected:
    """The events of a piece that count, as Arrow's bytes for each part (empty: none), and the unknown ones."""

    parts: tuple[bytes, ...]
    unknown: Counter[str]


def select_piece(piece: Piece, wanted: Wanted) -> Selected:
    """Read a piece of a file, one row group at a time, and split what counts in the week by user.

    Args:
        piece: The piece.
        wanted: What counts.

    Returns:
        The events of each part, in the order of the file.

    Raises:
        DataError: The file can't be read, or is not one of events.
    """
    import pyarrow as pa  # noqa: PLC0415

    chosen: list[list[pa.Table]] = [[] for _ in range(wanted.parts)]
    unknown: Counter[str] = Counter()
    places = pd.Index(wanted.ids)
    with opened(piece.place, wanted.lake.open_file) as file:
        schema = file.schema_arrow
        if missing := [name for name in NEEDED if name not in schema.names]:
            raise DataError(f"{piece.place} has no column {missing[0]!r}, so it does not hold exported events.")
        ids = {name: column for name in IDS if (column := column_of(schema, name))}
        properties = {name: found for name in wanted.properties if (found := sources_of(schema, wanted.lake, name))}
        columns = list(dict.fromkeys([*NEEDED, *ids.values(), *(one for some in properties.values() for one in some)]))
        for group in piece.groups:
            table = in_week(file.read_row_group(group, columns=columns), wanted, unknown)
            position = users_of(table, ids, wanted, places)
            known = np.flatnonzero(position >= 0)
            table, position = events_of(table, properties).take(pa.array(known)), position[known]
            table = table.add_column(0, "user", pa.array(position.astype(np.int32)))
            part = wanted.part[position]
            for number in np.unique(part):
                chosen[number].append(table.take(pa.array(np.flatnonzero(part == number))))
    return Selected(tuple(packed(tables) for tables in chosen), unknown)


def sources_of(schema: pa.Schema, lake: Lake, name: str) -> list[str]:
    """Return the columns that may hold a property of the model, in order of preference."""
    return [column for raw in lake.sources.get(name, (name,)) if (column := column_of(schema, raw))]


def in_week(table: pa.Table, wanted: Wanted, unknown: Counter[str]) -> pa.Table:
    """Return the rows of the week that are events of the model; others are counted by their names."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    moment = table["time"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    inside = compute.and_(
        compute.greater_equal(moment, pa.scalar(wanted.since, pa.int64())),
        compute.less(moment, pa.scalar(wanted.until, pa.int64())),
    )
    # a missing time is null here, and dropped
    table = table.set_column(table.schema.get_field_index("time"), "time", moment).filter(inside)
    if wanted.lake.only:
        table = table.filter(compute.is_in(table["event"], pa.array(sorted(wanted.lake.only), pa.string())))
    if wanted.lake.omit:
        table = table.filter(
            compute.invert(compute.is_in(table["event"], pa.array(sorted(wanted.lake.omit), pa.string())))
        )
    event = table["event"].cast(pa.string())
    known = compute.is_in(event, pa.array(wanted.events, pa.string()))
    strange = compute.value_counts(event.filter(compute.invert(known)))
    for pair in strange.to_pylist():
        if pair["values"] is not None:
            unknown[pair["values"]] += pair["counts"]
    return table.filter(known)


def users_of(table: pa.Table, columns: Mapping[str, str], wanted: Wanted, places: pd.Index[Any]) -> Ints:
    """Return each row's place in the roster, -1 for the rows of nobody, and of users who don't count."""
    from pyarrow import compute  # noqa: PLC0415

    lake, found = wanted.lake, np.full(len(table), NOBODY)
    decided = np.zeros(len(table), dtype=bool)
    coded = {name: compute.dictionary_encode(table[column].combine_chunks()) for name, column in columns.items()}
    rules = (lake.user_of, lake.or_user_of) if lake.or_user_of else (lake.user_of,)
    for rule in rules:
        for name, ids in coded.items():
            texts = ["" if text is None else str(text) for text in ids.dictionary.to_pylist()]
            users = list(rule(texts))
            # a user outside the roster is still a user: the next id must not claim the event
            known = np.array([*(user is not None for user in users), False])
            at = places.get_indexer(pd.Index([NOBODY if user is None else user for user in users], dtype=places.dtype))
            place = np.append(np.where(known[:-1], at, NOBODY), NOBODY)
            codes = ids.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
            found = np.where(decided | ~known[codes], found, place[codes])
            decided |= known[codes]
            if lake.drops and rule is rules[0]:
                dropped = np.array([*lake.drops(name, texts), False], dtype=bool)[codes]
                found[dropped], decided[dropped] = NOBODY, True
    return found


def events_of(table: pa.Table, properties: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return event, time and the properties as text, each different value once."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    texts = {"event": table["event"]}
    for name, columns in properties.items():
        texts[name] = compute.coalesce(*(table[column].cast(pa.string()) for column in columns))
    return pa.table({"time": table["time"], **{name: array.dictionary_encode() for name, array in texts.items()}})


def packed(tables: list[pa.Table]) -> bytes:
    """Return tables as Arrow's bytes, empty for none."""
    import pyarrow as pa  # noqa: PLC0415

    if not tables:
        return b""
    # dictionaries of single row groups become one, so that each different text travels once
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
