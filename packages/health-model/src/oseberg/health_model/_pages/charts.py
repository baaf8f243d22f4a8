"""Charts as inline SVG; their colors come from the page's style, and a table next to each has its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 120, 28, 2
BAR, GAP, TALLEST = 40, 8, 100


def sparkline(scores: Sequence[float], top: float, threshold: float) -> Markup:
    """Draw a company's weeks as one small line over the threshold; a week without a score is a gap."""
    step = (WIDTH - 2 * EDGE) / max(len(scores) - 1, 1)
    places = [(EDGE + number * step, height(score, top)) for number, score in enumerate(scores)]
    runs: list[list[str]] = [[]]
    for (x, y), score in zip(places, scores, strict=True):
        if np.isnan(score):
            runs.append([])
        else:
            runs[-1].append(f"{x:.1f},{y:.1f}")
    lines = Markup("").join(Markup('<polyline points="{}"/>').format(" ".join(run)) for run in runs if len(run) > 1)
    known = [(place, score) for place, score in zip(places, scores, strict=True) if not np.isnan(score)]
    (x, y), last = known[-1]
    text = f"{len(known)} weeks, from {known[0][1]:.1f} to {last:.1f}"
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><line x1="0" x2="{}" y1="{}" y2="{}"/>{}'
        '<circle cx="{}" cy="{}" r="2"/></svg>'
    ).format(WIDTH, HEIGHT, text, WIDTH, *[f"{height(threshold, top):.1f}"] * 2, lines, f"{x:.1f}", f"{y:.1f}")


def height(score: float, top: float) -> float:
    """Return a score's vertical place."""
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * score / top


def histogram(counts: Sequence[int]) -> Markup:
    """Draw bars side by side; the table beside them names their ranges."""
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
