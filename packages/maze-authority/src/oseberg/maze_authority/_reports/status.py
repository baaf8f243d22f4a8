"""The status of all counties: as text of 80 columns, and as one page that loads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from oseberg.maze_authority._findings import SEVERE
from oseberg.maze_authority._register.status import AGES, CountyStatus, Day, Held
from oseberg.maze_authority._reports.escape import one_line
from oseberg.maze_authority._reports.picture import bars
from oseberg.maze_authority._reports.texts import FIRST, counted, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

TEMPLATES = Path(__file__).parents[1] / "templates"
SHOWN = 8  # gaps and days of a county in the text; the page and the JSON have them all
MARKS = {"checked": ".", "rejected": "r", "cut": "c", "gap": "g", "missing": "M", "waived": "w", "late": "L"}
LAST_DAYS = 20  # business days in the text: four weeks
LEVELS = 4  # shades of the calendar


def status_text(counties: Sequence[CountyStatus], *, today: date) -> str:
    """Return the status of counties as text.

    Args:
        counties: The counties.
        today: The day to count from.

    Returns:
        One block of lines for each county, at most 80 columns wide.
    """
    if not counties:
        return "The register has no delivery yet. Run `oseberg county check --register FILE`.\n"
    lines: list[str] = []
    for one in counties:
        lines += [*block(one, today), ""]
    key = ", ".join(f"{mark} {state}" for state, mark in MARKS.items())
    lines.append(f"Days: {key}")
    return "".join(f"{part}\n" for line in lines for part in wrapped(one_line(line)))


def block(one: CountyStatus, today: date) -> list[str]:
    """Write the lines of one county."""
    through = f"certified through {one.certified_through}" if one.certified_through else "not certified through any day"
    held = f", held back by {one.held_back_by}" if one.held_back_by else ""
    lines = [f"{one.county} ({one.county_fips}): {through}{held}"]
    if one.last_day:
        late = f" (late by {counted(one.late_days, 'business day')})" if one.late else ""
        lines.append(
            f"  last recorded day {one.last_day}{late}; {counted(len(one.deliveries), 'delivery', 'deliveries')}"
        )
    if one.calendar:
        last = one.calendar[-LAST_DAYS:]
        weeks = [last[start : start + 5] for start in range(0, len(last), 5)]
        lines.append(f"  {last[0].day} " + " ".join("".join(MARKS[day.state] for day in week) for week in weeks))
    numbers = sum(gap.count for gap in one.open_gaps)
    if one.open_gaps:
        lines.append(f"  {counted(len(one.open_gaps), 'open gap')}, {counted(numbers, 'missing number')}:")
        for gap in one.open_gaps[:SHOWN]:
            span = gap.first if gap.first == gap.last else f"{gap.first}..{gap.last}"
            asked = f", requested {gap.asked[-1]}" if gap.asked else ""
            lines.append(f"    {span} ({gap.count:,}), since {gap.since or 'an unknown day'}{asked}")
        if len(one.open_gaps) > SHOWN:
            lines.append(f"    and {len(one.open_gaps) - SHOWN} more")
    if one.missing_days:
        days = ", ".join(map(str, one.missing_days[:SHOWN]))
        more = f" and {len(one.missing_days) - SHOWN} more" if len(one.missing_days) > SHOWN else ""
        lines.append(f"  {counted(len(one.missing_days), 'missing day')}: {days}{more}")
    ages = ", ".join(f"{count} {words}" for words, count in one.ages(today).items() if count)
    if ages:
        lines.append(f"  open errors by age: {ages}")
    if one.rejected_rows:
        lines.append(f"  {counted(one.rejected_rows, 'rejected row')}")
    lines += [f"  cut short: {name}" for name in one.cut_short]
    lines += [f"  {name}: {state}" for name, state in one.waiting]
    return lines


def status_page(counties: Sequence[CountyStatus], *, today: date) -> str:
    """Return the status of counties as one page.

    Args:
        counties: The counties.
        today: The day to count from.

    Returns:
        HTML that loads nothing and runs nothing.
    """
    from oseberg.maze_authority._html import render_page  # noqa: PLC0415 - jinja2 is loaded only when a page is drawn
    from oseberg.maze_authority._reports.html import STYLE, visible  # noqa: PLC0415 - as above

    values = {
        "day": str(today),
        "counties": [section(one, today) for one in counties],
        "states": list(MARKS),
        "first": FIRST,
    }
    return render_page(TEMPLATES / "status.html", visible(values), style=STYLE.read_text(encoding="utf-8"))


def section(one: CountyStatus, today: date) -> dict[str, Any]:
    """Return what the page shows of a county."""
    severe = one.findings.loc[one.findings["severity"].isin(SEVERE) & one.findings["waived_by"].isna()]
    ages = one.ages(today)
    most = max([1, *ages.values()])
    return {
        "name": one.county,
        "fips": one.county_fips,
        "through": str(one.certified_through or ""),
        "held": one.held_back_by or "",
        "last": str(one.last_day or ""),
        "late": one.late,
        "late_days": one.late_days,
        "errors": one.open_errors,
        "missing": len(one.missing_days),
        "numbers": sum(gap.count for gap in one.open_gaps),
        "rejected": one.rejected_rows,
        "gaps": [vars(gap) | {"ends": list(dict.fromkeys([gap.first, gap.last]))} for gap in one.open_gaps],
        "coverage": [strip(held) for held in most_missing(one.coverage)],
        "more_series": max(0, len(one.coverage) - FIRST),
        "ages": [{"words": words, "count": ages[words], "width": round(100 * ages[words] / most)} for _, words in AGES],
        "weeks": weeks_of(one.calendar),
        "trend": [{"day": day or "", "through": through or ""} for day, through in one.trend],
        "findings": severe.to_dict("records"),
        "cut": one.cut_short,
        "waiting": [{"name": name, "state": state} for name, state in one.waiting],
    }


def most_missing(coverage: Sequence[Held]) -> list[Held]:
    """Return the series that lack most numbers, in their order; a page shows a few."""
    lacking = {id(one): sum(end - start + 1 for start, end in one.missing) for one in coverage}
    shown = {id(one) for one in sorted(coverage, key=lambda one: -lacking[id(one)])[:FIRST]}
    return [one for one in coverage if id(one) in shown]


def strip(held: Held) -> dict[str, Any]:
    """Return a series with the bars of what is missing of it."""
    kinds = {"waived": held.waived, "hole": held.missing}
    drawn = [bar for fill, gaps in kinds.items() if gaps for bar in bars(gaps, held.start, held.expected, fill)]
    missing = sum(end - start + 1 for start, end in held.missing)
    return {**vars(held), "lacking": missing, "bars": [bar._asdict() for bar in drawn]}


def weeks_of(days: Sequence[Day]) -> list[dict[str, Any]]:
    """Return a calendar as weeks of five weekdays, each with its state and a shade for its number of documents."""
    most = max([1, *(day.documents for day in days)])
    weeks: dict[tuple[int, int], dict[int, dict[str, Any]]] = {}
    for day in days:
        year, week, weekday = day.day.isocalendar()
        # Shades are relative to the busiest day: counties differ a hundredfold.
        level = 0 if not day.documents else 1 + (LEVELS - 1) * day.documents // most
        words = f"{day.day}: {counted(day.documents, 'document')}, {day.state}"
        weeks.setdefault((year, week), {})[weekday] = {"state": day.state, "level": level, "words": words}
    blank = {"state": "none", "level": 0, "words": ""}
    return [{"days": [week.get(weekday, blank) for weekday in range(1, 6)]} for week in weeks.values()]
