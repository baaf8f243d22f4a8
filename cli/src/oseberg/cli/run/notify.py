"""Report how a run went: a ping of a monitoring service, and a command after a failure."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from oseberg.cli.exits import DONE, TRY_LATER, Failure
from oseberg.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10.0  # a monitoring service that takes longer must not hold up the run
ATTEMPTS = 3
LONGEST_BODY = 100_000  # bytes: what healthchecks.io keeps of a body


def check_ping_url(url: str | None) -> None:
    """Refuse an address that can't be pinged, before the run begins.

    Raises:
        Failure: The address is not one of the web.
    """
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise Failure("The ping address must start with https:// or http://. Fix --ping-url or OSEBERG_PING_URL.")


def ping(url: str | None, ending: str, body: str = "") -> None:
    """Ping a monitoring service in the form of healthchecks.io; a failure to do so never fails the run.

    Args:
        url: The address, or None. It works like a password, so no message shows it.
        ending: `/start`, `/fail`, `/log`, or nothing for success.
        body: The summary.
    """
    if not url:
        return
    parts = urlsplit(url)
    # the ending belongs to the path, in front of a query such as a token
    address = parts._replace(path=parts.path.rstrip("/") + ending).geturl()
    headers = {"User-Agent": "oseberg", "Content-Type": "text/plain; charset=utf-8"}
    request = Request(address, body.encode()[-LONGEST_BODY:], headers)  # noqa: S310 - the scheme was checked
    reason = ""
    # a monitoring service that is down for a second must not report a run that worked as missing
    for attempt in range(ATTEMPTS):
        try:
            with urlopen(request, timeout=SECONDS):  # noqa: S310 - the scheme was checked
                return
        except HTTPError as error:
            reason = f"it answered {error.code}"
        except (URLError, OSError, ValueError):
            reason = "it can't be reached"
        if attempt < ATTEMPTS - 1:
            time.sleep(attempt + 1)
    say(f"The ping to {parts.hostname} failed: {reason}. The run itself is not affected.")


def ending_of(status: int) -> str:
    """Return the ending of the ping for an exit status: a later try is neither a success nor a failure."""
    return {DONE: "", TRY_LATER: "/log"}.get(status, "/fail")


def run_on_failure(command: str | None, status: int, summary: str, names: Mapping[str, str]) -> None:
    """Run the user's command after a run that failed or needs attention.

    Args:
        command: A command for the shell, or None.
        status: The status of the run.
        summary: What the command gets on its standard input.
        names: Further environment variables, such as `OSEBERG_RUN_ID`.
    """
    if not command or status in {DONE, TRY_LATER}:
        return
    done = subprocess.run(command, shell=True, input=summary, text=True, env=os.environ | names, check=False)  # noqa: S602 - the user's own command line
    if done.returncode:
        say(f"The command of --on-failure ended with status {done.returncode}.")
