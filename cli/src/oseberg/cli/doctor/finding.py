"""A finding of `oseberg doctor`: one line of its report."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAULT = "ok", "warning", "fault"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        area: What was looked at, such as `database`.
        state: `ok`, `warning` or `fault`.
        message: What was found.
        fix: How to fix it; empty when nothing is wrong.
    """

    area: str
    state: str
    message: str
    fix: str = ""
