"""The commands of `oseberg score` on a real database, from raw events to the page."""

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from openpyxl import load_workbook

from oseberg.cli.score.weekly.missing_events import what_to_do
from oseberg.health_model import HealthModel, company_scores, widen_salesforce_id
from oseberg.usage_db import UsageDatabase
from tests import postgres
from tests.cli.score_world import FIRST, MODEL, USERS, days, event, fill, lines, run, weekly
from tests.health_model.helpers import packed


@pytest.fixture(scope="module")
def filled(postgres_server: postgres.Server) -> Iterator[str]:
    """Name a database with two weeks of events, which each test gets a copy of."""
    with postgres_server.database() as name:
        with UsageDatabase(name) as database:
            fill(database)
        yield name.split("?")[0].rpartition("/")[2]


@pytest.fixture
def url(
    postgres_server: postgres.Server, filled: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    with postgres_server.database(filled) as name:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", name)
        monkeypatch.chdir(tmp_path)
        yield name


def test_weekly_scores_what_is_due_and_a_rerun_changes_nothing(url):
    """Both complete weeks are scored and stored with model and reference; a second run finds nothing to do."""
    rows, said = weekly()
    assert [(row["week"], row["status"], row["users"]) for row in rows] == [
        ("2026-W40", "scored", 12),
        ("2026-W41", "scored", 12),
    ]
    assert "each week was compared with its own users" in said
    assert "12 users; with fewer than 200" in said
    assert "Events that the model does not know and does not score: Strange (1)" in said
    with UsageDatabase(url) as database:
        before = database.scores()
        assert database.models()["model_version"].tolist() == [MODEL.version]
        assert len(database.references()) == 2
    rows, said = weekly()
    assert rows == []
    assert "every complete week has scores" in said
    with UsageDatabase(url) as database:
        pd.testing.assert_frame_equal(database.scores(), before)


def test_a_week_whose_events_are_archived_says_how_they_come_back(url, tmp_path):
    """Loading archived days again is refused, so the sentence names their month; other missing days are loaded."""
    with UsageDatabase(url) as database:
        database.archive(date(2026, 11, 1), tmp_path)
    failed = run("score", "weekly", "--week", "2026-W41", status=1)
    assert failed.stderr.rstrip().endswith("Restore the archived days: oseberg db restore 2026-10")
    mixed = pd.DataFrame({"state": ["archived", "gone"]}, index=[date(2026, 9, 30), date(2026, 10, 1)])
    assert "db restore 2026-09; then load the others again: oseberg mixpanel load --since 2026-10-01" in what_to_do(
        mixed
    )


def test_a_week_whose_events_are_gone_is_not_scored(url):
    """After a retention job dropped events, no week gets zeros: one sentence, status 3, and the old score stays."""
    weekly("--week", "2026-W40")
    with UsageDatabase(url) as database:
        before = database.scores()
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM usage.product_event WHERE \"time\" < '2026-10-07'")
    failed = run("score", "weekly", "--week", "2026-W40", status=1)
    assert "Week 2026-W40 can't be scored: of" in failed.stderr
    rows, said = weekly(status=3)
    assert [(row["week"], row["status"]) for row in rows] == [("2026-W41", "events gone")]
    assert "Week 2026-W41 can't be scored" in said
    assert "Week 2026-W40" not in said
    with UsageDatabase(url) as database:
        pd.testing.assert_frame_equal(database.scores(), before)
        database.replace_day(date(2026, 10, 5), lines(date(2026, 10, 5)))
        database.replace_day(date(2026, 10, 6), lines(date(2026, 10, 6)))
    rows, _ = weekly()
    assert (rows[0]["week"], rows[0]["status"]) == ("2026-W41", "scored")


def test_views_and_python_agree_to_the_last_cent(url):
    """SQL's company_score is what `company_scores` gives."""
    weekly()
    with UsageDatabase(url) as database:
        key = ["model_version", "week", "group_id"]
        python = company_scores(database.scores()).set_index(key)
        view = database.company_scores().set_index(key)
    assert len(view) == 6
    for name in python.columns:
        pd.testing.assert_series_equal(
            view.loc[python.index, name].astype(float), python[name].astype(float), check_index_type=False
        )


