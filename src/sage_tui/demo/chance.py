"""Chance that is the same everywhere: drawn from `random()` and `getrandbits` alone, which Python keeps stable."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def stream(seed: int, purpose: str) -> Random:
    """A stream of its own for each purpose: more users do not change the events' draws."""
    return Random(f"sage-tui demo {seed} {purpose}")


def pick(rng: Random, items: Sequence[Item]) -> Item:
    """One of the items."""
    return items[int(rng.random() * len(items))]


class Weighted:
    """Draws a place with the probability of its weight."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._edges = list(accumulate(weights))

    def draw(self, rng: Random) -> int:
        """A place in the weights."""
        return min(bisect_right(self._edges, rng.random() * self._edges[-1]), len(self._edges) - 1)


def normal(rng: Random) -> float:
    """A standard normal number (Box and Muller)."""
    return math.sqrt(-2.0 * math.log(1.0 - rng.random())) * math.cos(2.0 * math.pi * rng.random())


def heavy(rng: Random, median: float, spread: float) -> float:
    """A log-normal number: most are near the median, few are very large."""
    return median * math.exp(spread * normal(rng))


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to `total`, as near to the weights as can be."""
    whole = sum(weights) or 1.0
    exact = [total * weight / whole for weight in weights]
    numbers = [int(value) for value in exact]
    rest = sorted(range(len(weights)), key=lambda place: (numbers[place] - exact[place], place))
    for place in rest[: total - sum(numbers)]:
        numbers[place] += 1
    return numbers
