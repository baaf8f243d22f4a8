"""The health page: it answers which accounts, why and since when; it is safe, small, whole, and works in a browser."""

import base64
import gzip
import json
import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.health_model import DataError, Threshold, explain, largest_remainder, write_report
from oseberg.health_model._rounding import whole_hundredths
from tests.browser import dom
from tests.health_model.portfolios import HOSTILE, LAST, MODEL, SILENT, UNDERUSED, portfolio, year

VOID = ("meta", "input", "line", "circle", "polyline", "rect")


@pytest.fixture(scope="module")
def world():
    return portfolio()


@pytest.fixture(scope="module")
def page(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, **vars(world), model=MODEL)
    return path


def packed(page):
    """Unpack what the page's script unpacks."""
    data = re.search(r'<script id="data" type="text/plain">([^<]+)</script>', page.read_text())[1]
    return json.loads(gzip.decompress(base64.b64decode(data)))


def section(text, heading):
    """Take one section of the overview as plain text."""
    start = text.index(f">{heading}</h2>")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[start : text.index("</section>", start)])))


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
    assert "Nobody was active; 10 of 10 users only receive automatic mail." in said
    assert re.search(r"Low since 19 Oct 2026; before that \d+\.\d\d with 10 of 10 active\.", said)
    assert f"{HOSTILE} 3" not in said


def test_page_shows_unused_licences(page, world):
    """An account whose idle licences pull it down, beside what its active users do."""
    said = section(page.read_text(), "Unused licences that pull an account down")
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


@pytest.mark.parametrize(("frame", "column"), [("users", "score"), ("contributions", "value"), ("companies", "week")])
def test_a_failed_page_leaves_the_old_one(world, tmp_path, frame, column):
    """What lacks is named; nothing half-written, no temporary file left."""
    path = tmp_path / "report.html"
    path.write_text("old")
    frames = vars(world) | {frame: vars(world)[frame].drop(columns=column)}
    with pytest.raises(DataError, match=column):
        write_report(path, **frames, model=MODEL)
    assert path.read_text() == "old"
    assert [other.name for other in tmp_path.iterdir()] == ["report.html"]


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


def test_overview_works_in_a_browser(page):
    """The policy's hashes fit: headings become buttons, and the users who only get mail are listed."""
    text = dom(page)
    assert text.count('<button type="button">') == 12
    assert ">10 users.</p>" in text
    assert "automatic mail only for 4 weeks</td>" in text
    assert "<script>alert" not in text


def test_account_has_a_page_of_its_own(page):
    """Its users, its weeks and what moved it, names as text."""
    text = dom(page, f"#account-{SILENT}")
    article = text[text.index("<article>") : text.index("</article>")]
    assert f"{HOSTILE} {SILENT}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in article
    assert "needs attention" in article
    assert article.count('href="#user-') == 10
    assert 'id="overview" hidden' in text


def test_user_has_a_page_of_its_own(page, world):
    """Thirty questions whose points add up to the score that stands below them."""
    text = dom(page, "#user-25")
    article = text[text.index("<article>") : text.index("</article>")]
    points = [float(value) for value in re.findall(r'data-label="Points">([\d.]+)<', article)]
    assert len(points) == 30
    assert round(sum(points), 2) == world.latest(25)["score"]
    assert f'<th scope="row" colspan="2">Score</th><td class="n">{world.latest(25)["score"]:.2f}</td>' in article
    assert all(unescape(metric.question) in unescape(article) for metric in MODEL.metrics)


@pytest.mark.parametrize("address", ["#account-none", "#user-%"])
def test_unknown_address_shows_the_overview(page, address):
    """A link to an account that is gone, or is damaged, ends at the overview."""
    assert 'id="overview" hidden' not in dom(page, address)


