"""The health page in a browser: its script, its pages of accounts and users, any screen, any name."""

import json
import re
from datetime import timedelta
from html import unescape
from itertools import combinations

import numpy as np
import pytest

from oseberg.health_model import fleet_change, metrics_html, write_report
from tests.browser import dom
from tests.health_model.helpers import HOSTILE, LAST, MODEL, SILENT, packed, portfolio, section

pytestmark = pytest.mark.unmeasured


def test_overview_works_in_a_browser(page):
    """The policy's hashes fit: headings become buttons, and the users who only get mail are listed."""
    text = dom(page)
    newly = text[text.index('id="newly-low"') : text.index('id="falling"')]
    assert newly.count('<button type="button">') == 3, "company, score and change; columns of unknowns are left out"
    table = text[text.index('<table id="accounts"') : text.index('id="people"')]
    assert table.count('<button type="button">') == 11
    assert table.count("<tr>") == 5
    assert ">10 users.</p>" in text
    assert "automatic mail only for 4 weeks</td>" in text
    assert "<script>alert" not in text


def test_account_has_a_page_of_its_own(page):
    """Its users, its weeks and what moved it, names as text."""
    text = dom(page, f"#account-{SILENT}")
    article = text[text.index("<article>") : text.index("</article>")]
    assert f"{HOSTILE} {SILENT}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in article
    assert "Newly low" in article
    assert '<p class="sub">SMB</p>' in article
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
    accounts = packed(path)["accounts"]
    link, name = accounts["link"][0], accounts["name"][0]
    assert f'href="{link}"' in path.read_text() or f'href="{link}"' in dom(path)
    text = dom(path, link)
    assert 'id="overview" hidden' in text
    assert f"{name} · Company health" in unescape(re.search(r"<title>(.*?)</title>", text)[1])


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


def overflow(page, fragment="", width=1280):
    """Tell how many pixels of a page lie beyond the screen."""
    return int(tried(page, "return document.documentElement.scrollWidth - innerWidth", fragment, width))


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
    [("", 500), ("", 768), ("", 1280), ("#account-1", 500), ("#user-1", 500)],
)
def test_nothing_reaches_beyond_the_screen(strange, fragment, width):
    """However long a name is, and on whatever screen, nobody scrolls sideways."""
    assert overflow(strange, fragment, width) <= 0


def test_the_page_of_metrics_fits_half_a_screen(tmp_path):
    """Formulas and questions break; nobody scrolls sideways."""
    path = tmp_path / "metrics.html"
    path.write_text(metrics_html(MODEL))
    assert overflow(path, width=768) <= 0


def test_blank_names_and_types_are_unknown_ones(strange):
    """A link always has a text to choose, and an unknown type a dash."""
    said = section(dom(strange), "All companies, week by week")
    assert all(re.search(rf"Company {number} (\w+ )*\N{{EN DASH}} ", said) for number in (3, 4))
    ids, people, _, _ = packed(strange)["people"]
    names = dict(zip(ids, people, strict=True))
    assert (names["0"], names["1"], names["2"]) == ("ann@example.com", "X" * 150, "User 2")


def test_one_is_not_a_plural(tmp_path):
    """One account with one user."""
    path = tmp_path / "report.html"
    write_report(path, **vars(portfolio(groups=1, people=1)), model=MODEL)
    assert "of 1 company<" in path.read_text()
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


PAIRS = """
const data = await unpack(by("data").textContent);
const pairs = [];
for (let first = 0; first < data.fleet.weeks.length; first++)
  for (let later = first + 1; later < data.fleet.weeks.length; later++) pairs.push(between(data.fleet, first, later));
return JSON.stringify(pairs);
"""


def test_any_two_weeks_are_taken_apart_on_the_page(tmp_path):
    """Whatever two weeks are chosen, the page says what `fleet_change` says, and every table adds up."""
    world = portfolio(groups=6, people=8, weeks=5, kept=2)
    every = portfolio(groups=6, people=8, weeks=5, kept=5)
    users = world.users.assign(
        region=np.where(world.users["user_id"] % 3, "north", "<south>"),
        since=[LAST - timedelta(days=int(user) * 20) for user in world.users["user_id"]],
    )
    moved = (users["user_id"] == 9) & (users["week"] >= LAST - timedelta(weeks=1))
    users.loc[moved, "group_id"] = 5
    users = users[~((users["user_id"] % 7 == 0) & (users["week"] < LAST - timedelta(weeks=2)))]
    known = users[["user_id", "week"]]
    lines = every.contributions.merge(known, on=["user_id", "week"])
    sums = lines.groupby(["week", "metric"])["contribution"].sum().reset_index()
    path = tmp_path / "report.html"
    write_report(
        path,
        companies=world.companies,
        users=users,
        contributions=lines[lines["week"] >= LAST - timedelta(weeks=1)],
        model=MODEL,
        segments=("region",),
        metric_sums=sums,
    )
    pairs = json.loads(tried(path, PAIRS))
    weeks = sorted(users["week"].unique())
    assert len(pairs) == 10
    for found, (first, later) in zip(pairs, combinations(weeks, 2), strict=True):
        expected = fleet_change(users, lines, later, first, ("job_type", "tenure", "region"))
        cents = round(100 * expected.change)
        assert found["moved"] == cents == sum(found["metrics"]) == sum(row[2] for row in found["movements"])
        points = expected.metrics.set_index("metric")["points"].reindex([metric.id for metric in MODEL.metrics])
        assert found["metrics"] == pytest.approx(list(100 * points), abs=1.01)
        assert [row[1] for row in found["movements"]] == expected.movements["users"].tolist()
        assert [row[2] for row in found["movements"]] == [round(100 * value) for value in expected.movements["points"]]
        assert {name for name, _ in found["segments"]} >= {"tenure", "region"}
        for name, rows in found["segments"]:
            assert sum(row["points"] for row in rows) == cents
            if name in expected.segments:
                points = expected.segments[name].set_index("segment")["points"]
                assert {row["label"]: row["points"] for row in rows} == pytest.approx(dict(100 * points), abs=1.01)


def test_two_weeks_are_chosen_from_lists(page):
    """From the first week to the last at first; the same week twice compares nothing."""
    choose = "const box = by('from-week'); const first = by('two-weeks').textContent.slice(0, 60);"
    choose += "box.value = by('to-week').value; box.dispatchEvent(new Event('input'));"
    said = tried(page, choose + "return first + '|' + by('two-weeks').textContent")
    assert re.match(r"[+\N{MINUS SIGN}]?\d+\.\d\d from \d+\.\d\d in the week from 2 Nov 2026 to", said)
    assert said.endswith("|Choose two different weeks.")
