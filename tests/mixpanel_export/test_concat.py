"""Exports of several days, joined, are the export of all of them."""

import json
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.mixpanel_export import SchemaError, concat, normalize
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import NOON, client, event

DAY = 86_400_000
NAMES = ["a", "$os", "mp_os", "County", "county", "1st", "event", "größe", "$country_code", "mp_country_code", "lib"]
IDS = ["distinct_id", "$user_id", "user_id", "$insert_id", "insert_id", ""]
MOMENTS = ["mp_processing_time_ms", "$mp_api_timestamp_ms"]
WHOLE = [0, 1, -3, 2**53 + 1, 2**60, 10**25]
ODD = [None, True, "", "oil", "true", "12.5", "[1]", "ü\u2028", [], ["oil", [2]], {}, {"b": [1.5, True]}]
ANY = st.sampled_from([*WHOLE, 1.5, -0.0, 1e300, *ODD])
PROPERTIES = st.dictionaries(st.sampled_from(NAMES + IDS), ANY, max_size=5) | st.dictionaries(
    st.sampled_from(MOMENTS), st.sampled_from([*WHOLE, NOON, *ODD]), max_size=2
)


def body(properties: list[dict[str, Any]], day: int) -> list[bytes]:
    """Give the events of a day."""
    return [event(NOON + day * DAY + number, **{"distinct_id": "7"} | one) for number, one in enumerate(properties)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(PROPERTIES, max_size=4), min_size=1, max_size=3),
    st.sampled_from(["raw", "snake"]),
    st.sampled_from(["arrow", "numpy_nullable"]),
)
def test_days_joined_are_the_whole(
    days: list[list[dict[str, Any]]], names: Literal["raw", "snake"], dtype: Literal["arrow", "numpy_nullable"]
) -> None:
    """Values, types, names and figures are those of one export, whatever the days hold."""
    bodies = [body(properties, day) for day, properties in enumerate(days)]
    whole = normalize(chain.from_iterable(bodies), names=names, dtype=dtype)
    joined = concat(normalize(lines, names=names, dtype=dtype) for lines in bodies)
    pd.testing.assert_frame_equal(joined, whole)
    assert joined.attrs == whole.attrs


KINDS: dict[str, tuple[list[Any], list[Any]]] = {
    "a large integer, then a fraction": ([{"n": 2**60}], [{"n": 1.5}]),
    "minus zero, then a text": ([{"n": -0.0}, {"n": 3}], [{"n": "x"}]),
    "a name, then the name with a dollar": ([{"mp_os": "a"}], [{"$os": "b", "mp_os": "c"}]),
    "a moment, then none": ([{"mp_processing_time_ms": NOON}], [{"mp_processing_time_ms": "soon"}]),
    "a yes, then a number, then a list": ([{"n": True}, {"n": 2}], [{"n": ["2"]}]),
}


@pytest.mark.parametrize("days", KINDS.values(), ids=KINDS)
def test_what_changes_between_two_days(days: tuple[list[Any], list[Any]]) -> None:
    """Each of these was an error, or spelled otherwise, when two days were joined."""
    bodies = [body(properties, day) for day, properties in enumerate(days)]
    joined = concat(normalize(lines, names="snake") for lines in bodies)
    pd.testing.assert_frame_equal(joined, normalize(chain.from_iterable(bodies), names="snake"))


def test_a_frame_of_which_columns_were_dropped_is_joined() -> None:
    """Its names are those that it came with, so the one with the suffix stays what it is."""
    first = normalize([event(NOON, **{"$os": "a", "mp_os": "b"})], names="snake")
    second = normalize([event(NOON + DAY, **{"$os": "c"})], names="snake")
    joined = concat([first.drop(columns="mp_os"), second])
    assert joined["mp_os"].tolist() == ["a", "c"]
    assert json.loads(json.dumps(joined.attrs))["mixpanel_names"]["$os"] == "mp_os"


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_files_are_joined_as_frames_are(tmp_path: Path, backend: Literal["pyarrow", "numpy_nullable"]) -> None:
    """A file that was written knows its types and names, so that frames read from it are joined exactly."""
    days = [[{"n": 1, "$os": "a"}, {"n": 2**60}], [{"n": 2.5, "m": True}, {"m": None}], [{"n": ["x"]}, {"n": 3.5}]]
    lines = [body(properties, day) for day, properties in enumerate(days)]
    with serving(list(chain.from_iterable(lines))) as server:
        for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
            client(server).write(tmp_path / f"{day}.parquet", day, day)
    files = [pd.read_parquet(path, dtype_backend=backend) for path in sorted(tmp_path.iterdir())]
    whole = normalize(chain.from_iterable(lines))
    pd.testing.assert_frame_equal(concat(files), whole, check_dtype=backend == "pyarrow")
    assert normalize([event()], schema=files[0]).dtypes["n"] == whole.dtypes["$os"].__class__(pa.int64())


def test_integers_that_pandas_has_rounded_are_not_joined(tmp_path: Path) -> None:
    """By default, pandas reads a column of integers with a missing value as doubles."""
    with serving([event(NOON, n=2**53 + 1), event(NOON + 1)]) as server:
        client(server).write(tmp_path / "e.parquet", "2026-11-01", "2026-11-01")
    with pytest.raises(SchemaError, match=r"integers of 'n' were rounded .* dtype_backend"):
        concat([pd.read_parquet(tmp_path / "e.parquet"), normalize([event(NOON + DAY, n=1.5)])])
