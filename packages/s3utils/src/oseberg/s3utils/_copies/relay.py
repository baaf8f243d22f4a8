"""Copies from one store to another: the bytes go through this machine, verified on the way in and out."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.carried import described_options
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import ALWAYS, Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.download import get, stream
from oseberg.s3utils._transfer.writing import ONE_PUT, Writing
from oseberg.s3utils._verify.digest import rule_of
from oseberg.s3utils._verify.part_sizes import look_again

if TYPE_CHECKING:
    from collections.abc import Callable


def relay(
    connection: Connection,
    other: Connection,
    source: S3Url,
    target: S3Url,
    condition: Condition = ALWAYS,
    tick: Callable[[int], object] = lambda _: None,
) -> Transfer:
    """Copy an object to another store, with its metadata and tags.

    Args:
        connection: The store of the source.
        other: The store of the target.
        source: The object.
        target: Where to; a URL that ends in a slash gets the object's own name.
        condition: When the target may be written.
        tick: Called with the number of bytes of each part that was sent.

    Returns:
        What was copied, and by what it was verified.
    """
    target = target.named(source.name).require_key("copy to")
    answer = get(connection, source)
    size = int(answer["ContentLength"])
    options: Any = described_options(connection, source, answer)
    writing = Writing(other.with_options(options.with_more(other.options)), target, condition, tick=tick)
    # On the disk where it is large: an upload must be able to send a part again.
    with translated(source, "copy"), tempfile.SpooledTemporaryFile(ONE_PUT) as file:
        for chunk in stream(connection, source, answer, size):
            file.write(chunk)
        rule = rule_of(answer, size)
        by = rule.name if rule.accepts(file) else look_again(connection, source, answer, file)  # type: ignore[arg-type] # a BinaryIO in all but name
        writing.send(file, size)  # type: ignore[arg-type] # see above
    return Transfer("copy", target, None, size, by)
