"""The registry of counties: the modules of this package, and those in a folder of the user's."""

from __future__ import annotations

import importlib
import pkgutil
import re
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from oseberg.county_parsers import counties
from oseberg.county_parsers._declaration.county import County
from oseberg.county_parsers.errors import BadDeclarationError, CountyError, UnknownCountyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TEMPLATE = "example"
NAME = re.compile(r"[a-z][a-z0-9_]*")


def list_counties(
    folder: str | Path | None = None, *, on_error: Callable[[BadDeclarationError], object] | None = None
) -> dict[str, County]:
    """Return every county by the name of its module, the template left out.

    Args:
        folder: A folder with county modules of your own; one that has the name of a shipped one replaces it.
        on_error: Takes the error of a module that can't be used, which is left out. Without it the error is raised.

    Returns:
        The counties: this package's in alphabetical order, then those of the folder.

    Raises:
        BadDeclarationError: A module can't be loaded, or declares no county.

    Example:
        >>> list_counties()["andrews"].fips
        '48003'
    """
    counties: dict[str, County] = {}
    for name in (name for name in names(folder) if name != TEMPLATE):
        try:
            counties[name] = load_county(name, folder)
        except BadDeclarationError as error:
            if on_error is None:
                raise
            on_error(error)
    return counties


def names(folder: str | Path | None = None) -> list[str]:
    """Return the names of all county modules, the template included: this package's, then those of the folder."""
    shipped = _shipped()
    return shipped + [name for name in _own(folder) if name not in shipped]


def _own(folder: str | Path | None) -> list[str]:
    found = sorted(Path(folder).glob("*.py")) if folder else []
    return [path.stem for path in found if may_be_county(path.stem)]


def is_own(name: str, folder: str | Path | None) -> bool:
    """Whether a county's module is the user's own; one with the name of a shipped module replaces it.

    Args:
        name: The module's name.
        folder: The folder with the user's modules.

    Returns:
        Whether it is in the folder.
    """
    return name in _own(folder)


def choose_by_fips(
    counties: Mapping[str, County], folder: str | Path | None = None
) -> tuple[dict[str, str], list[str]]:
    """Choose one module for each county's code: the user's own before this package's.

    Args:
        counties: The counties by their modules' names.
        folder: The folder with the user's modules.

    Returns:
        The module's name by code, and a sentence for each choice.
    """
    chosen: dict[str, str] = {}
    told: list[str] = []
    # The user's own come first: they were written because the shipped one did not fit.
    for name in sorted(counties, key=lambda name: not is_own(name, folder)):
        fips = counties[name].fips
        if fips in chosen:
            told.append(
                f"{name}: its fips {fips} is also that of {chosen[fips]}, which is used for this county's deliveries. "
                "Remove one of the two modules, or name the module: oseberg county parse NAME SOURCE."
            )
        else:
            chosen[fips] = name
    return chosen, told


def _shipped() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(counties.__path__) if may_be_county(module.name))


def may_be_county(name: str) -> bool:
    """Whether a module of this name counts as a county: in lower case, and not a test."""
    return bool(NAME.fullmatch(name)) and not name.startswith(("test_", "conftest"))


def load_county(name: str, folder: str | Path | None = None) -> County:
    """Return one county's declaration.

    Args:
        name: The module's name.
        folder: A folder with county modules of your own; they come before this package's.

    Returns:
        The module's `county`.

    Raises:
        UnknownCountyError: No module has this name.
        BadDeclarationError: The module can't be loaded, or declares no `county`.
    """
    file = module_file(name, folder)
    module = _load_file(file) if is_own(name, folder) else importlib.import_module(f"{counties.__name__}.{name}")
    county = getattr(module, "county", None)
    if not isinstance(county, County):
        raise BadDeclarationError(f"{file}: it should declare `county = County(...)`.")
    return county


def module_file(name: str, folder: str | Path | None = None) -> Path:
    """Return the file of a county's module.

    Raises:
        UnknownCountyError: No module has this name.
    """
    known = names(folder)
    if name not in known:
        some = ", ".join(other for other in known if other != TEMPLATE)
        raise UnknownCountyError(f"No county is named {name!r}. There are {some}; `oseberg county new` adds another.")
    return Path((folder or "") if is_own(name, folder) else counties.__path__[0]) / f"{name}.py"


def _load_file(path: Path) -> ModuleType:
    module = ModuleType(f"oseberg_county_{path.stem}")
    module.__file__ = str(path)
    try:
        exec(compile(path.read_bytes(), path, "exec"), module.__dict__)  # noqa: S102 - the user's own declaration
    except (Exception, SystemExit) as error:
        raise BadDeclarationError(f"{_place_in(path, error) or path}: {_told(error)}") from error
    return module


@contextmanager
def blamed(path: Path) -> Iterator[None]:
    """Report errors in the hooks of a user's module with file and line; other errors pass unchanged.

    Raises:
        BadDeclarationError: For an error of Python's that passed through the module.
    """
    try:
        yield
    except (CountyError, OSError):
        raise
    except Exception as error:
        if place := _place_in(path, error):
            raise BadDeclarationError(f"{place}: {_told(error)}") from error
        raise


def _place_in(path: Path, error: BaseException) -> str | None:
    """Return the file and the last line of it that an error passed through."""
    trace = traceback.extract_tb(error.__traceback__)
    line = next((frame.lineno for frame in reversed(trace) if frame.filename == str(path)), None)
    return f"{path}, line {line}" if line else None


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, CountyError) else f"{type(error).__name__}: {error}"
