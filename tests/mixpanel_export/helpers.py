"""Events and clients for the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export import MixpanelClient, RetryPolicy
from tests.mixpanel_export.times import HOUR, at

if TYPE_CHECKING:
    from tests.mixpanel_export.fault_server import FaultServer

SECRET = "s3cr3t-of-the-account"


NOON = at("2026-11-01T12:00")


def event(time: Any = NOON, name: str = "Atla Query", **properties: Any) -> bytes:
    """Give one line."""
    given = {"time": time, "distinct_id": "7"} | properties
    return json.dumps({"event": name, "properties": given}).encode()


def many(count: int = 100, start: str = "2026-11-01", step: int = HOUR) -> list[bytes]:
    """Give events, one an hour, each with an id and true UTC stamps."""
    times = [at(start) + number * step for number in range(count)]
    return [
        event(time, **{"$insert_id": f"i{number}", "mp_processing_time_ms": time + 50, "number": number})
        for number, time in enumerate(times)
    ]


def client(server: FaultServer, **options: Any) -> MixpanelClient:
    """Give a client of the local server that hardly waits."""
    options = {"retry": RetryPolicy(attempts=3, first_wait=0.01)} | options
    return MixpanelClient(1, "robot", SECRET, api_url=server.url, **options)
