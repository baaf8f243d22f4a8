"""The work of `oseberg county diff`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.output import count, say
from oseberg.county_parsers import Differences, compare_records

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 60  # a list of parties fills lines; --json shows all of it


def run(old: Path, new: Path, *, form: str, output: Path | None) -> None:
    """Compare two versions of records, and print or write what differs."""
    found = compare_records(old, new)
    text = {"text": as_text, "json": as_json, "csv": as_csv}[form](found)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text, private=True)  # records name people
    say(
        f"{len(found.added):,} added, {len(found.withdrawn):,} withdrawn, {count(len(found.changed), 'document')} "
        f"changed, {found.unchanged:,} unchanged"
    )


def as_text(found: Differences) -> str:
    """Return the differences for a person: a line for each document, and one for each of its fields."""
    lines = []
    last = None
    for row in found.rows():
        if (row["what"], row["document"]) != last:
            lines.append(f"{row['what']:9}  {row['document']}")
            last = row["what"], row["document"]
        if row["field"]:
            lines.append(f"           {row['field']}: {shorten(row['old'])} -> {shorten(row['new'])}")
    return "".join(f"{line}\n" for line in lines)


def shorten(value: object) -> str:
    """Return a value as JSON, cut to fit a line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def as_json(found: Differences) -> str:
    """Return the differences as JSON: the records that were added and withdrawn, and the changes by field."""
    changed = [
        {
            "document": change.document,
            "fields": {name: {"old": old, "new": new} for name, (old, new) in change.fields.items()},
        }
        for change in found.changed
    ]
    whole = {"added": found.added, "withdrawn": found.withdrawn, "changed": changed, "unchanged": found.unchanged}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_csv(found: Differences) -> str:
    """Return the differences as CSV: what, document, field, old, new."""
    return found.frame().to_csv(index=False)
