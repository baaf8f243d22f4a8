"""A proxy before a store: tests say what shall go wrong with which request or answer."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass
class Exchange:
    """One request and its answer; a fault changes either."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    date: str = ""  # the store's clock in the answer; that of this machine unless set
    cut_after: int | None = None  # bytes of the answer's body after which the connection ends

    def fail(self, status: int, code: str, said: str = "Access Denied") -> None:
        """Answer with an error of S3 instead of asking the store."""
        self.status = status
        self.answer_headers = {"Content-Type": "application/xml"}
        self.answer = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>".encode()


class Faults:
    """What goes wrong: functions called before a request is passed on, and after its answer has come."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.before: list[Callable[[Exchange], None]] = []
        self.after: list[Callable[[Exchange], None]] = []
        self.seen: list[Exchange] = []


class Handler(BaseHTTPRequestHandler):
    """Passes requests on to the store and answers back, with what is planted in between."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def pass_on(self) -> None:
        faults = self.server.faults
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        exchange = Exchange(self.command, self.path, dict(self.headers.items()), body)
        faults.seen.append(exchange)
        for fault in faults.before:
            fault(exchange)
        if not exchange.status:
            self._ask(exchange)
            for fault in faults.after:
                fault(exchange)
        self._answer(exchange)

    def _ask(self, exchange: Exchange) -> None:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        try:
            headers = {k: v for k, v in exchange.headers.items() if k.lower() not in {"connection", "expect"}}
            connection.request(exchange.method, exchange.path, exchange.body or None, headers)
            answer = connection.getresponse()
            exchange.status, exchange.answer = answer.status, answer.read()
            exchange.answer_headers = dict(answer.getheaders())
        finally:
            connection.close()

    def _answer(self, exchange: Exchange) -> None:
        self.send_response_only(exchange.status)
        self.send_header("Date", exchange.date or self.date_time_string())
        length = str(len(exchange.answer))
        for name, value in exchange.answer_headers.items():
            if name.lower() == "content-length":
                length = value if exchange.method == "HEAD" else length
            elif name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if exchange.method != "HEAD":
            self.wfile.write(exchange.answer[: exchange.cut_after])
        if exchange.cut_after is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = pass_on  # noqa: N815 - http.server's names


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream.removeprefix("http://")
        self.faults = Faults()
        self.faults.endpoint = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def faulty(upstream: str) -> Iterator[Faults]:
    server = Server(upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
