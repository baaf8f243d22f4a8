"""One writer at a time: a lease is an object that is acquired by a conditional write and expires on its own.

Whether it has run out is judged by the store's clock alone (the object's time against the answer's Date), so that
machines with wrong clocks agree.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import described, server_time
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import get
from oseberg.s3utils._transfer.upload import put
from oseberg.s3utils.errors import GuardRefused, LeaseHeld, NotFound, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from types import TracebackType

_BEATS = 3  # renewals in the time of one lease


class Lease:
    """An exclusive right to work; a context manager that renews itself while the block runs.

    Attributes:
        url: The object that represents it. It remains, marked as released, when the lease ends.
        ttl: How long it lasts after a crash.
    """

    def __init__(self, connection: Connection, url: S3Url, ttl: timedelta) -> None:
        if ttl <= timedelta(0):
            raise ValueError(f"A lease must last longer than 0 seconds, not {ttl.total_seconds():g} seconds.")
        self._connection, self.url, self.ttl = connection, url.require_key("lease"), ttl
        self._owner = f"{socket.gethostname()} {secrets.token_hex(8)}"
        self._etag = ""
        self._lost: Exception | None = None
        self._ended = threading.Event()
        self._heart = threading.Thread()

    def __enter__(self) -> Self:
        self._take()
        self._lost = None
        self._ended.clear()
        self._heart = threading.Thread(target=self._beat, name=f"lease {self.url}", daemon=True)
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._heart.join()
        if kind is None:
            self.check()
            self._write(released=True)
        elif self._lost is None:
            with suppress(S3Error):  # it expires on its own; the block's own exception matters more
                self._write(released=True)

    def check(self) -> None:
        """Check that the lease is still ours; call it before a step that can't be undone.

        Raises:
            LeaseHeld: It ran out (the store couldn't be reached to renew it) and somebody else took it over.
        """
        if self._lost is not None:
            raise _held(self.url, "it expired while we held it") from self._lost

    def _take(self) -> None:
        try:
            answer = get(self._connection, self.url)
        except NotFound:
            self._write(if_absent=True)
            return
        with answer["Body"] as body:
            note = _read(body.read(), self.url)
        ends = answer["LastModified"] + timedelta(seconds=note["ttl_seconds"])
        if not note.get("released") and server_time(answer) < ends:
            raise _held(self.url, f"{note.get('owner', 'somebody')} holds it until {ends:%Y-%m-%d %H:%M:%S} UTC")
        self._etag = described(answer, self.url).etag
        self._write()

    def _write(self, *, released: bool = False, if_absent: bool = False) -> None:
        note = {
            "owner": self._owner,
            "ttl_seconds": self.ttl.total_seconds(),
            "released": released,
            "written_at": datetime.now(UTC).isoformat(),
        }
        data = json.dumps(note).encode()
        try:
            condition = Condition(if_absent=True) if if_absent else Condition(if_match=self._etag)
            self._etag = put(self._connection, data, self.url, condition).etag
        except PreconditionFailed as error:
            raise _held(self.url, "another process acquired it first") from error

    def _beat(self) -> None:
        while not self._ended.wait(self.ttl.total_seconds() / _BEATS):
            try:
                self._write()
            except LeaseHeld as error:
                self._lost = error
                return
            except Exception:  # noqa: BLE001, S112 - the network may be back at the next beat; a lost lease shows there
                continue


def _read(data: bytes, url: S3Url) -> dict[str, Any]:
    """Read a lease's note; any other content must not be overwritten."""
    try:
        note = json.loads(data)
        return {**note, "ttl_seconds": float(note["ttl_seconds"])}
    except (ValueError, TypeError, KeyError):
        message = f"Won't use {url} as a lease: another kind of object is there. Give the lease a key of its own."
        raise GuardRefused(message, url=url, operation="lease") from None


def _held(url: S3Url, why: str) -> LeaseHeld:
    return LeaseHeld(f"Can't hold the lease {url}: {why}. Try again later.", url=url, operation="lease")
