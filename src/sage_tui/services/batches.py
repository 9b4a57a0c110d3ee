"""Batches: acts that may be undone. Undo is a plan reversed, with its own batch, so that it can be undone too."""

from sage_tui.clock import to_datetime
from sage_tui.domain.batch_fields import BATCHES
from sage_tui.domain.errors import NotFound, Refused
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import BatchRow, Done, PlanRow, PlanSummary
from sage_tui.domain.queries_parse import parse
from sage_tui.services import allocations, falling_back, plan_rows, plan_rules, planning, plans
from sage_tui.services.context import Context, retried
from sage_tui.store import plans as store
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows import batches as windows

AT_ONCE = 200


def list_batches(
    ctx: Context, organization_id: int | None = None, *, before: int | None = None, count: int = AT_ONCE
) -> tuple[BatchRow, ...]:
    """Batches within the reach, newest first, from before a number on."""
    with ctx.read(Verb.BATCHES_LIST) as tx:
        where, values = tx.within("b", organization_id)
        beyond = "" if before is None else f" AND b.id < {int(before)}"
        rows = tx.rows(
            f"SELECT b.* FROM batch b WHERE {where}{beyond} ORDER BY b.id DESC, b.organization_id LIMIT {int(count)}",
            **values,
        )
        return tuple(shown(tx, row) for row in rows)


def window(ctx: Context, ask: Ask, organization_id: int | None = None) -> Window[BatchRow]:
    """One window of batches, newest first with `Sort("at", True)`. Raises QueryError."""
    query = parse(ask.query, BATCHES)
    with ctx.read(Verb.BATCHES_LIST) as tx:
        found = windows.window(tx, query, ask, organization_id)
        rows = tuple(shown(tx, row) for row in found.rows)
        return Window(rows, found.keys, found.more_before, found.more_after, found.offset)


def count(ctx: Context, query: str, organization_id: int | None = None) -> Count:
    """How many batches match; cut at ten thousand. Raises QueryError."""
    parsed = parse(query, BATCHES)
    with ctx.read(Verb.BATCHES_LIST) as tx:
        return windows.count(tx, parsed, organization_id)


def show(ctx: Context, batch: int) -> BatchRow:
    """One batch. Raises NotFound."""
    with ctx.read(Verb.BATCHES_LIST) as tx:
        return shown(tx, _find(tx, batch))


def rows(ctx: Context, batch: int, first: int = 0, count: int = 100, text: str = "") -> tuple[tuple[PlanRow, ...], int]:
    """What a batch changed, from a place on, by person and field; and how many rows there are. Raises NotFound.

    `text` keeps those whose e-mail or field holds it.
    """
    with ctx.read(Verb.BATCHES_LIST) as tx:
        organization_id = int(_find(tx, batch)["organization_id"])
        return plan_rows.of_batch(tx, organization_id, batch, first, count, text)


def mine(ctx: Context, organization_id: int | None = None) -> tuple[BatchRow | None, int]:
    """My last batch that can be undone and undoes nothing, and how many batches, of anybody, came after it."""
    with ctx.read(Verb.BATCHES_LIST) as tx:
        where, kept = tx.within("b", organization_id)
        values = kept
        who = "b.actor_id IS NULL" if tx.actor.user_id is None else "b.actor_id = :me"
        if tx.actor.user_id is not None:
            values = {**values, "me": tx.actor.user_id}
        row = tx.row(
            f"SELECT b.* FROM batch b WHERE {where} AND {who} AND b.undone_by IS NULL AND b.undoes IS NULL"
            " AND EXISTS (SELECT 1 FROM allocation_change c WHERE c.organization_id = b.organization_id"
            " AND c.batch = b.id) ORDER BY b.id DESC LIMIT 1",
            **values,
        )
        if row is None:
            return None, 0
        later = tx.value(f"SELECT count(*) FROM batch b WHERE {where} AND b.id > :id", id=row["id"], **kept)
        return shown(tx, row), int(later)


@retried
def plan_undo(ctx: Context, batch: int) -> PlanSummary:
    """The way back of a batch as a plan: nothing of it counts yet. Raises NotFound, Refused (nothing to undo)."""
    with ctx.write(Verb.UNDO) as tx:
        organization_id, plan_id = _made(tx, batch, preview=True)
        return allocations.summary(tx, organization_id, plan_id)


@retried
def undo(ctx: Context, batch: int, consent: Consent, listed: int | None = None) -> Done:
    """Undo a batch: what somebody changed since, or what the pool has no room for, is left and named.

    Raises NotFound, Refused (nothing to undo), WrongUse (the name is asked for), StepUpNeeded.
    """
    with ctx.write(Verb.UNDO) as tx:
        organization_id, plan_id = _made(tx, batch)
        return plans.applied(tx, organization_id, plan_id, consent, strict=False, listed=listed)


def _made(tx: Tx, batch: int, *, preview: bool = False) -> tuple[int, int]:
    """A plan of the way back. The batch's rows may lie in several organizations; an undo is for one.

    `preview`: what moved is marked for whoever looks at it; applying finds it by itself.
    """
    found = _find(tx, batch)
    if found["undone_by"] is not None:
        raise Refused(
            f"Batch {batch} was undone already, by batch {found['undone_by']}.",
            f"`sage-tui undo {found['undone_by']}` takes the undo back.",
            code="undone",
        )
    organization_id = int(found["organization_id"])
    falling_back.due(tx, organization_id)
    plan_id = allocations.open_plan(tx, organization_id, Verb.UNDO.value, undoes=batch)
    if not store.reversed_batch(tx, organization_id, plan_id, batch):
        raise Refused(
            f"Batch {batch} ({found['action']}) changed nothing that can be taken back.",
            "People that were added stay; they can be offboarded.",
            code="nothing_to_undo",
        )
    planned = store.sums(tx, organization_id, plan_id) if preview else None
    plan_rules.possible(tx, planned.by_field if planned else store.fields(tx, organization_id, plan_id))
    if planned is not None:
        allocations.mark_moved(tx, organization_id, plan_id, planned)
    planning.except_oneself(tx, organization_id, plan_id)
    return organization_id, plan_id


def _find(tx: Tx, batch: int) -> Row:
    found = windows.one(tx, batch)
    if found is None:
        raise NotFound(f"There is no batch {batch}.", "See `sage-tui batches list`.")
    return found


def shown(tx: Tx, row: Row) -> BatchRow:
    """A step: a row of batches as its table shows it."""
    return BatchRow(
        batch=int(row["id"]),
        organization_id=int(row["organization_id"]),
        at=to_datetime(row["at"]),
        actor=str(row["actor"]),
        action=str(row["action"]),
        rows=int(row["rows"]),
        reason=str(row["reason"]),
        undoes=row["undoes"],
        undone_by=row["undone_by"],
        mine=row["actor_id"] == tx.actor.user_id,
        organization=str(row.get("organization") or ""),
    )
