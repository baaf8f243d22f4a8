"""Methods that write the content of one object, and open files."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal, overload

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents import tables, texts
from oseberg.s3utils._copies import touch as touch_room
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._transfer import open_files, upload
from oseberg.s3utils._verbs.front import Front, Options

if TYPE_CHECKING:
    import pandas as pd


def write_bytes(
    self: Front,
    url: str | S3Url,
    data: bytes,
    *,
    if_absent: bool = False,
    if_match: str | None = None,
    write_options: Options = None,
) -> S3Object:
    """Write an object.

    Args:
        url: Where to.
        data: The content.
        if_absent: Only if it does not exist yet.
        if_match: Only if the object there has this ETag.
        write_options: Override those of this S3, one by one.

    Returns:
        What was written, with its new ETag.

    Raises:
        AlreadyExists, PreconditionFailed: The condition doesn't hold.
        Conflict: Other writers never let it through.
        NotSupported: The store ignores conditions; nothing was written.
    """
    return upload.put(self._with(write_options), data, S3Url(url), Condition(if_absent, if_match))


def write_text(
    self: Front,
    url: str | S3Url,
    data: str,
    *,
    encoding: str = "utf-8",
    if_absent: bool = False,
    if_match: str | None = None,
    write_options: Options = None,
) -> S3Object:
    """Write text.

    Args:
        url: Where to.
        data: The text.
        encoding: The encoding.
        if_absent: As in `write_bytes`.
        if_match: As in `write_bytes`.
        write_options: As in `write_bytes`.

    Returns:
        What was written, with its new ETag.

    Raises:
        InvalidContent: The encoding lacks one of the text's characters.
    """
    content = texts.format_text(data, encoding, S3Url(url))
    return upload.put(self._with(write_options), content, S3Url(url), Condition(if_absent, if_match))


def write_json(
    self: Front,
    url: str | S3Url,
    data: Any,  # noqa: ANN401 - JSON is anything
    *,
    if_absent: bool = False,
    if_match: str | None = None,
    write_options: Options = None,
) -> S3Object:
    """Write JSON, in UTF-8, ending in a line break.

    Args:
        url: Where to.
        data: What `json.dumps` takes.
        if_absent: As in `write_bytes`.
        if_match: As in `write_bytes`.
        write_options: As in `write_bytes`.

    Returns:
        What was written, with its new ETag.

    Raises:
        InvalidContent: There is a NaN or an infinity in it, which JSON doesn't know.
    """
    text = texts.format_json(data, S3Url(url))
    return upload.put(self._with(write_options), text, S3Url(url), Condition(if_absent, if_match))


def write_frame(
    self: Front,
    frame: pd.DataFrame,
    url: str | S3Url,
    *,
    if_absent: bool = False,
    if_match: str | None = None,
    write_options: Options = None,
    **options: Any,  # noqa: ANN401 - pandas' own options
) -> S3Object:
    """Write a table by its suffix (see `read_frame`), without the index unless `index=True`.

    The types of a csv file's columns are noted in the object's metadata, so that `read_frame` returns what was
    written.

    Args:
        frame: The table.
        url: Where to.
        if_absent: As in `write_bytes`.
        if_match: As in `write_bytes`.
        write_options: As in `write_bytes`.
        **options: For `to_csv`, `to_parquet` or `to_json` of pandas.

    Returns:
        What was written, with its new ETag.
    """
    condition = Condition(if_absent, if_match)
    return tables.write_frame(self._with(write_options), frame, S3Url(url), condition, **options)


def touch(self: Front, url: str | S3Url, *, write_options: Options = None) -> S3Object:
    """Create an empty object, or renew the time of an existing one and keep its content.

    Args:
        url: The object, at most 5 GB.
        write_options: As in `write_bytes`.

    Returns:
        The object as it is now.
    """
    return touch_room.touch(self._with(write_options), S3Url(url))


@overload
def open(
    self: Front,
    url: str | S3Url,
    mode: Literal["r", "rt", "w", "wt", "x", "xt"] = "r",
    *,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    version_id: str | None = None,
    if_match: str | None = None,
    write_options: Options = None,
) -> IO[str]: ...


@overload
def open(
    self: Front,
    url: str | S3Url,
    mode: Literal["rb", "wb", "xb"],
    *,
    version_id: str | None = None,
    if_match: str | None = None,
    write_options: Options = None,
) -> IO[bytes]: ...


def open(
    self: Front,
    url: str | S3Url,
    mode: str = "r",
    *,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    version_id: str | None = None,
    if_match: str | None = None,
    write_options: Options = None,
) -> IO[str] | IO[bytes]:
    """Open an object as a Python file.

    Reading is seekable and fetches ranges as they are needed, all of one state of the object. What is written
    becomes the object when the `with` block ends well, and nothing when it doesn't.

    Args:
        url: The object.
        mode: `r`, `rb`, `w`, `wb`; `x`, `xb` write only if it does not exist yet.
        encoding: The text's encoding; UTF-8 unless given.
        errors: As in Python's open.
        newline: As in Python's open.
        version_id: A version that the bucket keeps, to read; the newest unless given.
        if_match: Write only if the object there has this ETag.
        write_options: As in `write_bytes`.

    Returns:
        A seekable reader, or a writer that publishes the object when it is closed.

    Raises:
        NotFound: There is nothing to read.
        AlreadyExists: `x`, and there is one (when the block ends).
        ValueError: Another mode, or a version to write.
    """
    connection = self._with(write_options).at_version(version_id)
    text = {"encoding": encoding, "errors": errors, "newline": newline}
    return open_files.open_object(connection, S3Url(url), mode, if_match, **text)
