"""Every example that a reader can copy runs: in docstrings, in READMEs and in the documentation."""

import doctest
import importlib
import re
import shlex
from itertools import takewhile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from oseberg.cli import main
from tests.cli.helpers import commands
from tests.repository.helpers import ROOT, all_modules

PAGES = sorted(
    path for pattern in ("README.md", "cli/*.md", "packages/*/README.md", "docs/**/*.md") for path in ROOT.glob(pattern)
)
PAGES = [page for page in PAGES if "_build" not in page.parts]

TEXTS = [page.read_text(encoding="utf-8") for page in PAGES] + [command.help or "" for _, command in commands(main)]
TEXTS = [re.sub(r" \\\n *", " ", text) for text in TEXTS]  # a command may go on in the next line
SHOWN = {line for text in TEXTS for line in re.findall(r"^(?: *|\$ )oseberg (.*?)(?:  .*)?$", text, re.MULTILINE)}


@pytest.mark.parametrize("line", sorted(SHOWN))
def test_a_command_that_is_shown_is_one(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of a page or help text that begins with `oseberg` has right commands, options and choices."""
    monkeypatch.setattr(click.Command, "invoke", lambda *_: None)
    monkeypatch.setattr(click.Path, "convert", lambda _, value, *__: value)
    arguments = takewhile(lambda word: word not in {">", "|", "&&", "#"}, shlex.split(line))
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", sorted(all_modules()))
def test_docstring_examples_print_what_they_show(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `>>>` in a docstring gives what stands below it."""
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(module, optionflags=options).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_examples_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The python blocks of a page run in order in an empty folder, but for those after `<!--- skip: next -->`."""
    monkeypatch.chdir(tmp_path)
    document = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()]).parse(page)
    for example in document.examples():
        example.evaluate()
