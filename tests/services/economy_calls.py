"""Calls as acts of the economy's machine: recorded, reserved, settled, released, corrected, and policies that change.

A ledger in plain Python keeps what everybody used in which month and what is held; what a call raises is a bump.
"""

import itertools
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from sage_tui.domain.corrections import Reverse
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.months import month_of
from sage_tui.domain.spending import Ask, Certainty, Settlement
from sage_tui.domain.units import Kind
from sage_tui.services import corrections, policies, usage
from tests.support.world import World

OF = Kind.INFERENCE
TTL = 10 * 60 * 1_000_000
NAMES = "abcd"
_ids = itertools.count(1)

somebody = st.sampled_from(NAMES)
charges = st.sampled_from([1, 100_000, 450_000, 900_000])


@dataclass
class Hold:
    """A reservation that is open."""

    who: str
    estimate: int
    month: int
    expires: int


@dataclass
class Ledger:
    """What was used, by person and month, and what is held."""

    used: dict[tuple[str, int], int] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    calls: list[tuple[str, str, int, int]] = field(default_factory=list)
    """Recorded and not taken back: its key, whose, its month, its charge."""

    def use(self, who: str, month: int, charge: int) -> None:
        self.used[who, month] = self.used.get((who, month), 0) + charge

    def reserved(self, who: str, month: int) -> int:
        return sum(one.estimate for one in self.holds.values() if (one.who, one.month) == (who, month))

    def expire(self, now: int) -> bool:
        """What was never settled is charged as it was held. Was there any?"""
        gone = [id for id, one in self.holds.items() if one.expires <= now]
        for id in gone:
            one = self.holds.pop(id)
            self.use(one.who, one.month, one.estimate)
        return bool(gone)


class Calls(RuleBasedStateMachine):
    """The rules; the machine has the limits and what time does (`due`), and takes in what rose by itself (`rose`)."""

    world: World
    org: int
    ledger: Ledger

    def email(self, name: str) -> str:
        raise NotImplementedError

    def due(self) -> None:
        raise NotImplementedError

    def rose(self) -> None:
        raise NotImplementedError

    def _month(self) -> int:
        return month_of(self.world.clock.now())

    @rule(name=somebody, tokens=charges)
    def use(self, name: str, tokens: int) -> None:
        self.due()
        id = f"economy {next(_ids)}"
        self.world.record(self.world.usage(id, self.email(name), tokens), organization_id=self.org)
        self.ledger.use(name, self._month(), tokens)
        self.ledger.calls.append((id, name, self._month(), tokens))
        self.rose()

    @rule(name=somebody, estimate=charges)
    def reserve(self, name: str, estimate: int) -> None:
        self.due()
        limit, month = self.limit_of(name), self._month()
        taken = self.ledger.used.get((name, month), 0) + self.ledger.reserved(name, month)
        answer = usage.reserve(self.world.host, Ask(self.email(name), OF, "gpt", completion=estimate))
        if answer.allowed:
            assert taken + estimate <= (limit or 0)
            held = Hold(name, estimate, month, self.world.clock.now() + TTL)
            self.ledger.holds[answer.reservation or ""] = held
        elif (answer.reason or "").startswith("quota"):
            assert taken + estimate > (limit or 0)
        self.rose()

    def limit_of(self, name: str) -> int | None:
        raise NotImplementedError

    @rule(back=st.integers(0, 3), charge=charges)
    def settle(self, back: int, charge: int) -> None:
        self.due()
        if held := self._held(back):
            id, one = held
            usage.settle(self.world.host, id, Settlement(charge, 0, certainty=Certainty.FINAL))
            del self.ledger.holds[id]
            self.ledger.use(one.who, one.month, charge)
            self.rose()

    @rule(back=st.integers(0, 3))
    def release(self, back: int) -> None:
        self.due()
        if held := self._held(back):
            usage.release(self.world.host, held[0])
            del self.ledger.holds[held[0]]

    def _held(self, back: int) -> tuple[str, Hold] | None:
        listed = list(self.ledger.holds.items())
        return listed[-1 - back % len(listed)] if listed else None

    @rule(name=somebody, amount=charges)
    def credit(self, name: str, amount: int) -> None:
        self.due()
        used = self.ledger.used.get((name, self._month()), 0)
        try:
            corrections.credit(self.world.host.because("x"), self.email(name), OF, amount)
            assert amount <= used
            self.ledger.use(name, self._month(), -amount)
        except Refused:
            assert amount > used

    @rule(back=st.integers(0, 3))
    def reverse(self, back: int) -> None:
        """Take a call back; more than is left of what was used is refused."""
        self.due()
        if not self.ledger.calls:
            return
        at = -1 - back % len(self.ledger.calls)
        id, name, month, charge = self.ledger.calls[at]
        try:
            corrections.reverse(self.world.host.because("x"), Reverse(external_id=id))
            assert charge <= self.ledger.used[name, month]
            self.ledger.use(name, month, -charge)
            del self.ledger.calls[at]
        except Refused:
            assert charge > self.ledger.used[name, month]

    @rule(preset=st.sampled_from(["conservative", "standard", "aggressive", "dynamic"]))
    def policy(self, preset: str) -> None:
        """Another policy changes no limit by itself."""
        self.due()
        try:
            policies.put(self.world.host, SetPolicy(self.org, preset))
        except WrongUse:
            return  # it is so already

    @rule(minutes=st.sampled_from([1, 9, 10]))
    def minutes_pass(self, minutes: int) -> None:
        self.world.clock.move(minutes=minutes)

    def counters_are_the_ledger_s(self, people: dict[str, int]) -> None:
        """What the store counts of each person is what the ledger adds up, in the month of their row."""
        rows = self.world.rows("SELECT * FROM membership WHERE organization_id = :o", o=self.org)
        by_number = {int(row["user_id"]): row for row in rows}
        for name, number in people.items():
            row = by_number[number]
            month = int(row["inference_month"])
            told = int(row["inference_used"]), int(row["inference_reserved"])
            assert told == (self.ledger.used.get((name, month), 0), self.ledger.reserved(name, month)), name
