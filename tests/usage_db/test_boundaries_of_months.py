"""Boundaries of partitions, archives and printed migrations, without a database."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from oseberg.usage_db import LoadError, SchemaError, migration_sql
from oseberg.usage_db._archive.copy_text import read_copy
from oseberg.usage_db._archive.digest import Content, RowDigest
from oseberg.usage_db._archive.forget import next_edition
from oseberg.usage_db._load import partitions
from oseberg.usage_db._load.partitions import Partition, _gaps, _months
from oseberg.usage_db._schema.migrate import HEAD


def moment(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def parts(*days: int) -> list[Partition]:
    """Make partitions between each pair of days of November; a day below 0 begins a gap there."""
    return [
        Partition("usage", f"p{first}", moment(abs(first)), moment(abs(last)))
        for first, last in pairwise(days)
        if first > 0
    ]


@pytest.mark.parametrize(
    ("there", "span", "gaps"),
    [
        ([], (5, 10), [(5, 10)]),
        (parts(5, 10), (5, 10), []),
        (parts(1, 5), (5, 10), [(5, 10)]),
        (parts(10, 15), (5, 10), [(5, 10)]),
        (parts(6, 9), (5, 10), [(5, 6), (9, 10)]),
        (parts(5, 7, 10), (5, 10), []),
        (parts(5, -7, 8, 10), (5, 10), [(7, 8)]),
        (parts(1, 20), (5, 10), []),
        ([*parts(1, 20), *parts(2, 6)], (5, 10), []),
    ],
    ids=["none", "whole", "before", "after", "inside", "two", "apart", "around", "a short one later"],
)
def test_a_span_lacks_what_no_partition_holds(
    there: list[Partition], span: tuple[int, int], gaps: list[tuple[int, int]]
) -> None:
    """Spans are half-open: what ends where another begins leaves no gap, and what only touches holds nothing of it."""
    assert _gaps(there, moment(span[0]), moment(span[1])) == [(moment(a), moment(b)) for a, b in gaps]


@pytest.mark.parametrize(
    ("there", "made", "name"),
    [
        ([], (moment(1), moment(1, month=12)), "2026_11"),
        (parts(1, 5), (moment(5), moment(1, month=12)), "2026_11_05"),
        (parts(10, 15), (moment(1), moment(10)), "2026_11_01"),
        ([*parts(1, 5), *parts(10, 12)], (moment(5), moment(10)), "2026_11_05"),
    ],
    ids=["nothing", "a beginning", "an end", "both"],
)
def test_a_partition_takes_what_is_free_of_its_month(
    there: list[Partition], made: tuple[datetime, datetime], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody keeps others beside it; one that isn't the whole month is named after its first day."""
    seen = []

    def answer(_: object, query: str, parameters: object = None) -> object:
        seen.append(parameters)
        return True if "to_regclass" in query else None  # it exists: nothing is made

    monkeypatch.setattr(partitions, "read_partitions", lambda _: there)
    monkeypatch.setattr(partitions, "one", answer)
    with pytest.raises(LoadError, match=rf"usage.product_event_{name} exists"):
        partitions.make_partitions(SimpleNamespace(schema="usage"), moment(5), moment(10))
    assert seen[0] == dict(zip(("start", "end"), made, strict=True))


@pytest.mark.parametrize(
    ("last", "months"), [(moment(30, 23), [11]), (moment(1, month=12), [11]), (moment(1, 1, month=12), [11, 12])]
)
def test_a_month_is_touched_from_its_first_instant_on(last: datetime, months: list[int]) -> None:
    """A span that ends with November needs no partition of December."""
    assert [month.month for month in _months(moment(15), last)] == months


@pytest.mark.parametrize(
    ("name", "present", "following"),
    [
        ("month", "month", "month-2"),
        ("month", "month-2", "month-3"),
        ("month", "month-9", "month-10"),
        ("events-2026-11", "events-2026-11", "events-2026-11-2"),
        ("events-2026-11", "events-2026-11-2", "events-2026-11-3"),
    ],
)
def test_the_next_edition_of_an_archive_is_never_another_archive(name: str, present: str, following: str) -> None:
    """November without somebody's events must not be written over December."""
    assert next_edition(Path("/a", f"{present}.parquet"), name) == Path("/a", f"{following}.parquet")


def batch(texts: list, numbers: list) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(texts, pa.string()), pa.array(numbers, pa.int64())], ["text", "number"])


def content(*batches: pa.RecordBatch) -> Content:
    digest = RowDigest()
    for one in batches:
        digest.add(one)
    return digest.content()


WHOLE = batch(["a", "bc", None, ""], [1, None, 0, 2])


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4])
def test_a_digest_is_the_same_wherever_rows_are_cut(cut: int) -> None:
    """Slices share their buffers with the whole, of which only their part counts."""
    assert content(WHOLE.slice(0, cut), WHOLE.slice(cut)) == content(WHOLE)
    assert content(WHOLE).rows == 4


@pytest.mark.parametrize(
    "other",
    [
        batch(["ab", "c", None, ""], [1, None, 0, 2]),
        batch(["a", "bc", "", None], [1, None, 0, 2]),
        batch(["a", "bc", "", ""], [1, None, 0, 2]),
        batch(["a", "bc", None, ""], [1, 0, None, 2]),
        batch(["a", "bc", None, ""], [1, None, 0, 3]),
        batch(["bc", "a", None, ""], [1, None, 0, 2]),
    ],
    ids=["cut elsewhere", "missing elsewhere", "none missing", "number missing elsewhere", "number", "order"],
)
def test_a_digest_tells_every_difference(other: pa.RecordBatch) -> None:
    """Where a text ends, and which value is missing, are part of the rows."""
    assert content(other) != content(WHOLE)


def test_the_order_of_columns_is_no_difference() -> None:
    """A file of another program may have them in any."""
    assert content(WHOLE.select(["number", "text"])) == content(WHOLE)


def test_what_postgres_copies_comes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block is parsed as soon as it is full; the rest at the end, and nothing for nothing."""
    row = b'"a","2026-11-02 12:00:00+00","x","1","{}",,,,\n'
    assert list(read_copy(iter([]))) == []
    monkeypatch.setattr("oseberg.usage_db._archive.copy_text._BLOCK_BYTES", 2 * len(row))
    assert [one.num_rows for one in read_copy(iter([row] * 5))] == [2, 2, 1]


@pytest.mark.parametrize("since", ["0000", f"{int(HEAD) + 1:04}"])
def test_versions_that_do_not_exist(since: str) -> None:
    """The first is 0001; none is newer than the newest."""
    with pytest.raises(SchemaError, match=f"The versions are 0001 to {HEAD}"):
        migration_sql(since=since)


def test_versions_to_print_from() -> None:
    """From the first one on all others come; after the newest nothing is left. Each waits a hundred times."""
    assert "there is nothing to do" in migration_sql(since=HEAD)
    text = migration_sql(since="0001")
    assert "there is nothing to do" not in text
    assert f"'{HEAD}'" in text
    assert "Waits at most 150 ms" in text
    assert "FOR attempt IN 1..100 LOOP" in text
