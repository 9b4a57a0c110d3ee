"""What each act means for one person: pure functions from a member as they are to the rows of a plan.

Bulk acts, staged edits and the command line all come through here, so that a rule has one place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sage_tui.domain import amounts
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.plans import TOKENS, Edit, Field, State, Value
from sage_tui.domain.units import Kind

DISABLED_AT_MOST = 1_000
"""Tokens that a disabled member keeps of each kind (product.md, "Disabling")."""


class Member(NamedTuple):
    """A member as a plan sees them. Amounts in tokens, None is unset; flags are 0 or 1."""

    user_id: int
    type: str
    paid: int
    banned: int
    verified: int
    department: str
    inference: int | None
    embedding: int | None
    pinned: int = 0
    read_only: int = 0

    def value(self, field_: Field) -> Value:
        """What stands in a field now."""
        return self.type if field_ is Field.ROLE else getattr(self, field_.value)


class Proposed(NamedTuple):
    """A row of a plan, as an act proposes it."""

    user_id: int
    field: Field
    before: Value
    after: Value
    rule: str
    state: State = State.IN
    why: str = ""
    seen: Value = None


@dataclass(frozen=True, slots=True)
class Because:
    """Who acts, and what that forbids them."""

    actor_id: int | None = None
    others: bool = True
    """Another administrator of the organization exists."""


@dataclass(frozen=True, slots=True)
class SetFields:
    """Change fields of everybody meant. What is None stays as it is."""

    inference: Amount | None = None
    embedding: Amount | None = None
    paid: bool | None = None
    banned: bool | None = None
    verified: bool | None = None
    department: str | None = None

    def amount(self, field_: Field) -> Amount | None:
        """The amount for one of the two allocations."""
        return self.inference if field_ is Field.INFERENCE else self.embedding

    @property
    def asked(self) -> bool:
        """Is anything to be changed at all?"""
        return any(getattr(self, name) is not None for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Disable:
    """Paid off, and both allocations to at most 1,000: signs in, may not spend."""


@dataclass(frozen=True, slots=True)
class Offboard:
    """Banned, paid off, allocations 0; what hangs on the person is ended beside it (services/offboarding)."""


Act = SetFields | Disable | Offboard


@dataclass
class Floors:
    """First allocations on activation, and the room under the cap that is still there, in tokens by kind."""

    floors: dict[Kind, int]
    room: dict[Kind, int] = field(default_factory=dict)

    def take(self, kind: Kind) -> int | None:
        """The floor of a kind if the room suffices; it is taken then."""
        floor = self.floors[kind]
        if floor > self.room.get(kind, 0):
            return None
        self.room[kind] -= floor
        return floor


def propose(act: Act, member: Member, because: Because, floors: Floors) -> Iterator[Proposed]:
    """The rows of an act for one member. Raises WrongUse where an amount leaves its bounds."""
    match act:
        case SetFields():
            yield from _set_fields(act, member, because, floors)
        case Disable():
            yield from _disable(member, because)
        case Offboard():
            yield from _offboard(member, because)


def _set_fields(act: SetFields, member: Member, because: Because, floors: Floors) -> Iterator[Proposed]:
    for flag in (Field.PAID, Field.BANNED, Field.VERIFIED):
        wanted = getattr(act, flag.value)
        if wanted is not None:
            yield row(member, flag, int(wanted), "set", because)
    if act.department is not None:
        yield row(member, Field.DEPARTMENT, act.department, "set", because)
    for of_tokens in TOKENS:
        amount = act.amount(of_tokens)
        if amount is not None:
            yield _amount(member, of_tokens, amount, because)
        elif act.paid and not member.paid and member.value(of_tokens) is None:
            yield _floor(member, of_tokens, floors)


def _amount(member: Member, of_tokens: Field, amount: Amount, because: Because) -> Proposed:
    present = member.value(of_tokens)
    assert present is None or isinstance(present, int)
    if member.pinned:
        return Proposed(member.user_id, of_tokens, present, present, "", State.SKIPPED, "pinned")
    if present is None and amount.how is How.SCALE:
        return Proposed(member.user_id, of_tokens, None, None, "", State.SKIPPED, "already")
    try:
        after = amount.of(present)
    except WrongUse as error:
        raise WrongUse(f"user {member.user_id}, {of_tokens.value}: {error.message}", error.hint) from error
    return row(member, of_tokens, after, rule_of(amount), because)


def _floor(member: Member, of_tokens: Field, floors: Floors) -> Proposed:
    given = floors.take(TOKENS[of_tokens])
    if given is None:
        return Proposed(member.user_id, of_tokens, None, None, "floor", State.SKIPPED, "pool_too_small")
    return Proposed(member.user_id, of_tokens, None, given, "floor")


def rule_of(amount: Amount) -> str:
    """The rule's code, with its number."""
    return amount.how.value if amount.how in (How.SET, How.UNSET) else f"{amount.how.value}:{amount.value}"


