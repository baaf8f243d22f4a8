"""Profiles of users and groups: all pages, typed, retried, and counted apart from exports."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oseberg.mixpanel_export import MixpanelClient, RateLimitError, RequestError, SettingsError, TruncatedExportError
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import SECRET, client


def profile(number: int, **properties: Any) -> dict[str, Any]:
    return {"$distinct_id": f"u{number}", "$properties": properties}


PEOPLE = [
    profile(0, **{"$email": "a@example.com", "$last_seen": "2026-11-01T12:00:00", "plan": 7, "tags": ["x"]}),
    profile(1, plan=True, seats=3),
    profile(2, plan="pro", seats=2.5, tags="y"),
    profile(3, **{"$name": "Ada", "distinct_id": "own"}),
]
LEADING = ["distinct_id", "$email", "$name", "$created", "$last_seen"]


def test_all_pages_come_as_one_typed_frame() -> None:
    """Pages follow in one session until one is not full; types and spelling are those of exports."""
    with serving() as server:
        server.profiles = PEOPLE
        frame = client(server).profiles(where='properties["plan"] == 1', properties=["plan", "seats"])
    assert list(frame.columns) == [*LEADING, "prop_distinct_id", "plan", "seats", "tags"]
    assert frame["distinct_id"].tolist() == ["u0", "u1", "u2", "u3"]
    assert frame["plan"].dropna().tolist() == ["7", "true", "pro"]
    assert frame["seats"].dropna().tolist() == [3.0, 2.5]
    assert frame["tags"].dropna().tolist() == ['["x"]', "y"]
    assert frame["$name"].dropna().tolist() == ["Ada"]
    first, second = server.requests
    assert first == {
        "path": "/api/query/engage",
        "project_id": "1",
        "page": "0",
        "where": 'properties["plan"] == 1',
        "output_properties": '["plan", "seats"]',
    }
    assert (second["page"], second["session_id"]) == ("1", "s1")
    assert frame.attrs["mixpanel_report"]["requests"] == 2


@pytest.mark.parametrize("count", [0, 2, 3, 6])
def test_the_last_page_is_the_first_that_is_not_full(count: int) -> None:
    """A full last page is followed by an empty one."""
    with serving() as server:
        server.profiles = [profile(number) for number in range(count)]
        frame = client(server).profiles()
    assert list(frame.columns) == LEADING
    assert len(frame) == count
    assert len(server.requests) == count // 3 + 1


def test_groups_are_queried_by_their_key() -> None:
    """The id of the group key is posted."""
    with serving() as server:
        server.profiles = [profile(0, **{"$name": "Acme"})]
        frame = client(server).groups(42, names="snake", dtype="numpy_nullable")
        with pytest.raises(SettingsError, match="key is empty"):
            client(server).groups(" ")
    assert frame["mp_name"].tolist() == ["Acme"]
    assert server.requests[0]["data_group_id"] == "42"


FAULTS = {
    "503": Answer(b"later", status=503, compress=False),
    "a page cut short": Answer(cut=0.5, end="short"),
    "JSON cut short": Answer(b'{"results": [{"$dist'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes_costs_a_retry_and_no_profile(fault: Answer) -> None:
    """Each page is requested until it is whole."""
    with serving([], Answer(), fault) as server:
        server.profiles = PEOPLE
        frame = client(server).profiles()
    assert len(frame) == 4
    assert frame.attrs["mixpanel_report"]["retries"] == 1


def test_what_is_not_a_page_of_profiles_is_an_error() -> None:
    """An error in a 200, or something else, is reported with Mixpanel's words."""
    with serving([], Answer(b'{"error": "bad where"}'), *[Answer(b"{")] * 3) as server:
        with pytest.raises(RequestError, match="bad where"):
            client(server).profiles()
        with pytest.raises(TruncatedExportError, match="cut short"):
            client(server).profiles()
        with pytest.raises(SettingsError, match="a single text"):
            client(server).profiles(properties="plan")


def test_long_integers_and_odd_texts_are_kept() -> None:
    """A profile is read as exactly as an event."""
    body = b'{"results":[{"$distinct_id":"a","$properties":{"n":123456789012345678901,"x":NaN,"t":"\\ud800"}}]}'
    with serving([], Answer(body)) as server:
        frame = client(server).profiles()
    assert frame.loc[0, ["n", "t"]].tolist() == ["123456789012345678901", "\\ud800"]


def test_queries_have_an_hour_of_their_own() -> None:
    """Sixty queries leave the exports' sixty alone."""
    with serving() as server:
        for _ in range(60):
            client(server).profiles()
        with pytest.raises(RateLimitError, match="are spent"):
            client(server).profiles()
        assert len(client(server).export("2026-11-01", "2026-11-01")) == 0


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "https://mixpanel.com/api/query/engage"),
        ({"region": "EU"}, "https://eu.mixpanel.com/api/query/engage"),
        ({"region": "in"}, "https://in.mixpanel.com/api/query/engage"),
        ({"api_url": "https://proxy.example.com/mp/"}, "https://proxy.example.com/mp/api/query/engage"),
    ],
)
def test_the_address_of_the_profiles(options: dict[str, str], url: str) -> None:
    """Each region has its host; a base address of one's own has the same path under it."""
    assert MixpanelClient(1, "robot", SECRET, **options)._connection.queries.url == url


def test_profiles_go_to_files(tmp_path: Path) -> None:
    """csv, Parquet, and jsonl with the keys that a profile has."""
    with serving() as server:
        server.profiles = PEOPLE
        one = client(server)
        for name in ("p.csv.gz", "p.parquet", "p.jsonl"):
            assert one.write_profiles(tmp_path / name).rows == 4
        with pytest.raises(SettingsError, match="'raw' is not one of"):
            one.write_profiles(tmp_path / "p", format="raw")
    assert pd.read_csv(tmp_path / "p.csv.gz")["seats"].dropna().tolist() == [3.0, 2.5]
    assert pd.read_parquet(tmp_path / "p.parquet")["plan"].dropna().tolist() == ["7", "true", "pro"]
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert rows[1:3] == [
        {"distinct_id": "u1", "plan": "true", "seats": 3},
        {"distinct_id": "u2", "plan": "pro", "seats": 2.5, "tags": "y"},
    ]
