# ruff: noqa: E501 - a paragraph of the page is one line
"""The page that shows the month: what the runs printed on each day, shortened."""

import re
from datetime import date
from pathlib import Path

from tests.end_to_end.month.clock import SHOWN
from tests.end_to_end.month.simulate import Month, Told
from tests.end_to_end.month.story import CHAPTERS

PAGE = Path(__file__).parents[3] / "docs" / "month.md"
SECONDS = re.compile(r"  [ \d]{4}\.\d s")
INTRODUCTION = """# A month of daily runs

What `oseberg run daily`, and on Mondays `oseberg run weekly`, print in a month in which much goes wrong. It is simulated: a clock that the tests set, a server that stands in for Mixpanel, a real Postgres, and a vendor who delivers a small index of Lea county every Monday. 48 people work in six companies. `python -m tests.end_to_end.month` writes this page, and a test holds it to what the commands print.

The rule of the month: whoever watches only looks at the exit status and the summary, and does nothing but what they say. At the end the database equals one that was loaded at once, without any trouble, from everything that Mixpanel has; and every week with tracking has its score.

The settings are a service account of Mixpanel, a database, and:

```toml
[run]
report = "health.html"
digest = "digest.html"

[county]
source = "vendor"
out = "parsed"
register = "register.db"
```
"""


def render(month: Month) -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    calm: list[Told] = []
    for told in month.told:
        if told.status == 0 and not told.healed and told.day not in CHAPTERS:
            calm.append(told)
            continue
        parts += [*calm_days(calm), day_of(told, month.place.folder)]
        calm = []
    parts += calm_days(calm)
    statuses = [told.status for told in month.told]
    parts.append(
        f"## In the end\n\n{len(statuses)} runs: {statuses.count(0)} ended with 0, {statuses.count(3)} with 3 and"
        f" {statuses.count(1)} with 1. `health.html` has scores for every week with tracking; the alarm about Delaware"
        " Royalty ended as canceled, and the user who moved counts with the old company until the week of the move."
    )
    return "\n".join(parts) + "\n"


def calm_days(days: list[Told]) -> list[str]:
    """Return one line for days on which nothing special happened."""
    if not days:
        return []
    named = name_of(days[0].day) if len(days) == 1 else f"{name_of(days[0].day)} to {name_of(days[-1].day)}"
    return [f"## {named}\n\nNothing special: status 0.\n"]


def day_of(told: Told, folder: Path) -> str:
    """Return the section of a day."""
    chapter = CHAPTERS[told.day]
    text = [f"## {name_of(told.day)}\n"]
    if chapter.happens:
        text.append(f"{chapter.happens}\n")
    text.append(f"```text\n$ oseberg {told.command}\n{shorten(told.summary, folder)}\n```\n\nStatus {told.status}.\n")
    if chapter.does:
        text.append(f"Whoever watches: {chapter.does[0].lower()}{chapter.does[1:]}\n")
    for command, status in told.healed:
        text.append(f"```text\n$ {command}\n```\n\nStatus {status}.\n")
    if told.again:
        text.append(
            f"```text\n$ oseberg {told.command}\n{shorten(told.again[1], folder)}\n```\n\nStatus {told.again[0]}.\n"
        )
    return "\n".join(text)


def shorten(summary: str, folder: Path) -> str:
    """Return the lines of the steps, without their seconds and the folder of the test."""
    lines = "\n".join(SECONDS.sub("", line).rstrip() for line in summary.strip().splitlines()[1:])
    return lines.replace(str(folder), "/srv/oseberg")


def name_of(day: date) -> str:
    """Return the name of a day, as in `Monday, November 2`."""
    return f"{day.replace(year=SHOWN):%A, %B} {day.day}"
