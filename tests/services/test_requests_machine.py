"""Requests as a state machine on both databases: asked, granted, denied, fitted, edited, undone, and a model."""

import itertools
from dataclasses import dataclass, field

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sage_tui.domain.actors import HostProof
from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.errors import Conflict, PoolTooSmall, Refused
from sage_tui.domain.plan_commands import Bulk, Consent, Selection
from sage_tui.domain.requests import MOST_PENDING, Approve, Ask, Deny, Lasts
from sage_tui.domain.units import Kind, Role
from sage_tui.services import audit, batches, plans, requests, requests_decide, requests_fitting
from tests.support.world import World

YES = Consent(yes=True)
admins = st.sampled_from(["first", "second"])
picks = st.sets(st.integers(0, 99), min_size=1, max_size=3)
DAY = 86_400 * 1_000_000
CAP = 2_000_000
AMOUNTS = st.sampled_from([1, 50_000, 200_000, 400_000, 900_000])
_numbers = itertools.count(1)


@dataclass
class Asked:
    """What the model knows of a request."""

    who: str
    amount: int
    status: str = "pending"
    approved: int | None = None
    lasts: Lasts = Lasts.MONTH


@dataclass
class Model:
    """Limits by name and requests by number; what each batch changed, to take it back."""

    limits: dict[str, int]
    asked: dict[int, Asked] = field(default_factory=dict)
    acts: list[tuple[int, dict[str, tuple[int, int]], dict[int, tuple[Asked, Asked]]]] = field(default_factory=list)

    @property
    def room(self) -> int:
        return CAP - sum(self.limits.values())

    def waiting(self) -> list[int]:
        return [number for number, one in self.asked.items() if one.status == "pending"]


