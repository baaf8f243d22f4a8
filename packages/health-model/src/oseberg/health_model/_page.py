"""What the HTML pages share: a template engine that escapes, our own style, a policy that forbids anything else."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from oseberg.health_model._diagnosis import spelled
from oseberg.health_model._rounding import half_up

if TYPE_CHECKING:
    from oseberg.health_model._week import Week

TEMPLATES = Path(__file__).with_name("templates")
UNKNOWN = "\N{EN DASH}"


def render_page(name: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Fill a template; every value is escaped, since customers choose their own names.

    The page's Content-Security-Policy allows its own style and script by their hashes, and nothing else.
    """
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        points=points, change=change, percent=percent, day=day, spelled=spelled, count="{:,}".format
    )
    style, script = (read(asset) for asset in ("report.css", "report.js"))
    return environment.get_template(name).render(
        style=Markup(style),  # noqa: S704 - our own file, not data
        script=Markup(script),  # noqa: S704 - our own file, not data
        style_hash=content_hash(style),
        script_hash=content_hash(script),
        **values,
    )


def read(name: str) -> str:
    """Read a packaged file."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """Give a Content-Security-Policy source for an inline style or script."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def points(value: float | None) -> str:
    """Show a score with two decimals."""
    return UNKNOWN if value is None or pd.isna(value) else f"{half_up(value):.2f}"


def change(value: float | None) -> str:
    """Show a change with its sign."""
    if value is None or pd.isna(value):
        return UNKNOWN
    text = f"{half_up(value):+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "\N{MINUS SIGN}")


def percent(value: float | None) -> str:
    """Show a share in whole percent."""
    return UNKNOWN if value is None or pd.isna(value) else f"{half_up(100 * value, 0):.0f}\N{NO-BREAK SPACE}%"


def day(week: Week) -> str:
    """Name a week by its Monday, short."""
    return f"{week.monday.day} {week.monday:%b}"