def test_late_events_name_the_week_and_only_asking_recomputes(url):
    """A bare run never changes a scored week silently."""
    weekly()
    late = days(2)[2]
    with UsageDatabase(url) as database:
        before = database.scores()
        database.replace_day(late, lines(late, event(late, 12, "Dashboard Edit", hour=16)))
    rows, said = weekly()
    assert [(row["week"], row["status"]) for row in rows] == [("2026-W40", "stale")]
    assert "oseberg score weekly --week 2026-W40" in said
    with UsageDatabase(url) as database:
        pd.testing.assert_frame_equal(database.scores(), before)
    rows, _ = weekly("--week", "2026-W40")
    assert [row["status"] for row in rows] == ["recomputed"]
    assert weekly()[0] == []
    with UsageDatabase(url) as database:
        assert database.scores().query("user_id == 12 and score > 0")["week"].tolist() == [FIRST.monday]


def test_changed_weights_start_a_new_version_and_leave_the_old_scores(url, tmp_path):
    """The edited sheet comes back in; old scores stay as they are."""
    weekly()
    run("score", "metrics", "-o", "metrics.xlsx")
    run("score", "metrics", "-o", "metrics.csv")
    assert "The weights are valid" in run("score", "metrics", "--weights", "metrics.csv").stderr
    assert "The shipped model is unchanged" in run("score", "metrics", "--weights", "metrics.xlsx").stderr
    run("score", "metrics", "--weights", "metrics.xlsx", "--save", "own")
    weights = tmp_path / "own" / "weights.csv"
    edited = tmp_path / "edited.csv"
    edited.write_text(weights.read_text().replace("shares,5", "shares,1"))
    said = run("score", "metrics", "--model", "own/model.toml", "--weights", "edited.csv").stderr
    assert HealthModel.load("own/model.toml").version in said
    assert "shares,1" in weights.read_text()
    (tmp_path / "oseberg.toml").write_text('[score]\nmodel = "own/model.toml"\n')
    assert [row["status"] for row in weekly()[0]] == ["scored", "scored"]
    with UsageDatabase(url) as database:
        assert len(database.models()) == 2
        assert database.scores().groupby("model_version").size().tolist() == [24, 24]


def test_a_bad_sheet_changes_nothing(url, tmp_path):
    """File, row and column are named, the status is 1, the weights stay."""
    run("score", "metrics", "--format", "xlsx", "-o", "metrics.xlsx")
    run("score", "metrics", "--weights", "metrics.xlsx", "--save", "own")
    weights = tmp_path / "own" / "weights.csv"
    before = weights.read_text()
    (tmp_path / "edited.csv").write_text(before.replace("shares,5", "shares,7"))
    result = run("score", "metrics", "--model", "own/model.toml", "--weights", "edited.csv", status=1)
    assert "edited.csv: row 30, column default: the weight of shares is '7'" in result.stderr
    assert weights.read_text() == before


def test_companies_as_table_and_json(url):
    """Each company with its decomposition; who needs attention comes first."""
    weekly()
    rows = json.loads(run("score", "companies", "--json").stdout)
    assert {row["group_name"] for row in rows} == {"Alpha", "Beta", "Gamma <b>"}
    for row in rows:
        parts = row["adoption"] * (row["active_score"] or 0) + row["passive_points"]
        assert row["score"] == pytest.approx(parts, abs=1e-9)
    gamma = next(row for row in rows if row["group_name"] == "Gamma <b>")
    assert (gamma["active_users"], gamma["adoption"], gamma["passive_share"], gamma["active_score"]) == (
        0,
        0,
        0.75,
        None,
    )
    table = run("score", "companies", "--week", "2026-W40").stdout
    assert "2026-W40" in table
    assert "attention" in table