def _disable(member: Member, because: Because) -> Iterator[Proposed]:
    if because.actor_id == member.user_id:
        yield Proposed(member.user_id, Field.PAID, member.paid, 0, "", State.SKIPPED, "self_disable")
        return
    yield row(member, Field.PAID, 0, "disable", because)
    for of_tokens in TOKENS:
        present = member.value(of_tokens)
        if isinstance(present, int) and present > DISABLED_AT_MOST:
            yield row(member, of_tokens, DISABLED_AT_MOST, "disable", because)


def _offboard(member: Member, because: Because) -> Iterator[Proposed]:
    if because.actor_id == member.user_id:
        yield Proposed(member.user_id, Field.BANNED, member.banned, 1, "", State.SKIPPED, "self_ban")
        return
    for field_, value in ((Field.BANNED, 1), (Field.PAID, 0), (Field.INFERENCE, 0), (Field.EMBEDDING, 0)):
        if field_ in TOKENS and member.value(field_) is None:
            continue
        made = row(member, field_, value, "offboard", because)
        if made.state is State.IN:
            yield made


def row(member: Member, field_: Field, after: Value, rule: str, because: Because) -> Proposed:
    """One row, with the rules that hold for every act: no change is none, and oneself."""
    before = member.value(field_)
    why = "already" if before == after else _forbidden(member, field_, before, after, because)
    if why:
        return Proposed(member.user_id, field_, before, after, "", State.SKIPPED, why)
    return Proposed(member.user_id, field_, before, after, rule)


def _forbidden(member: Member, field_: Field, before: Value, after: Value, because: Because) -> str:
    if member.user_id != because.actor_id:
        return ""
    if field_ is Field.BANNED and after:
        return "self_ban"
    if field_ is Field.ROLE or field_ is Field.READ_ONLY:
        return "self_role"
    if field_ in TOKENS and because.others and int(after or 0) > int(before or 0):
        return "self_raise"
    return ""


def staged(edit: Edit, member: Member | None, because: Because) -> Proposed:
    """The row of a staged edit. Where the member is not as the author saw them, the row waits for a decision."""
    if member is None:
        return Proposed(edit.user_id, edit.field, edit.before, edit.after, "", State.SKIPPED, "ended")
    made = row(member, edit.field, edit.after, "edit", because)
    if made.state is State.IN and made.before != edit.before:
        return made._replace(state=State.CHANGED, why="moved", seen=edit.before)
    return made


def activation(edit: Edit, member: Member, edits: frozenset[Field], floors: Floors) -> Iterator[Proposed]:
    """First allocations that a staged "paid: yes" brings, where the allocation is unset and not staged itself."""
    if edit.field is Field.PAID and edit.after and not member.paid:
        for of_tokens in TOKENS:
            if member.value(of_tokens) is None and of_tokens not in edits:
                yield _floor(member, of_tokens, floors)


def typed(field_: Field, text: str, present: Value) -> Value:
    """What was typed into a cell, as the field's value. Raises WrongUse."""
    if field_ in TOKENS:
        return amounts.parse(text.strip()).of(present if isinstance(present, int) else None)
    words = {"yes": 1, "y": 1, "on": 1, "true": 1, "1": 1, "no": 0, "n": 0, "off": 0, "false": 0, "0": 0}
    found = words.get(text.strip().casefold())
    if found is None:
        raise WrongUse(f"{field_.value}: write yes or no", "y and n do too.")
    return found
