"""People as they are read: lists, one person's page (product.md, "User Management")."""

from collections.abc import Sequence

from sage_tui.clock import to_datetime
from sage_tui.domain import emails
from sage_tui.domain.errors import FieldError, NotFound
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.rules import giver, request_of
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep, Person, Summary, UserRow
from sage_tui.services import home, people, pools, sessions, why
from sage_tui.services.context import Context
from sage_tui.store.transaction import Row, Tx, chunks
from sage_tui.store.windows import users as windows

AT_ONCE = 10_000
"""E-mails that one list may have."""


def window(ctx: Context, ask: Ask, organization_id: int | None = None) -> Window[UserRow]:
    """One window of people within the caller's reach. Raises QueryError, WrongUse (unknown sort column)."""
    query = parse(ask.query, USERS)
    with ctx.read(Verb.USERS_LIST) as tx:
        return windows.window(tx, query, ask, organization_id)


def count(ctx: Context, query: str, organization_id: int | None = None, *, exact: bool = False) -> Count:
    """How many people match; cut at ten thousand unless `exact`. Raises QueryError."""
    parsed = parse(query, USERS)
    with ctx.read(Verb.USERS_LIST) as tx:
        return windows.count(tx, parsed, organization_id, exact=exact)


def summary(ctx: Context, organization_id: int | None = None) -> Summary:
    """The summary bar: people, both pools, identities that belong to nobody. Read from counters."""
    with ctx.read(Verb.USERS_LIST) as tx:
        status = pools.status(tx, organization_id)
        held, values = tx.within("i", organization_id)
        identities = tx.row(
            "SELECT count(*) AS number, sum((SELECT sum(charge) FROM usage_month t WHERE t.organization_id ="
            " i.organization_id"
            f" AND t.user_id = -i.id)) AS charge FROM identity i WHERE i.user_id IS NULL AND {held}",
            **values,
        )
        return Summary(
            users=_members(tx, organization_id),
            inference=status[Kind.INFERENCE],
            embedding=status[Kind.EMBEDDING],
            unassigned_identities=int((identities or {}).get("number") or 0),
            unassigned_charge=int((identities or {}).get("charge") or 0),
        )


def _members(tx: Tx, organization_id: int | None) -> int:
    """Heads by the organizations' counters; those who belong to none are few, and counted."""
    where, values = tx.within("o", organization_id)
    where = where.replace("o.organization_id", "o.id")
    known = tx.value(f"SELECT sum(o.members) FROM organization o WHERE {where} AND o.id <> 0", **values)
    loose, values = tx.within("m", organization_id)
    none = tx.value(
        f"SELECT count(*) FROM membership m WHERE m.organization_id = 0 AND m.ended_at IS NULL AND {loose}", **values
    )
    return int(known or 0) + int(none)


def known(
    ctx: Context, addresses: Sequence[str], organization_id: int | None = None
) -> tuple[tuple[str, int | None], ...]:
    """Who of a list of e-mails is a member within the reach: each with their number, or None. Twice is once."""
    if len(addresses) > AT_ONCE:
        raise FieldError("email", f"at most {AT_ONCE:,} at once")
    wanted = {emails.key(address): address for address in addresses}
    found: dict[str, int] = {}
    with ctx.read(Verb.USERS_LIST) as tx:
        where, values = tx.within("u", organization_id)
        positional = where.replace(":reach", "?")
        for some in chunks(list(wanted), 500):
            marks = ", ".join("?" * len(some))
            sql = f'SELECT u.email_key, u.id FROM "user" u WHERE u.email_key IN ({marks}) AND {positional}'
            found |= {str(key): int(number) for key, number in tx.tuples(sql, (*some, *values.values()))}
    return tuple((address, found.get(key)) for key, address in wanted.items())


def show(ctx: Context, user_id: int | None = None, email: str = "") -> Person:
    """One person's page. Raises NotFound, alike for unknown and out of reach."""
    with ctx.read(Verb.USERS_SHOW) as tx:
        found = people.find(tx, email) if user_id is None else _by_id(tx, user_id)
        number, organization = int(found["id"]), int(found["organization_id"])
        return Person(
            user=windows.one(tx, number),
            gateway_id=str(found["gateway_id"] or ""),
            payer=_payer(tx, organization, number),
            read_only=bool(_member(tx, organization, number)["read_only"]),
            history=_history(tx, organization, number),
            days=home.days(tx, organization, number),
            sign_ins=sessions.recent(tx, number),
            recovery_codes_left=int(
                tx.value("SELECT count(*) FROM recovery_code WHERE user_id = :id AND used_at IS NULL", id=number)
            ),
        )


def _by_id(tx: Tx, user_id: int) -> Row:
    where, values = tx.within("u")
    row = tx.row(f'SELECT u.* FROM "user" u WHERE u.id = :id AND {where}', id=user_id, **values)
    if row is None:
        raise NotFound("There is no user with this number.", "See `sage-tui users list`.")
    return row


def _member(tx: Tx, organization_id: int, user_id: int) -> Row:
    row = tx.row(
        "SELECT * FROM membership WHERE organization_id = :org AND user_id = :user", org=organization_id, user=user_id
    )
    if row is None:
        raise NotFound("This person has no membership.", "Run `sage-tui doctor`.")
    return row


def _payer(tx: Tx, organization_id: int, user_id: int) -> str | None:
    """Their payer's e-mail; a payer who moved away pays for nobody here."""
    found = tx.value(
        'SELECT p.email FROM membership m JOIN "user" p ON p.id = m.payer_id AND p.organization_id = m.organization_id'
        ' WHERE m.organization_id = :org AND m.user_id = :user',
        org=organization_id, user=user_id,
    )  # fmt: skip
    return None if found is None else str(found)


def _history(tx: Tx, organization_id: int, user_id: int) -> tuple[HistoryStep, ...]:
    rows = tx.rows(
        "SELECT c.at, c.field, c.before, c.after, c.rule, c.batch, b.actor, b.reason FROM allocation_change c"
        " LEFT JOIN batch b ON b.organization_id = c.organization_id AND b.id = c.batch"
        " WHERE c.organization_id = :org AND c.user_id = :user AND c.field IN ('inference', 'embedding') ORDER"
        " BY c.at, c.id",
        org=organization_id, user=user_id,
    )  # fmt: skip
    ends, asked = why.ends_of(tx, organization_id, user_id), why.asked_of(tx, organization_id, user_id)
    return tuple(
        HistoryStep(
            to_datetime(r["at"]),
            Kind(r["field"]),
            r["before"],
            r["after"],
            str(r["rule"]),
            str(r["actor"] or ""),
            str(r["reason"] or ""),
            int(r["batch"]),
            ends.get(giver(str(r["rule"]))),
            asked.get(request_of(str(r["rule"])), ""),
        )
        for r in rows
    )
