"""Keys as paths below one folder: never outside it, and never two keys in one file.

A key is any text. As a path it may climb out of the folder (`../x`), start over (`/etc/x`, `C:x`), name a file where
another key needs a folder, or differ from another only in a way that some disks don't see (`A` and `a`). The same
rules hold on every system, so that a delivery gives the same files everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils.errors import UnsafeKey

MAX_NAME_BYTES = 255  # of ext4, xfs, apfs and ntfs (there: characters)
_DRIVE = re.compile(r"[A-Za-z]:.*", re.DOTALL)


class Tree:
    """The files below one folder, each given to one key at most.

    Args:
        folder: The folder; it need not exist yet.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._root = self.folder.resolve()
        self._inside: dict[Path, bool] = {}
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def claim(self, relative: str, url: S3Url | str, size: int = 0) -> Path:
        """Return the path of a key, and reserve it.

        A key that ends in a slash names a folder, and its path is that folder.

        Args:
            relative: The key, relative to the folder.
            url: The object, for messages.
            size: Its size; a key that ends in a slash must have 0 bytes.

        Returns:
            The path below the folder.

        Raises:
            UnsafeKey: It can't be a path below the folder, or another key has it.
        """
        name = relative.removesuffix("/")
        segments = name.split("/")
        nameless = (
            "it ends in a slash, as a folder does, and yet holds bytes" if size and relative.endswith("/") else None
        )
        problem = nameless or _problem(name, segments) or self._clash(segments, is_folder=relative.endswith("/"))
        path = self.folder.joinpath(*segments) if not problem else self.folder
        if not problem and not self._is_inside(path.parent):
            problem = "a symbolic link leads out of the folder"
        if problem:
            raise UnsafeKey(
                f"{url} can't be a file below {self.folder}: {problem}. Download it alone, to a name of your own.",
                url=url,
                operation="download",
            )
        self._keep(segments, is_folder=relative.endswith("/"))
        return path

    def _is_inside(self, above: Path) -> bool:
        if above not in self._inside:
            self._inside[above] = above.resolve().is_relative_to(self._root)
        return self._inside[above]

    def _clash(self, segments: list[str], *, is_folder: bool) -> str | None:
        for above in _above(segments):
            if (taken := self._files.get(_fold(above))) is not None:
                return f"{taken!r} is a file"
            if (taken := self._folders.get(_fold(above), above)) != above:
                return f"it differs from {taken!r} in case alone"
        name = "/".join(segments)
        taken_file, taken_folder = self._files.get(_fold(name)), self._folders.get(_fold(name))
        if is_folder and taken_folder == name:
            return None
        if taken_folder is not None:
            return f"{taken_folder!r} is a folder"
        return None if taken_file is None else f"{taken_file!r} has the same file"

    def _keep(self, segments: list[str], *, is_folder: bool) -> None:
        for above in _above(segments):
            self._folders[_fold(above)] = above
        name = "/".join(segments)
        (self._folders if is_folder else self._files)[_fold(name)] = name


def _problem(name: str, segments: list[str]) -> str | None:
    """Return the reason why a relative key can't be a path, regardless of other files; None if it can."""
    problems = {
        "it has no name": not name,
        "it holds a NUL": "\0" in name,
        "it holds a backslash, which separates folders on some systems": "\\" in name,
        "it begins with a slash": name.startswith("/"),
        "it has an empty segment (//)": "" in segments,
        "it has . or .. as a segment": "." in segments or ".." in segments,
        "it names a drive": any(_DRIVE.fullmatch(segment) for segment in segments),
        f"a name in it is longer than {MAX_NAME_BYTES} bytes": any(
            len(segment.encode()) > MAX_NAME_BYTES for segment in segments
        ),
    }
    return next((problem for problem, present in problems.items() if present), None)


def _above(segments: list[str]) -> list[str]:
    return ["/".join(segments[:count]) for count in range(1, len(segments))]


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
