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

from oseberg.health_model import DataError, Threshold, explain, write_report
from tests.health_model.helpers import HOSTILE, LAST, MODEL, SILENT, UNDERUSED, latest, packed, portfolio, section, year

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


def test_counts_are_whole_and_what_is_unknown_is_a_dash(world, tmp_path):
    """As many users are 110, not 110.0; a week without scores keeps its place without any."""
    path = tmp_path / "report.html"
    companies = world.companies[world.companies["week"] != LAST - timedelta(weeks=2)]
    write_report(path, companies=companies, users=world.users, contributions=world.contributions, model=MODEL)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", path.read_text())
    assert "40" in cells
    assert not [cell for cell in cells if re.fullmatch(r"[\d,]+\.0|nan|\+?nan.*", cell)]


def test_page_needs_no_network(page):
    """Everything is forbidden but its own style and script, by their hashes."""
    text = page.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://|src=|@import|url\(", text)


def test_page_says_who_is_newly_low_and_since_when(page):
    """The company that only gets mail is on a list, in sentences; the healthy ones are not named."""
    said = section(page.read_text(), "Newly low")
    assert f"{HOSTILE} {SILENT}" in said
    assert f"{HOSTILE} {UNDERUSED}" in said
    assert "At or below 10 in 4 of the last 4 weeks." in said
    assert re.search(r"Low since 19 Oct 2026; before that \d+\.\d\d with 10 of 10 active\.", said)
    assert f"{HOSTILE} 3" not in said


def test_the_lists_come_in_the_order_of_urgency(page):
    """Newly low, falling, low for long, onboarding: before the fleet and before the table of all."""
    text = page.read_text()
    heads = ["Newly low", "Falling", "Low for long", "Onboarding", "The fleet", "All companies, week by week"]
    places = [text.index(f">{head}</h2>") for head in heads]
    assert places == sorted(places)


def monday_world(**more):
    """Make a portfolio of 12 weeks with money: one account falls in the last week because one user stops exporting."""
    world = portfolio(groups=6, people=8, weeks=12, kept=5)
    money = {1: 50_000.0, 2: 1_250_000.0, 3: 90_000.0, 4: 30_000.0, 5: 20_000.0}
    world.companies["arr"] = world.companies["group_id"].map(money)
    world.companies = world.companies.assign(currency="USD", owner="Ann Lee", renewal_on="2026-12-16", **more)
    return world


def test_lists_show_money_renewal_and_owner(tmp_path):
    """Counts and money with separators, days to the renewal from the end of the week, most money at risk first."""
    path = tmp_path / "report.html"
    write_report(path, **vars(monday_world()), model=MODEL)
    said = section(path.read_text(), "Low for long")
    assert "2 companies · 1,300,000 USD ARR" in said
    assert said.index(f"{HOSTILE} 2") < said.index(f"{HOSTILE} 1")
    assert "1,250,000 USD in 30 days Ann Lee" in said


def test_a_reason_names_the_metric_and_the_user(tmp_path):
    """One user's exports stopped: the sentence says how much of the fall that alone is."""
    world = monday_world()
    gone = (world.contributions["user_id"] == 20) & (world.contributions["week"] == LAST)
    others = (world.contributions["user_id"] // 8 == 2) & (world.contributions["week"] == LAST) & ~gone
    before = world.contributions["week"] == LAST - timedelta(weeks=1)
    mine = world.contributions["user_id"] == 20
    export = world.contributions["metric"] == "data_exports"
    world.contributions.loc[mine & before & export, "contribution"] = 60.0
    world.contributions.loc[gone & export, "contribution"] = 0.0
    assert others.any()
    now = (world.companies["group_id"] == 3) & (world.companies["week"] == LAST)
    world.companies.loc[world.companies["group_id"] == 3, "score"] = 40.0
    world.companies.loc[now, "score"] = 25.0
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    said = section(path.read_text(), "Falling")
    assert f"{HOSTILE} 3" in said
    assert re.search(r"15\.00 points below its level of 40\.00", said)
    assert re.search(r"did less \(data exports\): that alone is .7\.5 of the .\d+\.\d since 2 Nov 2026\.", said)


def test_onboarding_is_a_list_of_its_own(tmp_path):
    """A customer of six weeks is not told to be low for long."""
    world = monday_world(started_on="2020-01-01")
    world.companies.loc[world.companies["group_id"] == SILENT, "started_on"] = "2026-10-05"
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    assert f"{HOSTILE} {SILENT}" in section(path.read_text(), "Onboarding")
    assert f"{HOSTILE} {SILENT}" not in section(path.read_text(), "Low for long")


def test_a_long_list_shows_the_first_25(tmp_path):
    """The rest is behind a filter of the table of all accounts."""
    world = portfolio(groups=30, people=2, weeks=6)
    world.companies["score"] = np.where(world.companies["week"] < LAST - timedelta(weeks=3), 40.0, 3.0)
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL, threshold=5)
    text = path.read_text()
    said = section(text, "Newly low")
    assert "30 companies · the first 25 are shown; show all" in said
    assert text.count('<tr><th scope="row"><a href="#account-') >= 25
    assert (packed(path)["list"] == 0).sum() == 30


