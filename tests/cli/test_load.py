"""`oseberg mixpanel load` from a stand-in for Mixpanel into a real database."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import boto3
import psycopg
import pytest
from click.testing import CliRunner, Result
from moto.server import ThreadedMotoServer

from oseberg.cli import main
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.mixpanel_export import RetryPolicy
from tests import postgres
from tests.mixpanel_export.fault_server import Answer, serving

DAYS = [date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3)]


def event(day: date, number: int, **properties: object) -> bytes:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(seconds=number)
    content = {"time": round(at.timestamp() * 1000), "distinct_id": f"u{number}", "$insert_id": str(number)}
    return json.dumps({"event": "Login", "properties": {**content, **properties}}).encode()


@pytest.fixture
def url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.database() as name:
        yield name


@pytest.fixture
def source(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[date, list[bytes]]]:
    """Give the days that the stand-in serves, to be changed between two runs."""
    lines = [event(day, number) for day in DAYS for number in range(300)]
    with SampleMixpanel(lines) as mixpanel:
        names = {"API_URL": mixpanel.url, "PROJECT_ID": PROJECT, "USERNAME": USERNAME, "SECRET": SECRET}
        for name, value in names.items():
            monkeypatch.setenv(f"MIXPANEL_{name}", value)
        monkeypatch.setenv("OSEBERG_DATABASE_URL", url)
        monkeypatch.setenv("OSEBERG_HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        yield mixpanel._server.days


def load(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mixpanel", "load", *arguments])


def rows(result: Result) -> list[dict]:
    return json.loads(result.stdout)


PERIOD = ["--since", "2026-09-01", "--until", "2026-09-03", "--json"]


def test_changing_source_is_followed(url: str, source: dict[date, list[bytes]]) -> None:
    """Late events, merged ids and deletions between two runs end in the source's present state; then nothing is new."""
    first = load(*PERIOD)
    assert first.exit_code == 0, first.stderr
    assert [row["inserted"] for row in rows(first)] == [300, 300, 300]
    source[DAYS[0]].append(event(DAYS[0], 999))
    source[DAYS[1]][5] = event(DAYS[1], 5, distinct_id="merged")
    del source[DAYS[2]][0]
    second = rows(load(*PERIOD))
    assert [(row["inserted"], row["updated"], row["deleted"]) for row in second] == [(1, 0, 0), (1, 0, 1), (0, 0, 1)]
    assert [row["unchanged"] for row in rows(load(*PERIOD))] == [301, 300, 299]
    with psycopg.connect(url) as connection:
        keys = connection.execute("SELECT distinct_id, insert_id FROM usage.product_event").fetchall()
        logged = connection.execute("SELECT count(*) FROM usage.etl_slice").fetchone()
    served = [json.loads(line)["properties"] for lines in source.values() for line in lines]
    assert sorted(keys) == sorted((item["distinct_id"], item["$insert_id"]) for item in served)
    assert logged == (9,)


def test_refused_day_is_named_and_the_others_go_on(source: dict[date, list[bytes]]) -> None:
    """A shrinking day ends with status 1 and stays; with the person's word it is loaded."""
    load(*PERIOD)
    del source[DAYS[1]][100:]
    source[DAYS[2]].append(event(DAYS[2], 999))
    refused = load(*PERIOD)
    assert refused.exit_code == 1
    assert "2026-09-02 would shrink from 300 to 100 events" in refused.stderr
    assert "<NA>" not in refused.stdout
    assert [row["state"] for row in rows(refused)] == ["loaded", "refused", "loaded"]
    assert rows(refused)[2]["inserted"] == 1
    allowed = load(*PERIOD, "--allow-shrink")
    assert (allowed.exit_code, rows(allowed)[1]["deleted"]) == (0, 200)


def test_dry_run_changes_nothing(url: str, source: dict[date, list[bytes]]) -> None:
    """A dry run prints a line for each day with its date, and rolls back."""
    shown = load("--since", "2026-09-01", "--until", "2026-09-03", "--dry-run")
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:]] == [str(day) for day in DAYS]
    assert "nothing was changed" in shown.stderr
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM usage.product_event").fetchone() == (0,)


