"""The repository as its tests see it: its packages, its modules and the files that git tracks."""

import importlib
import pkgutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent for path in (*ROOT.glob("packages/*/pyproject.toml"), ROOT / "cli" / "pyproject.toml"))
NAMES = [member.name for member in MEMBERS]


def tracked() -> list[str]:
    """Return the files that git tracks and that exist, relative to the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).exists()]


def all_modules() -> list[str]:
    """Return the import names of every package and module, without programs (`__main__`)."""
    packages = [importlib.import_module(f"oseberg.{name.replace('-', '_')}") for name in NAMES]
    below = [
        module.name
        for package in packages
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__")
    ]
    return [*below, *(package.__name__ for package in packages)]
