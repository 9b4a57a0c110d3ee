"""Drafts: staged edits, kept for their author and organization until they are saved or given up.

Kept at each edit, so that a lost line or a killed process loses nothing. Not an act: nothing of it counts.
"""

from sage_tui.clock import to_datetime
from sage_tui.domain import staged
from sage_tui.domain.permissions import Verb
from sage_tui.domain.staged import Draft, StagedChanges
from sage_tui.services import people
from sage_tui.services.context import Context, retried

PAGE = "users"


@retried
def keep(ctx: Context, edits: StagedChanges, organization_id: int | None = None) -> None:
    """Keep staged edits; none of them forgets the draft. Raises NotFound, WrongUse."""
    with ctx.write(Verb.DRAFTS) as tx:
        org, author = people.organization_for(tx, organization_id), tx.actor.user_id or 0
        if not edits:
            tx.run(
                "DELETE FROM draft WHERE organization_id = :org AND author_id = :author AND page = :page",
                org=org, author=author, page=PAGE,
            )  # fmt: skip
            return
        tx.run(
            "INSERT INTO draft (organization_id, author_id, page, edits, saved_at) VALUES (:org, :author, :page,"
            " :edits, :now)"
            " ON CONFLICT (organization_id, author_id, page) DO UPDATE SET edits = :edits, saved_at = :now",
            org=org, author=author, page=PAGE, edits=staged.dump(edits), now=tx.now,
        )  # fmt: skip


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
