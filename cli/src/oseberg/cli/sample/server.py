"""A small HTTP server that stands in for Mixpanel: its raw export and its profiles. The demo exports from it."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import threading
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

USERNAME = "sample.service-account"
SECRET = "sample-secret"  # noqa: S105 - it guards sample events on loopback
PROJECT = "1"
PAGE = 1000
"""Profiles in one answer, as many as Mixpanel sends."""


class SampleMixpanel:
    """Serve NDJSON lines, and profiles, on loopback while its `with` block lasts.

    Args:
        lines: The events, as Mixpanel exports them.
        port: The port; 0 takes one that is free.
        profiles: The users, as Mixpanel's Query Profiles returns them.

    Example:
        >>> line = b'{"event": "Login", "properties": {"time": 1785758427026, "distinct_id": "7"}}'
        >>> with SampleMixpanel([line]) as server:
        ...     server.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(self, lines: list[bytes], port: int = 0, profiles: Sequence[dict[str, Any]] = ()) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        server.days = by_day(lines)  # type: ignore[attr-defined] # the handler reads it there
        server.profiles = list(profiles)  # type: ignore[attr-defined] # likewise
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def by_day(lines: list[bytes]) -> dict[date, list[bytes]]:
    """Sort the lines into the days of their `time`, in UTC."""
    days: dict[date, list[bytes]] = defaultdict(list)
    for line in lines:
        millis = json.loads(line)["properties"]["time"]
        days[datetime.fromtimestamp(millis / 1000, UTC).date()].append(line)
    return days


class Handler(BaseHTTPRequestHandler):
    """Answer `GET /api/2.0/export` and `POST /api/query/engage` as Mixpanel's documentation describes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send the requested days, gzipped; an error is a short text, as in Mixpanel's API."""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/api/2.0/export":
            self.answer(404, b"not found")
        elif not self.is_authorized():
            self.answer(401, b"Invalid service account credentials")
        elif query.get("project_id") != PROJECT or "where" in query:
            self.answer(400, b"the sample project is 1, and it can't evaluate where")
        else:
            self.answer(200, self.body(query), compress=True)

    def do_POST(self) -> None:
        """Send one page of profiles as JSON."""
        length = int(self.headers.get("Content-Length") or 0)
        form = {name: values[-1] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/api/query/engage":
            self.answer(404, b"not found")
        elif not self.is_authorized():
            self.answer(401, b"Invalid service account credentials")
        elif query.get("project_id") != PROJECT or {"where", "data_group_id"} & form.keys():
            self.answer(400, b"the sample project is 1; it has no groups, and can't evaluate where")
        else:
            self.answer(200, self.page(form), compress=True)

    def page(self, form: dict[str, str]) -> bytes:
        """Return the profiles of the requested page, with the requested properties."""
        number = int(form.get("page", 0))
        wanted = json.loads(form.get("output_properties", "null"))
        found = self.server.profiles[number * PAGE : (number + 1) * PAGE]  # type: ignore[attr-defined] # set there
        if wanted is not None:
            kept = [{key: value for key, value in one["$properties"].items() if key in wanted} for one in found]
            found = [one | {"$properties": some} for one, some in zip(found, kept, strict=True)]
        total = len(self.server.profiles)  # type: ignore[attr-defined] # set by SampleMixpanel
        answer = {"page": number, "page_size": PAGE, "session_id": "sample", "status": "ok", "total": total}
        return json.dumps(answer | {"results": found}).encode()

    def is_authorized(self) -> bool:
        """Whether the request carries the sample service account."""
        expected = "Basic " + base64.b64encode(f"{USERNAME}:{SECRET}".encode()).decode()
        return hmac.compare_digest(self.headers.get("Authorization", ""), expected)

    def body(self, query: dict[str, str]) -> bytes:
        """Return the lines of the requested days and events."""
        day, last = date.fromisoformat(query["from_date"]), date.fromisoformat(query["to_date"])
        wanted = set(json.loads(query.get("event", "[]")))
        lines = []
        while day <= last:
            found = self.server.days.get(day, [])  # type: ignore[attr-defined] # set by SampleMixpanel
            lines += [line for line in found if not wanted or json.loads(line)["event"] in wanted]
            day += timedelta(days=1)
        return b"".join(line + b"\n" for line in lines[: int(query.get("limit", len(lines)))])

    def answer(self, status: int, body: bytes, *, compress: bool = False) -> None:
        """Send one complete response."""
        content = gzip.compress(body, 1) if compress else body
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if compress:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Log nothing: standard error belongs to the command."""
