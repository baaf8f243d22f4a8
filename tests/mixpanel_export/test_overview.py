"""What is there, before anyone exports ninety days."""

from datetime import date

import pytest

from oseberg.mixpanel_export import SettingsError
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import client, event
from tests.mixpanel_export.times import at

FIRST, LAST = "2026-11-01", "2026-11-03"
LINES = [
    event(at("2026-11-01T05:00"), county="Reeves", acres=1),
    event(at("2026-11-02T05:00"), county=None, acres=2.5, long=2**70),
    event(at("2026-11-03T05:00"), name="Login"),
    event(at("2026-11-03T06:00"), county=["Lea"]),
]


def test_events_are_listed_with_their_days_and_properties() -> None:
    """The most frequent event comes first; a share counts the events that have a value."""
    with serving(LINES) as server:
        overview = client(server).overview(FIRST, LAST)
    assert overview.events.to_dict("list") == {
        "event": ["Atla Query", "Login"],
        "count": [3, 1],
        "first_day": [date(2026, 11, 1), date(2026, 11, 3)],
        "last_day": [date(2026, 11, 3), date(2026, 11, 3)],
        "properties": [5, 2],
    }
    own = overview.properties.query("event == 'Atla Query'").set_index("property")
    assert own["type"].to_dict() == {
        "distinct_id": "string",
        "time": "int64",
        "acres": "double",
        "county": "json",
        "long": "string",
    }
    assert own.loc["county", "share"] == pytest.approx(2 / 3)


def test_equal_counts_go_by_name_and_integers_have_64_bits() -> None:
    """Whatever came first; one beyond 64 bits on either side is a string, as in an export."""
    moment = at("2026-11-01T05:00")
    borders = {"a": -(2**63), "b": -(2**63) - 1, "c": 2**63 - 1, "d": 2**63}
    with serving([event(moment, name="Zoom"), event(moment, name="Atlas", **borders)]) as server:
        overview = client(server).overview(FIRST, LAST)
    assert overview.events["event"].tolist() == ["Atlas", "Zoom"]
    own = overview.properties.query("event == 'Atlas'").set_index("property")["type"]
    assert own.loc[list(borders)].tolist() == ["int64", "string", "int64", "string"]


def test_a_sample_is_one_request_with_a_limit() -> None:
    """Mixpanel sends so many events of the whole range."""
    with serving(LINES) as server:
        client(server).overview(FIRST, LAST, events=["Login"], limit=1000)
        for limit in (0, 100_001):
            with pytest.raises(SettingsError, match="limit"):
                client(server).overview(FIRST, LAST, limit=limit)
    (request,) = server.requests
    assert (request["limit"], request["from_date"], request["to_date"]) == ("1000", FIRST, LAST)


def test_nothing_is_an_empty_overview() -> None:
    """The columns are there without events; an event without a time has no day."""
    with serving() as server:
        overview = client(server).overview(FIRST, LAST)
        assert list(overview.events) == ["event", "count", "first_day", "last_day", "properties"]
        assert list(overview.properties) == ["event", "property", "share", "type"]
        assert overview.events.empty
    overview = client_with(event(None))
    assert overview.events["first_day"].isna().all()


def client_with(line: bytes):
    with serving() as server:
        usual = server.answer
        server.answer = lambda query: (usual(query)[0], line)
        return client(server).overview(FIRST, FIRST)
