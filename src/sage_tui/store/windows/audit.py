"""Windows over the audit chains, newest first, with what is personal put back into words."""

import json
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain.activity import AuditChange, AuditRow
from sage_tui.domain.months import day_of
from sage_tui.domain.paging import Ask, Count, Key, Window
from sage_tui.domain.queries import Has, Number, Query, Range, Term, Word, fold
from sage_tui.store.transaction import Row, Tx, chunks
from sage_tui.store.windows.newest import Where, apply, counted, newest, spanned

_SELECT = """SELECT a.organization_id, a.seq, a.chain, a.at, a.action, a.batch, a.body, a.target_user_id,
 a.actor_user_id, t.email AS target_email, u.email AS actor_email, o.name AS organization
 FROM {rows} LEFT JOIN "user" t ON t.id = a.target_user_id LEFT JOIN "user" u ON u.id = a.actor_user_id
 JOIN organization o ON o.id = a.organization_id"""
_CHANGES = """membership m JOIN allocation_change c ON c.organization_id = m.organization_id
 AND c.user_id = m.user_id"""
_TELLS = """a.at = c.at AND a.batch = c.batch AND (a.organization_id IN (c.organization_id, 0)
 OR (c.field = 'organization' AND a.organization_id IN (c.before, c.after)))"""
"""An entry tells of a change: it is of that batch (one transaction, so one time, which the indexes begin with), in
the organization's own chain, the platform's, or that of the other organization of a move."""
_ORDER = ("a.at", "a.organization_id", "a.seq")


def window(tx: Tx, query: Query, ask: Ask, organization_id: int | None) -> Window[AuditRow]:
    """One window of entries within the actor's reach. Keys are (time, organization, seq)."""
    where = _where(tx, query, organization_id)
    rows, before, after, offset = newest(tx, "audit_entry a", _SELECT, where, _ORDER, ask, _decode)
    keys = tuple((int(r["at"]), int(r["organization_id"]), int(r["seq"])) for r in rows)
    return Window(tuple(_shown_all(tx, rows)), keys, before, after, offset)


def about(tx: Tx, user_id: int, count: int) -> tuple[AuditRow, ...]:
    """The last entries within the actor's reach whose target is this person, or whose batch changed them."""
    reach, values = tx.within("a")
    keys = (
        "SELECT organization_id, seq FROM audit_entry WHERE target_user_id = :target"
        f" UNION SELECT a.organization_id, a.seq FROM {_CHANGES} JOIN audit_entry a ON {_TELLS}"
        " WHERE m.user_id = :target"
    )
    # The few are taken first and joined then, as in every window: else a planner walks the whole audit.
    taken = (
        f"SELECT a.* FROM ({keys}) k JOIN audit_entry a ON a.organization_id = k.organization_id AND a.seq = k.seq"
        f" WHERE {reach} ORDER BY a.at DESC, a.seq DESC LIMIT {int(count)}"
    )
    rows = tx.rows(f"{_SELECT.format(rows=f'({taken}) a')} ORDER BY a.at DESC, a.seq DESC", target=user_id, **values)
    return tuple(_shown_all(tx, rows))


def count(tx: Tx, query: Query, organization_id: int | None, *, exact: bool = False) -> Count:
    """How many entries match, at most ten thousand counted unless `exact`."""
    number, exact = counted(tx, "audit_entry a", _where(tx, query, organization_id), exact)
    return Count(number, exact)


def _decode(key: Key) -> Key:
    return key


def _where(tx: Tx, query: Query, organization_id: int | None) -> Where:
    where = Where()
    reach, values = tx.within("a", organization_id)
    where.values.update(values)
    where.parts.append(reach)
    today = day_of(tx.now)
    apply(where, query, lambda w, term: _condition(w, term, today))
    return where


def _condition(where: Where, term: Term, today: int) -> str:
    match term:
        case Range():
            return spanned(where, term, "a.at", today)
        case Number():
            return f"a.batch = {where.bind(term.value)}"
        case Has():
            return _has(where, term.field, fold(term.value), exact=term.exact)
        case Word():
            text = fold(term.text)
            return " OR ".join(_has(where, field, text) for field in ("actor", "target", "action", "detail"))
        case _:
            return "FALSE"


