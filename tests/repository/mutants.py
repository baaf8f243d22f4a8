"""Change the code at random places, and count the changes that a test notices: `nox -s mutants -- PACKAGE [MODULE…]`.

cosmic-ray makes and applies the changes. This module chooses them (a random sample of places, at most one change for
each), works in temporary copies of the repository so that the checkout stays as it is, and runs for each change only
the tests that execute the changed line: a first run of the package's tests measures which those are, and how long they
take. Left out are modules that talk to servers, processes or other threads, and changes of annotations, which no test
can notice.

As a pytest plugin (`-p tests.repository.mutants`) it writes how long each test takes.
"""

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from pathlib import Path

from tests.measuring import EVERY_TEST

ROOT = Path(__file__).parents[2]
DEFAULT_SAMPLE = 200
OUTSIDE = {"boto3", "botocore", "concurrent", "multiprocessing", "obstore", "psycopg", "requests", "signal", "socket"}
OUTSIDE |= {"sqlalchemy", "subprocess", "threading", "urllib3"}
"""A module that imports one of these is not pure: its tests need a server, another process or luck with time."""
BUDGET = 120.0
"""Seconds. Of the tests that execute a changed line, those of a file named like the module run first, then quick ones,
until they have used this much time."""
TIMEOUT = 600.0
"""Seconds for the tests of one change on a busy machine. A change that makes a loop endless counts as killed."""
AT_IMPORT = "import"
"""The key of the tests that execute any line of a module: a line that runs at import shows in all of them."""
DURATIONS = "MUTANTS_DURATIONS"
ORIGINAL, TESTS = "MUTANTS_ORIGINAL", "MUTANTS_TESTS"

seconds: Counter[str] = Counter()


def pytest_runtest_logreport(report) -> None:
    """Add up the time of a test's setup, call and teardown."""
    seconds[report.nodeid] += report.duration


def pytest_sessionfinish(session) -> None:
    """Write the times where the environment says; workers of xdist report to the process that started them."""
    if (path := os.environ.get(DURATIONS)) and not hasattr(session.config, "workerinput"):
        Path(path).write_text(json.dumps(seconds), encoding="utf-8")


def source_folder(package: str) -> Path:
    """Return a package's folder of modules, relative to the repository."""
    base = Path("cli") if package == "cli" else Path("packages", package)
    return base / "src" / "oseberg" / package.replace("-", "_")


def is_pure(path: Path) -> bool:
    """Whether a module imports nothing that talks to the outside."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] in OUTSIDE for name in names):
            return False
    return True


def chosen_modules(package: str, names: list[str]) -> list[Path]:
    """Return the pure modules of a package, or those whose path contains one of the names, pure or not."""
    found = sorted(path.relative_to(ROOT) for path in (ROOT / source_folder(package)).rglob("*.py"))
    if names:
        return [
            path for path in found if any(name.removesuffix(".py") in path.with_suffix("").as_posix() for name in names)
        ]
    return [path for path in found if is_pure(ROOT / path)]


def copy_repository(folder: Path) -> None:
    """Copy the files of the working tree that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment in which the copy's packages come before the installed ones."""
    sources = [str(path) for path in (*folder.glob("packages/*/src"), folder / "cli" / "src")]
    # Compiled code is known by size and second: that of one change would be taken for that of the next.
    fresh = {"PYTHONDONTWRITEBYTECODE": "1"}
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sources]), **fresh, **more}


def measure_tests(package: str, folder: Path, workers: int) -> dict[str, dict[str, list[str]]]:
    """Run the package's tests once, and return for each module and line the tests that execute it, quick ones first."""
    import coverage  # noqa: PLC0415 - the plugin above runs without it

    durations = folder / "durations.json"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", str(workers), "--dist", "loadfile"]
    command += ["-p", "tests.repository.mutants", "--cov", "--cov-context=test", "--cov-report="]
    command += ["--cov-fail-under=0", f"tests/{package.replace('-', '_')}"]
    measured = environment(folder, **{DURATIONS: str(durations), EVERY_TEST: "1"})
    subprocess.run(command, cwd=folder, env=measured, check=True)
    times = json.loads(durations.read_text(encoding="utf-8"))
    data = coverage.CoverageData(basename=str(folder / ".coverage"))
    data.read()
    lines: dict[str, dict[str, list[str]]] = {}
    for path in data.measured_files():
        name = Path(path).relative_to(folder).as_posix()
        executed = data.contexts_by_lineno(path)
        lines[name] = {AT_IMPORT: telling_ones(names_of(chain.from_iterable(executed.values())), times, name)}
        for number, contexts in executed.items():
            lines[name][str(number)] = telling_ones(names_of(contexts), times, name)
    return lines


