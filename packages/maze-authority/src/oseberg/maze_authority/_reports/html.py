"""The report as one HTML page that loads nothing and runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from oseberg.maze_authority._forms import form
from oseberg.maze_authority._reports.escape import one_line
from oseberg.maze_authority._reports.picture import bars
from oseberg.maze_authority._reports.texts import FIRST, change_line, failing, headline, short, shown_series
from oseberg.maze_authority._result import Result

REACHED = 20_000  # findings of a rule that the page lists: more would not open in a browser
TEMPLATES = Path(__file__).parents[1] / "templates"
STYLE = TEMPLATES / "report.css"


@form("html")
def as_html(result: Result) -> str:
    """Draw the page: certified-through date, coverage of each series as a picture, rules, first findings."""
    from oseberg.maze_authority._html import render_page  # noqa: PLC0415 - jinja2 is loaded only when a page is drawn

    states = result.rules["state"].value_counts()
    values = {
        "ok": result.ok,
        "records": result.records,
        "counties": counties(result),
        "changes": changed(result),
        "doubts": result.change.doubts if result.change else (),
        "name": ", ".join(sorted(result.delivery.documents["source_file"].dropna().unique())[:FIRST]),
        "states": {name: int(states.get(name, 0)) for name in ("passed", "failed", "not_run", "broken")},
        "coverage": pictures(result),
        "more_series": shown_series(result)[1],
        "rules": rules(result),
        "first": FIRST,
        "good": result.good_findings.head(FIRST).to_dict("records"),
        "good_count": len(result.good_findings),
        "quarantined": int(result.bad.sum()),
        "waivers": [{**one.model_dump(), "place": one.place} for one in result.delivery.waivers.items],
    }
    style = STYLE.read_text(encoding="utf-8")
    return render_page(TEMPLATES / "report.html", visible(values), style=style)


def visible(value: Any) -> Any:  # noqa: ANN401 - what a template shows
    """Return what a template shows with every control character in its texts written as a visible escape."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {name: visible(part) for name, part in value.items()}
    return [visible(part) for part in value] if isinstance(value, (list, tuple)) else value


def changed(result: Result) -> list[dict[str, Any]]:
    """Return what is new, still open and closed since the last check of a register; nothing without one."""
    if result.change is None:
        return []
    parts = (("New", result.new), ("Still open", result.still_open), ("Closed", result.closed))
    # New comes first: it is what the reader has to act on.
    overdue = result.change.overdue
    return [
        {"words": words, "lines": [change_line(row, overdue) for row in frame.to_dict("records")]}
        for words, frame in parts
    ]


def counties(result: Result) -> list[dict[Any, Any]]:
    """Return each county's certified-through date, and what holds it back."""
    known = result.delivery.counties
    ends = result.delivery.windows
    held = result.held_back_by
    return [
        {
            "fips": fips,
            "name": known[fips].name,
            "through": day,
            "last": ends[fips][1] if fips in ends else None,
            "held": held.get(fips),
        }
        for fips, day in result.certified_through.items()
    ]


def rules(result: Result) -> list[dict[Any, Any]]:
    """Return each rule with its findings."""
    known = {one.rule.id: one.rule for one in result.outcomes}
    listed = []
    for row, fails in zip(result.rules.to_dict("records"), failing(result), strict=True):
        mine = result.all_findings(row["rule"], REACHED).to_dict("records")
        row |= {"headline": headline(row), "why": known[row["rule"]].why, "fix": known[row["rule"]].fix}
        row |= {"fails": fails, "found": [shown(one) for one in mine]}
        listed.append(row)
    return listed


def shown(finding: dict[Any, Any]) -> dict[str, Any]:
    """Return a finding as a person reads it: not too long, without a line where there is none."""
    line = None if pd.isna(finding["source_line"]) else finding["source_line"]
    return {**finding, "source_line": line, "message": short(finding["message"])}


def pictures(result: Result) -> list[dict[Any, Any]]:
    """Return each series that is shown with the bars of its missing and waived intervals."""
    series = {(one.series.county_fips, one.series.label): one for one in result.delivery.gaps}
    drawn = []
    for row in shown_series(result)[0]:
        one = series[row["county_fips"], row["series"]]
        waived = set(row["waived_ranges"])
        kinds: dict[str, list[tuple[int, int]]] = {"waived": [], "hole": []}
        for gap in one.gaps:
            kinds["waived" if one.series.span(*gap) in waived else "hole"].append(gap)
        first = one.held.first
        strip = [bar._asdict() for fill, mine in kinds.items() for bar in bars(mine, first, row["expected"], fill)]
        county = result.delivery.counties[row["county_fips"]].name
        drawn.append(row | {"county": county, "bars": strip})
    return drawn
