"""The project's chores, each a short session: `nox -l` lists them, `nox -s NAME` runs one."""

import ast
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "imports", "tests"]

# Some machines tell Python not to keep what it has compiled. The tests start some thousand programs: each of them would
# compile pandas anew, which takes three quarters of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
MEMBERS = [*PACKAGES, ROOT / "cli"]
SOURCES = [str(member / "src") for member in MEMBERS]
EXTRAS = {
    "cli": "[dask]",
    "health-model": "[lake,salesforce,xlsx]",
    "maze-authority": "[postgres]",
    "s3utils": "[fast,fsspec,pandas]",
    "usage-db": "[archive,embedded]",
}
WORKERS = str((os.cpu_count() or 1) + 2)
"""Two more than processors: a quarter of its time a test waits for a server."""
PARALLEL = ["-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder"]
"""In the order of the folders: files of one long test would otherwise come last, one of them alone at the end."""
MEMORY, ENOUGH = Path("/dev/shm"), 8 << 30  # noqa: S108 - the system's folder in memory, and bytes


@contextmanager
def in_memory() -> Iterator[dict[str, str]]:
    """Yield the environment in which temporary files are in memory, where there is enough of it.

    The tests make and remove some ten thousand databases and files. On a disk the file system spends most of the time
    on looking for places whose last file was not removed just now.
    """
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    if not usable or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:  # the tests also run programs that they write
        yield {}
    else:
        with tempfile.TemporaryDirectory(prefix="oseberg-", dir=MEMORY) as folder:
            Path(folder).chmod(0o755)  # Postgres runs as another account where root runs the tests
            yield {"TMPDIR": folder}


def install_workspace(session: nox.Session, *more: str, extras: bool = True) -> None:
    """Install every package and the command, at the versions of constraints.txt."""
    targets = [
        part for member in MEMBERS for part in ("-e", f"{member}{EXTRAS.get(member.name, '') if extras else ''}")
    ]
    session.install("-c", "constraints.txt", *targets, *more)


@nox.session(venv_backend="none")
def develop(session: nox.Session) -> None:
    """Make .venv for working on the code: every package editable, every tool that the other sessions use."""
    python = [".venv/bin/python", r".venv\Scripts\python.exe"][os.name == "nt"]
    session.run("uv", "venv", "--quiet", "--allow-existing", ".venv", external=True)
    targets = [part for member in MEMBERS for part in ("-e", f"{member}{EXTRAS.get(member.name, '')}")]
    groups = [part for name in ("tests", "lint", "types", "imports") for part in ("--group", name)]
    command = ["uv", "pip", "install", "--quiet", "--python", python, "-c", "constraints.txt"]
    session.run(*command, *targets, *groups, "pre-commit", external=True)
    session.log("Enter it with `. .venv/bin/activate`.")


