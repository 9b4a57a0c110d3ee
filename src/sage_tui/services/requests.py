"""Requests for more tokens: asking, withdrawing, the queue, what helps to decide. Deciding has its own modules."""

from dataclasses import replace

from sage_tui.clock import to_datetime
from sage_tui.domain import overrides
from sage_tui.domain.errors import NotFound, Refused, WrongUse
from sage_tui.domain.months import DAY
from sage_tui.domain.paging import Ask as Question
from sage_tui.domain.paging import Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import REQUESTS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.requests import (
    REASON_LIMIT,
    Ask,
    Detail,
    MyRequests,
    Status,
    TokenRequest,
    Totals,
    Waiting,
    check_amount,
    check_flood,
)
from sage_tui.domain.text import accept
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.services import (
    auto_approval,
    falling_back,
    home,
    policy_held,
    pools,
    purchase_requests,
    requests_granting,
)
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows import requests as windows

EARLIER = 10
"""Requests of the same person that a detail shows, and that the member home does."""


@retried
def create(ctx: Context, ask: Ask) -> TokenRequest:
    """Ask for more, for oneself; the rule of auto-approval may answer at once.

    Raises WrongUse, FieldError, Refused (asked too often, belongs to no organization).
    """
    check_amount(ask.amount)
    reason = accept("reason", ask.reason.strip(), REASON_LIMIT, multiline=True)
    if not reason:
        raise WrongUse("Say why: administrators decide by the reason.", "--reason TEXT", code="reason_needed")
    with ctx.write(Verb.REQUESTS_CREATE) as tx:
        who = _oneself(tx)
        organization_id = int(who["organization_id"])
        falling_back.due(tx, organization_id)
        pools.lock(tx, organization_id)  # one request after the other: the count of those that wait is exact
        _bounded(tx, organization_id, int(who["user_id"]))
        number = tx.numbers("request")
        tx.run(
            "INSERT INTO request (organization_id, id, user_id, kind, amount, reason, current_allocation, created_at)"
            " VALUES (:org, :id, :user, :kind, :amount, :reason, :current, :now)",
            org=organization_id, id=number, user=who["user_id"], kind=KINDS.index(ask.kind.value), amount=ask.amount,
            reason=reason, current=who[f"{ask.kind.value}_allocation"], now=tx.now,
        )  # fmt: skip
        audit.append(
            tx, organization_id=organization_id, target=f"request {number}", target_user_id=int(who["user_id"]),
            changes=[("kind", None, ask.kind.value), ("amount", None, ask.amount)],
        )  # fmt: skip
        auto_approval.consider(tx, organization_id, number)
        return _one(tx, organization_id, number)


def _oneself(tx: Tx) -> Row:
    """Who acts, as a member. Raises WrongUse (the host is nobody), Refused (of no organization)."""
    if tx.actor.user_id is None:
        raise WrongUse("Say who asks: --as EMAIL.", "Requests are made by people.", code="person_needed")
    row = tx.row(
        'SELECT m.* FROM "user" u JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id'
        " WHERE u.id = :id AND m.ended_at IS NULL",
        id=tx.actor.user_id,
    )
    if row is None or row["organization_id"] == NO_ORGANIZATION:
        raise Refused("You belong to no organization: nobody could grant it.", "No limit applies to you.")
    return row


def _bounded(tx: Tx, organization_id: int, user_id: int) -> None:
    found = tx.row(
        "SELECT count(CASE WHEN status = 'pending' THEN 1 END) AS waiting,"
        " count(CASE WHEN created_at > :since THEN 1 END) AS today FROM request"
        " WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id, since=tx.now - DAY,
    )  # fmt: skip
    assert found is not None
    check_flood(int(found["waiting"]), int(found["today"]))


def _one(tx: Tx, organization_id: int, number: int) -> TokenRequest:
    (found,) = windows.of_organization(tx, organization_id, number)
    return replace(found, batch=None) if tx.dry_run else found


@retried
def withdraw(ctx: Context, number: int) -> TokenRequest:
    """Take back an own request that waits. Raises NotFound, Conflict (decided already, by whom)."""
    with ctx.write(Verb.REQUESTS_WITHDRAW) as tx:
        where, values = tx.within("r")
        row = tx.row(f"SELECT r.* FROM request r WHERE r.id = :id AND {where}", id=number, **values)
        if row is None or row["user_id"] != tx.actor.user_id:
            raise NotFound(f"You have no request {number}.", "See `sage-tui requests list`.")
        organization_id = int(row["organization_id"])
        done = tx.run(
            "UPDATE request SET status = 'withdrawn', note = '', decided_at = :now WHERE organization_id = :org"
            " AND id = :id AND status = 'pending'",
            org=organization_id, id=number, now=tx.now,
        )  # fmt: skip
        if not done:
            raise requests_granting.already(tx, organization_id, number)
        audit.append(
            tx, organization_id=organization_id, target=f"request {number}", target_user_id=tx.actor.user_id,
            changes=[(f"request {number}", Status.PENDING.value, Status.WITHDRAWN.value)],
        )  # fmt: skip
        return _one(tx, organization_id, number)


