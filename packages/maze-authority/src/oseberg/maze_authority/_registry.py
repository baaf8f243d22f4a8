"""The registry of rules: each is one pure function with an id, an authority, a way to fix it, and two examples."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable


Severity = Literal["info", "warning", "error", "fatal"]
Scope = Literal["record", "delivery"]
# Rules that judge a delivery together with the ones before it; all others see it alone, whatever else is known.
ACROSS = frozenset({"MA112", "MA201", "MA202", "MA203", "MA304", "MA306", "MA701", "MA702", "MA703"})
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error", "fatal")


class Example:
    """A tiny delivery that a rule is executed on: changes to a flawless record, and the other inputs of `check`.

    Args:
        records: For each record what differs from the flawless one of `sample_record`.
        inputs: Further arguments of `check`.
    """

    def __init__(self, *records: dict[str, Any], **inputs: Any) -> None:  # noqa: ANN401 - whatever check takes
        self.records = records
        self.inputs = inputs


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Stable name, two letters and three digits; waivers and fingerprints rely on it.
        title: What is wrong when it is broken, in a few words.
        severity: info, warning, error or fatal; unwaived errors and fatals fail the delivery.
        authority: The statute or standard, or "trade practice" where none exists.
        fix: What a person does about it.
        message: One sentence with {key}, {value}, {expected} and {series} for its findings.
        scope: "delivery" when records are judged together; such a rule is run again on the good records.
        needs: Inputs without which it is `not_run`: images, digests, history, summary, waivers, complete_series.
        passing: A delivery without a finding.
        failing: A delivery with one.
        function: Gives findings, a mask over the documents, or positions of documents.
    """

    id: str
    title: str
    severity: Severity
    authority: str
    fix: str
    message: str
    scope: Scope
    needs: tuple[str, ...]
    passing: Example
    failing: Example
    function: Callable[[Delivery], Any] = field(repr=False)

    @property
    def why(self) -> str:
        """Explain the rule: the function's docstring."""
        text = re.sub(r"\s*\n\s*", " ", (self.function.__doc__ or "").strip())
        return text or f"{self.title}."


rules: dict[str, Rule] = {}


def rule(
    rule_id: str,
    /,
    *,
    title: str,
    severity: Severity,
    authority: str,
    fix: str,
    passing: Example,
    failing: Example,
    message: str = "",
    scope: Scope = "record",
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[[Delivery], Any]], Callable[[Delivery], Any]]:
    """Register a function as a rule.

    The function takes the `Delivery` and returns a boolean mask over `delivery.documents`, positions in it, or
    findings made by `flag` and `about`. Registering the same function again (a notebook's cell) replaces it.

    Args:
        rule_id: Stable id, two capital letters and three digits.
        title: What is wrong when the rule is broken, in a few words.
        severity: info, warning, error or fatal.
        authority: The statute or standard, or "trade practice".
        fix: What a person does about a finding.
        passing: A delivery without a finding.
        failing: A delivery with one.
        message: One sentence with {key}, {value}, {expected} and {series}; by default made from the title.
        scope: "delivery" when records are judged together.
        needs: Inputs without which the rule is `not_run`.

    Returns:
        A decorator that registers the function and leaves it as it is.

    Raises:
        RuleError: The id is malformed or taken, or a description is missing.

    Examples:
        >>> from oseberg.maze_authority import Example, rules, rule
        >>> @rule("XX001", title="Affidavit without page count", severity="info", authority="trade practice",
        ...       fix="Ask the clerk", passing=Example({}), failing=Example({"document_type": "affidavit",
        ...       "page_count": None}))
        ... def affidavit_without_pages(delivery):
        ...     documents = delivery.documents
        ...     return (documents.document_type == "affidavit") & documents.page_count.isna()
        >>> _ = rules.pop("XX001")
    """
    if not re.fullmatch(r"[A-Z]{2}\d{3}", rule_id):
        raise RuleError(f"{rule_id!r} is not a rule id. Use two capital letters and three digits, such as MA201.")
    if severity not in SEVERITIES:
        raise RuleError(f"{rule_id}: severity {severity!r} is not one of {', '.join(SEVERITIES)}.")
    for name, text in (("title", title), ("authority", authority), ("fix", fix)):
        if not text.strip():
            raise RuleError(f"{rule_id}: the {name} is empty. Every rule says what it rests on and how to fix it.")

    def register(function: Callable[[Delivery], Any]) -> Callable[[Delivery], Any]:
        # A cell of a notebook that is run again defines the same rule again.
        taken = rules.get(rule_id)
        if taken is not None and taken.function.__qualname__ != function.__qualname__:
            raise RuleError(f"{rule_id} is taken by '{taken.title}'. Choose another number.")
        text = message or title + ": {key} {value}"
        rules[rule_id] = Rule(rule_id, title, severity, authority, fix, text, scope, needs, passing, failing, function)
        return function

    return register


def explain(rule_id: str) -> str:
    """Describe one rule for a person.

    Returns:
        The rule's title, reason, authority and fix, wrapped at 80 columns.

    Raises:
        RuleError: No such rule.

    Examples:
        >>> print(explain("MA201").splitlines()[0])
        MA201 Gap in instrument numbers (error)
    """
    known = find(rule_id)
    parts = [
        f"{known.id} {known.title} ({known.severity})",
        known.why,
        f"Authority: {known.authority}",
        f"How to fix it: {known.fix}",
    ]
    return "\n\n".join(fill(part, 80, break_on_hyphens=False) for part in parts)


def find(rule_id: str) -> Rule:
    """Return a rule by its id, in any case.

    Raises:
        RuleError: No such rule.
    """
    known = rules.get(rule_id.upper())
    if known is None:
        raise RuleError(f"{rule_id} is not a rule. The rules are {', '.join(sorted(rules))}.")
    return known
