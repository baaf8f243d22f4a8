"""The settings file `oseberg.toml`: the working folder's before the user's, each key on its own."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oseberg.cli.exits import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    Model = TypeVar("Model", bound=BaseModel)

NAME = "oseberg.toml"
SECTIONS = {"accounts", "county", "database", "load", "mixpanel", "score"}


@dataclass(frozen=True)
class Settings:
    """The sections of `oseberg.toml` with the file that each key came from."""

    sections: dict[str, Any] = field(default_factory=dict)
    files: dict[tuple[str | int, ...], Path] = field(default_factory=dict)

    @classmethod
    def load(cls, folders: Iterable[Path] | None = None) -> Settings:
        """Read the files; the first folder that states a key wins. Settings that the command was given are kept."""
        context = click.get_current_context(silent=True)
        if context and isinstance(context.obj, cls):
            return context.obj
        settings = cls()
        for folder in folders if folders is not None else (Path.cwd(), Path(click.get_app_dir("oseberg"))):
            settings._add(read(folder / NAME), settings.sections, folder / NAME, ())
        return settings

    def _add(self, values: dict[str, Any], known: dict[str, Any], file: Path, place: tuple[str, ...]) -> None:
        """Take what is not stated yet, in tables too."""
        for key, value in values.items():
            if isinstance(value, dict) and isinstance(known.setdefault(key, {}), dict):
                self._add(value, known[key], file, (*place, key))
            elif key not in known:
                known[key] = value
                self.files[*place, key] = file

    def get(self, section: str, key: str, environment: str | None = None, default: Any = None) -> Any:  # noqa: ANN401 - a TOML value
        """Give one value: the environment's, else the file's, else the default."""
        if environment and os.environ.get(environment):
            return os.environ[environment]
        return self.sections.get(section, {}).get(key, default)

    def path(self, section: str, key: str) -> Path | None:
        """Give a path as its file means it: from the file's folder on, with `~` for the user's home."""
        stated = self.sections.get(section, {}).get(key)
        return self.files[section, key].parent / Path(stated).expanduser() if stated else None

    def file_of(self, *place: str | int) -> Path:
        """Give the file that states a key, a table around it or a key in it."""
        found = (file for key, file in self.files.items() if all(a == b for a, b in zip(key, place, strict=False)))
        return next(found, Path(NAME))

    def validated(self, section: str, model: type[Model]) -> Model:
        """Give a section, or a table in it such as `county.check`, as a library's typed settings.

        Raises:
            Failure: A value is wrong or a key is unknown; the message names the file and the key.
        """
        from pydantic import ValidationError

        values: Any = self.sections
        for name in section.split("."):
            values = values.get(name, {})
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise Failure("\n".join(self._fault(section, model, problem) for problem in error.errors())) from None

    def _fault(self, section: str, model: type[BaseModel], problem: ErrorDetails) -> str:
        """Say where a value is wrong, and how."""
        place, fault = problem["loc"], problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            names = ", ".join(one.alias or name for name, one in model.model_fields.items())
            fault = f"unknown; known are {names}" if len(place) == 1 else "unknown"
        key = f"[{section}] {'.'.join(map(str, place))}".rstrip()
        return f"{self.file_of(*section.split('.'), *place)}: {key}: {fault}"


def read(path: Path) -> dict[str, Any]:
    """Read one file; a missing one is empty.

    Raises:
        Failure: The file is no TOML, or holds a section that nothing reads.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Failure(f"{path} is no text in UTF-8. Save it in that encoding.") from None
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{path}: {error}. Mend the file; https://toml.io shows the format.") from None
    for section, values in content.items():
        if section not in SECTIONS:
            raise Failure(f"{path}: [{section}] is unknown. The sections are {', '.join(sorted(SECTIONS))}.")
        if not isinstance(values, dict):
            raise Failure(f"{path}: {section} is a section. Write [{section}] on a line of its own, its keys below.")
    return content


def home() -> Path:
    """Give the folder for data of our own: `OSEBERG_HOME`, else the user's data folder (for root /var/lib/oseberg).

    Raises:
        Failure: The system knows no home of the user, as in some containers.
    """
    if os.environ.get("OSEBERG_HOME"):
        return Path(os.environ["OSEBERG_HOME"])
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/oseberg")
    try:
        if os.name == "nt":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "oseberg"
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "oseberg"
    except RuntimeError:
        raise Failure("This account has no home folder. Name a folder for data in OSEBERG_HOME.") from None
