"""A schema that never moves: values, names and types of one export fit those of the next."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.mixpanel_export import Report, SchemaError, concat, normalize, write_schema
from oseberg.mixpanel_export._columns.columns import INT, Column
from oseberg.mixpanel_export._columns.widen import fits_double
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import NOON, client, event

DAY = 86_400_000


def export(*values: Any, start: int = NOON, **options: Any) -> pd.DataFrame:
    """Give the frame of events with these values of `land`, a second apart."""
    lines = [event(start + 1000 * number, land=value) for number, value in enumerate(values)]
    return normalize(lines, **options)


def test_a_value_is_spelled_by_itself_alone() -> None:
    """A list somewhere in the range changes no string next to it."""
    alone, mixed = export("oil"), export("oil", ["oil", "gas"], 12, 12.5, True, {"a": 1})
    assert alone["land"].tolist() == ["oil"]
    assert mixed["land"].tolist() == ["oil", '["oil","gas"]', "12", "12.5", "true", '{"a":1}']


WEEKS = {
    "strings and lists": (["oil"], [["oil", "gas"], "oil"]),
    "integers, then fractions": ([12], [12.5]),
    "integers, fractions, then strings": ([12, 12.5], ["n/a"]),
    "whole fractions, then strings": ([12.0, 12.5], ["n/a"]),
    "booleans, then integers": ([True, None], [7]),
    "integers, then what a double can't hold": ([2**53 + 1], [0.5]),
    "nothing, then integers": ([None], [7]),
    "long integers": ([2**70], [0.5, 1]),
}


@pytest.mark.parametrize("dtype", ["arrow", "numpy_nullable"])
@pytest.mark.parametrize("weeks", WEEKS.values(), ids=WEEKS)
def test_concat_joins_exports_exactly(weeks: tuple[list[Any], list[Any]], dtype: str) -> None:
    """The joined frame is that of one export."""
    parts = [export(*values, start=NOON + number * DAY, dtype=dtype) for number, values in enumerate(weeks)]
    lines = [
        event(NOON + number * DAY + 1000 * place, land=value)
        for number, values in enumerate(weeks)
        for place, value in enumerate(values)
    ]
    joined, whole = concat(parts), normalize(lines, dtype=dtype)
    pd.testing.assert_frame_equal(joined, whole)
    assert joined.attrs["mixpanel_report"]["properties"] == whole.attrs["mixpanel_report"]["properties"]


NUMBERS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False).filter(lambda one: not one.is_integer())
)
VALUES = NUMBERS | st.text(st.characters(codec="utf-8")) | st.lists(st.integers(), max_size=2)


@settings(max_examples=40)
@given(st.lists(st.lists(VALUES, max_size=3), min_size=1, max_size=3))
def test_concat_is_exact_for_any_values(weeks: list[list[Any]]) -> None:
    """Whatever occurs in which week, nothing is lost or respelled."""
    lines = [
        [event(NOON + number * DAY + 1000 * place, land=value) for place, value in enumerate(values)]
        for number, values in enumerate(weeks)
    ]
    pd.testing.assert_frame_equal(concat(map(normalize, lines)), normalize(chain.from_iterable(lines)))


def test_concat_keeps_events_once_and_sums_the_figures() -> None:
    """An event in two exports is one; the one processed last stays."""
    one, two = (
        normalize([event(**{"$insert_id": "i", "mp_processing_time_ms": NOON + number, "n": number}), b"x", event()])
        for number in (1, 2)
    )
    joined = concat([one, two])
    assert joined["n"].dropna().tolist() == [2]
    report = joined.attrs["mixpanel_report"]
    assert (report["rows"], report["duplicates"], report["quarantined"]) == (3, 1, 2)


def test_concat_can_be_repeated_and_takes_snake_names() -> None:
    """A joined frame is an export again."""
    parts = [normalize([event(NOON + number, County=number, county=number)], names="snake") for number in range(3)]
    joined = concat([concat(parts[:2]), parts[2]])
    pd.testing.assert_frame_equal(joined, concat(parts))
    assert joined["county"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("frames", [[], [pd.DataFrame({"a": [1]})], ["x"]])
def test_concat_rejects_what_is_not_an_export(frames: list[Any]) -> None:
    """The error says what is expected."""
    with pytest.raises(SchemaError, match="frame"):
        concat(frames)
    with pytest.raises(SchemaError, match="different names"):
        concat([normalize([event(County=1)]), normalize([event(County=1)], names="snake")])


def schemas(folder: Path) -> dict[str, Any]:
    """Give the same schema in every form that `schema=` takes."""
    frame = normalize([event(plan="x", acres=1.5, empty=None)])
    paths = {name: folder / name for name in ("types.json", "report.json", "frame.parquet")}
    write_schema(paths["types.json"], frame)
    paths["report.json"].write_text(json.dumps(frame.attrs["mixpanel_report"]))
    frame.to_parquet(folder / "pandas.parquet")
    with serving([event(plan="x", acres=1.5, empty=None)]) as server:
        client(server).write(paths["frame.parquet"], "2026-11-01", "2026-11-01")
    report = Report.from_dict(frame.attrs["mixpanel_report"])
    types = {"plan": "string", "acres": "double", "empty": "null"}
    return {"frame": frame, "report": report, "types": types, "report as a dict": report.to_dict()} | {
        name: str(path) if name == "types.json" else path for name, path in paths.items()
    }


def test_a_schema_is_read_from_every_form(tmp_path: Path) -> None:
    """The columns are there with no event that has them."""
    for name, schema in schemas(tmp_path).items():
        frame = normalize([event(acres=3)], schema=schema)
        assert {key: str(frame[key].dtype) for key in ("acres", "empty", "plan")} == {
            "acres": "double[pyarrow]",
            "empty": "string[pyarrow]",
            "plan": "string[pyarrow]",
        }, name
        assert frame.attrs["mixpanel_report"]["widened"] == {}


def test_a_schema_means_at_least() -> None:
    """Values that need more widen their column, and the report says so."""
    schema = {"plan": "int64", "flag": "bool", "large": "double", "land": "json"}
    frame = normalize([event(plan="x", flag=7, large=2**53 + 1, land="oil")], schema=schema)
    assert frame.loc[0, ["plan", "flag", "large", "land"]].tolist() == ["x", "7", str(2**53 + 1), "oil"]
    assert frame.attrs["mixpanel_report"]["widened"] == {
        "plan": ("int64", "string"),
        "flag": ("bool", "string"),
        "large": ("double", "string"),
    }


def test_a_property_without_values_takes_any_type_later() -> None:
    """What was never filled is a string column, and widens nothing next time."""
    first = normalize([event(plan=None)])
    assert normalize([event(plan=5)], schema=first)["plan"].tolist() == [5]


def test_a_file_of_the_first_edition_is_a_schema(tmp_path: Path) -> None:
    """Without types in its metadata, the columns' own count."""
    table = pa.table({"time": pa.array([], pa.timestamp("us", "UTC")), "mp_os": pa.array([], pa.int64())})
    names = {"time": "time", "$os": "mp_os"}
    pq.write_table(table.replace_schema_metadata({"mixpanel_names": json.dumps(names)}), tmp_path / "old.parquet")
    frame = normalize([event()], schema=tmp_path / "old.parquet", names="snake")
    assert str(frame["mp_os"].dtype) == "int64[pyarrow]"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"),
        ("{", "neither a Parquet file nor JSON"),
        ("[1]", "does not hold a JSON object"),
        ('{"a": "date"}', "type"),
    ],
)
def test_a_schema_file_that_is_none_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    """The error names the path and the cause."""
    path = tmp_path / "schema.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SchemaError, match=words):
        normalize(b"", schema=path)
    with pytest.raises(SchemaError, match="was not made by export"):
        normalize(b"", schema=pd.DataFrame())


