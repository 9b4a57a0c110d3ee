"""Drafts: staged edits, kept for their author and organization until they are saved or given up.

Kept at each edit, so that a lost line or a killed process loses nothing. Not an act: nothing of it counts.
"""

from sage_tui.clock import to_datetime
from sage_tui.domain import staged
from sage_tui.domain.permissions import Verb
from sage_tui.domain.staged import Draft, StagedChanges
from sage_tui.services import people
from sage_tui.services.context import Context, retried
from sage_tui.store.transaction import Tx

PAGE = "users"


@retried
def keep(
    ctx: Context, edits: StagedChanges, organization_id: int | None = None, before: StagedChanges | None = None
) -> None:
    """Keep staged edits; none of them forgets the draft. Raises NotFound, WrongUse.

    `before` is what this console kept last: only the cells that differ are changed, so that two consoles of one author
    keep each other's edits.
    """
    with ctx.write(Verb.DRAFTS) as tx:
        org, author = people.organization_for(tx, organization_id), tx.actor.user_id or 0
        wanted = edits if before is None else _merged(tx, org, author, edits, before)
        if not wanted:
            tx.run(
                "DELETE FROM draft WHERE organization_id = :org AND author_id = :author AND page = :page",
                org=org, author=author, page=PAGE,
            )  # fmt: skip
            return
        tx.run(
            "INSERT INTO draft (organization_id, author_id, page, edits, saved_at) VALUES (:org, :author, :page,"
            " :edits, :now)"
            " ON CONFLICT (organization_id, author_id, page) DO UPDATE SET edits = :edits, saved_at = :now",
            org=org, author=author, page=PAGE, edits=staged.dump(wanted), now=tx.now,
        )  # fmt: skip


def _merged(tx: Tx, organization_id: int, author: int, edits: StagedChanges, before: StagedChanges) -> StagedChanges:
    """What is kept, with the difference of two states of one console."""
    found = tx.lock(
        "SELECT edits FROM draft WHERE organization_id = :org AND author_id = :author AND page = :page",
        org=organization_id, author=author, page=PAGE,
    )  # fmt: skip
    kept = dict(staged.load(str(found[0]["edits"])).edits) if found else {}
    for cell in before.edits:
        if cell not in edits.edits:
            kept.pop(cell, None)
    changed = {cell: edit for cell, edit in edits.edits.items() if before.edits.get(cell) != edit}
    return StagedChanges({**kept, **changed})


def list_drafts(ctx: Context) -> tuple[Draft, ...]:
    """The caller's own drafts, newest first."""
    with ctx.read(Verb.DRAFTS) as tx:
        where, values = tx.within("d")
        rows = tx.rows(
            "SELECT d.*, o.name FROM draft d JOIN organization o ON o.id = d.organization_id"
            f" WHERE d.author_id = :author AND d.page = :page AND {where} ORDER BY d.saved_at DESC",
            author=tx.actor.user_id or 0, page=PAGE, **values,
        )  # fmt: skip
        return tuple(
            Draft(staged.load(str(r["edits"])), to_datetime(r["saved_at"]), int(r["organization_id"]), str(r["name"]))
            for r in rows
        )
