"""Every block of every package's README runs as it is printed: Python in the order of the page, and commands.

The folder in which they run holds what the pages speak of: a sample delivery of each county, records parsed from them,
and the sample events behind a local stand-in for Mixpanel's API. The README of s3utils, which needs a store, has a test
of its own; the README of the command is covered by the tests of the demo.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.cli.sample.data import delivered_counties, sample_lines, write_delivery
from oseberg.cli.sample.serve import settings_of
from oseberg.cli.sample.server import SampleMixpanel
from oseberg.county_parsers import parse_to
from tests.repository.helpers import ROOT

PACKAGES = ["county-parsers", "health-model", "maze-authority", "mixpanel-export", "usage-db"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORKS = {0, 3}
"""3 is what a check of a delivery with planted faults is meant to give."""


def blocks(package: str, *languages: str) -> list[str]:
    text = (ROOT / "packages" / package / "README.md").read_text(encoding="utf-8")
    return [body for language, body in BLOCK.findall(text) if language in languages]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Enter a folder that holds what the pages speak of."""
    monkeypatch.chdir(tmp_path)
    for name in delivered_counties():
        write_delivery(name, tmp_path / "deliveries")
    for folder in ("parsed", "earlier", "parsed/andrews", "parsed/48003/20180605"):
        parse_to("andrews", tmp_path / "deliveries/48003/20180605", tmp_path / folder)
    waivers = [body for body in blocks("maze-authority", "toml") if "[[waiver]]" in body]
    (tmp_path / "waivers.toml").write_text(waivers[0].replace("2027-01-31", "2099-01-31"), encoding="utf-8")
    for variable in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "OSEBERG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    with SampleMixpanel(sample_lines()) as server:
        for variable, value in settings_of(server).items():
            monkeypatch.setenv(variable, value)
        yield tmp_path


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # the sample server's thread
@pytest.mark.parametrize("package", PACKAGES)
def test_python_of_a_readme_runs(package: str, world: Path) -> None:
    """Its blocks run one after the other, as in a notebook."""
    names: dict[str, object] = {}
    found = blocks(package, "python", "py")
    assert found
    for body in found:
        exec(compile(body, f"{package}/README.md", "exec"), names)


@pytest.mark.parametrize("package", PACKAGES)
def test_commands_of_a_readme_run(package: str, world: Path) -> None:
    """Each line that begins with `oseberg` ends with status 0, or 3 where something needs attention."""
    for body in blocks(package, "", "console"):
        for line in re.findall(r"^(?:\$ )?oseberg (.*?)(?:  .*)?$", re.sub(r" \\\n *", " ", body), re.MULTILINE):
            done = CliRunner().invoke(main, shlex.split(line.split(" #")[0]))
            assert done.exit_code in WORKS, f"{line}: {done.output}"
