"""Limits as a state machine on both databases: edits, actions, raises, policies, calls, corrections, months, undo, in
whatever order.

A small model knows of each limit what stays and what falls back, and when. After every act: the limits are the model's,
the sum is its counter and was not raised above the cap, and every limit's steps lead to it.
"""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.distributing import Action
from sage_tui.domain.errors import PoolTooSmall, Refused, SageError
from sage_tui.domain.months import DAY, month_of
from sage_tui.domain.overrides import GrantRaise, SetOverride
from sage_tui.domain.plan_commands import Bulk, Consent, Distribute, Selection
from sage_tui.domain.plans import Done, State
from sage_tui.domain.units import Role
from sage_tui.services import audit, batches, overrides, plans, raises, rebalancing
from sage_tui.services.why import why
from tests.services.economy_calls import NAMES, OF, Calls, Ledger, somebody
from tests.support import NOW
from tests.support.world import World

YES = Consent(yes=True)
MONTHLY = {"bump", "reclaim", "rebalance"}
ADDED = {"share_evenly", "share_by_use"}
amounts = st.sampled_from([0, 100_000, 400_000, 500_000, 1_000_000, 3_000_000])
_numbers = itertools.count(1)


@dataclass
class Limit:
    """What is known of one limit: what stays, what goes with the month, what each raise added."""

    stays: int | None = None
    month: int = 0
    raised: dict[str, int] = field(default_factory=dict)

    @property
    def value(self) -> int | None:
        if self.stays is None:
            return None
        return max(self.stays + self.month + sum(self.raised.values()), 0)

    def put(self, value: int | None) -> None:
        """A number of its own."""
        self.stays, self.month, self.raised = value, 0, {}

    def step(self, before: int | None, after: int | None, rule: str) -> None:
        """A step of the history, as its rule says how long it holds."""
        if rule.startswith("undo:") and rule.count(":") > 1:
            rule = rule.split(":", 2)[2]
        code, _, rest = rule.partition(":")
        if code == "raise" and after is not None and (before is not None or rest.endswith(":0")):
            self.stays = 0 if self.stays is None else self.stays
            number = rest.partition(":")[0]
            self.raised[number] = self.raised.get(number, 0) + after - (before or 0)
        elif before is None or after is None:
            self.put(after)
        elif code in MONTHLY:
            self.month += after - before
        elif code in ADDED:
            assert self.stays is not None
            self.stays += after - before
        else:
            self.put(after)


