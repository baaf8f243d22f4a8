"""Find deliveries in a local folder or file, or in S3, from where a delivery is fetched once."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.exits import TRY_LATER, Failure
from oseberg.county_parsers import County, Delivery, load_county
from oseberg.s3utils import S3, InvalidUrl, Ledger, NotFound, S3Object, S3Url

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_s3(source: str) -> bool:
    """Whether a source is in S3.

    Raises:
        Failure: It is a web address, which may hold a signature and so isn't shown.
    """
    if source.lower().startswith(("http://", "https://")):
        raise Failure("Web addresses aren't supported. Pass an address in S3, as s3://BUCKET/KEY, or a local path.")
    return source.lower().startswith("s3://")


def deliveries(root: str, county: County) -> list[str]:
    """Return the deliveries of one county under a root, `ROOT/FIPS/YYYYMMDD`, by day.

    Args:
        root: A folder or an `s3://` prefix.
        county: The county.

    Returns:
        The paths or addresses, sorted.
    """
    if not is_s3(root):
        place = Path(root) / county.fips
        return sorted(str(path) for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
    found = S3().list(S3Url(root) / county.fips)
    folders = {
        item.url.parent
        for item in found
        if county.is_index(item.url.name) and item.url.parent.parent.name == county.fips
    }
    return sorted(str(folder) for folder in folders)


LEDGER = ".processed.jsonl"
"""The file of the output folder that records which files in S3 were parsed into it."""


@contextmanager
def open_delivery(
    delivery: Delivery, *, out: Path | None, own: Path | None, stable_minutes: int, again: bool
) -> Iterator[Path | None]:
    """Fetch a delivery's index files; when the block ends without an error, the ledger records them.

    Args:
        delivery: The delivery, whose source may be an `s3://` address.
        out: The folder of all results, where the ledger is; None to keep no record.
        own: The folder of the user's own county modules.
        stable_minutes: How old files in S3 must be.
        again: Whether to fetch files that the ledger knows as they are.

    Yields:
        The local path, or None when the ledger knows all index files as they are and the results exist.

    Raises:
        Failure: The delivery has no index file, or (75) the vendor may still be writing it.
    """
    source = delivery.source
    if not is_s3(source):
        yield Path(source)
        return
    s3 = S3()
    objects = index_objects(s3, source, load_county(delivery.county, own))
    ledger = Ledger(out / LEDGER) if out else None
    fresh = list(ledger.new(objects, stable_for=timedelta(minutes=stable_minutes))) if ledger else []
    if ledger and ledger.waiting:
        message = f"{source}: less than {stable_minutes} minutes old; it may be incomplete. Try again later."
        raise Failure(message, TRY_LATER)
    if ledger and not fresh and not again and (delivery.out / "summary.json").is_file():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        s3.download_all(objects, folder)
        place = Path(folder) / objects[0].url.key
        yield place.parent if len(objects) > 1 else place
    for item in fresh:
        with item:  # recorded only now, when the results are written
            pass


def index_objects(s3: S3, source: str, county: County) -> list[S3Object]:
    """Return the index files directly in a delivery, or the one that the address names.

    Args:
        s3: The store.
        source: The address.
        county: The county, which knows its index files.

    Returns:
        The objects, at least one.

    Raises:
        Failure: The address is empty, or has only other files.
    """
    place = S3Url(source)
    found = list(s3.list(place))
    if not found:
        try:
            return [s3.stat(place)]
        except (NotFound, InvalidUrl):  # the latter of an empty bucket
            raise Failure(f"{source}: there is no such file or folder.") from None
    indexes = [item for item in found if county.is_index(item.url.name) and item.url.parent.folder == place.folder]
    if not indexes:
        raise Failure(
            f"{source}: it doesn't directly contain an index file of {county.name} County "
            f"({', '.join(county.patterns)}). Pass one delivery, as s3://BUCKET/{county.fips}/20180605/, or --all with "
            "a root of several."
        )
    return indexes
