"""A store of zeros: takes uploads of any size and forgets them, and sends as many zeros as were sent.

Memory at 10 GB can be measured with it, which no store in a process of Python holds.
"""

from __future__ import annotations

import hashlib
import re
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

PIECE = 1 << 20
SPAN = re.compile(r"bytes=(\d+)-(\d+)")
DATE = "Mon, 01 Jan 2026 00:00:00 GMT"


@cache
def md5_of_zeros(size: int) -> bytes:
    digest = hashlib.md5()
    for start in range(0, size, PIECE):
        digest.update(bytes(min(PIECE, size - start)))
    return digest.digest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    parts: ClassVar[dict[int, int]] = {}  # of one upload at a time
    size, etag = 0, ""

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        size = self.discard()
        number = int(parse_qs(urlsplit(self.path).query).get("partNumber", ["1"])[0])
        type(self).parts[number] = size
        if "partNumber" not in self.path:
            type(self).size, type(self).etag = size, md5_of_zeros(size).hex()
        self.reply(200, {"ETag": f'"{md5_of_zeros(size).hex()}"'})

    def do_POST(self) -> None:
        self.discard()
        if "uploads" in self.path:
            type(self).parts = {}
            answer = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
        else:
            sizes = [self.parts[number] for number in sorted(self.parts)]
            whole = hashlib.md5(b"".join(map(md5_of_zeros, sizes))).hexdigest()
            type(self).size, type(self).etag = sum(sizes), f"{whole}-{len(sizes)}"
            answer = (
                f"<CompleteMultipartUploadResult><ETag>&quot;{self.etag}&quot;</ETag></CompleteMultipartUploadResult>"
            )
        self.reply(200, {"Content-Type": "application/xml"}, answer.encode())

    def do_HEAD(self) -> None:
        self.reply(200, self.about(self.size))

    def do_GET(self) -> None:
        span = SPAN.fullmatch(self.headers.get("Range", ""))
        first, last = (int(span[1]), min(int(span[2]), self.size - 1)) if span else (0, self.size - 1)
        there = {"Content-Range": f"bytes {first}-{last}/{self.size}"} if span else {}
        self.reply(206 if span else 200, {**self.about(last + 1 - first), **there})
        for start in range(first, last + 1, PIECE):
            self.wfile.write(bytes(min(PIECE, last + 1 - start)))

    def about(self, size: int) -> dict[str, str]:
        return {"Content-Length": str(size), "ETag": f'"{self.etag}"', "Last-Modified": DATE}

    def discard(self) -> int:
        left = size = int(self.headers.get("Content-Length") or 0)
        while left:
            left -= len(self.rfile.read(min(PIECE, left)))
        return size

    def reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
