"""One call at a time: what a gateway writes, as against the batches of store/recording, with the same outcome.

On PostgreSQL event, totals and counters are one statement, for each is a round trip (speed.md, fact 11). On either
engine one reading says at the end whether anything more may follow: see `Told`.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from sage_tui.domain.months import month_of
from sage_tui.store import recording
from sage_tui.store.recording import KIND, KINDS, ORG, USER, Event, Sums
from sage_tui.store.transaction import Tx


class Told(NamedTuple):
    """How somebody stands after a call. Where it says that nothing follows, nothing does; else look closely."""

    due: bool
    """Has a month begun, or a raise ended, of which nothing was done yet?"""
    allocation: int | None
    used: int
    """This month's tokens, with the call."""
    policies: str
    """The last versions in force, see `_POLICIES`: what was parsed once is known by its text."""


_DUE = (
    "EXISTS (SELECT 1 FROM pool d WHERE d.organization_id = ? AND d.started_month < ?)"
    " OR EXISTS (SELECT 1 FROM token_raise t WHERE t.organization_id = ? AND t.ended_at IS NULL AND t.until <= ?)"
)
_POLICIES = (
    "(SELECT {join}(CASE WHEN q.department = '' THEN '' ELSE '+' END || q.preset || ' ' || q.fields, '\n')"
    " FROM policy q WHERE q.organization_id = ? AND q.version = (SELECT max(v.version) FROM policy v"
    " WHERE v.organization_id = q.organization_id AND v.department = q.department))"
)
"""A line a policy: preset, blank, fields (JSON, which has no line's end); before a department's a plus."""


def _told(kind: str, sqlite: bool) -> str:
    policies = _POLICIES.format(join="group_concat" if sqlite else "string_agg")
    return f"{_DUE}, {kind}_allocation, CASE WHEN {kind}_month = ? THEN {kind}_used ELSE 0 END, {policies}"


def _asking(tx: Tx, organization_id: int) -> tuple[int, ...]:
    month = month_of(tx.now)
    return (organization_id, month, organization_id, tx.now, month, organization_id)


def write(tx: Tx, event: Event) -> tuple[Sums, Told | None]:
    """Insert an event that is new and raise every total, as `recording.write` does; what is told of its person."""
    if event[USER] < 0:
        return recording.write(tx, [event]), None
    organization, user, kind = event[ORG], event[USER], event[KIND]
    if tx.sqlite:
        months = recording.write(tx, [event])
        rows = tx.tuples(_asked(kind), (*_asking(tx, organization), organization, user))
    else:
        months, parts = recording.raised(event)
        values: list[Any] = [value for part in parts for value in part]
        rows = tx.tuples(_at_once(kind), (*values, *_asking(tx, organization)))
    return months, _read(rows[0]) if rows else None


def _read(row: tuple[Any, ...]) -> Told:
    due, allocation, used, policies = row
    return Told(bool(due), None if allocation is None else int(allocation), int(used), policies or "")


@lru_cache
def _asked(kind: int) -> str:
    return f"SELECT {_told(KINDS[kind], True)} FROM membership WHERE organization_id = ? AND user_id = ?"


@lru_cache
def _at_once(kind: int) -> str:
    """All writes of one event in one statement, for PostgreSQL.

    Parts of a WITH run in no order of their own. Each waits for the one before it, so that rows are locked in the
    order in which every writer locks: event, days, month, pool, member.
    """
    parts = recording.statements(kind)
    names = [f"w{number}" for number in range(len(parts))]
    told = _told(KINDS[kind], False)
    waiting = [parts[0], *(_after(part, name) for part, name in zip(parts[1:], names, strict=False))]
    whole = [f"{name} AS ({part} RETURNING 1)" for name, part in zip(names, waiting[:-1], strict=False)]
    return f"WITH {', '.join(whole)} {waiting[-1]} RETURNING {told}"


def _after(statement: str, name: str) -> str:
    """A statement that begins when the part of this name has ended."""
    done = f"(SELECT count(*) FROM {name}) >= 0"
    if statement.startswith("UPDATE"):
        return f"{statement} AND {done}"
    head, _, tail = statement.partition(" VALUES (")
    values, _, conflict = tail.partition(")")
    return f"{head} SELECT {values} WHERE {done}{conflict}"
