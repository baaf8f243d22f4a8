"""The demo does the main job, leaves what it says, and leaves nothing running; each test shares its few runs."""

import json
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from oseberg.health_model import company_scores
from oseberg.usage_db import UsageDatabase
from tests.browser import dom
from tests.end_to_end.conftest import Demo

pytestmark = pytest.mark.unmeasured

COLUMNS = [
    "users",
    "active_users",
    "score",
    "adoption",
    "active_score",
    "core_score",
    "concentration",
    "passive_share",
]
"""What the view and the library say of a company."""


def written(demo: Demo) -> dict[str, bytes]:
    return {str(path.relative_to(demo.out)): path.read_bytes() for path in demo.out.rglob("*") if path.is_file()}


def test_it_writes_what_it_names(demo: Demo) -> None:
    """Every path on standard output's last lines exists; each step's command can be copied from standard error."""
    paths = [Path(line) for line in demo.stdout.splitlines() if line.startswith(str(demo.out))]
    assert [path.name for path in paths[-4:]] == ["health.html", "events.parquet", "records.jsonl", "checks.html"]
    assert all(path.stat().st_size > 0 for path in paths)
    # county records are public by law; whatever names users or customers is for its owner alone
    modes = {path.name: path.stat().st_mode & 0o777 for path in paths[-4:] if path.name != "records.jsonl"}
    assert set(modes.values()) == {0o600}, modes
    assert "$ oseberg mixpanel load --since 2026-07-27 --until 2026-11-02" in demo.stderr
    assert f"$ oseberg score report -o '{demo.out}/health.html'" in demo.stderr
    assert len(demo.stderr.splitlines()) < 100  # two screens


def test_a_demo_with_other_sample_data_begins_anew(demo: Demo) -> None:
    """Days of two versions of the sample are never scored as one history."""
    assert "is from a demo with other sample data; it is created again" in demo.stderr
    assert not (demo.home / "demo" / "postgres" / "earlier").exists()
    assert "31,278 events are new, 0 were already there" in demo.stderr


def test_a_demo_can_be_kept(demo: Demo) -> None:
    """With --keep the printed lines lead another terminal to the events and the database, until Ctrl-C."""
    assert len(demo.meanwhile["export"].splitlines()) > 300
    assert "2026-11-02" in demo.meanwhile["status"]


def test_the_last_lines_work_when_pasted(demo: Demo) -> None:
    """After the demo, its database answers to whoever names the folder that the demo prints."""
    done = demo.run("score", "companies", OSEBERG_HOME=str(demo.home / "demo"))
    assert "Alkali Draw Oil" in done.stdout


def test_a_second_run_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    """Files, counts of events and scores stay as they are, among anybody's settings, other databases and proxies.

    With --verbose each command's whole output is there, tables on standard output.
    """
    (tmp_path / "oseberg.toml").write_text(
        '[mixpanel]\nregion = "xx"\n[county]\npth = ""\n[score]\nmodel = "no.toml"\n'
    )
    elsewhere = "postgresql://ann@127.0.0.1:1/production"
    names = {"OSEBERG_DATABASE_URL": elsewhere, "OSEBERG_DATABASE_DIRECT_URL": elsewhere, "OSEBERG_MODEL": "no.toml"}
    before, scores = written(demo), stored_scores(demo)
    options = ["--out", str(demo.out), "--verbose"]
    done = demo.run("demo", *options, cwd=tmp_path, HTTP_PROXY="http://127.0.0.1:1", **names)
    assert "MA502" in done.stdout
    assert "created again" not in done.stderr
    assert f"export OSEBERG_HOME={demo.home / 'demo'}" in done.stderr
    after = written(demo)
    assert before.keys() == after.keys()
    for name in before:
        assert before[name].splitlines() == after[name].splitlines(), name
    pd.testing.assert_frame_equal(stored_scores(demo), scores)


def stored_scores(demo: Demo) -> pd.DataFrame:
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        return db.scores()


