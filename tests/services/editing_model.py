"""A small model of editing, in plain Python: what everybody's fields should be after each act, and why.

It knows nothing of plans' tables or statements; the state machine compares it with the store after every step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sage_tui.domain.acts import Act, Disable, Offboard, SetFields
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.plans import Edit, Field, State, Value

TOKENS = (Field.INFERENCE, Field.EMBEDDING)
FIELDS = (*TOKENS, Field.PAID, Field.BANNED, Field.VERIFIED, Field.DEPARTMENT)
FLOOR = 500_000


class Change(NamedTuple):
    """One field of one person, from what it was to what it becomes."""

    user_id: int
    field: Field
    before: Value
    after: Value

    @property
    def tokens(self) -> int:
        """Tokens that it adds."""
        return int(self.after or 0) - int(self.before or 0) if self.field in TOKENS else 0


class BelowZero(Exception):
    """An amount leaves its bounds: the whole act is refused."""


@dataclass
class Row:
    """A row of a plan of staged edits, as the model expects it."""

    change: Change
    state: State


@dataclass
class Model:
    """People's fields by number, what was bought, and every batch's changes."""

    people: dict[int, dict[Field, Value]]
    cap: dict[Field, int]
    batches: dict[int, list[Change]] = field(default_factory=dict)
    undone: dict[int, int] = field(default_factory=dict)
    """Batch → the batch that undid it."""

    def now(self, user_id: int, of: Field) -> Value:
        return self.people[user_id][of]

    def sum(self, of: Field) -> int:
        return sum(int(person[of] or 0) for person in self.people.values())

    def limit(self, of: Field) -> int:
        """How far the sum may go: never above what was bought, unless it stands there already."""
        return max(self.cap[of], self.sum(of))

    def after(self, of: Field, changes: Iterable[Change]) -> int:
        return self.sum(of) + sum(change.tokens for change in changes if change.field is of)

    def fits(self, changes: Sequence[Change]) -> bool:
        return all(self.after(of, changes) <= self.limit(of) for of in TOKENS)

    def fitting(self, changes: Sequence[Change]) -> list[Change]:
        """Lowerings all, then raises by person as far as they go; all, where all go."""
        kept = [change for change in changes if change.tokens <= 0]
        for of in TOKENS:
            raises = sorted(change for change in changes if change.field is of and change.tokens > 0)
            room = self.limit(of) - self.after(of, kept)
            for change in raises:
                if change.tokens <= room:
                    room -= change.tokens
                    kept.append(change)
        return kept

    def record(self, batch: int, changes: Sequence[Change], undoes: int | None = None) -> None:
        """The changes are done, as this batch."""
        assert batch not in self.batches
        for change in changes:
            assert self.now(change.user_id, change.field) == change.before
            self.people[change.user_id][change.field] = change.after
        self.batches[batch] = list(changes)
        if undoes is not None:
            self.undone = {number: by for number, by in self.undone.items() if by != undoes}
            self.undone[undoes] = batch

    # What acts mean ---------------------------------------------------------------------------------------------------

    def forbidden(self, change: Change, me: int | None) -> bool:
        """Nobody raises their own allocation or bans themselves."""
        return change.user_id == me and (change.tokens > 0 or (change.field is Field.BANNED and bool(change.after)))

    def _allowed(self, changes: Iterable[Change], me: int | None) -> list[Change]:
        return [c for c in changes if c.before != c.after and not self.forbidden(c, me)]

    def _change(self, user_id: int, of: Field, after: Value) -> Change:
        return Change(user_id, of, self.now(user_id, of), after)

    def bulk(self, act: Act, whom: Iterable[int], me: int | None) -> list[Change]:
        """The changes of an act for many. Raises BelowZero."""
        room = {of: max(self.cap[of] - self.sum(of), 0) for of in TOKENS}
        found: list[Change] = []
        for user_id in sorted(whom):
            match act:
                case SetFields():
                    found += self._set(act, user_id, me, room)
                case Disable() if user_id != me:
                    found.append(self._change(user_id, Field.PAID, 0))
                    for of in TOKENS:
                        present = self.now(user_id, of)
                        found.append(self._change(user_id, of, None if present is None else min(int(present), 1_000)))
                case Offboard() if user_id != me:
                    found += [self._change(user_id, Field.BANNED, 1), self._change(user_id, Field.PAID, 0)]
                    found += [self._change(user_id, of, 0) for of in TOKENS if self.now(user_id, of) is not None]
        return self._allowed(found, me)

    def _set(self, act: SetFields, user_id: int, me: int | None, room: dict[Field, int]) -> list[Change]:
        found = [
            self._change(user_id, of, int(wanted) if isinstance(wanted, bool) else wanted)
            for of, wanted in ((f, getattr(act, f.value)) for f in FIELDS if f not in TOKENS)
            if wanted is not None
        ]
        for of in TOKENS:
            amount: Amount | None = getattr(act, of.value)
            if amount is not None:
                found.append(self._change(user_id, of, self._amount(amount, self.now(user_id, of))))
            elif act.paid:
                found += self._floor(user_id, of, me, room)
        return found

    def _amount(self, amount: Amount, present: Value) -> Value:
        has = int(present or 0)
        match amount.how:
            case How.UNSET:
                return None
            case How.SET:
                return amount.value
            case How.ADD:
                wanted = has + amount.value
            case _ if present is None:
                return None
            case _:
                share = has * abs(amount.value) // 10_000
                wanted = has + share if amount.value > 0 else has - share
        if wanted < 0:
            raise BelowZero
        return wanted

    def _due(self, user_id: int, of: Field) -> bool:
        return not self.now(user_id, Field.PAID) and self.now(user_id, of) is None

    def _floor(self, user_id: int, of: Field, me: int | None, room: dict[Field, int]) -> list[Change]:
        """A first allocation, where somebody who has none becomes paid and there is room."""
        if not self._due(user_id, of) or user_id == me or room[of] < FLOOR:
            return []
        room[of] -= FLOOR
        return [self._change(user_id, of, FLOOR)]

    def staged(self, edits: Sequence[Edit], me: int | None) -> list[Row]:
        """The rows of staged edits: what changed since its author saw it waits; what is so already is skipped."""
        room = {of: max(self.cap[of] - self.sum(of), 0) for of in TOKENS}
        for edit in edits:
            if edit.field in TOKENS:
                room[edit.field] -= int(edit.after or 0) - int(edit.before or 0)
        cells = {(edit.user_id, edit.field) for edit in edits}
        rows = []
        for edit in edits:
            change = self._change(edit.user_id, edit.field, edit.after)
            state = State.IN if change.before == edit.before else State.CHANGED
            rows.append(Row(change, state if self._allowed([change], me) else State.SKIPPED))
            if edit.field is Field.PAID and edit.after:
                for of in TOKENS:
                    if (edit.user_id, of) not in cells and self._due(edit.user_id, of):
                        given = self._floor(edit.user_id, of, me, room)
                        none = Row(self._change(edit.user_id, of, None), State.SKIPPED)
                        rows.append(Row(given[0], State.IN) if given else none)
        return rows

    def undo(self, batch: int, me: int | None) -> list[Change]:
        """The way back of a batch: what is still as it left it, as far as it fits."""
        back = [Change(c.user_id, c.field, c.after, c.before) for c in self.batches[batch]]
        return self.fitting([c for c in self._allowed(back, me) if self.now(c.user_id, c.field) == c.before])
