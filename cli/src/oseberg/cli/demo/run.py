"""The work of `oseberg demo`: the real commands, one after the other, on the sample data that ships with them."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.demo import digests
from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.output import say
from oseberg.cli.sample.data import SINCE, UNTIL, fingerprint, sample_lines, write_accounts, write_delivery
from oseberg.cli.sample.serve import assignments, settings_of, wait_for_ctrl_c
from oseberg.cli.sample.server import SampleMixpanel
from oseberg.cli.settings import Settings
from oseberg.usage_db import UsageDatabase, data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.cli.demo.digests import Digest

DELIVERY = "48003/20180605"


def run(out: Path, *, keep: bool = False, verbose: bool = False) -> None:
    """Run every step, and print the pages that were written.

    Args:
        out: The folder for the files and pages.
        keep: Whether the sample server and the database stay up until Ctrl-C.
        verbose: Whether each command's whole output is shown, instead of what matters in it.
    """
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    write_accounts(out)
    write_delivery("andrews", out / "delivery")
    with sample_environment() as names:
        usage(out, verbose=verbose)
        county(out, verbose=verbose)
        pages = [
            out / name for name in ("health.html", "events.parquet", "andrews/records.jsonl", "andrews/checks.html")
        ]
        say("\nWritten (the .html pages open in a browser, without a network):")
        for page in pages:
            click.echo(page)
        if keep:
            stay(names)
    if not keep:
        say_how_to_go_on()


def usage(out: Path, *, verbose: bool) -> None:
    """Run the steps from the events to the health page."""
    period = ["--since", SINCE, "--until", UNTIL]
    export = ["mixpanel", "export", *period, "--format", "parquet", "-o", str(out / "events.parquet")]
    steps: list[tuple[str, list[str], Digest]] = [
        ("Mixpanel holds every click. Export 14 weeks as one typed table", export, digests.everything),
        ("Keep the events in Postgres: first the schema", ["db", "upgrade"], digests.everything),
        (
            "Users and companies, so that each event gets its user",
            ["db", "accounts", str(out / "users.csv"), str(out / "groups.csv")],
            digests.everything,
        ),
        ("Load the events; a day is stored whole or not at all", ["mixpanel", "load", *period], digests.of_load),
        (
            "Score every complete week: how widely did each user use the products?",
            ["score", "weekly"],
            digests.of_weeks,
        ),
        ("Which companies need attention?", ["score", "companies", "--attention"], digests.everything),
        (
            "The same as one page for customer success",
            ["score", "report", "-o", str(out / "health.html")],
            digests.everything,
        ),
    ]
    for title, arguments, digest in steps:
        step(title, arguments, digest, verbose=verbose)


def county(out: Path, *, verbose: bool) -> None:
    """Run the steps from a county's delivery to checked records."""
    delivery, records = str(out / "delivery" / DELIVERY), out / "andrews"
    parse = ["county", "parse", "andrews", delivery, "--out", str(records)]
    check = ["county", "check", str(records / "records.jsonl"), "--delivery", delivery]
    page = [*check, "--format", "html", "-o", str(records / "checks.html")]
    steps: list[tuple[str, list[str], Digest]] = [
        ("A courthouse's index files as standard records, every row accounted for", parse, digests.everything),
        ("Is anything missing? Numbers without a gap say so", check, digests.of_check),
        ("The same as a page that can be forwarded to the vendor", page, digests.everything),
    ]
    for title, arguments, digest in steps:
        step(title, arguments, digest, verbose=verbose)


def step(title: str, arguments: list[str], digest: Digest, *, verbose: bool) -> None:
    """Run one command as a person would, and show its command line; no oseberg.toml is read.

    Args:
        title: What the step is for.
        arguments: The command line after `oseberg`.
        digest: Returns what matters in the command's output.
        verbose: Whether the whole output is shown instead.

    Raises:
        Failure: The command failed; a status that only asks for attention does not stop the demo.
    """
    say(f"\n{title}", style="bold")
    say(f"$ oseberg {shlex.join(arguments)}", style="dim")
    if verbose:
        status = call(arguments)
    else:
        printed = io.StringIO()
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                status = call(arguments)
        except BaseException:
            say(printed.getvalue())  # the command's messages before it failed may give the reason
            raise
        for line in digest(printed.getvalue()):
            say(line, style="dim")
    if status not in {None, DONE, NEEDS_ATTENTION}:
        raise Failure(f"`oseberg {arguments[0]} {arguments[1]}` ended with status {status}. Its message is above.")


def call(arguments: list[str]) -> int | None:
    """Run a command inside this process, with the defaults of every setting, and return its exit status."""
    root = click.get_current_context().find_root().command
    status: int | None = root.main(list(arguments), prog_name="oseberg", standalone_mode=False, obj=Settings())
    return status


def stay(names: dict[str, str]) -> None:
    """Leave the server and the database up for other terminals, until Ctrl-C."""
    say("\nEverything stays up until you press Ctrl-C. Paste these lines into another terminal to use it there:")
    say(assignments({**path_to_command(), **names}), style="dim")
    wait_for_ctrl_c()


def say_how_to_go_on() -> None:
    """Print the lines that make the printed commands work in the reader's own terminal."""
    say("\nThe database is kept. To explore it, paste these lines:")
    say(assignments({**path_to_command(), "OSEBERG_HOME": str(data_folder() / "demo")}), style="dim")
    say("oseberg score companies --wide\noseberg score explain 2160\noseberg county list", style="dim")
    say("`oseberg demo --keep` also keeps the sample events available for `oseberg mixpanel`.")


def path_to_command() -> dict[str, str]:
    """Return the PATH that finds the command if nox made this environment for the demo alone."""
    folder = Path(sys.executable).parent
    return {"PATH": f"{folder}{os.pathsep}$PATH"} if "NOX_CURRENT_SESSION" in os.environ else {}


@contextmanager
def sample_environment() -> Iterator[dict[str, str]]:
    """Serve the sample events and run a separate database for the demo; yield the variables that name both."""
    folder = data_folder() / "demo"
    remove_other_sample(folder)
    say(f"Starting embedded Postgres in {folder / 'postgres'}, and a local stand-in for Mixpanel's API")
    with SampleMixpanel(sample_lines()) as server, UsageDatabase.embedded(folder / "postgres") as database:
        names = {**settings_of(server), "OSEBERG_HOME": str(folder)}
        with environment({**names, "OSEBERG_DATABASE_URL": database.url}):
            yield names
    shutil.rmtree(folder / "mixpanel", ignore_errors=True)  # state kept for the address of a server that is gone


def remove_other_sample(folder: Path) -> None:
    """Remove the database of a demo with other sample data: two samples would be scored as one history."""
    # Days that are the same in both would keep scores of the other sample.
    mark = folder / "sample"
    known = mark.read_text(encoding="utf-8") if mark.exists() else ""
    if known == fingerprint():
        return
    if (folder / "postgres").exists():
        say(f"{folder} is from a demo with other sample data; it is created again")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(fingerprint(), encoding="utf-8")


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
