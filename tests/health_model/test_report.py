"""The health page: it answers which accounts, why and since when; it is safe, small and whole."""

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import DataError, Threshold, explain, largest_remainder, write_report
from oseberg.health_model._rounding import whole_hundredths
from tests.health_model.helpers import HOSTILE, LAST, MODEL, SILENT, UNDERUSED, packed, portfolio, section, year

VOID = ("meta", "input", "line", "circle", "polyline", "rect")


class Tags(HTMLParser):
    """Collect the tags, and check that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def test_page_is_well_formed_and_escapes_customers_names(page):
    """Names are hostile input; nothing of theirs runs."""
    text = page.read_text()
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert text.count("<script") == 2
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7*7 }}" in text
    assert not [attrs for _, attrs in tags.tags if "style" in attrs or any(key.startswith("on") for key in attrs)]


def test_every_table_says_what_its_cells_are(page):
    """Screen readers get a caption, and a scope for each heading."""
    tags = Tags()
    tags.feed(page.read_text())
    names = [tag for tag, _ in tags.tags]
    assert names.count("table") == names.count("caption") > 3
    assert all("scope" in attrs for tag, attrs in tags.tags if tag == "th")
    assert all("aria-label" in attrs or "aria-hidden" in attrs for tag, attrs in tags.tags if tag == "svg")


def test_page_needs_no_network(page):
    """Everything is forbidden but its own style and script, by their hashes."""
    text = page.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://|src=|@import|url\(", text)


def test_page_says_who_needs_attention_why_and_since_when(page):
    """The company that only gets mail leads, in sentences; the healthy ones are not named."""
    said = section(page.read_text(), "Who needs attention, and why")
    assert f"{HOSTILE} {SILENT}" in said
    assert "Nobody was active, and 10 of 10 users only receive automatic mail." in said
    assert re.search(r"Low since 19 Oct 2026; before that \d+\.\d\d with 10 of 10 active\.", said)
    assert f"{HOSTILE} 3" not in said


def test_page_shows_unused_licences(page, world):
    """An account whose idle licences pull it down, beside what its active users do."""
    said = section(page.read_text(), "Unused licenses that pull an account down")
    now = world.companies[world.companies["week"] == LAST].set_index("group_id").loc[UNDERUSED]
    assert f"{HOSTILE} {UNDERUSED} 10 8 0 {now['score']:.2f} {now['active_score']:.2f}" in said
    assert f"{HOSTILE} {SILENT}" not in said


def test_page_shows_weeks_side_by_side_with_words_for_low(page):
    """Six weeks for each account; low is underlined, not only coloured."""
    text = page.read_text()
    heads = re.findall(r'data-sort="number">([^<]+)<', text)
    assert heads[:6] == ["5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov"]
    assert text.count('<span class="low">2.15</span>') == 4
    assert "underlined: at or below 10.00" in section(text, "All accounts, week by week")


def test_distribution_counts_everybody_once(page, world):
    """The bars' table adds up to the users."""
    said = section(page.read_text(), "How scores are spread")
    counts = [int(count) for count in re.findall(r"(\d+) \d+\s%", said)]
    assert sum(counts) == 40
    assert f"0 {int((world.users[world.users['week'] == LAST]['score'] == 0).sum())} " in said


def test_every_users_points_add_up_as_explained(page, world):
    """The page's thirty lines are those of `explain`, change included."""
    content = packed(page)
    for user_id in (0, 11, 25, 39):
        person = next(person for person in content["people"] if person[0] == str(user_id))
        lines = [
            world.contributions[(world.contributions["user_id"] == user_id) & (world.contributions["week"] == week)]
            for week in (LAST, LAST - timedelta(weeks=1))
        ]
        scores = [person[7][-1] / 100, person[7][-2] / 100]
        table = explain(MODEL, lines[0], scores[0], lines[1], scores[1]).table()
        _, points, moved, said = person[8:]
        assert [value / 100 for value in points] == table["contribution"].tolist()
        assert [value / 100 for value in moved] == table["change"].tolist()
        assert [content["words"][n][place] for n, place in enumerate(said)] == table["words"].tolist()
        assert scores[0] == world.latest(user_id)["score"]


