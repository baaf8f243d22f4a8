"""What every HTML page shares: escaping templates, one look, and a Content-Security-Policy (CSP).

This module and `house.css` are the same text in every package that writes pages; a test of the repository compares
the copies.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOOK = Path(__file__).with_name("house.css")


def render_page(
    template: Path,
    values: Mapping[str, Any],
    *,
    style: str = "",
    script: str = "",
    filters: Mapping[str, Callable[..., object]] | None = None,
) -> str:
    """Fill a template with values, every one of them escaped: customers and vendors choose their own names.

    The template writes `{{ policy }}`, `{{ style }}` and `{{ script }}` where these belong: the
    Content-Security-Policy, which allows exactly this style and this script by their hashes and nothing else, and the
    two texts.

    Args:
        template: The file of the template; it may extend or include others in its folder.
        values: What the template shows.
        style: The page's own rules, added to those of `house.css`.
        script: The page's own script, or none.
        filters: Functions that the template uses on values.

    Returns:
        The page as text.

    Raises:
        jinja2.UndefinedError: The template shows a value that is missing.
    """
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters or {})
    look = LOOK.read_text(encoding="utf-8") + style
    return environment.get_template(template.name).render(
        **values,
        policy=content_policy(look, script),
        style=Markup(look),  # noqa: S704 - our own files, not data
        script=Markup(script),  # noqa: S704 - our own files, not data
    )


def content_policy(style: str, script: str = "") -> str:
    """Return the Content-Security-Policy of a page with one inline style and at most one inline script.

    Args:
        style: The text between `<style>` and `</style>`, to the letter.
        script: The text between `<script>` and `</script>`, to the letter; empty if the page has none.

    Returns:
        The value of the policy: nothing may be loaded, and only these two texts apply.
    """
    allowed = [f"style-src {_source(style)}", *([f"script-src {_source(script)}"] if script else [])]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
