"""A real HTTP server on loopback that answers like Mixpanel's export, with a plan of faults."""

from __future__ import annotations

import gzip
import io
import json
import socket
import struct
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.mixpanel_export.times import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Answer:
    """One answer and what goes wrong with it."""

    body: bytes | None = None  # None: the server's events of the asked days
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    compress: bool = True
    chunk: int = 0  # bytes of a chunk; 0: one piece with Content-Length
    cut: float = 1.0  # the share of the encoded body that is sent
    end: str = "whole"  # whole, short (closed early), reset, truncated (announced and closed early as complete)
    damage: bool = False  # a wrong checksum
    wait: float = 0.0  # seconds before the first byte
    trickle: float = 0.0  # seconds between bytes, for ever
    announce: bool = True  # say how long it is
    after: bytes = b""  # plain bytes behind the encoded body


class FaultServer:
    """Answers each request by the next entry of its plan, then as it should."""

    most = sys.maxsize  # more events than this break off in the middle

    def __init__(self, events: list[bytes] | None = None, plan: list[Answer] | None = None) -> None:
        self.events = events or []
        self.plan = list(plan or [])
        self.profiles: list[dict[str, Any]] = []
        self.page_size = 3
        self.requests: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.stopping = threading.Event()
        self.url = ""

    def body(self, query: dict[str, str]) -> bytes:
        """Give the lines whose times lie in the asked days."""
        first, last = query["from_date"], query["to_date"]
        wanted = set(json.loads(query["event"])) if "event" in query else None
        lines = []
        for line in self.events:
            record = json.loads(line)
            day = time.strftime("%Y-%m-%d", time.gmtime(record["properties"]["time"] / 1000))
            if first <= day <= last and (wanted is None or record["event"] in wanted) and self.where(query, record):
                lines.append(line + b"\n")
        return b"".join(lines)

    def where(self, query: dict[str, str], record: dict[str, Any]) -> bool:
        """Evaluate what Mixpanel's expression language has in common with Python."""
        properties = defaultdict(lambda: None, record["properties"])
        known = {"event": {"$time": properties["time"]}, "properties": properties, "datetime": at}
        return bool(eval(query.get("where", "True"), known))

    def page(self, form: dict[str, str]) -> bytes:
        """Give a page of profiles."""
        start = int(form["page"]) * self.page_size
        content = {"page": int(form["page"]), "page_size": self.page_size, "session_id": "s1", "status": "ok"}
        return json.dumps(content | {"results": self.profiles[start : start + self.page_size]}).encode()

    def answer(self, query: dict[str, str]) -> tuple[Answer, bytes]:
        """Give the next answer and its body."""
        answer = self.plan.pop(0) if self.plan else Answer()
        body = self.body(query) if answer.body is None else answer.body
        heavy = body.count(b"\n") > self.most
        return Answer(cut=0.8, end="short") if heavy else answer, body


@contextmanager
def serving(events: list[bytes] | None = None, *plan: Answer) -> Iterator[FaultServer]:
    """Run a server for a `with` block."""
    fault = FaultServer(events, list(plan))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(fault))
    server.daemon_threads = True
    fault.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fault
    finally:
        fault.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def handler(fault: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
            fault.requests.append(query)
            fault.headers.append(dict(self.headers))
            try:
                send(self, *fault.answer(query), fault.stopping)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def do_POST(self) -> None:
            url = urlsplit(self.path)
            form = {name: values[-1] for name, values in parse_qs(self.content().decode()).items()}
            asked = {name: values[-1] for name, values in parse_qs(url.query).items()}
            fault.requests.append({"path": url.path} | asked | form)
            answer = fault.plan.pop(0) if fault.plan else Answer()
            try:
                send(self, answer, fault.page(form) if answer.body is None else answer.body, fault.stopping)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def content(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"]))

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Handler


def send(request: BaseHTTPRequestHandler, answer: Answer, body: bytes, stopping: threading.Event) -> None:
    """Send one answer with its faults."""
    stopping.wait(answer.wait)
    content = gzip.compress(body, 1, mtime=0) if answer.compress else body
    if answer.damage:
        content = content[:-8] + bytes(4) + content[-4:]
    content += answer.after
    sent = content[: int(len(content) * answer.cut)]
    if answer.end == "truncated":
        content = sent
    request.send_response(answer.status)
    headers = (
        {"Content-Type": "text/plain"} | ({"Content-Encoding": "gzip"} if answer.compress else {}) | answer.headers
    )
    if answer.chunk:
        headers["Transfer-Encoding"] = "chunked"
    elif answer.announce:
        headers["Content-Length"] = str(len(content) + (10**6 if answer.trickle else 0))
    else:
        headers["Connection"] = "close"
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    write: Callable[[bytes], Any] = request.wfile.write
    if answer.chunk:
        for start in range(0, len(sent), answer.chunk):
            piece = sent[start : start + answer.chunk]
            write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if answer.end in {"whole", "truncated"} and not answer.trickle:
            write(b"0\r\n\r\n")
    else:
        write(sent)
    request.wfile.flush()
    while answer.trickle and not stopping.wait(answer.trickle):
        write(b"1\r\n\n\r\n" if answer.chunk else b"\n")
    finish(request, answer)


def finish(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Close or reset the connection where the fault says so."""
    if answer.end == "reset":
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.close_connection = True
        request.connection.close()
        request.wfile = io.BytesIO()  # type: ignore[assignment] # the connection is gone
    elif answer.end == "short" or not answer.announce:
        request.close_connection = True
