"""The settings file, the environment before it, and the folder for data of our own."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from oseberg.cli.exits import Failure
from oseberg.cli.settings import Settings
from oseberg.maze_authority import CheckSettings


class County(BaseModel):
    model_config = ConfigDict(extra="forbid")
    path: Path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("work", "user"):
        (tmp_path / name).mkdir()
    return tmp_path / "work", tmp_path / "user"


def test_the_working_folder_wins_key_by_key(folders: tuple[Path, Path]) -> None:
    """A key of the working folder hides the user's; the user's other keys stay."""
    work, user = folders
    (work / "oseberg.toml").write_text('[mixpanel]\nregion = "eu"\n')
    (user / "oseberg.toml").write_text('[mixpanel]\nregion = "us"\nproject_id = "7"\n')
    settings = Settings.load(folders)
    assert settings.get("mixpanel", "region") == "eu"
    assert settings.get("mixpanel", "project_id") == "7"
    assert settings.files["mixpanel", "project_id"] == user / "oseberg.toml"


def test_tables_are_joined_key_by_key_too(folders: tuple[Path, Path]) -> None:
    """What the working folder says of one rule leaves the user's settings of others, and each keeps its file."""
    work, user = folders
    (work / "oseberg.toml").write_text("[county.check]\nlag_days = 7\nrules.MA101.max_count = -1\n")
    (user / "oseberg.toml").write_text("[county.check]\nlag_days = 8\nrules.MA201.max_rate = 2\n")
    settings = Settings.load(folders)
    table = settings.sections["county"]["check"]
    assert table == {"lag_days": 7, "rules": {"MA101": {"max_count": -1}, "MA201": {"max_rate": 2}}}
    with pytest.raises(Failure) as caught:
        settings.validated("county.check", CheckSettings)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{work / 'oseberg.toml'}: [county.check] rules.MA101.max_count:")
    assert second.startswith(f"{user / 'oseberg.toml'}: [county.check] rules.MA201.max_rate:")


def test_a_table_where_a_value_stands_is_hidden_by_it(folders: tuple[Path, Path]) -> None:
    """The working folder wins whatever the user's file has there, and its mistake is shown as its own."""
    work, user = folders
    (work / "oseberg.toml").write_text("[county]\ncheck = 5\n")
    (user / "oseberg.toml").write_text("[county.check]\nlag_days = 8\n")
    assert Settings.load((work, user)).sections == {"county": {"check": 5}}
    with pytest.raises(Failure, match=r"work/oseberg\.toml: \[county\.check\]: write a table"):
        Settings.load((work, user)).validated("county.check", CheckSettings)
    assert Settings.load((user, work)).sections == {"county": {"check": {"lag_days": 8}}}


def test_a_byte_order_mark_is_not_a_fault(folders: tuple[Path, Path]) -> None:
    """Some editors begin a text file with one."""
    (folders[0] / "oseberg.toml").write_text("[mixpanel]\r\nregion = 'eu'\r\n", encoding="utf-8-sig")
    assert Settings.load(folders).get("mixpanel", "region") == "eu"


def test_a_file_in_another_encoding_is_named(folders: tuple[Path, Path]) -> None:
    """Windows' own encodings are not valid UTF-8."""
    (folders[0] / "oseberg.toml").write_text("[mixpanel]\nusername = 'Zoë'\n", encoding="cp1252")
    with pytest.raises(Failure, match=r"oseberg\.toml is not valid UTF-8"):
        Settings.load(folders)


def test_the_environment_wins_over_the_file(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable hides the file's value, an empty one does not."""
    (folders[0] / "oseberg.toml").write_text('[mixpanel]\nregion = "eu"\n')
    settings = Settings.load(folders)
    monkeypatch.setenv("MIXPANEL_REGION", "in")
    assert settings.get("mixpanel", "region", "MIXPANEL_REGION") == "in"
    monkeypatch.setenv("MIXPANEL_REGION", "")
    assert settings.get("mixpanel", "region", "MIXPANEL_REGION") == "eu"
    assert settings.get("mixpanel", "other", default=5) == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mixpanel\n", "oseberg.toml: Expected"),
        (
            "[mixpanle]\nregion = 'eu'\n",
            "unknown section [mixpanle]. Did you mean [mixpanel]? The sections",
        ),
        ("region = 'eu'\n", "unknown section [region]"),
        ("mixpanel = 'eu'\n", "mixpanel is a section. Write [mixpanel] on a line of its own"),
        ("[[mixpanel]]\nregion = 'eu'\n", "mixpanel is a section"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(folders: tuple[Path, Path], text: str, message: str) -> None:
    """What TOML or we can't read is refused with the file's name."""
    (folders[0] / "oseberg.toml").write_text(text)
    with pytest.raises(Failure) as caught:
        Settings.load(folders)
    assert message in str(caught.value)
    assert str(folders[0]) in str(caught.value)


def test_a_wrong_value_names_file_and_key(folders: tuple[Path, Path]) -> None:
    """A section is read as a library's typed settings; each fault names its file and key."""
    (folders[0] / "oseberg.toml").write_text("[county]\npath = 5\npaht = 'x'\n")
    with pytest.raises(Failure) as caught:
        Settings.load(folders).validated("county", County)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{folders[0] / 'oseberg.toml'}: [county] path:")
    assert second == f"{folders[0] / 'oseberg.toml'}: [county] paht: unknown key; did you mean path? The keys are path"


def test_a_section_becomes_typed_settings(folders: tuple[Path, Path]) -> None:
    """A right section gives the library's model."""
    (folders[0] / "oseberg.toml").write_text("[county]\npath = 'counties'\n")
    assert Settings.load(folders).validated("county", County).path == Path("counties")


@pytest.mark.parametrize(
    ("stated", "meant"), [("own/model.toml", "user/own/model.toml"), ("~/model.toml", "home/model.toml"), ("/a", "/a")]
)
def test_a_path_is_meant_from_its_file(
    folders: tuple[Path, Path], stated: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path starts at the file that states it, whatever the working folder, and `~` is the user's home."""
    monkeypatch.setenv("HOME", str(folders[1].parent / "home"))
    (folders[1] / "oseberg.toml").write_text(f'[score]\nmodel = "{stated}"\n')
    assert Settings.load(folders).path("score", "model") == folders[1].parent / meant
    assert Settings.load(folders).path("county", "path") is None
