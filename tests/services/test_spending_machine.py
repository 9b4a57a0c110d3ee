"""Spending as a state machine on both databases: in whatever order, counters and limits are what a small model says."""

import itertools
from copy import deepcopy

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.corrections import Reverse
from sage_tui.domain.errors import PoolTooSmall, Refused
from sage_tui.domain.months import month_start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Bulk, Consent, Selection
from sage_tui.domain.spending import Ask, Certainty, Settlement
from sage_tui.domain.units import Kind, Micros
from sage_tui.domain.usage import UsageRecord
from sage_tui.services import corrections, plans, usage
from sage_tui.store import recount
from tests.services.spending_model import Hold, Model, Person, Use
from tests.services.test_metering import all_well
from tests.support.world import World

YES = Consent(yes=True)
NAMES = ("a", "b", "c")
START = {Kind.INFERENCE: 1_000, Kind.EMBEDDING: 100}
BOUGHT = {Kind.INFERENCE: 6_000, Kind.EMBEDDING: 400}
TTL = 10 * 60 * 1_000_000

who = st.sampled_from(NAMES)
kinds = st.sampled_from([Kind.INFERENCE, Kind.INFERENCE, Kind.EMBEDDING])
tokens = st.integers(1, 900)
_numbers = itertools.count(1)
_ids = itertools.count(1)


