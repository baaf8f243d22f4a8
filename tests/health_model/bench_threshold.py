"""Whether the threshold's verdict and intervals can be trusted: worlds without a signal, and worlds with a known truth.

Prints one Markdown table. In `null` worlds cancellations have nothing to do with scores; in `planted` ones companies
with a low score cancel far more often. Their truth is what many times as many companies of the same kind give.
"""

import sys
import time
from datetime import date, timedelta

import numpy as np
import pandas as pd

from oseberg.health_model import Threshold, find_threshold
from oseberg.health_model._churn.history import History
from oseberg.health_model._churn.panel import make_panel
from oseberg.health_model._churn.quality import auc
from oseberg.health_model._churn.threshold import choose, judge, split

PEERS: list[str] = []
COMPANIES, WEEKS, LEAD, HORIZON = 300, 120, 8, 13
TIMES_LARGER = 60  # for the truth: more would not fit a small machine
BORDER, USUAL, RAISED = 18.0, 0.002, 0.02  # cancellations a week above and below a score
MONDAY = date(2024, 1, 1)


def world(companies: int, seed: int, raised: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make companies whose scores wander, and who cancel about eight weeks after a week with a low one.

    Args:
        companies: How many.
        seed: Of the chances.
        raised: The chance of a cancellation in a week after a low score; `USUAL` means no signal.
    """
    random = np.random.default_rng(seed)
    scores = np.empty((WEEKS, companies))
    level, scores[0] = random.uniform(8, 55, companies), 0.0
    state = random.normal(0, 8, companies)
    for number in range(WEEKS):
        state = 0.9 * state + random.normal(0, 3.5, companies)
        scores[number] = np.clip(level + state + random.normal(0, 2, companies), 0, 100)
    cause = np.vstack([np.full((LEAD + 4, companies), 100.0), scores[: -(LEAD + 4)]])
    leaves = random.random((WEEKS, companies)) < np.where(cause <= BORDER, raised, USUAL)
    first = np.where(leaves.any(axis=0), leaves.argmax(axis=0), -1)
    weeks = [MONDAY + timedelta(weeks=number) for number in range(WEEKS)]
    row, column = np.nonzero((np.arange(WEEKS)[:, None] < first) | (first < 0))
    history = pd.DataFrame(
        {"group_id": column, "week": np.array(weeks, dtype=object)[row], "score": scores[row, column]}
    )
    gone = np.flatnonzero(first >= 0)
    return history, pd.DataFrame({"group_id": gone, "date": [weeks[first[place]] for place in gone]})


def truth(seed: int = 99) -> tuple[float, float, float]:
    """Return the best threshold, its lift in later weeks and the AUC there, of very many companies."""
    history, left = world(COMPANIES * TIMES_LARGER, seed, RAISED)
    panel = make_panel(History.read(history), left, LEAD, HORIZON, None)
    early, late = split(panel, LEAD + HORIZON)
    ones = np.ones(panel.companies)
    threshold = choose(early, ones, None)
    return threshold, judge(late, ones, threshold)[2], auc(late, ones)


def covered(found: Threshold, true: tuple[float, float, float]) -> list[bool]:
    """Whether the intervals of the threshold, the lift and the AUC hold the truth."""
    intervals = ((found.low, found.high), (found.lift_low, found.lift_high), (found.auc_low, found.auc_high))
    return [low <= value <= high for (low, high), value in zip(intervals, true, strict=True)]


def main() -> None:
    """Make the worlds, search, print."""
    nulls, planted = (int(text) for text in (sys.argv[1:3] or ("40", "30")))
    start = time.process_time()
    without = [find_threshold(*world(COMPANIES, seed, USUAL)) for seed in range(nulls)]
    true = truth()
    found = [find_threshold(*world(COMPANIES, 1000 + seed, RAISED)) for seed in range(planted)]
    hits = np.array([covered(each, true) for each in found]).sum(axis=0)
    usable = [sum(each.verdict == "usable threshold" for each in some) for some in (without, found)]
    print("| worlds of 300 companies, 120 weeks | count | goal |\n| --- | --- | --- |")
    print(f"| null worlds with a usable threshold | {usable[0]} of {nulls} | 0 |")
    print(f"| planted worlds with a usable threshold | {usable[1]} of {planted} | |")
    for name, count, value in zip(("threshold", "lift", "AUC"), hits.tolist(), true, strict=True):
        print(
            f"| 95 % interval of the {name} holds the truth, {value:.2f} | {count} of {planted} | at least 27 of 30 |"
        )
    print(f"| cancellations learned from, median | {np.median([each.cancellations for each in found]):.0f} | |")
    print(f"| processor seconds in all | {time.process_time() - start:.0f} | |")


if __name__ == "__main__":
    sys.exit(main())
