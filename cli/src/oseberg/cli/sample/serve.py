"""The work of `oseberg sample serve`: a local stand-in for Mixpanel's API that other terminals can use."""

from __future__ import annotations

import os
import shlex
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from oseberg.cli.exits import Failure
from oseberg.cli.output import say
from oseberg.cli.sample.data import SINCE, UNTIL, sample_lines, sample_profiles, write_accounts
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel

if TYPE_CHECKING:
    from pathlib import Path


def run(port: int, out: Path) -> None:
    """Write the accounts, print the variables, and serve until Ctrl-C.

    Raises:
        Failure: Another program uses the port.
    """
    try:
        server = SampleMixpanel(sample_lines(), port, sample_profiles())
    except OSError as error:
        raise Failure(f"Port {port} cannot be used: {error.strerror}. Pass another --port, or 0 for any.") from error
    out.mkdir(parents=True, exist_ok=True)
    written = write_accounts(out)
    with server:
        click.echo(assignments(settings_of(server)))
        say("Paste these lines into another terminal. There, for example:")
        say(f"  oseberg mixpanel export --since {SINCE} --until {UNTIL} -o events.csv", style="dim")
        say(f"The users and companies of the events are in {written[0]} and {written[1]}. Press Ctrl-C to stop.")
        wait_for_ctrl_c()


def settings_of(server: SampleMixpanel) -> dict[str, str]:
    """Return the environment variables that point every command to the server."""
    return {
        "MIXPANEL_API_URL": server.url,
        "MIXPANEL_PROJECT_ID": PROJECT,
        "MIXPANEL_USERNAME": USERNAME,
        "MIXPANEL_SECRET": SECRET,
        "MIXPANEL_TIME_ZONE": "UTC",
        "no_proxy": "127.0.0.1",  # the server is on this machine, even where a proxy leads to others
    }


def assignments(names: dict[str, str]) -> str:
    """Write variables as lines that a shell takes: PowerShell on Windows, else any POSIX shell."""
    if os.name == "nt":
        return "\n".join(f"$env:{name} = '{value}'" for name, value in names.items())
    quoted = {name: value if value.endswith("$PATH") else shlex.quote(value) for name, value in names.items()}
    return "\n".join(f"export {name}={value}" for name, value in quoted.items())


def wait_for_ctrl_c() -> None:
    """Return when somebody presses Ctrl-C."""
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
