"""The documentation page of the rules, written from the registry."""

from __future__ import annotations

from typing import Any

from oseberg.maze_authority._check import check
from oseberg.maze_authority._records.sample import sample_record
from oseberg.maze_authority._registry import Example, Rule
from oseberg.maze_authority._registry import rules as registry
from oseberg.maze_authority._result import Result

HEAD = """# The rules of the completeness checks

This page is generated from the rules: `oseberg county check --rules > docs/rules.md`.
Each example below is executed when the page is written. An unwaived error or fatal finding fails the delivery
(status 3); a warning does not. A rule whose input is missing is *not run*, which is shown and does not count as passed.

| rule | broken when | severity | judged by |
|---|---|---|---|
"""


def run_example(rule: Rule, example: Example) -> Result:
    """Check an example with its rule alone (the rule on waivers needs the others)."""
    records = [sample_record(**changes) for changes in example.records]
    picked = None if rule.id == "MA990" else [rule.id]
    return check(records, **example.inputs, rules=picked)


def rules_page() -> str:
    """Write the documentation page of the rules, and execute every example on the way.

    Returns:
        Markdown: a table of all rules, then each with its reason, authority, fix and the message of its example.
    """
    rules = [registry[name] for name in sorted(registry)]
    table = "".join(
        f"| [{one.id}](#{one.id.lower()}) | {one.title} | {one.severity} | {one.scope} |\n" for one in rules
    )
    return HEAD + table + "".join(section(one) for one in rules)


def section(one: Rule) -> str:
    """Describe one rule."""
    found = run_example(one, one.failing).findings
    message = found.loc[found["rule"] == one.id, "message"].iloc[0]
    needs = f"- Needs: {', '.join(NEEDS[need] for need in one.needs)}\n" if one.needs else ""
    return (
        f"\n## {one.id}\n\n**{one.title}** ({one.severity})\n\n{one.why}\n\n"
        f"- Authority: {one.authority}\n- How to fix it: {one.fix}\n{needs}- Example: {message}\n"
    )


NEEDS: dict[str, Any] = {
    "images": "the delivered images",
    "digests": "the delivered images with digests of their bytes",
    "history": "the records of an earlier delivery",
    "summary": "the parser's summary.json",
    "waivers": "waivers",
    "complete_series": "a vendor who delivers every instrument",
}
