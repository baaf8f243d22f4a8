"""The work of `oseberg demo`: the real commands, one after the other, on the sample data that ships with them."""

from __future__ import annotations

import gzip
import io
import os
import shlex
import shutil
import zipfile
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

import click

from oseberg.cli.demo.sample_server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.usage_db import UsageDatabase, data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SINCE, UNTIL = "2026-08-03", "2026-11-02"
DELIVERY = "48003/20180605"


def run(out: Path) -> None:
    """Run every step, and print the pages that were written."""
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
    """Run the steps from the events to the health page."""
    period = ["--since", SINCE, "--until", UNTIL]
    step("Export events from Mixpanel as one typed table", "mixpanel", "export", *period, *to(out / "events.parquet"))
    step("Create or upgrade the schema", "db", "upgrade")
    step("Load users and companies", "db", "accounts", str(out / "users.csv"), str(out / "groups.csv"))
    step("Load the events, day by day", "mixpanel", "load", *period)
    step("Score every complete week", "score", "weekly")
    step("The companies, those that need attention first", "score", "companies")
    step("Write the health page", "score", "report", "-o", str(out / "health.html"))


def county(out: Path) -> None:
    """Run the steps from a county's delivery to checked records."""
    delivery, records = out / "delivery" / DELIVERY, out / "andrews"
    step(
        "Parse a delivery of Andrews County, Texas", "county", "parse", "andrews", str(delivery), "--out", str(records)
    )
    check = ["county", "check", str(records / "records.jsonl"), "--delivery", str(delivery)]
    step("Check that nothing is missing", *check)
    step("Write the report of the checks", *check, "--format", "html", "-o", str(records / "checks.html"))


def to(path: Path) -> list[str]:
    """Return the options that write a Parquet file."""
    return ["--format", "parquet", "-o", str(path)]


def step(title: str, *arguments: str) -> None:
    """Run one command as a person would, and show how it is called; no oseberg.toml is read.

    Raises:
        Failure: The command failed; a status that only asks for attention does not stop the demo.
    """
    say(f"\n{title}", style="bold")
    say(f"$ oseberg {shlex.join(arguments)}", style="dim")
    root = click.get_current_context().find_root().command
    code = root.main(list(arguments), prog_name="oseberg", standalone_mode=False, obj=Settings())
    if code not in {None, DONE, NEEDS_ATTENTION}:
        raise Failure(f"`oseberg {arguments[0]} {arguments[1]}` ended with status {code}. Its message is above.")


def unpack(out: Path) -> None:
    """Write the sample's account tables and its delivery into the folder, where a person can look at them."""
    sample = files("oseberg.cli.demo") / "sample"
    for name in ("users.csv", "groups.csv"):
        (out / name).write_bytes((sample / name).read_bytes())
    with zipfile.ZipFile(io.BytesIO((sample / "andrews.zip").read_bytes())) as archive:
        archive.extractall(out / "delivery")


@contextmanager
def sample_environment() -> Iterator[None]:
    """Serve the sample events and run a separate database for the demo; the environment names both."""
    folder = data_folder() / "demo"
    events = gzip.decompress((files("oseberg.cli.demo") / "sample" / "events.jsonl.gz").read_bytes()).splitlines()
    say(f"Starting embedded Postgres in {folder / 'postgres'}, and a local stand-in for Mixpanel's API")
    with SampleMixpanel(events) as server, UsageDatabase.embedded(folder / "postgres") as database:
        names = {
            "MIXPANEL_API_URL": server.url,
            "MIXPANEL_PROJECT_ID": PROJECT,
            "MIXPANEL_USERNAME": USERNAME,
            "MIXPANEL_SECRET": SECRET,
            "MIXPANEL_TIME_ZONE": "UTC",
            "OSEBERG_HOME": str(folder),
            "OSEBERG_DATABASE_URL": database.url,
            "no_proxy": "127.0.0.1",  # the server is on this machine, even where a proxy leads to others
        }
        with environment(names):
            yield
    shutil.rmtree(folder / "mixpanel", ignore_errors=True)  # state kept for the address of a server that is gone


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Replace our environment variables while the block lasts, and restore them afterwards."""
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
