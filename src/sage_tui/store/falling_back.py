"""What has to fall back: raises whose end has come, and members whose limit of the month before holds no more.

Only those are read who have a step that ends; their steps come in order, one member and kind after the other.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from sage_tui.domain.steps import HOLDS, Holds
from sage_tui.domain.units import Kind
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

MONTHLY = sorted(code for code, holds in HOLDS.items() if holds is Holds.MONTH)
_OF_THE_MONTH = " OR ".join(
    f"c.rule = '{code}' OR c.rule LIKE '{code}:%' OR c.rule LIKE 'undo:%:{code}' OR c.rule LIKE 'undo:%:{code}:%'"
    for code in MONTHLY
)


class Change(NamedTuple):
    """A step as the history has it."""

    user_id: int
    field: str
    id: int
    at: int
    batch: int
    before: int | None
    after: int | None
    rule: str


class Ends(NamedTuple):
    """A raise whose end has come. `batch` is that of the request which granted it, if one did."""

    id: int
    user_id: int
    kind: Kind
    created_at: int
    batch: int | None
    until: int
    """When it was due."""


DUE = (
    "EXISTS (SELECT 1 FROM pool WHERE organization_id = ? AND started_month < ?)"
    " OR EXISTS (SELECT 1 FROM token_raise WHERE organization_id = ? AND ended_at IS NULL AND until <= ?)"
)
"""Values: organization, this month, organization, now."""
_OVERDUE = "EXISTS (SELECT 1 FROM reservation WHERE organization_id = ? AND status = 'held' AND expires_at <= ?)"


def is_due(tx: Tx, organization_id: int, month: int) -> bool:
    """Has a month begun, or a raise ended, of which nothing was done yet? Asked before every act: two seeks."""
    ((found,),) = tx.tuples(f"SELECT {DUE}", (organization_id, month, organization_id, tx.now))
    return bool(found)


def waiting(tx: Tx, organization_id: int, month: int) -> tuple[bool, bool]:
    """The same, and whether a reservation is held past its expiry."""
    values = (organization_id, month, organization_id, tx.now, organization_id, tx.now)
    ((due, overdue),) = tx.tuples(f"SELECT {DUE}, {_OVERDUE}", values)
    return bool(due), bool(overdue)


def of_the_month(tx: Tx, organization_id: int, begin: int, end: int) -> Iterator[tuple[tuple[int, str], list[Change]]]:
    """Members and kinds with a step from `begin` to `end` that held for the month, with all their steps since."""
    found = tx.stream(
        f"SELECT {_COLUMNS} FROM allocation_change h JOIN membership m ON m.organization_id = h.organization_id"
        " AND m.user_id = h.user_id AND m.ended_at IS NULL WHERE h.organization_id = ? AND h.at >= ?"
        " AND (h.user_id, h.field) IN (SELECT c.user_id, c.field FROM allocation_change c"
        f" WHERE c.organization_id = ? AND c.at >= ? AND c.at < ? AND c.field IN ('inference', 'embedding')"
        f" AND ({_OF_THE_MONTH})) ORDER BY h.user_id, h.field, h.id",
        (organization_id, begin, organization_id, begin, end),
    )
    for key, steps in groupby((Change(*row) for row in found), key=lambda one: (one.user_id, one.field)):
        yield key, list(steps)


def steps_of(tx: Tx, organization_id: int, user_id: int, kind: Kind, since: int) -> list[Change]:
    """The steps of one limit since an instant, in order."""
    found = tx.tuples(
        f"SELECT {_COLUMNS} FROM allocation_change h WHERE h.organization_id = ? AND h.user_id = ? AND h.field = ?"
        " AND h.at >= ? ORDER BY h.id",
        (organization_id, user_id, kind.value, since),
    )
    return [Change(*row) for row in found]


_COLUMNS = "h.user_id, h.field, h.id, h.at, h.batch, h.before, h.after, h.rule"


def ends(tx: Tx, organization_id: int) -> list[Ends]:
    """The raises whose end has come, locked, in order."""
    rows = tx.lock(
        "SELECT t.id, t.user_id, t.kind, t.created_at, t.until, (SELECT r.batch FROM request r"
        " WHERE r.organization_id = t.organization_id AND r.id = t.request_id) AS batch FROM token_raise t"
        " WHERE t.organization_id = :org AND t.ended_at IS NULL AND t.until <= :now ORDER BY t.user_id, t.kind, t.id",
        org=organization_id, now=tx.now,
    )  # fmt: skip
    return [
        Ends(
            int(row["id"]), int(row["user_id"]), Kind(KINDS[row["kind"]]), int(row["created_at"]), row["batch"],
            int(row["until"]),
        )
        for row in rows
    ]  # fmt: skip


def started(tx: Tx, organization_id: int, month: int) -> int:
    """Remember that a month's start was seen to; the month of the last time, 0 if there was none."""
    last = tx.value("SELECT min(started_month) FROM pool WHERE organization_id = :org", org=organization_id)
    tx.run("UPDATE pool SET started_month = :month WHERE organization_id = :org", month=month, org=organization_id)
    return int(last or 0)


def allocation(tx: Tx, organization_id: int, user_id: int, kind: str) -> int | None:
    """A member's limit now, in tokens."""
    found: int | None = tx.value(
        f"SELECT {kind}_allocation FROM membership WHERE organization_id = :org AND user_id = :user"
        " AND ended_at IS NULL",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return found


class Run(NamedTuple):
    """Something that happened by itself, once for each time that it was due."""

    what: str
    due_at: int
    batch: int | None = None
    rows: int = 0
    rows_left: int = 0
    note: str = ""


def begin(tx: Tx, organization_id: int, what: str, due_at: int) -> bool:
    """Take a run; False where it was taken already, here or on another host."""
    return bool(
        tx.run(
            "INSERT INTO distribution_run (organization_id, what, due_at, at) VALUES (:org, :what, :due, :now)"
            " ON CONFLICT (organization_id, what, due_at) DO NOTHING",
            org=organization_id, what=what, due=due_at, now=tx.now,
        )
    )  # fmt: skip


def end(tx: Tx, organization_id: int, run: Run) -> None:
    """Say what a run did."""
    tx.run(
        "UPDATE distribution_run SET batch = :batch, rows = :rows, rows_left = :left, note = :note"
        " WHERE organization_id = :org AND what = :what AND due_at = :due",
        batch=run.batch, rows=run.rows, left=run.rows_left, note=run.note, org=organization_id, what=run.what,
        due=run.due_at,
    )  # fmt: skip
