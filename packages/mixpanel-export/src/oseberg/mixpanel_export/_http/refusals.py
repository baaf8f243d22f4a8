"""Explains answers other than an export: a status or a page, with Mixpanel's own words and what to do."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING

import requests
import urllib3

from oseberg.mixpanel_export._http.account import ServiceAccount
from oseberg.mixpanel_export.errors import (
    AuthenticationError,
    MixpanelExportError,
    RateLimitError,
    RequestError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHOWN = 300
# Statuses of gateways whose server took too long, as for too many days at once.
TOO_MUCH = {408, 413, 502, 504, 524}
# Such a status may also be a short outage: a request is sent again once before fewer days are requested.
SEVERAL = 2
# `61/60 queries running in the last hour`, unlike `5/5 queries running concurrently`, does not pass in seconds.
HOURLY = re.compile(r"\d+\s*/\s*\d+\s+quer\w+\s+.*hour", re.IGNORECASE | re.DOTALL)
PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
# Bytes within which a page shows that it is one.
PAGE_START = 1024


def refusal(response: requests.Response, account: ServiceAccount, hour_over_in: float = 3600.0) -> MixpanelExportError:
    """Return the error for a status other than 200.

    Args:
        response: The answer.
        account: Its secret is removed from Mixpanel's words.
        hour_over_in: Seconds after which an hourly limit is worth another request.

    Returns:
        An error with Mixpanel's own words and what to do.
    """
    status = response.status_code
    words = said(response, account)
    if status in {401, 403} or (status == 400 and "authenticate" in words.lower()):  # noqa: PLR2004 - HTTP's numbers
        return AuthenticationError(
            f"Mixpanel does not accept the service account for this project ({status}: {words}). Check "
            "MIXPANEL_USERNAME, MIXPANEL_SECRET, MIXPANEL_PROJECT_ID and the region, and that the account is a member "
            "of the project."
        )
    if status == requests.codes.too_many_requests:
        wait = retry_after(response)
        if wait is None and (HOURLY.search(words) or ("hour" in words.lower() and "concurrent" not in words.lower())):
            wait = hour_over_in
        return RateLimitError(f"Mixpanel's limit of requests is reached (429: {words}).", retry_after=wait)
    if status >= requests.codes.internal_server_error or status in TOO_MUCH:
        return UnavailableError(
            f"Mixpanel can't answer now ({status}: {words}).",
            retry_after=retry_after(response),
            attempts=SEVERAL if status in TOO_MUCH else None,
        )
    return RequestError(f"Mixpanel rejects the request ({status}: {words}). {advice(status, words)}")


def advice(status: int, words: str) -> str:
    """Return what a person can do about a rejection."""
    if "to_date cannot be later than today" in words:
        return "The last day has not begun in the project's time zone: request an earlier last day, or set time_zone."
    if status == requests.codes.payment_required:
        return "The project's plan does not include the raw export."
    if requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return "Redirects are not followed: the secret travels with the request. Set region or api_url instead."
    if status == requests.codes.not_found:
        return "This address does not serve the export. Check api_url and the region."
    if "project" in words.lower():
        return "Check MIXPANEL_PROJECT_ID and the region."
    return "Check the days, the event names and where."


def said(response: requests.Response, account: ServiceAccount) -> str:
    """Return the first words of an answer that is not an export, without the secret and without tags."""
    content = b""
    with suppress(urllib3.exceptions.HTTPError, requests.exceptions.RequestException, OSError):
        content = next(response.iter_content(1 << 14), b"")
    text = content.decode(errors="replace")
    return account.hide(readable(text))[:SHOWN] or response.reason or "no text"


def readable(text: str) -> str:
    """Return a text on one line; of a page, its title or its words."""
    if PAGE.match(text):
        title = TITLE.search(text)
        text = unescape(title[1] if title and title[1].strip() else TAGS.sub(" ", text))
    return " ".join(text.split())


def without_pages(chunks: Iterable[bytes], url: str, account: ServiceAccount) -> Iterator[bytes]:
    """Pass the plain bytes of a body on, unless they are a page: a proxy or a login answers instead of Mixpanel.

    Raises:
        RequestError: The body is HTML or XML.
    """
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if head.lstrip()[:1] not in {b"", b"<"} or len(head) > PAGE_START:
            break
    if PAGE.match(text := head[:PAGE_START].decode(errors="replace")):
        words = account.hide(readable(text))[:SHOWN]
        raise RequestError(
            f"{url} sent a web page instead of events ({words}). Check api_url and the region, and whether a proxy or "
            "a login page answers instead of Mixpanel."
        )
    yield from chain((head,), stream)


def retry_after(response: requests.Response) -> float | None:
    """Return the seconds that the server asks to wait, as a number or until a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # missing, or a date without a zone
        return None
