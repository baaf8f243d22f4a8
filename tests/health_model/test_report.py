"""The health page: safe with hostile names, whole or not there, small, and working in a browser."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import HealthModel, company_scores, write_report
from tests.browser import dom

MODEL = HealthModel.load()
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def portfolio(groups=4, people=5, weeks=6, seed=3):
    """Make scores, contributions and companies of several weeks; company 1 is always low."""
    random = np.random.default_rng(seed)
    ids = np.arange(groups * people)
    users, lines = [], []
    metrics = [metric.id for metric in MODEL.metrics]
    for number in range(weeks):
        week = date(2026, 11, 9) - timedelta(weeks=weeks - 1 - number)
        parts = random.random((len(ids), len(metrics))) * np.where(ids // people == 0, 0.1, 2)[:, None]
        score = parts.sum(axis=1).round(2)
        users.append(
            pd.DataFrame(
                {"user_id": ids, "group_id": ids // people + 1, "week": week, "score": score, "active": score > 1,
                 "passive_only": False, "name": f"User {HOSTILE}"}
            )
        )  # fmt: skip
        if number >= weeks - 2:
            lines.append(
                pd.DataFrame(
                    {"user_id": np.repeat(ids, len(metrics)), "week": week, "metric": metrics * len(ids),
                     "contribution": parts.ravel()}
                )
            )  # fmt: skip
    frame = pd.concat(users)
    companies = company_scores(frame)
    return frame, pd.concat(lines), companies.assign(group_name=[f"{HOSTILE} {n}" for n in companies["group_id"]])


@pytest.fixture
def page(tmp_path):
    users, contributions, companies = portfolio()
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=users, contributions=contributions, model=MODEL, threshold=5)
    return path


class Tags(HTMLParser):
    """Collect the tags, and check that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "line", "circle", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("line", "circle", "polyline"):
            assert self.open.pop() == tag


def test_page_is_well_formed_and_escapes_customers_names(page):
    """Names are hostile input; nothing of theirs runs."""
    text = page.read_text()
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert text.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7*7 }}" in text
    assert not [attrs for _, attrs in tags.tags if "style" in attrs or any(key.startswith("on") for key in attrs)]


def test_page_needs_no_network(page):
    """Everything is forbidden but its own style and script, by their hashes."""
    text = page.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://|src=|@import|url\(", text)


def test_page_puts_what_needs_attention_first(page):
    """The low company leads, with its badge, its sparkline, and what moved it."""
    text = page.read_text()
    body = text[text.index("<tbody>") :]
    assert body.index("{{ 7*7 }} 1") < body.index("{{ 7*7 }} 2")
    assert body.count("needs attention, low since 2026-W41</span>") == 1
    assert body.count('class="spark"') == 4
    assert "What moved the score" in text
    assert "largest\n  attainable score is 92.90" in text.replace("largest attainable", "largest\n  attainable")
    assert MODEL.version in text


def test_fleet_wide_drop_is_said_before_any_account(tmp_path):
    """A loss of tracking is a banner, not four accounts to call."""
    users, contributions, companies = portfolio()
    last = companies["week"] == companies["week"].max()
    companies.loc[last, "score"] *= 0.1
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=users, contributions=contributions, model=MODEL, threshold=5)
    text = path.read_text()
    assert "The whole fleet dropped in 2026-W46" in text
    assert text.index("The whole fleet dropped") < text.index("<table")


def test_empty_page_says_so(tmp_path):
    """Before the first scores the page is a sentence."""
    users, contributions, companies = (frame.iloc[:0] for frame in portfolio())
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=users, contributions=contributions, model=MODEL)
    assert "There are no scores yet" in path.read_text()


def test_a_failed_page_leaves_the_old_one(page):
    """Nothing half-written, no temporary file left."""
    before = page.read_text()
    users, contributions, companies = portfolio()
    with pytest.raises(KeyError):
        write_report(
            page, companies=companies.drop(columns="adoption"), users=users.drop(columns="score"),
            contributions=contributions, model=MODEL,
        )  # fmt: skip
    assert page.read_text() == before
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


def test_two_hundred_companies_of_a_year_are_small(tmp_path):
    """The page of a large portfolio stays well under 1 MB."""
    users, contributions, companies = portfolio(groups=200, people=25, weeks=52)
    path = tmp_path / "report.html"
    write_report(path, companies=companies, users=users, contributions=contributions, model=MODEL)
    assert path.stat().st_size < 1_000_000


def test_script_runs_under_the_policy(page):
    """In a browser the headings become buttons: the policy's hashes fit."""
    assert dom(page).count('<button type="button">') == 6
