"""A member as acts see them, a row as acts propose it, and the rules that hold for every row."""

from dataclasses import dataclass
from typing import NamedTuple

from sage_tui.domain.plans import TOKENS, Field, State, Value
from sage_tui.domain.units import NO_ORGANIZATION


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
    email: str = ""
    payer: int | None = None
    """Their payer's number."""
    organization: int = NO_ORGANIZATION

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


def row(member: Member, field_: Field, after: Value, rule: str, because: Because) -> Proposed:
    """One row, with the rules that hold for every act: no change is none, and oneself."""
    before = member.value(field_)
    why = "already" if before == after else forbidden(member.user_id, field_, before, after, because)
    if why:
        return Proposed(member.user_id, field_, before, after, "", State.SKIPPED, why)
    return Proposed(member.user_id, field_, before, after, rule)


def forbidden(user_id: int, field_: Field, before: Value, after: Value, because: Because) -> str:
    """Why nobody does this to themselves, by its code; nothing where it is another person, or allowed."""
    if user_id != because.actor_id:
        return ""
    if field_ is Field.BANNED and after:
        return "self_ban"
    if field_ is Field.ROLE or field_ is Field.READ_ONLY:
        return "self_role"
    if field_ in TOKENS and because.others and int(after or 0) > int(before or 0):
        return "self_raise"
    return ""
