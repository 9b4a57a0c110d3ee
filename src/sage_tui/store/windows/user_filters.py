"""Filter terms as SQL over membership `m` and user `u`; `domain.queries_match` says what each means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sage_tui.domain import months
from sage_tui.domain.people import APART
from sage_tui.domain.queries import Compare, Flag, Has, Measure, Number, Op, Query, Range, Term, Word, fold
from sage_tui.domain.units import Role
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import lasting, user_orders


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with `?` and its values. `candidates` are ids by covering indexes: quicker where hits are few.

    `word` is the text that e-mail or name must hold: the index of words may know who does.
    """

    sql: str
    values: tuple[Any, ...] = ()
    candidates: str = ""
    word: str = ""


Distinct = Callable[[str], list[str]]
"""The different values of a column (`m.department` …) within the reach."""


def conditions(tx: Tx, query: Query, distinct: Distinct, organization_id: int | None = None) -> list[Condition]:
    """One condition a term, all of which must hold. The organization narrows what forecasts look through."""
    found = []
    for term in query.terms:
        lasts = isinstance(term, Compare) and term.field == "lasts"
        made = _lasts(tx, term, organization_id) if lasts else _condition(tx, term, distinct)
        found.append(Condition(f"({made.sql}) IS NOT TRUE", made.values) if term.negated else made)
    return found


def _condition(tx: Tx, term: Term, distinct: Distinct) -> Condition:
    match term:
        case Word():
            return _word(tx.sqlite, fold(term.text))
        case Has():
            return _has(tx, term, distinct)
        case Flag():
            return Condition(_FLAGS[term.field] if term.yes else f"NOT ({_FLAGS[term.field]})")
        case Number():
            return Condition("u.id = ?", (term.value,))
        case Range():
            return _range(term, months.day_of(tx.now))
        case Compare():
            return _compare(term, tx.now)


_FLAGS = {
    "paid": "m.paid",
    "banned": "u.banned",
    "verified": "u.verified",
    "mfa": "u.mfa",
    "stopped": "m.inference_stopped_at IS NOT NULL OR m.embedding_stopped_at IS NOT NULL",
    "unset": "m.inference_allocation IS NULL",
}


def contains(sqlite: bool, expr: str) -> str:
    """SQL: a text holds another (`?`), exactly."""
    return f"{'instr' if sqlite else 'strpos'}({expr}, ?) > 0"


def _name(sqlite: bool) -> str:
    """First and last name, folded, out of the key that holds last and first."""
    find, mark, trim = ("instr", "char(31)", "trim") if sqlite else ("strpos", "chr(31)", "btrim")
    at = f"{find}(u.name_key, {mark})"
    return f"{trim}(substr(u.name_key, {at} + 1) || ' ' || substr(u.name_key, 1, {at} - 1))"


def _in_name(sqlite: bool, text: str) -> str:
    """SQL that a name holds a text: the key itself is enough, unless the text goes from one name to the other."""
    return contains(sqlite, _name(sqlite) if " " in text or APART in text else "u.name_key")


def _word(sqlite: bool, text: str) -> Condition:
    email, name = contains(sqlite, "u.email_key"), _in_name(sqlite, text)
    ids = " UNION ".join(f'SELECT u.id FROM "user" u WHERE {{reach}} AND {one}' for one in (email, name))
    return Condition(f"({email} OR {name})", (text, text), ids, text)


def _has(tx: Tx, term: Has, distinct: Distinct) -> Condition:
    text = fold(term.value)
    if term.field in ("email", "name"):
        whole = "u.email_key" if term.field == "email" else _name(tx.sqlite)
        if term.exact:
            return Condition(f"{whole} = ?", (text,), word="" if term.field == "email" else text)
        sql = contains(tx.sqlite, whole) if term.field == "email" else _in_name(tx.sqlite, text)
        return Condition(sql, (text,), f'SELECT u.id FROM "user" u WHERE {{reach}} AND {sql}', text)
    if term.field == "org":
        sql = "w.name_key = ?" if term.exact else contains(tx.sqlite, "w.name_key")
        return Condition(f"m.organization_id IN (SELECT w.id FROM organization w WHERE {sql})", (text,))
    column = _VALUES[term.field]
    values = [role.value for role in Role] if term.field == "type" else distinct(column)
    right = tuple(value for value in values if (fold(value) == text if term.exact else text in fold(value)))
    return Condition(f"{column} IN ({', '.join('?' * len(right))})", right) if right else Condition("FALSE")


_VALUES = {"type": "m.type", "dept": "m.department", "plan": "m.plan", "company": "u.company"}
"""Columns without a folded key: their different values are few, and are compared in Python."""


def _range(term: Range, today: int) -> Condition:
    first, last = term.days(today)
    parts, values = ["TRUE"], []
    if first is not None:
        parts.append("u.created_at >= ?")
        values.append(int(months.day_start(first)))
    if last is not None:
        parts.append("u.created_at < ?")
        values.append(int(months.day_start(last + 1)))
    return Condition(" AND ".join(parts), tuple(values))


def _compare(term: Compare, now: int) -> Condition:
    month = months.month_of(now)
    if term.field == "idle":
        last_used = f"coalesce(m.last_used_day, u.created_at / {months.DAY})"
        return Condition(f"{last_used} {_turned(term.op)} ?", (months.day_of(now) - term.value,))
    kind = "embedding" if term.field.startswith("emb.") else "inference"
    if term.field.endswith("max"):
        return Condition(f"m.{kind}_allocation {term.op} ?", (term.value,))
    of_share = term.measure is Measure.PER_MILLE
    column = "share" if of_share else "used"
    if not term.op.holds(0, term.value) and not (of_share and kind == "embedding"):
        # Only rows of this month can hold: said so, an index answers.
        return Condition(f"m.{kind}_month = ? AND m.{kind}_{column} {term.op} ?", (month, term.value))
    expr = user_orders.share(kind, month) if of_share else user_orders.used(kind, month)
    return Condition(f"{expr} {term.op} ?", (term.value,))


def _lasts(tx: Tx, term: Term, organization_id: int | None) -> Condition:
    """Days until the tokens are used up: `domain.forecast` in SQL."""
    assert isinstance(term, Compare)

    def ended(days: int) -> str:
        return f"m.user_id IN ({lasting.ended_by(tx, days, organization_id)})"

    known = f"m.inference_allocation > 0 AND {lasting.enough('m', months.day_of(tx.now))}"
    value = int(term.value)
    match term.op:
        case Op.LESS:
            return Condition(ended(value))
        case Op.AT_MOST:
            return Condition(ended(value + 1))
        case Op.MORE:
            return Condition(f"{known} AND NOT {ended(value + 1)}")
        case Op.AT_LEAST:
            return Condition(f"{known} AND NOT {ended(value)}")
        case _:
            return Condition(f"{ended(value + 1)} AND NOT {ended(value)}")


def _turned(op: Op) -> Op:
    """`today - day op n` as `day op' today - n`."""
    turned = {Op.LESS: Op.MORE, Op.AT_MOST: Op.AT_LEAST, Op.MORE: Op.LESS, Op.AT_LEAST: Op.AT_MOST}
    return turned.get(op, op)
