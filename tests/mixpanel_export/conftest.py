"""The local server allows more requests a second than Mixpanel, and counts are kept where no other test sees them."""

from typing import TYPE_CHECKING

import pytest

from oseberg.mixpanel_export._ask import budget

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    shared: Path = tmp_path_factory.mktemp("shared")
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr("oseberg.mixpanel_export._client.default_folder", lambda *_: shared)