class Machine(RuleBasedStateMachine):
    """An organization of its own in a shared database: four members and two administrators."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.number = next(_numbers)
        self.org = self.world.organization(f"Acme {self.number}", CAP)
        for name in ("first", "second"):
            self.world.person(self._email(name), self.org, Role.ADMIN)
        for name in "abcd":
            self.world.person(self._email(name), self.org)
        act = SetFields(inference=parse("200K"), embedding=parse("0"), paid=True)
        plans.act(self.world.host, Bulk(act, Selection(emails=tuple(map(self._email, "abcd")))), YES)
        self.model = Model(dict.fromkeys("abcd", 200_000))
        self.entries = self._entries()

    def _email(self, name: str) -> str:
        return f"{name}@acme{self.number}.example"

    def _entries(self) -> int:
        return int(str(self.world.value("SELECT count(*) FROM audit_entry WHERE organization_id = :o", o=self.org)))

    def _as(self, name: str):
        return self.world.host.with_proof(HostProof("owner", self._email(name)))

    def _did(self, batch: int | None, limits: dict[str, int], asked: dict[int, Asked]) -> None:
        """A batch changed so much; the model follows, and remembers the way back."""
        assert batch is not None
        model = self.model
        old = {who: (model.limits[who], new) for who, new in limits.items()}
        before = {number: (model.asked[number], new) for number, new in asked.items()}
        model.limits |= limits
        model.asked |= asked
        model.acts.append((batch, old, before))
        self.entries += 1

    # Acts -------------------------------------------------------------------------------------------------------------

    @rule(whos=st.lists(st.tuples(st.sampled_from("abcd"), AMOUNTS), min_size=1, max_size=4))
    def ask(self, whos: list[tuple[str, int]]) -> None:
        for who, amount in whos:
            self._ask(who, amount)

    def _ask(self, who: str, amount: int) -> None:
        waits = sum(one.who == who and one.status == "pending" for one in self.model.asked.values())
        try:
            made = requests.create(self._as(who), Ask(Kind.INFERENCE, amount, "more"))
        except Refused:
            assert waits >= MOST_PENDING or sum(one.who == who for one in self.model.asked.values()) >= 20
            return
        assert waits < MOST_PENDING
        self.model.asked[made.id] = Asked(who, amount)
        self.entries += 1

    @rule(pick=st.integers(0, 99))
    def withdraw(self, pick: int) -> None:
        if self.model.asked:
            self._withdraw(sorted(self.model.asked)[pick % len(self.model.asked)])

    def _withdraw(self, number: int) -> None:
        one = self.model.asked[number]
        try:
            requests.withdraw(self._as(one.who), number)
        except Conflict:
            assert one.status != "pending"
            return
        assert one.status == "pending"
        self.model.asked[number] = Asked(one.who, one.amount, "withdrawn")
        self.entries += 1

    @rule(
        by=admins, picks=picks, part=st.booleans(), lasts=st.sampled_from(list(Lasts)), fresh=st.integers(0, 4),
        then=st.sampled_from(["", "u", "uu", "uuu", "eu", "uwu"]),
    )  # fmt: skip
    def approve(self, by: str, picks: set[int], part: bool, lasts: Lasts, fresh: int, then: str) -> None:
        """Granted, and then: undone, edited by somebody else, withdrawn once it waits again."""
        ids = self._meant(picks, fresh)
        self._decide(by, ids, lasts, amount=1 if part else None, deny=False)
        for what in then if ids else "":
            self.as_the_model_says()
            match what:
                case "u":
                    self._undo(0)
                case "e":
                    self._edit(self.model.asked[ids[0]].who, 150_000)
                    self.model.acts[-2:] = self.model.acts[-2:][::-1]
                case "w":
                    self._withdraw(ids[-1])

    @rule(by=admins, picks=picks, fresh=st.integers(0, 4))
    def deny(self, by: str, picks: set[int], fresh: int) -> None:
        self._decide(by, self._meant(picks, fresh), Lasts.MONTH, amount=None, deny=True)

    def _meant(self, picks: set[int], fresh: int) -> tuple[int, ...]:
        """Requests that wait, now and then any."""
        if not self.model.waiting():
            self._ask("a", 50_000)
            self._ask("b", 200_000)
        known = self.model.waiting() if fresh else sorted(self.model.asked)
        return tuple(dict.fromkeys(known[pick % len(known)] for pick in picks)) if known else ()

    def _decide(self, by: str, ids: tuple[int, ...], lasts: Lasts, *, amount: int | None, deny: bool) -> None:
        if not ids:
            return
        some = [self.model.asked[number] for number in ids]
        until = self.world.clock.now() + 3 * DAY if lasts is Lasts.UNTIL else None
        gains: dict[str, int] = {}
        for one in some:
            gains[one.who] = gains.get(one.who, 0) + (amount or one.amount)
        try:
            if deny:
                made = requests_decide.deny(self._as(by), Deny(ids, "no", yes=True))
            else:
                made = requests_decide.approve(self._as(by), Approve(ids, amount, lasts, until, "ok", yes=True))
        except Conflict:
            assert any(one.status != "pending" for one in some)
            return
        except PoolTooSmall:
            assert not deny
            assert sum(gains.values()) > self.model.room
            return
        assert all(one.status == "pending" for one in some)
        if deny:
            self._did(
                made.done.batch, {}, {n: Asked(o.who, o.amount, "denied") for n, o in zip(ids, some, strict=True)}
            )
            return
        limits = {who: self.model.limits[who] + gain for who, gain in gains.items()}
        now = {
            n: Asked(o.who, o.amount, "approved", amount or o.amount, lasts) for n, o in zip(ids, some, strict=True)
        }  # fmt: skip
        self._did(made.done.batch, limits, now)

    @rule(by=st.sampled_from(["first", "second"]))
    def fitting(self, by: str) -> None:
        room, taken = self.model.room, {}
        for number in self.model.waiting():
            one = self.model.asked[number]
            if one.amount <= room:
                room -= one.amount
                taken[number] = Asked(one.who, one.amount, "approved", one.amount)
        limits = dict(self.model.limits)
        for one in taken.values():
            limits[one.who] += one.amount
        try:
            made = requests_fitting.approve_fitting(self._as(by), None, "all", YES)
        except Refused:
            assert not self.model.waiting()
            return
        assert [row.id for row in made.requests] == sorted(taken)
        if taken:
            changed = {who: limits[who] for who in {one.who for one in taken.values()}}
            self._did(made.done.batch, changed, taken)
        else:
            assert made.done.batch is None

    @rule(who=st.sampled_from("abcd"), to=st.sampled_from([0, 150_000, 300_000]))
    def edit(self, who: str, to: int) -> None:
        self._edit(who, to)

    def _edit(self, who: str, to: int) -> None:
        act = Bulk(SetFields(inference=parse(str(to))), Selection(emails=(self._email(who),)))
        try:
            done = plans.act(self.world.host, act, YES)
        except PoolTooSmall:
            assert to - self.model.limits[who] > self.model.room
            return
        if self.model.limits[who] == to:
            assert done.batch is None
        else:
            self._did(done.batch, {who: to}, {})

    @rule(back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        self._undo(back)

    def _undo(self, back: int) -> None:
        """All of a person's grant goes back, or none of it: what moved since is left and named. Undone too, later."""
        if len(self.model.acts) <= back:
            return
        batch, limits, asked = self.model.acts.pop(-1 - back)
        moved = {who for who, (_, new) in limits.items() if self.model.limits[who] != new}
        grants = {number for number, sides in asked.items() if any(one.status == "approved" for one in sides)}
        lost = {number for number, (_, now) in asked.items() if self.model.asked[number] != now}
        moved |= {self.model.asked[number].who for number in lost & grants}
        limits_back = {who: old for who, (old, _) in limits.items() if who not in moved}
        asked_back = {
            number: old
            for number, (old, _) in asked.items()
            if number not in lost and not (number in grants and old.who in moved)
        }
        more = sum(limits_back.values()) - sum(self.model.limits[who] for who in limits_back)
        done = batches.undo(self.world.host, batch, YES)
        if more > self.model.room:
            self._learn(done.batch)
            return
        assert bool(done.left) == bool(moved or lost)
        assert (done.batch is not None) == bool(limits_back or asked_back)
        if done.batch is not None:
            self._did(done.batch, limits_back, asked_back)

    def _learn(self, batch: int | None) -> None:
        """A way back that has no room: which rows were left the store says, and the invariants judge it."""
        self.entries += batch is not None
        self.model.limits = self._limits()
        for row in self.world.rows("SELECT * FROM request WHERE organization_id = :o", o=self.org):
            known = self.model.asked[int(row["id"])]
            lasts = Lasts.UNTIL if row["until"] else Lasts.GOOD if row["for_good"] else Lasts.MONTH
            self.model.asked[int(row["id"])] = Asked(known.who, known.amount, row["status"], row["approved"], lasts)

    # What holds after each --------------------------------------------------------------------------------------------

    def _limits(self) -> dict[str, int]:
        rows = self.world.rows(
            'SELECT u.email, m.inference_allocation AS limit_ FROM membership m JOIN "user" u ON u.id = m.user_id'
            " WHERE m.organization_id = :org AND m.type = 'user'", org=self.org,
        )  # fmt: skip
        return {str(row["email"]).partition("@")[0]: int(row["limit_"]) for row in rows}

    @invariant()
    def as_the_model_says(self) -> None:
        assert self._limits() == self.model.limits
        (pool,) = self.world.rows("SELECT allocated FROM pool WHERE organization_id = :o AND kind = 0", o=self.org)
        assert int(pool["allocated"]) == sum(self.model.limits.values()) <= CAP
        rows = self.world.rows("SELECT * FROM request WHERE organization_id = :o ORDER BY id", o=self.org)
        assert {int(r["id"]): (r["status"], r["approved"]) for r in rows} == {
            number: (one.status, one.approved) for number, one in self.model.asked.items()
        }
        for row in rows:
            decided = row["status"] in ("approved", "denied")
            assert (row["batch"] is not None, bool(row["decided_name"])) == (decided, decided)
        assert self._entries() == self.entries

    @invariant()
    def a_raise_holds_as_long_as_its_request_is_granted(self) -> None:
        rows = self.world.rows(
            "SELECT request_id FROM token_raise WHERE organization_id = :o AND ended_at IS NULL", o=self.org
        )
        until = [n for n, one in self.model.asked.items() if one.status == "approved" and one.lasts is Lasts.UNTIL]
        assert sorted(int(row["request_id"]) for row in rows) == sorted(until)


def test_whatever_is_decided_the_store_is_as_the_model_says(everywhere: World) -> None:
    class Here(Machine):
        world = everywhere

    profile = settings()
    examples = profile.max_examples if everywhere.host.database.sqlite else max(profile.max_examples // 4, 1)
    run_state_machine_as_test(Here, settings=settings(profile, max_examples=examples, phases=[Phase.generate]))
    assert all(report.ok for report in audit.verify(everywhere.host))