def test_the_fleets_change_is_taken_apart(tmp_path):
    """Tables by movement, metric and segment, each of which adds up to the change in its heading."""
    path = tmp_path / "report.html"
    write_report(path, **vars(monday_world()), model=MODEL)
    said = section(path.read_text(), "The fleet")
    assert "since 2 Nov 2026: from" in said
    assert "since 12 Oct 2026: from" in said
    change = re.search(r"By who came and went\. Each table adds up to (\S+?)\. ", said)[1]
    stayed = re.search(r"Stayed 48 (\S+) Changed company 0 0\.00 Joined 0 0\.00 Left 0 0\.00", said)[1]
    assert stayed == change
    assert "By owner" not in said, "one segment takes nothing apart"


def test_page_shows_unused_licenses(page, world):
    """An account whose idle licenses pull it down, next to what its active users do."""
    said = section(page.read_text(), "Unused licenses that pull a company down")
    now = world.companies[world.companies["week"] == LAST].set_index("group_id").loc[UNDERUSED]
    assert f"{HOSTILE} {UNDERUSED} 10 8 0 {now['score']:.2f} {now['active_score']:.2f}" in said
    assert f"{HOSTILE} {SILENT}" not in said


def test_page_has_the_weeks_of_each_account(page, world):
    """Scores of every week in hundredths, with its users."""
    content = packed(page)
    assert content["weeks"] == [str(LAST - timedelta(weeks=5 - number)) for number in range(6)]
    now = world.companies[world.companies["week"] == LAST].set_index("group_id")
    assert latest(content, "scores") == {str(n): round(100 * score) for n, score in now["score"].items()}
    assert latest(content, "users") == {str(n): 10 for n in now.index}
    assert content["accounts"]["said"][0].startswith("At or below 10")


def test_the_roster_is_reported(world, tmp_path):
    """As of each week, or today's where no dates are known."""
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL, roster="as of each week")
    assert "roster: as of each week" in path.read_text()


def test_notes_are_shown_with_their_account(world, tmp_path):
    """The newest first; notes of other companies are left out."""
    notes = pd.DataFrame(
        [[1, "2026-10-01", "Ann", "Called."], [1, "2026-11-02", "Bo", f"{HOSTILE}"], [99, "2026-11-02", "Bo", "x"]],
        columns=["group_id", "date", "author", "note"],
    )
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL, notes=notes)
    content = packed(path)
    place = str(content["accounts"]["id"].index("1"))
    assert content["notes"] == {place: [["2026-11-02", "Bo", HOSTILE], ["2026-10-01", "Ann", "Called."]]}


def test_distribution_counts_everybody_once(page, world):
    """The bars' table adds up to the users."""
    said = section(page.read_text(), "How scores are spread")
    counts = [int(count) for count in re.findall(r"(\d+) \d+\s%", said)]
    assert sum(counts) == 40
    assert f"0 {int((world.users[world.users['week'] == LAST]['score'] == 0).sum())} " in said


def test_every_users_answers_are_those_of_explain(page, world):
    """The page's thirty answers, of this week and the one before."""
    content = packed(page)
    ids = content["people"][0]
    said, before = (content[name].reshape(30, len(ids)) for name in ("said", "said_before"))
    for user_id in (0, 11, 25, 39):
        place = ids.index(str(user_id))
        for week, places in ((LAST, said), (LAST - timedelta(weeks=1), before)):
            rows = (world.contributions["user_id"] == user_id) & (world.contributions["week"] == week)
            table = explain(MODEL, world.contributions[rows], 1.0).metrics
            answers = [content["answers"][metric][places[metric, place]] for metric in range(30)]
            assert [words for words, _, _ in answers] == table["words"].tolist()
            assert [points / 1e9 for _, points, _ in answers] == pytest.approx(table["points"].tolist(), abs=1e-9)


