"""Which counties there are: the modules of this package, and those of a folder of the user's."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers import counties
from oseberg.county_parsers._county import County
from oseberg.county_parsers.errors import BadDeclarationError, UnknownCountyError

if TYPE_CHECKING:
    from types import ModuleType

TEMPLATE = "example"
NAME = re.compile(r"[a-z][a-z0-9_]*")


def list_counties(folder: str | Path | None = None) -> dict[str, County]:
    """Give every county by the name of its module, the template left out.

    Args:
        folder: A folder with county modules of your own; they come after this package's.

    Raises:
        BadDeclarationError: A module declares no county.

        >>> list_counties()["andrews"].fips
        '48003'
    """
    return {name: load_county(name, folder) for name in names(folder) if name != TEMPLATE}


def names(folder: str | Path | None = None) -> list[str]:
    """Give the names of all county modules, the template included."""
    own = [path.stem for path in sorted(Path(folder).glob("*.py"))] if folder else []
    shipped = sorted(module.name for module in pkgutil.iter_modules(counties.__path__))
    return shipped + [name for name in own if NAME.fullmatch(name) and name not in shipped]


def load_county(name: str, folder: str | Path | None = None) -> County:
    """Give one county's declaration; this package's modules come before those of the folder.

    Raises:
        UnknownCountyError: No module has this name.
        BadDeclarationError: The module declares no `county`.
    """
    known = names(folder)
    if name not in known:
        some = ", ".join(other for other in known if other != TEMPLATE)
        raise UnknownCountyError(f"No county is named {name!r}. There are {some}; `oseberg county new` makes another.")
    shipped = name in {module.name for module in pkgutil.iter_modules(counties.__path__)}
    module = (
        importlib.import_module(f"{counties.__name__}.{name}")
        if shipped
        else _load_file(Path(folder or "") / f"{name}.py")
    )
    county = getattr(module, "county", None)
    if not isinstance(county, County):
        raise BadDeclarationError(f"{module.__file__}: it should declare `county = County(...)`.")
    return county


def _load_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"oseberg_county_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadDeclarationError(f"{path}: Python can't load this file as a module.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
