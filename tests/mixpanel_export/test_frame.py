"""The typed frame: leading columns, the lattice of types, ids, duplicates, hot shards."""

import json

import pandas as pd
import pytest

from oseberg.mixpanel_export import Report, SchemaError, SettingsError, TruncatedExportError, normalize
from tests.mixpanel_export.helpers import NOON, event

LEADING = [
    "event",
    "time",
    "distinct_id",
    "user_id",
    "device_id",
    "distinct_id_before_identity",
    "insert_id",
    "processed_at",
    "received_at",
    "lib",
]
STAMP = "datetime64[us, UTC]"


def raw(properties: str, name: str = "e") -> bytes:
    return f'{{"event":"{name}","properties":{{{properties}}}}}'.encode("utf-8", "surrogatepass")


def values(*texts: str) -> pd.Series:
    """Give the column of a property that has these JSON values, in this order."""
    return normalize([raw(f'"time":{number + 1},"p":{text}') for number, text in enumerate(texts)])["p"]


def test_leading_columns_are_there_even_without_rows() -> None:
    """No rows still make a frame with the ten typed columns."""
    for frame in (normalize(b""), normalize([]), normalize(["", "\n"])):
        assert list(frame.columns) == LEADING
        assert [str(kind) for kind in frame.dtypes].count(STAMP) == 3
        assert [str(kind) for kind in frame.dtypes].count("string[pyarrow]") == 7


LATTICE = {
    "nothing": (["null", "null"], "string", [None, None]),
    "booleans": (["true", "null", "false"], "bool", [True, None, False]),
    "integers": (["1", "9007199254740993"], "int64", [1, 9007199254740993]),
    "booleans and integers": (["true", "7"], "string", ["true", "7"]),
    "booleans and floats": (["false", "0.5"], "string", ["false", "0.5"]),
    "integers and floats": (["1", "2.5"], "double", [1.0, 2.5]),
    "a large integer that a double holds": (["1152921504606846976", "2.5"], "double", [2.0**60, 2.5]),
    "an integer that a double can't hold": (["9007199254740993", "2.5"], "string", ["9007199254740993", "2.5"]),
    "strings and others": (['"00123"', "true", "1.0", "5"], "string", ["00123", "true", "1.0", "5"]),
    "strings stay strings": (['"2026-11-01"', '"true"'], "string", ["2026-11-01", "true"]),
    "integers beyond 64 bits": (["18446744073709551616", "1"], "string", ["18446744073709551616", "1"]),
    "unsigned 64 bits": (["18446744073709551615"], "string", ["18446744073709551615"]),
    "negative beyond 64 bits": (["-9223372036854775809"], "string", ["-9223372036854775809"]),
    "the smallest of 64 bits": (["-9223372036854775808", "1"], "int64", [-(2**63), 1]),
    "objects": (['{"b":1,"a":[2]}'], "string", ['{"b":1,"a":[2]}']),
    "objects and others": (["[1]", '"s"', "2", "true"], "string", ["[1]", "s", "2", "true"]),
    "big integers in objects": (['{"a":18446744073709551616}'], "string", ['{"a":18446744073709551616}']),
    "big integers after long fractions": (
        ["0.1234567890123456789012345678901234567890123", "18446744073709551616"],
        "string",
        ["0.12345678901234568", "18446744073709551616"],
    ),
    "big integers and long fractions together": (
        ['{"a":0.1234567890123456789012345678901234567890123,"b":18446744073709551616}'],
        "string",
        ['{"a":0.12345678901234568,"b":18446744073709551616}'],
    ),
    "fractions of many digits": (["0.1234567890123456789012"], "double", [0.12345678901234568]),
    "strings that look quoted": (['"\\"x\\""', "1"], "string", ['"x"', "1"]),
}


@pytest.mark.parametrize(("texts", "kind", "expected"), LATTICE.values(), ids=LATTICE)
def test_types_widen_without_changing_a_value(texts: list[str], kind: str, expected: list[object]) -> None:
    """Each mix of JSON values gets the narrowest type of the lattice that holds all of them unchanged."""
    column = values(*texts)
    assert str(column.dtype) == f"{kind}[pyarrow]"
    assert [None if pd.isna(value) else value for value in column] == expected


def test_not_a_number_stays_and_lone_surrogates_become_their_escape() -> None:
    """What only the lenient reader can read is kept, in values, names and objects."""
    assert str(values("NaN", "1.5").tolist()) == "[nan, 1.5]"
    assert values("NaN", '"x"').tolist() == ["NaN", "x"]
    assert values('"a\\ud800"').tolist() == ["a\\ud800"]
    assert values('"a\ud800"').tolist() == ["a\\ud800"]
    assert values('{"k\\ud800":[NaN]}').tolist() == ['{"k\\\\ud800":[NaN]}']


