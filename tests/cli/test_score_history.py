"""Scores of past weeks with the roster, the reference and the tracking of these weeks, on a real database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import orjson
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.health_model import HealthModel, Week
from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.health_model.helpers import packed

MODEL = HealthModel.load()
FIRST = Week.parse("2026-W30")
WEEKS, LOST = 17, 8
STEADY, LEFT, JOINED = 1, 2, 3
CANCELED, STARTED = FIRST.next(12).monday, FIRST.next(14).monday + timedelta(days=6)


@contextmanager
def at_home(url: str, folder: Path) -> Iterator[None]:
    """Run commands in a folder, on a database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSEBERG_DATABASE_URL", url)
        patch.chdir(folder)
        yield


def name_of(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rpartition("/")[2]


@pytest.fixture(scope="module")
def filled(postgres_server: postgres.Server) -> Iterator[str]:
    """A database with events and accounts, to be copied."""
    with postgres_server.database() as url:
        with UsageDatabase(url) as database:
            database.import_accounts(people(), companies())
            for day in days():
                database.replace_day(day, lines(day))
        yield name_of(url)


@pytest.fixture(scope="module")
def filled_and_scored(
    postgres_server: postgres.Server, filled: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same with every week scored."""
    with postgres_server.database(filled) as url:
        with at_home(url, tmp_path_factory.mktemp("scored")):
            weekly()
        yield name_of(url)


@pytest.fixture
def url(postgres_server: postgres.Server, filled: str, tmp_path: Path) -> Iterator[str]:
    with postgres_server.database(filled) as name, at_home(name, tmp_path):
        yield name


@pytest.fixture
def scored(postgres_server: postgres.Server, filled_and_scored: str, tmp_path: Path) -> Iterator[str]:
    with postgres_server.database(filled_and_scored) as name, at_home(name, tmp_path):
        yield name


def days() -> list[date]:
    return sorted({day for n in range(WEEKS) for day in FIRST.next(n).days_touched(MODEL.time_zone, "UTC")})


def people(**more: str) -> pd.DataFrame:
    """Return users: company 2 has left, company 3 joined on a Sunday."""
    rows = [
        {
            "id": n,
            "name": f"User {n}",
            "group_id": 1 + (n - 1) // 8,
            "created_on": STARTED if n > 16 else date(2026, 1, 1),
            "disabled_on": CANCELED if 8 < n <= 16 else "",
            "enabled": "false" if 8 < n <= 16 else "true",
            **more,
        }
        for n in range(1, 25)
    ]
    return pd.DataFrame(rows).astype(str)


def companies() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["1", "2", "3"],
            "name": ["Steady", "Left", "Joined"],
            "group_type": ["Enterprise", "SMB", "SMB"],
            "arr": ["120000", "30000", "15000"],
            "currency": ["USD"] * 3,
            "owner": ["Ann Lee", "Ann Lee", "Bo Ek"],
            "salesforce_id": ["001A0000006Vm9r", "", ""],
            "started_on": ["2020-01-01", "2020-01-01", STARTED.isoformat()],
            "cancelled_on": ["", CANCELED.isoformat(), ""],
            "renewal_on": ["2026-12-31", "", ""],
        }
    )


def lines(day: date) -> list[bytes]:
    """Return a day's events, about the same every week; none in the week without tracking."""
    if Week.parse(day) == FIRST.next(LOST):
        return []
    return [
        event(day, user, name)
        for user in range(1, 25)
        for number, name in enumerate(["Login", "Atla Query", "Share", "Data Export"])
        if (user + number + day.weekday()) % 3
    ]


def event(day: date, user: int, name: str) -> bytes:
    time = int(pd.Timestamp(day, tz="UTC").timestamp()) + 3600 * 15
    properties = {"time": time, "distinct_id": str(user), "$insert_id": f"{day}-{user}-{name}"}
    return orjson.dumps({"event": name, "properties": properties})


def run(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def weekly(*arguments: str) -> tuple[list[dict], str]:
    result = run("score", "weekly", "--json", *arguments)
    return json.loads(result.stdout), result.stderr


def test_each_week_has_its_own_roster(url):
    """A company that has left keeps its past, one that joined has none before; no week without tracking is scored."""
    rows, said = weekly()
    users = {row["week"]: row["users"] for row in rows if row["status"] == "scored"}
    lost = str(FIRST.next(LOST))
    assert [row["week"] for row in rows if row["status"] == "not tracked"] == [lost]
    assert users == {
        str(week): (8 if number >= 12 else 16) + (8 if number >= 14 else 0)
        for number in range(WEEKS)
        for week in [FIRST.next(number)]
        if number != LOST
    }
    assert {row["roster"] for row in rows} == {"as of each week"}
    assert f"Tracking was lost in {lost}" in said
    assert "The reference was fitted on 2026-W30 to 2026-W43 and is frozen" in said
    assert "each week was compared with its own users" not in said
    with UsageDatabase(url) as database:
        scores = database.company_scores()
        assert scores[scores["group_id"] == LEFT]["week"].max() == FIRST.next(11).monday
        assert scores[scores["group_id"] == JOINED]["week"].min() == FIRST.next(14).monday
        assert len(database.references()["weeks"].iloc[0]) == 13


def test_users_of_a_company_that_canceled_no_longer_count(postgres_server, monkeypatch, tmp_path):
    """The list says when the company left, but not that its users did; the company keeps its past."""
    with postgres_server.database() as name:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", name)
        monkeypatch.chdir(tmp_path)
        users = pd.DataFrame({"id": range(1, 17), "group_id": [1 + (n - 1) // 8 for n in range(1, 17)]}).astype(str)
        groups = pd.DataFrame({"id": ["1", "2"], "name": ["Steady", "Left"]})
        left = (FIRST.next(1).monday + timedelta(days=2)).isoformat()
        with UsageDatabase(name) as database:
            database.import_accounts(users.assign(name="x"), groups.assign(cancelled_on=["", left]))
            for day in days()[:30]:
                database.replace_day(day, lines(day))
        rows, _ = weekly()
        assert [row["users"] for row in rows] == [16, 16, 8, 8]
        assert {row["roster"] for row in rows} == {"today's (no dates known)"}


def test_what_happens_to_the_roster_later_changes_no_past_week(scored):
    """The same week scored twice is identical, whoever joined, left or moved since."""
    with UsageDatabase(scored) as database:
        before = database.scores(FIRST.next(3).monday).drop(columns="computed_at")
        changed = people().assign(group_id="3", job_type="Landman", disabled_on="")
        database.import_accounts(changed[:20], disable_missing=True)
    rows, _ = weekly("--week", str(FIRST.next(3)))
    assert [row["status"] for row in rows] == ["recomputed"]
    with UsageDatabase(scored) as database:
        after = database.scores(FIRST.next(3).monday).drop(columns="computed_at")
    pd.testing.assert_frame_equal(before, after)


def test_a_recomputed_week_keeps_its_reference_after_a_refit(scored):
    """A refit leads weeks to come; it leaves the week without tracking out."""
    shift = json.loads(run("score", "weekly", "--refit", "--json").stdout)
    assert len(shift) == 13
    assert str(FIRST.next(LOST)) not in {row["week"] for row in shift}
    rows, _ = weekly("--week", str(FIRST.next(2)))
    assert rows[0]["reference"].startswith("2026-W30-to-2026-W43")
    with UsageDatabase(scored) as database:
        assert len(database.references()) == 2


def test_a_lost_week_is_scored_when_asked_for(url):
    """Without the frozen reference, the first run with --week fits it on the weeks with tracking."""
    rows, said = weekly("--week", str(FIRST.next(LOST)))
    assert [(row["week"], row["status"], row["active"]) for row in rows] == [(str(FIRST.next(LOST)), "scored", 0)]
    assert "is frozen from now on" in said
    assert "13" not in said.split("roster")[0]


def test_companies_carry_money_owner_and_list(scored, tmp_path):
    """Programs get what tells accounts apart; people choose by list, type and owner."""
    (tmp_path / "oseberg.toml").write_text("[score]\nthreshold = 2\n")
    rows = json.loads(run("score", "companies", "--json").stdout)
    assert [row["group_name"] for row in rows] == ["Joined", "Steady"], "who left is not listed any more"
    joined, steady = rows
    assert joined["list"] == "Onboarding"
    assert (steady["arr"], steady["owner"], steady["salesforce_id"]) == (120000, "Ann Lee", "001A0000006Vm9r")
    assert (steady["renewal_on"], steady["renewal_days"], steady["roster"]) == ("2026-12-31", 45, "as of each week")
    kept = json.loads(run("score", "companies", "--owner", "ann lee", "--json").stdout)
    assert [row["group_name"] for row in kept] == ["Steady"]
    kept = json.loads(run("score", "companies", "--type", "SMB", "--top", "1", "--json").stdout)
    assert [row["group_name"] for row in kept] == ["Joined"]
    assert run("score", "companies", "--attention").stderr.endswith("No company matches.\n")
    assert "Known: Ann Lee, Bo Ek." in run("score", "companies", "--owner", "Cy", status=1).stderr


def test_the_page_has_the_roster_money_and_notes(scored, tmp_path):
    """As of each week; notes.csv is read by its headings."""
    (tmp_path / "notes.csv").write_text("company,date,author,note\n1,2026-11-01,Ann,Called them\n")
    run("score", "report", "-o", "report.html", "--notes", "notes.csv")
    text = (tmp_path / "report.html").read_text()
    assert "roster: as of each week" in text
    assert "15,000 USD" in text
    assert "Tracking was lost in the week from 14 Sep 2026" in text
    run("score", "report", "-o", "accounts.csv")
    assert "001A0000006Vm9r" in (tmp_path / "accounts.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "notes.csv").write_text("company,note\n1,x\n")
    said = run("score", "report", "-o", "report.html", "--notes", "notes.csv", status=1).stderr
    assert "notes.csv lacks the column 'date' (required: company, date, author, note)." in said


def test_a_company_is_explained_by_name_or_id(scored):
    """Metrics and users add up; a user's id goes first unless asked otherwise."""
    told = json.loads(run("score", "explain", "steady", "--json").stdout)
    assert (told["group_id"], told["salesforce_id"], told["arr"], told["owner"]) == (
        1,
        "001A0000006Vm9r",
        120000,
        "Ann Lee",
    )
    assert sum(line["contribution"] for line in told["metrics"]) == pytest.approx(told["score"], abs=0.005)
    assert sum(line["part"] for line in told["users"]) == pytest.approx(told["score"])
    assert "user_id" in json.loads(run("score", "explain", "1", "--json").stdout)
    assert json.loads(run("score", "explain", "1", "--company", "--json").stdout)["group_name"] == "Steady"
    text = run("score", "explain", "001A0000006Vm9r").stdout
    assert "Steady (company 1), week 2026-W46" in text
    assert "(mean of 8 licensed users;" in text
    assert "nobody" in run("score", "explain", "nobody", status=1).stderr
    said = run("score", "explain", "nobody", "--company", status=1).stderr
    assert "No company has the id, Salesforce id or name 'nobody'." in said
    assert "has no scored user in week 2026-W46" in run("score", "explain", "Left", status=1).stderr


def test_the_digest_says_what_is_new_and_its_status_tells_a_scheduler(scored, tmp_path):
    """Nothing new: 0. An account that is newly low: 3."""
    (tmp_path / "oseberg.toml").write_text("[score]\nthreshold = 2\n")
    assert "No company is newly low" in run("score", "digest").stdout
    with UsageDatabase(scored) as database:
        quiet = [f'"distinct_id":"{user}"'.encode() for user in range(2, 9)]
        for day in (day for day in days() if day > FIRST.next(14).monday):
            database.replace_day(day, [line for line in lines(day) if not any(user in line for user in quiet)])
    for number in range(14, 17):
        weekly("--week", str(FIRST.next(number)))
    said = run("score", "digest", "--owner", "Ann Lee", status=3).stdout
    assert "Newly low (1; 120,000 USD ARR)" in said
    assert "- Steady: score" in said
    assert (
        "No company has the owner 'An Lee'. Known: Ann Lee, Bo Ek."
        in run("score", "digest", "--owner", "An Lee", status=1).stderr
    )
    run("score", "digest", "--format", "html", "-o", "digest.html", status=3)
    assert "<h2>Newly low</h2>" in (tmp_path / "digest.html").read_text()


def test_lost_tracking_is_reported_by_the_status(url):
    """Since the first of the days without events that last until now."""
    assert json.loads(run("db", "status", "--json").stdout)["tracking_lost_since"] is None
    with UsageDatabase(url) as database:
        for day in days()[-4:]:
            database.replace_day(day, [])
    assert json.loads(run("db", "status", "--json").stdout)["tracking_lost_since"] == str(days()[-4])
    assert f"Tracking seems lost since {days()[-4]}" in run("db", "status").stdout


def test_mail_does_not_hide_that_tracking_was_lost(url):
    """Reports are sent on when browsers send nothing: a week of mail alone is not scored."""
    with UsageDatabase(url) as database:
        for day in (day for day in days() if Week.parse(day) == FIRST.next(LOST)):
            database.replace_day(day, [event(day, user, "Weekly Report Sent") for user in range(1, 25)])
    rows, said = weekly()
    assert [row["week"] for row in rows if row["status"] == "not tracked"] == [str(FIRST.next(LOST))]
    assert f"Tracking was lost in {FIRST.next(LOST)}" in said
    listed = run("score", "companies").stderr
    assert f"Tracking was lost in {FIRST.next(LOST)}" in listed


def test_one_event_that_is_lost_for_everybody_is_reported(url, tmp_path):
    """By the status, by the run that scores, on the page and in the digest; its weeks are scored all the same."""
    since = FIRST.next(WEEKS - 1).monday - timedelta(days=3)
    with UsageDatabase(url) as database:
        for day in (day for day in days() if day >= since):
            database.replace_day(day, [line for line in lines(day) if b'"Share"' not in line])
    sentence = f"Tracking of Share seems lost since {since}: hardly anyone has used it since"
    found = json.loads(run("db", "status", "--json").stdout)
    assert (found["tracking_lost_since"], found["events_lost_since"]) == (None, {"Share": str(since)})
    assert sentence in run("db", "status").stdout
    rows, said = weekly()
    assert sentence in said
    assert [row["status"] for row in rows].count("scored") == WEEKS - 1
    run("score", "report", "-o", "report.html")
    assert "Tracking of Share seems lost since" in (tmp_path / "report.html").read_text()
    digest = CliRunner().invoke(main, ["score", "digest"], catch_exceptions=False)
    assert f"Tracking of Share seems lost since {since}" in digest.stdout


def test_the_fleet_is_taken_apart_by_declared_segments(url, tmp_path):
    """Columns of users and of companies that oseberg.toml declares, job, type and tenure, as they were in each week."""
    (tmp_path / "oseberg.toml").write_text(
        '[accounts]\nuser_segments = ["region"]\ngroup_segments = ["basin"]\n[mixpanel]\ntime_zone = "UTC"\n'
    )
    regions = ["north" if number % 2 else "south" for number in range(1, 25)]
    people(job_type="Landman").assign(region=regions).to_csv("users.csv", index=False)
    companies().assign(basin=["Permian", "Permian", "Delaware"]).to_csv("groups.csv", index=False)
    run("db", "upgrade", "--apply-settings")
    run("db", "accounts", "users.csv", "groups.csv", "--as-of", "2026-01-05")
    weekly()
    run("score", "report", "-o", "report.html")
    fleet = packed(tmp_path / "report.html")["fleet"]
    assert len(fleet["weeks"]) == 12, "of the latest 13 weeks one was not tracked"
    segments = fleet["segments"]
    assert set(segments) == {"group_type", "job_type", "tenure", "owner", "region", "basin"}
    assert segments["basin"]["labels"] == ["Delaware", "Permian"]
    assert {"north", "south"} <= set(segments["region"]["labels"])
    assert segments["tenure"]["labels"][0] == "90 days to 1 year"
    for name, segment in segments.items():
        width = len(segment["labels"])
        for number, users in enumerate(fleet["users"]):
            assert sum(segment["count"][number * width : (number + 1) * width]) == users, name
    assert "By region" in (tmp_path / "report.html").read_text()


def test_past_alarms_are_listed_with_their_outcomes(scored, tmp_path):
    """Also of the company that left: it canceled, on the day that the accounts know."""
    (tmp_path / "oseberg.toml").write_text("[score]\nthreshold = 100\n")
    result = run("score", "alarms", "--json")
    rows = {row["group_name"]: row for row in json.loads(result.stdout)}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "Steady": "lasting",
        "Left": "canceled",
        "Joined": "lasting",
    }
    assert (rows["Left"]["canceled_on"], rows["Left"]["since"]) == (str(CANCELED), "2026-W32")
    assert (rows["Steady"]["arr"], rows["Steady"]["owner"]) == (120000, "Ann Lee")
    assert "3 alarms in 16 scored weeks: 2 lasting, 1 canceled." in result.stderr
    assert "Left" in run("score", "alarms", "--outcome", "canceled").stdout
    assert "No alarm matches." in run("score", "alarms", "--outcome", "recovered").stderr
    run("score", "alarms", "--outcome", "none", status=2)


@pytest.mark.parametrize("before", [None, "2026-W30", "2026-W36"])
def test_the_fleets_change_adds_up_for_any_two_weeks(scored, before):
    """By movement, metric and segment, to the hundredth."""
    named = ["--before", before] if before else []
    found = json.loads(run("score", "fleet", "--json", *named).stdout)
    assert (found["week"], found["before"]) == ("2026-W46", before or "2026-W45")
    cents = round(100 * found["change"])
    assert cents == round(100 * found["score"]) - round(100 * found["previous_score"])
    tables = [found["movements"], found["metrics"], *found["segments"].values()]
    assert [sum(round(100 * row["points"]) for row in table) for table in tables] == [cents] * len(tables)
    assert set(found["segments"]) == {"group_type", "job_type", "tenure", "owner"}
    assert "Each table adds up to" in run("score", "fleet", *named, "--by", "tenure").stderr


def test_two_weeks_of_the_fleet_must_be_scored(scored):
    """A week without scores, or a segment that nobody has, is one sentence."""
    assert "Week 2026-W38 has no scores" in run("score", "fleet", "--before", "2026-W38", status=1).stderr
    assert "Users have no segment 'basin'" in run("score", "fleet", "--by", "basin", status=1).stderr


def test_metrics_are_checked_against_what_is_stored(url):
    """What can only be yes or no, what never occurs; the status is 3, and 1 before anything is loaded."""
    result = run("score", "metrics", "--check", status=3)
    assert "never occurs: 'Map Export' (events.map_export) never occurred." in result.stdout
    assert "Login" not in result.stdout
    assert "continuous metrics can only be yes or no:" in result.stderr
    assert "Checked 2026-W43 to 2026-W46:" in result.stderr


def test_statistics_are_described_and_written(url, tmp_path):
    """A sentence for each; every user's of a week in a private file."""
    rows = json.loads(run("score", "statistics", "--json").stdout)
    assert len(rows) > 300
    assert rows[0] == {
        "statistic": "any.count.1w",
        "meaning": "Number of events that the user did.",
        "unit": "events",
        "lowest": 0,
        "highest": None,
    }
    assert "1w" in run("score", "statistics").stdout
    said = run("score", "statistics", "-o", "s.csv", "--week", "2026-W44").stderr
    assert "Wrote 16 users with" in said
    assert len(pd.read_csv(tmp_path / "s.csv")) == 16
    assert (tmp_path / "s.csv").stat().st_mode & 0o777 == 0o600
    run("score", "statistics", "-o", "s.parquet")
    assert "share.count.1w" in pd.read_parquet(tmp_path / "s.parquet")
    assert "is not complete" in run("score", "statistics", "-o", "s.csv", "--week", "2026-W50", status=1).stderr
    run("score", "statistics", "-o", "s.xlsx", status=2)
    run("score", "statistics", "--week", "2026-W44", status=2)


def test_only_weeks_without_tracking_make_empty_tables(url, tmp_path):
    """The first week that was scored is one that was lost: no company is listed, and a page is still written."""
    weekly("--week", str(FIRST.next(LOST)))
    assert json.loads(run("score", "companies", "--json").stdout) == []
    assert "Nothing is scored yet." in run("score", "digest").stdout
    run("score", "report", "-o", "report.html")
    assert (tmp_path / "report.html").is_file()
