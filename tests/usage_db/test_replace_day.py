"""A day is loaded whole, and reloading it leaves exactly the source's present state."""

from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oseberg.usage_db import LoadError, ShrinkError, UsageDatabase
from oseberg.usage_db._lines import rows as day_rows
from tests.usage_db.helpers import DAY, NOON_MS, line, lines


def rows(
    url: str, query: str = 'SELECT distinct_id, event, insert_id FROM usage.product_event ORDER BY "time"'
) -> list:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_second_load_of_a_day_writes_nothing(url: str, db: UsageDatabase) -> None:
    """An unchanged day keeps every row version, in whatever order its lines come."""
    first = db.replace_day(DAY, lines(300))
    before = rows(url, "SELECT ctid, xmin::text FROM usage.product_event")
    again = db.replace_day(DAY, list(reversed(lines(300))))
    assert (first.inserted, again.unchanged, again.changed) == (300, 300, 0)
    assert rows(url, "SELECT ctid, xmin::text FROM usage.product_event") == before


def test_changed_source_is_followed(url: str, db: UsageDatabase) -> None:
    """Late events, merged ids, deletions and changed properties end in the source's present state."""
    db.replace_day(DAY, lines(300))
    source = lines(300)[1:]
    source[0] = line(1, distinct_id="merged")
    source[1] = line(2, county="Reeves")
    source.append(line(500))
    counts = db.replace_day(DAY, source)
    assert counts.as_dict() == {
        "exported": 300, "inserted": 2, "updated": 1, "deleted": 2, "unchanged": 297, "duplicate": 0, "rejected": 0,
        "filtered": 0,
    }  # fmt: skip
    assert {row[0] for row in rows(url)} == {"merged", "user500", *(f"user{number}" for number in range(2, 300))}
    assert db.replace_day(DAY, source).changed == 0


def test_mark_of_a_first_load_is_that_of_its_rows(url: str, db: UsageDatabase) -> None:
    """What a first load notes of its rows is what the next one finds, also where a later line won."""
    db.replace_day(DAY, [*lines(3), line(1, mp_processing_time_ms=NOON_MS + 10**6)])
    query = "SELECT count(*) || ':' || sum(xmin::text::bigint) FROM usage.product_event"
    assert rows(url, query) == rows(url, "SELECT stored_mark FROM usage.etl_slice")