def test_rejected_lines_need_a_person(source: dict[date, list[bytes]]) -> None:
    """Lines that can't be stored end with status 3, and the rest is loaded."""
    source[DAYS[0]].append(event(DAYS[0], 1, name="\0"))
    result = load(*PERIOD)
    assert result.exit_code == 3
    assert "Lines that can't be stored: 1." in result.stderr
    assert rows(result)[0]["rejected"] == 1


def test_without_days_it_knows_what_is_due(source: dict[date, list[bytes]]) -> None:
    """A new database asks for the first day; later runs load what is missing and unsettled."""
    assert "--since" in load().stderr
    today = datetime.now(UTC).date()
    past = [today - timedelta(days=number) for number in (9, 8, 7)]
    source.update({day: [event(day, 1)] for day in past})
    load("--since", str(past[0]), "--until", str(past[0]))
    result = load("--until", str(past[2]), "--json")
    assert [row["day"] for row in rows(result)] == [str(day) for day in past[1:]]
    nothing = load("--until", str(past[2]), "--json")
    assert "every day is loaded and settled" in nothing.stderr
    assert (nothing.exit_code, nothing.stdout) == (0, "[]\n")


def test_gaps_are_separate_exports() -> None:
    """Days that follow each other are one export."""
    from oseberg.cli.mixpanel.load import runs  # noqa: PLC0415 - a part of the command

    assert list(runs([DAYS[0], DAYS[1], date(2026, 9, 7)])) == [(DAYS[0], DAYS[1]), (date(2026, 9, 7),) * 2]


def test_wrong_usage() -> None:
    """A first day after the last one and an unknown zone are usage errors."""
    assert load("--since", "2026-09-03", "--until", "yesterweek").exit_code == 2
    assert load("--time-zone", "Mars/Olympus").exit_code == 2


def test_mistakes_are_reported_before_a_database_is_opened(
    source: dict[date, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days in the wrong order and a missing secret start no Postgres and take no lock."""
    monkeypatch.setenv("OSEBERG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    wrong = load("--since", "2026-09-03", "--until", "2026-09-01")
    assert wrong.exit_code == 2
    assert "2026-09-03 is after the last day, 2026-09-01" in wrong.stderr
    monkeypatch.delenv("MIXPANEL_SECRET")
    assert "MIXPANEL_SECRET must be set" in load(*PERIOD).stderr


def test_waits_are_reported(source: dict[date, list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that waits for Mixpanel says why on standard error."""
    monkeypatch.setattr(RetryPolicy, "wait", lambda *_: 0.0)
    with serving([], Answer(b"later", status=503, compress=False)) as server:
        monkeypatch.setenv("MIXPANEL_API_URL", server.url)
        result = load(*PERIOD)
    assert result.exit_code == 0
    assert "Mixpanel can't answer now (503: later). Trying again in 0 s" in result.stderr


def test_yesterday_is_that_of_the_zone(source: dict[date, list[bytes]]) -> None:
    """A load of yesterday finds a day that is over in the export's zone, whatever day it is in UTC."""
    for zone in ("Pacific/Kiritimati", "Pacific/Honolulu"):
        before = datetime.now(ZoneInfo(zone))
        result = load("--since", "yesterday", "--time-zone", zone, "--json", "--dry-run")
        yesterdays = {f"{now - timedelta(days=1):%Y-%m-%d}" for now in (before, datetime.now(ZoneInfo(zone)))}
        assert {row["day"] for row in rows(result)} <= yesterdays
        assert len(rows(result)) == 1


def test_export_that_fails_keeps_the_days_before(url: str, source: dict[date, list[bytes]]) -> None:
    """Another project is refused, and a run while another holds the lock ends with status 75."""
    assert load(*PERIOD).exit_code == 0
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE usage.setting SET value = '2' WHERE name = 'project_id'")
    other = load(*PERIOD)
    assert other.exit_code == 1
    assert "holds the Mixpanel project 2, not 1" in other.stderr


def test_two_runs_at_once(url: str, source: dict[date, list[bytes]]) -> None:
    """The second run ends with status 75 and says who holds the lock."""
    from oseberg.usage_db import UsageDatabase  # noqa: PLC0415 - another program

    with UsageDatabase(url) as db, db.load_run("other load"):
        began = time.monotonic()
        second = load(*PERIOD)
        assert time.monotonic() - began < 10
    assert second.exit_code == 75
    assert "oseberg other load on" in second.stderr


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["db", "verify", *arguments])


def test_wrong_days_are_found_and_mended(url: str, source: dict[date, list[bytes]]) -> None:
    """Days that lost or changed events are named with status 3, and loaded again on demand."""
    load(*PERIOD)
    assert (verify().exit_code, verify("--json").stdout.strip()) == (0, "[]")
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM usage.product_event WHERE insert_id = '7' AND \"time\" < '2026-09-02'")
        connection.execute(
            "UPDATE usage.product_event SET event = 'x' WHERE insert_id = '7' AND \"time\" > '2026-09-03'"
        )
    found = verify("--json")
    assert found.exit_code == 3
    assert [(row["day"], row["state"]) for row in rows(found)] == [("2026-09-01", "gone"), ("2026-09-03", "touched")]
    assert "3 days verified, 2 wrong." in found.stderr
    mended = verify("--mend")
    assert mended.exit_code == 0, mended.stderr
    assert "2 days loaded again." in mended.stderr
    assert verify().exit_code == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FILTER (WHERE event = 'Login'), count(*) FROM usage.product_event").fetchone() == (900, 900)  # fmt: skip  # noqa: E501