def test_ids_of_companies_may_be_any_text(tmp_path):
    """A library's groups need not be numbers; a link finds the page of each."""
    world = portfolio(weeks=2)
    for frame in (world.companies, world.users):
        frame["group_id"] = "north/" + frame["group_id"].astype(str) + " ('Ä')"
    path = tmp_path / "report.html"
    write_report(path, **vars(world), model=MODEL)
    first = packed(path)["accounts"][0]
    link = first["link"]
    assert f'href="{link}"' in path.read_text()
    text = dom(path, link)
    assert 'id="overview" hidden' in text
    assert f"{first['name']} · Account health" in unescape(re.search(r"<title>(.*?)</title>", text)[1])


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(-20, 20))
def test_tables_round_as_one_line_does(parts, lean):
    """Thousands of rows at once get what `largest_remainder` gives each."""
    row = [part / 370 - lean / 7 for part in parts]
    total = round(100 * sum(row))
    expected = np.rint(100 * np.array(largest_remainder(row, total / 100)))
    assert whole_hundredths(np.array([row]), np.array([total]))[0].tolist() == expected.tolist()


PERSON = """<script>
addEventListener("load", async () => {
  const pause = () => new Promise((go) => setTimeout(go, 300));
  await pause();
  document.body.dataset.result = await (async () => { ACTIONS })();
});
</script></body>"""


def tried(page, actions, fragment="", width=1280):
    """Let a person's actions happen on a copy of a page, whose policy would forbid them; give what they return."""
    free = re.sub(r"<meta http-equiv[^>]+>", "", page.read_text())
    copy = page.with_name("tried.html")
    copy.write_text(free.replace("</body>", PERSON.replace("ACTIONS", actions)))
    return unescape(re.search(r'data-result="([^"]*)"', dom(copy, fragment, width=width))[1])


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """Write a page of names that are very long, or blank."""
    world = portfolio(weeks=6)
    names = {1: "W" * 200, 2: "an-address-of-a-very-long-name@" * 9, 3: " ", 4: None}
    world.companies["group_name"] = world.companies["group_id"].map(names)
    world.companies["group_type"] = world.companies["group_id"].map({1: "Enterprise", 2: "SMB", 3: " "})
    world.users["name"] = np.where(world.users["user_id"] % 2, "X" * 150, " ")
    world.users["email"] = np.where(world.users["user_id"] % 4, " ", "ann@example.com")
    path = tmp_path_factory.mktemp("strange") / "report.html"
    write_report(path, **vars(world), model=MODEL)
    return path


@pytest.mark.parametrize(
    ("fragment", "width"),
    [("", 500), ("", 768), ("", 1024), ("", 1280), ("#account-1", 500), ("#user-1", 500), ("#user-1", 1280)],
)
def test_nothing_reaches_beyond_the_screen(strange, fragment, width):
    """However long a name is, and on whatever screen, nobody scrolls sideways."""
    sizes = tried(strange, "return [document.documentElement.scrollWidth, innerWidth]", fragment, width)
    needed, there = map(int, sizes.split(","))
    assert needed <= there <= width


def test_blank_names_and_types_are_unknown_ones(strange):
    """A link always has a text to choose, and an unknown type a dash."""
    said = section(strange.read_text(), "All accounts, week by week")
    assert all(f"Company {number} \N{EN DASH} " in said for number in (3, 4))
    names = {person[0]: person[1] for person in packed(strange)["people"]}
    assert (names["0"], names["1"], names["2"]) == ("ann@example.com", "X" * 150, "User 2")


def test_one_is_no_plural(tmp_path):
    """One account with one user."""
    path = tmp_path / "report.html"
    write_report(path, **vars(portfolio(groups=1, people=1)), model=MODEL)
    assert "of 1 account<" in path.read_text()
    assert ">1 user.</p>" in dom(path)


def test_names_sort_from_a_and_numbers_from_the_largest(page):
    """As people expect of a first click; the second turns it round."""
    click = "const at = (n) => accounts.tHead.rows[0].cells[n];"
    click += "return [0, 0, 7, 7].map((n) => { at(n).firstChild.click(); return at(n).ariaSort; })"
    assert tried(page, click) == "ascending,descending,descending,ascending"


def test_who_comes_back_goes_on_at_the_account_left(page):
    """With the keyboard one need not begin at the top again."""
    leave = "const link = accounts.querySelectorAll('a')[2]; link.focus(); link.click(); await pause();"
    leave += "const there = document.activeElement.tagName; location.hash = ''; await pause();"
    assert tried(page, leave + "return [there, document.activeElement === link]") == "H2,true"
