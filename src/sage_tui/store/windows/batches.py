"""Windows over batches, newest first."""

from sage_tui.domain.months import day_of
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.queries import Compare, Flag, Has, Number, Query, Range, Term, Word, fold
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows.newest import Where, apply, compared, counted, newest, spanned

_SELECT = "SELECT b.*, o.name AS organization FROM {rows} JOIN organization o ON o.id = b.organization_id"
_ORDER = ("b.id", "b.organization_id")


def window(tx: Tx, query: Query, ask: Ask, organization_id: int | None) -> Window[Row]:
    """One window of batches within the actor's reach. Keys are (number, organization)."""
    where = _where(tx, query, organization_id)
    rows, before, after, offset = newest(tx, "batch b", _SELECT, where, _ORDER, ask, lambda key: key)
    keys = tuple((int(row["id"]), int(row["organization_id"])) for row in rows)
    return Window(tuple(rows), keys, before, after, offset)


def count(tx: Tx, query: Query, organization_id: int | None) -> Count:
    """How many batches match, at most ten thousand counted."""
    return Count(*counted(tx, "batch b", _where(tx, query, organization_id), False))


def one(tx: Tx, batch: int) -> Row | None:
    """A batch within the actor's reach."""
    where, values = tx.within("b")
    return tx.row(f"{_SELECT.format(rows='batch b')} WHERE b.id = :batch AND {where}", batch=batch, **values)


def _where(tx: Tx, query: Query, organization_id: int | None) -> Where:
    where = Where()
    reach, values = tx.within("b", organization_id)
    where.values.update(values)
    where.parts.append(reach)
    today, me = day_of(tx.now), tx.actor.user_id
    apply(where, query, lambda w, term: _condition(w, term, today, me))
    return where


def _condition(where: Where, term: Term, today: int, me: int | None) -> str:
    match term:
        case Range():
            return spanned(where, term, "b.at", today)
        case Number():
            return f"b.id = {where.bind(term.value)}"
        case Compare():
            return compared(where, term, "b.rows")
        case Flag():
            mine = "b.actor_id IS NULL" if me is None else f"b.actor_id = {where.bind(me)}"
            held = "b.undone_by IS NOT NULL" if term.field == "undone" else f"coalesce({mine}, FALSE)"
            return held if term.yes else f"NOT ({held})"
        case Has():
            return _has(where, term.field, fold(term.value), exact=term.exact)
        case Word():
            return " OR ".join(_has(where, field, fold(term.text)) for field in ("actor", "action", "reason"))


def _has(where: Where, field: str, text: str, *, exact: bool = False) -> str:
    if field == "org":
        return f"b.organization_id IN (SELECT id FROM organization WHERE {where.like('name_key', text, exact=exact)})"
    column = {"actor": "b.actor", "action": "b.action", "reason": "b.reason"}[field]
    return where.like(f"lower({column})", text, exact=exact)