def _has(where: Where, field: str, text: str, *, exact: bool = False) -> str:
    if field == "action":
        return where.like("lower(a.action)", text, exact=exact)
    if field == "org":
        return f"a.organization_id IN (SELECT id FROM organization WHERE {where.like('name_key', text, exact=exact)})"
    if field == "origin":
        return where.like("lower(a.body)", f'"origin":"{text}"' if exact else text)
    if field == "target":
        people = f'SELECT id FROM "user" WHERE {where.like("email_key", text, exact=exact)}'
        told = f"a.target_user_id IN ({people}) OR " + where.like("lower(a.body)", f'"target":"{text}')
        # Of a batch's many people one is meant by the whole address: half of one would mean half an organization.
        return (
            f'{told} OR (a.batch IS NOT NULL AND EXISTS (SELECT 1 FROM {_CHANGES} JOIN "user" p ON p.id = m.user_id'
            f" WHERE p.email_key = {where.bind(text)} AND {_TELLS}))"
        )
    fields = "d.field IN ('actor', 'os_user')" if field == "actor" else "d.field NOT IN ('actor', 'os_user')"
    return (
        "EXISTS (SELECT 1 FROM audit_detail d WHERE d.organization_id = a.organization_id AND d.seq = a.seq"
        f" AND {fields} AND {where.like('lower(d.value)', text, exact=exact)})"
    )


def _shown_all(tx: Tx, rows: list[Row]) -> list[AuditRow]:
    details = _details(tx, rows)
    return [_shown(row, details.get((int(row["organization_id"]), int(row["seq"])), [])) for row in rows]


def _details(tx: Tx, rows: list[Row]) -> dict[tuple[int, int], list[tuple[str, str | None]]]:
    """(field, value) by entry; the value is None where it was erased."""
    found: dict[tuple[int, int], list[tuple[str, str | None]]] = {}
    for part in chunks(rows, 300):
        marks = ", ".join(["(?, ?)"] * len(part))
        keys = tuple(value for row in part for value in (row["organization_id"], row["seq"]))
        for org, seq, field, value in tx.tuples(
            "SELECT organization_id, seq, field, value FROM audit_detail"
            f" WHERE (organization_id, seq) IN (VALUES {marks}) ORDER BY part", keys
        ):  # fmt: skip
            found.setdefault((int(org), int(seq)), []).append((str(field), None if value is None else str(value)))
    return found


def _shown(row: Row, details: list[tuple[str, str | None]]) -> AuditRow:
    body: dict[str, Any] = json.loads(row["body"])
    kept = dict(details)
    actor, os_user = kept.get("actor") or row["actor_email"] or "", kept.get("os_user") or ""
    return AuditRow(
        chain=str(row["chain"]),
        seq=int(row["seq"]),
        at=to_datetime(row["at"]),
        actor=str(os_user or actor or "(erased)"),
        on_behalf_of=str(actor) if os_user else "",
        origin=f"{body['door']} · {body['origin']}",
        action=str(row["action"]),
        target=str(row["target_email"] or body["target"]),
        organization=str(row["organization"]) if row["organization_id"] else None,
        batch=None if row["batch"] is None else int(row["batch"]),
        rows=int(body["rows"]),
        reason=kept.get("reason") or "",
        outcome=str(body["outcome"]),
        changes=_changes(body, details),
    )


def _changes(body: dict[str, Any], details: list[tuple[str, str | None]]) -> tuple[AuditChange, ...]:
    """Before → after: of the body what is not personal, of the detail ("before x", "after x") what is."""
    changes = [AuditChange(str(field), _text(before), _text(after)) for field, before, after in body["changes"]]
    sides: dict[str, dict[str, str | None]] = {}
    for name, value in details:
        side, _, field = name.partition(" ")
        if side in ("before", "after") and field:
            sides.setdefault(field, {})[side] = value
    for field, pair in sides.items():
        erased = any(value is None for value in pair.values())
        changes.append(AuditChange(field, pair.get("before"), pair.get("after"), erased))
    return tuple(changes)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