@pytest.mark.parametrize("who", ["1", "USER1@example.com", "name1"])
def test_explain_adds_up(url, who):
    """Thirty lines that add up to the score, and what changed; by id, e-mail or username."""
    weekly()
    told = json.loads(run("score", "explain", who, "--json").stdout)
    assert len(told["metrics"]) == 30
    assert sum(line["contribution"] for line in told["metrics"]) == pytest.approx(told["score"], abs=0.005)
    moved = told["score"] - told["previous_score"]
    assert sum(line["change"] for line in told["metrics"]) == pytest.approx(moved, abs=0.01)
    text = run("score", "explain", who).stdout
    assert "of at most 92.90 points" in text
    assert "America/Chicago" in text
    assert "The week before" in text


def test_explain_idle_first_week_and_unknown(url):
    """An idle user has thirty zeros; a first week has no change; strangers and unscored weeks are told so."""
    weekly()
    told = json.loads(run("score", "explain", "12", "--week", "2026-W40", "--json").stdout)
    assert (told["score"], told["previous_score"], len(told["metrics"])) == (0, None, 30)
    assert "No user or company matches 'nobody'" in run("score", "explain", "nobody", status=1).stderr
    assert "Week 2026-W30 has no scores" in run("score", "explain", "1", "--week", "2026-W30", status=1).stderr


def test_metrics_with_cuts_of_the_stored_reference(url):
    """The documentation shows what earns how many points."""
    assert "Score first" in run("score", "metrics", "--cuts", status=1).stderr
    weekly()
    assert "more than" in run("score", "metrics", "--cuts").stdout
    assert run("score", "metrics", "--format", "html").stdout.startswith("<!doctype html>")


def test_a_workbook_may_go_through_a_pipe(tmp_path, monkeypatch):
    """Standard output is data, a workbook too; but nobody can read one in a terminal."""
    monkeypatch.chdir(tmp_path)
    book = load_workbook(io.BytesIO(run("score", "metrics", "--format", "xlsx").stdout_bytes))
    assert book["weights"].max_row == book["metrics"].max_row == 31


def test_report_is_written(url, tmp_path):
    """One page with every company, names escaped."""
    assert "Score first" in run("score", "report", "-o", "report.html", status=1).stderr
    weekly()
    run("score", "report", "-o", "report.html")
    assert packed(tmp_path / "report.html")["accounts"]["name"].count("Gamma <b>") == 1
    assert "Gamma <b>" not in (tmp_path / "report.html").read_text()
    run("score", "report", "-o", "accounts.csv")
    assert "Gamma <b>" in (tmp_path / "accounts.csv").read_text()
    run("score", "report", "-o", "accounts.xlsx")
    heading, *users = load_workbook(tmp_path / "accounts.xlsx")["users"].iter_rows(values_only=True)
    names = {user[heading.index("Name")] for user in users}
    assert names == {f"User {number}" for number in range(1, USERS + 1)}
    (tmp_path / "c.csv").write_text("group_id,NoticeDate\n1,2026-10-07\n")
    run("score", "report", "-o", "report.html", "--cancellations", "c.csv")
    assert "no usable threshold" in (tmp_path / "report.html").read_text()
    assert "does not exist; create it first" in run("score", "report", "-o", "missing/report.html", status=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "-o", "accounts.xlsx", "--cancellations", "c.csv"),
        ("report", "-o", "report.html", "--groups", "g.csv"),
        ("metrics", "-o", "weights.csv", "--cuts"),
        ("report", "-o", "report.pdf"),
        ("metrics", "-o", "metrics.docx"),
    ],
)
def test_options_that_would_be_ignored_are_refused(arguments, tmp_path, monkeypatch):
    """Nothing is asked for in vain: wrong usage, and no file is written."""
    monkeypatch.chdir(tmp_path)
    run("score", *arguments, status=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("weekly",), ("companies",), ("explain", "1")])
@pytest.mark.parametrize("week", ["soon", "2025-W53", "9999-W52"])
def test_a_misspelled_week_is_wrong_usage(command, week):
    """It is reported before a database is opened, and shows how to write one."""
    assert "as in 2026-W46" in run("score", *command, "--week", week, status=2).stderr


