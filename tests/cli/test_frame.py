"""The command's frame: help, version, exit statuses, and what the start costs."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from oseberg.cli import main

HEAVY = ["pandas", "boto3", "requests", "psycopg", "pydantic", "pyarrow"]


@pytest.mark.parametrize("arguments", [["--help"], ["mixpanel", "-h"], ["db", "-h"], ["score", "-h"], ["county", "-h"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """A help text answers without loading pandas, boto3, requests or psycopg."""
    program = (
        "import sys, json; from oseberg.cli import main\n"
        f"try: main({arguments!r})\n"
        f"finally: print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == []
    assert "Usage:" in done.stdout


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    names = command.list_commands(context)
    below = [found for name in names for found in commands(command.get_command(context, name), (*path, name))]
    return [(path, command), *below]


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
    """A misspelt command ends with status 2 and the one that was meant."""
    result = CliRunner().invoke(main, ["cuonty"])
    assert result.exit_code == 2
    assert "Did you mean 'county'?" in result.stderr


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    """`oseberg … | head` is no error that a person should read about."""
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