def test_a_parquet_file_has_no_null_type(tmp_path: Path) -> None:
    """A property without values is a string column, so that weeks can be read together."""
    for number, plan in enumerate((None, "x")):
        with serving([event(plan=plan)]) as server:
            client(server).write(tmp_path / f"{number}.parquet", "2026-11-01", "2026-11-01")
    assert pd.read_parquet(tmp_path)["plan"].dropna().tolist() == ["x"]


@pytest.mark.parametrize("dtype", ["arrow", "numpy_nullable"])
def test_times_behave_as_pandas_users_expect(dtype: str) -> None:
    """Texts, periods and times of day select rows."""
    frame = export(1, 2, dtype=dtype)
    assert len(frame[frame.time >= "2026-11-01"]) == 2
    assert list(frame.select_dtypes("datetimetz")) == ["time", "processed_at", "received_at"]
    indexed = frame.set_index("time")
    assert len(indexed.loc["2026-11-01"]) == 2
    assert len(indexed.between_time("11:00", "13:00")) == 2
    assert str(indexed.index.tz_localize(None).to_period("M")[0]) == "2026-11"


def test_a_part_of_a_batch_may_lack_a_columns_integers() -> None:
    """A batch that crosses midnight is parted between two days; one of them may have no value of the column."""
    assert fits_double(Column(INT, pa.array([None, None], pa.int64())))
    assert fits_double(Column(INT, pa.array([2**53, None], pa.int64())))
    assert not fits_double(Column(INT, pa.array([2**53 + 1], pa.int64())))
