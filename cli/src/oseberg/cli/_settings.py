"""The settings file `oseberg.toml`: the working folder's before the user's, each key on its own."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oseberg.cli._exit import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)

NAME = "oseberg.toml"
SECTIONS = {"accounts", "county", "database", "load", "mixpanel", "score"}


@dataclass(frozen=True)
class Settings:
    """The sections of `oseberg.toml` with the file that each key came from."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[tuple[str, str], Path] = field(default_factory=dict)

    @classmethod
    def load(cls, folders: Iterable[Path] | None = None) -> Settings:
        """Read the files; the first folder that states a key wins."""
        settings = cls()
        for folder in folders if folders is not None else (Path.cwd(), Path(click.get_app_dir("oseberg"))):
            path = folder / NAME
            for section, values in read(path).items():
                for key, value in values.items():
                    if settings.sections.setdefault(section, {}).setdefault(key, value) is value:
                        settings.files.setdefault((section, key), path)
        return settings

    def get(self, section: str, key: str, environment: str | None = None, default: Any = None) -> Any:  # noqa: ANN401 - a TOML value
        """Give one value: the environment's, else the file's, else the default."""
        if environment and os.environ.get(environment):
            return os.environ[environment]
        return self.sections.get(section, {}).get(key, default)

    def validated(self, section: str, model: type[Model]) -> Model:
        """Give a section, or a table in it such as `county.check`, as a library's typed settings.

        Raises:
            Failure: A value is wrong or a key is unknown; the message names the file and the key.
        """
        from pydantic import ValidationError

        outer, _, table = section.partition(".")
        values = self.sections.get(outer, {})
        try:
            return model.model_validate(values.get(table, {}) if table else values)
        except ValidationError as error:
            lines = []
            for problem in error.errors():
                key = ".".join(str(part) for part in problem["loc"])
                file = self.files.get((outer, table or (str(problem["loc"][0]) if problem["loc"] else "")), NAME)
                unknown = problem["type"] == "extra_forbidden"
                known = f"; known are {', '.join(model.model_fields)}" if len(problem["loc"]) == 1 else ""
                fault = f"unknown{known}" if unknown else problem["msg"]
                lines.append(f"{file}: [{section}] {key}: {fault}")
            raise Failure("\n".join(lines)) from None


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Read one file; a missing one is empty.

    Raises:
        Failure: The file is no TOML, or holds a section that nothing reads.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {error}. Mend the file; https://toml.io shows the format.") from None
    for section, values in content.items():
        if section not in SECTIONS or not isinstance(values, dict):
            raise Failure(f"{path}: [{section}] is unknown. The sections are {', '.join(sorted(SECTIONS))}.")
    return content


def home() -> Path:
    """Give the folder for data of our own: `OSEBERG_HOME`, else the user's data folder (for root /var/lib/oseberg)."""
    if os.environ.get("OSEBERG_HOME"):
        return Path(os.environ["OSEBERG_HOME"])
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/oseberg")
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "oseberg"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "oseberg"