def test_days_that_differ_from_the_source(source: dict[date, list[bytes]]) -> None:
    """With --source, what Mixpanel changed since the load is found, before anything is loaded."""
    load(*PERIOD)
    source[DAYS[1]].append(event(DAYS[1], 999))
    assert verify().exit_code == 0
    found = verify("--source", "--json")
    assert [(row["day"], row["state"]) for row in rows(found)] == [("2026-09-02", "differs")]
    assert verify("--source", "--mend").exit_code == 0
    assert verify("--source").exit_code == 0


def test_a_day_that_can_not_be_mended_is_reported(url: str, source: dict[date, list[bytes]]) -> None:
    """Where the source no longer has the events, the shrinking day stays as it is, and the status is 1."""
    load(*PERIOD)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM usage.product_event WHERE insert_id = '7' AND \"time\" < '2026-09-02'")
    source[DAYS[0]] = source[DAYS[0]][:50]
    failed = verify("--mend")
    assert failed.exit_code == 1
    assert "would shrink from 299 to 50 events" in " ".join(failed.stderr.split())
    assert verify("--mend", "--allow-shrink").exit_code == 0


def test_only_the_events_of_include_events_are_requested(url: str, source: dict[date, list[bytes]]) -> None:
    """What [load] omits by name need not travel."""
    del source
    Path("oseberg.toml").write_text('[load]\ninclude_events = ["Login"]\n')
    lines = [event(DAYS[0], 1), event(DAYS[0], 2).replace(b"Login", b"Noise")]
    with serving(lines) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXPANEL_API_URL", server.url)
        result = load("--since", "2026-09-01", "--until", "2026-09-01", "--json")
    assert result.exit_code == 0, result.stderr
    assert [row["inserted"] for row in rows(result)] == [1]
    assert json.loads(server.requests[0]["event"]) == ["Login", "$hotshard_events"]


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_months_are_archived_and_restored(
    url: str, source: dict[date, list[bytes]], place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A month goes to a folder or to S3, and comes back; the section [retention] names both."""
    load(*PERIOD)
    with s3_bucket(monkeypatch) as bucket:
        target = str(tmp_path / "archive") if place == "folder" else f"{bucket}/usage"
        run = CliRunner().invoke
        assert run(main, ["db", "archive"]).exit_code == 2
        assert "not a month" in run(main, ["db", "archive", "--before", "2026"]).stderr
        done = run(main, ["db", "archive", "--before", "2026-10", "--to", target, "--json"])
        assert done.exit_code == 0, done.stderr
        assert [(row["name"], row["events"]) for row in json.loads(done.stdout)] == [("product_event_2026_09", 900)]
        assert "archived to" in done.stderr
        assert rows(verify("--json"))[0]["state"] == "archived"
        assert (verify().exit_code, verify().stdout) == (0, "")
        assert "3 days verified, 3 archived, 0 wrong." in verify("--mend").stderr
        assert run(main, ["db", "restore", "2026-08"]).exit_code == 1
        back = run(main, ["db", "restore", "2026-09"])
        assert back.exit_code == 0, back.stderr
        assert "900 events restored" in back.stderr
        assert verify().exit_code == 0
        (tmp_path / "oseberg.toml").write_text(f'[retention]\nkeep_months = 1\nto = "{target}"\n')
        again = run(main, ["db", "archive"])
        assert "900 events archived" in again.stderr
        assert "Nothing to archive" in run(main, ["db", "archive"]).stderr
        gone = run(main, ["db", "erase", "u7", "--confirm"])
        assert "0 events, 3 events of archives" in gone.stderr, gone.stderr
        assert "897 events restored" in run(main, ["db", "restore", "2026-09"]).stderr
        assert verify().exit_code == 0
        if place == "s3":
            kept = [item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket="archive")["Contents"]]
            assert kept == ["usage/product_event_2026_09-2.parquet"]
            run(main, ["db", "archive"])
            for item in boto3.client("s3").list_objects_v2(Bucket="archive")["Contents"]:
                boto3.client("s3").delete_object(Bucket="archive", Key=item["Key"])
            assert "can't be read, and may still hold" in run(main, ["db", "erase", "u8", "--confirm"]).stderr


@contextmanager
def s3_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a bucket on loopback, and yield its address."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        boto3.client("s3").create_bucket(Bucket="archive")
        yield "s3://archive"
    finally:
        server.stop()


def test_lost_tracking_ends_with_status_3(url: str, source: dict[date, list[bytes]]) -> None:
    """Two days without events where the weeks before had many: loaded, and somebody should look at the tracking."""
    days = [date(2026, 9, 1) + timedelta(days=number) for number in range(22)]
    for day in days:
        source[day] = [event(day, number) for number in range(30)] if day < days[-2] else []
    assert load("--since", "2026-09-01", "--until", "2026-09-21").exit_code == 0
    done = load("--since", "2026-09-22", "--until", "2026-09-22", "--json")
    assert done.exit_code == 3, done.stderr
    assert rows(done)[0]["state"] == "loaded"
    assert (
        "Tracking seems lost since 2026-09-21: hardly any user events where the weeks before had many." in done.stderr
    )


def test_profiles_are_kept(
    url: str, source: dict[date, list[bytes]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With --profiles or [load] profiles, Mixpanel's profiles are fetched after the days; a dry run leaves them."""
    assert load(*PERIOD).exit_code == 0
    with serving() as mixpanel:
        mixpanel.profiles = [{"$distinct_id": f"u{n}", "$properties": {"$email": f"{n}@x.com"}} for n in range(3)]
        monkeypatch.setenv("MIXPANEL_API_URL", mixpanel.url)
        early = ["--since", "2026-08-31", "--until", "2026-08-31"]
        assert "profile" not in load(*early, "--profiles", "--dry-run").stderr
        done = load(*early, "--profiles")
        assert done.exit_code == 0, done.stderr
        assert "3 profiles: 3 inserted, 0 updated, 0 deleted." in done.stderr
        (tmp_path / "oseberg.toml").write_text("[load]\nprofiles = true\n")
        del mixpanel.profiles[0]
        assert "2 profiles: 0 inserted, 0 updated, 1 deleted." in load(*early).stderr
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM usage.profile").fetchone() == (2,)