def test_what_moved_an_account_adds_up_to_its_change(page, world):
    """The metrics' hundredths are the change."""
    content = packed(page)
    moves = content["moves"].reshape(-1, 30).sum(axis=1)
    for account, moved in zip(content["accounts"]["id"], moves, strict=True):
        rows = world.companies[world.companies["group_id"] == int(account)].sort_values("week")
        assert moved / 100 == pytest.approx(rows["score"].iloc[-1] - rows["score"].iloc[-2], abs=0.00501)


def test_idle_users_and_lasting_silence_are_reported(page):
    """For how many weeks somebody only got mail or did nothing."""
    content = packed(page)
    silent, idle = (content["people"][0].index(user) for user in ("0", "19"))
    states, lasting, has = (content[name].tolist() for name in ("person_state", "person_lasting", "has_points"))
    assert (content["states"][states[silent]], lasting[silent], has[silent]) == ("automatic mail only", 4, 1)
    assert (content["states"][states[idle]], lasting[idle], has[idle]) == ("no activity, no mail", 6, 0)


def test_first_week_compares_with_nothing(tmp_path):
    """One scored week: no change, no movements, no error."""
    world = portfolio(weeks=1)
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    content = packed(path)
    assert not content["moves"].any()
    assert content["person_scores"].reshape(-1, 6)[:, :5].tolist() == [[-1] * 5] * 40


def test_a_week_without_a_score_is_unknown(world, tmp_path):
    """An account that was not scored in a week has no number made up."""
    companies = world.companies[
        (world.companies["group_id"] != 3) | (world.companies["week"] != LAST - timedelta(weeks=2))
    ]
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=world.users, contributions=world.contributions, model=MODEL)
    content = packed(path)
    scores = content["scores"].reshape(6, 4)[:, content["accounts"]["id"].index("3")]
    assert (scores < 0).tolist() == [False, False, False, True, False, False]


def test_lost_tracking_is_reported_before_any_account(tmp_path):
    """A banner, and the week before is the one whose accounts are shown."""
    world = portfolio()
    lost = world.companies["week"] == LAST
    world.companies.loc[lost, ["score", "active_users"]] = [0.1, 0]
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    text = path.read_text()
    assert "Tracking was lost in the week from 9 Nov 2026." in text
    assert text.index("Tracking was lost") < text.index("<table")
    assert "Week from Monday 2 Nov 2026" in text
    assert packed(path)["lost"] == [5]


def test_a_decline_of_the_fleet_is_reported(tmp_path):
    """How far it fell; it silences no account."""
    world = portfolio(weeks=10)
    world.companies["score"] = np.where(world.companies["week"] < LAST - timedelta(weeks=1), 40.0, 30.0)
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL, threshold=35)
    text = path.read_text()
    said = re.sub(r"\s+", " ", text)
    assert "The whole fleet declined in the week from 2 Nov 2026:" in said
    assert "mean score 40.00 before, 30.00 then, over 4 companies." in said


def test_what_an_account_was_before_is_not_a_week_of_lost_tracking(tmp_path):
    """The week before it fell is one that counts."""
    world = portfolio()
    lost = world.companies["week"] == LAST - timedelta(weeks=4)
    world.companies.loc[lost, ["score", "active_users"]] = [0.1, 0]
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    first = world.companies.set_index("group_id").loc[SILENT].iloc[0]
    said = section(path.read_text(), "Newly low")
    assert f"Low since 19 Oct 2026; before that {first['score']:.2f} with 10 of 10 active." in said


def test_a_new_reference_is_not_what_anybody_did(tmp_path):
    """The change between two weeks of different references is marked, and kept out of what changed."""
    world = portfolio()
    world.companies["reference_id"] = np.where(world.companies["week"] == LAST, "new", "old")
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    text = path.read_text()
    assert "This week has a new reference." in text
    assert "since 2 Nov 2026: from" not in text
    content = packed(path)
    assert content["rulers"] == [0] * 5 + [1]
    assert not content["moves"].any()
    assert content["compared"] is False


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
    assert "Nothing is scored yet" in path.read_text()


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
