"""The interface of `S3` that its methods rely on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.write_options import WriteOptions

Options: TypeAlias = WriteOptions | Mapping[str, Any] | None


class Front(Protocol):
    """The `S3` object that a method is called on."""

    _connection: Connection

    def _with(self, write_options: Options) -> Connection: ...