def names_of(contexts: Iterable[str]) -> set[str]:
    """Return the tests of coverage's contexts; what runs at import has an empty one."""
    return {context.rsplit("|", 1)[0] for context in contexts if context}


def telling_ones(tests: set[str], times: dict[str, float], module: str) -> list[str]:
    """Return the tests in the order of the budget's description, as many as it allows and at least one."""
    words = set(re.findall(r"[a-z]+", Path(module).with_suffix("").name)) | {Path(module).parent.name.strip("_")}

    def rank(test: str) -> tuple[bool, float, str]:
        named = words & set(re.findall(r"[a-z]+", Path(test.partition("::")[0]).stem))
        return not named, times[test], test

    ordered = sorted(tests & times.keys(), key=rank)
    spent = list(accumulate(times[test] for test in ordered))
    return [test for test, until in zip(ordered, spent, strict=True) if until <= BUDGET] or ordered[:1]


def annotation_lines(path: Path) -> set[tuple[int, int]]:
    """Return line and column of every part of an annotation: changing it changes nothing that runs."""
    places = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            for inner in ast.walk(part) if part else ():
                if hasattr(inner, "lineno"):
                    places |= {(inner.lineno, column) for column in range(inner.col_offset, inner.end_col_offset)}
    return places


def sample_jobs(items: list, size: int, seed: int, folder: Path) -> list[str]:
    """Choose places at random, and for each place one of the changes that cosmic-ray knows for it."""
    places: dict[tuple[str, int, int], list[str]] = {}
    annotations: dict[str, set[tuple[int, int]]] = {}
    for item in items:
        change = item.mutations[0]
        path = str(change.module_path)
        if path not in annotations:
            annotations[path] = annotation_lines(folder / path)
        if change.start_pos not in annotations[path]:
            places.setdefault((path, *change.start_pos), []).append(item.job_id)
    chooser = random.Random(seed)
    chosen = chooser.sample(sorted(places), min(size, len(places)))
    return [chooser.choice(sorted(places[place])) for place in chosen]


