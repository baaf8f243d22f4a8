"""Report how a run went: a ping of a monitoring service, and a command after a failure."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from oseberg.cli.exits import DONE, TRY_LATER, Failure
from oseberg.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10.0  # a monitoring service that takes longer must not hold up the run
ATTEMPTS = 3
LONGEST = 30.0  # seconds for all attempts: a name server, or bytes that drip in, take longer than any socket's limit
LONGEST_BODY = 100_000  # bytes: what healthchecks.io keeps of a body
LONGEST_COMMAND = 300.0  # seconds: the lock of the run is held meanwhile, so that a hanging command would be the last
SHOWN = 2_000  # letters of what the command printed


@dataclass(frozen=True)
class Watchers:
    """The ping address and the command that a run reports to.

    Attributes:
        url: The address to ping, or None. It works like a password, so no message shows it.
        command: The user's command after a failure, or None.
    """

    url: str | None
    command: str | None

    def start(self) -> None:
        """Report that the run has begun."""
        ping(self.url, "/start")

    def end(self, status: int, summary: str, names: Mapping[str, str]) -> None:
        """Report how the run ended.

        Args:
            status: The status of the run.
            summary: One line for each step.
            names: Environment variables for the command, such as `OSEBERG_RUN_ID`.
        """
        ping(self.url, ending_of(status), summary)
        run_on_failure(self.command, status, summary, names)


def check_ping_url(url: str | None) -> None:
    """Refuse an address that can't be pinged, before the run begins.

    Raises:
        Failure: The address is not one of the web.
    """
    if url and not is_web_address(url):
        raise Failure(
            "The ping address is not a web address, such as https://hc-ping.com/UUID."
            " Fix --ping-url, OSEBERG_PING_URL or [run] ping_url."
        )


def is_web_address(url: str) -> bool:
    """Whether a text is an address that a request can be sent to."""
    try:
        parts = urlsplit(url)
        well_formed = parts.port is None or parts.port > 0
    except ValueError:  # an unfinished IPv6 address, a port that is not a number
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and well_formed and parts.scheme in {"http", "https"} and bool(parts.hostname)


def ping(url: str | None, ending: str, body: str = "") -> None:
    """Ping a monitoring service in the form of healthchecks.io; a failure to do so never fails the run.

    Args:
        url: The address, or None.
        ending: `/start`, `/fail`, `/log`, or nothing for success.
        body: The summary.
    """
    if not url:
        return
    parts = urlsplit(url)
    request, reason = make_request(parts, ending, body), ["it did not answer in time"]
    sender = threading.Thread(target=send, args=(request, reason), daemon=True)
    sender.start()
    sender.join(LONGEST)
    if why := reason[0]:
        say(f"The ping to {parts.hostname} failed: {why}. The run itself is not affected.")


def make_request(parts: SplitResult, ending: str, body: str) -> Request:
    """Make the request of a ping.

    Args:
        parts: The address.
        ending: What is appended to its path, in front of a query such as a token.
        body: The summary; names of files in it may be no text at all.
    """
    headers = {"User-Agent": "oseberg", "Content-Type": "text/plain; charset=utf-8"}
    if parts.username:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(account.encode()).decode()}"
    server = parts.netloc.rpartition("@")[2]
    address = parts._replace(netloc=server, path=parts.path.rstrip("/") + ending).geturl()
    content = body.encode(errors="replace")[-LONGEST_BODY:].decode(errors="ignore").encode()
    return Request(address, content, headers)  # noqa: S310 - the scheme was checked


def send(request: Request, reason: list[str]) -> None:
    """Send a ping, and again if it fails; put the reason of a failure into `reason`, or an empty text."""
    opener = build_opener(SameServer)
    # a monitoring service that is down for a second must not report a run that worked as missing
    for attempt in range(ATTEMPTS):
        try:
            with opener.open(request, timeout=SECONDS):
                reason[0] = ""
                return
        except HTTPError as error:
            reason[0] = f"it answered {error.code}"
        except (HTTPException, OSError, ValueError):
            reason[0] = "it can't be reached"
        if attempt < ATTEMPTS - 1:
            time.sleep(attempt + 1)


class SameServer(HTTPRedirectHandler):
    """Sends the ping, with its summary, where the same server redirects to, as from http to https, and nowhere else."""

    def redirect_request(  # noqa: D102 - the base class's signature
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,  # noqa: ANN401
        newurl: str,
    ) -> Request | None:
        del fp, code, msg, headers
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if before.hostname != after.hostname or (before.scheme, after.scheme) == ("https", "http"):
            return None  # then the answer counts as a failure
        return Request(newurl, req.data, dict(req.header_items()))  # noqa: S310 - the base class checks the scheme


def ending_of(status: int) -> str:
    """Return the ping's path ending for an exit status; "try again later" is neither a success nor a failure."""
    return {DONE: "", TRY_LATER: "/log"}.get(status, "/fail")


def run_on_failure(command: str | None, status: int, summary: str, names: Mapping[str, str]) -> None:
    """Run the user's command after a run that failed or needs attention; a failure of the command is only reported.

    Args:
        command: A command for the shell, or None.
        status: The status of the run.
        summary: What the command gets on its standard input.
        names: Further environment variables.
    """
    if not command or status in {DONE, TRY_LATER}:
        return
    try:
        # neither standard output, which is for the summary, nor standard error, which may be a log of JSON lines
        with tempfile.TemporaryFile() as printed:
            ended = run_shell(command, summary, names, printed)
            printed.seek(0)
            text = printed.read(SHOWN).decode(errors="replace").strip()
    except OSError as error:
        say(f"The command of --on-failure could not be run: {error.strerror or error}.")
        return
    if text:
        say(text)
    if ended is None:
        say(f"The command of --on-failure was stopped after {LONGEST_COMMAND:.0f} seconds.")
    elif ended:
        say(f"The command of --on-failure ended with status {ended}.")


def run_shell(command: str, summary: str, names: Mapping[str, str], printed: IO[bytes]) -> int | None:
    """Run a command in the shell.

    Args:
        command: The user's own command line.
        summary: Its standard input.
        names: Further environment variables.
        printed: A file that gets what it prints.

    Returns:
        Its status; None if it took too long and was stopped, with whatever it had started.
    """
    with subprocess.Popen(  # noqa: S602 - the user's own command line
        command,
        shell=True,
        stdin=subprocess.PIPE,
        stdout=printed,
        stderr=subprocess.STDOUT,
        env=os.environ | names,
        start_new_session=True,
    ) as process:
        try:
            process.communicate(summary.encode(errors="replace"), timeout=LONGEST_COMMAND)
        except BaseException as error:  # Ctrl-C, too, must not leave it behind
            kill_group(process)
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise
        return process.returncode


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a session, and its children."""
    if os.name == "nt":
        process.kill()
        return
    os.killpg(process.pid, signal.SIGKILL)
