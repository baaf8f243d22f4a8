"""Sends one request, explains errors on the way, and passes on the body's bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import requests
import urllib3
from requests.auth import HTTPBasicAuth

from oseberg.mixpanel_export._http.account import ServiceAccount
from oseberg.mixpanel_export._http.budget import RequestBudget
from oseberg.mixpanel_export._http.gunzip import plain
from oseberg.mixpanel_export._http.refusals import refusal, without_pages
from oseberg.mixpanel_export._http.retry import RetryPolicy
from oseberg.mixpanel_export._http.tracker import Request
from oseberg.mixpanel_export.errors import (
    DeadlineError,
    MixpanelExportError,
    RequestError,
    TruncatedExportError,
    UnavailableError,
)

Result = TypeVar("Result")
Read = Callable[[Iterator[bytes]], Result]
CHUNK = 1 << 16
HEADERS = {"Accept-Encoding": "gzip", "Accept": "text/plain", "User-Agent": "oseberg-mixpanel-export"}
# Headers that say where an answer ends.
LENGTHS = {"content-length", "transfer-encoding"}


@dataclass
class Exporter:
    """Sends requests for one project.

    Attributes:
        url: The address of the export.
        account: The service account.
        budget: The limits on requests.
        retry: How failures that pass are waited for.
        connect_timeout: Seconds until a connection must be there.
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

    def fetch(
        self,
        params: Mapping[str, str],
        request: Request,
        read: Read[Result],
        *,
        form: Mapping[str, str] | None = None,
        few: int | None = None,
    ) -> Result:
        """Send a request and return what `read` makes of the whole body; each attempt reads afresh.

        Args:
            params: The query string.
            request: The request's figures.
            read: Reads the body.
            form: What is posted; None sends a GET.
            few: Attempts that suffice for a timeout, because less can be requested instead; None if it can't.

        Returns:
            What `read` returns.

        Raises:
            MixpanelExportError: A subclass that says why the body is incomplete.
        """
        tracker = request.tracker
        return self.retry.run(
            lambda: self._attempt(params, form, request, read),
            request,
            allow=partial(self.budget.take, tracker.say, tracker.wait),
            few=few,
        )

    def _attempt(
        self, params: Mapping[str, str], form: Mapping[str, str] | None, request: Request, read: Read[Result]
    ) -> Result:
        request.send()
        try:
            with session_for(self.url) as session, self._send(session, params, form) as response:
                if response.status_code != requests.codes.ok:
                    with watched(response, min(self.deadline, self.connect_timeout)):
                        raise refusal(response, self.account, self.budget.free_in())
                with request.tracker.receiving(response):
                    result = read(without_pages(plain(self._body(response, request)), self.url, self.account))
                request.finish()
                return result
        except MixpanelExportError:
            request.fail()
            raise

    def _send(
        self, session: requests.Session, params: Mapping[str, str], form: Mapping[str, str] | None
    ) -> requests.Response:
        auth = HTTPBasicAuth(self.account.username.encode(), self.account.reveal().encode())
        timeout = (self.connect_timeout, min(self.read_timeout, self.deadline))
        try:
            return session.request(
                "GET" if form is None else "POST",
                self.url,
                params=dict(params),
                data=form and dict(form),
                auth=auth,
                headers=HEADERS,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            )
        except requests.exceptions.ReadTimeout:
            # Waiting as long once more is the last thing to try when fewer days may be answered at once.
            raise UnavailableError(f"Mixpanel sent nothing for {timeout[1]:.0f} s.", attempts=1) from None
        except requests.exceptions.SSLError as error:
            raise RequestError(
                f"The connection to {self.url} is not secure: {self.account.hide(str(error))}. Check the address, the "
                "clock of this machine and its certificates."
            ) from None
        except requests.exceptions.RequestException as error:
            raise UnavailableError(f"Mixpanel can't be reached at {self.url} ({root(error)}).") from None

    def _body(self, response: requests.Response, request: Request) -> Iterator[bytes]:
        """Yield the body's bytes as they come, still compressed, and check that it ends where announced."""
        received = 0
        with watched(response, self.deadline) as expired:
            try:
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    received += len(chunk)
                    request.receive(len(chunk))
                    yield chunk
            except urllib3.exceptions.ReadTimeoutError:
                raise TruncatedExportError("The answer stopped before its end.") from None
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if not expired():
                    raise TruncatedExportError(f"The answer broke off ({type(error).__name__}).") from None
            if expired():
                raise DeadlineError(
                    f"The answer did not end within {self.deadline:.0f} s. Request fewer days or events, or allow more "
                    "time with deadline."
                )
        announced = {name.lower() for name in response.headers}
        if not received and response.headers.get("Content-Encoding") == "gzip" and not announced & LENGTHS:
            raise TruncatedExportError("The connection closed before the compressed answer began.")


def session_for(url: str) -> requests.Session:
    """Open a session; plain http, which only this machine may speak, bypasses the environment's proxies.

    A proxy would read the secret, and send it on through the network.
    """
    session = requests.Session()
    session.trust_env = url.startswith("https:")
    return session


@contextmanager
def watched(response: requests.Response, seconds: float) -> Iterator[Callable[[], bool]]:
    """Cut a connection that is still open after some seconds, even if bytes still trickle through it.

    Yields:
        A function that returns whether the time is over.
    """
    end = time.monotonic() + seconds

    def cut() -> None:
        with suppress(Exception):  # the connection may have ended on its own
            response.raw.shutdown()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: time.monotonic() >= end
    finally:
        timer.cancel()


def root(error: BaseException) -> str:
    """Return the root cause of an error, such as `Connection refused`."""
    while error.__context__:
        error = error.__context__
    return getattr(error, "strerror", None) or type(error).__name__