def test_ids_are_strings_always() -> None:
    """A numeric, boolean or nested id is a string; 23 digits stay 23 digits."""
    ids = ["7", '"7"', "12345678901234567890123", "true", '{"a":1}', "1.5"]
    frame = normalize([raw(f'"time":{n + 1},"distinct_id":{text}') for n, text in enumerate(ids)])
    assert frame["distinct_id"].tolist() == ["7", "7", "12345678901234567890123", "true", '{"a":1}', "1.5"]


def test_seconds_and_milliseconds_are_told_apart_by_magnitude() -> None:
    """Values above 1e11 are milliseconds; fractions of a second are kept."""
    frame = normalize([raw('"time":1602611311'), raw('"time":1602611312000'), raw('"time":1602611313.5')])
    assert [str(time) for time in frame["time"]] == [
        "2020-10-13 17:48:31+00:00",
        "2020-10-13 17:48:32+00:00",
        "2020-10-13 17:48:33.500000+00:00",
    ]


def test_a_time_that_is_none_is_set_aside_and_a_missing_one_is_not() -> None:
    """An event without time is kept last; one with an impossible time is quarantined with its reason."""
    lines = [raw(""), raw('"time":"x"'), raw('"time":1e300'), raw('"time":null'), raw('"time":5')]
    frame = normalize(lines)
    assert frame["time"].isna().tolist() == [False, True, True]
    reasons = [found["reason"] for found in frame.attrs["mixpanel_report"]["unreadable"]]
    assert reasons == ["its time 'x' is not a number", "its time 1e+300 is outside the years 1 to 9999"]


def duplicate(processed: int, **properties: object) -> bytes:
    return event(**{"$insert_id": "i", "mp_processing_time_ms": processed} | properties)


def test_of_duplicates_the_one_processed_last_stays() -> None:
    """The key is event, distinct_id, time and $insert_id; the order of arrival does not matter."""
    lines = [duplicate(5, v="old"), duplicate(9, v="new"), duplicate(7, v="mid")]
    for order in (lines, lines[::-1]):
        frame = normalize(order)
        assert frame["v"].tolist() == ["new"]
        assert frame.attrs["mixpanel_report"]["duplicates"] == 2


def test_what_differs_in_the_key_or_has_no_insert_id_is_not_a_duplicate() -> None:
    """Another event, person, time or id is another event; without an id nothing is a duplicate."""
    lines = [
        duplicate(5),
        duplicate(5, distinct_id="8"),
        duplicate(5, time=NOON + 1),
        duplicate(5, **{"$insert_id": "j"}),
    ]
    lines += [event(), event(), event(**{"$insert_id": ""}), event(**{"$insert_id": ""})]
    assert len(normalize(lines)) == 8


def test_hot_shards_are_restored_and_their_originals_kept() -> None:
    """A rewritten event gets its name and distinct_id back, unless asked otherwise."""
    line = event(
        name="$hotshard_events",
        distinct_id="",
        mp_original_event_name="Signed up",
        mp_original_distinct_id="hot@example.com",
    )
    frame = normalize([line])
    assert frame.loc[0, ["event", "distinct_id"]].tolist() == ["Signed up", "hot@example.com"]
    assert frame.loc[0, "mp_original_distinct_id"] == "hot@example.com"
    assert normalize([line], restore_hot_shards=False).loc[0, "event"] == "$hotshard_events"
    assert normalize([event(name="$hotshard_events")]).loc[0, "event"] == "$hotshard_events"


def test_pinned_types_hold_and_absent_properties_get_their_column() -> None:
    """schema= widens what is there and adds what is not; a later export has the same columns."""
    pins = {"n": "double", "t": "string", "gone": "int64", "j": "json", "f": "string"}
    frame = normalize([event(n=1, t=True, j="x", f=0.5)], schema=pins)
    assert {name: str(frame[name].dtype) for name in pins} == {
        "n": "double[pyarrow]",
        "t": "string[pyarrow]",
        "gone": "int64[pyarrow]",
        "j": "string[pyarrow]",
        "f": "string[pyarrow]",
    }
    assert frame.loc[0, ["t", "j", "f"]].tolist() == ["true", "x", "0.5"]


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        ({"n": "date"}, "is not a type"),
        ({"$insert_id": "int64"}, "leading columns"),
        (["n"], "must map property names to types"),
    ],
)
def test_a_schema_that_no_result_can_have_is_rejected(pins: dict[str, str], words: str) -> None:
    """The error names the property and what to do."""
    with pytest.raises(SchemaError, match=words):
        normalize([event(n=1, large=2**53 + 1)], schema=pins)


def test_properties_never_take_a_leading_column() -> None:
    """A property called like a leading column is written as prop_NAME."""
    frame = normalize([event(event="x", lib="y", user_id=5, mp_lib="web")])
    assert frame.loc[0, ["lib", "prop_event", "prop_lib", "prop_user_id"]].tolist() == ["web", "x", "y", 5]
    assert frame.attrs["mixpanel_names"]["user_id"] == "prop_user_id"
    assert frame.attrs["mixpanel_names"]["$user_id"] == "user_id"


