"""A release is what its tag says: the version of one package, with the day of its release in the changelog."""

from pathlib import Path

import pytest

from tests.repository import release
from tests.repository.helpers import MEMBERS, NAMES


@pytest.mark.parametrize("member", MEMBERS, ids=NAMES)
def test_changelog_and_version_agree(member: Path) -> None:
    """The newest version of each changelog is the package's, and its parentheses hold a day or `unreleased`."""
    assert release.check_changelog(member) is None


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(release, "ROOT", tmp_path)
    folder = tmp_path / "packages" / "s3utils"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n')
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n## 0.2.0 (2026-11-30)\n\n## 0.1.0 (2026-10-01)\n")
    return folder


def test_a_tag_names_a_package(package: Path) -> None:
    """A tag that fits version and changelog leads to the package's folder."""
    assert release.released("s3utils-v0.2.0") == package


@pytest.mark.parametrize(
    ("tag", "changelog", "message"),
    [
        ("v0.2.0", None, "names no package"),
        ("nothing-v0.2.0", None, "names no package"),
        ("s3utils-v0.3.0", None, "differ"),
        ("s3utils-v0.2.0", "## 0.2.0 (unreleased)\n", "write the day"),
        ("s3utils-v0.2.0", "## Unreleased\n\n## 0.2.0 (2026-11-30)\n", "write the day"),
        ("s3utils-v0.2.0", "## 0.1.0 (2026-11-30)\n", "is not 0.2.0"),
        ("s3utils-v0.2.0", "## 0.2.0 (2026-11-30)\n\n## 0.3.0 (2026-11-01)\n", "not in order"),
        ("s3utils-v0.2.0", "## 0.2.0 (soon)\n", "'soon'"),
    ],
    ids=["no name", "unknown", "other version", "no day", "newer lines", "old", "order", "no date"],
)
def test_a_wrong_tag_is_refused(package: Path, tag: str, changelog: str | None, message: str) -> None:
    """Whatever does not agree is named, and nothing is built."""
    if changelog:
        (package / "CHANGELOG.md").write_text(changelog)
    with pytest.raises(SystemExit, match=message):
        release.released(tag)
