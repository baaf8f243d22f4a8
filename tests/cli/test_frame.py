"""The command's frame: help, version, exit statuses, and what the start costs."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.cli.lazy import load_work
from tests.cli.helpers import commands

HEAVY = ["pandas", "boto3", "requests", "psycopg", "pydantic", "pyarrow", "rich"]


def test_help_imports_nothing_heavy() -> None:
    """Every help text answers without loading pandas, boto3, requests or psycopg."""
    helps = [[*path, "-h"] for path, _ in commands(main)]
    program = (
        "import sys, json; from oseberg.cli import main\n"
        f"for arguments in {helps!r}: main.main(arguments, standalone_mode=False)\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == []
    assert done.stdout.count("Usage:") == len(helps)


@pytest.mark.parametrize(
    ("path", "command"),
    [(path, command) for path, command in commands(main) if not isinstance(command, click.Group)],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_work_of_a_command_takes_its_options(path: tuple[str, ...], command: click.Command) -> None:
    """The function that a declaration names exists, and accepts every option of the command."""
    work = load_work(command.callback.work)
    known = {param.name: None for param in command.params if param.expose_value}
    options = {name: value for name, value in known.items() if name not in {"log_format", "log_file"}}
    inspect.signature(work).bind(**options)


def test_names_complete_without_heavy_imports() -> None:
    """The shell completes groups, commands and options through `_OSEBERG_COMPLETE`, without loading a library."""
    program = (
        "import sys; from oseberg.cli import main\n"
        "try: main(prog_name='oseberg')\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    for words, number, found in (
        ("oseberg cou", 1, "county"),
        ("oseberg county che", 2, "check"),
        ("oseberg county check --sp", 3, "--split"),
    ):
        names = {"_OSEBERG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ | names
        )
        assert done.stdout.splitlines() == [f"plain,{found}", "[]"]


@pytest.mark.parametrize(
    ("path", "command"), commands(main), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_help_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    """A stranger can copy a line from every help text."""
    text = CliRunner().invoke(main, [*path, "-h"], catch_exceptions=False).output
    assert "Example" in text
    assert " ".join(["oseberg", *path]) in text.split("Example", 1)[1]
    assert command.help


def test_version_is_the_installed_one() -> None:
    """`oseberg --version` tells what pip installed."""
    assert CliRunner().invoke(main, ["--version"]).output.startswith("oseberg 0.")


def test_an_unknown_command_is_wrong_usage() -> None:
    """A misspelled command ends with status 2 and the one that was meant."""
    result = CliRunner().invoke(main, ["cuonty"])
    assert result.exit_code == 2
    assert "Did you mean 'county'?" in result.stderr


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    """`oseberg … | head` is not an error that a person should read about."""
    program = [sys.executable, "-m", "oseberg.cli", "county", "check", "--rules"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_python_m_runs_the_command() -> None:
    """The command works where its script is not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "oseberg.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("oseberg ")


def test_the_readme_names_every_command() -> None:
    """A command that is not in the README's table is not documented."""
    text = (Path(__file__).parents[2] / "cli" / "README.md").read_text(encoding="utf-8")
    known = [path for path, command in commands(main) if not isinstance(command, click.Group)]
    assert [path for path in known if f"| `oseberg {' '.join(path)}" not in text] == []
