"""The one request of this package: sends it, names what the answer's status means, and hands on the body's bytes."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import requests
import urllib3
from requests.auth import HTTPBasicAuth

from oseberg.mixpanel_export._ask.account import ServiceAccount
from oseberg.mixpanel_export._ask.budget import RequestBudget
from oseberg.mixpanel_export._ask.gunzip import plain
from oseberg.mixpanel_export._ask.retry import RetryPolicy
from oseberg.mixpanel_export._ask.tracker import Tracker
from oseberg.mixpanel_export.errors import (
    AuthenticationError,
    DeadlineError,
    MixpanelExportError,
    RateLimitError,
    RequestError,
    TruncatedExportError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


Result = TypeVar("Result")
CHUNK = 1 << 16
SHOWN = 300
HEADERS = {"Accept-Encoding": "gzip", "Accept": "text/plain", "User-Agent": "oseberg-mixpanel-export"}
LENGTHS = {"content-length", "transfer-encoding"}
"""Headers that tell where an answer ends."""


@dataclass
class Exporter:
    """Sends export requests for one project.

    Attributes:
        url: The address of the export.
        account: The service account.
        budget: The limits on requests.
        retry: How failures that pass are waited for.
        connect_timeout: Seconds until a connection must stand.
        read_timeout: Seconds without a byte after which an answer is given up; the first one can take minutes.
        deadline: Seconds that one answer may take as a whole.
    """

    url: str
    account: ServiceAccount
    budget: RequestBudget
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    connect_timeout: float = 30.0
    read_timeout: float = 600.0
    deadline: float = 7200.0

    def fetch(self, params: Mapping[str, str], tracker: Tracker, read: Callable[[Iterator[bytes]], Result]) -> Result:
        """Send a request and give what `read` makes of the whole body; each attempt reads afresh.

        Raises:
            MixpanelExportError: A child of it, for whatever kept the body from being whole.
        """
        return self.retry.run(
            lambda: self._attempt(params, tracker, read), tracker.retry, allow=partial(self.budget.take, tracker.say)
        )

    def _attempt(
        self, params: Mapping[str, str], tracker: Tracker, read: Callable[[Iterator[bytes]], Result]
    ) -> Result:
        tracker.send()
        rows = tracker.rows
        try:
            with session_for(self.url) as session, self._send(session, params) as response:
                if response.status_code == requests.codes.ok:
                    return read(plain(self._body(response, tracker)))
                with watched(response, min(self.deadline, self.connect_timeout)):
                    raise refusal(response, self.account)
        except MixpanelExportError:
            tracker.seen = max(tracker.seen, tracker.rows - rows)
            tracker.rows = rows
            raise

    def _send(self, session: requests.Session, params: Mapping[str, str]) -> requests.Response:
        auth = HTTPBasicAuth(self.account.username.encode(), self.account.reveal().encode())
        timeout = (self.connect_timeout, min(self.read_timeout, self.deadline))
        try:
            return session.get(
                self.url,
                params=dict(params),
                auth=auth,
                headers=HEADERS,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            )
        except requests.exceptions.ReadTimeout:
            raise UnavailableError(f"Mixpanel sent nothing for {timeout[1]:.0f} s.") from None
        except requests.exceptions.SSLError as error:
            raise RequestError(f"The connection to {self.url} is not safe: {self.account.hide(str(error))}") from None
        except requests.exceptions.RequestException as error:
            raise UnavailableError(f"Mixpanel can't be reached at {self.url} ({root(error)}).") from None

    def _body(self, response: requests.Response, tracker: Tracker) -> Iterator[bytes]:
        """Give the body's bytes as they come, still compressed, and make sure that its end is the announced one."""
        received = 0
        with watched(response, self.deadline) as expired:
            try:
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    received += len(chunk)
                    tracker.receive(len(chunk))
                    yield chunk
            except urllib3.exceptions.ReadTimeoutError:
                raise TruncatedExportError("The answer stopped coming before its end.") from None
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if not expired():
                    raise TruncatedExportError(f"The answer broke off ({type(error).__name__}).") from None
            if expired():
                raise DeadlineError(
                    f"The answer did not end within {self.deadline:.0f} s. Ask for fewer days or events."
                )
        announced = {name.lower() for name in response.headers}
        if not received and response.headers.get("Content-Encoding") == "gzip" and not announced & LENGTHS:
            raise TruncatedExportError("The connection closed before the compressed answer began.")


def session_for(url: str) -> requests.Session:
    """Open a session; plain http, which only this machine may speak, goes past the environment's proxies.

    A proxy would read the secret, and send it on through the network.
    """
    session = requests.Session()
    session.trust_env = url.startswith("https:")
    return session


@contextmanager
def watched(response: requests.Response, seconds: float) -> Iterator[Callable[[], bool]]:
    """Cut a connection that is still open after some seconds, whatever trickles through it."""
    end = time.monotonic() + seconds

    def cut() -> None:
        with suppress(Exception):  # the connection may have ended by itself meanwhile
            response.raw.shutdown()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: time.monotonic() >= end
    finally:
        timer.cancel()


def root(error: BaseException) -> str:
    """Name what an error goes back to, such as `Connection refused`."""
    while error.__context__:
        error = error.__context__
    return getattr(error, "strerror", None) or type(error).__name__


def refusal(response: requests.Response, account: ServiceAccount) -> MixpanelExportError:
    """Name what a status other than 200 means, with Mixpanel's own words."""
    status = response.status_code
    words = said(response, account)
    if status in {401, 403} or (status == 400 and "authenticate" in words.lower()):  # noqa: PLR2004 - HTTP's numbers
        return AuthenticationError(
            f"Mixpanel does not accept the service account for this project ({status}: {words}). Check "
            "MIXPANEL_USERNAME, MIXPANEL_SECRET, MIXPANEL_PROJECT_ID and the region, and that the account is a member."
        )
    if status == requests.codes.too_many_requests:
        return RateLimitError(f"Mixpanel's limit of requests is reached (429: {words}).", retry_after=wait(response))
    if status >= requests.codes.internal_server_error or status == requests.codes.request_timeout:
        return UnavailableError(f"Mixpanel can't answer now ({status}: {words}).", retry_after=wait(response))
    return RequestError(f"Mixpanel refuses the request ({status}: {words}). {advice(status, words)}")


def advice(status: int, words: str) -> str:
    """Say what a person can do about a refusal."""
    if "to_date cannot be later than today" in words:
        return "The last day has not begun in the project's time zone: ask until an earlier day, or set time_zone."
    if status == requests.codes.payment_required:
        return "The project's plan does not include the raw export."
    if requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return "Redirects are not followed: the secret travels with the request. Set region or api_url instead."
    return "Check the days, the event names and where."


def said(response: requests.Response, account: ServiceAccount) -> str:
    """Give the first words of an answer that is no export, without the secret."""
    content = b""
    with suppress(urllib3.exceptions.HTTPError, requests.exceptions.RequestException, OSError):
        content = next(response.iter_content(1 << 14), b"")
    text = " ".join(content.decode(errors="replace").split())
    return account.hide(text)[:SHOWN] or response.reason or "no text"


def wait(response: requests.Response) -> float | None:
    """Give the seconds that the server asks to wait, as a number or until a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # none, or a date without a zone
        return None
