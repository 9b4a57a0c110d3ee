"""One call at a time: what a gateway writes, as against the batches of store/recording, with the same outcome.

On PostgreSQL event, totals and counters are one statement, for each is a round trip (speed.md, fact 11). On either
engine one reading says at the end whether anything more may follow: see `Told`.
"""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sage_tui.domain.months import month_of
from sage_tui.store import recording
from sage_tui.store.falling_back import DUE
from sage_tui.store.recording import KIND, KINDS, ORG, STATUS, USER, Event, Sums
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


_POLICIES = (
    "(SELECT {join}(CASE WHEN q.department = '' THEN '' ELSE '+' END || q.preset || ' ' || q.fields, '\n')"
    " FROM policy q WHERE q.organization_id = ? AND q.version = (SELECT max(v.version) FROM policy v"
    " WHERE v.organization_id = q.organization_id AND v.department = q.department))"
)
"""A line a policy: preset, blank, fields (JSON, which has no line's end); before a department's a plus."""


_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")
_ROLLING = ("m", "m - 1", "m", "m + 1", "charge", "m", "charge", "m", "charge", "m", "charge", "m", "m")
"""The parameters of `recording.rolled`."""
_NAMES = (
    recording.COLUMNS,
    ("organization_id", "day", "user_id", "model_id", "kind", "entry", *_SUMS),
    ("organization_id", "day", "model_id", "kind", "entry", *_SUMS),
    ("organization_id", "m", "user_id", "kind", "events", "charge", "corrected"),
    (*_ROLLING, "organization_id", "kind"),
    (*_ROLLING, "m", "m", "last", "last", "organization_id", "user_id"),
)
"""What the `?` of `recording.statements` stand for."""
_ASKED = ("organization_id", "month", "organization_id", "now", "month", "organization_id")
"""And those of `_told`."""
_SENT = (*recording.COLUMNS, "m", "events", "failures", "corrected", "last", "month", "now")
_LETTERS = dict(zip(_SENT, string.ascii_letters, strict=False))
"""One letter for each value that is sent: the driver keeps what it parsed of statements under 4,096 characters."""


def _told(kind: str, sqlite: bool) -> str:
    policies = _POLICIES.format(join="group_concat" if sqlite else "string_agg")
    return f"{DUE}, {kind}_allocation, CASE WHEN {kind}_month = ? THEN {kind}_used ELSE 0 END, {policies}"


_SEEN = "SELECT content FROM usage_event WHERE digest = ? AND day IN (?, ?, ?) LIMIT 1"
_OWNER = (
    f'SELECT e.content, u.organization_id, u.id FROM (SELECT ({_SEEN}) AS content) e LEFT JOIN "user" u'
    " ON u.email_key = ?{within}"
)


def seen(
    tx: Tx, day: int, digest: bytes, email_key: str | None, only_within: int | None
) -> tuple[int | None, tuple[int, int] | None]:
    """The content of a digest that is known on its day or beside it, and the organization and number of an e-mail."""
    within = "" if only_within is None else " AND u.organization_id = ?"
    sql = _SEEN if email_key is None else _OWNER.format(within=within)
    more = () if email_key is None else (email_key,) if only_within is None else (email_key, only_within)
    rows = tx.tuples(sql, (digest, day - 1, day, day + 1, *more))
    content, organization, user = (*rows[0], None, None)[:3] if rows else (None, None, None)
    return None if content is None else int(content), None if user is None else (int(organization), int(user))


def write(tx: Tx, event: Event) -> tuple[Sums, Told | None]:
    """Insert an event that is new and raise every total, as `recording.write` does; what is told of its person."""
    if event[USER] < 0:
        return recording.write(tx, [event]), None
    organization, user, kind, month = event[ORG], event[USER], event[KIND], month_of(tx.now)
    if tx.sqlite:
        months = recording.write(tx, [event])
        asked = (organization, month, organization, tx.now, month, organization, organization, user)
        rows = tx.tuples(_asked(kind), asked)
        return months, _read(rows[0]) if rows else None
    key, (events, charge, corrected, last) = recording.month_of_one(event)
    sent = (*event, key[1], events, int(event[STATUS] != 0), corrected, last, month, tx.now)
    values = dict(zip(_LETTERS.values(), sent, strict=True))
    found = tx.conn.exec_driver_sql(_at_once(kind), values).first()
    return [(key, [events, charge, corrected, last])], _read(found) if found else None


def _read(row: Sequence[Any]) -> Told:
    due, allocation, used, policies = row
    return Told(bool(due), None if allocation is None else int(allocation), int(used), policies or "")


@lru_cache
def _asked(kind: int) -> str:
    return f"SELECT {_told(KINDS[kind], True)} FROM membership WHERE organization_id = ? AND user_id = ?"


@lru_cache
def _at_once(kind: int) -> str:
    """All writes of one event in one statement, for PostgreSQL; each value is sent once, by its name.

    Parts of a WITH run in no order of their own. Each waits for the one before it, so that rows are locked in the
    order in which every writer locks: event, days, month, pool, member.
    """
    parts = [_named(_short(part), names) for part, names in zip(recording.statements(kind), _NAMES, strict=True)]
    told = _named(_told(KINDS[kind], False), _ASKED)
    whole = [f"w0 AS ({parts[0]} RETURNING 1)"]
    whole += [f"w{n} AS ({_after(part, n - 1)} RETURNING 1)" for n, part in enumerate(parts[1:-1], 1)]
    return f"WITH {', '.join(whole)} {_after(parts[-1], len(whole) - 1)} RETURNING {told}"


def _short(statement: str) -> str:
    """A statement that has no texts in it, without the blanks that only people need."""
    return re.sub(r" ?([,=<+]) ?", r"\1", statement)


def _named(statement: str, names: Sequence[str]) -> str:
    """A `?` statement in the driver's style, its parameters by name: `m - 1` is the parameter m less one."""
    waiting = iter(names)
    return re.sub(r"\?", lambda _: re.sub(r"^\w+", lambda name: f"%({_LETTERS[name[0]]})s", next(waiting)), statement)


def _after(statement: str, number: int) -> str:
    """A statement that begins when the part of this number has ended."""
    done = f"(SELECT count(*) FROM w{number}) >= 0"
    if statement.startswith("UPDATE"):
        return f"{statement} AND {done}"
    head, _, tail = statement.partition(" VALUES (")
    values, _, conflict = tail.partition(") ON CONFLICT")
    return f"{head} SELECT {values} WHERE {done} ON CONFLICT{conflict}"
