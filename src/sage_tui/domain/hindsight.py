"""What a month would have been under several policies, side by side, and who would have been stopped (see what_if)."""

import heapq
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sage_tui.domain.policies import Preset
from sage_tui.domain.units import Kind
from sage_tui.domain.what_if import Replay, Stopped

SHOWN = 1_000
"""People that are named of a policy: those of whom most was not served."""

AT_A_GLANCE = 20_000
"""Members up to which a page works it out unasked."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a month would have left of one kind, in tokens."""

    stranded: int
    """Allocated at the month's end and not used."""
    pool_left: int
    """The pool less what was allocated at the month's end; below 0 where it was over-committed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a month would have been; hours rounded up. Sums of tokens are of both kinds, `kinds` has each."""

    stopped_users: int
    stopped_hours: int
    bumps: int
    stranded: int
    pool_left: int
    kinds: Mapping[Kind, Left] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one kind: all that is kept of a replay when it is over."""

    kind: Kind
    stopped: "array[int]"
    """Who, by their numbers, in order."""
    minutes: int
    bumps: int
    stranded: int
    pool_left: int
    worst: tuple[Stopped, ...]


@dataclass(frozen=True, slots=True)
class StoppedPerson:
    """Somebody who would have been stopped. `day` is the UTC day since 1970; tokens; hours rounded up."""

    user_id: int
    email: str
    kind: Kind
    day: int
    unserved: int
    hours: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One policy of those that are compared."""

    preset: Preset
    holds: bool
    """It is the one that holds."""
    asked: bool
    """It is one that is looked at before it is saved."""
    outcome: Outcome
    people: tuple[StoppedPerson, ...] = ()
    """At most `SHOWN` rows, one a person and kind."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A month under several policies."""

    month: int
    used: bool
    """Was anything used in it?"""
    scenarios: tuple[Scenario, ...]

    @property
    def best(self) -> Scenario | None:
        """The policy that stops the fewest people, then for the fewest hours, then leaves the least idle; of equals the
        one that holds. None where nothing was used: nothing tells them apart."""
        if not self.used:
            return None
        return min(
            self.scenarios,
            key=lambda one: (
                one.outcome.stopped_users, one.outcome.stopped_hours, one.outcome.stranded, not one.holds,
            ),
            default=None,
        )  # fmt: skip


def part(replay: Replay, count: int = SHOWN) -> Part:
    """What came of one kind."""
    return Part(
        replay.kind,
        array("q", (one.user_id for one in replay.stopped())),
        sum(one.minutes for one in replay.stopped()),
        replay.bumps,
        replay.stranded,
        replay.pool_left,
        tuple(heapq.nsmallest(count, replay.stopped(), key=_worst)),
    )


def outcome(parts: Sequence[Part]) -> Outcome:
    """What came of all kinds together; whoever is stopped for two of them is one person."""
    return Outcome(
        stopped_users=sum(1 for _ in groupby(heapq.merge(*(one.stopped for one in parts)))),
        stopped_hours=hours(sum(one.minutes for one in parts)),
        bumps=sum(one.bumps for one in parts),
        stranded=sum(one.stranded for one in parts),
        pool_left=sum(one.pool_left for one in parts),
        kinds={one.kind: Left(one.stranded, one.pool_left) for one in parts},
    )


def worst(parts: Sequence[Part], count: int = SHOWN) -> tuple[Stopped, ...]:
    """Those of whom most was not served, that many; ties by their numbers."""
    return tuple(heapq.nsmallest(count, (one for part in parts for one in part.worst), key=_worst))


def hours(minutes: int) -> int:
    """Whole hours, rounded up."""
    return -(-minutes // 60)


def _worst(one: Stopped) -> tuple[int, int, str]:
    return -one.unserved, one.user_id, one.kind.value
