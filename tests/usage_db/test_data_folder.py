"""The library and the command look into the same folder, whatever the environment says."""

import os
from pathlib import Path

import pytest

from oseberg.usage_db import EmbeddedServerError, data_folder
from oseberg.usage_db._server.embedded import EmbeddedServer

SETTINGS = {
    "home": ({"OSEBERG_HOME": "/srv/data", "XDG_DATA_HOME": "/xdg"}, 1000, "/srv/data"),
    "home of root": ({"OSEBERG_HOME": "/srv/data"}, 0, "/srv/data"),
    "home with a tilde": ({"OSEBERG_HOME": "~/data", "HOME": "/home/ann"}, 1000, "/home/ann/data"),
    "empty home": ({"OSEBERG_HOME": "", "XDG_DATA_HOME": "/xdg"}, 1000, "/xdg/oseberg"),
    "xdg": ({"XDG_DATA_HOME": "/xdg"}, 1000, "/xdg/oseberg"),
    "xdg of root": ({"XDG_DATA_HOME": "/xdg"}, 0, "/var/lib/oseberg"),
    "neither": ({"HOME": "/home/ann"}, 1000, "/home/ann/.local/share/oseberg"),
    "neither, root": ({"HOME": "/root"}, 0, "/var/lib/oseberg"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_data_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """OSEBERG_HOME wins, root has the system folder, everybody else the data folder of the platform."""
    environment, user, folder = SETTINGS[name]
    for variable in ("OSEBERG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert data_folder() == Path(folder)
    monkeypatch.undo()
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    if user == os.geteuid():
        assert EmbeddedServer().folder == Path(folder) / "postgres"


def test_account_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody knows a home folder, the message names the variable to set."""
    for variable in ("OSEBERG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(EmbeddedServerError, match="Set OSEBERG_HOME"):
        data_folder()


def test_windows_needs_a_server_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the embedded server can't run, a sentence says what to do instead."""
    server = EmbeddedServer(tmp_path)
    monkeypatch.setattr("oseberg.usage_db._server.embedded.RUNS_HERE", False)
    with pytest.raises(EmbeddedServerError, match="On Windows, install Postgres"):
        server.start()