def prepare_session(folder: Path, modules: list[Path]) -> None:
    """Let cosmic-ray list every change of the modules."""
    lines = ["[cosmic-ray]", f"module-path = {json.dumps([path.as_posix() for path in modules])}"]
    lines += [f"timeout = {TIMEOUT}", "excluded-modules = []"]
    lines += [f'test-command = "{sys.executable} -m tests.repository.mutants run"']
    lines += ["[cosmic-ray.distributor]", 'name = "local"']
    (folder / "mutants.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = [sys.executable, "-m", "cosmic_ray.cli"]
    subprocess.run([*program, "init", "mutants.toml", "mutants.sqlite"], cwd=folder, check=True)


def skip_others(session: Path, keep: set[str]) -> None:
    """Mark every change that this worker does not try."""
    from cosmic_ray.work_db import WorkDB, use_db  # noqa: PLC0415 - the tests' process has no need of it
    from cosmic_ray.work_item import WorkerOutcome, WorkResult  # noqa: PLC0415

    with use_db(session, WorkDB.Mode.open) as db:
        others = [item.job_id for item in db.pending_work_items if item.job_id not in keep]
        db.set_multiple_results(others, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def results(session: Path) -> Iterator[tuple[object, object]]:
    """Yield each tried change with its result."""
    from cosmic_ray.work_db import WorkDB, use_db  # noqa: PLC0415
    from cosmic_ray.work_item import WorkerOutcome  # noqa: PLC0415

    with use_db(session, WorkDB.Mode.open) as db:
        found = dict(db.results)
        for item in db.work_items:
            result = found.get(item.job_id)
            if result is not None and result.worker_outcome != WorkerOutcome.SKIPPED:
                yield item.mutations[0], result


def run_tests() -> int:
    """Run the tests of the changed line; cosmic-ray starts this in the copy that it has changed."""
    original, tests = Path(os.environ[ORIGINAL]), json.loads(Path(os.environ[TESTS]).read_text(encoding="utf-8"))
    for name, lines in tests.items():
        before = (original / name).read_text(encoding="utf-8").splitlines()
        after = Path(name).read_text(encoding="utf-8").splitlines()
        if before != after:
            changed = next(number for number, line in enumerate(before, 1) if after[number - 1 : number] != [line])
            nodes = lines.get(str(changed)) or lines.get(AT_IMPORT)
            if not nodes:
                return 0
            chosen = Path("tests-of-change.txt")
            chosen.write_text("\n".join(nodes), encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"@{chosen}"]
            return subprocess.run(command, check=False).returncode
    return 0


def try_changes(folders: list[Path], tests: Path) -> None:
    """Let each worker try its share in its own copy."""
    program = [sys.executable, "-m", "cosmic_ray.cli", "exec", "mutants.toml", "mutants.sqlite"]
    more = {TESTS: str(tests), ORIGINAL: str(ROOT)}
    started = [subprocess.Popen(program, cwd=folder, env=environment(folder, **more)) for folder in folders]
    if any(process.wait() for process in started):
        raise SystemExit("cosmic-ray failed; its messages are above.")


def report(folders: list[Path]) -> None:
    """Print the share of changes that a test noticed, and each that none did."""
    tried = [pair for folder in folders for pair in results(folder / "mutants.sqlite")]
    survivors = [(change, result) for change, result in tried if not result.is_killed]
    for change, result in sorted(survivors, key=lambda pair: (str(pair[0].module_path), pair[0].start_pos)):
        print(f"\nsurvived: {change.module_path}:{change.start_pos[0]} {change.operator_name}\n{result.diff}")
    killed = len(tried) - len(survivors)
    print(f"\n{killed} of {len(tried)} changes were noticed by a test ({killed / max(1, len(tried)):.1%}).")


def main(arguments: list[str]) -> None:
    """Measure, choose, try and report."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__.splitlines()[0])
    parser.add_argument("package")
    parser.add_argument(
        "modules", nargs="*", help="parts of module paths, such as legals/tokens; default: every pure module"
    )
    parser.add_argument("--sample", type=int, default=DEFAULT_SAMPLE, help="number of places to change")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    modules = chosen_modules(options.package, options.modules)
    if not modules:
        parser.error(f"{source_folder(options.package)} has no such module.")
    with tempfile.TemporaryDirectory(prefix="oseberg-mutants-") as temporary:
        Path(temporary).chmod(0o755)  # some tests become another account, which must be able to enter
        folders = [Path(temporary) / str(number) for number in range(1, options.workers + 1)]
        for folder in folders:
            copy_repository(folder)
        tests = Path(temporary) / "tests.json"
        measured = measure_tests(options.package, folders[0], options.workers)
        tests.write_text(json.dumps({path.as_posix(): measured.get(path.as_posix(), {}) for path in modules}))
        prepare_session(folders[0], modules)
        for folder in folders[1:]:
            shutil.copy(folders[0] / "mutants.toml", folder)
            shutil.copy(folders[0] / "mutants.sqlite", folder)
        from cosmic_ray.work_db import WorkDB, use_db  # noqa: PLC0415

        with use_db(folders[0] / "mutants.sqlite", WorkDB.Mode.open) as db:
            items = list(db.work_items)
        jobs = sample_jobs(items, options.sample, options.seed, folders[0])
        print(f"{len(modules)} modules, {len(items)} possible changes, {len(jobs)} chosen with seed {options.seed}")
        for number, folder in enumerate(folders):
            skip_others(folder / "mutants.sqlite", set(jobs[number :: options.workers]))
        try_changes(folders, tests)
        report(folders)


if __name__ == "__main__":
    if sys.argv[1:] == ["run"]:
        raise SystemExit(run_tests())
    main(sys.argv[1:])