def test_incomplete_week_and_bad_settings_are_reported(url, tmp_path):
    """A week that lacks days, in the past or to come, and a wrong setting each name what to mend."""
    assert "2026-10-13" in run("score", "weekly", "--week", "2026-W42", status=1).stderr
    assert "2027-01-03" in run("score", "weekly", "--week", "2026-W53", status=1).stderr
    (tmp_path / "oseberg.toml").write_text("[score]\nthreshold = 300\n")
    assert "[score] threshold" in run("score", "companies", status=1).stderr


def test_the_reference_freezes_when_enough_weeks_exist(url, tmp_path):
    """The earlier weeks are recomputed once with the frozen reference, and that is reported."""
    path = MODEL.save(tmp_path / "own")
    path.write_text(path.read_text().replace("weeks = 13", "weeks = 3"))
    weekly("--model", str(path))
    with UsageDatabase(url) as database:
        for day in days(4)[len(days(2)) :]:
            database.replace_day(day, lines(day))
    rows, said = weekly("--model", str(path))
    assert [row["status"] for row in rows] == ["recomputed"] * 2 + ["scored"] * 2
    assert len({row["reference"] for row in rows}) == 1
    assert "fitted on 2026-W40 to 2026-W42" in said
    assert "2 weeks scored before were recomputed with it, once" in said
    assert weekly("--model", str(path))[0] == []
    shift, said = weekly("--model", str(path), "--refit")
    assert [row["week"] for row in shift] == ["2026-W41", "2026-W42", "2026-W43"]
    assert "compared with 2026-W41 to 2026-W43; scored weeks stay" in said
    assert weekly("--model", str(path))[0] == []
    assert "no frozen reference yet" in run("score", "weekly", "--refit", status=1).stderr
    run("score", "weekly", "--refit", "--week", "2026-W41", status=2)


def test_threshold_is_honest_about_few_cancellations(url, tmp_path):
    """Two weeks and one cancellation give no threshold, and what was left aside is reported."""
    weekly()
    widened = "001A0000006Vm9rIAC"
    (tmp_path / "groups.csv").write_text(f"id,name,salesforce_id\n1,Alpha,{widened}\n2,Beta,\n")
    (tmp_path / "c.csv").write_text(f"AccountId,Notice\n{widened},2026-10-07\n{widened},\n")
    (tmp_path / "oseberg.toml").write_text('[score.cancellations]\nnotice_date = "Notice"\n')
    command = ("score", "threshold", "--cancellations", "c.csv", "--groups", "groups.csv")
    result = run(*command, "--json")
    found = json.loads(result.stdout)[0]
    assert (found["verdict"], found["threshold"]) == ("no usable threshold", None)
    assert (found["left_aside"], found["left_aside_count"]) == (
        ["row 3 (001A0000006Vm9rIAC): the notice date is missing"],
        1,
    )
    assert "row 3 (001A0000006Vm9rIAC): the notice date is missing" in result.stderr
    assert "no usable threshold" in run(*command).stdout
    (tmp_path / "groups.csv").write_text("id,name\n1,Alpha\n")
    assert "needs the columns id and salesforce_id" in run(*command, status=1).stderr


