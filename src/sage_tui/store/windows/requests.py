"""Windows over requests, by the time they were made; and what they add up to."""

from dataclasses import replace

from sage_tui.clock import to_datetime
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.paging import Around, Ask, At, Count, Place, Start, Window
from sage_tui.domain.queries import Compare, Flag, Has, Query, Range, Term, Word, fold
from sage_tui.domain.requests import AUTOMATIC, Lasts, Status, TokenRequest
from sage_tui.domain.units import Kind
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows.newest import Where, apply, compared, counted, newest, spanned

SELECT = """SELECT r.*, u.email, o.name AS organization, d.email AS decider, m.inference_allocation,
 m.embedding_allocation, m.inference_used, m.embedding_used, m.inference_month, m.embedding_month, m.paid, m.ended_at
 FROM {rows} JOIN "user" u ON u.id = r.user_id JOIN organization o ON o.id = r.organization_id
 LEFT JOIN "user" d ON d.id = r.decided_by
 LEFT JOIN membership m ON m.organization_id = r.organization_id AND m.user_id = r.user_id"""
_ORDER = ("r.created_at", "r.id")
MILLION = 1_000_000
HALVES = f"sum(r.amount / {MILLION}) AS high, sum(r.amount % {MILLION}) AS low"
"""A sum of any number of amounts, exact: in two halves, since a whole one may leave 64 bits."""


def window(tx: Tx, query: Query, ask: Ask, organization_id: int | None, status: str) -> Window[TokenRequest]:
    """One window of requests within the actor's reach, of one status or of all. Keys are (time, number)."""
    where = _where(tx, query, organization_id, status)
    if isinstance(ask.place, Around):
        ask = replace(ask, place=_around(tx, where, ask, ask.place.id))
    rows, before, after, offset = newest(tx, "request r", SELECT, where, _ORDER, ask, tuple)
    keys = tuple((int(row["created_at"]), int(row["id"])) for row in rows)
    return Window(tuple(shown(row, month_of(tx.now)) for row in rows), keys, before, after, offset)


