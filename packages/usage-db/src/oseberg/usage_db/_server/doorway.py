"""A door on loopback TCP to the embedded server, for programs that can't use a Unix socket; it asks for a password.

The server itself listens on its private socket alone and trusts who can open it, so that the door checks the password
and then passes bytes on. The protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import hmac
import select
import socket
import socketserver
import struct
import threading
from contextlib import suppress
from typing import Any, Self

_PROTOCOL = 3
_CANCEL, _SSL, _GSS = 80877102, 80877103, 80877104
_LARGEST_START = 10_000  # bytes, Postgres's own limit of a startup packet
_CHUNK = 65_536
_READ_ONLY = "-c default_transaction_read_only=on"


class Doorway:
    """A loopback door to a server's socket, open while its `with` block lasts.

    Args:
        path: The server's Unix socket.
        user: The server's user, as whom everybody enters.
        password: What clients must send.
        port: The port on 127.0.0.1; 0: any free one.
        write: Whether clients may change data; otherwise their transactions are read-only by default.
    """

    def __init__(self, path: str, user: str, password: str, *, port: int = 0, write: bool = False) -> None:
        self._server = _Server(("127.0.0.1", port), _Visitor)
        self._server.door = (path, user, password, write)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    door: tuple[str, str, str, bool]


class _Visitor(socketserver.BaseRequestHandler):
    """One client: its password is checked, then its bytes are passed on."""

    server: _Server

    def handle(self) -> None:
        """Serve one connection; a client that breaks off is not an error."""
        with suppress(OSError, struct.error, ValueError):
            self._serve()

    def _serve(self) -> None:
        path, user, password, write = self.server.door
        client: socket.socket = self.request
        code, body = self._start(client)
        if code in {_SSL, _GSS}:
            return
        with socket.socket(socket.AF_UNIX) as server:
            if code == _CANCEL:
                server.connect(path)
                server.sendall(struct.pack("!ii", len(body) + 8, code) + body)
                return
            client.sendall(b"R" + struct.pack("!ii", 8, 3))  # send the password
            if not hmac.compare_digest(_message(client), password.encode()):
                client.sendall(_error("28P01", "The password is wrong. `oseberg db serve` prints where it is kept."))
                return
            server.connect(path)
            server.sendall(_startup(body, user, write=write))
            _pass_on(client, server)

    @staticmethod
    def _start(client: socket.socket) -> tuple[int, bytes]:
        """Return the first message; requests to encrypt are declined, for the loopback is never left."""
        for _ in range(3):
            size, code = struct.unpack("!ii", _exactly(client, 8))
            if not 8 <= size <= _LARGEST_START:  # noqa: PLR2004 - the two numbers themselves
                raise ValueError("not a startup packet")
            body = _exactly(client, size - 8)
            if code not in {_SSL, _GSS}:
                if code != _CANCEL and code >> 16 != _PROTOCOL:
                    raise ValueError("an unknown protocol")
                return code, body
            client.sendall(b"N")
        return _SSL, b""


def _startup(body: bytes, user: str, *, write: bool) -> bytes:
    """Return the startup packet for the server: the client's, with the server's user."""
    parts = body.rstrip(b"\0").split(b"\0")
    given = dict(zip(parts[::2], parts[1::2], strict=False))
    database = given.get(b"database", b"postgres")
    given |= {b"user": user.encode(), b"database": database}
    if not write:
        given[b"options"] = (given.get(b"options", b"").decode() + " " + _READ_ONLY).strip().encode()
    content = b"".join(name + b"\0" + value + b"\0" for name, value in given.items()) + b"\0"
    return struct.pack("!ii", len(content) + 8, _PROTOCOL << 16) + content


def _message(client: socket.socket) -> bytes:
    """Return the content of a password message."""
    kind, size = struct.unpack("!ci", _exactly(client, 5))
    if kind != b"p" or not 4 <= size <= _LARGEST_START:  # noqa: PLR2004 - the size counts itself
        raise ValueError("not a password message")
    return _exactly(client, size - 4).rstrip(b"\0")


def _error(state: str, text: str) -> bytes:
    fields = b"".join(code + value.encode() + b"\0" for code, value in ((b"S", "FATAL"), (b"C", state), (b"M", text)))
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


def _exactly(client: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = client.recv(size - len(found))
        if not more:
            raise ValueError("the client is gone")
        found += more
    return found


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    """Pass bytes both ways until one side ends."""
    while True:
        ready: list[Any] = select.select([client, server], [], [])[0]
        for end in ready:
            content = end.recv(_CHUNK)
            if not content:
                return
            (server if end is client else client).sendall(content)
