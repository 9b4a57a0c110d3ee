"""Editing as a state machine on both databases: whatever is done in whatever order, a small model says the same."""

import itertools

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sage_tui.domain.acts import Act, SetFields
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Conflict, PoolTooSmall, Refused, WrongUse
from sage_tui.domain.plan_commands import Bulk, Choice, Consent, Edits, Selection
from sage_tui.domain.plans import Done, Edit, Field, PlanSummary, State, Value
from sage_tui.domain.staged import Effect, StagedChanges
from sage_tui.domain.units import Kind, Role
from sage_tui.services import audit, batches, imports_people, plans, policies
from sage_tui.services.context import Context
from sage_tui.services.imports_people import UserLine
from tests.services.editing_draws import actors, acts, cells, some, somebody
from tests.services.editing_model import FIELDS, FLOOR, TOKENS, BelowZero, Change, Model, Row
from tests.support.world import World

YES = Consent(yes=True)
_numbers = itertools.count(1)

Typed = tuple[int, Field, Value]
Door = tuple[Context, int | None]
"""Through which somebody acts, and their number."""


class Machine(RuleBasedStateMachine):
    """An organization of its own in a shared database: five members and two administrators."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.number = next(_numbers)
        self.org = self.world.organization(f"Acme {self.number}", 3_000_000, 1_200_000)
        self.admins = [self._person("admin", Role.ADMIN), self._person("second", Role.ADMIN)]
        self.members = [self._person(name) for name in "abcde"]
        blank = {**dict.fromkeys(FIELDS, 0), **dict.fromkeys(TOKENS), Field.VERIFIED: 1, Field.DEPARTMENT: ""}
        self.model = Model(
            {who: dict(blank) for who in (*self.admins, *self.members)},
            {Field.INFERENCE: 3_000_000, Field.EMBEDDING: 1_200_000},
        )
        self.doors = {name: self.world.admin(self._email(name)) for name in ("admin", "second")}
        # Limits that rise by themselves are another machine's (test_spending_machine.py).
        policies.put(self.world.host, SetPolicy(self.org, fields=(("tiers", "off"),)))
        self.entries = self._entries()

    def _email(self, name: str) -> str:
        return f"{name}@acme{self.number}.example"

    def _person(self, name: str, role: Role = Role.USER) -> int:
        return self.world.person(self._email(name), self.org, role)

    def _entries(self) -> int:
        return int(str(self.world.value("SELECT count(*) FROM audit_entry WHERE organization_id = :o", o=self.org)))

    def _door(self, actor: str) -> Door:
        if actor == "host":
            return self.world.host, None
        return self.doors[actor], self.admins[actor == "second"]

    def _done(self, done: Done, changes: list[Change], undoes: int | None = None) -> None:
        """An act did exactly these changes, as one batch with one entry; or nothing at all."""
        assert (done.changes, done.batch is None) == (len(changes), not changes)
        assert {(row.user_id, row.field, row.before, row.after) for row in done.rows} <= set(changes)
        if done.batch is not None:
            self.model.record(done.batch, changes, undoes)
            self.entries += 1

    # Acts -------------------------------------------------------------------------------------------------------------

    @rule(actor=actors, act=acts, whom=st.sets(somebody, min_size=1, max_size=6), stepwise=st.booleans())
    def bulk(self, actor: str, act: Act, whom: set[int], stepwise: bool) -> None:
        """One act for many, at once or as a plan that is looked at; administrators only where tokens are meant."""
        ctx, me = self._door(actor)
        tokens = isinstance(act, SetFields) and act.banned is None
        among = [*self.members, *self.admins] if tokens else self.members
        numbers = {among[n % len(among)] for n in whom}
        command = Bulk(act, Selection(numbers=tuple(numbers)), self.org)
        try:
            changes = self.model.bulk(act, numbers, me)
        except BelowZero:
            with pytest.raises(WrongUse, match="outside 0 to"):
                plans.act(ctx, command, YES)
            return
        if not self.model.fits(changes):
            with pytest.raises(PoolTooSmall):
                plans.act(ctx, command, YES)
        elif stepwise:
            made = plans.make(ctx, command)
            assert made.changes == len(changes)
            self._done(plans.apply(ctx, made.id, YES, listed=100), changes)
        else:
            self._done(plans.act(ctx, command, YES), changes)

    @rule(actor=actors, typed=some, fit=st.booleans())
    def staged(self, actor: str, typed: list[Typed], fit: bool) -> None:
        """Edits by hand: staged, looked at, saved; where the cap is too small, given up or saved as far as it goes."""
        edits = self._edits(typed)
        if edits:
            self._save(self._door(actor), *self._looked_at(self._door(actor), edits, []), fit)

    @rule(actor=actors, typed=some, theirs=st.none() | cells, mine=st.lists(st.booleans(), min_size=2, max_size=2))
    def stale(self, actor: str, typed: list[Typed], theirs: Typed | None, mine: list[bool]) -> None:
        """Somebody changes a cell between staging and review: keep theirs or use mine."""
        edits = self._edits(typed)
        self._other(theirs or typed[0])
        if edits:
            self._save(self._door(actor), *self._looked_at(self._door(actor), edits, mine), True)

    @rule(actor=actors, typed=some, theirs=st.none() | cells)
    def overtaken(self, actor: str, typed: list[Typed], theirs: Typed | None) -> None:
        """Somebody changes a cell between review and saving: nothing is saved, where it is one of these."""
        edits = self._edits(typed)
        if edits:
            looked = self._looked_at(self._door(actor), edits, [])
            self._other(theirs or typed[-1])
            self._save(self._door(actor), *looked, False)

    def _edits(self, typed: list[Typed]) -> tuple[Edit, ...]:
        return tuple(StagedChanges().add_all(self._edit(*cell) for cell in typed).edits.values())

    def _looked_at(self, door: Door, edits: tuple[Edit, ...], mine: list[bool]) -> tuple[PlanSummary, list[Change]]:
        """The plan of staged edits, and what is in it once everything is decided."""
        made = plans.make(door[0], Edits(edits, self.org))
        assert plans.effect(door[0], Edits(edits, self.org)) == Effect(made.pool, made.changed, made.skipped)
        rows = self.model.staged(edits, door[1])
        self._seen(made, rows)
        return made, self._decided(door[0], made, rows, itertools.cycle(mine))

    def _edit(self, who: int, of: Field, after: Value) -> Edit:
        user_id = self.members[who % len(self.members)]
        return Edit(user_id, of, self.model.now(user_id, of), after)

    def _other(self, cell: Typed) -> None:
        """Somebody else changes one cell meanwhile, to a value that nobody else gives it."""
        who, of, wanted = cell
        edit = self._edit(who, of, 123_456 if of in TOKENS else "theirs" if of is Field.DEPARTMENT else 1 - int(wanted))
        changes = [row.change for row in self.model.staged([edit], None) if row.state is State.IN]
        if self.model.fits(changes):
            self._done(plans.act(self.world.host, Edits((edit,), self.org), YES), changes)

    def _seen(self, made: PlanSummary, rows: list[Row]) -> None:
        """The plan says what it would do before it counts."""
        states = [row.state for row in rows]
        assert (made.changes, made.changed, made.skipped) == tuple(
            states.count(state) for state in (State.IN, State.CHANGED, State.SKIPPED)
        )
        changes = [row.change for row in rows if row.state is State.IN]
        for of in TOKENS:
            effect = made.pool[Kind(of.value)]
            assert (effect.before, effect.after) == (self.model.sum(of), self.model.after(of, changes))
        assert (made.short_of == ()) is self.model.fits(changes)

    def _decided(self, ctx: Context, made: PlanSummary, rows: list[Row], mine: "itertools.cycle[bool]") -> list[Change]:
        """Keep theirs or use mine, for each that waits; what is in then."""
        waiting = [row for row in rows if row.state is State.CHANGED]
        if waiting:
            with pytest.raises(Refused, match="for your decision"):
                plans.apply(ctx, made.id, YES)
        for row, use in zip(waiting, mine, strict=False):
            row.state = State.IN if use else State.OUT
            plans.choose(ctx, made.id, Choice(use, (row.change.user_id, row.change.field.value)))
        return [row.change for row in rows if row.state is State.IN]

    def _save(self, door: Door, made: PlanSummary, changes: list[Change], fit: bool) -> None:
        ctx = door[0]
        if any(self.model.now(c.user_id, c.field) != c.before for c in changes):
            with pytest.raises(Conflict, match="nothing was saved"):
                plans.apply(ctx, made.id, YES)
            plans.discard(ctx, made.id)
            return
        if not self.model.fits(changes):
            with pytest.raises(PoolTooSmall):
                plans.apply(ctx, made.id, YES)
            if not fit:
                plans.discard(ctx, made.id)
                return
            changes = self.model.fitting(changes)
            assert plans.keep_what_fits(ctx, made.id).changes == len(changes)
        self._done(plans.apply(ctx, made.id, YES, listed=100), changes)

    @rule(actor=actors, back=st.integers(0, 5), stepwise=st.booleans())
    def undo(self, actor: str, back: int, stepwise: bool) -> None:
        """Take back any batch, also one that undid another."""
        ctx, me = self._door(actor)
        if not self.model.batches:
            return
        batch = sorted(self.model.batches)[-1 - back % len(self.model.batches)]
        if batch in self.model.undone:
            with pytest.raises(Refused, match=f"undone already, by batch {self.model.undone[batch]}"):
                batches.undo(ctx, batch, YES)
            return
        if not self.model.batches[batch]:
            with pytest.raises(Refused, match="changed nothing that can be taken back"):
                batches.undo(ctx, batch, YES)
            return
        changes = self.model.undo(batch, me)
        if stepwise:
            done = plans.apply(ctx, batches.plan_undo(ctx, batch).id, YES, listed=100)
        else:
            done = batches.undo(ctx, batch, YES)
        assert done.changes + len(done.left) + len(done.skipped) == len(self.model.batches[batch])
        self._done(done, changes, undoes=batch)

    @rule(bought=st.sampled_from([0, 600_000, 1_500_000, 4_000_000]), percent=st.sampled_from([50, 100, 100, 150]))
    def purchase(self, bought: int, percent: int) -> None:
        """What was bought shrinks or grows, whatever is allocated of it; the policy says how far allocations may go."""
        change = "UPDATE purchase SET inference = :bought, embedding = :bought WHERE organization_id = :org"
        self.world.change(change, bought=bought, org=self.org)
        self.world.change(
            "INSERT INTO policy (organization_id, version, preset, fields, at)"
            " VALUES (:org, :version, 'standard', :fields, 1)",
            org=self.org, version=next(_numbers), fields=f'{{"cap_percent":{percent},"tiers":"off"}}',
        )  # fmt: skip
        self.model.cap = dict.fromkeys(TOKENS, bought * percent // 100)

    @rule(who=somebody, used=st.sampled_from([1, 499_999, 2_000_000]))
    def usage(self, who: int, used: int) -> None:
        """Usage changes no limit, and an undo goes below it."""
        email = next(e for e, n in self.world.people.items() if n == self.members[who % 5])
        self.world.record(self.world.usage(f"call {next(_numbers)}", email, used), organization_id=self.org)

    @rule(actor=actors, amount=st.sampled_from([None, 0, 800_000]), paid=st.booleans())
    def imported(self, actor: str, amount: int | None, paid: bool) -> None:
        """A person from a file, with an allocation or the floors."""
        if len(self.members) == 9:
            return
        ctx, _ = self._door(actor)
        email = self._email(f"new{len(self.members)}")
        cells = {"email": email, "inference": "" if amount is None else str(amount), "paid": "yes" if paid else "no"}
        done = imports_people.users(ctx, [UserLine(1, cells)], self.org)
        if amount and self.model.after(Field.INFERENCE, []) + amount > self.model.cap[Field.INFERENCE]:
            assert (done.added, [refused.field for refused in done.refused]) == (0, ["inference"])
            return
        assert done.batch is not None
        who = int(str(self.world.value('SELECT id FROM "user" WHERE email_key = :key', key=email)))
        self.members.append(who)
        person = {**dict.fromkeys(FIELDS, 0), **dict.fromkeys(TOKENS), Field.PAID: int(paid), Field.DEPARTMENT: ""}
        given = {Field.INFERENCE: amount, Field.EMBEDDING: None}
        for of in TOKENS:
            if given[of] is None and paid and self.model.sum(of) + FLOOR <= self.model.cap[of]:
                given[of] = FLOOR
        self.model.people[who] = person
        self.model.record(done.batch, [Change(who, of, None, v) for of, v in given.items() if v is not None])
        self.entries += 1

    # What holds after each --------------------------------------------------------------------------------------------

    @invariant()
    def as_the_model_says(self) -> None:
        flags = ", ".join(f"CAST({column} AS INTEGER) AS {column}" for column in ("paid", "banned", "verified"))
        rows = self.world.rows(
            "SELECT m.user_id, m.inference_allocation AS inference, m.embedding_allocation AS embedding, m.department,"
            f' {flags} FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org', org=self.org
        )  # fmt: skip
        stands = {(int(row["user_id"]), of): row[of.value] for row in rows for of in FIELDS}
        says = {(who, of): value for who, person in self.model.people.items() for of, value in person.items()}
        assert dict(stands.items() - says.items()) == dict(says.items() - stands.items())
        pools = self.world.rows("SELECT allocated FROM pool WHERE organization_id = :org ORDER BY kind", org=self.org)
        assert [int(row["allocated"]) for row in pools] == [self.model.sum(of) for of in TOKENS]
        assert self._entries() == self.entries
        assert self.world.value("SELECT count(*) FROM plan WHERE organization_id = :org", org=self.org) == 0

    @invariant()
    def the_history_is_whole(self) -> None:
        found: dict[int, list[Change]] = {}
        last: dict[tuple[int, Field], Value] = {}
        for row in self.world.rows(
            "SELECT * FROM allocation_change WHERE organization_id = :o ORDER BY id", o=self.org
        ):
            text = row["field"] == Field.DEPARTMENT
            before, after = (row["before_text"], row["after_text"]) if text else (row["before"], row["after"])
            change = Change(int(row["user_id"]), Field(row["field"]), before, after)
            cell = (change.user_id, change.field)
            assert last.setdefault(cell, before) == before  # each step begins where the one before it ended
            last[cell] = after
            found.setdefault(int(row["batch"]), []).append(change)
        assert {cell: self.model.now(*cell) for cell in last} == last
        ours = {number: sorted(changes, key=str) for number, changes in self.model.batches.items() if changes}
        assert {number: sorted(changes, key=str) for number, changes in found.items()} == ours
        undone = self.world.rows("SELECT id, undone_by FROM batch WHERE organization_id = :o", o=self.org)
        assert {int(r["id"]): int(r["undone_by"]) for r in undone if r["undone_by"]} == self.model.undone


def test_whatever_is_done_the_store_is_as_the_model_says(everywhere: World) -> None:
    class Here(Machine):
        world = everywhere

    profile = settings()
    examples = profile.max_examples if everywhere.host.database.sqlite else max(profile.max_examples // 4, 1)
    # As they come: to make a failing run of acts shorter over databases takes minutes.
    run_state_machine_as_test(Here, settings=settings(profile, max_examples=examples, phases=[Phase.generate]))
    assert all(report.first_bad is None for report in audit.verify(everywhere.host))
