"""Reports for programs and terminals: JSON, JUnit, Markdown, GitHub annotations, text. All are byte-deterministic."""

from __future__ import annotations

from textwrap import wrap
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pandas as pd

from oseberg.maze_authority._forms import form
from oseberg.maze_authority._reports.escape import annotation, markdown, one_line, property_value
from oseberg.maze_authority._result import Result

SCHEMA = 1
CHANGES = ("new", "still_open", "closed")
LEVELS = {"fatal": "error", "error": "error", "warning": "warning", "info": "notice"}
FIRST = 20  # findings of a rule that a person is shown; the count covers the rest
LONGEST = 400  # characters of a message that a person is shown
# Columns of a terminal. They are the same in a pipe, so that a report has the same bytes wherever it is made.
WIDTH = 80


@form("json")
def as_json(result: Result) -> str:
    """Return everything as JSON.

    schema_version, ok, exit_code, records, certified_through by county, rules (rule, title, severity, state, count,
    waived, stored, reason), findings, good_findings and coverage. With a register also new, still_open and closed: what
    the check changed, each finding with the columns of `Register.findings`, and doubts: why
    the delivery's place among others is uncertain; null without one.
    """
    change = result.change
    changed = {name: None if change is None else rows(getattr(change, name)) for name in CHANGES}
    content = {
        "schema_version": SCHEMA,
        "ok": result.ok,
        "exit_code": result.exit_code,
        "records": result.records,
        "certified_through": result.certified_through,
        **changed,
        "doubts": None if change is None else list(change.doubts),
        "rules": rows(result.rules),
        "findings": rows(result.findings),
        "good_findings": rows(result.good_findings),
        "coverage": rows(result.coverage),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str).decode()


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as rows of JSON values."""
    return [{str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Any:  # noqa: ANN401 - a table's cell
    """Return a JSON value; missing values are null, and lone surrogates are escaped."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


@form("junit")
def as_junit(result: Result) -> str:
    """Return one test case for each rule: failure for a failed one, error for a broken one, skipped for one not run."""
    rules = result.rules
    counts = rules["state"].value_counts()
    suite = ET.Element(
        "testsuite",
        name="oseberg county check",
        tests=str(len(rules)),
        failures=str(int(failing(result).sum())),
        errors=str(int(counts.get("broken", 0))),
        skipped=str(int(counts.get("not_run", 0))),
    )
    for row, fails in zip(rules.to_dict("records"), failing(result), strict=True):
        case = ET.SubElement(
            suite, "testcase", classname="oseberg.maze_authority", name=f"{row['rule']} {row['title']}"
        )
        lines = "\n".join(told(result, row["rule"]))
        if row["state"] == "not_run":
            ET.SubElement(case, "skipped", message=one_line(row["reason"]))
        elif row["state"] == "broken":
            ET.SubElement(case, "error", message=one_line(row["reason"]))
        # Warnings are shown, but don't fail a build.
        elif fails:
            ET.SubElement(case, "failure", message=headline(row), type=row["severity"]).text = lines
        elif lines:
            ET.SubElement(case, "system-out").text = lines
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def failing(result: Result) -> pd.Series:
    """Return which rules the delivery fails."""
    by = {outcome.rule.id for outcome in result.outcomes if outcome.fails}
    return result.rules["rule"].isin(by)


def headline(row: dict[Any, Any]) -> str:
    """Summarize a rule: how many findings, and how many of them are waived."""
    waived = f", {row['waived']} waived" if row["waived"] else ""
    return f"{counted(row['count'], 'finding')}{waived}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Format a number with its noun.

    Args:
        number: How many.
        noun: Of what, in the singular.
        plural: Its plural, if it is not made with an s.

    Example:
        >>> counted(1, "finding"), counted(2000, "finding"), counted(2, "delivery", "deliveries")
        ('1 finding', '2,000 findings', '2 deliveries')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def told(result: Result, rule: str) -> list[str]:
    """Return a rule's first findings as lines."""
    mine = result.findings.loc[result.findings["rule"] == rule]
    lines = [one_line(sentence(row)) for row in mine.head(FIRST).to_dict("records")]
    total = int(result.rules.loc[result.rules["rule"] == rule, "count"].iloc[0])
    return [*lines, f"and {total - len(lines)} more"] if total > len(lines) else lines


def sentence(row: dict[Any, Any]) -> str:
    """Format a finding with its place."""
    where = ""
    if row["source_file"] is not None:
        line = "" if pd.isna(row["source_line"]) else f" line {row['source_line']}"
        where = f" ({row['source_file']}{line})"
    waived = f" [waived by {row['waived_by']}]" if row["waived_by"] else ""
    return f"{short(row['message'])}{where}{waived}"


def short(message: str) -> str:
    """Shorten a message that is too long for a line; the JSON report has all of it."""
    return message if len(message) <= LONGEST else f"{message[:LONGEST]} …"


def verdict(result: Result) -> str:
    """Return one line on how the check ended."""
    states = result.rules["state"].value_counts()
    parts = [
        f"{int(states.get(state, 0))} {state.replace('_', ' ')}" for state in ("passed", "failed", "not_run", "broken")
    ]
    return f"{'OK' if result.ok else 'NOT OK'}: {counted(result.records, 'record')}; rules: {', '.join(parts)}"


def certified(result: Result) -> list[str]:
    """Return through which day each county is certified, and what holds it back."""
    held = result.held_back_by
    if not result.records:
        return ["No records were checked"]
    return [
        f"{result.delivery.counties[fips].name} ({fips}): "
        + (f"certified through {day}" if day else "not certified through any day")
        + (f", held back by {held[fips]}" if fips in held else "")
        for fips, day in result.certified_through.items()
    ]