def test_cancellations_find_their_companies_by_the_loaded_accounts(url, tmp_path):
    """The salesforce_id of GROUPS.csv, once loaded, says which company cancelled; before, that is what lacks."""
    weekly()
    strangers = "".join(f"{widen_salesforce_id(f'001B0000006{n:04}')},2026-10-08\n" for n in range(12))
    (tmp_path / "c.csv").write_text(f"AccountId,NoticeDate\n001A0000006Vm9r,2026-10-07\n{strangers}")
    command = ("score", "threshold", "--cancellations", "c.csv", "--json")
    assert "no group has a salesforce_id" in run(*command, status=1).stderr
    with UsageDatabase(url) as database:
        groups = {"id": ["1", "2", "3", "4"], "name": ["Alpha", "Beta", "Gamma", "Delta"]}
        accounts = pd.DataFrame({**groups, "salesforce_id": ["001A0000006Vm9rIAC", "", "short", ""]})
        people = pd.DataFrame({"id": ["1"], "name": ["Ann"], "group_id": ["1"]})
        database.import_accounts(people, accounts)
        assert "Group 3: 'short' is not a Salesforce id" in run(*command, status=1).stderr
        database.import_accounts(people, accounts.replace("short", ""))
    told = run(*command)
    found = json.loads(told.stdout)[0]
    assert (found["left_aside_count"], len(found["left_aside"])) == (12, 12)
    assert all(reason.endswith("no company has this account") for reason in found["left_aside"])
    assert told.stderr.endswith("not used: 2 more; --json lists them all\n")
    (tmp_path / "c.csv").write_text("group_id,NoticeDate\n1,2026-10-07\n4,2026-10-07\n77,2026-10-07\n")
    assert json.loads(run(*command).stdout)[0]["left_aside"] == [
        "Delta (4) never had a score",
        "company 77 is not among the accounts",
    ]


def test_an_unknown_time_zone_is_reported(url, monkeypatch):
    """A misspelled zone of the export is a setting to mend."""
    monkeypatch.setenv("MIXPANEL_TIME_ZONE", "Mars/Phobos")
    assert "'Mars/Phobos' is not an IANA time zone" in run("score", "weekly", status=1).stderr


def test_an_empty_database_is_reported_gently(postgres_server, monkeypatch, tmp_path):
    """Before the first load there is nothing to score, and that is not a failure."""
    with postgres_server.database() as name:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", name)
        monkeypatch.chdir(tmp_path)
        rows, said = weekly()
        assert rows == []
        assert "no complete week is loaded yet" in said


def test_the_model_is_found_by_option_environment_and_settings(url, tmp_path, monkeypatch):
    """An option beats the environment, which beats oseberg.toml, whose paths start from its folder."""
    versions = {}
    for number, name in enumerate(("option", "environment", "settings"), start=1):
        path = MODEL.save(tmp_path / name)
        weights = path.with_name("weights.csv")
        weights.write_text(weights.read_text().replace("shares,5", f"shares,{number}"))
        versions[name] = HealthModel.load(path).version
    (tmp_path / "oseberg.toml").write_text('[score]\nmodel = "settings/model.toml"\n')
    assert versions["settings"] in run("score", "metrics").stdout
    monkeypatch.setenv("OSEBERG_MODEL", "environment/model.toml")
    assert versions["environment"] in run("score", "metrics").stdout
    assert versions["option"] in run("score", "metrics", "--model", "option/model.toml").stdout
    assert "No such file" in run("score", "metrics", "--model", "nowhere.toml", status=1).stderr


def test_weeks_wait_for_the_users(postgres_server, monkeypatch, tmp_path):
    """Without users nothing is scored, so that the weeks are still due when the users come."""
    with postgres_server.database() as name:
        monkeypatch.setenv("OSEBERG_DATABASE_URL", name)
        monkeypatch.chdir(tmp_path)
        with UsageDatabase(name) as database:
            for day in days(1):
                database.replace_day(day, lines(day))
        assert "oseberg db accounts" in run("score", "weekly", status=1).stderr
        assert "No week has scores" in run("score", "companies", status=1).stderr
        with UsageDatabase(name) as database:
            users = pd.DataFrame({"id": ["1"], "name": ["Ann"], "email": ["ann@example.com"], "group_id": [""]})
            database.import_accounts(users, pd.DataFrame({"id": ["1"], "name": ["Alpha"]}))
        assert [(row["status"], row["users"]) for row in weekly()[0]] == [("scored", 1)]
        for command in (("companies",), ("report", "-o", "report.html")):
            assert "No scored user belongs to a company" in run("score", *command, status=1).stderr
        assert json.loads(run("score", "explain", "1", "--json").stdout)["score"] > 0
