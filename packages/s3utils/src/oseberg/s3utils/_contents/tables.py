"""DataFrames as objects; the name's suffix decides the format."""

from __future__ import annotations

import gzip
import io
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents.csv_schema import apply_schema, describe_columns
from oseberg.s3utils._contents.json_lines import format_json_lines, parse_json_lines
from oseberg.s3utils._contents.texts import understood
from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import read_answer
from oseberg.s3utils._transfer.upload import put
from oseberg.s3utils.errors import InvalidUrl

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".jsonl", ".jsonl.gz")
_SEPARATORS = {"csv": ",", "tsv": "\t"}


def read_frame(connection: Connection, url: S3Url, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Read a table; see `S3.read_frame`."""
    kind, packed = format_of(url)
    load_pandas("read_frame")  # before a large object is fetched for nothing
    answer, data = read_answer(connection, url)
    with understood(url, "a table of the format that its name says"):
        frame = parse_frame(data, kind, packed=packed, **options)
        # The caller's own types come before those that were noted when the table was written.
        return frame if options or kind not in _SEPARATORS else apply_schema(frame, answer.get("Metadata", {}))


def write_frame(
    connection: Connection,
    frame: pd.DataFrame,
    url: S3Url,
    condition: Condition,
    **options: Any,  # noqa: ANN401 - pandas' own options
) -> S3Object:
    """Write a table; see `S3.write_frame`."""
    data, noted = format_frame(frame, url, **options), {}
    if format_of(url)[0] in _SEPARATORS and not options:
        noted = {**describe_columns(frame), **(connection.options.metadata or {})}
    return put(connection.with_options({"metadata": noted} if noted else None), data, url, condition)


def parse_frame(data: bytes, kind: str, *, packed: bool, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Parse the bytes of a table; text stays text: `0001200` is not the number 1200.

    Args:
        data: The file's content.
        kind: `csv`, `tsv`, `parquet` or `jsonl`.
        packed: Whether it is gzip-compressed.
        **options: Options of pandas' reader; `dtype` names the columns that are not text.

    Returns:
        The table.
    """
    pandas = load_pandas("read_frame")
    if kind == "parquet":
        return pandas.read_parquet(io.BytesIO(data), **options)  # type: ignore[no-any-return] # a DataFrame
    data = gzip.decompress(data) if packed else data
    if kind == "jsonl":
        return parse_json_lines(data, **options)
    given = options.pop("dtype", None)
    # A type for one column says nothing about the others, which pandas would guess.
    dtype = defaultdict(lambda: str, given) if isinstance(given, Mapping) else given or str
    # NA, None and null are names of people and places; only an empty cell is missing.
    exact = {"sep": _SEPARATORS[kind], "dtype": dtype, "keep_default_na": False, "na_values": [""]}
    frame: pd.DataFrame = pandas.read_csv(io.BytesIO(data), **{**exact, **options})
    if "index_col" not in options and not isinstance(frame.index, pandas.RangeIndex):
        # pandas takes the surplus cells at the left for labels, so that every value is under its neighbor's name.
        raise ValueError("its rows have more cells than its header has names (index_col= says which are labels)")
    return frame


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
    if kind in _SEPARATORS:
        frame.to_csv(file, compression=compression, **{"sep": _SEPARATORS[kind], "index": False, **options})
    elif options:
        asked = {"orient": "records", "lines": True, "date_format": "iso", "double_precision": 15, **options}
        frame.to_json(file, compression=compression, **asked)
    else:
        with understood(url, "a table that JSON can express", "write"):
            data = format_json_lines(frame)
        return gzip.compress(data, mtime=0) if packed else data
    return file.getvalue()


def format_of(url: S3Url) -> tuple[str, bool]:
    """Return the format of a name, `csv`, `tsv`, `parquet` or `jsonl`, and whether it is gzip-compressed.

    Raises:
        InvalidUrl: Another suffix.
    """
    name = url.name.lower()
    packed = name.endswith(".gz")
    kind = name.removesuffix(".gz").rpartition(".")[2]
    if not name.endswith(_SUFFIXES):
        raise InvalidUrl(f"The format of {url} is unknown: its name must end in {', '.join(_SUFFIXES)}.", url=url)
    return kind, packed
