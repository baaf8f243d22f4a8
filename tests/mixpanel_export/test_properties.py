"""Any chunking, any order, any size of batch: the same frame."""

import gzip
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.mixpanel_export import normalize
from oseberg.mixpanel_export._http.gunzip import plain
from oseberg.mixpanel_export._read.lines import line_blocks
from tests.mixpanel_export.helpers import NOON, event

calm = settings(max_examples=60)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(2**52, 2**54) | st.floats() | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(TEXTS, SCALARS, max_size=2)
KEYS = st.sampled_from(["a", "b", "$os", "event", "$insert_id", "distinct_id", "é \ud800"])
PROPERTIES = st.dictionaries(KEYS, VALUES, max_size=5)
TIMES = st.integers(NOON, NOON + 3) | st.none()


@st.composite
def bodies(draw: st.DrawFn) -> list[bytes]:
    """Give some lines; now and then one stands there twice."""
    events = [event(draw(TIMES), **draw(PROPERTIES)) for _ in range(draw(st.integers(1, 8)))]
    return events + draw(st.lists(st.sampled_from(events), max_size=2))


@calm
@given(bodies(), st.data())
def test_order_does_not_matter(lines: list[bytes], data: st.DataObject) -> None:
    """Rows, values, types and columns are the same in any order of arrival."""
    shuffled = data.draw(st.permutations(lines))
    pd.testing.assert_frame_equal(normalize(shuffled), normalize(lines))


@calm
@given(bodies(), st.integers(1, 200))
def test_batch_size_does_not_matter(lines: list[bytes], size: int) -> None:
    """Types are decided over the whole result, not by batch."""
    whole = normalize(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_blocks, "__defaults__", (size,))
        patch.setattr("oseberg.mixpanel_export._frame.frame.blocks_of", iter)
        pd.testing.assert_frame_equal(normalize(lines), whole)


@calm
@given(bodies(), st.lists(st.integers(1, 400)), st.integers(1, 300), st.booleans())
def test_chunks_do_not_matter(lines: list[bytes], cuts: list[int], size: int, packed: bool) -> None:
    """A record in two chunks is one record, packed or not."""
    body = b"\n".join(lines)
    content = gzip.compress(body) if packed else body
    pieces = []
    for cut in cuts:
        pieces.append(content[:cut])
        content = content[cut:]
    blocks = list(line_blocks(plain(iter([*pieces, content])), size))
    assert b"\n".join(blocks).split(b"\n") == lines


def same(column: pd.Series, expected: list[Any]) -> bool:
    return [None if value is pd.NA or value is None else value for value in column] == expected


@calm
@given(
    st.lists(
        st.none() | st.integers(-(2**70), 2**70) | st.booleans() | st.text(st.characters(codec="utf-8")), min_size=1
    )
)
def test_no_value_is_lost_or_rounded(values: list[Any]) -> None:
    """What a column of ids, counts or texts shows is what JSON said."""
    column = normalize([event(NOON + number, p=value) for number, value in enumerate(values)])["p"]
    kinds = {type(value) for value in values} - {type(None)}
    fits = all(-(2**63) <= value < 2**63 for value in values if isinstance(value, int))
    if str in kinds or {bool, int} <= kinds or not fits:
        values = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    assert same(column, values)