def test_a_stamp_that_is_not_a_number_keeps_a_column_of_its_own() -> None:
    """Nothing is lost when a reserved property holds something else."""
    for odd in ("soon", 2**63 - 1, 2**70, -(2**62), -1, 1e300):
        frame = normalize([event(mp_processing_time_ms=odd)])
        assert frame["processed_at"].isna().all()
        assert str(frame.loc[0, "mp_processing_time_ms"]) == str(odd)
    assert "mp_processing_time_ms" not in normalize([event(mp_processing_time_ms=None), event()])


def test_numpy_nullable_types() -> None:
    """dtype="numpy_nullable" gives pandas' own nullable types."""
    frame = normalize([event(n=1, f=0.5, b=True, s="x"), event(time=NOON + 1)], dtype="numpy_nullable")
    assert [str(frame[name].dtype) for name in ("n", "f", "b", "s", "time")] == [
        "Int64",
        "Float64",
        "boolean",
        "string",
        "datetime64[us, UTC]",
    ]
    assert frame["n"].isna().tolist() == [False, True]


@pytest.mark.parametrize("option", [{"names": "camel"}, {"dtype": "object"}, {"time_zone": "Mars/Olympus"}])
def test_unknown_words_for_options_are_refused(option: dict[str, str]) -> None:
    """A misspelled option is an error that says what there is."""
    with pytest.raises(SettingsError, match=next(iter(option))):
        normalize(b"", **option)


def test_lines_may_be_bytes_or_text_whole_or_apart() -> None:
    """A body, a file's lines and a list of texts give the same frame."""
    lines = [event(n=1), event(time=NOON + 1, n=2)]
    frames = [
        normalize(b"\n".join(lines)),
        normalize(b"\n".join(lines).decode()),
        normalize(bytearray(b"\n".join(lines))),
        normalize(memoryview(b"\n".join(lines))),
        normalize(lines),
        normalize(b"\xef\xbb\xbf" + line for line in lines),
        normalize(line.decode() + "\n" for line in lines),
    ]
    for frame in frames[1:]:
        frame.attrs = frames[0].attrs  # how many lines had a mark before them
        pd.testing.assert_frame_equal(frame, frames[0])


def test_events_that_are_parsed_already_are_refused() -> None:
    """A line is what Mixpanel sent; the error says what was given instead."""
    with pytest.raises(TypeError, match="not dict"):
        normalize([{"event": "x", "properties": {}}])


def test_a_body_must_end_with_an_event() -> None:
    """Normalize judges the end of a body as the client does."""
    with pytest.raises(TruncatedExportError, match="terminated early"):
        normalize([event(), b"terminated early"])
    with pytest.raises(TruncatedExportError, match="error"):
        normalize([event(), b'{"error":"x"}'])
    with pytest.raises(TruncatedExportError, match="not an event"):
        normalize([event(), b'{"error":"x","event":"y"}'])


def test_an_event_needs_properties_and_utf8() -> None:
    """What is not an event in the middle is set aside with its reason."""
    deep = b'{"event":"e","properties":{"p":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    frame = normalize([b'{"event":"e"}', b'"\xff"', deep, event()])
    reasons = [found["reason"] for found in frame.attrs["mixpanel_report"]["unreadable"]]
    assert reasons == ["it has no properties", "it is not valid UTF-8", "it is nested too deeply"]


def test_reports_compare_and_survive_json() -> None:
    """A report tells which properties are new, lost or retyped since another one."""
    first = Report.from_dict(json.loads(json.dumps(normalize([event(a=1, b="x")]).attrs["mixpanel_report"])))
    second = Report.from_dict(normalize([event(a="1", c=True)]).attrs["mixpanel_report"] | {"later": 1})
    changes = second.changes(first)
    assert (changes.new, changes.lost, changes.retyped) == ({"c": "bool"}, {"b": "string"}, {"a": ("int64", "string")})


def test_a_report_shows_its_figures_alone() -> None:
    """Hundreds of properties and the text of odd lines are there, but not in the way."""
    report = Report(
        rows=3, properties={"county": "string"}, unreadable=[{"line": "x", "reason": "it is not valid JSON"}]
    )
    assert repr(report).startswith("Report(rows=3, duplicates=0,")
    assert "county" not in repr(report)


def test_attributes_survive_parquet(tmp_path: object) -> None:
    """Attrs hold only what JSON can, so that pandas writes them with the frame."""
    path = f"{tmp_path}/frame.parquet"
    frame = normalize([event(a=1)])
    frame.to_parquet(path)
    assert pd.read_parquet(path).attrs["mixpanel_names"] == frame.attrs["mixpanel_names"]
