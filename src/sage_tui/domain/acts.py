"""What each act means for one person: pure functions from a member as they are to the rows of a plan.

Bulk acts, staged edits and the command line all come through here, so that a rule has one place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sage_tui.domain import amounts
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.members import Because, Member, Proposed, row
from sage_tui.domain.plans import TOKENS, Edit, Field, State, Value
from sage_tui.domain.units import Kind, Role

DISABLED_AT_MOST = 1_000
"""Tokens that a disabled member keeps of each kind (product.md, "Disabling")."""


class OutOfBounds(WrongUse):
    """An amount leaves its bounds for one person; services put their e-mail before the message."""

    def __init__(self, user_id: int, message: str, hint: str) -> None:
        super().__init__(f"user {user_id}, {message}", hint)
        self.user_id = user_id
        self.what = message


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


@dataclass(frozen=True, slots=True)
class SetRole:
    """What somebody may do. `organization_id`: where they are a member then; None: where they are."""

    role: Role
    read_only: bool = False
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class SetEmail:
    """Another e-mail address for one person."""

    email: str


@dataclass(frozen=True, slots=True)
class SetPayer:
    """Whose purchases pay for the person: a member's e-mail; empty for nobody's. `payer_id` is theirs, once known."""

    payer: str = ""
    payer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One membership ends and another opens; `organization_id` 0 is none."""

    organization_id: int


Act = SetFields | Disable | Offboard | SetRole | SetEmail | SetPayer | Move


@dataclass
class Floors:
    """First allocations on activation, and the room under the cap that is still there, in tokens by kind."""

    floors: Mapping[Kind, int]
    """The organization's."""
    room: dict[Kind, int] = field(default_factory=dict)
    not_for: int | None = None
    """Who is given none: nobody raises their own allocation."""
    departments: Mapping[str, Mapping[Kind, int]] = field(default_factory=dict)
    """Of departments with a policy of their own."""
    own: Mapping[int, Mapping[Kind, int]] = field(default_factory=dict)
    """Of people with a floor of their own."""

    def of(self, user_id: int, department: str, kind: Kind) -> int:
        """Somebody's floor: their own, else their department's, else the organization's."""
        found = self.own.get(user_id, {}).get(kind)
        return self.departments.get(department, self.floors)[kind] if found is None else found

    def take(self, user_id: int, department: str, kind: Kind) -> int | None:
        """Somebody's floor of a kind if the room suffices; it is taken then."""
        floor = self.of(user_id, department, kind)
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
        case SetRole():
            yield from _set_role(act, member, because)
        case SetEmail():
            yield row(member, Field.EMAIL, act.email, "email", because)
        case SetPayer():
            yield row(member, Field.PAYER, act.payer_id, "payer", because)
        case Move():
            yield from _move(act, member, because)


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
            yield _floor(member, of_tokens, floors, act.department)


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
        raise OutOfBounds(member.user_id, f"{of_tokens.value}: {error.message}", error.hint) from error
    return row(member, of_tokens, after, rule_of(amount), because)


def _floor(member: Member, of_tokens: Field, floors: Floors, department: str | None = None) -> Proposed:
    """The first allocation; `department` is where the same act puts the member, if it does."""
    if member.user_id == floors.not_for:
        return Proposed(member.user_id, of_tokens, None, None, "floor", State.SKIPPED, "self_raise")
    where = member.department if department is None else department
    given = floors.take(member.user_id, where, TOKENS[of_tokens])
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
    rows = [
        row(member, field_, value, "offboard", because)
        for field_, value in ((Field.BANNED, 1), (Field.PAID, 0), (Field.INFERENCE, 0), (Field.EMBEDDING, 0))
        if field_ not in TOKENS or member.value(field_) is not None
    ]
    # Somebody banned already keeps a row all the same: what hangs on them ends too.
    yield from [made for made in rows if made.state is State.IN] or rows[:1]


def _set_role(act: SetRole, member: Member, because: Because) -> Iterator[Proposed]:
    """Of role and read-only what changes; with another organization all that a membership has."""
    role = row(member, Field.ROLE, act.role.value, "role", because)
    if because.actor_id == member.user_id:
        yield role._replace(rule="", state=State.SKIPPED, why="self_role")
    elif act.organization_id in (None, member.organization):
        read_only = row(member, Field.READ_ONLY, int(act.read_only), "role", because)
        yield from [one for one in (role, read_only) if one.state is State.IN] or [role]
    else:
        yield Proposed(member.user_id, Field.ORGANIZATION, member.organization, act.organization_id, "role")
        yield from _entering(member, act.role, int(act.read_only), "role")


def _move(act: Move, member: Member, because: Because) -> Iterator[Proposed]:
    """A platform operator belongs to no organization: their role is what changes, not their place."""
    made = row(member, Field.ORGANIZATION, act.organization_id, "move", because)
    if made.state is State.IN and member.type == Role.SUPER_ADMIN:
        made = made._replace(rule="", state=State.SKIPPED, why="operator")
    yield made
    if made.state is State.IN:
        yield from _entering(member, Role.USER, 0, "move")


def _entering(member: Member, role: Role, read_only: int, rule: str) -> Iterator[Proposed]:
    """What a membership begins with, where that is not what the one before it had."""
    first: dict[Field, Value] = {
        Field.ROLE: role.value, Field.READ_ONLY: read_only, Field.PAID: 0, Field.DEPARTMENT: "", Field.PAYER: None,
        Field.INFERENCE: None, Field.EMBEDDING: None,
    }  # fmt: skip
    for field_, after in first.items():
        before = member.value(field_)
        if before != after:
            yield Proposed(member.user_id, field_, before, after, rule)


def staged(edit: Edit, member: Member | None, because: Because) -> Proposed:
    """The row of a staged edit. Where the member is not as the author saw them, the row waits for a decision."""
    if member is None:
        return Proposed(edit.user_id, edit.field, edit.before, edit.after, "", State.SKIPPED, "ended")
    made = row(member, edit.field, edit.after, "edit", because)
    if made.state is State.IN and made.before != edit.before:
        return made._replace(state=State.CHANGED, why="moved", seen=edit.before)
    return made


def activation(
    edit: Edit, member: Member, edits: frozenset[Field], floors: Floors, department: str | None = None
) -> Iterator[Proposed]:
    """First allocations that a staged "paid: yes" brings, where the allocation is unset and not staged itself.

    `department` is where the same edits put the member, if they do.
    """
    if edit.field is Field.PAID and edit.after and not member.paid:
        for of_tokens in TOKENS:
            if member.value(of_tokens) is None and of_tokens not in edits:
                yield _floor(member, of_tokens, floors, department)


def typed(field_: Field, text: str, present: Value) -> Value:
    """What was typed into a cell, as the field's value. Raises WrongUse."""
    if field_ in TOKENS:
        return amounts.parse(text.strip()).of(present if isinstance(present, int) else None)
    words = {"yes": 1, "y": 1, "on": 1, "true": 1, "1": 1, "no": 0, "n": 0, "off": 0, "false": 0, "0": 0}
    found = words.get(text.strip().casefold())
    if found is None:
        raise WrongUse(f"{field_.value}: write yes or no", "y and n do too.")
    return found