def test_what_moved_an_account_adds_up_to_its_change(page, world):
    """The named metrics and all others together are the change."""
    for account in packed(page)["accounts"]:
        rows = world.companies[world.companies["group_id"] == int(account["id"])].sort_values("week")
        moved = sum(float(text.replace("\N{MINUS SIGN}", "-")) for _, text in account["moves"])
        assert moved == pytest.approx(rows["score"].iloc[-1] - rows["score"].iloc[-2], abs=0.005)
        assert len(account["weeks"]) == 6


def test_idle_users_and_lasting_silence_are_told(page):
    """For how many weeks somebody only got mail or did nothing; idle users carry no lines."""
    content = packed(page)
    silent = next(person for person in content["people"] if person[0] == "0")
    idle = next(person for person in content["people"] if person[0] == "19")
    assert (content["states"][silent[5]], silent[6]) == ("automatic mail only", 4)
    assert (content["states"][idle[5]], idle[6], len(idle)) == ("nothing at all", 6, 8)


def test_somebody_who_stopped_keeps_what_was_lost(world, tmp_path):
    """A user without a point this week still shows which points went."""
    world = portfolio()
    gone = (world.users["user_id"] == 25) & (world.users["week"] == LAST)
    world.users.loc[gone, ["score", "active"]] = [0.0, False]
    kept = (world.contributions["user_id"] != 25) | (world.contributions["week"] != LAST)
    world.contributions = world.contributions[kept]
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    content = packed(path)
    person = next(person for person in content["people"] if person[0] == "25")
    assert sum(person[10]) == -person[7][-2]
    assert {content["words"][n][place] for n, place in enumerate(person[11])} <= {"None.", "No."} | {
        f"0 % {metric.unit}." for metric in MODEL.definition.metrics.values()
    }


def test_first_week_compares_with_nothing(tmp_path):
    """One scored week: no change, no movements, no error."""
    world = portfolio(weeks=1)
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    content = packed(path)
    assert [account["moves"] for account in content["accounts"]] == [[]] * 4
    assert content["people"][0][7] == [None] * 5 + [content["people"][0][7][-1]]


def test_a_week_without_a_score_is_a_gap(world, tmp_path):
    """An account that was not scored in a week has a broken line, and no number made up."""
    companies = world.companies[
        (world.companies["group_id"] != 3) | (world.companies["week"] != LAST - timedelta(weeks=2))
    ]
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=world.users, contributions=world.contributions, model=MODEL)
    text = path.read_text()
    assert text.count("<polyline") == 1 + page_lines(world, tmp_path)
    assert len(next(account for account in packed(path)["accounts"] if account["id"] == "3")["weeks"]) == 5


def page_lines(world, folder):
    """Count the lines of the page without a gap."""
    path = folder / "whole.html"
    write_report(path, **vars(world), model=MODEL)
    return path.read_text().count("<polyline")


def test_fleet_wide_drop_is_said_before_any_account(world, tmp_path):
    """A loss of tracking is a banner, not four accounts to call."""
    companies = world.companies.copy()
    companies.loc[companies["week"] == LAST, "score"] *= 0.1
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=world.users, contributions=world.contributions, model=MODEL)
    text = path.read_text()
    assert "The whole fleet dropped in the week from 9 Nov 2026." in text
    assert text.index("The whole fleet dropped") < text.index("<table")
    latest = re.findall(r'strong" data-value="[^"]+" data-label="Score">(.+?)</td>', text)
    assert len(latest) == 4
    assert not any("low" in cell for cell in latest)
    assert any("fleet dropped" in line for account in packed(path)["accounts"] for line in account["weeks"])


def test_what_an_account_was_before_is_no_week_of_lost_tracking(tmp_path):
    """The week before it fell is one that counts."""
    world = portfolio()
    lost = world.companies["week"] == LAST - timedelta(weeks=4)
    world.companies.loc[lost, "score"] *= 0.1
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    first = world.companies.set_index("group_id").loc[SILENT].iloc[0]
    said = section(path.read_text(), "Who needs attention, and why")
    assert f"Low since 19 Oct 2026; before that {first['score']:.2f} with 10 of 10 active." in said


