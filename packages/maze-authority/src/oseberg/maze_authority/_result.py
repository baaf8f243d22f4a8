"""The result of a check: findings, states of the rules, coverage, the good part and the rest, and the reports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from oseberg.maze_authority._atomic import write_text
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import Outcome, fingerprint, sentence, texts
from oseberg.maze_authority._forms import forms
from oseberg.maze_authority._quarantine import Quarantine
from oseberg.maze_authority._records.origin import Origin
from oseberg.maze_authority._register.changes import Change
from oseberg.maze_authority.errors import RegisterError

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike
    from typing import IO

    import numpy as np

STORED = 1_000  # findings kept for each rule, so that a report stays readable; the true count is always reported
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
    """The result of a check.

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
        delivery: What was checked.
        outcomes: What each rule found, every finding included.
        quarantine: Which records are in quarantine, and why.
        change: What the check changed in the register, None without one.
    """

    ok: bool
    exit_code: int
    findings: pd.DataFrame
    good_findings: pd.DataFrame
    rules: pd.DataFrame
    records: int
    delivery: Delivery
    outcomes: list[Outcome]
    quarantine: Quarantine
    change: Change | None
    _origin: Origin

    @classmethod
    def build(
        cls,
        delivery: Delivery,
        outcomes: list[Outcome],
        quarantine: Quarantine,
        again: pd.DataFrame,
        origin: Origin,
        change: Change | None = None,
        *,
        all_open: bool = False,
    ) -> Result:
        """Build the result from the outcomes of the rules.

        Args:
            delivery: What was checked.
            outcomes: What each rule found.
            quarantine: Which records are in quarantine.
            again: What the rules over whole deliveries find only when the quarantine is left out.
            origin: The records as they were given.
            change: What the check changed in a register.
            all_open: Whether everything that is open counts, not only what is new or overdue.

        Returns:
            The result.
        """
        broken = any(outcome.state == "broken" for outcome in outcomes)
        failed = any(outcome.fails for outcome in outcomes)
        # With a register the status says what changed, not what has been known for weeks.
        if change is not None:
            tolerated = {outcome.rule.id for outcome in outcomes if outcome.state == "passed" and len(outcome.findings)}
            failed = change.fails(tolerated, all_open=all_open)
        messages = {outcome.rule.id: outcome.rule.message for outcome in outcomes}
        shown = [outcome.findings.head(STORED) for outcome in outcomes if len(outcome.findings)]
        return cls(
            ok=not (broken or failed),
            exit_code=1 if broken else 3 if failed else 0,
            findings=present(shown, delivery, messages),
            good_findings=present([again.head(STORED)], delivery, messages),
            rules=rules_table(outcomes),
            records=len(delivery),
            delivery=delivery,
            outcomes=outcomes,
            quarantine=quarantine,
            change=change,
            _origin=origin,
        )

    def all_findings(self, rule: str, limit: int | None = None) -> pd.DataFrame:
        """Return the findings of one rule, also those beyond the 1,000 that `findings` keeps.

        Args:
            rule: The rule's id.
            limit: The most to return; all by default.

        Returns:
            The same columns as `findings`.
        """
        parts = [one for one in self.outcomes if one.rule.id == rule and len(one.findings)]
        messages = {one.rule.id: one.rule.message for one in parts}
        return present([one.findings.head(limit or len(one.findings)) for one in parts], self.delivery, messages)

    @property
    def bad(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each document whether it is in quarantine."""
        return self.quarantine.mask

    @property
    def coverage(self) -> pd.DataFrame:
        """One row for each series of instrument numbers.

        county_fips, series, first, last (as printed), expected, present, rejected (or known from an earlier delivery),
        waived, missing (counts of numbers), percent (of the expected ones), certified_through (the county's),
        missing_ranges, waived_ranges (lists of keys). In the order of county and series.
        """
        return self.delivery.coverage

    @property
    def certified_through(self) -> dict[str, date | None]:
        """By county the day through which its records are complete (None: no day), over all known deliveries."""
        return self.delivery.certified_through if self.change is None else self.change.certified_through

    @property
    def held_back_by(self) -> dict[str, str]:
        """By county the first obstacle to a later certified-through date; none for a complete county."""
        return self.delivery.held_back_by if self.change is None else self.change.held_back_by

    @property
    def new(self) -> pd.DataFrame:
        """The findings that this check opened in the register; see `Register.findings` for the columns."""
        return self._changed("new")

    @property
    def still_open(self) -> pd.DataFrame:
        """The findings that were open in the register before this check and still are."""
        return self._changed("still_open")

    @property
    def closed(self) -> pd.DataFrame:
        """The findings that this check closed in the register."""
        return self._changed("closed")

    def _changed(self, name: str) -> pd.DataFrame:
        if self.change is None:
            raise RegisterError(f"`{name}` needs a register: check(records, register=...).")
        frame: pd.DataFrame = getattr(self.change, name)
        return frame

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Split the records into good ones and the quarantine: those with an unwaived error or worse.

        Returns:
            The good records and the quarantine. Both have the fields of `IndexRecord` and the order of the input; the
            quarantine also has `reasons`: for each record the list of `RULE message` of all its findings, warnings
            included.

        Raises:
            RecordsError: The file of the records has changed since it was checked.
        """
        return self.quarantine.split(self._origin.frame(), self.delivery.order)

    def write_split(self, folder: str | PathLike[str]) -> tuple[int, int]:
        """Write `good.jsonl` and `quarantine.jsonl` (with `reasons`) into a folder.

        The good ones appear last: where they are, the quarantine is as well. A records.jsonl is read again line by
        line, so that memory does not grow with it; its good records are written as they were.

        Returns:
            How many records each file has.

        Raises:
            RecordsError: The file of the records has changed since it was checked.
            OSError: The folder is missing or may not be written to.
        """
        return self.quarantine.write_split(folder, self._origin, self.delivery.order)

    def report(self, form: str) -> str:
        """Return the report in a form: json, html, junit, markdown, text or github.

        Args:
            form: The form's name.

        Returns:
            The whole report as text.

        Raises:
            KeyError: The form is unknown.
        """
        return forms[form](self)

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report as JSON (schema version 1), and write it if a path is given.

        Returns:
            The report as JSON (schema version 1).
        """
        return self._write("json", path)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report as one page without scripts or loads, and write it if a path is given.

        Returns:
            The report as one page without scripts or loads.
        """
        return self._write("html", path)

    def to_junit(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report as JUnit XML, one test case for each rule, and write it if a path is given.

        Returns:
            The report as JUnit XML, one test case for each rule.
        """
        return self._write("junit", path)

    def to_markdown(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report as Markdown for a ticket or a pull request, and write it if a path is given.

        Returns:
            The report as Markdown for a ticket or a pull request.
        """
        return self._write("markdown", path)

    def to_text(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report for a terminal, and write it if a path is given.

        Returns:
            The report for a terminal.
        """
        return self._write("text", path)

    def to_github(self, stream: IO[str] | None = None) -> str:
        """Return the findings as GitHub workflow annotations, and write them to a stream if one is given.

        Returns:
            The findings as GitHub workflow annotations.
        """
        text = self.report("github")
        if stream is not None:
            stream.write(text)
        return text

    def _write(self, form: str, path: str | PathLike[str] | None) -> str:
        text = self.report(form)
        if path is not None:
            write_text(path, text)
        return text


def present(parts: list[pd.DataFrame], delivery: Delivery, messages: dict[str, str]) -> pd.DataFrame:
    """Return findings with the columns that people read.

    Args:
        parts: The findings, rule by rule.
        delivery: What was checked.
        messages: The message of each rule.
    """
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if frame.empty:
        return no_findings().copy()
    rows = list(zip(frame["rule"], frame["county_fips"], frame["key"], strict=True))
    items = delivery.waivers.items
    waivers = [None if place is None or pd.isna(place) else items[int(place)].by for place in frame["waiver"]]
    frame = frame.assign(
        message=texts(sentence(messages[row["rule"]], row) for row in frame.to_dict("records")),
        fingerprint=[fingerprint(*row) for row in rows],
        waived_by=texts(waivers),
        **sources(delivery, frame["doc"].to_numpy()),
    )
    return frame[FINDINGS].astype(TYPES)


@cache
def no_findings() -> pd.DataFrame:
    """Return the columns without a row, typed once: a report asks for the findings of each rule, and most have none."""
    return pd.DataFrame(columns=FINDINGS).astype(TYPES)


def sources(delivery: Delivery, docs: np.ndarray[Any, Any]) -> dict[str, pd.Series]:
    """Return the file and first line of documents; nothing for findings that are not about one."""
    table = delivery.documents[["source_file", "source_line"]].reindex(docs)
    lines = table["source_line"].where(table["source_line"] > 0).astype("Int64")
    files = table["source_file"].astype(object).where(table["source_file"].notna(), None)
    return {"source_file": files.reset_index(drop=True), "source_line": lines.reset_index(drop=True)}


def rules_table(outcomes: list[Outcome]) -> pd.DataFrame:
    """Return each rule's state and true counts; see `Result.rules`."""
    rows = [
        {
            "rule": outcome.rule.id,
            "title": outcome.rule.title,
            "severity": worst_severity(outcome),
            "state": outcome.state,
            "count": len(outcome.findings),
            "waived": int(outcome.findings["waiver"].notna().sum()) if len(outcome.findings) else 0,
            "stored": min(len(outcome.findings), STORED),
            "reason": outcome.reason,
        }
        for outcome in sorted(outcomes, key=lambda one: one.rule.id)
    ]
    return pd.DataFrame(rows, columns=RULES)


def worst_severity(outcome: Outcome) -> str:
    """Return the worst severity among a rule's findings, the rule's own where it has none."""
    if outcome.findings.empty:  # as of most rules
        return outcome.rule.severity
    order = ["fatal", "error", "warning", "info"]
    found = set(outcome.findings["severity"].unique())
    return next((name for name in order if name in found), outcome.rule.severity)
