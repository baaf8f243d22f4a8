"""Bodies that real applications received, or that Mixpanel's documentation prints."""

import json
from pathlib import Path

import pytest

from oseberg.mixpanel_export import TimeZoneError, TruncatedExportError, normalize

DATA = Path(__file__).parent / "data"


def sample(number: str) -> bytes:
    (path,) = DATA.glob(f"{number}_*")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("number", "rows", "quarantined"),
    [("01", 2, 0), ("02", 2, 0), ("03", 2, 2), ("06", 1, 0), ("11", 7, 0), ("12", 1, 0), ("15", 2, 0)],
)
def test_every_event_is_read_and_comments_are_set_aside(number: str, rows: int, quarantined: int) -> None:
    """Real bodies give their events; lines that are none are counted."""
    frame = normalize(sample(number))
    assert (len(frame), frame.attrs["mixpanel_report"]["quarantined"]) == (rows, quarantined)


@pytest.mark.parametrize("number", ["07", "22"])
def test_bodies_that_are_not_exports_are_refused(number: str) -> None:
    """`terminated early`, and an example that is not JSON as printed, end in an error."""
    with pytest.raises(TruncatedExportError):
        normalize(sample(number))


def test_one_insert_id_at_two_times_is_two_events() -> None:
    """Mixpanel's key has four parts."""
    assert normalize(sample("02"))["insert_id"].tolist() == ["ABCDE", "ABCDE"]


def test_types_of_the_air_quality_app() -> None:
    """A build number that is a string on iOS and an integer on Android is a string; ids are kept apart."""
    frame = normalize(sample("11"), time_zone="America/Los_Angeles")
    assert max(frame["$app_build_number"]) == "4213"
    assert frame["$wifi"].dtype == "bool[pyarrow]"
    assert frame["distinct_id_before_identity"].dropna().tolist() == ["346298", "324172"]
    assert ((frame["processed_at"] - frame["time"]).dt.total_seconds() < 60).all()


def test_the_offset_of_the_air_quality_app_shows_only_with_enough_events_of_a_day() -> None:
    """Three events of one day stand eight hours west; twice as many are evidence."""
    lines = [line for line in sample("11").splitlines() if b'"time":16094' in line or b'"time":16093' in line]
    normalize(lines, verify_time_zone=True)
    with pytest.raises(TimeZoneError, match="UTC-08:00"):
        normalize(lines * 3, verify_time_zone=True)


def test_nothing_is_guessed() -> None:
    """`None` as text, dates, and versions stay as they came."""
    frame = normalize(sample("12"), time_zone="America/Mexico_City")
    assert frame.loc[0, ["Lodging Provider", "Departure", "from"]].tolist() == ["None", "2022-04-01T23:00:00", "Home"]
    assert frame.loc[0, "Departure Delta"] == -1
    assert (frame.loc[0, "received_at"] - frame.loc[0, "time"]).total_seconds() < 2


def test_the_documented_hot_shard_is_restored() -> None:
    """The rewritten event of the documentation becomes the one that was sent, and is its duplicate."""
    text = sample("22").decode().replace(",\n  }", "\n  }")
    events = [json.dumps(json.loads(part + "}")) for part in text.split("\n}") if part.strip()]
    frame = normalize(events)
    assert sorted(frame["event"]) == ["$hotshard_record", "Signed up"]
    assert frame.attrs["mixpanel_report"]["duplicates"] == 1
