"""The size of a folder, and its tree as text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.listing import list_objects
from oseberg.s3utils.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


@dataclass(frozen=True)
class Usage:
    """The size of a folder. Prints as one line.

    Attributes:
        url: The folder.
        objects: Number of objects.
        size: Bytes of all of them.
        classes: Bytes in each storage class.
        folders: Bytes below each folder that is directly in it.
    """

    url: S3Url
    objects: int
    size: int
    classes: dict[str, int] = field(default_factory=dict)
    folders: dict[S3Url, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{readable(self.size)} in {self.objects:,} object{'' if self.objects == 1 else 's'}: {self.url}"


def du(connection: Connection, url: S3Url) -> Usage:
    """Add up what is below a folder; see `S3.du`."""
    folder, count = url.folder, 0
    classes: Counter[str] = Counter()
    folders: Counter[S3Url] = Counter()
    for item in list_objects(connection, folder):
        count += 1
        classes[item.storage_class] += item.size
        name, slash, _ = item.key.removeprefix(folder.key).partition("/")
        if slash:
            folders[folder / f"{name}/"] += item.size
    return Usage(folder, count, classes.total(), dict(classes), dict(folders))


def readable(size: int) -> str:
    """Return a number of bytes for people: `12.3 MiB`."""
    value, unit = float(size), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:,.1f} {_UNITS[unit]}" if unit else f"{size} byte{'' if size == 1 else 's'}"


def draw_tree(url: S3Url, objects: Iterable[S3Object], depth: int | None) -> str:
    """Draw the folders and objects below a folder; see `S3.tree`."""
    root: dict[str, object] = {}
    for item in objects:
        *above, name = item.key.removeprefix(url.folder.key).split("/")
        place = root
        for segment in above:
            place = place.setdefault(f"{segment}/", {})  # type: ignore[assignment] # folders hold folders
        if name:
            place[name] = item
    return "\n".join([str(url.folder), *_branches(root, depth)])


def _one_line(name: str) -> str:
    return printable(name).replace("\n", "\\n")


def _branches(place: dict[str, object], depth: int | None, before: str = "") -> list[str]:
    lines: list[str] = []
    for number, (name, what) in enumerate(place.items(), start=1):
        is_last = number == len(place)
        about = "" if isinstance(what, dict) else f"  {readable(what.size)}"  # type: ignore[attr-defined] # an object
        lines.append(f"{before}{'└── ' if is_last else '├── '}{_one_line(name)}{about}")
        if isinstance(what, dict) and (depth is None or depth > 1):
            deeper = None if depth is None else depth - 1
            lines += _branches(what, deeper, before + ("    " if is_last else "│   "))
    return lines
