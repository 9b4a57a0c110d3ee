"""Windows over rows that only grow, newest first: activity and audit (speed.md, facts 2 and 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sage_tui.domain.paging import After, Ask, At, Before, End, Key
from sage_tui.domain.queries import Compare, Op, Query, Range, Term
from sage_tui.store.transaction import Row, Tx

DAY = 86_400 * 1_000_000
COUNT_TO = 10_000
"""Counting stops here: "10,000+" says enough, and exact counts are the dear part (speed.md, fact 8)."""


@dataclass
class Where:
    """Conditions and their parameters, as they gather."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """A parameter for a value; its name in SQL."""
        name = f"w{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def add(self, condition: str, *, negated: bool = False) -> None:
        """One more condition that must hold. What is not known counts as false before it is negated."""
        self.parts.append(f"NOT coalesce(({condition}), FALSE)" if negated else f"({condition})")

    def like(self, column: str, text: str, *, exact: bool = False) -> str:
        """Does a folded column contain (or equal) the folded text?"""
        if exact:
            return f"{column} = {self.bind(text)}"
        escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return f"{column} LIKE {self.bind('%' + escaped + '%')} ESCAPE '!'"

    @property
    def sql(self) -> str:
        """All conditions."""
        return " AND ".join(self.parts) or "TRUE"


def compared(where: Where, term: Compare, column: str) -> str:
    """`column op value`."""
    op = "=" if term.op is Op.EQUAL else term.op.value
    return f"{column} {op} {where.bind(term.value)}"


def spanned(where: Where, term: Range, column: str, today: int) -> str:
    """An instant within the term's UTC days, both included."""
    first, last = term.days(today)
    parts = [f"{column} >= {where.bind(first * DAY)}"] if first is not None else []
    parts += [f"{column} < {where.bind((last + 1) * DAY)}"] if last is not None else []
    return " AND ".join(parts) or "TRUE"


def newest(
    tx: Tx, table: str, select: str, where: Where, order: Sequence[str], ask: Ask, decode: Any
) -> tuple[list[Row], bool, bool, int | None]:
    """Rows in order, whether there are more before and after, and how many stand before (if known).

    `table` is the rows' own, with its alias; `select` has `{rows}` where it stands, and joins what is shown beside.
    The rows are taken first and joined then: a planner that joins first sorts all of them. `order` are the key's
    columns, all descending when the sort is; `decode` makes parameters of a Key.
    """
    down = ask.sort.descending
    place = ask.place
    backwards = isinstance(place, Before | End)
    if isinstance(place, After | Before):
        where.parts.append(_beyond(where, order, decode(place.key), less=down is not backwards))
    direction = " DESC" if down is not backwards else " ASC"
    by = ", ".join(column + direction for column in order)
    offset = f" OFFSET {int(place.offset)}" if isinstance(place, At) else ""
    alias = table.split(" ")[1]
    taken = f"SELECT {alias}.* FROM {table} WHERE {where.sql} ORDER BY {by} LIMIT {int(ask.count) + 1}{offset}"
    rows = tx.rows(f"{select.format(rows=f'({taken}) {alias}')} ORDER BY {by}", **where.values)
    more = len(rows) > ask.count
    rows = rows[: ask.count]
    if backwards:
        return rows[::-1], more, isinstance(place, Before), None
    start = int(place.offset) if isinstance(place, At) else None if isinstance(place, After) else 0
    return rows, isinstance(place, After) or bool(start), more, start


def _beyond(where: Where, order: Sequence[str], key: Key, *, less: bool) -> str:
    """Strictly beyond a key. The first column bounds the index scan; the rest tells ties apart."""
    sign = "<" if less else ">"
    marks = [where.bind(value) for value in key]
    inner = f"{order[-1]} {sign} {marks[-1]}"
    for column, mark in list(zip(order, marks, strict=True))[-2::-1]:
        inner = f"({column} {sign} {mark} OR ({column} = {mark} AND {inner}))"
    return f"{order[0]} {sign}= {marks[0]} AND {inner}" if len(order) > 1 else inner


def counted(tx: Tx, table: str, where: Where, exact: bool) -> tuple[int, bool]:
    """How many rows match, and whether that is exact."""
    limit = "" if exact else f" LIMIT {COUNT_TO + 1}"
    number = int(
        tx.value(f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where.sql}{limit}) AS c", **where.values)
    )
    return (number, True) if exact or number <= COUNT_TO else (COUNT_TO, False)


def apply(where: Where, query: Query, condition: Any) -> None:
    """Every term of the query as a condition."""
    for term in query.terms:
        _apply(where, term, condition)


def _apply(where: Where, term: Term, condition: Any) -> None:
    where.add(condition(where, term), negated=term.negated)
