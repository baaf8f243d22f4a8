"""DataFrames as objects; the suffix of the name decides the format."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents.texts import understood
from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import read
from oseberg.s3utils.errors import InvalidUrl

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz")


def read_frame(connection: Connection, url: S3Url, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Read a table; see `S3.read_frame`."""
    kind, packed = format_of(url)
    load_pandas("read_frame")  # before a large object is fetched for nothing
    data = read(connection, url)[1]
    with understood(url, "a table of the format that its name says"):
        return parse_frame(data, kind, packed=packed, **options)


def parse_frame(data: bytes, kind: str, *, packed: bool, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Parse the bytes of a table.

    Args:
        data: The file's content.
        kind: `csv`, `parquet` or `jsonl`.
        packed: Whether it is gzip-compressed.
        **options: Options of pandas' reader.

    Returns:
        The table.
    """
    pandas, file = load_pandas("read_frame"), io.BytesIO(data)
    if kind == "parquet":
        return pandas.read_parquet(file, **options)  # type: ignore[no-any-return] # a DataFrame
    read_it: Any = pandas.read_csv if kind == "csv" else partial(pandas.read_json, lines=True)
    return read_it(file, compression="gzip" if packed else None, **options)  # type: ignore[no-any-return] # a DataFrame


def format_frame(frame: pd.DataFrame, url: S3Url, **options: Any) -> bytes:  # noqa: ANN401 - pandas' own options
    """Format a table as the bytes of a file; equal frames give equal bytes, also when compressed.

    Args:
        frame: The table.
        url: Where it will be written: its suffix decides.
        **options: Options of pandas' writer.

    Returns:
        The file's content.
    """
    kind, packed = format_of(url)
    file = io.BytesIO()
    if kind == "parquet":
        frame.to_parquet(file, **{"index": False, **options})
        return file.getvalue()
    # Without a fixed time in gzip's header equal frames would give different objects.
    compression: Any = {"method": "gzip", "mtime": 0} if packed else None
    if kind == "csv":
        frame.to_csv(file, compression=compression, **{"index": False, **options})
    else:
        frame.to_json(file, orient="records", lines=True, compression=compression, **{"date_format": "iso", **options})
    return file.getvalue()


def format_of(url: S3Url) -> tuple[str, bool]:
    """Return the format that a name says, `csv`, `parquet` or `jsonl`, and whether it is gzip-compressed.

    Raises:
        InvalidUrl: Another suffix.
    """
    name = url.name.lower()
    packed = name.endswith(".gz")
    kind = name.removesuffix(".gz").rpartition(".")[2]
    if not name.endswith(_SUFFIXES):
        raise InvalidUrl(f"The format of {url} is unknown: its name must end in {', '.join(_SUFFIXES)}.", url=url)
    return kind, packed
