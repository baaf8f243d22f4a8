"""Leaves the events of some people out of rows of an archive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._archive.parquet import pyarrow

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    import pyarrow as pa


def without(
    batch: pa.RecordBatch, named: Callable[[str, dict[str, Any]], bool], zone: ZoneInfo, gone: Counter[date]
) -> pa.RecordBatch:
    """Return the rows that name none of the people.

    Args:
        batch: Rows of an archive.
        named: Whether an event with this `distinct_id` and these properties is one of theirs.
        zone: The zone of the days.
        gone: Counts, by day, the rows that are left out.
    """
    arrow, _ = pyarrow()
    ids, properties = (batch.column(name).to_pylist() for name in ("distinct_id", "properties"))
    theirs = [named(text, _content(more)) for text, more in zip(ids, properties, strict=True)]
    if not any(theirs):
        return batch
    mask = arrow.array(theirs, arrow.bool_())
    gone.update(moment.astimezone(zone).date() for moment in batch.column("time").filter(mask).to_pylist())
    return batch.filter(arrow.array([not one for one in theirs], arrow.bool_()))


def _content(properties: str) -> dict[str, Any]:
    try:
        content = orjson.loads(properties)
    except orjson.JSONDecodeError:  # Postgres holds numbers that orjson doesn't
        content = json.loads(properties)
    return content if isinstance(content, dict) else {}
