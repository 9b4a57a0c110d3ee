"""A small model of spending, in plain Python: what everybody's counters and limits should be after each act.

It knows nothing of counters, rows or statements: what was used is a sum over events, what is reserved a sum over holds.
"""

from dataclasses import dataclass, field

from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.policies import PRESETS, Preset, bumped, tier_of
from sage_tui.domain.spending import Stop
from sage_tui.domain.steps import Holds, Step, without
from sage_tui.domain.units import Kind

POLICY = PRESETS[Preset.STANDARD]
MINUTE = 60 * 1_000_000
Limit = tuple[str, Kind]


@dataclass
class Hold:
    """A reservation."""

    who: str
    kind: Kind
    estimate: int
    month: int
    expires: int
    status: str = "held"
    certainty: int = -1


@dataclass
class Use:
    """A call, and whether it was taken back."""

    who: str
    kind: Kind
    month: int
    charge: int
    reversed: bool = False


@dataclass
class Person:
    """A member."""

    number: int
    limits: dict[Kind, int]
    paid: bool = True
    banned: bool = False


@dataclass
class Model:
    """An organization."""

    now: int
    people: dict[str, Person]
    bought: dict[Kind, int]
    uses: dict[str, Use] = field(default_factory=dict)
    credits: list[Use] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    steps: dict[Limit, list[tuple[int, Step]]] = field(default_factory=dict)
    cooled: dict[tuple[str, Kind, int], int] = field(default_factory=dict)
    started: int = 0

    @property
    def month(self) -> int:
        return month_of(self.now)

    def used(self, who: str, kind: Kind, month: int) -> int:
        all_ = [*(one for one in self.uses.values() if not one.reversed), *self.credits]
        return sum(one.charge for one in all_ if (one.who, one.kind, one.month) == (who, kind, month))

    def pool_used(self, kind: Kind, month: int) -> int:
        return sum(self.used(who, kind, month) for who in self.people)

    def reserved(self, who: str, kind: Kind, month: int) -> int:
        mine = (one for one in self.holds.values() if (one.who, one.kind, one.month) == (who, kind, month))
        return sum(one.estimate for one in mine if one.status == "held")

    def allocated(self, kind: Kind) -> int:
        return sum(person.limits[kind] for person in self.people.values())

    # What happens by itself -------------------------------------------------------------------------------------------

    def due(self) -> None:
        """A month's start, at the first act: what held for the month that ended falls back."""
        if self.started < self.month:
            begin, end = month_start(self.started), month_start(self.month)
            for (who, kind), steps in self.steps.items():
                chain = [(at, step) for at, step in steps if at >= begin]
                ended = [n for n, (at, step) in enumerate(chain) if step.holds is Holds.MONTH and at < end]
                after = without([step for _, step in chain], ended) if ended else None
                if after is not None:
                    self.set(who, kind, after, "month_start")
        self.started = self.month

    def set(self, who: str, kind: Kind, after: int, rule: str) -> None:
        before = self.people[who].limits[kind]
        if before != after:
            self.people[who].limits[kind] = after
            self.steps.setdefault((who, kind), []).append((self.now, Step(before, after, rule)))

    def sweep(self) -> None:
        gone = {id: one for id, one in self.holds.items() if one.status == "held" and one.expires <= self.now}
        for id, one in gone.items():
            one.status = "expired"
            self.uses[id] = Use(one.who, one.kind, one.month, one.estimate)
        self.after([(one.who, one.kind, one.month) for one in gone.values()])

    def after(self, touched: list[tuple[str, Kind, int]]) -> dict[Limit, tuple[int, int]]:
        """What usage that was just written raises: one bump a person and kind."""
        limits = {(who, kind) for who, kind, month in touched if month == self.month}
        if limits:
            self.due()
        raised = {}
        for kind in Kind:
            for who in sorted((w for w, of in limits if of is kind), key=lambda w: self.people[w].number):
                change = self._bump(who, kind)
                if change:
                    raised[who, kind] = change
        return raised

    def _bump(self, who: str, kind: Kind) -> tuple[int, int] | None:
        person, used = self.people[who], self.used(who, kind, self.month)
        before = person.limits[kind]
        tier = tier_of(POLICY, used, before) if used > 0 else None
        if tier is None or not person.paid or person.banned:
            return None
        if self.cooled.get((who, kind, tier), -1) > self.now - POLICY.cooldown * MINUTE:
            return None
        room = self.bought[kind] - self.allocated(kind)
        after = bumped(
            POLICY, POLICY.tiers[tier], before, room=room, unallocated=room, in_tier=1, ceiling=POLICY.ceiling
        )
        if after == before:
            return None
        self.set(who, kind, after, "bump")
        self.cooled[who, kind, tier] = self.now
        return before, after

    # Acts -------------------------------------------------------------------------------------------------------------

    def record(self, id: str, who: str, kind: Kind, month: int, charge: int) -> tuple[int, int] | None:
        self.uses[id] = Use(who, kind, month, charge)
        return self.after([(who, kind, month)]).get((who, kind))

    def why_not(self, who: str, kind: Kind, estimate: int) -> Stop | None:
        """Why a reserve is refused; does what a reserve does first."""
        self.due()
        self.sweep()
        person = self.people[who]
        stands = self.used(who, kind, self.month) + self.reserved(who, kind, self.month)
        stops = {
            Stop.BANNED: person.banned,
            Stop.UNPAID: not person.paid,
            Stop.POOL: self.pool_used(kind, self.month) >= self.bought[kind],
            Stop.QUOTA: stands + estimate > person.limits[kind],
        }
        return next((stop for stop, holds in stops.items() if holds), None)

    def refused(self, id: str, who: str, kind: Kind) -> None:
        self.record(id, who, kind, self.month, 0)

    def settle(self, id: str, charge: int, certainty: int) -> bool:
        """Does it count?"""
        hold, before = self.holds[id], self.uses.get(id)
        corrected = before is not None and before.reversed
        if corrected or (hold.status == "settled" and certainty <= hold.certainty):
            return False
        self.uses[id] = Use(hold.who, hold.kind, hold.month, charge)
        hold.status, hold.certainty = "settled", certainty
        self.after([(hold.who, hold.kind, hold.month)])
        return True

    def release(self, id: str) -> bool:
        hold = self.holds[id]
        if hold.status != "held":
            return False
        hold.status = "released"
        self.uses[id] = Use(hold.who, hold.kind, hold.month, 0)
        self.after([(hold.who, hold.kind, hold.month)])
        return True