def test_found_threshold_is_shown_with_its_interval(world, tmp_path):
    """What cancellations said stands beside the setting; an unknown one is not shown as a number."""
    found = Threshold(
        threshold=12.5, low=9.25, high=15, precision=0.31, recall=0.6, lift=2.4, lift_low=1.3, lift_high=3.9,
        alert_load=0.2, lead_weeks=11, cancellations=42, verdict="usable threshold", reason="Because.",
    )  # fmt: skip
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL, found=found)
    said = section(path.read_text(), "The threshold")
    assert "12.50 (9.25 to 15.00)" in said
    assert "usable threshold . Because." in said
    unknown = Threshold(cancellations=0, verdict="no usable threshold", reason="Too few.")
    write_report(path, **vars(world), model=MODEL, found=unknown)
    assert "no usable threshold" in section(path.read_text(), "The threshold")
    assert "nan" not in section(path.read_text(), "The threshold")


def test_empty_page_says_so(world, tmp_path):
    """Before the first scores the page is a sentence."""
    path = tmp_path / "report.html"
    empty = {name: frame.iloc[:0] for name, frame in vars(world).items()}
    write_report(path, **empty, model=MODEL)
    assert "There are no scores yet" in path.read_text()


@pytest.mark.parametrize(
    ("frame", "column"), [("users", "score"), ("contributions", "value"), ("companies", "week"), ("companies", "users")]
)
def test_a_failed_page_leaves_the_old_one(world, tmp_path, frame, column):
    """What lacks is named; nothing half-written, no temporary file left."""
    path = tmp_path / "report.html"
    path.write_text("old")
    frames = vars(world) | {frame: vars(world)[frame].drop(columns=column)}
    with pytest.raises(DataError, match=column):
        write_report(path, **frames, model=MODEL)
    assert path.read_text() == "old"
    assert [other.name for other in tmp_path.iterdir()] == ["report.html"]


def test_scores_that_contradict_each_other_make_no_page(world, tmp_path):
    """Two versions of a user's week, or companies without users: nobody could tell which to believe."""
    for users, message in (
        (pd.concat([world.users, world.users]), "User 0 has two scores in 2026-W41"),
        (world.users[:0], "not of users"),
    ):
        with pytest.raises(DataError, match=message):
            write_report(tmp_path / "report.html", **vars(world) | {"users": users}, model=MODEL)
    assert list(tmp_path.iterdir()) == []


def test_the_same_scores_give_the_same_page(page, world, tmp_path):
    """Nothing depends on when the page is written."""
    write_report(tmp_path / "again.html", **vars(world), model=MODEL)
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_two_hundred_companies_of_a_year_are_small(tmp_path):
    """Five thousand users with their thirty lines, two hundred accounts of 52 weeks: still under 1 MB."""
    world = year()
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    assert path.stat().st_size < 1_000_000


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(-20, 20))
def test_tables_round_as_one_line_does(parts, lean):
    """Thousands of rows at once get what `largest_remainder` gives each."""
    row = [part / 370 - lean / 7 for part in parts]
    total = round(100 * sum(row))
    expected = np.rint(100 * np.array(largest_remainder(row, total / 100)))
    assert whole_hundredths(np.array([row]), np.array([total]))[0].tolist() == expected.tolist()


def test_links_pipes_and_rights_stay(world, tmp_path):
    """The page goes through a link into its file, which keeps its rights, and into a pipe, which stays one."""
    page, link, pipe = tmp_path / "page.html", tmp_path / "link.html", tmp_path / "pipe"
    page.touch(0o640)
    link.symlink_to(page)
    write_report(link, **vars(world), model=MODEL)
    assert link.is_symlink()
    assert stat.S_IMODE(page.stat().st_mode) == 0o640
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as reader:
        read = reader.submit(pipe.read_bytes)
        write_report(pipe, **vars(world), model=MODEL)
        assert read.result(timeout=30) == page.read_bytes()
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "page.html", "pipe"]
