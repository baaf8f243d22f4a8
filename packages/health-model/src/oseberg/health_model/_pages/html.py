"""Formats numbers and weeks for our pages, and fills their templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from oseberg.health_model._explain.reasons import spelled
from oseberg.health_model._html import render_page
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPLATES = Path(__file__).with_name("templates")
SCRIPTS = ("base", "users", "companies", "alarms", "portfolio", "fleet", "sorting", "start")
"""The parts of the page's script, in order; the last one starts it."""
UNKNOWN = "\N{EN DASH}"


def render(name: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Fill one of our templates with values; see `render_page` for what protects the reader."""
    parts = SCRIPTS if name == "report.html" else ()
    script = "".join((TEMPLATES / "report" / f"{part}.js").read_text(encoding="utf-8") for part in parts)
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return render_page(TEMPLATES / name, values, style=style, script=script, filters=FILTERS)


def points(value: float | None) -> str:
    """Show a score with two decimals."""
    return UNKNOWN if value is None or pd.isna(value) else f"{half_up(value):.2f}"


def change(value: float | None) -> str:
    """Show a change with its sign."""
    if value is None or pd.isna(value):
        return UNKNOWN
    text = f"{half_up(value):+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "\N{MINUS SIGN}")


def account_link(group: object) -> str:
    """Return the address of an account's page within the page."""
    return f"#account-{quote(str(group), safe='')}"


def percent(value: float | None) -> str:
    """Show a share in whole percent."""
    return UNKNOWN if value is None or pd.isna(value) else f"{half_up(100 * value, 0):.0f}\N{NO-BREAK SPACE}%"


def whole(number: float | None) -> str:
    """Show how many there are; a count of a week without scores is unknown."""
    return UNKNOWN if number is None or pd.isna(number) else f"{number:,.0f}"


def day(week: Week) -> str:
    """Name a week by its Monday, short."""
    return f"{week.monday.day} {week.monday:%b}"


FILTERS: dict[str, Callable[..., object]] = {
    "account_link": account_link,
    "points": points,
    "change": change,
    "percent": percent,
    "day": day,
    "spelled": spelled,
    "count": whole,
}
