"""People between organizations as a state machine: whatever moves and is taken back, a small model says the same."""

import itertools
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sage_tui.domain.acts import Move, SetFields, SetRole
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.errors import PoolTooSmall, Refused, WrongUse
from sage_tui.domain.plan_commands import Bulk, Consent, Selection
from sage_tui.domain.plans import Done
from sage_tui.domain.units import Role
from sage_tui.services import audit, batches, doctor, plans
from tests.support.world import World

YES = Consent(yes=True)
CAP = 2_000_000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Where somebody is a member, and what that membership has."""

    home: int
    role: str = "user"
    inference: int | None = None
    department: str = ""
    banned: bool = False

    def afresh(self, home: int, role: str = "user") -> "Person":
        """As they enter another organization."""
        return Person(home, role, banned=self.banned)


@dataclass
class Batch:
    """What a batch made of whom, and which batch has undone it."""

    org: int
    people: dict[int, tuple[Person, Person]]
    undone_by: int | None = None


@dataclass
class Model:
    """Everybody, and every batch."""

    people: dict[int, Person] = field(default_factory=dict)
    batches: dict[int, Batch] = field(default_factory=dict)

    def allocated(self, org: int) -> int:
        return sum(one.inference or 0 for one in self.people.values() if one.home == org)

    def done(self, batch: int | None, org: int, after: dict[int, Person], undoes: int | None = None) -> None:
        """These people are different now; where nobody is, there is no batch."""
        changed = {who: (self.people[who], one) for who, one in after.items() if one != self.people[who]}
        assert (batch is None) is (not changed)
        if batch is None:
            return
        self.people |= after
        self.batches[batch] = Batch(org, changed)
        if undoes is not None:
            for other in self.batches.values():
                other.undone_by = None if other.undone_by == undoes else other.undone_by
            self.batches[undoes].undone_by = batch

    def undo(self, batch: int) -> dict[int, Person]:
        """The way back of a batch, as far as things stand as it left them and as the cap allows."""
        back: dict[int, Person] = {}
        for who, (before, after) in self.batches[batch].people.items():
            now = self.people[who]
            if before.home != after.home:
                # Everything goes along, or the person stays.
                back[who] = replace(before, banned=now.banned) if replace(now, banned=after.banned) == after else now
            elif now.home != before.home:
                back[who] = now
            else:
                fields = ("role", "inference", "department", "banned")
                still = [f for f in fields if getattr(now, f) == getattr(after, f) != getattr(before, f)]
                back[who] = replace(now, **{f: getattr(before, f) for f in still})
        return self._fitting(self.batches[batch].org, back)

    def _fitting(self, org: int, back: dict[int, Person]) -> dict[int, Person]:
        """Lowerings all, then raises by person as far as they go."""

        def tokens(one: Person) -> int:
            return (one.inference or 0) if one.home == org else 0

        change = {who: tokens(one) - tokens(self.people[who]) for who, one in back.items()}
        before = self.allocated(org)
        room = max(CAP, before) - before - sum(n for n in change.values() if n < 0)
        if sum(n for n in change.values() if n > 0) <= room:
            return back
        for who in sorted(back):
            if change[who] > room:
                stays = self.people[who].inference if self.people[who].home == org else None
                back[who] = replace(back[who], inference=stays)
            elif change[who] > 0:
                room -= change[who]
        return back


somebody = st.sets(st.integers(0, 4), min_size=1, max_size=4)
place = st.integers(0, 2)


class Machine(RuleBasedStateMachine):
    """Two organizations and none; five people, and an operator who is left in peace."""

    world: World

    @initialize()
    def begin(self) -> None:
        number = next(_numbers)
        self.places = [0, *(self.world.organization(f"{name} {number}", CAP) for name in ("Acme", "Beta"))]
        self.world.person(f"root{number}@sage.example", role=Role.SUPER_ADMIN)
        self.model = Model()
        self.everybody: list[int] = []
        for at, home in enumerate((1, 1, 1, 2, 0)):
            who = self.world.person(f"p{at}@x{number}.example", self.places[home])
            self.everybody.append(who)
            self.model.people[who] = Person(self.places[home])
        self.change({0, 1, 2}, 400_000, "lab", None)
        self.move({0, 1}, 2)

    def _act(self, act: SetFields | Move | SetRole, whom: list[int]) -> Done:
        return plans.act(self.world.host, Bulk(act, Selection(numbers=tuple(whom))), YES)

    def _together(self, whom: set[int]) -> list[int]:
        """Those who are members where the first of them is."""
        named = sorted(self.everybody[at] for at in whom)
        return [who for who in named if self.model.people[who].home == self.model.people[named[0]].home]

    @rule(
        whom=somebody, inference=st.sampled_from([None, 0, 400_000, 900_000]), department=st.sampled_from(["", "lab"]),
        banned=st.sampled_from([None, None, False, True]),
    )  # fmt: skip
    def change(self, whom: set[int], inference: int | None, department: str, banned: bool | None) -> None:
        """Limits, department and ban of members of one organization."""
        members = self._together(whom)
        home = self.model.people[members[0]].home
        amount = Amount(How.UNSET) if inference is None else Amount(How.SET, inference)
        act = SetFields(inference=amount, department=department, banned=banned)
        after = {who: replace(self.model.people[who], inference=inference, department=department) for who in members}
        if banned is not None:
            after = {who: replace(one, banned=banned) for who, one in after.items()}
        grown = (inference or 0) * len(members) - sum(self.model.people[who].inference or 0 for who in members)
        if grown > 0 and self.model.allocated(home) + grown > (CAP if home else 0):
            with pytest.raises(PoolTooSmall):
                self._act(act, members)
            return
        self.model.done(self._act(act, members).batch, home, after)

    @rule(whom=somebody, to=place)
    def move(self, whom: set[int], to: int) -> None:
        """People of one organization go to another; who is there already, or is an operator, stays."""
        named, there = sorted(self.everybody[at] for at in whom), self.places[to]
        homes = {self.model.people[who].home for who in named} - {there}
        if len(homes) > 1:
            with pytest.raises(WrongUse, match="several organizations"):
                self._act(Move(there), named)
            return
        stay = {who for who in named if self.model.people[who].role == "super_admin"}
        after = {who: self.model.people[who].afresh(there) for who in named if self.model.people[who].home != there}
        done = self._act(Move(there), named)
        assert len(done.skipped) == len(named) - len(after.keys() - stay)
        self.model.done(done.batch, next(iter(homes), there), {w: one for w, one in after.items() if w not in stay})

    @rule(at=st.integers(0, 4), role=st.sampled_from(Role), to=st.integers(1, 2))
    def role(self, at: int, role: Role, to: int) -> None:
        """Somebody becomes member, administrator or operator; who comes from none gets an organization."""
        who = self.everybody[at]
        now = self.model.people[who]
        home = 0 if role is Role.SUPER_ADMIN else now.home or self.places[to]
        done = self._act(SetRole(role, organization_id=None if role is Role.SUPER_ADMIN else home), [who])
        moved = now.afresh(home, role.value)
        self.model.done(done.batch, now.home, {who: replace(now, role=role.value) if home == now.home else moved})

    @rule(back=st.integers(0, 5))
    def undo(self, back: int) -> None:
        """Take back any batch, also one that undid another."""
        if not self.model.batches:
            return
        batch = sorted(self.model.batches)[-1 - back % len(self.model.batches)]
        if self.model.batches[batch].undone_by is not None:
            with pytest.raises(Refused, match="undone already"):
                batches.undo(self.world.host, batch, YES)
            return
        after = self.model.undo(batch)
        done = batches.undo(self.world.host, batch, YES)
        self.model.done(done.batch, self.model.batches[batch].org, after, undoes=batch)

    @invariant()
    def as_the_model_says(self) -> None:
        listed = ", ".join(map(str, self.everybody))
        rows = self.world.rows(
            "SELECT m.*, u.banned, u.organization_id AS at FROM membership m JOIN \"user\" u ON u.id = m.user_id"
            f" WHERE m.ended_at IS NULL AND m.user_id IN ({listed})"
        )  # fmt: skip
        assert len(rows) == len(self.everybody)
        for row in rows:
            stands = Person(
                row["organization_id"], row["type"], row["inference_allocation"], row["department"], bool(row["banned"])
            )
            assert (row["at"], stands) == (stands.home, self.model.people[int(row["user_id"])])
        for org in self.places[1:]:
            sql = "SELECT allocated FROM pool WHERE organization_id = :org AND kind = 0"
            assert self.world.value(sql, org=org) == self.model.allocated(org)
            members = sum(one.home == org for one in self.model.people.values())
            assert self.world.value("SELECT members FROM organization WHERE id = :org", org=org) == members

    def teardown(self) -> None:
        wrong = [check.name for check in doctor.doctor(self.world.host) if check.differences and check.name != "role"]
        assert wrong == []


def test_whoever_goes_wherever_the_store_is_as_the_model_says(everywhere: World) -> None:
    class Here(Machine):
        world = everywhere

    profile = settings()
    examples = profile.max_examples if everywhere.host.database.sqlite else max(profile.max_examples // 4, 1)
    # As they come: to make a failing run of acts shorter over databases takes minutes.
    run_state_machine_as_test(Here, settings=settings(profile, max_examples=examples, phases=[Phase.generate]))
    assert all(report.first_bad is None for report in audit.verify(everywhere.host))
