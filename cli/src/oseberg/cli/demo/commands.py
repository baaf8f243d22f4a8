"""The command `oseberg demo`: the real commands, one after the other, on the sample that ships with them."""

from __future__ import annotations

import gzip
import io
import os
import shlex
import shutil
import zipfile
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.exits import NEEDS_A_PERSON, Failure
from oseberg.cli.output import say
from oseberg.cli.settings import Settings, home

if TYPE_CHECKING:
    from collections.abc import Iterator

SINCE, UNTIL = "2026-08-03", "2026-11-02"
DELIVERY = "48003/20180605"


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="demo",
    show_default=True,
    help="Folder for the files and pages that the demo writes.",
)
def demo(out: Path) -> None:
    """Do the main job on sample data, from start to finish.

    Serves 13 weeks of made-up product events as Mixpanel would, loads them into embedded Postgres, scores users and
    companies, writes the health page; then parses a sample delivery of Andrews County, checks it and writes that
    report. Each step is a command that you can use by itself. A second run changes nothing.

    \b
    Example:
      oseberg demo --out demo
    """
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    unpack(out)
    with sample_environment():
        usage(out)
    county(out)
    pages = [out / name for name in ("health.html", "events.parquet", "andrews/records.jsonl", "andrews/checks.html")]
    say("\nWritten (the .html pages open in a browser, without a network):")
    for page in pages:
        click.echo(page)


def usage(out: Path) -> None:
    """Take the events from Mixpanel's stand-in to the health page."""
    period = ["--since", SINCE, "--until", UNTIL]
    step("Export events from Mixpanel as one typed table", "mixpanel", "export", *period, *to(out / "events.parquet"))
    step("Create or upgrade the schema", "db", "upgrade")
    step("Load users and companies", "db", "accounts", str(out / "users.csv"), str(out / "groups.csv"))
    step("Load the events, day by day", "mixpanel", "load", *period)
    step("Score every complete week", "score", "weekly")
    step("The companies, those that need attention first", "score", "companies")
    step("Write the health page", "score", "report", "-o", str(out / "health.html"))


def county(out: Path) -> None:
    """Take a courthouse's delivery to checked records."""
    delivery, records = out / "delivery" / DELIVERY, out / "andrews"
    step(
        "Parse a delivery of Andrews County, Texas", "county", "parse", "andrews", str(delivery), "--out", str(records)
    )
    check = ["county", "check", str(records / "records.jsonl"), "--delivery", str(delivery)]
    step("Check that nothing is missing", *check)
    step("Write the report of the checks", *check, "--format", "html", "-o", str(records / "checks.html"))


def to(path: Path) -> list[str]:
    """Give the options that write a Parquet file."""
    return ["--format", "parquet", "-o", str(path)]


def step(title: str, *arguments: str) -> None:
    """Run one command of ours as a person would, showing how it is called; nobody's oseberg.toml is read.

    Raises:
        Failure: The command failed; a status that only asks for a person does not stop the demo.
    """
    from oseberg.cli.root import main

    say(click.style(f"\n{title}", bold=True))
    say(click.style(f"$ oseberg {shlex.join(arguments)}", dim=True))
    code = main.main(list(arguments), prog_name="oseberg", standalone_mode=False, obj=Settings())
    if code not in {None, 0, NEEDS_A_PERSON}:
        raise Failure(f"`oseberg {arguments[0]} {arguments[1]}` ended with status {code}.")


def unpack(out: Path) -> None:
    """Write the sample's account tables and its delivery where a person can look at them."""
    sample = files("oseberg.cli.demo") / "sample"
    for name in ("users.csv", "groups.csv"):
        (out / name).write_bytes((sample / name).read_bytes())
    with zipfile.ZipFile(io.BytesIO((sample / "andrews.zip").read_bytes())) as archive:
        archive.extractall(out / "delivery")


@contextmanager
def sample_environment() -> Iterator[None]:
    """Serve the sample events and run a database of the demo's own; the environment names both."""
    from oseberg.cli.demo.sample_server import PROJECT, SECRET, USERNAME, SampleMixpanel
    from oseberg.usage_db import UsageDatabase

    folder = home() / "demo"
    events = gzip.decompress((files("oseberg.cli.demo") / "sample" / "events.jsonl.gz").read_bytes()).splitlines()
    say(f"Starting embedded Postgres in {folder / 'postgres'}, and a server that answers as Mixpanel does")
    with SampleMixpanel(events) as server, UsageDatabase.embedded(folder / "postgres") as database:
        names = {
            "MIXPANEL_API_URL": server.url,
            "MIXPANEL_PROJECT_ID": PROJECT,
            "MIXPANEL_USERNAME": USERNAME,
            "MIXPANEL_SECRET": SECRET,
            "MIXPANEL_TIME_ZONE": "UTC",
            "OSEBERG_HOME": str(folder),
            "OSEBERG_DATABASE_URL": database.url,
            "no_proxy": "127.0.0.1",  # the server is on this machine, whatever leads to others
        }
        with environment(names):
            yield
    shutil.rmtree(folder / "mixpanel", ignore_errors=True)  # kept for an address that won't come again


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Let these be the only variables of ours for a while, and put back what was there."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("MIXPANEL_", "OSEBERG_")):
            del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
