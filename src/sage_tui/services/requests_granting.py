"""What a decision on requests means as a plan: limits, raises with an end, the state of the requests. Steps.

All of it is written by services/allocations, as every change of a limit is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sage_tui.domain.errors import Conflict, NotFound, WrongUse
from sage_tui.domain.members import Member
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import TOKENS, Done, Field, Skipped, State
from sage_tui.domain.requests import RULES, Decided, Decision, Lasts, Status, TokenRequest, check_amount, written
from sage_tui.domain.units import Kind, Role
from sage_tui.services import falling_back, plans, policy_held, pools
from sage_tui.services.requests_hanging import AT_ONCE
from sage_tui.store import plans as store
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx, chunks
from sage_tui.store.windows import requests as windows

OF_KIND = {kind: field for field, kind in TOKENS.items()}


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all requests of one decision."""

    lasts: Lasts = Lasts.MONTH
    until: int | None = None
    note: str = ""
    automatic: bool = False
    activate: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A request that waits, its state as text, and how much of it is granted, in tokens."""

    id: int
    user_id: int
    kind: Kind
    amount: int
    before: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """A row of a plan of something that hangs on a person."""

    user_id: int
    field: str
    before: str
    after: str
    rule: str
    state: State = State.IN
    why: str = ""


def pending(tx: Tx, ids: Sequence[int]) -> tuple[int, list[Row]]:
    """Requests that wait, their organization's pools and themselves locked; the organization, and their rows.

    Raises NotFound (alike for another organization's), WrongUse (of several), Conflict (decided already, by whom).
    """
    numbers = tuple(dict.fromkeys(ids))
    if not numbers:
        raise WrongUse("No request is named.", "See `sage-tui requests list`.", code="nobody")
    found = windows.by_number(tx, numbers)
    unknown = set(numbers) - {one.id for one in found}
    if unknown:
        raise NotFound(f"There is no request {min(unknown)}.", "See `sage-tui requests list`.")
    organizations = {one.organization_id for one in found}
    if len(organizations) > 1:
        raise WrongUse(
            "These requests are of several organizations.", "Decide one organization's at a time.", code="several"
        )
    organization_id = organizations.pop()
    falling_back.due(tx, organization_id)
    pools.lock(tx, organization_id)
    listed = ", ".join(str(int(number)) for number in numbers)
    rows = tx.lock(
        f"SELECT t.* FROM request t WHERE t.organization_id = :org AND t.id IN ({listed}) ORDER BY t.created_at, t.id",
        org=organization_id,
    )
    for row in rows:
        if row["status"] != Status.PENDING:
            raise already(tx, organization_id, int(row["id"]))
    return organization_id, rows


def already(tx: Tx, organization_id: int, number: int) -> Conflict:
    """That somebody was quicker, and who and when."""
    (one,) = windows.by_number(tx, (number,), organization_id)
    if one.status is Status.WITHDRAWN:
        return Conflict(
            f"Request {number} was withdrawn by {one.email}.", "There is nothing to decide.", code="decided"
        )
    who = f" by {one.decided_by}" if one.decided_by else ""
    when = f" at {one.decided_at:%Y-%m-%d %H:%M} UTC" if one.decided_at else ""
    return Conflict(
        f"Request {number} was already {one.status.value}{who}{when}.", "Look at it again.", code="decided"
    )  # fmt: skip


def grant(tx: Tx, organization_id: int, plan_id: int, grants: Sequence[Grant], terms: Terms) -> None:
    """Put into a plan what granting requests changes: paid, limits, raises with an end, the requests themselves.

    Whoever is granted something must be a member. Raises WrongUse where a limit would leave its bounds.
    """
    members = store.by_number(tx, organization_id, (one.user_id for one in grants))
    found: dict[tuple[int, Kind], list[Grant]] = {}
    for one in grants:
        found.setdefault((one.user_id, one.kind), []).append(one)
    new = [one for one in members.values() if terms.activate and not one.paid]
    floors = _floors(tx, organization_id, new, grants)
    rows: list[Hanging | Limit] = [Limit(one.user_id, Field.PAID, 0, 1, "set") for one in new]
    rows += [
        Limit(who, OF_KIND[kind], None, floor, "floor")
        for (who, kind), floor in floors.items()
        if (who, kind) not in found
    ]
    for (who, kind), some in found.items():
        rows.append(_limit(members[who], kind, some, floors.get((who, kind), 0), terms))
    rows += [_decided(one, terms) for one in grants]
    if terms.until is not None:
        rows += _raises(tx, organization_id, grants, terms.until)
    put(tx, organization_id, plan_id, rows)


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of a plan of a member's own field."""

    user_id: int
    field: Field
    before: int | None
    after: int | None
    rule: str
    state: State = State.IN
    why: str = ""


def _limit(member: Member, kind: Kind, some: Sequence[Grant], floor: int, terms: Terms) -> Limit:
    """One limit, raised by all that is granted of it. The step names the oldest request."""
    present = member.value(OF_KIND[kind])
    assert present is None or isinstance(present, int)
    base = present or floor
    rule = f"{RULES[terms.lasts]}:{some[0].id}"
    if present is None:
        rule += f":{base}"  # what it falls back to, where there was no limit
    return Limit(member.user_id, OF_KIND[kind], present, check_amount(base + sum(one.amount for one in some)), rule)


def _floors(
    tx: Tx, organization_id: int, new: Sequence[Member], grants: Sequence[Grant]
) -> dict[tuple[int, Kind], int]:
    """First limits of those who may spend from now on, as far as the cap allows beside what is granted."""
    if not new:
        return {}
    floors = policy_held.first(tx, organization_id)
    room = {kind: left - sum(g.amount for g in grants if g.kind is kind) for kind, left in room_of(tx, organization_id)}
    given = {}
    for member in new:
        for kind, field in OF_KIND.items():
            floor = floors.of(member.user_id, member.department, kind)
            if member.value(field) is None and floor <= room[kind]:
                given[member.user_id, kind] = floor
                room[kind] -= floor
    return given


def room_of(tx: Tx, organization_id: int) -> list[tuple[Kind, int]]:
    """What the cap leaves of each kind, in tokens; below 0 where allocations stand above it."""
    effects = pools.effects(tx, organization_id, dict.fromkeys(Kind, 0))
    return [(kind, effect.cap - effect.before) for kind, effect in effects.items()]


def _decided(one: Grant, terms: Terms) -> Hanging:
    after = Decision(Status.APPROVED, one.amount, terms.lasts, terms.until, terms.note, terms.automatic)
    return Hanging(one.user_id, f"{Field.REQUEST} {one.id}", one.before, written(after), "decided")


def _raises(tx: Tx, organization_id: int, grants: Sequence[Grant], until: int) -> Iterable[Hanging]:
    """A raise for each request; it begins as one that ended, and the plan makes it hold."""
    for one in grants:
        number = tx.numbers("token_raise")
        tx.run(
            "INSERT INTO token_raise (organization_id, id, user_id, kind, amount, until, created_at, request_id,"
            " ended_at) VALUES (:org, :id, :user, :kind, :amount, :until, :now, :request, :now)",
            org=organization_id, id=number, user=one.user_id, kind=KINDS.index(one.kind.value), amount=one.amount,
            until=until, now=tx.now, request=one.id,
        )  # fmt: skip
        yield Hanging(one.user_id, f"{Field.RAISE} {number}", "ended", "active", "decided")


def put(tx: Tx, organization_id: int, plan_id: int, rows: Iterable[Hanging | Limit]) -> None:
    """Write rows of a plan."""
    for some in chunks(rows, AT_ONCE):
        tx.many(
            "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before, after, before_text, after_text,"
            " rule, state, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(organization_id, plan_id, *_stored(row)) for row in some],
        )


def _stored(row: Hanging | Limit) -> tuple[object, ...]:
    numbers, texts = (row.before, row.after), (None, None)
    if isinstance(row, Hanging):
        numbers, texts = texts, (row.before, row.after)  # type: ignore[assignment]
    return row.user_id, str(row.field), *numbers, *texts, row.rule, int(row.state), row.why


def finish(
    tx: Tx, organization_id: int, plan_id: int, consent: Consent, numbers: Mapping[int, str]
) -> Decided:  # fmt: skip
    """Apply a decision; what it did, and the requests as they are then. `numbers`: those passed over, and why."""
    done = plans.applied(tx, organization_id, plan_id, consent, strict=True, listed=None)
    return told(tx, organization_id, done, numbers)


def told(tx: Tx, organization_id: int, done: Done, numbers: Mapping[int, str]) -> Decided:
    """A decision that was applied, with its requests; those passed over are named."""
    decided = tuple(int(row.item) for row in done.rows if row.field is Field.REQUEST)
    over = windows.by_number(tx, tuple(numbers), organization_id)
    skipped = tuple(Skipped(one.email, numbers[one.id], f"{Field.REQUEST} {one.id}") for one in over)
    found = windows.by_number(tx, decided, organization_id)
    if tx.dry_run:
        found = tuple(replace(one, batch=None) for one in found)
    return Decided(replace(done, skipped=(*skipped, *done.skipped)), found, _notes(found))


def _notes(found: Sequence[TokenRequest]) -> tuple[str, ...]:
    """Who was granted something that they may not spend."""
    unpaid = sorted({one.email for one in found if one.status is Status.APPROVED and not one.paid})
    return tuple(f"{email} may not spend: `sage-tui users set {email} --paid` changes that." for email in unpaid)


def administrator(tx: Tx, organization_id: int, user_id: int) -> bool:
    """Is somebody an administrator of the organization?"""
    role = tx.value(
        "SELECT type FROM membership WHERE organization_id = :org AND user_id = :user AND ended_at IS NULL",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return role is not None and role != Role.USER
