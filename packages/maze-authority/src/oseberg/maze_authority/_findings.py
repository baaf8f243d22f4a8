"""Findings as columns: one row for each finding, so that a rule over a million records stays a few array steps."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

State = Literal["passed", "failed", "not_run", "broken"]
SEVERE = ("error", "fatal")  # what fails a delivery, and sends a record to quarantine
COLUMNS = ["doc", "county_fips", "series", "key", "value", "expected", "severity"]
NOTHING = pd.DataFrame({name: pd.Series(dtype="int64" if name == "doc" else object) for name in COLUMNS})


@dataclass(frozen=True)
class Outcome:
    """What one rule found.

    Attributes:
        rule: The rule.
        state: passed, failed, not_run or broken.
        findings: All of its findings, however many.
        reason: Why it did not run, or how it broke.
    """

    rule: Rule
    state: State
    findings: pd.DataFrame
    reason: str = ""

    @property
    def severe(self) -> pd.DataFrame:
        """The findings that are an error or worse and not waived."""
        if self.findings.empty:  # as of most rules
            return self.findings
        return self.findings.loc[self.findings["severity"].isin(SEVERE) & self.findings["waiver"].isna()]

    @property
    def fails(self) -> bool:
        """Whether the delivery fails by this rule."""
        return self.state == "failed" and not self.severe.empty


def nothing() -> pd.DataFrame:
    """Return no findings."""
    return NOTHING.copy()


def flag(
    delivery: Delivery,
    docs: Any,  # noqa: ANN401 - a mask, positions, or a Series of either
    value: Sequence[object] | str = "",
    expected: Sequence[object] | str = "",
    severity: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """Return one finding for each of some documents.

    Args:
        delivery: What is being checked.
        docs: A boolean mask over `delivery.documents`, or positions in it.
        value: What was found, for all or for each of the documents.
        expected: What should have been there.
        severity: Overrides the rule's severity for each document where not None.

    Returns:
        The findings, for a rule to return.
    """
    positions = np.asarray(docs)
    if positions.dtype == bool:
        positions = np.flatnonzero(positions)
    if not len(positions):
        return nothing()
    count = len(positions)
    documents = delivery.documents
    said: dict[str, Any] = {
        "county_fips": documents["county_fips"].iloc[positions],
        "series": delivery.series_of(positions),
        "key": delivery.keys(positions),
        "value": [value] * count if isinstance(value, str) else value,
        "expected": [expected] * count if isinstance(expected, str) else expected,
        "severity": [None] * count if severity is None else severity,
    }
    return pd.DataFrame({"doc": positions.astype("int64"), **{name: texts(said[name]) for name in said}})


def flag_each(delivery: Delivery, found: Mapping[int, tuple[str, str]]) -> pd.DataFrame:
    """Return one finding for each document of a mapping from document to (value, expected)."""
    docs = sorted(found)
    values = [found[doc][0] for doc in docs]
    return flag(delivery, np.array(docs, dtype=np.int64), values, [found[doc][1] for doc in docs])


def texts(values: Iterable[object]) -> pd.Series:
    """Return texts as Python objects, since a vendor's text may not be valid in any encoding."""
    return pd.Series(np.array(list(values), dtype=object), dtype=object)


def about(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Build findings that do not concern a single document: a gap, a day, a file, a waiver.

    Args:
        rows: For each finding at least `county_fips` and `key`; `series`, `value`, `expected` and `severity` if known.

    Returns:
        The findings, for a rule to return.
    """
    listed = [{"series": "", "value": "", "expected": "", "severity": None, **row} for row in rows]
    if not listed:
        return nothing()
    said = {name: texts(row[name] for row in listed) for name in COLUMNS if name != "doc"}
    return pd.DataFrame({"doc": np.full(len(listed), -1), **said})


def normalize(delivery: Delivery, returned: object) -> pd.DataFrame:
    """Accept what a rule may return: findings, a mask over the documents, or positions of documents."""
    if isinstance(returned, pd.DataFrame):
        return returned
    return flag(delivery, returned)


def fingerprint(rule: str, county_fips: str, key: str) -> str:
    """Return a name that survives a redelivery: made of rule, county and natural key, nothing else."""
    return sha256(f"{rule}\x1f{county_fips}\x1f{key}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def sentence(message: str, row: Mapping[Any, Any]) -> str:
    """Fill a rule's message for one finding; braces in the data are kept.

    Args:
        message: The rule's message, with {key}, {value}, {expected} and {series}.
        row: The finding.
    """
    return message.format(**{name: row[name] for name in ("key", "value", "expected", "series")})