def _around(tx: Tx, where: Where, ask: Ask, number: int) -> Place:
    """Where a request stands now among those that match; the start where it is not among them any more."""
    row = tx.row(f"SELECT r.created_at, r.id FROM request r WHERE {where.sql} AND r.id = :n", n=number, **where.values)
    if row is None:
        return Start()
    sign = ">" if ask.sort.descending else "<"
    beyond = f"(r.created_at {sign} :at OR (r.created_at = :at AND r.id {sign} :n))"
    sql = f"SELECT count(*) FROM request r WHERE {where.sql} AND {beyond}"
    standing = int(tx.value(sql, at=row["created_at"], n=number, **where.values))
    return At(max(standing - ask.count // 2, 0))


def count(tx: Tx, query: Query, organization_id: int | None, status: str, *, exact: bool = False) -> Count:
    """How many match, at most ten thousand counted unless `exact`."""
    number, exact = counted(tx, "request r", _where(tx, query, organization_id, status), exact)
    return Count(number, exact)


def by_number(tx: Tx, ids: tuple[int, ...], organization_id: int | None = None) -> tuple[TokenRequest, ...]:
    """Requests by number within the actor's reach, in the order of their numbers; who is unknown is not among them."""
    where, values = tx.within("r", organization_id)
    listed = ", ".join(str(int(number)) for number in ids) or "NULL"
    rows = tx.rows(f"{SELECT.format(rows='request r')} WHERE r.id IN ({listed}) AND {where} ORDER BY r.id", **values)
    return tuple(shown(row, month_of(tx.now)) for row in rows)


def of_organization(tx: Tx, organization_id: int, number: int) -> tuple[TokenRequest, ...]:
    """One request by its key, whoever acts: for those who have just written it."""
    rows = tx.rows(
        f"{SELECT.format(rows='request r')} WHERE r.organization_id = :org AND r.id = :id",
        org=organization_id, id=number,
    )  # fmt: skip
    return tuple(shown(row, month_of(tx.now)) for row in rows)


def last_answer(tx: Tx, organization_id: int | None) -> int | None:
    """When a request was last decided, of those that were asked last, within the reach."""
    where, values = tx.within("r", organization_id)
    found = tx.value(
        "SELECT max(t.decided_at) FROM (SELECT r.decided_at FROM request r WHERE r.status IN ('approved', 'denied')"
        f" AND {where} ORDER BY r.created_at DESC LIMIT 1000) t",
        **values,
    )
    return None if found is None else int(found)


def of_person(
    tx: Tx, organization_id: int, user_id: int, limit: int, besides: int | None = None
) -> tuple[TokenRequest, ...]:
    """A person's requests of one organization, newest first, without one of them."""
    rows = tx.rows(
        f"{SELECT.format(rows='request r')} WHERE r.organization_id = :org AND r.user_id = :user AND r.id <> :besides"
        f" ORDER BY r.created_at DESC, r.id DESC LIMIT {int(limit)}",
        org=organization_id, user=user_id, besides=besides or 0,
    )  # fmt: skip
    return tuple(shown(row, month_of(tx.now)) for row in rows)


def by_status(tx: Tx, organization_id: int | None) -> dict[Status, int]:
    """How many requests stand where, within the reach."""
    where, values = tx.within("r", organization_id)
    rows = tx.rows(f"SELECT r.status, count(*) AS number FROM request r WHERE {where} GROUP BY r.status", **values)
    found = dict.fromkeys(Status, 0)
    return found | {Status(row["status"]): int(row["number"]) for row in rows}


def asked(tx: Tx, organization_id: int | None) -> dict[Kind, int]:
    """Tokens that the waiting requests ask for, by kind, within the reach."""
    where, values = tx.within("r", organization_id)
    rows = tx.rows(
        f"SELECT r.kind, {HALVES} FROM request r WHERE r.status = 'pending' AND {where} GROUP BY r.kind", **values
    )
    return dict.fromkeys(Kind, 0) | {Kind(KINDS[row["kind"]]): whole(row) for row in rows}


def by_organization(tx: Tx) -> list[Row]:
    """Organizations within the reach with requests that wait: how many, and what they ask for, by kind."""
    where, values = tx.within("r")
    return tx.rows(
        "SELECT w.*, o.name FROM (SELECT r.organization_id, r.kind, count(*) AS number, min(r.created_at) AS oldest,"
        f" {HALVES} FROM request r WHERE r.status = 'pending' AND {where} GROUP BY r.organization_id, r.kind) w"
        " JOIN organization o ON o.id = w.organization_id ORDER BY w.oldest, w.organization_id, w.kind",
        **values,
    )


def whole(row: Row) -> int:
    """What `HALVES` adds up to."""
    return int(row["high"] or 0) * MILLION + int(row["low"] or 0)


def _where(tx: Tx, query: Query, organization_id: int | None, status: str) -> Where:
    where = Where()
    reach, values = tx.within("r", organization_id)
    where.values.update(values)
    where.parts.append(reach)
    if status:
        where.parts.append(f"r.status = {where.bind(Status(status).value)}")
    today = day_of(tx.now)
    apply(where, query, lambda w, term: _condition(w, term, today))
    return where


def _condition(where: Where, term: Term, today: int) -> str:
    match term:
        case Compare():
            return compared(where, term, "r.amount")
        case Range():
            return spanned(where, term, "r.created_at", today)
        case Flag():
            return "r.automatic" if term.yes else "NOT r.automatic"
        case Has():
            return _has(where, term.field, fold(term.value), exact=term.exact)
        case Word():
            text = fold(term.text)
            return f"{_has(where, 'user', text)} OR {_has(where, 'reason', text)}"
        case _:
            return "FALSE"


def _has(where: Where, field: str, text: str, *, exact: bool = False) -> str:
    if field == "kind":
        return f"r.kind = {KINDS.index(text)}" if text in KINDS else "FALSE"
    if field == "reason":
        return where.like("lower(r.reason)", text, exact=exact)
    if field == "dept":
        named = where.like("lower(department)", text, exact=exact)
        return f"r.user_id IN (SELECT user_id FROM membership WHERE {named})"
    if field == "org":
        return f"r.organization_id IN (SELECT id FROM organization WHERE {where.like('name_key', text, exact=exact)})"
    return f'r.user_id IN (SELECT id FROM "user" WHERE {where.like("email_key", text, exact=exact)})'


def shown(row: Row, month: int) -> TokenRequest:
    """A row of `SELECT` as the queue shows it, in a month."""
    kind = Kind(KINDS[row["kind"]])
    automatic = bool(row["automatic"])
    return TokenRequest(
        id=int(row["id"]),
        organization_id=int(row["organization_id"]),
        organization=str(row["organization"]),
        user_id=int(row["user_id"]),
        email=str(row["email"]),
        kind=kind,
        amount=int(row["amount"]),
        reason=str(row["reason"]),
        current_allocation=row["current_allocation"],
        status=Status(row["status"]),
        created_at=to_datetime(row["created_at"]),
        approved=row["approved"],
        lasts=lasts(row),
        until=None if row["until"] is None else to_datetime(row["until"]),
        note=str(row["note"]),
        decided_at=None if row["decided_at"] is None else to_datetime(row["decided_at"]),
        decided_by=AUTOMATIC if automatic else str(row["decider"] or row["decided_name"]),
        automatic=automatic,
        batch=row["batch"],
        allocation=row[f"{kind.value}_allocation"],
        used=int(row[f"{kind.value}_used"] or 0) if row[f"{kind.value}_month"] == month else 0,
        paid=bool(row["paid"]),
        member=row["paid"] is not None and row["ended_at"] is None,
    )


def lasts(row: Row) -> Lasts:
    """How long what was granted holds."""
    if row["until"] is not None:
        return Lasts.UNTIL
    return Lasts.GOOD if row["for_good"] else Lasts.MONTH
