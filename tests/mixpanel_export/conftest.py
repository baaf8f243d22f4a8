"""The local server allows more requests a second than Mixpanel, counts are kept apart, and the tests' days are over."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

from oseberg.mixpanel_export._http import budget

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    shared: Path = tmp_path_factory.mktemp("shared")
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr("oseberg.mixpanel_export._ask.query.latest_day", lambda: date(2027, 12, 31))
    monkeypatch.setattr("oseberg.mixpanel_export._client.default_folder", lambda *_: shared)
