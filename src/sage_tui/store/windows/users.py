"""Users by the window: any sort, any filter, any depth (speed.md, rows 14 and 16).

Without a filter the order's own index is walked for exactly the rows that are wanted. With one, a stretch of the
index is walked first (frequent hits are found there); where that does not fill the window, the hits are gathered
and sorted. Either way the inner statement gives keys alone, and rows are fetched for the window's few.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sage_tui.domain.months import month_of
from sage_tui.domain.paging import Ask, Count, Key, Sort, Window
from sage_tui.domain.queries import Query
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.domain.users import UserRow
from sage_tui.store import words
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import seek
from sage_tui.store.windows.seek import Found, Part, Reader, Segment
from sage_tui.store.windows.user_filters import Condition, conditions
from sage_tui.store.windows.user_orders import UserOrder, order_of
from sage_tui.store.windows.user_rows import FIELDS, SELECTED, maker

COUNT_TO = 10_000
"""Counting stops here: exact counts are the dear part (speed.md, fact 8)."""

STRETCH = 3_000
"""Entries of an index that are looked through before all hits are gathered."""

PROBED = 2_000
"""People that a text is tried on, to tell frequent from rare."""

LIVE = "m.ended_at IS NULL"
_HYDRATED = (
    f'SELECT {SELECTED}, k.v, k.id FROM ({{keys}}) k CROSS JOIN membership m CROSS JOIN "user" u'
    " LEFT JOIN organization o ON o.id = m.organization_id"
    " WHERE m.organization_id = k.org AND m.user_id = k.id AND u.id = k.id ORDER BY {by}"
)


def window(tx: Tx, query: Query, ask: Ask, organization_id: int | None = None) -> Window[UserRow]:
    """One window of people within the actor's reach. Raises WrongUse (no such column, a key of another order)."""
    return seek.window(_Users(tx, query, organization_id).reader(ask.sort), ask)


def count(tx: Tx, query: Query, organization_id: int | None = None, *, exact: bool = False) -> Count:
    """How many people match: exact without a filter (or when asked for), else up to `COUNT_TO`."""
    return _Users(tx, query, organization_id).count(exact)


def chosen(tx: Tx, query: Query, organization_id: int | None) -> tuple[str, tuple[Any, ...]]:
    """A sub-select (with `?`) of the numbers of all who match, within one organization or the reach."""
    tables, where, values = _Users(tx, query, organization_id)._matching(())
    return f"SELECT m.user_id FROM {tables} WHERE {where}", values