@form("text")
def as_text(result: Result) -> str:
    """Return the report for a terminal: certified-through date, series, rules with their first findings."""
    lines = [*certified(result), *changes(result), *series_lines(result), ""]
    fixes = {outcome.rule.id: outcome.rule.fix for outcome in result.outcomes}
    for row in result.rules.to_dict("records"):
        state = row["state"].replace("_", " ")
        note = f"  {headline(row)}" if row["count"] else f"  {row['reason']}" if row["reason"] else ""
        lines.append(f"{row['rule']}  {state:7}  {row['severity']:7}  {row['title']}{note}")
        lines += [f"       - {line}" for line in told(result, row["rule"])]
        if row["count"] > row["waived"]:
            lines.append(f"       How to fix it: {fixes[row['rule']]}.")
    bad = int(result.bad.sum())
    lines += [
        "",
        f"{counted(bad, 'record')} {'is' if bad == 1 else 'are'} in quarantine",
        verdict(result),
    ]
    return "".join(f"{part}\n" for line in lines for part in wrapped(one_line(line)))


def changes(result: Result) -> list[str]:
    """Return what is new, still open and closed since the last check of a register; nothing without one."""
    change = result.change
    if change is None:
        return []
    lines = []
    for name, words in (("new", "New"), ("still_open", "Still open"), ("closed", "Closed")):
        frame = getattr(change, name)
        lines.append(f"{words}: {counted(len(frame), 'finding') if len(frame) else 'nothing'}")
        lines += [f"       - {change_line(row, change.overdue)}" for row in frame.head(FIRST).to_dict("records")]
        if len(frame) > FIRST:
            lines.append(f"       and {len(frame) - FIRST:,} more")
    return [*lines, *change.doubts]


def change_line(row: dict[Any, Any], overdue: frozenset[str] = frozenset()) -> str:
    """Format a finding of a register on one line."""
    late = ", overdue" if row["fingerprint"] in overdue else ""
    waived = f" [waived by {row['waived_by']}]" if row["waived_by"] else ""
    return f"{row['rule']} {short(one_line(row['message']))} (since {row['since'] or 'an unknown day'}{late}){waived}"


def wrapped(line: str) -> list[str]:
    """Break a line at blanks to fit a terminal; continuation lines are indented, and an empty line is kept.

    A blank before `::` is made one that does not break: a build's log would read a line that opens so as a command.
    """
    indent = " " * (9 if line.startswith(" ") else 7)
    # Texts come from vendors, and a build's log obeys lines that begin with a command.
    whole = line.replace(" ::", "\N{NO-BREAK SPACE}::")
    return wrap(whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def shown_series(result: Result) -> tuple[list[dict[Any, Any]], str]:
    """Return the series to show, those that lack most numbers, and a line about the others."""
    # Those that lack most, in the order of the series.
    shown = result.coverage.sort_values("missing", ascending=False, kind="stable").head(FIRST).sort_index()
    rest = result.coverage.drop(shown.index)
    missing = counted(int(rest["missing"].sum()), "number")
    return shown.to_dict("records"), f"and {len(rest)} more series, with {missing} missing" if len(rest) else ""


def series_lines(result: Result) -> list[str]:
    """Return how complete each series is."""
    shown, more = shown_series(result)
    lines = [
        f"{row['county_fips']} {row['series']}: {row['first']} to {row['last']}, {row['present']:,} of "
        f"{row['expected']:,} present, {row['rejected']:,} rejected or known, {row['missing']:,} missing, "
        f"{row['waived']:,} waived ({row['percent']:.2f} % complete)"
        for row in shown
    ]
    return [*lines, more] if more else lines


@form("markdown")
def as_markdown(result: Result) -> str:
    """Return the report for a ticket or a pull request."""
    lines = ["# Completeness of the delivery", "", f"**{verdict(result)}**", ""]
    lines += [f"- {markdown(line.strip())}" for line in (*certified(result), *changes(result), *series_lines(result))]
    lines += ["", "| rule | title | severity | state | findings | waived |", "|---|---|---|---|--:|--:|"]
    for row in result.rules.to_dict("records"):
        state = row["state"].replace("_", " ") + (f": {markdown(row['reason'])}" if row["reason"] else "")
        cells = (row["rule"], markdown(row["title"]), row["severity"], state, row["count"], row["waived"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    for row in result.rules.loc[result.rules["count"] > 0].to_dict("records"):
        lines += ["", f"## {row['rule']} {markdown(row['title'])}", ""]
        lines += [f"- {markdown(line)}" for line in told(result, row["rule"])]
    return "\n".join([*lines, ""])


@form("github")
def as_github(result: Result) -> str:
    """Return one workflow command for each finding that is not waived, and for each rule that broke."""
    lines = []
    for row in result.findings.loc[result.findings["waived_by"].isna()].to_dict("records"):
        place = {} if row["source_file"] is None else {"file": row["source_file"]}
        if not pd.isna(row["source_line"]):
            place["line"] = row["source_line"]
        properties = ",".join(
            f"{name}={property_value(value)}" for name, value in {**place, "title": row["rule"]}.items()
        )
        lines.append(f"::{LEVELS[row['severity']]} {properties}::{annotation(row['message'])}\n")
    broken = result.rules.loc[result.rules["state"] == "broken"].to_dict("records")
    lines += [f"::error title={row['rule']}::the rule broke: {annotation(row['reason'])}\n" for row in broken]
    return "".join(lines)
