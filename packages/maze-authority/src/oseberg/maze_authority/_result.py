"""The result of a check: findings, states of the rules, coverage, the good part and the rest, and the reports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._columns import plain
from oseberg.maze_authority._coverage import coverage
from oseberg.maze_authority._findings import fingerprint, texts
from oseberg.maze_authority._write import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from os import PathLike
    from typing import IO

    from oseberg.maze_authority._check import Outcome
    from oseberg.maze_authority._delivery import Delivery

STORED = 1_000
"""Findings kept for each rule; the true count is always told."""
FINDINGS = [
    "rule",
    "severity",
    "county_fips",
    "series",
    "key",
    "message",
    "value",
    "expected",
    "source_file",
    "source_line",
    "fingerprint",
    "waived_by",
]
TYPES = {name: "Int64" if name == "source_line" else "object" for name in FINDINGS}
RULES = ["rule", "title", "severity", "state", "count", "waived", "stored", "reason"]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes:
        ok: No rule failed with an unwaived error or worse, and none is broken. Rules that were not run change nothing.
        exit_code: 0 ok, 3 failed, 1 a rule is broken.
        findings: At most 1,000 for each rule: rule, severity, county_fips, series, key, message, value, expected,
            source_file, source_line (<NA> for none), fingerprint, waived_by (None when not waived).
        good_findings: The same columns: what the rules over whole deliveries find only when the records in quarantine
            are left out, such as the gap that a record in quarantine leaves.
        rules: One row for each rule: rule, title, severity, state (passed, failed, not_run, broken), count (true
            number of findings), waived, stored, reason.
        records: How many records were checked.
    """

    ok: bool
    exit_code: int
    findings: pd.DataFrame
    good_findings: pd.DataFrame
    rules: pd.DataFrame
    records: int
    delivery: Delivery
    outcomes: list[Outcome]
    bad: np.ndarray[Any, np.dtype[np.bool_]]
    _frame: Callable[[], pd.DataFrame]

    @classmethod
    def build(
        cls,
        delivery: Delivery,
        outcomes: list[Outcome],
        bad: np.ndarray[Any, np.dtype[np.bool_]],
        again: pd.DataFrame,
        frame: Callable[[], pd.DataFrame],
    ) -> Result:
        """Draw the result from the rules' outcomes."""
        broken = any(outcome.state == "broken" for outcome in outcomes)
        failed = any(outcome.fails for outcome in outcomes)
        messages = {outcome.rule.id: outcome.rule.message for outcome in outcomes}
        shown = [outcome.findings.head(STORED) for outcome in outcomes if len(outcome.findings)]
        return cls(
            ok=not (broken or failed),
            exit_code=1 if broken else 3 if failed else 0,
            findings=present(shown, delivery, messages),
            good_findings=present([again.head(STORED)], delivery.only(~bad), messages),
            rules=rules_table(outcomes),
            records=len(delivery),
            delivery=delivery,
            outcomes=outcomes,
            bad=bad,
            _frame=frame,
        )

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row for each series of instrument numbers.

        county_fips, series, first, last, expected, present, rejected (or known from an earlier delivery), waived,
        missing, percent, certified_through (the county's), missing_ranges, waived_ranges.
        """
        return coverage(self.delivery)

    @property
    def certified_through(self) -> dict[str, date | None]:
        """By county the day through which its records are whole, None where no day is."""
        return self.delivery.certified_through

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Part the records into good ones and the quarantine: those with an unwaived error or worse.

        Both have the fields of `IndexRecord` and the input's order; the quarantine has `reasons` besides: for each
        record the list of `RULE message` of all its findings, warnings included.
        """
        records = self._frame()
        places = self.delivery.order[self.bad]
        mask = np.zeros(len(records), dtype=bool)
        mask[places] = True
        quarantine = records.loc[mask].copy()
        told = reasons(self.outcomes, self.bad)
        by_place = dict(zip(places.tolist(), np.flatnonzero(self.bad).tolist(), strict=True))
        texts = [told[by_place[place]] for place in np.flatnonzero(mask).tolist()]
        quarantine["reasons"] = pd.Series(texts, index=quarantine.index, dtype=object)
        return records.loc[~mask].copy(), quarantine

    def write_split(self, folder: str | PathLike[str]) -> tuple[int, int]:
        """Write `good.jsonl` and `quarantine.jsonl` (with `reasons`) into a folder; give how many records each has.

        The good ones are written last: where they are, the quarantine is as well.
        """
        good, quarantine = self.split()
        for name, frame in (("quarantine.jsonl", quarantine), ("good.jsonl", good)):
            write_whole(Path(folder) / name, "".join(json_line(row) for row in frame.to_dict("records")))
        return len(good), len(quarantine)

    def report(self, form: str) -> str:
        """Give the report in a form: json, html, junit, markdown, text or github.

        Raises:
            KeyError: There is no such form.
        """
        from oseberg.maze_authority._html import as_html  # noqa: PLC0415 - reports are drawn only when asked for
        from oseberg.maze_authority._reports import FORMS  # noqa: PLC0415 - as above

        return (FORMS | {"html": as_html})[form](self)

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Give the report as JSON (schema version 1), and write it where a path is given."""
        return put(self.report("json"), path)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """Give the report as one page without scripts or loads, and write it where a path is given."""
        return put(self.report("html"), path)

    def to_junit(self, path: str | PathLike[str] | None = None) -> str:
        """Give the report as JUnit XML, one test case for each rule, and write it where a path is given."""
        return put(self.report("junit"), path)

    def to_markdown(self, path: str | PathLike[str] | None = None) -> str:
        """Give the report as Markdown for a ticket or a pull request, and write it where a path is given."""
        return put(self.report("markdown"), path)

    def to_text(self, path: str | PathLike[str] | None = None) -> str:
        """Give the report for a terminal, and write it where a path is given."""
        return put(self.report("text"), path)

    def to_github(self, stream: IO[str] | None = None) -> str:
        """Give the findings as GitHub workflow annotations, and write them to a stream where one is given."""
        text = self.report("github")
        if stream is not None:
            stream.write(text)
        return text


def put(text: str, path: str | PathLike[str] | None) -> str:
    """Write a report where a path is given, whole or not at all."""
    if path is not None:
        write_whole(path, text)
    return text


def json_line(row: dict[Any, Any]) -> str:
    """Write a record as a line of JSON; what no encoding can hold is written as an escape."""
    try:
        return orjson.dumps(row, default=spelled).decode() + "\n"
    except orjson.JSONEncodeError:
        return orjson.dumps(plain(row), default=spelled).decode() + "\n"


def spelled(value: Any) -> str:  # noqa: ANN401 - what orjson does not know
    """Spell a timestamp as its day, anything else as its text."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def present(parts: list[pd.DataFrame], delivery: Delivery, messages: dict[str, str]) -> pd.DataFrame:
    """Give findings the columns that people read."""
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if frame.empty:
        return pd.DataFrame(columns=FINDINGS).astype(TYPES)
    rows = list(zip(frame["rule"], frame["county_fips"], frame["key"], strict=True))
    items = delivery.waivers.items
    waivers = [None if place is None or pd.isna(place) else items[int(place)].by for place in frame["waiver"]]
    frame = frame.assign(
        message=texts(sentence(messages, row) for row in frame.to_dict("records")),
        fingerprint=[fingerprint(*row) for row in rows],
        waived_by=texts(waivers),
        **sources(delivery, frame["doc"].to_numpy()),
    )
    return frame[FINDINGS].astype(TYPES)


def sources(delivery: Delivery, docs: np.ndarray[Any, Any]) -> dict[str, pd.Series]:
    """Give the file and first line of documents; nothing for findings about none."""
    table = delivery.documents[["source_file", "source_line"]].reindex(docs)
    lines = table["source_line"].where(table["source_line"] > 0).astype("Int64")
    files = table["source_file"].astype(object).where(table["source_file"].notna(), None)
    return {"source_file": files.reset_index(drop=True), "source_line": lines.reset_index(drop=True)}


def sentence(messages: dict[str, str], row: dict[Any, Any]) -> str:
    """Say one finding; braces in the data stay what they are."""
    return messages[row["rule"]].format(**{name: row[name] for name in ("key", "value", "expected", "series")})


def rules_table(outcomes: list[Outcome]) -> pd.DataFrame:
    """Tell each rule's state and true counts."""
    rows = [
        {
            "rule": outcome.rule.id,
            "title": outcome.rule.title,
            "severity": worst(outcome),
            "state": outcome.state,
            "count": len(outcome.findings),
            "waived": int(outcome.findings["waiver"].notna().sum()),
            "stored": min(len(outcome.findings), STORED),
            "reason": outcome.reason,
        }
        for outcome in sorted(outcomes, key=lambda one: one.rule.id)
    ]
    return pd.DataFrame(rows, columns=RULES)


def worst(outcome: Outcome) -> str:
    """Give the severity of a rule's findings, the rule's own where it has none."""
    order = ["fatal", "error", "warning", "info"]
    found = set(outcome.findings["severity"].unique())
    return next((name for name in order if name in found), outcome.rule.severity)


def reasons(outcomes: list[Outcome], bad: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[int, list[str]]:
    """Gather for each document in quarantine everything that was found about it."""
    told: dict[int, list[str]] = {int(doc): [] for doc in np.flatnonzero(bad)}
    for outcome in outcomes:
        messages = {outcome.rule.id: outcome.rule.message}
        docs = outcome.findings["doc"].to_numpy()
        mine = outcome.findings.loc[(docs >= 0) & bad[np.maximum(docs, 0)]] if len(bad) else outcome.findings.head(0)
        for row in mine.to_dict("records"):
            told[row["doc"]].append(f"{row['rule']} {sentence(messages, row)}")
    return told