def mine(ctx: Context, count: int = EARLIER) -> MyRequests:
    """The own requests, newest first, and what one has."""
    with ctx.read(Verb.HOME_SHOW) as tx:
        row = tx.row(
            'SELECT m.* FROM "user" u JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id'
            " WHERE u.id = :id",
            id=tx.actor.user_id,
        )
        if row is None:
            return MyRequests((), dict.fromkeys(Kind))
        own = windows.of_person(tx, int(row["organization_id"]), int(row["user_id"]), count)
        return MyRequests(own, {kind: row[f"{kind.value}_allocation"] for kind in Kind})


def window(
    ctx: Context, question: Question, organization_id: int | None = None, status: str = ""
) -> Window[TokenRequest]:
    """One window by the time of asking, of one status or of all. Raises QueryError."""
    query = parse(question.query, REQUESTS)
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        return windows.window(tx, query, question, organization_id, status)


def count(
    ctx: Context, query: str, organization_id: int | None = None, status: str = "", *, exact: bool = False
) -> Count:
    """How many match; cut at ten thousand unless `exact`. Raises QueryError."""
    parsed = parse(query, REQUESTS)
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        return windows.count(tx, parsed, organization_id, status, exact=exact)


def totals(ctx: Context, organization_id: int | None = None) -> Totals:
    """How many stand where, what is asked for, and what one organization's pools have for it."""
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        one = organization_id if organization_id is not None else tx.actor.organization_id
        answered, standing = windows.last_answer(tx, organization_id), windows.by_status(tx, organization_id)
        return Totals(
            standing,
            windows.asked(tx, organization_id),
            {} if one is None else pools.status(tx, one),
            {} if one is None else dict(requests_granting.room_of(tx, one)),
            None if answered is None else to_datetime(answered),
            standing[Status.PENDING] + purchase_requests.waiting(tx),
        )


def waiting(ctx: Context) -> tuple[Waiting, ...]:
    """Each organization with requests that wait, the one that waited longest first."""
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        found: dict[int, Waiting] = {}
        for row in windows.by_organization(tx):
            number, kind = int(row["organization_id"]), Kind(KINDS[row["kind"]])
            room = found[number].room if number in found else dict(requests_granting.room_of(tx, number))
            before = found.get(number, Waiting(number, str(row["name"]), 0, dict.fromkeys(Kind, 0), room))
            asked = {**before.asked, kind: windows.whole(row)}
            found[number] = Waiting(number, before.organization, before.number + int(row["number"]), asked, room)
        return tuple(found.values())


def named(ctx: Context, ids: tuple[int, ...]) -> tuple[TokenRequest, ...]:
    """Requests by number, in that order. Raises NotFound, alike for another organization's."""
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        found = windows.by_number(tx, ids)
        unknown = set(ids) - {one.id for one in found}
        if unknown:
            raise NotFound(f"There is no request {min(unknown)}.", "See `sage-tui requests list`.")
        return found


def show(ctx: Context, number: int) -> Detail:
    """All that helps to decide one request. Raises NotFound."""
    with ctx.read(Verb.REQUESTS_LIST) as tx:
        found = windows.by_number(tx, (number,))
        if not found:
            raise NotFound(f"There is no request {number}.", "See `sage-tui requests list`.")
        request = found[0]
        return Detail(
            request,
            home.days(tx, request.organization_id, request.user_id),
            windows.of_person(tx, request.organization_id, request.user_id, EARLIER, request.id),
            _policy(tx, request.organization_id, request.user_id),
            _override(tx, request.organization_id, request.user_id),
            dict(requests_granting.room_of(tx, request.organization_id))[request.kind],
        )


def _policy(tx: Tx, organization_id: int, user_id: int) -> str:
    """The policy that holds for a person: their department's, where it has its own."""
    held = policy_held.all_of(tx, organization_id)
    department = tx.value(
        "SELECT department FROM membership WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    own = held.departments.get(str(department)) if department else None
    found = own or held.own
    whose = f" of {department}" if own else ""
    return f"{found.policy.preset.value}, version {found.version}{whose}"


def _override(tx: Tx, organization_id: int, user_id: int) -> str:
    """A person's exception to the policy that holds now, in words; nothing where there is none."""
    row = tx.row(
        'SELECT t.* FROM "override" t WHERE t.organization_id = :org AND t.user_id = :user'
        " AND (t.until IS NULL OR t.until > :now)",
        org=organization_id, user=user_id, now=tx.now,
    )  # fmt: skip
    return "" if row is None else overrides.whole_words(overrides.of(row))
