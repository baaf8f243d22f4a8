"""Charts as inline SVG: their colors come from the page's style, and a table next to each has its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BAR, GAP, TALLEST = 40, 8, 100
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 260, 36, 44, 12, 28
TICKS = 4
LABELS = 6  # dates below the axis: more run into each other on a laptop
STEPS = (1, 2, 2.5, 5, 10)


def nice_top(largest: float) -> float:
    """Return a round number at or above the largest value, so that the axis has round ticks."""
    least = max(largest, 1.0) / TICKS
    size = 10.0 ** np.floor(np.log10(least))
    return float(next(step for step in STEPS if step * size >= least - 1e-9) * size * TICKS)


def fleet_chart(weeks: Sequence[Week], lines: dict[str, Floats], lost: set[int], declines: set[int]) -> Markup:
    """Draw the fleet's weeks: scores on the left axis, adoption in percent on the right, dates below.

    Args:
        weeks: The weeks, oldest first.
        lines: `score` and `active_score` (points) and `adoption` (0 to 1), one value per week.
        lost: Places of weeks without tracking: shaded, and no line crosses them.
        declines: Places of weeks in which the fleet declined: marked with a dashed line.
    """
    top = nice_top(float(np.nanmax([*lines["score"], *lines["active_score"], 1.0])))
    step = (WIDTH - LEFT - RIGHT) / max(len(weeks) - 1, 1)
    parts = [axes(top, weeks, step)]
    for place in sorted(lost):
        x = max(LEFT, LEFT + step * place - step / 2)
        parts.append(
            Markup('<rect class="gap" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
                x, TOP, min(step, WIDTH - RIGHT - x), HEIGHT - TOP - BOTTOM
            )
        )
    for place in sorted(declines):
        x = LEFT + step * place
        parts.append(
            Markup('<line class="fell" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>').format(x, TOP, HEIGHT - BOTTOM)
        )
    for name, values in lines.items():
        scaled = values / (1.0 if name == "adoption" else top)
        parts.append(line(name, np.where(np.isin(np.arange(len(values)), list(lost)), np.nan, scaled), step))
    label = f"Mean score, adoption and mean of active users over {len(weeks)} weeks; the table below has the numbers."
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join(parts)
    )


def axes(top: float, weeks: Sequence[Week], step: float) -> Markup:
    """Draw the grid with points on the left, percent on the right and dates below."""
    parts = []
    for tick in range(TICKS + 1):
        y = height(tick / TICKS)
        parts.append(
            Markup(
                '<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                '<text class="left" x="{3}" y="{4:.1f}">{5:g}</text>'
                '<text x="{6}" y="{4:.1f}">{7:.0f} %</text>'
            ).format(LEFT, WIDTH - RIGHT, y, LEFT - 6, y + 4, top * tick / TICKS, WIDTH - RIGHT + 6, 100 * tick / TICKS)
        )
    every = max(1, -(-len(weeks) // LABELS))
    for place in range((len(weeks) - 1) % every, len(weeks), every):
        monday = weeks[place].monday
        parts.append(
            Markup('<text class="date" x="{:.1f}" y="{}">{} {:%b}</text>').format(
                LEFT + step * place, HEIGHT - 8, monday.day, monday
            )
        )
    return Markup("").join(parts)


def line(name: str, shares: Floats, step: float) -> Markup:
    """Draw a line of shares of the axis, with a gap where one is unknown."""
    runs: list[list[str]] = [[]]
    for place, share in enumerate(shares.tolist()):
        if np.isnan(share):
            runs.append([])
        else:
            runs[-1].append(f"{LEFT + step * place:.1f},{height(share):.1f}")
    drawn = Markup("").join(
        Markup('<polyline class="{}" points="{}"/>').format(name, " ".join(run)) for run in runs if len(run) > 1
    )
    dots = [run[0].split(",") for run in runs if len(run) == 1]  # a week between two gaps
    return drawn + Markup("").join(
        Markup('<circle class="{}" cx="{}" cy="{}" r="2"/>').format(name, *dot) for dot in dots
    )


def height(share: float) -> float:
    """Return the vertical place of a share of the axis."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def histogram(counts: Sequence[int]) -> Markup:
    """Draw bars side by side; the table next to them names their ranges."""
    most = max([*counts, 1])
    bars = Markup("").join(
        Markup('<rect x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
            number * (BAR + GAP), TALLEST * (1 - count / most), BAR, TALLEST * count / most
        )
        for number, count in enumerate(counts)
    )
    return Markup('<svg class="bars" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        len(counts) * (BAR + GAP) - GAP, TALLEST, bars
    )
