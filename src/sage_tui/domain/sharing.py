"""Sharing tokens out: parts that are whole and sum to the whole, by largest remainder (Hamilton's method).

Weights and rooms are plain sequences of whole numbers, one a person: there may be a million of them.
"""

from collections.abc import Sequence

NO_CEILING = -1
"""A room without end."""


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
    over = amount - sum(parts)
    if over:
        # The sort is stable: among equal remainders the first comes first.
        order = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % total))
        for place in order[:over]:
            parts[place] += 1
    return parts


def shared_out(amount: int, weights: Sequence[int], rooms: Sequence[int]) -> list[int]:
    """What each gets of `amount` by weight, none above their room (`NO_CEILING`: as much as there is).

    What a full one cannot take goes to the others, again by weight. The sum is `amount`, or less where all are full.

    >>> shared_out(100, [1, 1, 2], [10, NO_CEILING, NO_CEILING])
    [10, 30, 60]
    >>> shared_out(100, [1, 1], [10, 20])
    [10, 20]
    """
    given = [0] * len(weights)
    taking = [place for place in range(len(weights)) if weights[place] > 0 and rooms[place] != 0]
    left, taking = _filled(max(amount, 0), weights, rooms, taking, given)
    for place, part in zip(taking, shares(left, [weights[place] for place in taking]), strict=True):
        given[place] = part
    return given


def _filled(
    left: int, weights: Sequence[int], rooms: Sequence[int], taking: list[int], given: list[int]
) -> tuple[int, list[int]]:
    """Give those whose part is at least their room just that; what is left then, and for whom.

    Whose exact part stays below their room cannot pass it by the one token that a largest remainder brings.
    """
    total = sum(weights[place] for place in taking)
    # Those who are full first come first, so that one pass finds nearly all of them; the passes after it are exact.
    taking.sort(key=lambda place: rooms[place] / weights[place] if rooms[place] != NO_CEILING else float("inf"))
    while True:
        others = []
        for place in taking:
            room = rooms[place]
            if room != NO_CEILING and room * total <= left * weights[place]:
                given[place] = room
                left -= room
                total -= weights[place]
            else:
                others.append(place)
        if len(others) == len(taking):
            return left, sorted(others)
        taking = others