def test_nothing_keeps_running(demo: Demo) -> None:
    """No process of the demo's database is left when the command has ended."""
    until = time.monotonic() + 20  # the last one out stops the server; a busy machine takes a moment for it
    while processes_of(demo.home) and time.monotonic() < until:
        time.sleep(0.1)
    assert processes_of(demo.home) == []


def processes_of(folder: Path) -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            found.append(path.read_bytes())
    return [line for line in found if str(folder).encode() in line]


def test_the_planted_companies_need_attention(demo: Demo) -> None:
    """Declining, idle and mail-only companies come before broad ones; a canceled one keeps its past only."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        scores = db.company_scores()
    last = scores[scores["week"] == scores["week"].max()].set_index("group_id")["score"].astype(float)
    assert {101, 103} <= set(last.nlargest(6).index)
    assert last[[106, 109, 112]].max() < last[[101, 102, 103]].min()
    first = scores[scores["week"] == scores["week"].min()].set_index("group_id")["score"].astype(float)
    assert all(last[group] < first[group] / 2 for group in (110, 111, 112))
    assert 108 in first.index
    assert 108 not in last.index


def test_the_county_steps_find_the_planted_defects(demo: Demo) -> None:
    """One date is unreadable, two rows repeat, two numbers and one image are missing."""
    summary = json.loads((demo.out / "andrews" / "summary.json").read_text())
    assert (summary["records"], summary["duplicate"], summary["rejected"]) == (57, 2, 1)
    page = dom(demo.out / "andrews" / "checks.html")
    assert "MA201" in page
    assert "MA401" in page


def test_every_list_of_the_page_has_someone(demo: Demo) -> None:
    """Newly low, falling, low for long and onboarding, with money and owners; the lost week is reported, not scored."""
    page = dom(demo.out / "health.html")
    for name in ("Newly low", "Falling", "Low for long", "Onboarding"):
        section = page[page.index(f'aria-label="{name}"') :].split("</section>")[0]
        assert '<a href="#account-' in section, name
        assert " USD ARR" in section
        assert "Ruth Okafor" in section or "Sam Whitley" in section
    assert "Tracking was lost in the week from 31 Aug 2026" in page
    assert "canceled on 12 Oct 2026" in page
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        assert len(db.scored_weeks()) == 13
        assert [len(weeks) for weeks in db.references()["weeks"]][-1] == 13


def test_the_health_page_names_the_companies(demo: Demo) -> None:
    """The page opens in a browser, and a hostile company name is text, not markup."""
    page = dom(demo.out / "health.html")
    assert "Permian Ridge Resources" in page
    assert "O'Neal &lt;Family&gt;" in page


def test_the_view_and_the_library_agree_to_the_last_cent(demo: Demo) -> None:
    """`usage.company_score` and `company_scores` give each company the same numbers in every week."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        view, scores = db.company_scores(), db.scores()
    assert len(view["week"].unique()) == 13
    for week, users in scores.groupby("week"):
        python = company_scores(users).set_index("group_id").sort_index()[COLUMNS].astype("float64").round(2)
        stored = view[view["week"] == week].set_index("group_id").sort_index()[COLUMNS].astype("float64").round(2)
        pd.testing.assert_frame_equal(stored, python, check_index_type=False)


def test_contributions_add_up_to_the_score(demo: Demo) -> None:
    """The stored contributions of every user with points add up to the stored score, once it is rounded."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        scores = db.scores()
        week = scores["week"].max()
        parts = db.contributions(week)
    latest = scores[scores["week"] == week].set_index("user_id")["score"].astype("float64")
    sums = parts.groupby("user_id")["contribution"].sum().reindex(latest.index, fill_value=0.0)
    assert (sums - latest).abs().max() <= 0.005 + 1e-9
    assert (parts.groupby("user_id").size() <= 30).all()


def test_every_event_is_in_the_view_once(demo: Demo) -> None:
    """The loaded events are the sample's without its duplicates, and unresolved ones stay with no user."""
    with UsageDatabase.embedded(demo.home / "demo" / "postgres") as db:
        status = db.status()
        exported = pd.read_parquet(demo.out / "events.parquet")
        assert status.events == len(exported)
        assert 0 < status.unresolved_events < 100