@nox.session
def demo(session: nox.Session) -> None:
    """Do the main job on sample data: events to scores, a delivery to checked records."""
    install_workspace(session, extras=False)
    session.run("oseberg", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on the whole workspace; what they cover is measured by `alone`."""
    install_workspace(session, "--group", "tests")
    with in_memory() as env:
        session.run("pytest", *PARALLEL, *session.posargs, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, spelling, the SQL of the migrations and the workflows."""
    session.install("-c", "constraints.txt", "--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")
    migrations = sorted(str(path) for path in ROOT.glob("packages/usage-db/src/**/*.sql"))
    if migrations:
        session.run("squawk", *migrations)
    session.run("zizmor", "--offline", "--quiet", ".github")
    if shutil.which("actionlint"):  # its wheel downloads a program from elsewhere, so that it is not installed here
        session.run("actionlint", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of every source file, and that none was skipped."""
    install_workspace(session, "--group", "types")
    count = sum(1 for source in SOURCES for _ in Path(source).rglob("*.py"))
    output = session.run("mypy", *SOURCES, silent=True, env={"MYPYPATH": ":".join(SOURCES)}) or ""
    if f"no issues found in {count} source files" not in output:
        session.error(f"mypy did not check all {count} files:\n{output}")
    session.log(output.strip())


@nox.session
def imports(session: nox.Session) -> None:
    """Check that the arrows between the packages hold."""
    install_workspace(session, "--group", "imports")
    session.run("lint-imports")


@nox.session(venv_backend="none")
def alone(session: nox.Session) -> None:
    """Build each wheel, install it alone, import every module, and run its own tests, which cover 95 % of it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # some tests become another account, which must be able to enter
        wheels = Path(folder) / "wheels"
        for member in MEMBERS:
            session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(member), external=True)
        names = [member.name for member in MEMBERS if not session.posargs or member.name in session.posargs]
        for member in MEMBERS:
            if member.name in names:
                check_alone(session, member, wheels, Path(folder) / member.name)


def check_alone(session: nox.Session, member: Path, wheels: Path, venv: Path) -> None:
    """Install one wheel (siblings it asks for come from the built wheels) and try it."""
    name = member.name
    module = name.replace("-", "_")
    dist = "oseberg" if name == "cli" else f"oseberg-{name}"
    python = str(venv / "bin" / "python")
    session.run("uv", "venv", "--quiet", str(venv), external=True)
    install = ["uv", "pip", "install", "--quiet", "--python", python, "-c", "constraints.txt"]
    install += ["--find-links", str(wheels)]
    wheel = next(wheels.glob(f"{dist.replace('-', '_')}-[0-9]*.whl"))
    session.run(*install, str(wheel), external=True)
    session.run("uv", "pip", "check", "--quiet", "--python", python, external=True)
    session.run(python, "tests/repository/import_all.py", f"oseberg.{module}", external=True)
    extra = EXTRAS.get(name, "")
    session.run(*install, f"{dist}{extra} @ {wheel.as_uri()}", "--group", "tests", external=True)
    session.run(python, "tests/repository/readme_example.py", str(member / "README.md"), external=True)
    # Statements and branches. Only here, since measuring takes as long again as half of the tests.
    tests = ["-m", "pytest", "-q", *PARALLEL, "--cov", "--cov-report=term", "--cov-fail-under=95", f"tests/{module}"]
    with in_memory() as env:
        session.run(python, *tests, external=True, env={**env, "MEASURED": f"oseberg.{module}"})
    shutil.rmtree(venv)


@nox.session
def package(session: nox.Session) -> None:
    """Build every sdist and wheel as for a release, and check them (`-- NAME` or `-- --tag NAME-v0.2.0 --keep DIR`)."""
    session.install("-c", "constraints.txt", "--group", "package")
    session.run("python", "-m", "tests.repository.release", *session.posargs, external=True)


@nox.session
def chaos(session: nox.Session) -> None:
    """Let process, Postgres, disk, Mixpanel and S3 fail: `nox -s chaos -- --rounds 200` takes about 20 minutes."""
    install_workspace(session, "--group", "tests")
    rounds = session.posargs[session.posargs.index("--rounds") + 1] if "--rounds" in session.posargs else "200"
    session.run("pytest", "-s", "tests/end_to_end/test_chaos.py", env={"OSEBERG_TEST_ROUNDS": rounds})


@nox.session
def audit(session: nox.Session) -> None:
    """Compare constraints.txt with the known vulnerabilities; needs the network, so CI runs it on a schedule."""
    session.install("pip-audit>=2.10")
    # what applies to other systems only is audited on them; the file names every version, so nothing is resolved
    session.run("pip-audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Count the random changes of the code that tests notice (`-- PACKAGE [MODULE…] --sample 200 --seed 0`)."""
    install_workspace(session, "--group", "tests", "--group", "mutants")
    session.run("python", "-m", "tests.repository.mutants", *(session.posargs or ["--help"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install_workspace(session, "--group", "docs")
    session.run("sphinx-build", "--quiet", "--fail-on-warning", "-b", "html", "docs", "docs/_build/html")


@nox.session
def links(session: nox.Session) -> None:
    """Ask for every address that the pages and docstrings name; this needs the network."""
    session.install("-c", "constraints.txt", "requests")
    session.run("python", "-m", "tests.repository.links")


@nox.session
def pages(session: nox.Session) -> None:
    """Write the generated parts of the documentation anew; tests compare them with the code."""
    install_workspace(session, "--group", "tests", "--group", "imports")
    session.run("python", "-m", "tests.repository.pages")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against floors and peers: `nox -s bench -- NAME [OPTIONS]` runs one benchmark, without a name all."""
    name, *options = session.posargs or ["*"]
    install_workspace(session, "--group", "tests")
    for script in sorted(ROOT.glob(f"tests/*/bench_{name}.py")):
        if peers := peers_of(script):
            session.install(*peers)
        session.run("python", "-m", ".".join(script.relative_to(ROOT).with_suffix("").parts), *options)


def peers_of(script: Path) -> list[str]:
    """Read the packages that a benchmark compares with, from its constant PEERS."""
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PEERS":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


@nox.session
def airflow(session: nox.Session) -> None:
    """Import the printed DAGs in a real Airflow, and run their tasks; the environment is large."""
    install_workspace(session, extras=False)
    dags = Path(session.create_tmp()) / "oseberg.py"
    dags.write_text(session.run("oseberg", "schedule", "print", "airflow", silent=True) or "", encoding="utf-8")
    # an environment of its own: Airflow asks for other versions than constraints.txt
    session.install("apache-airflow>=3", "apache-airflow-providers-standard")
    session.run("python", "tests/cli/airflow_run.py", str(dags))


@nox.session
def kubernetes(session: nox.Session) -> None:
    """Check the printed CronJobs against the schemas of Kubernetes."""
    install_workspace(session, extras=False)
    jobs = Path(session.create_tmp()) / "oseberg.yaml"
    jobs.write_text(session.run("oseberg", "schedule", "print", "kubernetes", silent=True) or "", encoding="utf-8")
    session.install("kubernetes-validate>=1.37", "pyyaml")
    session.run("python", "tests/cli/kubernetes_schema.py", str(jobs))


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest versions that each package says it works with."""
    targets = [part for member in MEMBERS for part in ("-e", f"{member}{EXTRAS.get(member.name, '')}")]
    session.install("--resolution", "lowest-direct", *targets, "--group", "tests-core")
    tools = Path(session.create_tmp())
    tool_folders = {"UV_TOOL_DIR": str(tools), "UV_TOOL_BIN_DIR": str(tools / "bin")}
    session.run("uv", "tool", "install", "--quiet", "ministack", external=True, env=tool_folders)
    path = os.pathsep.join([str(tools / "bin"), os.environ["PATH"]])
    # An old pyarrow does what a new pandas warns of.
    known = ["-W", "ignore:Series.values returning an ndarray"]
    session.run("pytest", "-n", "2", "--dist", "loadfile", *known, *session.posargs, env={"PATH": path})


@nox.session
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew from the newest versions that fit together."""
    files = [str(member / "pyproject.toml") for member in MEMBERS]
    names = ("tests", "lint", "types", "imports", "docs", "package", "mutants")
    groups = [part for group in names for part in ("--group", group)]
    options = ["--quiet", "--universal", "--no-header", "--no-annotate", "--all-extras", "--upgrade"]
    ours = ["oseberg", *(f"oseberg-{path.name}" for path in PACKAGES)]
    hidden = [part for name in ours for part in ("--no-emit-package", name)]
    session.run("uv", "pip", "compile", *options, *hidden, "-o", "constraints.txt", *files, *groups, external=True)
