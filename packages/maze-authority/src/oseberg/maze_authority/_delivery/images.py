"""The image files of a delivery: a folder's, or listed ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.maze_authority._records.columns import plain
from oseberg.maze_authority.errors import CompanionError

if TYPE_CHECKING:
    from collections.abc import Mapping

Listed = str | Path | tuple[str, int | None, str | None]
Given = str | Path | Iterable[Listed]

FOLDER = "images/"


@dataclass(frozen=True)
class Images:
    """Delivered image files.

    Attributes:
        sizes: Bytes by path (`images/…`, `/` separators); None where unknown.
        digests: A digest of the bytes by path, for the files that have one.
        has_digests: Whether equal bytes can be told at all.
    """

    sizes: Mapping[str, int | None]
    digests: Mapping[str, str]
    has_digests: bool


def gather(given: Given) -> Images:
    """Gather image files from a folder that holds `images/`, or from paths or (path, size, digest) triples.

    In a folder only files of equal size are read for their digests: others can't have equal bytes.

    Raises:
        CompanionError: The folder does not exist, or an entry is neither a path nor a triple.
    """
    if isinstance(given, (str, Path)):
        return scan(Path(given))
    sizes: dict[str, int | None] = {}
    digests: dict[str, str] = {}
    for entry in given:
        path, size, digest = triple(entry)
        sizes[path] = size
        if digest is not None:
            digests[path] = digest
    return Images(sizes, digests, bool(digests) or not sizes)


def triple(entry: Listed) -> tuple[str, int | None, str | None]:
    """Return one entry as (path, size, digest).

    Raises:
        CompanionError: It is something else.
    """
    if isinstance(entry, (str, Path)):
        return normal(str(entry)), None, None
    try:
        path, size, digest = entry
        return normal(str(path)), size, digest
    except (TypeError, ValueError):
        raise CompanionError(f"{entry!r} is not an image. Pass a path or (path, size, digest or None).") from None


def normal(path: str) -> str:
    """Return a path as records name it: from `images/` on, with `/` separators."""
    # Windows writes backslashes, and the index is written there.
    unix = str(plain(path.replace("\\", "/")))
    start = 0 if unix.startswith(FOLDER) else unix.find("/" + FOLDER) + 1
    return unix[start:] if unix.startswith(FOLDER) or start else FOLDER + unix.lstrip("/")


def scan(folder: Path) -> Images:
    """List a delivery's folder; without `images/` it has no images, as on an empty day.

    Raises:
        CompanionError: It is not a folder, or can't be listed.
    """
    if not folder.is_dir():
        raise CompanionError(f"{folder} is not a folder. Pass the delivery's folder, which holds images/.")
    # People name either the delivery or its images.
    root = folder if folder.name == "images" else folder / "images"
    try:
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        files = {FOLDER + str(plain(path.relative_to(root).as_posix())): path for path in paths}
        sizes: dict[str, int | None] = {name: path.stat().st_size for name, path in files.items()}
        return Images(sizes, equal_sized(files, sizes), has_digests=True)
    except OSError as error:
        raise CompanionError(f"{error.filename or folder}: {error.strerror}. The images can't be listed.") from None


def equal_sized(files: Mapping[str, Path], sizes: Mapping[str, int | None]) -> dict[str, str]:
    """Digest the files that share their size with another."""
    # Files of different sizes differ: only the others are read, which may be none of a million.
    same: dict[int, list[str]] = defaultdict(list)
    for name, size in sizes.items():
        if size:
            same[size].append(name)
    digests = {}
    for name in (name for names in same.values() if len(names) > 1 for name in names):
        with files[name].open("rb") as file:
            digests[name] = file_digest(file, "sha256").hexdigest()
    return digests
