"""Windows over usage events: model interactions, newest first."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain.activity import ActivityRow
from sage_tui.domain.corrections import WORDS
from sage_tui.domain.months import day_of
from sage_tui.domain.paging import Ask, Count, Key, Window
from sage_tui.domain.queries import Compare, Has, Query, Range, Term, Word, fold
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.domain.usage import STATUSES
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows.newest import Where, apply, compared, counted, newest, spanned

_SELECT = """SELECT e.organization_id, e.id, e.at, e.user_id, e.kind, e.prompt_tokens, e.cached_tokens,
 e.completion_tokens, e.charge, e.status, e.entry, e.latency_ms, u.email, i.name AS identity,
 o.name AS organization, m.key AS model, s.name AS source
 FROM {rows} LEFT JOIN "user" u ON u.id = e.user_id LEFT JOIN identity i ON i.id = -e.user_id
 JOIN organization o ON o.id = e.organization_id JOIN model m ON m.id = e.model_id
 JOIN usage_source s ON s.id = e.source_id"""

RAW = (
    "id", "at", "user_id", "organization_id", "model_id", "kind", "prompt_tokens", "cached_tokens", "completion_tokens",
    "charge", "status", "entry", "latency_ms", "source_id", "external_id", "digest", "content",
)  # fmt: skip
"""What `blocks` gives of an event, in this order."""

_ORDER = ("e.at", "e.id")
_COLUMNS = {"charge": "e.charge", "tokens": "(e.prompt_tokens + e.completion_tokens)", "latency": "e.latency_ms"}


def window(tx: Tx, query: Query, ask: Ask, organization_id: int | None) -> Window[ActivityRow]:
    """One window of activity within the actor's reach. Keys are (time, id in hex)."""
    where = _where(tx, query, organization_id)
    rows, before, after, offset = newest(tx, "usage_event e", _SELECT, where, _ORDER, ask, _decode)
    return Window(
        tuple(map(_shown, rows)), tuple((int(r["at"]), bytes(r["id"]).hex()) for r in rows), before, after, offset
    )


def count(tx: Tx, query: Query, organization_id: int | None, *, exact: bool = False) -> Count:
    """How many interactions match, at most ten thousand counted unless `exact`."""
    number, exact = counted(tx, "usage_event e", _where(tx, query, organization_id), exact)
    return Count(number, exact)


def blocks(
    tx: Tx, query: Query, organization_id: int | None, size: int, *, descending: bool = True
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """All activity that matches, in the order of windows, as it is stored: `RAW`, streamed by `size` rows."""
    where = _where(tx, query, organization_id)
    values: list[Any] = []

    def place(found: re.Match[str]) -> str:
        values.append(where.values[found[1]])
        return "?"

    sql = re.sub(r":([a-z]\w*)", place, where.sql)
    if tx.sqlite and not _of_one(query):
        # By the index of people, or of corrections, all rows would be sorted in memory; by time they come in order.
        sql = sql.replace("e.user_id IN", "+e.user_id IN").replace("e.entry > 0 AND", "+e.entry > 0 AND")
    down = "DESC" if descending else "ASC"
    columns = ", ".join(f"e.{name}" for name in RAW)
    return tx.blocks(
        f"SELECT {columns} FROM usage_event e WHERE {sql} ORDER BY e.at {down}, e.id {down}", tuple(values), size,
        far=True,
    )  # fmt: skip


def _of_one(query: Query) -> bool:
    """Is it of one person, whose calls are few enough to be sorted?"""
    return any(
        isinstance(term, Has) and term.field == "user" and term.exact and not term.negated for term in query.terms
    )


def small(tx: Tx) -> tuple[dict[int, str], dict[int, str], dict[int, str]]:
    """Names of organizations (nothing for none), models and sources by number: few, so that events need no join."""
    organizations = {int(number): str(name) for number, name in tx.tuples("SELECT id, name FROM organization")}
    models = {int(number): str(key) for number, key in tx.tuples('SELECT id, "key" FROM model')}
    sources = {int(number): str(name) for number, name in tx.tuples("SELECT id, name FROM usage_source")}
    return {**organizations, NO_ORGANIZATION: ""}, models, sources


def _decode(key: Key) -> tuple[int, bytes]:
    return int(key[0] or 0), bytes.fromhex(str(key[1]))


def _where(tx: Tx, query: Query, organization_id: int | None) -> Where:
    where = Where()
    reach, values = tx.within("e", organization_id)
    where.values.update(values)
    where.parts.append(reach)
    today = day_of(tx.now)
    apply(where, query, lambda w, term: _condition(w, term, today))
    return where


def _condition(where: Where, term: Term, today: int) -> str:
    match term:
        case Compare():
            return compared(where, term, _COLUMNS[term.field])
        case Range():
            return spanned(where, term, "e.at", today)
        case Has():
            return _has(where, term.field, fold(term.value), exact=term.exact)
        case Word():
            text = fold(term.text)
            return f"{_has(where, 'user', text)} OR {_has(where, 'model', text)}"
        case _:
            return "FALSE"


def _has(where: Where, field: str, text: str, *, exact: bool = False) -> str:
    """Text fields point into small tables: the event's index is walked, and its numbers are looked up there."""
    if field == "kind":
        return f"e.kind = {KINDS.index(text)}" if text in KINDS else "FALSE"
    if field == "status":
        if text in WORDS[1:]:
            return f"e.entry > 0 AND e.entry = {WORDS.index(text)}"
        return f"e.entry = 0 AND e.status = {STATUSES.index(text)}" if text in STATUSES else "FALSE"
    if field == "user":
        people = f'SELECT id FROM "user" WHERE {where.like("email_key", text, exact=exact)}'
        held = f"SELECT -id FROM identity WHERE {where.like('lower(name)', text, exact=exact)}"
        return f"e.user_id IN ({people}) OR e.user_id IN ({held})"
    if field == "dept":
        return (
            f"e.user_id IN (SELECT user_id FROM membership WHERE {where.like('lower(department)', text, exact=exact)})"
        )
    table, column, key = {
        "org": ("organization", "name_key", "organization_id"),
        "model": ("model", "lower(key)", "model_id"),
        "source": ("usage_source", "lower(name)", "source_id"),
    }[field]
    return f"e.{key} IN (SELECT id FROM {table} WHERE {where.like(column, text, exact=exact)})"


def _shown(row: Row) -> ActivityRow:
    return ActivityRow(
        id=bytes(row["id"]).hex(),
        at=to_datetime(row["at"]),
        email=str(row["email"] or row["identity"] or ""),
        user_id=int(row["user_id"]) if row["user_id"] > 0 else None,
        organization=str(row["organization"]) if row["organization_id"] else None,
        model=str(row["model"]),
        kind=Kind(KINDS[row["kind"]]),
        prompt_tokens=int(row["prompt_tokens"]),
        cached_tokens=int(row["cached_tokens"]),
        completion_tokens=int(row["completion_tokens"]),
        charge=int(row["charge"]),
        status=WORDS[row["entry"]] if row["entry"] else STATUSES[row["status"]],
        latency_ms=None if row["latency_ms"] is None else int(row["latency_ms"]),
        source=str(row["source"]),
    )
