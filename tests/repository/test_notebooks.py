"""The notebooks of the documentation run, and print what they are stored with."""

import asyncio
import copy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.repository.helpers import ROOT

NOTEBOOKS = sorted(ROOT.glob("docs/**/*.ipynb"))


def printed(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Return the text of each cell's results; pandas' tables are stored as text beside their HTML."""
    return [
        [output.get("text") or output["data"]["text/plain"] for output in cell.get("outputs", [])]
        for cell in notebook.cells
    ]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_prints_what_it_shows(path: Path, tmp_path: Path) -> None:
    """Every cell runs in an empty folder, and its results are those that the documentation renders."""
    stored = nbformat.read(path, as_version=4)
    fresh = copy.deepcopy(stored)
    options = {"timeout": 200, "kernel_name": "python3", "resources": {"metadata": {"path": str(tmp_path)}}}
    asyncio.run(NotebookClient(fresh, **options).async_execute())
    assert printed(fresh) == printed(stored)