class Machine(Calls):
    """An organization of its own in a shared database, that begins with the standard policy."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.world.clock.at = NOW
        self.number = next(_numbers)
        self.unset: set[str] = set()
        self.org = self.world.organization(f"Acme {self.number}", 6_000_000)
        self.world.person(self.email("admin"), self.org, Role.ADMIN)
        self.ledger = Ledger()
        self.people = {name: self.world.person(self.email(name), self.org) for name in NAMES}
        self.limits = {name: Limit() for name in NAMES}
        self.ends: dict[str, tuple[str, int]] = {}
        self.cap, self.done = 6_000_000, []
        self.started = month_of(self.world.clock.now())
        rebalancing.run_due(self.world.host, self.org)
        self._tell(self._set(NAMES, paid=True))
        self.top = self._allocated()

    def email(self, name: str) -> str:
        return f"{name}@acme{self.number}.example"

    def _set(self, names: str, **fields: object) -> Done:
        selection = Selection(emails=tuple(map(self.email, names)))
        return plans.act(self.world.host, Bulk(SetFields(**fields), selection), YES)

    def _allocated(self) -> int:
        return int(
            str(self.world.value("SELECT allocated FROM pool WHERE organization_id = :o AND kind = 0", o=self.org))
        )

    def _tell(self, done: Done) -> None:
        """What a batch did to the limits."""
        for row in done.rows:
            name = row.email.partition("@")[0]
            if row.field.value == OF.value and row.state is State.IN and name in self.limits:
                self.limits[name].step(row.before, row.after, row.rule)  # type: ignore[arg-type]
        if done.batch is not None:
            self.done.append(done.batch)

    def due(self) -> None:
        """What time does: the raises whose end has come go, then the month's parts. What has no room stays away."""
        now = self.world.clock.now()
        swept = self.ledger.expire(now)
        for name, limit in self.limits.items():
            over = {number for number, (whose, until) in self.ends.items() if whose == name and until <= now}
            ended = {number for number in over if limit.raised.pop(number, 0)}
            if ended & self.unset and limit.stays == 0 and limit.value == 0:
                limit.put(None)  # there was no limit before the raise
        if month_of(now) > self.started:
            self.started = month_of(now)
            for one in self.limits.values():
                one.month = 0
        rebalancing.run_due(self.world.host, self.org)
        for name, one in self.limits.items():
            real = self._real(name)
            if (real or 0) == (one.value or 0) and real != one.value:
                one.put(real)  # nothing and none: who may spend nothing anyway
            elif swept and real is not None and one.value is not None and real > one.value:
                one.step(one.value, real, "bump")  # what was never settled is charged, and raises as any call does
            elif real != one.value:  # a fall back that raises goes as far as the cap, and no further
                assert real is not None
                assert one.value is not None
                assert real < one.value
                assert one.value - real > self.cap - self._allocated()
                assert one.stays is not None
                one.stays -= one.value - real

    def rose(self) -> None:
        """A call raised limits: they go back with the month."""
        for name, one in self.limits.items():
            real = self._real(name)
            if real != one.value:
                assert real is not None
                assert one.value is not None
                assert real > one.value
                one.step(one.value, real, "bump")

    def limit_of(self, name: str) -> int | None:
        return self.limits[name].value

    def _real(self, name: str) -> int | None:
        found: int | None = self.world.value(  # type: ignore[assignment]
            "SELECT inference_allocation FROM membership WHERE organization_id = :o AND user_id = :u",
            o=self.org, u=self.people[name],
        )  # fmt: skip
        return found

    # What people do ---------------------------------------------------------------------------------------------------

    @rule(name=somebody, amount=st.none() | amounts)
    def by_hand(self, name: str, amount: int | None) -> None:
        self.due()
        try:
            self._tell(self._set(name, inference=parse("unset" if amount is None else str(amount))))
        except PoolTooSmall:
            assert (amount or 0) - (self.limits[name].value or 0) > self.cap - self._allocated()

    @rule(action=st.sampled_from(list(Action)), out=st.sampled_from([None, *NAMES]))
    def distribute(self, action: Action, out: str | None) -> None:
        self.due()
        summary = plans.make(self.world.host, Distribute(action, self.org, OF))
        rows, _ = plans.rows(self.world.host, summary.id)
        done = plans.apply(self.world.host, summary.id, YES, listed=100)
        assert (done.left, done.changes) == ((), summary.changes)
        self._tell(done)
        again = plans.make(self.world.host, Distribute(action, self.org, OF))
        assert again.changes == 0, (action, rows)
        plans.discard(self.world.host, again.id)

    @rule(name=somebody, amount=st.sampled_from([50_000, 300_000, 2_000_000]), days=st.integers(1, 40))
    def raise_until(self, name: str, amount: int, days: int) -> None:
        self.due()
        until = self.world.clock.now() + days * DAY
        try:
            done = raises.grant(self.world.host, GrantRaise(self.email(name), OF, amount, until))
        except PoolTooSmall:
            assert amount > self.cap - self._allocated()
            return
        (row,) = [row for row in done.rows if row.field.value == OF.value]
        number = row.rule.split(":")[1]
        self.ends[number] = (name, until)
        if row.before is None:
            self.unset.add(number)
        self._tell(done)

    @rule(name=somebody, pinned=st.booleans(), ceiling=st.sampled_from([None, 700_000]))
    def except_from(self, name: str, pinned: bool, ceiling: int | None) -> None:
        self.due()
        command = SetOverride(
            self.email(name), pinned=pinned, inference_ceiling=ceiling, dropped=("inference_ceiling",)
        )
        try:
            self._tell(overrides.put(self.world.host, command))
        except SageError:
            return  # it says nothing, or is so already

    @rule(name=somebody, paid=st.booleans())
    def may_spend(self, name: str, paid: bool) -> None:
        self.due()
        self._tell(self._set(name, paid=paid))

    @rule(bought=st.sampled_from([2_000_000, 6_000_000, 9_000_000]))
    def purchase(self, bought: int) -> None:
        """A pool may shrink below what is allocated of it."""
        self.due()
        self.top = self._allocated()
        self.world.change("UPDATE purchase SET inference = :b WHERE organization_id = :o", b=bought, o=self.org)
        self.cap = bought

    @rule(back=st.integers(1, 3))
    def undo(self, back: int) -> None:
        self.due()
        if len(self.done) < back:
            return
        try:
            done = batches.undo(self.world.host, self.done[-back], YES)
        except Refused:
            return
        self._tell(done)

    @rule(days=st.sampled_from([1, 5, 16, 40]))
    def days_pass(self, days: int) -> None:
        self.world.clock.move(days=days)

    # After every act --------------------------------------------------------------------------------------------------

    @invariant()
    def limits_are_the_model_s(self) -> None:
        if not hasattr(self, "top"):
            return
        assert {name: self._real(name) for name in NAMES} == {name: one.value for name, one in self.limits.items()}
        self.counters_are_the_ledger_s(self.people)
        allocated = self._allocated()
        counted = self.world.value(
            "SELECT sum(coalesce(inference_allocation, 0)) FROM membership WHERE organization_id = :o", o=self.org
        )
        assert allocated == int(str(counted))
        assert allocated <= max(self.cap, self.top)
        self.top = allocated
        for name in NAMES:
            assert why(self.world.host, self.email(name)).limits[OF].adds_up

    def teardown(self) -> None:
        if hasattr(self, "top"):
            assert all(report.first_bad is None for report in audit.verify(self.world.host))


@pytest.mark.slow
def test_whatever_is_done_limits_are_what_the_model_says(everywhere: World) -> None:
    class Here(Machine):
        world = everywhere

    profile = settings()
    examples = profile.max_examples if everywhere.host.database.sqlite else max(profile.max_examples // 4, 1)
    run_state_machine_as_test(Here, settings=settings(profile, max_examples=examples, phases=[Phase.generate]))
