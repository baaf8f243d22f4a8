"""The local server allows more requests a second than Mixpanel."""

import pytest

from oseberg.mixpanel_export._ask import budget


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
