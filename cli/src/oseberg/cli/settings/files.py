"""Read the settings file `oseberg.toml`: the working folder's overrides the user's, key by key."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from oseberg.cli.exits import Failure
from oseberg.cli.settings.faults import describe_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

Model = TypeVar("Model", bound=BaseModel)

NAME = "oseberg.toml"
SECTIONS = {"accounts", "county", "database", "load", "mixpanel", "retention", "run", "score"}


@dataclass(frozen=True)
class Settings:
    """The sections of `oseberg.toml` with the file that each key came from."""

    sections: dict[str, Any] = field(default_factory=dict)
    files: dict[tuple[str | int, ...], Path] = field(default_factory=dict)

    @classmethod
    def load(cls, folders: Iterable[Path] | None = None) -> Settings:
        """Read the files; the first folder that has a key wins.

        Args:
            folders: The folders to look in, by default the working folder and the user's configuration folder.

        Returns:
            The settings; those that were passed to the command as they are.
        """
        # the demo and the steps of a run pass their settings on, so that no file changes between two steps
        context = click.get_current_context(silent=True)
        if context and isinstance(context.obj, cls):
            return context.obj
        settings = cls()
        for folder in folders if folders is not None else settings_folders():
            settings._add(read(folder / NAME), settings.sections, folder / NAME, ())
        return settings

    def _add(self, values: dict[str, Any], known: dict[str, Any], file: Path, place: tuple[str, ...]) -> None:
        """Add the keys that are not known yet, inside tables as well."""
        for key, value in values.items():
            if isinstance(value, dict) and isinstance(known.setdefault(key, {}), dict):
                self._add(value, known[key], file, (*place, key))
            elif key not in known:
                known[key] = value
                self.files[*place, key] = file

    def get(self, section: str, key: str, environment: str | None = None, default: Any = None) -> Any:  # noqa: ANN401 - a TOML value
        """Return one value: the environment's, else the file's, else the default.

        Args:
            section: The section of the file.
            key: The key in the section.
            environment: The name of a variable that overrides it.
            default: The value if it is set nowhere.

        Returns:
            The value as TOML has it, or the variable's text.
        """
        if environment and os.environ.get(environment):
            return os.environ[environment]
        return self.sections.get(section, {}).get(key, default)

    def path(self, section: str, key: str) -> Path | None:
        """Return a path, relative to the folder of its file; `~` is the user's home."""
        stated = self.sections.get(section, {}).get(key)
        return self.files[section, key].parent / Path(stated).expanduser() if stated else None

    def file_of(self, *place: str | int) -> Path:
        """Return the file that has a key, a table around it or a key inside it."""
        found = (file for key, file in self.files.items() if all(a == b for a, b in zip(key, place, strict=False)))
        return next(found, Path(NAME))

    def validated(self, section: str, model: type[Model]) -> Model:
        """Return a section, or a table in it such as `county.check`, as a library's typed settings.

        Args:
            section: The section, with dots before tables in it.
            model: The library's settings.

        Returns:
            The settings.

        Raises:
            Failure: A value is invalid or a key is unknown; the message names the file and the key.
        """
        values: Any = self.sections
        for name in section.split("."):
            values = values.get(name, {})
        try:
            return model.model_validate(values)  # all faults at once: nobody fixes a file one error at a time
        except ValidationError as error:
            faults = (
                f"{self.file_of(*section.split('.'), *problem['loc'])}: {describe_fault(section, model, problem)}"
                for problem in error.errors()
            )
            raise Failure("\n".join(faults)) from None


def settings_folders() -> tuple[Path, Path]:
    """Return the folders of the settings files: the working folder, then the user's configuration folder."""
    return Path.cwd(), Path(click.get_app_dir("oseberg"))


def read(path: Path) -> dict[str, Any]:
    """Read one file; a missing one is empty.

    Args:
        path: The file.

    Returns:
        Its sections.

    Raises:
        Failure: The file is not valid TOML, or has an unknown section.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise Failure(f"{path} is not valid UTF-8. Save it in that encoding.") from None
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{path}: {error}. Fix the file; https://toml.io describes the format.") from None
    for section, values in content.items():
        if section not in SECTIONS:
            meant = "".join(f"Did you mean [{one}]? " for one in get_close_matches(section, SECTIONS, n=1))
            raise Failure(
                f"{path}: unknown section [{section}]. {meant}The sections are {', '.join(sorted(SECTIONS))}."
            )
        if not isinstance(values, dict):
            raise Failure(f"{path}: {section} is a section. Write [{section}] on a line of its own, its keys below.")
    return content
