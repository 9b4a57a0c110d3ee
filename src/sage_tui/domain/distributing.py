"""What each distribution action means: from people as they stand to the rows of a plan (product.md, "Token
Distribution"). Pure; whole tokens; people come in the order of their numbers, which is how ties are broken.

Floors take what the cap leaves, in that order. Sharing out goes by largest remainder (domain/sharing), by use weighs by
the tokens of the last 30 days. Rebalance reclaims and shares out by use what it took, not to those it lowered, and to
nobody so much that the same rule would take it back: done twice, it changes nothing the second time.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sage_tui.domain.members import Proposed
from sage_tui.domain.plans import Field, State
from sage_tui.domain.policies import Reclamation, reclaimed
from sage_tui.domain.sharing import NO_CEILING, shared_out


class Action(StrEnum):
    """What an administrator distributes by hand, or the schedule by itself."""

    APPLY_FLOORS = "apply-floors"
    SHARE_EVENLY = "share-evenly"
    SHARE_BY_USE = "share-by-use"
    RECLAIM = "reclaim"
    REBALANCE = "rebalance"


SHARING = frozenset({Action.SHARE_EVENLY, Action.SHARE_BY_USE})
USE_DAYS = 30
"""Days by which sharing out weighs."""


class Person(NamedTuple):
    """A member as distribution sees them, for one kind. Tokens; an allocation of None is unset."""

    user_id: int
    allocation: int | None
    used: int
    """This month."""
    weight: int
    """Tokens of the last 30 days."""
    idle_days: int
    spends: bool
    """Paid and not banned: who may not spend is given nothing."""
    pinned: bool
    no_reclaim: bool
    floor: int
    ceiling: int
    """`NO_CEILING` is unlimited."""
    reclamation: Reclamation
    own_floor: bool = False
    """The floor is their own, by an exception."""

    @property
    def floor_rule(self) -> str:
        """The code of a step to the floor: whose it is."""
        return "floors:own" if self.own_floor else "floors"

    @property
    def present(self) -> int:
        """The allocation, unset as 0."""
        return self.allocation or 0


@dataclass(frozen=True, slots=True)
class Ground:
    """What an action starts from, of one kind. Tokens; `day` is the UTC day of the month, from 1 on."""

    cap_room: int
    """What the cap leaves; below 0 where allocations stand above it."""
    unallocated: int
    day: int
    amount: int | None = None
    """How much to share out; None is all that there is."""
    not_for: int | None = None
    """Who is given nothing: nobody raises their own allocation."""

    @property
    def to_share(self) -> int:
        """The smaller of what the cap leaves and the unallocated, never below 0; or the amount asked for, if smaller.

        >>> Ground(cap_room=50, unallocated=-3, day=1).to_share, Ground(cap_room=9, unallocated=90, day=1).to_share
        (0, 9)
        """
        most = max(min(self.cap_room, self.unallocated), 0)
        return most if self.amount is None else min(self.amount, most)


def proposed(action: Action, people: Iterable[Person], of: Field, ground: Ground) -> Iterator[Proposed]:
    """The rows of an action over people in order."""
    match action:
        case Action.APPLY_FLOORS:
            yield from _floors(people, of, ground)
        case Action.SHARE_EVENLY | Action.SHARE_BY_USE:
            claims = _Claims(by_use=action is Action.SHARE_BY_USE)
            for person in people:
                claims.take_in(person, ground.not_for)
            yield from claims.shared(ground.to_share, of, action.value.replace("-", "_"))
        case Action.RECLAIM | Action.REBALANCE:
            yield from _reclaim(people, of, ground, share=action is Action.REBALANCE)


def _floors(people: Iterable[Person], of: Field, ground: Ground) -> Iterator[Proposed]:
    room = max(ground.cap_room, 0)
    for person in people:
        wanted = person.floor if person.ceiling == NO_CEILING else min(person.floor, person.ceiling)
        if not person.spends or (person.allocation is not None and person.allocation >= wanted):
            continue
        why = ""
        if person.pinned:
            why = "pinned"
        elif person.user_id == ground.not_for:
            why = "self_raise"
        elif wanted - person.present > room:
            why = "pool_too_small"
        if why:
            yield Proposed(
                person.user_id, of, person.allocation, person.allocation, person.floor_rule, State.SKIPPED, why
            )
        else:
            room -= wanted - person.present
            yield Proposed(person.user_id, of, person.allocation, wanted, person.floor_rule)


def _reclaim(people: Iterable[Person], of: Field, ground: Ground, *, share: bool) -> Iterator[Proposed]:
    claims = _Claims(by_use=True)
    taken = 0
    for person in people:
        made = lowered(person, of, ground.day)
        if made is not None:
            yield made
            if made.state is State.IN:
                taken += person.present - int(made.after or 0)
        elif share:
            claims.take_in(person, ground.not_for, ground.day)
    if share:
        # Above its cap, or over-committed, a pool first gets back what is missing.
        possible = min(taken, max(min(ground.cap_room, ground.unallocated) + taken, 0))
        yield from claims.shared(possible, of, "rebalance")


def lowered(person: Person, of: Field, day: int) -> Proposed | None:
    """The row of somebody whose allocation is reclaimed, or who is excepted from it; None where nothing is idle."""
    if person.allocation is None:
        return None
    rule, used = person.reclamation, person.used
    left = reclaimed(rule, person.allocation, used, person.floor, idle_days=person.idle_days, day=day)
    if left is None:
        return None
    why = "pinned" if person.pinned else "exempt" if person.no_reclaim else ""
    if why:
        return Proposed(person.user_id, of, person.allocation, person.allocation, "reclaim", State.SKIPPED, why)
    because = (
        f"idle:{person.idle_days}"
        if person.idle_days >= rule.idle_days
        else f"used:{used * 1_000 // person.allocation}:{rule.by_day}"
    )
    to = "floor" if left == person.floor else f"keep:{rule.keep}"
    return Proposed(person.user_id, of, person.allocation, left, f"reclaim:{because}:{to}")


@dataclass(slots=True)
class _Claims:
    """Who takes part in sharing out, in arrays: there may be a million."""

    by_use: bool
    people: "array[int]" = field(default_factory=lambda: array("q"))
    present: "array[int]" = field(default_factory=lambda: array("q"))
    weights: "array[int]" = field(default_factory=lambda: array("q"))
    rooms: "array[int]" = field(default_factory=lambda: array("q"))

    def take_in(self, person: Person, not_for: int | None, day: int | None = None) -> None:
        """Let somebody take part, if they may. With a `day`, only as far as reclaiming would not take it back."""
        weight = max(person.weight, 0) if self.by_use else 1
        if not person.spends or person.pinned or not weight or person.user_id == not_for:
            return
        room = NO_CEILING if person.ceiling == NO_CEILING else max(person.ceiling - person.present, 0)
        if day is not None and not person.no_reclaim:
            most = _stays(person, day)
            if most is not None:
                room = max(most - person.present, 0) if room == NO_CEILING else max(min(room, most - person.present), 0)
        if room:
            self.people.append(person.user_id)
            self.present.append(-1 if person.allocation is None else person.allocation)
            self.weights.append(weight)
            self.rooms.append(room)

    def shared(self, amount: int, of: Field, rule: str) -> Iterator[Proposed]:
        """The rows: nobody who gets nothing has one."""
        parts = shared_out(amount, self.weights, self.rooms)
        for place, part in enumerate(parts):
            if part:
                before = None if self.present[place] < 0 else self.present[place]
                code = f"{rule}:{self.weights[place]}" if self.by_use else rule
                yield Proposed(self.people[place], of, before, (before or 0) + part, code)


def _stays(person: Person, day: int) -> int | None:
    """The largest allocation that reclaiming would leave alone on this day; None is any.

    >>> someone = Person(1, 500, 60, 60, 0, True, False, False, 100, NO_CEILING, Reclamation())
    >>> _stays(someone, 20), _stays(someone, 19), _stays(someone._replace(idle_days=14), 3)
    (600, None, 100)
    """
    rule = person.reclamation
    if person.idle_days >= rule.idle_days:
        return max(person.floor, -(-person.used * rule.keep // 1_000))
    if day >= rule.by_day and rule.under:
        return max(person.used * 1_000 // rule.under, person.floor)
    return None
