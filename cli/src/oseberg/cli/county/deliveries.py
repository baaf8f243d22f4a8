"""Where deliveries lie: a local folder or file, or `s3://`, from where a delivery is fetched once."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.exits import TRY_LATER, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.county_parsers import County
    from oseberg.s3utils import S3, S3Object


def is_s3(source: str) -> bool:
    """Tell whether a source lies in S3.

    Raises:
        Failure: It is a web address, which may hold a signature and so isn't shown.
    """
    if source.lower().startswith(("http://", "https://")):
        raise Failure("A web address isn't read. Name the place in S3, as s3://BUCKET/KEY, or a local path.")
    return source.lower().startswith("s3://")


def deliveries(root: str, county: County) -> list[str]:
    """Give the deliveries of one county under a root, `ROOT/FIPS/YYYYMMDD`, by day."""
    if not is_s3(root):
        place = Path(root) / county.fips
        return sorted(str(path) for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
    from oseberg.s3utils import S3, S3Url

    found = S3().list(S3Url(root) / county.fips)
    folders = {
        item.url.parent
        for item in found
        if county.is_index(item.url.name) and item.url.parent.parent.name == county.fips
    }
    return sorted(str(folder) for folder in folders)


@contextmanager
def fetched(
    source: str, county: County, ledger: Path | None = None, *, stable_minutes: int = 0, again: bool = False
) -> Iterator[Path | None]:
    """Give the local path of a delivery; None when the ledger knows all its index files as they are now.

    Only index files are fetched. When the block ends well, the ledger keeps them. `again` gives the path of those
    that the ledger knows, too.

    Raises:
        Failure: There is no index file, or (75) the vendor may still be writing it.
    """
    if not is_s3(source):
        yield Path(source)
        return
    from oseberg.s3utils import S3, Ledger

    s3 = S3()
    objects = index_objects(s3, source, county)
    book = Ledger(ledger) if ledger else None
    fresh = list(book.new(objects, stable_for=timedelta(minutes=stable_minutes))) if book else []
    if book and book.waiting:
        raise Failure(f"{source}: written within {stable_minutes} minutes; it may not be whole yet.", TRY_LATER)
    if book and not fresh and not again:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        s3.download_all(objects, folder)
        place = Path(folder) / objects[0].url.key
        yield place.parent if len(objects) > 1 else place
    for item in fresh:
        with item:
            pass


def index_objects(s3: S3, source: str, county: County) -> list[S3Object]:
    """Give the index files that lie directly in a delivery, or the one that the URL names.

    Raises:
        Failure: Nothing lies there, or other files, but no index file.
    """
    from oseberg.s3utils import InvalidUrl, NotFound, S3Url

    place = S3Url(source)
    found = list(s3.list(place))
    if not found:
        try:
            return [s3.stat(place)]
        except (NotFound, InvalidUrl):  # the latter of an empty bucket
            raise Failure(f"{source}: nothing lies here, neither a file nor a folder of files.") from None
    indexes = [item for item in found if county.is_index(item.url.name) and item.url.parent.folder == place.folder]
    if not indexes:
        raise Failure(
            f"{source}: no index file of {county.name} County ({', '.join(county.patterns)}) lies directly in it. "
            f"Name one delivery, as s3://BUCKET/{county.fips}/20180605/, or give --all a root of several."
        )
    return indexes
