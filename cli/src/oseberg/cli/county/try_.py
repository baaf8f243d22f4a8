"""The work of `oseberg county try`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.county.own import own_counties
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.output import count, say
from oseberg.county_parsers import needs_attention, preview

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OF_TRACTS = ("text", "kind")  # the text is in the row already


def run(name: str, file: Path, *, documents: int) -> int:
    """Print the first documents next to their rows, and the column of each reject."""
    found = preview(name, file, documents=documents, folder=own_counties())
    for record, rows in found.documents:
        for (place, line), text in rows.items():
            click.echo(f"{place}, line {line}: {text}")
        for key, value in stated(record):
            click.echo(f"    {key}: {value}")
        click.echo()
    for reject in found.rejects:
        column = f", column {reject['column']}" if reject["column"] else ""
        click.echo(f"{reject['file']}, line {reject['line']}: rejected, {reject['reason']}{column}")
        click.echo(f"    {reject['text']}")
    summary = found.summary
    say(f"{count(summary['records'], 'record')} of {count(summary['rows'], 'row')}; {summary['rejected']:,} rejected")
    if summary["unmapped_types"]:
        say(f"Types without a standard type: {', '.join(summary['unmapped_types'])}")
    for problem in summary.get("problems", []):
        say(problem)
    return NEEDS_ATTENTION if needs_attention(summary) else DONE


def stated(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a line for each value that a record states; absent values are left out."""
    for key, value in record.items():
        if key in {"county_fips", "source"} or value in (None, [], {}, False):
            continue
        if isinstance(value, list):
            for item in value:
                yield key.removesuffix("s"), ", ".join(parts(item))
        else:
            yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def parts(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values of a party, a tract, a reference or an image, with their names."""
    if "kind" in item:
        yield item["kind"]
    for name, value in item.items():
        if value is not None and name not in OF_TRACTS:
            yield str(value) if name in {"name", "path"} else f"{name} {value}"