class Machine(RuleBasedStateMachine):
    """An organization of its own in a shared database: three members with limits, auto-increase as standard has it."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.number = next(_numbers)
        self.org = self.world.organization(f"Acme {self.number}", BOUGHT[Kind.INFERENCE], BOUGHT[Kind.EMBEDDING])
        people = {name: Person(self.world.person(self._email(name), self.org), dict(START)) for name in NAMES}
        self._set(NAMES, inference=parse("1000"), embedding=parse("100"))
        self._set(NAMES, paid=True)
        self.model = Model(self.world.clock.now(), people, dict(BOUGHT))
        self.model.started = self.model.month
        self.handles: list[str] = []
        self.calls: list[str] = []
        self.sums = dict.fromkeys(Kind, 0)

    def _email(self, name: str) -> str:
        return f"{name}@acme{self.number}.example"

    def _set(self, names: tuple[str, ...], **fields: object) -> None:
        selection = Selection(emails=tuple(map(self._email, names)))
        plans.act(self.world.host, Bulk(SetFields(**fields), selection), YES)

    # Calls ------------------------------------------------------------------------------------------------------------

    @rule(name=who, kind=kinds, charge=tokens, late=st.integers(0, 3))
    def record(self, name: str, kind: Kind, charge: int, late: int) -> None:
        """A call of now, or (one in four) of last month."""
        id, month = f"r{next(_ids)}", self.model.month - (late == 3)
        at = self.model.now if late < 3 else month_start(month) + 5
        call = UsageRecord(1, id, Micros(at), self._email(name), "gpt", kind, charge, 0, 0)
        done = usage.record(self.world.host, call)
        assert done.bumped == self.model.record(id, name, kind, month, charge)
        self.calls.append(id)
        again = usage.record(self.world.host, call)
        assert (again.recorded, again.already, again.bumped) == (0, 1, None)

    @rule(name=who, kind=kinds, estimate=tokens, keyed=st.booleans())
    def reserve(self, name: str, kind: Kind, estimate: int, keyed: bool) -> None:
        id = f"k{next(_ids)}"
        ask = Ask(self._email(name), kind, "gpt", completion=estimate, key=id if keyed else "")
        answer = usage.reserve(self.world.host, ask)
        stop = self.model.why_not(name, kind, estimate)
        assert (answer.reason or "None").partition(":")[0] == str(stop)
        if stop is None:
            handle = answer.reservation or ""
            self.model.holds[handle] = Hold(name, kind, estimate, self.model.month, self.model.now + TTL)
            self.handles.append(handle)
        else:
            self.model.refused(id, name, kind)
        if keyed:
            again = usage.reserve(self.world.host, ask)
            assert (again.reservation, again.allowed, again.reason) == (answer.reservation, stop is None, answer.reason)

    @rule(back=st.integers(0, 4), charge=tokens, certainty=st.sampled_from(list(Certainty)))
    def settle(self, back: int, charge: int, certainty: Certainty) -> None:
        if self.handles:
            handle = self.handles[-1 - back % len(self.handles)]
            done = usage.settle(self.world.host, handle, Settlement(charge, 0, certainty=certainty))
            assert bool(done.recorded) is self.model.settle(handle, charge, certainty)

    @rule(back=st.integers(0, 4))
    def release(self, back: int) -> None:
        if self.handles:
            handle = self.handles[-1 - back % len(self.handles)]
            assert bool(usage.release(self.world.host, handle).recorded) is self.model.release(handle)

    # What administrators and time do ----------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 9, 10, 61]))
    def wait(self, minutes: int) -> None:
        self.world.clock.move(minutes=minutes)
        self.model.now = self.world.clock.now()

    @rule()
    def next_month(self) -> None:
        self.world.clock.at = month_start(self.model.month + 1)
        self.model.now = self.world.clock.now()

    @rule(name=who, kind=kinds, limit=st.integers(0, 4_000))
    def edit(self, name: str, kind: Kind, limit: int) -> None:
        before = deepcopy(self.model)
        self.model.due()
        more = limit - self.model.people[name].limits[kind]
        try:
            self._set((name,), **{kind.value: parse(str(limit))})
            assert more <= 0 or self.model.allocated(kind) + more <= self.model.bought[kind]
            self.model.set(name, kind, limit, "set")
        except PoolTooSmall:
            assert self.model.allocated(kind) + more > self.model.bought[kind]
            self.model = before  # what was due is not done either: the act that it came with was taken back

    @rule(name=who, banned=st.booleans(), paid=st.booleans())
    def stand(self, name: str, banned: bool, paid: bool) -> None:
        self.model.due()
        self._set((name,), banned=banned, paid=paid)
        self.model.people[name].banned, self.model.people[name].paid = banned, paid

    @rule(kind=kinds, more=st.integers(1, 500))
    def purchase(self, kind: Kind, more: int) -> None:
        with self.world.host.write(Verb.ORGS_ADD) as tx:
            tx.run(
                "INSERT INTO purchase (organization_id, id, purchased_on, first_month, created_at,"
                f" {kind.value}) VALUES (:org, :id, 1, :month, 1, :more)",
                org=self.org, id=tx.numbers("purchase"), month=self.model.month, more=more,
            )  # fmt: skip
        self.model.bought[kind] += more

    @rule(name=who, kind=kinds, amount=tokens)
    def credit(self, name: str, kind: Kind, amount: int) -> None:
        fits = amount <= self.model.used(name, kind, self.model.month)
        try:
            corrections.credit(self.world.host.because("x"), self._email(name), kind, amount)
            assert fits
            self.model.credits.append(Use(name, kind, self.model.month, -amount))
        except Refused:
            assert not fits

    @rule(back=st.integers(0, 4), reserved=st.booleans())
    def reverse(self, back: int, reserved: bool) -> None:
        """Take a call back, recorded or settled; twice, or more than was left of it, is refused."""
        ids = [id for id in (self.handles if reserved else self.calls) if id in self.model.uses]
        if not ids:
            return
        id = ids[-1 - back % len(ids)]
        use = self.model.uses[id]
        fits = not use.reversed and self.model.used(use.who, use.kind, use.month) >= use.charge
        try:
            corrections.reverse(self.world.host.because("x"), Reverse(external_id=id))
            assert fits
            use.reversed = True
        except Refused:
            assert not fits

    # After every step -------------------------------------------------------------------------------------------------

    @invariant()
    def counters_and_limits_are_the_model_s(self) -> None:
        if not hasattr(self, "model"):
            return
        rows = self.world.rows("SELECT * FROM membership WHERE organization_id = :o", o=self.org)
        by_number = {int(row["user_id"]): row for row in rows}
        for name, person in self.model.people.items():
            row = by_number[person.number]
            for kind in Kind:
                month = int(row[f"{kind.value}_month"])
                told = [int(row[f"{kind.value}_{part}"]) for part in ("allocation", "used", "reserved")]
                use, held = self.model.used(name, kind, month), self.model.reserved(name, kind, month)
                assert told == [person.limits[kind], use, held], (name, kind)
        for pool in self.world.rows("SELECT * FROM pool WHERE organization_id = :o ORDER BY kind", o=self.org):
            kind = list(Kind)[int(pool["kind"])]
            assert int(pool["allocated"]) == self.model.allocated(kind) <= self.model.bought[kind]
            assert int(pool["used"]) == self.model.pool_used(kind, int(pool["month"]))

    def teardown(self) -> None:
        if hasattr(self, "model"):
            with self.world.host.read(Verb.STATUS) as tx:
                assert recount.reserved(tx) == []
            assert all_well(self.world)


@pytest.mark.slow
def test_whatever_is_done_the_store_is_as_the_model_says(everywhere: World) -> None:
    class Here(Machine):
        world = everywhere

    profile = settings()
    examples = profile.max_examples if everywhere.host.database.sqlite else max(profile.max_examples // 4, 1)
    # As they come: to make a failing run of acts shorter over databases takes minutes.
    run_state_machine_as_test(Here, settings=settings(profile, max_examples=examples, phases=[Phase.generate]))
