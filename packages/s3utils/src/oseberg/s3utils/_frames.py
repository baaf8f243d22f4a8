"""DataFrames as objects; the suffix of the name says how."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from oseberg.s3utils.errors import InvalidUrl

if TYPE_CHECKING:
    from oseberg.s3utils._url import S3Url

_KINDS = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz")


def parse_frame(data: bytes, kind: str, *, packed: bool, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Read the bytes of a csv, parquet or jsonl file, gzip-compressed or not."""
    file = io.BytesIO(data)
    if kind == "parquet":
        return pd.read_parquet(file, **options)
    compression: Any = "gzip" if packed else None
    # pandas' types can't tell that the options leave it at a frame
    read: Any = pd.read_csv if kind == "csv" else partial(pd.read_json, lines=True)
    frame: pd.DataFrame = read(file, compression=compression, **options)
    return frame


def format_frame(frame: pd.DataFrame, url: S3Url, **options: Any) -> bytes:  # noqa: ANN401 - pandas' own options
    """Write the bytes of a csv, parquet or jsonl file; compressed ones are the same for the same frame."""
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
    """Tell by its name the format of a table, `csv`, `parquet` or `jsonl`, and whether it is gzip-compressed.

    Raises:
        InvalidUrl: Another suffix.
    """
    name = url.name.lower()
    packed = name.endswith(".gz")
    kind = name.removesuffix(".gz").rpartition(".")[2]
    if not name.endswith(_KINDS):
        raise InvalidUrl(f"Can't tell the format of {url}: its name must end in {', '.join(_KINDS)}.", url=url)
    return kind, packed
