"""Find deliveries in a local folder or file, or in S3, from where a delivery is fetched once."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.cli.exits import TRY_LATER, Failure
from oseberg.county_parsers import County, Delivery, load_county
from oseberg.county_parsers.errors import printable
from oseberg.s3utils import S3, InvalidUrl, Ledger, NotFound, S3Object, S3Url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def is_s3(source: str) -> bool:
    """Whether a source is in S3.

    Raises:
        Failure: It is a web address, which may hold a signature and so isn't shown.
    """
    if source.lower().startswith(("http://", "https://")):
        raise Failure("Web addresses aren't supported. Pass an address in S3, as s3://BUCKET/KEY, or a local path.")
    return source.lower().startswith("s3://")


def names_under(root: str) -> list[str]:
    """Return the paths of all files under a root, relative to it; local image folders without their files.

    Args:
        root: A folder or an `s3://` prefix.

    Returns:
        The paths with `/`; those of folders without files end in `/`.
    """
    if is_s3(root):
        prefix = len((S3Url(root) / "").key)
        listed = (item.key[prefix:] for item in S3().list(S3Url(root) / "") if not item.is_folder_marker)
        return list(dict.fromkeys(map(_without_images, listed)))
    return list(_names_in(Path(root), DEPTH)) if Path(root).is_dir() else []


def _without_images(name: str) -> str:
    """Return a path, or only the folder of an image: a delivery has thousands of them."""
    parts = name.split("/")
    return "/".join([*parts[:DEPTH], ""]) if len(parts) > DEPTH and parts[DEPTH - 1] == "images" else name


DEPTH = 3  # ROOT/FIPS/YYYYMMDD/FILE: what is deeper are images


def _names_in(folder: Path, depth: int) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            yield path.name
        elif depth == 1 or not any(path.iterdir()):
            yield f"{path.name}/"
        else:
            yield from (f"{path.name}/{name}" for name in _names_in(path, depth - 1))


LEDGER = ".processed.jsonl"
"""The file of the output folder that records which files were parsed into it."""


@contextmanager
def open_delivery(
    delivery: Delivery,
    *,
    out: Path | None,
    own: Path | None,
    stable_minutes: int,
    again: bool,
    of_all: bool = False,
    changed: frozenset[str] = frozenset(),
) -> Iterator[Path | None]:
    """Fetch a delivery's index files; when the block ends without an error, the ledger records them.

    Args:
        delivery: The delivery, whose source may be an `s3://` address.
        out: The folder of all results, where the ledger is; None to keep no record.
        own: The folder of the user's own county modules.
        stable_minutes: How old the files must be.
        again: Whether to open files that the ledger knows as they are.
        of_all: The delivery is one of all under a root: a local one is recorded as well.
        changed: Sources that have changed although the ledger knows their files: others were withdrawn.

    Yields:
        The local path, or None when the ledger knows all index files as they are and the results exist.

    Raises:
        Failure: The delivery has no index file, or (75) the vendor may still be writing it.
    """
    source = delivery.source
    local = not is_s3(source)
    if local and not of_all:
        yield Path(source)
        return
    county, s3 = load_county(delivery.county, own), None if local else S3()
    objects = index_objects(s3, source, county) if s3 else local_objects(Path(source), county)
    ledger = Ledger(out / LEDGER) if out else None
    fresh = list(ledger.new(objects, stable_for=timedelta(minutes=stable_minutes))) if ledger else []
    if ledger and ledger.waiting:
        message = f"{source}: less than {stable_minutes} minutes old; it may be incomplete. Try again later."
        raise Failure(message, TRY_LATER)
    again = again or source in changed
    if ledger and not fresh and not again and (delivery.out / "summary.json").is_file():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        if s3:
            s3.download_all(objects, folder)
            place = Path(folder) / objects[0].url.key
            yield place.parent if len(objects) > 1 else place
        else:
            yield Path(source)
    if ledger:  # recorded only now, when the results are written
        for item in objects if source in changed else [one.object for one in fresh]:
            ledger.add(item)


def local_objects(folder: Path, county: County) -> list[S3Object]:
    """Return the index files of a local delivery, as the ledger records them.

    Args:
        folder: The delivery.
        county: The county, which knows its index files.

    Returns:
        The files.
    """
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and county.is_index(path.name):
            state = path.stat()
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            written = datetime.fromtimestamp(state.st_mtime, UTC)
            # without a bucket: the file is on this machine; its name may hold bytes that no ledger can
            url = S3Url.of("", printable(str(path.absolute())))
            found.append(S3Object(url, state.st_size, f"sha256:{digest}", written))
    return found


class Withdrawals:
    """Index files that were parsed into a folder and have disappeared from their root since.

    Args:
        root: A folder or an `s3://` prefix.
        out: The folder of all results, where the ledger is.
        present: The paths of the files that are under the root now.

    Attributes:
        returned: The paths of files that were withdrawn once and are there again.
    """

    GONE = "withdrawn"  # instead of a digest: the last that the ledger knows of a file

    def __init__(self, root: str, out: Path, present: Iterable[str]) -> None:
        self._ledger = Ledger(out / LEDGER)
        place = S3Url(root) / "" if is_s3(root) else None
        bucket = place.bucket if place else ""
        prefix = place.key if place else printable(f"{Path(root).absolute()}/")
        there = set(map(printable, present))
        self._gone: dict[str, S3Object] = {}
        self.returned: set[str] = set()
        if (out / LEDGER).is_file():
            records = self._ledger.frame().drop_duplicates(["bucket", "key"], keep="last")
            for record in records.to_dict("records"):
                key = str(record["key"])
                name = key.removeprefix(prefix)
                if record["bucket"] != bucket or not key.startswith(prefix):
                    continue
                if record["etag"] == self.GONE:
                    self.returned |= {name} & there
                elif name not in there:
                    self._gone[name] = S3Object(S3Url.of(bucket, key), 0, self.GONE, datetime.now(UTC))

    @property
    def names(self) -> list[str]:
        """The paths of the files, relative to the root."""
        return sorted(self._gone)

    def settle(self, names: Iterable[str]) -> None:
        """Record that withdrawn files were reported and their deliveries parsed without them."""
        for name in names:
            self._ledger.add(self._gone[name])


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
        except (NotFound, InvalidUrl):  # InvalidUrl for an empty bucket
            raise Failure(f"{source} does not exist. Check the path.") from None
    indexes = [item for item in found if county.is_index(item.url.name) and item.url.parent.folder == place.folder]
    if not indexes:
        raise Failure(
            f"{source} does not directly contain an index file of {county.name} County "
            f"({', '.join(county.patterns)}). Pass one delivery, such as s3://BUCKET/{county.fips}/20180605/, "
            "or --all with a root of several."
        )
    return indexes
