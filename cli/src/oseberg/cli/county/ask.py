"""The work of `oseberg county ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_bytes
from oseberg.cli.county.register import day_of, find_fips, opened_register
from oseberg.cli.output import count, say
from oseberg.maze_authority import request_csv, request_html, request_text, request_xlsx, vendor_request

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FORMS = {"text": request_text, "csv": request_csv, "html": request_html}


def run(
    county: str, *, register: str | None, as_of: datetime | None, form: str, output: Path | None, mark_asked: bool
) -> None:
    """Print what to ask the vendor of a county for, or write it to a file."""
    if form == "xlsx" and output is None:
        raise click.UsageError("A workbook needs a file: add -o request.xlsx.")
    fips, today = find_fips(county), day_of(as_of)
    with opened_register(register) as book:
        request = vendor_request(book, fips, today=today)
        content = request_xlsx(request) if form == "xlsx" else FORMS[form](request).encode()
        # Written before it is marked: a request that can't be written was not sent.
        if output is None:
            click.echo(content.decode(), nl=False)
        else:
            write_bytes(output, content, private=True)
            say(f"{output}: {count(len(request.items), 'item')}")
        if mark_asked:
            marks = [item.fingerprint for item in request.items if item.fingerprint]
            say(f"{count(book.mark_asked(fips, marks, today), 'item')} marked as requested on {today}")
