"""The stand-in for Mixpanel that the demo exports from."""

import gzip
import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.mixpanel_export import MixpanelClient


def event(name: str, day: int) -> bytes:
    millis = round(datetime(2026, 8, day, 12, tzinfo=UTC).timestamp() * 1000)
    return json.dumps({"event": name, "properties": {"time": millis, "distinct_id": "7"}}).encode()


LINES = [event("Login", 3), event("Atla Query", 3), event("Login", 4), event("Login", 6)]


@pytest.fixture
def server() -> Iterator[SampleMixpanel]:
    with SampleMixpanel(LINES) as running:
        yield running


def ask(server: SampleMixpanel, query: str, path: str = "/api/2.0/export", secret: str = SECRET) -> bytes:
    request = urllib.request.Request(f"{server.url}{path}?project_id={PROJECT}&{query}")
    request.add_header("Authorization", "Basic " + b64encode(f"{USERNAME}:{secret}".encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return gzip.decompress(answer.read())


def test_both_days_are_included(server: SampleMixpanel) -> None:
    """from_date and to_date are inclusive, as Mixpanel's are."""
    assert ask(server, "from_date=2026-08-03&to_date=2026-08-04").splitlines() == LINES[:3]


def test_events_are_chosen_by_a_json_array(server: SampleMixpanel) -> None:
    """`event` is a JSON array as a string."""
    assert (
        ask(server, "from_date=2026-08-01&to_date=2026-08-09&event=%5B%22Atla%20Query%22%5D").splitlines() == LINES[1:2]
    )


def test_an_empty_day_is_an_empty_body(server: SampleMixpanel) -> None:
    """A day without events is not an error."""
    assert ask(server, "from_date=2026-08-05&to_date=2026-08-05") == b""


@pytest.mark.parametrize(
    ("query", "path", "secret", "status"),
    [
        ("from_date=2026-08-03&to_date=2026-08-03", "/api/2.0/export", "wrong", 401),
        ("from_date=2026-08-03&to_date=2026-08-03&where=true", "/api/2.0/export", SECRET, 400),
        ("", "/api/2.0/engage", SECRET, 404),
    ],
)
def test_what_it_cannot_answer_is_refused(
    server: SampleMixpanel, query: str, path: str, secret: str, status: int
) -> None:
    """A wrong secret, a `where` and another path end in Mixpanel's statuses."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(server, query, path, secret)
    with caught.value as answer:
        assert answer.code == status


def profiles(count: int) -> list[dict[str, object]]:
    return [
        {"$distinct_id": str(n), "$properties": {"$email": f"{n}@example.com", "job": "Landman"}} for n in range(count)
    ]


def test_profiles_come_page_by_page_with_the_properties_that_were_asked_for(tmp_path: Path) -> None:
    """Three pages of 1,000 hold 2,001 profiles, and a client reads them all."""
    with SampleMixpanel([], profiles=profiles(2001)) as server:
        client = MixpanelClient(
            PROJECT, USERNAME, SECRET, api_url=server.url, state_folder=tmp_path, shared_folder=tmp_path
        )
        frame = client.profiles(properties=["$email"])
    assert len(frame) == 2001
    assert frame["$email"].iloc[-1] == "2000@example.com"
    assert "job" not in frame


@pytest.mark.parametrize(("path", "secret", "status"), [("/api/query/engage", "wrong", 401), ("/else", SECRET, 404)])
def test_profiles_are_refused_like_events(path: str, secret: str, status: int) -> None:
    """A wrong secret and another path are refused."""
    with SampleMixpanel([]) as server:
        request = urllib.request.Request(f"{server.url}{path}?project_id={PROJECT}", data=b"page=0")
        request.add_header("Authorization", "Basic " + b64encode(f"{USERNAME}:{secret}".encode()).decode())
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        refused.value.close()
    assert refused.value.code == status
