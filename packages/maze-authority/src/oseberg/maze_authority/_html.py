"""The report as one HTML page that loads nothing and runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from oseberg.maze_authority._clean import one_line
from oseberg.maze_authority._coverage import held_back_by
from oseberg.maze_authority._picture import bars
from oseberg.maze_authority._reports import FIRST, failing, headline, short, shown_series

if TYPE_CHECKING:
    from oseberg.maze_authority._result import Result


def as_html(result: Result) -> str:
    """Draw the page: certified-through date, coverage of each series as a picture, rules, first findings."""
    environment = Environment(
        loader=PackageLoader("oseberg.maze_authority"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: one_line(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    template = environment.get_template("report.html")
    states = result.rules["state"].value_counts()
    return template.render(
        ok=result.ok,
        records=result.records,
        counties=counties(result),
        states={name: int(states.get(name, 0)) for name in ("passed", "failed", "not_run", "broken")},
        coverage=pictures(result),
        more_series=shown_series(result)[1],
        rules=rules(result),
        first=FIRST,
        good=result.good_findings.head(FIRST).to_dict("records"),
        good_count=len(result.good_findings),
        quarantined=int(result.bad.sum()),
        waivers=result.delivery.waivers.items,
    )


def counties(result: Result) -> list[dict[Any, Any]]:
    """Give each county's certified-through date, and what holds it back."""
    known = result.delivery.counties
    ends = result.delivery.windows
    held = held_back_by(result.delivery)
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
    """Give each rule with its first findings."""
    known = {one.rule.id: one.rule for one in result.outcomes}
    listed = []
    for row, fails in zip(result.rules.to_dict("records"), failing(result), strict=True):
        mine = result.findings.loc[result.findings["rule"] == row["rule"]].head(FIRST).to_dict("records")
        row |= {"headline": headline(row), "why": known[row["rule"]].why, "fix": known[row["rule"]].fix}
        row |= {"fails": fails, "found": [shown(one) for one in mine]}
        listed.append(row)
    return listed


def shown(finding: dict[Any, Any]) -> dict[str, Any]:
    """Give a finding as a person reads it: not too long, without a line where there is none."""
    line = None if pd.isna(finding["source_line"]) else finding["source_line"]
    return {**finding, "source_line": line, "message": short(finding["message"])}


def pictures(result: Result) -> list[dict[Any, Any]]:
    """Give each series that is shown with the bars of its missing and waived intervals."""
    series = {(one.county_fips, one.label): (one, gaps) for one, gaps, _ in result.delivery.gaps}
    drawn = []
    for row in shown_series(result)[0]:
        one, gaps = series[row["county_fips"], row["series"]]
        first = min([int(one.numbers[0]), *(gap[0] for gap in gaps)])
        waived = set(row["waived_ranges"])
        kinds: dict[str, list[tuple[int, int]]] = {"waived": [], "hole": []}
        for gap in gaps:
            kinds["waived" if one.span(*gap) in waived else "hole"].append(gap)
        strip = [bar for fill, mine in kinds.items() for bar in bars(mine, first, row["expected"], fill)]
        county = result.delivery.counties[row["county_fips"]].name
        drawn.append(row | {"county": county, "bars": strip})
    return drawn
