"""Random choices made from `random()` alone, whose stream Python promises to keep for a seed."""

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A seeded source of choices that gives the same world on every Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def happens(self, probability: float) -> bool:
        return self._random() < probability

    def below(self, n: int) -> int:
        return int(self._random() * n)

    def one(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def some(self, items: Sequence[T], n: int) -> list[T]:
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(min(n, len(left)))]

    def count(self, mean: float) -> int:
        """Draw from a Poisson distribution (Knuth's product of uniforms; the means here are small)."""
        limit, product, drawn = math.exp(-mean), self._random(), 0
        while product > limit:
            product *= self._random()
            drawn += 1
        return drawn

    def code(self, alphabet: str, length: int) -> str:
        return "".join(self.one(alphabet) for _ in range(length))
