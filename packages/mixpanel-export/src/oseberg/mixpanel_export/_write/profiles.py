"""Profiles -> a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._checks import check_choice
from oseberg.mixpanel_export._frame.profiles import ProfileTable
from oseberg.mixpanel_export._read.json_values import spell
from oseberg.mixpanel_export._write.objects import SCALARS, line_of
from oseberg.mixpanel_export._write.sinks import SINKS
from oseberg.mixpanel_export._write.target import Target, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("csv", "jsonl", "parquet")


def check_format(kind: str) -> None:
    """Reject a format that profiles don't have: they don't come as lines."""
    check_choice("format", kind, FORMATS)


def write_profiles(
    target: Target, kind: str, found: ProfileTable, pages: list[list[tuple[str, dict[str, Any]]]]
) -> None:
    """Write profiles to a file.

    Args:
        target: The path or stream.
        kind: The format.
        found: The profiles as columns.
        pages: The profiles as they came.
    """
    with opened(target) as file:
        if kind == "jsonl":
            file.writelines(map(line_of, rows(found, pages)))
            return
        sink = SINKS[kind](file, found.table.schema)
        for batch in found.table.to_batches():
            sink.write(batch)
        sink.close()


def rows(found: ProfileTable, pages: list[list[tuple[str, dict[str, Any]]]]) -> Iterator[dict[str, Any]]:
    """Yield each profile with the keys that it has; objects and lists are JSON."""
    texts = {raw for raw, kind in found.types.items() if kind in {"string", "json"}}
    for page in pages:
        for distinct_id, properties in page:
            values = {
                found.names[raw]: spell(value) if raw in texts and type(value) in SCALARS else value
                for raw, value in properties.items()
            }
            yield {"distinct_id": distinct_id} | values
