"""batches and undo: what was done as one, and its way back."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Limit, Org, Reason, Yes
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes

noun = group("Batches: acts that were done as one and can be undone.")

COLUMNS = (
    Col("BATCH", "batch", right=True),
    Col("AT", "at"),
    Col("ACTOR", "actor"),
    Col("ACTION", "action"),
    Col("ROWS", "rows", right=True),
    Col("UNDONE BY", "undone_by", right=True),
    Col("REASON", "reason"),
)


@noun.command("list")
def list_(org: Org = "", limit: Limit = 100) -> None:
    """List batches, newest first.

    Example: sage-tui batches list --org acme --json
    """
    from sage_tui.services import batches

    ctx = context()
    rows = batches.list_batches(ctx, organization_id(ctx, org), count=limit)
    listing("batches", [shapes.batch(row) for row in rows], COLUMNS, total=len(rows), next=None)


def undo(
    batch: Annotated[int, typer.Argument(metavar="BATCH", min=1)],
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Undo a batch: what it changed goes back; what somebody changed since is left and named (exit code 4).

    Example: sage-tui undo 241 --dry-run
    """
    from sage_tui.cli.users_set import lines
    from sage_tui.domain.plan_commands import Consent
    from sage_tui.services import batches

    ctx = context(dry_run=dry_run, reason=reason)
    done = batches.undo(ctx, batch, Consent(yes=yes or dry_run))
    answer(shapes.undone(done) | {"dry_run": dry_run}, *lines(done, dry_run))
    return 4 if done.left else 0


def add(app: Any) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="batches")
    app.command("undo")(undo)
