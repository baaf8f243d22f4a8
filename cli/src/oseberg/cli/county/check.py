"""The work of `oseberg county check`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.county.register import opened_register, register_place
from oseberg.cli.county.waive import waivers_file
from oseberg.cli.exits import DONE, Failure
from oseberg.cli.journal import add_counts
from oseberg.cli.output import count, say
from oseberg.cli.settings import Settings
from oseberg.maze_authority import CheckSettings, Result, check, explain, rules_page
from oseberg.s3utils import S3, S3Url

if TYPE_CHECKING:
    from datetime import datetime


def explain_rule(name: str) -> str:
    """Return the explanation of a rule."""
    return explain(name) + "\n"


def list_rules(wanted: bool) -> str:  # noqa: FBT001 - a flag's value
    """Return the documentation page of all rules."""
    return rules_page() if wanted else ""


def run(
    records: Path,
    *,
    delivery: str | None,
    history: Path | None,
    waivers: Path | None,
    county: str | None,
    leases_only: bool,
    as_of: datetime | None,
    form: str,
    output: Path | None,
    split: Path | None,
    register: str | None,
    delivered: datetime | None,
    all_open: bool,
) -> int:
    """Check the records, and print or write the report."""
    if output is not None and output.exists() and output.samefile(records):
        raise click.BadParameter(f"{output} is the file of the records. Choose another file.", param_hint="-o")
    settings = Settings.load().validated("county.check", CheckSettings)
    place = register_place(register)
    with opened_register(place, create=True) if place else nullcontext() as book:
        result = check(
            records,
            images=None if delivery is None else list_images(delivery),
            history=history,
            county=county,
            waivers=waivers or stated_waivers(),
            complete_series=not leases_only,
            as_of=as_of.date() if as_of else None,
            settings=settings,
            register=book,
            delivered=delivered.date() if delivered else None,
            all_open=all_open,
        )
    write_report(result, form, output)
    if split is not None:
        write_split(result, split)
    add_counts(findings=len(result.findings))
    return result.exit_code


def stated_waivers() -> Path | None:
    """Return the file of waivers that the settings name, or None if it does not exist yet."""
    path = waivers_file(None)
    if path is None or path.exists():
        return path
    say(f"{path} does not exist yet: nothing is waived. oseberg county waive writes it.")
    return None


def list_images(delivery: str) -> str | list[tuple[str, int | None, str | None]]:
    """Return a delivery's images: the folder itself, or a list of the files below an `s3://` prefix."""
    if not is_s3(delivery):
        if not delivery or not Path(delivery).is_dir():
            fault = f"{delivery} is not a folder" if delivery else "--delivery is empty"
            raise Failure(f"{fault}. Pass the delivery's folder or its s3:// address.")
        return delivery
    given, s3 = S3Url(delivery), S3()
    folder = given.parent if given.name == "images" else given
    images = folder / "images/"
    start = len(images.key) - len("images/")
    found: list[tuple[str, int | None, str | None]] = [
        (one.key[start:], one.size, one.etag) for one in s3.list(images) if not one.is_folder_marker
    ]
    if not found and next(iter(s3.list(folder / "")), None) is None:
        raise Failure(f"{delivery} holds no files. Pass the delivery's address, the parent of images/.")
    return found


def write_report(result: Result, form: str, output: Path | None) -> None:
    """Print the report, or write it to a file and say where."""
    if output is None:
        click.echo(result.report(form), nl=False)
        return
    write_text(output, result.report(form), private=True)  # records name people
    state = "complete" if result.ok else f"not complete, {count(len(result.findings), 'finding')}"
    how = "" if result.exit_code == DONE else ". It says how to fix each; oseberg county waive accepts one."
    say(f"{output}: {state}{how}")


def write_split(result: Result, folder: Path) -> None:
    """Write the good records and the quarantine as JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    good, quarantine = result.write_split(folder)
    say(f"{folder}: {count(good, 'good record')}, {quarantine:,} in quarantine")