def one(tx: Tx, user_id: int) -> UserRow:
    """The row of a person who is within the reach (the caller has asked)."""
    keys = (
        f"SELECT NULL AS v, m.user_id AS id, m.organization_id AS org FROM membership m WHERE m.user_id = ? AND {LIVE}"
    )
    (row,) = tx.tuples(_HYDRATED.format(keys=keys, by="k.id"), (user_id,))
    return maker(month_of(tx.now))(row)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The reach as SQL for each table, with its values."""

    membership: str
    user: str
    values: tuple[int, ...]


@dataclass
class _Users:
    """One question's parts: reach, filter, month."""

    tx: Tx
    query: Query
    organization_id: int | None
    filters: list[Condition] = field(init=False)

    def __post_init__(self) -> None:
        self.month = month_of(self.tx.now)
        sql, named = self.tx.within("m", self.organization_id)
        values = tuple(named[name] for name in re.findall(r":(\w+)", sql))
        positional = re.sub(r":\w+", "?", sql)
        self.scope = _Scope(positional, positional.replace("m.organization_id", "u.organization_id"), values)
        self.filters = conditions(self.tx, self.query, self._distinct, self.organization_id)

    def _distinct(self, column: str) -> list[str]:
        """The different values of a column within the reach."""
        if column == "m.department" and (departments := self._departments()) is not None:
            return departments
        if column.startswith("u."):
            sql, scope = f'SELECT DISTINCT {column} FROM "user" u', self.scope.user
        else:
            sql, scope = f"SELECT DISTINCT {column} FROM membership m", f"{self.scope.membership} AND {LIVE}"
        return [str(value) for (value,) in self.tx.tuples(f"{sql} WHERE {scope}", self.scope.values)]

    def _departments(self) -> list[str] | None:
        """Departments by seeks over their index, one a value; None where there are too many to be quick."""
        scope = self.scope.membership.replace("m.organization_id", "o.id")
        sql = f"SELECT o.id FROM organization o WHERE {scope} LIMIT {PROBED}"
        following = (
            f"SELECT min(m.department) FROM membership m WHERE m.organization_id = ? AND m.department > ? AND {LIVE}"
        )
        found, seeks = {""}, 0
        for (organization,) in self.tx.tuples(sql, self.scope.values):
            last = ""
            while (value := self.tx.tuples(following, (organization, last))[0][0]) is not None:
                found.add(last := str(value))
                seeks += 1
                if seeks > PROBED:
                    return None
        return sorted(found)

    def reader(self, sort: Sort) -> Reader:
        """How `seek` reads this table in this order."""
        order = order_of(sort, self.month)
        return Reader(
            order.order,
            lambda part: self._fetch(order, part),
            lambda segment: self._segment_count(order, segment),
            lambda row_id: self._key_of(order, row_id),
            maker(self.month),
        )

    def _fetch(self, order: UserOrder, part: Part) -> list[Found]:
        if order.index_of and not self.filters:
            return self._found(order, part, self._walk(order, part, part.limit))
        if order.index_of and not part.offset and self._words == [None] * len(self.filters):
            found = self._found(order, part, self._stretch(order, part))
            if len(found) >= part.limit:
                return found
        return self._found(order, part, self._gather(order, part))

    def _found(self, order: UserOrder, part: Part, keys: tuple[str, tuple[Any, ...]]) -> list[Found]:
        """Rows and keys of an inner statement that gives (v, id, org)."""
        direction = " DESC" if part.order_by.endswith("DESC") else ""
        rows = self.tx.tuples(_HYDRATED.format(keys=keys[0], by=f"k.v{direction}, k.id{direction}"), keys[1])
        value = len(FIELDS)
        return [Found(row, tuple(row[value:]) if order.order.valued else (row[value + 1],)) for row in rows]

    def _walk(self, order: UserOrder, part: Part, limit: int) -> tuple[str, tuple[Any, ...]]:
        """Keys straight from an index of one table."""
        of_user = order.index_of == "user"
        table, scope = (
            ('"user" u', self.scope.user) if of_user else ("membership m", f"{self.scope.membership} AND {LIVE}")
        )
        org = "u.organization_id" if of_user else "m.organization_id"
        where = " AND ".join((scope, *part.where))
        skip = f" OFFSET {int(part.offset)}" if part.offset else ""
        sql = (
            f"SELECT {_value(part.segment)} AS v, {order.order.id} AS id, {org} AS org FROM {table} WHERE {where}"
            f" ORDER BY {part.order_by} LIMIT {int(limit)}{skip}"
        )
        return sql, (*self.scope.values, *part.segment.values, *part.values)

    def _stretch(self, order: UserOrder, part: Part) -> tuple[str, tuple[Any, ...]]:
        """The hits in a stretch of the index: enough where hits are frequent."""
        inner, values = self._walk(order, part, STRETCH)
        direction = " DESC" if part.order_by.endswith("DESC") else ""
        where = " AND ".join(f"({condition.sql})" for condition in self.filters)
        sql = (
            f'SELECT s.v, s.id, s.org FROM ({inner}) s CROSS JOIN membership m CROSS JOIN "user" u'
            f" WHERE m.organization_id = s.org AND m.user_id = s.id AND u.id = s.id AND {where}"
            f" ORDER BY s.v{direction}, s.id{direction} LIMIT {int(part.limit)}"
        )
        return sql, (*values, *self._filter_values())

    def _gather(self, order: UserOrder, part: Part) -> tuple[str, tuple[Any, ...]]:
        """All hits, sorted; the engine chooses how to find them."""
        tables, where, values = self._matching((part.order_by, *part.where))
        skip = f" OFFSET {int(part.offset)}" if part.offset else ""
        sql = (
            f"SELECT {_value(part.segment)} AS v, m.user_id AS id, m.organization_id AS org FROM {tables}"
            f" WHERE {where} AND {' AND '.join(part.where)} ORDER BY {part.order_by} LIMIT {int(part.limit)}{skip}"
        )
        return sql, (*values, *part.segment.values, *part.values)

    def _matching(self, also: tuple[str, ...]) -> tuple[str, str, tuple[Any, ...]]:
        """FROM and WHERE of all that match, for statements that also say these things."""
        if not self.filters:
            # All are read: within an organization by the index in the table's own order (the last condition is true of
            # everybody), else by the table itself (with the plus no partial index may serve).
            own = f"{LIVE} AND m.user_id > 0" if self.scope.values else f"+{LIVE}"
            where = f"{self.scope.membership} AND {own}"
            return _tables(also), where, self.scope.values
        if len(self._hits) > COUNT_TO:
            where, values, asked = self._filtered()
            return _tables((*asked, *also)), where, values
        among = "IN (SELECT value FROM json_each(?))" if self.tx.sqlite else "= ANY(?)"
        ids: Any = json.dumps(self._hits) if self.tx.sqlite else self._hits
        return _tables(also), f"m.user_id {among} AND {LIVE}", (ids,)

    @cached_property
    def _hits(self) -> list[int]:
        """Ids of those who match, up to one more than `COUNT_TO`: found once, then asked by number."""
        where, values, asked = self._filtered()
        tables = _tables(asked)
        if "u." in tables:  # said of both tables, either one's index may lead
            where, values = f"{where} AND {self.scope.user}", (*values, *self.scope.values)
        sql = f"SELECT m.user_id FROM {tables} WHERE {where} LIMIT {COUNT_TO + 1}"
        return [int(user) for (user,) in self.tx.tuples(sql, values)]

    def _filtered(self) -> tuple[str, tuple[Any, ...], list[str]]:
        """WHERE of the reach and all terms, with values; and what of it speaks of tables."""
        parts, asked = [self.scope.membership, LIVE], []
        values: list[Any] = list(self.scope.values)
        for condition, word in zip(self.filters, self._words, strict=True):
            if word == "":
                parts.append("FALSE")
            elif word:
                parts.append(f"m.user_id IN ({words.PEOPLE.format(reach=self.scope.user, sql=condition.sql)})")
                values += (word, *self.scope.values, *condition.values)
            elif condition.candidates and not self._frequent(condition):
                parts.append(f"m.user_id IN ({condition.candidates.replace('{reach}', self.scope.user)})")
                values += [value for one in condition.values for value in (*self.scope.values, one)]
            else:
                parts.append(f"({condition.sql})")
                asked.append(condition.sql)
                values += condition.values
        return " AND ".join(parts), tuple(values), asked

    @cached_property
    def _words(self) -> list[str | None]:
        """What the index of words is asked for each condition; None where it cannot tell, or too many may match."""
        if not self.tx.sqlite or words.quick_without(self.tx, self.scope.user, self.scope.values):
            return [None] * len(self.filters)
        return [self._asked_word(condition) for condition in self.filters]

    def _asked_word(self, condition: Condition) -> str | None:
        if not condition.word or (len(condition.word) < words.WHOLE and self._frequent(condition)):
            return None
        asked = words.question(self.tx, condition.word)
        return asked if not asked or words.few(self.tx, asked, COUNT_TO) else None

    def _frequent(self, condition: Condition) -> bool:
        """Does a text match more than two in a hundred of some? Then its ids are not worth gathering first."""
        some = f'SELECT u.email_key, u.name_key FROM "user" u WHERE {self.scope.user} LIMIT {PROBED}'
        sql = f"SELECT count(*) FROM ({some}) u WHERE {condition.sql}"
        return int(self.tx.tuples(sql, (*self.scope.values, *condition.values))[0][0]) * 50 > PROBED

    def _filter_values(self) -> list[Any]:
        return [value for condition in self.filters for value in condition.values]

    def _segment_count(self, order: UserOrder, segment: Segment) -> int:
        tables, where, values = self._matching((segment.whole,))
        if order.index_of == "user" and not self.filters and "m." not in segment.whole:
            tables, where, values = '"user" u', self.scope.user, self.scope.values
        sql = f"SELECT count(*) FROM {tables} WHERE {where} AND {segment.whole}"
        return int(self.tx.tuples(sql, (*values, *segment.values))[0][0])

    def _key_of(self, order: UserOrder, row_id: int) -> Key | None:
        """Where a person stands now; None when they do not match (any more)."""
        for segment in order.order.segments:
            where = " AND ".join((self.scope.membership, LIVE, "m.user_id = ?", segment.whole))
            filters = "".join(f" AND ({condition.sql})" for condition in self.filters)
            sql = f'SELECT {_value(segment)} FROM membership m JOIN "user" u ON u.id = m.user_id WHERE {where}{filters}'
            rows = self.tx.tuples(sql, (*self.scope.values, row_id, *segment.values, *self._filter_values()))
            if rows:
                return (rows[0][0], row_id) if order.order.valued else (row_id,)
        return None

    def count(self, exact: bool) -> Count:
        if not self.filters:
            return Count(self._everybody())
        return Count(min(len(self._hits), COUNT_TO), len(self._hits) <= COUNT_TO)

    def _everybody(self) -> int:
        """All within the reach: organizations keep the number, those of none are counted."""
        scope = self.scope.membership.replace("m.organization_id", "o.id")
        sql = f"SELECT coalesce(sum(o.members), 0) FROM organization o WHERE {scope} AND o.id <> {NO_ORGANIZATION}"
        known = int(self.tx.tuples(sql, self.scope.values)[0][0])
        sql = (
            f"SELECT count(*) FROM membership m WHERE {self.scope.membership} AND m.organization_id = {NO_ORGANIZATION}"
        )
        return known + int(self.tx.tuples(f"{sql} AND {LIVE}", self.scope.values)[0][0])


def _tables(asked: Sequence[str]) -> str:
    """FROM: the table of users only where something asks for it."""
    return 'membership m JOIN "user" u ON u.id = m.user_id' if any("u." in sql for sql in asked) else "membership m"


def _value(segment: Segment) -> str:
    """What the key holds: the sorted expression, or the segment's constant."""
    if segment.expr:
        return segment.expr
    return "NULL" if segment.constant is None else str(int(segment.constant))
