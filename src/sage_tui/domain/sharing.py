"""Sharing tokens out: parts that are whole and sum to the whole, by largest remainder (Hamilton's method)."""

from collections.abc import Sequence
from dataclasses import dataclass


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in parts by weight: whole, summing to it; what is left over goes to the largest remainders, ties to the
    first. Nothing weighs anything: nobody gets anything.

    >>> shares(100, [1, 1, 1]), shares(10, [3, 0, 1]), shares(5, [0, 0])
    ([34, 33, 33], [8, 0, 2], [0, 0])
    """
    total = sum(weights)
    if total <= 0 or amount <= 0:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in remainders[: amount - sum(parts)]:
        parts[place] += 1
    return parts


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody who takes part. `room` is how much they can take at most (None: no ceiling), `weight` their part."""

    weight: int
    room: int | None = None


def shared_out(amount: int, claims: Sequence[Claim]) -> list[int]:
    """What each gets of `amount`, none above their room; what a full one cannot take goes to the others, again by
    weight. The sum is `amount`, or less where everybody is full.

    >>> shared_out(100, [Claim(1, 10), Claim(1), Claim(2)])
    [10, 30, 60]
    >>> shared_out(100, [Claim(1, 10), Claim(1, 20)])
    [10, 20]
    """
    given = [0] * len(claims)
    left = max(amount, 0)
    taking = [
        place for place, claim in enumerate(claims) if claim.weight > 0 and (claim.room is None or claim.room > 0)
    ]
    while left and taking:
        parts = shares(left, [claims[place].weight for place in taking])
        full = [
            place
            for place, part in zip(taking, parts, strict=True)
            if (room := claims[place].room) is not None and given[place] + part >= room
        ]
        if not full:
            for place, part in zip(taking, parts, strict=True):
                given[place] += part
            return given
        for place in full:
            room = claims[place].room
            assert room is not None
            left -= room - given[place]
            given[place] = room
        taking = [place for place in taking if place not in set(full)]
    return given
