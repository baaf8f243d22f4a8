"""Verified reads and whole writes for pandas, DuckDB, Dask and everything else that opens files by fsspec.

Importing this module makes the protocol known; where the package is installed, fsspec finds it without:

    >>> import fsspec
    >>> fsspec.get_filesystem_class("oseberg-s3").protocol
    'oseberg-s3'

Then `pandas.read_parquet("oseberg-s3://bucket/a.parquet")` or `fsspec.filesystem("oseberg-s3", endpoint_url=…)`, with
the arguments of `S3`. Needs `oseberg-s3utils[fsspec]`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._client import S3
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils.errors import NotFound, NotSupported

try:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]
except ImportError:  # pragma: no cover - without the extra
    AbstractFileSystem = object

if TYPE_CHECKING:
    from datetime import datetime
    from typing import IO

__all__ = ["OsebergFileSystem"]
_PREFIXES = ("oseberg-s3://", "s3://")


class OsebergFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """fsspec's file system over an `S3`.

    Reads are ranges of one state of the object; a file that is written appears whole when it is closed, or not at all.
    Listings are not cached: another process may write at any time.

    Args:
        s3: An S3 to use; without it one is made of the other arguments.
        **settings: The arguments of `S3`: `profile`, `endpoint_url`, `region`, `write_options`, …
    """

    protocol = "oseberg-s3"
    cachable = False  # an instance holds connections, which are not for other threads' settings

    def __init__(self, s3: S3 | None = None, **settings: Any) -> None:  # noqa: ANN401 - those of S3, and fsspec's own
        if AbstractFileSystem is object:  # pragma: no cover - without the extra
            raise NotSupported('fsspec is not installed. Run: python3 -m pip install "oseberg-s3utils[fsspec]"')
        own = {name: settings.pop(name) for name in list(settings) if name in _SETTINGS}
        super().__init__(**settings)
        self.s3 = s3 or S3(**own)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:  # noqa: ANN401 - fsspec's signature
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        text = str(path)
        for prefix in _PREFIXES:
            text = text.removeprefix(prefix)
        return text.rstrip("/")

    def _url(self, path: str) -> S3Url:
        return S3Url(f"s3://{self._strip_protocol(path)}")

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:  # noqa: ANN401, FBT001, FBT002 - fsspec's signature
        """List a folder, or describe an object.

        Args:
            path: The folder or object.
            detail: Whether to return descriptions instead of names.

        Returns:
            A dict for each entry (name, size, type and more), or with `detail=False` its name.

        Raises:
            FileNotFoundError: There is neither.
        """
        url = self._url(path)
        folder, folders, objects = next(self.s3.walk(url))
        entries = [_folder(one) for one in folders]
        entries += [_file(one) for one in objects if one.url != folder]  # the folder's own marker is not in it
        if not entries and not objects:
            if not url.key:
                return []
            entries = [_file(self.s3.stat(url))]
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path: str, **_: Any) -> dict[str, Any]:  # noqa: ANN401 - fsspec's signature
        """Describe an object or a folder.

        Args:
            path: The object or folder.

        Returns:
            Its name, size and type; of an object also `ETag`, `LastModified` and `StorageClass`.

        Raises:
            FileNotFoundError: There is neither.
        """
        url = self._url(path)
        if url.key:
            try:
                return _file(self.s3.stat(url))
            except NotFound:
                if next(iter(self.s3.list(url)), None) is None:
                    raise
        return _folder(url)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> IO[bytes]:  # noqa: ANN401 - fsspec's signature
        return self.s3.open(self._url(path), mode)  # type: ignore[call-overload,no-any-return] # fsspec asks for bytes alone

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:  # noqa: ANN401 - fsspec's signature
        """Read an object, verified, or a range of it.

        Args:
            path: The object.
            start: The first byte; negative counts from the end.
            end: The byte after the last; negative counts from the end.

        Returns:
            The content, or the bytes of the range.
        """
        if start is None and end is None:
            return self.s3.read_bytes(self._url(path))
        with self.s3.open(self._url(path), "rb") as file:
            size = file.seek(0, 2)
            first, stop, _step = slice(start, end).indices(size)
            file.seek(first)
            return file.read(max(0, stop - first))

    def head(self, path: str, size: int = 1024) -> bytes:
        """Read the first bytes of an object.

        Args:
            path: The object.
            size: How many.

        Returns:
            At most `size` bytes.
        """
        return self.cat_file(path, end=size)

    def tail(self, path: str, size: int = 1024) -> bytes:
        """Read the last bytes of an object.

        Args:
            path: The object.
            size: How many.

        Returns:
            At most `size` bytes.
        """
        return self.cat_file(path, start=-size)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:  # noqa: ANN401 - fsspec's signature
        """Write an object.

        Args:
            path: The object.
            value: The content.
            mode: `create` for only if there is none yet.
        """
        self.s3.write_bytes(self._url(path), value, if_absent=mode == "create")

    def get_file(self, rpath: str, lpath: str, **_: Any) -> None:  # noqa: ANN401 - fsspec's signature
        """Fetch an object, verified.

        Args:
            rpath: The object.
            lpath: The local file.
        """
        if self.isdir(rpath):
            super().get_file(rpath, lpath)
        else:
            self.s3.download(self._url(rpath), lpath)

    def put_file(self, lpath: str, rpath: str, mode: str = "overwrite", **_: Any) -> None:  # noqa: ANN401 - fsspec's signature
        """Send a local file.

        Args:
            lpath: The local file.
            rpath: The object.
            mode: `create` for only if there is none yet.
        """
        if not Path(lpath).is_dir():  # a folder is nothing but its objects' names
            self.s3.upload(lpath, self._url(rpath), if_absent=mode == "create")

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:  # noqa: ANN401 - fsspec's signature
        """Copy an object, and compare the copy with it.

        Args:
            path1: The object.
            path2: Where to.
        """
        if not self.isdir(path1):  # a folder is nothing but its objects' names
            self.s3.copy(self._url(path1), self._url(path2))

    def _rm(self, path: str) -> None:
        self.s3.delete(self._url(path))

    def rm_file(self, path: str) -> None:
        """Delete an object."""
        self._rm(path)

    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - fsspec's signature
        """Do nothing: a folder is nothing but its objects' names.

        Args:
            path: The folder.
            create_parents: Ignored.
        """

    def makedirs(self, path: str, exist_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - fsspec's signature
        """Do nothing: a folder is nothing but its objects' names.

        Args:
            path: The folder.
            exist_ok: Ignored.
        """

    def rmdir(self, path: str) -> None:
        """Do nothing: a folder is gone with its last object."""

    def modified(self, path: str) -> datetime:
        """Look up the time of an object's last write.

        Returns:
            The time by the store's clock, UTC.
        """
        return self.s3.stat(self._url(path)).modified

    def created(self, path: str) -> datetime:
        """Look up the time of an object's last write: an object is written once, and then replaced by another.

        Returns:
            The same as `modified`.
        """
        return self.modified(path)

    def sign(self, path: str, expiration: int = 100, **_: Any) -> str:  # noqa: ANN401 - fsspec's signature
        """Make a web address that reads the object for a while.

        Args:
            path: The object.
            expiration: Seconds.

        Returns:
            An HTTPS address with a signature, which works like a password.
        """
        return self.s3.presign(self._url(path), expiration)


_SETTINGS = {"client", "profile", "endpoint_url", "region", "workers", "checksums", "requester_pays", "write_options"}


def _file(item: S3Object) -> dict[str, Any]:
    return {
        "name": f"{item.url.bucket}/{item.key}",
        "size": item.size,
        "type": "file",
        "ETag": item.etag,
        "LastModified": item.modified,
        "StorageClass": item.storage_class,
    }


def _folder(url: S3Url) -> dict[str, Any]:
    return {"name": f"{url.bucket}/{url.key}".rstrip("/"), "size": 0, "type": "directory"}
