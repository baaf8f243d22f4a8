"""The Monday mail: only what changed since the week before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oseberg.health_model._churn.history import DEFAULT_THRESHOLD, FALLING, LISTS, NEWLY_LOW, ONBOARDING, History
from oseberg.health_model._explain.reasons import spelled, what_happened
from oseberg.health_model._pages.company import account_table, money, renewal, totals_of_money
from oseberg.health_model._pages.html import change, render
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

RECOVERED = "Recovered"
SECTIONS = (NEWLY_LOW, FALLING, ONBOARDING, RECOVERED)
"""What can be new in a week; that a company stays low is not."""


@dataclass(frozen=True)
class Digest:
    """The changes of a week.

    Attributes:
        week: The week, None before the first scores.
        sections: For each heading the companies that came onto that list since the week before: rows of
            `account_table` with `said`.
        notices: Sentences about the whole fleet: lost tracking, a decline, a new reference.
        owner: Whose companies these are; None for all.
    """

    week: Week | None
    sections: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether a company is newly low or falling since the week before."""
        return any(len(self.sections.get(name, ())) for name in (NEWLY_LOW, FALLING))

    def text(self) -> str:
        """Return the mail as plain text.

        Returns:
            A heading, sentences about the fleet, and two lines for each company.
        """
        if self.week is None:
            return "Nothing is scored yet.\n"
        lines = [self.title(), "", *self.notices, *([""] if self.notices else [])]
        for name, rows in self.sections.items():
            if len(rows):
                stake = totals_of_money(rows)
                lines += [f"{name} ({len(rows):,}{f'; {stake} ARR' if stake else ''})"]
                for row in rows.to_dict("records"):
                    lines += [f"- {row['name']}: {facts(row)}", f"  {row['said']}"]
                lines.append("")
        if not any(len(rows) for rows in self.sections.values()):
            lines += ["No company is newly low, falling, onboarding or recovered.", ""]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the mail as an HTML page that loads nothing; names are escaped.

        Returns:
            The page.
        """
        sections = [
            {
                "name": name,
                "stake": totals_of_money(rows),
                "rows": [row | {"facts": facts(row)} for row in records(rows)],
            }
            for name, rows in self.sections.items()
            if len(rows)
        ]
        return render("digest.html", title=self.title(), notices=self.notices, sections=sections)

    def title(self) -> str:
        """Return the heading: the week, and the owner of the companies.

        Returns:
            The heading, without a line break.
        """
        if self.week is None:
            return "Company health"
        mine = f", {self.owner}" if self.owner else ""
        return f"Company health, week from {spelled(self.week)} ({self.week}){mine}"


def make_digest(
    history: pd.DataFrame | History, threshold: float = DEFAULT_THRESHOLD, *, owner: str | None = None
) -> Digest:
    """Compare the lists of the latest week with those of the week before.

    Args:
        history: The companies' weeks with the measures of `company_scores`, and where known owner, arr and the like.
        threshold: At or below it a week is low.
        owner: Only this owner's companies, in any case.

    Returns:
        A digest of companies that are newly low, falling, onboarding or recovered.

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    past = History.read(history)
    if past.tracked.empty:
        return Digest(None, owner=owner)
    week = Week.parse(past.tracked.index[-1])
    table = account_table(past, threshold)
    before = past.before(week)
    lists = dict.fromkeys(table["group_id"], "")
    if len(before.tracked):
        known = before.attention(threshold)
        lists |= dict(zip(known["group_id"], known["list"], strict=True))
    table["was"] = table["group_id"].map(lists)
    # Who moved the score is on the page: a mail names no users, because mails are forwarded.
    table["said"] = [what_happened(row, threshold, "") for row in records(table)]
    if owner is not None:
        table = table[table["owner"].str.casefold() == owner.casefold()]
    came = table[table["list"] != table["was"]]
    alarming = (NEWLY_LOW, LISTS[2])
    # An alarm that turns from new to old is not news; one that turns to nothing is good news.
    sections = {name: came[came["list"] == name] for name in SECTIONS[:-1]}
    sections[RECOVERED] = came[came["was"].isin(alarming) & ~came["list"].isin(alarming) & ~came["needs_attention"]]
    return Digest(week, sections, tuple(notices(past, week)), owner)


def notices(history: History, week: Week) -> list[str]:
    """Describe what happened to the whole fleet since the week before."""
    told = []
    lost = [Week(monday) for monday in history.lost if Week(monday) >= week.next(-1)]
    if lost:
        told.append(f"Tracking was lost in the week from {', '.join(map(spelled, lost))}: check it first.")
    told += [
        f"Tracking of {event.event} seems lost since {event.since}: hardly anyone has used it since, while other events"
        " go on. Scores of these weeks lack it."
        for event in history.lost_events
    ]
    for monday, decline in zip(history.declines, history.decline_details, strict=True):
        if Week(monday) == week:
            told.append(
                f"The whole fleet declined: mean score {half_up(decline.before):.2f} before,"
                f" {half_up(decline.after):.2f} now, over {decline.companies:,} companies."
            )
    if history.reference_changed:
        told.append("This week has a new reference: its scores are not compared with the week before.")
    return told


def facts(row: Mapping[Any, Any]) -> str:
    """Return a company's score, money, renewal and owner on one line."""
    due = renewal(row["renewal_days"])
    arr = money(row["arr"], row["currency"])
    parts = [f"score {half_up(row['score']):.2f} ({change(row['change'])})", f"{arr} ARR" if arr else ""]
    return ", ".join(part for part in (*parts, f"renewal {due}" if due else "", row["owner"]) if part)


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a frame as mappings."""
    return frame.to_dict("records")
