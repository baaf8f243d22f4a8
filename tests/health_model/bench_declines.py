"""How often a decline of the fleet is named in time, and how often without a reason, by simulation.

Prints one Markdown table: made-up fleets whose use falls by a tenth in one week and stays there, and years without any
change. `regular` companies each stray around a level of their own, `on and off` ones use the product in 30 to 50 % of
the weeks, and `mixed` fleets are half regular, a quarter in most weeks, and a quarter never.
"""

import sys
from collections.abc import Callable

import numpy as np

from oseberg.health_model._churn.fleet import find_declines

PEERS: list[str] = []
WORLDS, FALL, AT, WEEKS, A_YEAR = 100, 0.1, 20, 24, 52
Floats = np.ndarray
Maker = Callable[[int, int, np.random.Generator], Floats]


def regular(spread: float) -> Maker:
    """Make companies that each stray around a level of their own."""

    def make(weeks: int, companies: int, random: np.random.Generator) -> Floats:
        return random.uniform(5, 60, companies) * np.maximum(random.normal(1, spread, (weeks, companies)), 0)

    return make


def on_and_off(
    weeks: int, companies: int, random: np.random.Generator, lowest: float = 0.3, most: float = 0.5
) -> Floats:
    """Make companies that use the product in some of the weeks at random."""
    share, level = random.uniform(lowest, most, companies), random.uniform(10, 60, companies)
    use = level * random.uniform(0.7, 1.3, (weeks, companies))
    return np.where(random.random((weeks, companies)) < share, use, 0.0)


def mixed(weeks: int, companies: int, random: np.random.Generator) -> Floats:
    """Make a fleet as real ones are: some regular, some now and then, some never."""
    half, quarter = companies // 2, companies // 4
    often = on_and_off(weeks, quarter, random, 0.4, 0.9)
    return np.hstack([regular(0.3)(weeks, half, random), often, np.zeros((weeks, companies - half - quarter))])


FLEETS: dict[str, Maker] = {
    "regular, straying by 15 %": regular(0.15),
    "regular, straying by 25 %": regular(0.25),
    "regular, straying by 40 %": regular(0.4),
    "mixed": mixed,
    "on and off": on_and_off,
}


def named_in_time(make: Maker, companies: int, worlds: int, fall: float = FALL) -> float:
    """Return the share of worlds in which a fall was named in its first or second week."""
    hits = 0
    for seed in range(worlds):
        scores = make(WEEKS, companies, np.random.default_rng(seed))
        scores[AT:] *= 1 - fall
        named = {decline.place for decline in find_declines(scores, np.zeros(WEEKS, dtype=np.int64))}
        hits += bool(named & {AT, AT + 1})
    return hits / worlds


def false_alarms(make: Maker, companies: int, worlds: int) -> list[int]:
    """Return how many declines were named in each year without a change."""
    years = (make(A_YEAR, companies, np.random.default_rng(1000 + seed)) for seed in range(worlds))
    return [len(find_declines(scores, np.zeros(A_YEAR, dtype=np.int64))) for scores in years]


def main() -> None:
    """Simulate, print."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    print("| fleet | companies | a fall of 10 % is named in week 1 or 2 | false in 52 weeks | most in a year |")
    print("| --- | --- | --- | --- | --- |")
    for name, make in FLEETS.items():
        for companies in (100, 200, 500):
            false = false_alarms(make, companies, worlds)
            hits = named_in_time(make, companies, worlds)
            print(f"| {name} | {companies} | {hits:.0%} | {np.mean(false):.2f} | {max(false)} |")


if __name__ == "__main__":
    sys.exit(main())
