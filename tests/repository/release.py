"""Build and check what a release publishes: `nox -s package` does so for all packages, or for those that it is given.

A tag such as `s3utils-v0.2.0` names one package and its version.

The version is written once, in the package's pyproject.toml. Its CHANGELOG.md has a heading for it, which says
*unreleased* until the day of the release is written there.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.version import Version

from tests.repository.bill import write_bill

ROOT = Path(__file__).parents[2]
TAG = re.compile(r"([a-z][a-z0-9-]*)-v([0-9].*)")
HEADING = re.compile(r"^## (\S+)(?: \((.*)\))?$", re.MULTILINE)


def folder_of(name: str) -> Path:
    """Return the folder of a package; the command is called `oseberg` on PyPI and in tags."""
    return ROOT / "cli" if name in {"oseberg", "cli"} else ROOT / "packages" / name


def version_of(folder: Path) -> str:
    """Return the version that a package's pyproject.toml names."""
    return str(tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def headings(folder: Path) -> list[tuple[str, str]]:
    """Return the versions of a package's changelog, newest first, with what stands in parentheses behind each."""
    return HEADING.findall((folder / "CHANGELOG.md").read_text(encoding="utf-8"))


def check_changelog(folder: Path) -> str | None:
    """Return what is wrong with a package's changelog, if anything is."""
    found = [(Version(version), said) for version, said in headings(folder) if version != "Unreleased"]
    if not found or found[0][0] != Version(version_of(folder)):
        return f"{folder.name}: the first version of CHANGELOG.md is not {version_of(folder)}, as in pyproject.toml."
    if [version for version, _ in found] != sorted((version for version, _ in found), reverse=True):
        return f"{folder.name}: the versions of CHANGELOG.md are not in order, newest first."
    bad = [said for _, said in found if said != "unreleased" and not re.fullmatch(r"\d{4}-\d\d-\d\d", said)]
    return f"{folder.name}: CHANGELOG.md has {bad[0]!r} where a day or 'unreleased' is expected." if bad else None


def released(tag: str) -> Path:
    """Return the folder of the package that a tag releases.

    Raises:
        SystemExit: The tag, the package's version and its changelog do not agree.
    """
    match = TAG.fullmatch(tag)
    folder = folder_of(match[1]) if match else ROOT
    if not match or folder == ROOT or not (folder / "pyproject.toml").is_file():
        raise SystemExit(f"The tag {tag} names no package. Tag a release like s3utils-v0.2.0.")
    if match[2] != version_of(folder):
        raise SystemExit(f"The tag {tag} and the version {version_of(folder)} in {folder.name}/pyproject.toml differ.")
    if problem := check_changelog(folder):
        raise SystemExit(problem)
    if headings(folder)[0][1] in {"", "unreleased"}:
        raise SystemExit(f"{folder.name}: write the day of the release into CHANGELOG.md instead of 'unreleased'.")
    return folder


def build(folder: Path, out: Path) -> list[Path]:
    """Build a package's sdist, and its wheel from that sdist alone."""
    subprocess.run(["uv", "build", "--quiet", "--sdist", "--out-dir", str(out), str(folder)], check=True)
    name = "oseberg" if folder.name == "cli" else f"oseberg_{folder.name.replace('-', '_')}"
    sdist = next(out.glob(f"{name}-[0-9]*.tar.gz"))
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(out), str(sdist)], check=True)
    return [sdist, next(out.glob(f"{name}-[0-9]*.whl"))]


def main(arguments: list[str]) -> None:
    """Build the packages that were named, all without a name, and check what came out."""
    parser = argparse.ArgumentParser(prog="nox -s package --", description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--tag", help="build the package of this tag, once its version and its changelog agree with it")
    parser.add_argument("--keep", type=Path, help="the folder for what was built; default: it is removed again")
    parser.add_argument("--bills", type=Path, help="the folder for a bill of materials of each package")
    options = parser.parse_args(arguments)
    names = options.packages or ["cli", *sorted(path.name for path in (ROOT / "packages").iterdir())]
    folders = [released(options.tag)] if options.tag else [folder_of(name) for name in names]
    with tempfile.TemporaryDirectory() as temporary:
        out = options.keep or Path(temporary)
        built = [str(path) for folder in folders for path in build(folder, out)]
        (out / ".gitignore").unlink(missing_ok=True)
        subprocess.run(["twine", "check", "--strict", *built], check=True)
        subprocess.run(["check-wheel-contents", *(path for path in built if path.endswith(".whl"))], check=True)
    for folder in folders if options.bills else []:
        print(write_bill(folder, version_of(folder), options.bills))


if __name__ == "__main__":
    main(sys.argv[1:])
