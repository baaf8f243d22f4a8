"""Weeks on the command line: `2026-W46`, or a day within."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from oseberg.health_model import Week


class WeekType(click.ParamType["Week"]):
    """The type of `--week`: gives the week that is named, or that a day lies in."""

    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Week:  # noqa: ANN401 - click's signature
        """Turn the text of an option into a week; a wrong one ends the command with status 2."""
        from oseberg.health_model import Week, WeekError

        try:
            return Week.parse(value)
        except WeekError as error:
            self.fail(str(error), param, ctx)


WEEK = WeekType()
