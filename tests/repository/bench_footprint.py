"""Measure what each package costs alone: the megabytes that it takes installed, and the seconds that its import takes.

`nox -s bench -- footprint` prints the table of docs/benchmarks.md; a test holds the table.
"""

import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
NAMES = ["oseberg", *(f"oseberg-{path.name}" for path in sorted((ROOT / "packages").iterdir()))]
TRIES = 5


def requirements(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """Return a distribution and everything that it needs, as this environment has it."""
    found = {name}
    waiting = [(name, extras)]
    seen = set(waiting)
    while waiting:
        one, wanted = waiting.pop()
        try:
            texts = distribution(one).requires or []
        except PackageNotFoundError:  # needed on another system only
            continue
        for requirement in map(Requirement, texts):
            contexts = [{"extra": extra} for extra in wanted] or [{"extra": ""}]
            if requirement.marker is None or any(map(requirement.marker.evaluate, contexts)):
                found.add(requirement.name)
                if (key := (requirement.name, frozenset(requirement.extras))) not in seen:
                    seen.add(key)
                    waiting.append(key)
    return found


def own_size(name: str) -> int:
    """Return the bytes of a distribution's files; of ours, which are installed editable, those of the sources."""
    if name.startswith("oseberg"):
        member = ROOT / "cli" if name == "oseberg" else ROOT / "packages" / name.removeprefix("oseberg-")
        return sum(
            path.stat().st_size
            for path in member.joinpath("src").rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        )
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0
    paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file())


def megabytes(name: str) -> float:
    """Return the megabytes that a package takes with everything it needs."""
    return sum(map(own_size, requirements(name))) / 1e6


def module_of(name: str) -> str:
    """Return the import name of a distribution; the command's is `oseberg.cli`."""
    return "oseberg.cli" if name == "oseberg" else f"oseberg.{name.removeprefix('oseberg-').replace('-', '_')}"


def import_seconds(module: str, tries: int = TRIES) -> float:
    """Return the processor seconds that an import takes beyond starting Python, the least of several tries."""
    return max(0.0, min(map(processor_seconds, [f"import {module}"] * tries)) - processor_seconds("pass"))


def processor_seconds(program: str) -> float:
    """Return the processor seconds of a program in a Python of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    print("| package | with what it needs, MB | of them its own | import, processor s |\n| --- | --- | --- | --- |")
    for name in NAMES:
        print(
            f"| {name} | {megabytes(name):.0f} | {own_size(name) / 1e6:.2f} | {import_seconds(module_of(name)):.2f} |"
        )


if __name__ == "__main__":
    main()