def test_only_lines_that_differ_are_read_again(db: UsageDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line whose event is stored is recognized by its digest; events without an id of their own are always read."""
    source = [*lines(300), line(400, **{"$insert_id": None}), b"bad"]
    db.replace_day(DAY, source)
    source[7] = line(7, county="Reeves")
    read, original = [], day_rows.read_event
    monkeypatch.setattr(day_rows, "read_event", lambda text: read.append(text) or original(text))
    counts = db.replace_day(DAY, source)
    assert read == [source[7], *source[300:]]
    assert (counts.updated, counts.unchanged, counts.rejected) == (1, 300, 1)


EXPORT = st.lists(
    st.builds(
        lambda key, n, processed, insert_id: line(
            key, n=n, mp_processing_time_ms=NOON_MS + processed, **{"$insert_id": insert_id}
        ),
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(1, 2),
        st.sampled_from(["a", "b", None]),
    ),
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(exports=st.lists(EXPORT, min_size=2, max_size=4))
def test_any_history_ends_as_its_last_export(url: str, db: UsageDatabase, exports: list[list[bytes]]) -> None:
    """Whatever a day held before, it ends as if its last export were the first."""
    query = "SELECT distinct_id, insert_id, properties, processed_at FROM usage.product_event ORDER BY 1, 2"
    with db.load_run():  # one lock and one log for all of them
        for export in exports:
            counts = db.replace_day(DAY, export, allow_shrink=True)
            assert counts.exported == len(export) == counts.stored + counts.duplicate
        followed = rows(url, query)
        assert db.replace_day(DAY, exports[-1]).changed == 0
        db.replace_day(DAY, [], allow_shrink=True)
        db.replace_day(DAY, exports[-1])
    assert rows(url, query) == followed


def test_latest_processing_of_a_key_wins(url: str, db: UsageDatabase) -> None:
    """Of lines with Mixpanel's key (event, distinct_id, time, $insert_id), the one processed last is stored."""
    same = [line(1, n=number, mp_processing_time_ms=NOON_MS + number) for number in (3, 9, 5)]
    counts = db.replace_day(DAY, [*same, line(2)])
    assert (counts.inserted, counts.duplicate) == (2, 2)
    assert rows(url, "SELECT properties ->> 'n' FROM usage.product_event WHERE distinct_id = 'user1'") == [("9",)]


def test_events_without_insert_id_are_never_duplicates(db: UsageDatabase) -> None:
    """Equal events without $insert_id all stay, under ids that a reload finds again."""
    source = [line(1, **{"$insert_id": None})] * 3
    assert db.replace_day(DAY, source).inserted == 3
    assert db.replace_day(DAY, [*source, line(2)]).unchanged == 3


HOSTILE = {
    b'{"event": "x", "properties": {"time": 1793620800, "a": NaN}}': "NaN",
    b'{"event": "x", "properties": {"time": 1793620800, "a": "\\ud800"}}': "lone surrogate",
    b'{"event": "x", "properties": {"time": 1793620800, "a": "\\u0000"}}': r"\u0000",
    b'{"event": "x", "properties": {"time": 1793620800, "distinct_id": "\\u0000"}}': r"\u0000",
    b'{"event": "x", "properties": {"time": 3600}}': "1970-01-01 01:00:00 UTC is not on the day 2026-11-02",
    b'{"event": "x", "properties": {"time": 4079779200}}': "2099",
    b'{"event": "x", "properties": {"time": 99999999999999999}}': "is not on the day",
    b'{"event": "x", "properties": {"distinct_id": "a"}}': "no time",
    b'{"event": "x", "properties": {"time": "noon"}}': "time is not a number",
    b'{"event": "x", "properties": {"time": 1793620800, "distinct_id": {"a": 1}}}': "distinct_id is neither",
    b'{"event": "x", "properties": {"time": 1793620800, "distinct_id": "' + b"x" * 2800 + b'"}}': "more than 2,656",
    b'{"event": "x", "properties": {"time": 1793620800, "a": 1e999}}': "not JSON that Postgres can store",
    b'{"event": "x", "properties": {"time": 1793620800, "a": 0.' + b"1" * 20_000 + b"}}": "a number of",
    b'{"event": "x", "properties": {"time": 1793620800, "a": ' + b"[" * 600 + b"]" * 600 + b"}}": "nested too deep",
    b'{"event": 5, "properties": {}}': "not an event",
    b'{"error": "x"}': "not an event",
    b"[]": "not an event",
    b"terminated early": "not valid JSON",
    b"\xff\xfe": "not valid UTF-8: byte 1 is 0xff",
}


def test_hostile_lines_are_set_aside_with_their_reason(url: str, db: UsageDatabase) -> None:
    """Lines that would abort a COPY end in usage.event_reject as received, and the rest is stored."""
    source = [line(1), *HOSTILE, line(2)]
    counts = db.replace_day(DAY, source)
    assert (counts.inserted, counts.rejected, counts.exported) == (2, len(HOSTILE), len(HOSTILE) + 2)
    kept = dict(rows(url, "SELECT line, reason FROM usage.event_reject"))
    assert kept.keys() == HOSTILE.keys()
    assert {key: reason for key, reason in HOSTILE.items() if reason not in kept[key]} == {}


def test_rejecting_the_same_lines_again_writes_nothing(url: str, db: UsageDatabase) -> None:
    """A day's rejects are those of its last export: equal lines count each, mended ones go, known ones stay."""
    db.replace_day(DAY, [line(1), b"bad", b"bad", b"worse"])
    query = "SELECT ctid, xmin::text FROM usage.event_reject ORDER BY line, copy"
    before = rows(url, query)
    assert len(before) == 3
    db.replace_day(DAY, [line(1), line(2), b"bad", b"bad", b"worse"])
    assert rows(url, query) == before
    db.replace_day(DAY, [line(1), b"bad"])
    assert rows(url, "SELECT line FROM usage.event_reject") == [(b"bad",)]


def test_numbers_and_texts_are_stored_exactly(url: str, db: UsageDatabase) -> None:
    """Long integers, long decimals and every character but NUL come back as they were."""
    body = (
        b'{"event":"x","properties":{"time":1793620800,"distinct_id":12345678901234567890123,"a":18446744073709551617,'
    )
    body += b'"b":0.12345678901234567890123,"c":"tab\\t nl\\n bs\\\\u0000 \xe2\x80\xa8 \\"q\\"","d":[1.5,true,null]}}'
    db.replace_day(DAY, [body])
    found = rows(url, "SELECT distinct_id, properties::text FROM usage.product_event")
    assert found[0][0] == "12345678901234567890123"
    expected = (
        '{"a": 18446744073709551617, "b": 0.12345678901234567890123, '
        '"c": "tab\\t nl\\n bs\\\\u0000 \u2028 \\"q\\"", "d": [1.5, true, null]}'
    )
    assert found[0][1] == expected


def test_hot_shards_get_their_names_back(url: str, db: UsageDatabase) -> None:
    """Events of a hot shard are stored under their original name and id."""
    original = {"mp_original_event_name": "Signed up", "mp_original_distinct_id": "hot@example.com"}
    db.replace_day(DAY, [line(1, event="$hotshard_events", distinct_id="", **original)])
    assert rows(url)[0][:2] == ("hot@example.com", "Signed up")


def test_shrinking_day_is_refused(url: str, db: UsageDatabase) -> None:
    """A net loss of more than 5 % and more than 100 events needs a person's word; merged ids are not a loss."""
    db.replace_day(DAY, lines(1000))
    with pytest.raises(ShrinkError, match="2026-11-02 would shrink from 1,000 to 899 events"):
        db.replace_day(DAY, lines(899))
    assert len(rows(url)) == 1000
    assert rows(url, "SELECT state FROM usage.etl_slice ORDER BY run_id") == [("loaded",), ("refused",)]
    merged = [line(number, distinct_id="one") for number in range(1000)]
    assert db.replace_day(DAY, merged).deleted == 1000
    assert db.replace_day(DAY, merged[:900]).deleted == 100
    assert db.replace_day(DAY, [], allow_shrink=True).deleted == 900


def test_dry_run_counts_and_rolls_back(url: str, db: UsageDatabase) -> None:
    """A dry run shows what would happen, and leaves no row, no partition, no log."""
    counts = db.replace_day(DAY, lines(10), dry_run=True)
    assert counts.inserted == 10
    assert rows(url) == []
    assert rows(url, "SELECT * FROM usage.etl_run") == []
    assert rows(url, "SELECT to_regclass('usage.product_event_2026_11')") == [(None,)]


def test_tampering_is_repaired(url: str, db: UsageDatabase) -> None:
    """A day that somebody changed in the database is not mistaken for an unchanged one."""
    db.replace_day(DAY, lines(10))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.product_event SET properties = '{}' WHERE distinct_id = 'user3'")
    counts = db.replace_day(DAY, lines(10))
    assert (counts.updated, counts.unchanged) == (1, 9)


def test_counts_are_logged_and_add_up(url: str, db: UsageDatabase) -> None:
    """Every load of a day leaves its counts in usage.etl_slice."""
    db.replace_day(DAY, [*lines(10), line(3), b"bad"])
    query = "SELECT day, state, exported, inserted, duplicate, rejected FROM usage.etl_slice"
    assert rows(url, query) == [(DAY, "loaded", 12, 10, 1, 1)]


def test_unknown_time_zone_is_an_error(db: UsageDatabase) -> None:
    """A misspelled zone is named."""
    with pytest.raises(LoadError, match="Mars/Olympus"):
        db.replace_day(DAY, [], time_zone="Mars/Olympus")


def test_local_time_becomes_utc(url: str, db: UsageDatabase) -> None:
    """Old projects write their wall clock as if it were UTC; stored is UTC, and the day is the project's."""
    evening = int(datetime(2026, 7, 1, 23, 30, tzinfo=UTC).timestamp() * 1000)
    counts = db.replace_day(date(2026, 7, 1), [line(0, at=evening)], time_zone="America/Chicago")
    assert counts.inserted == 1
    assert rows(url, 'SELECT "time" FROM usage.product_event') == [(datetime(2026, 7, 2, 4, 30, tzinfo=UTC),)]
    assert rows(url, "SELECT count(*) FROM usage.product_event_2026_07") == [(1,)]
