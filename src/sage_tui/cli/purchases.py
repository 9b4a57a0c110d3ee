"""purchases: asking the operator for a larger pool, and the operator's queue of such asks."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import amount, group
from sage_tui.cli.options import DryRun, Org
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months, request_shapes

noun = group("A larger pool: asked for here, answered by the platform operator.")

COLUMNS = (
    Col("ID", "id", right=True),
    Col("ORGANIZATION", "organization"),
    Col("INFERENCE", "inference", right=True),
    Col("EMBEDDING", "embedding", right=True),
    Col("FROM", "from"),
    Col("STATUS", "status"),
    Col("ASKED BY", "asked_by"),
    Col("AT", "created_at"),
    Col("REASON", "reason"),
)


@noun.command()
def request(
    from_: Annotated[str, typer.Option("--from", metavar="MONTH", help="from which month on: 2026-12")],
    reason: Annotated[str, typer.Option("--reason", metavar="T", help="why: the operator reads it")],
    org: Org = "",
    inference: Annotated[str, typer.Option("--inference", metavar="A", help="inference tokens a month more")] = "",
    embedding: Annotated[str, typer.Option("--embedding", metavar="A", help="embedding tokens a month more")] = "",
    dry_run: DryRun = False,
) -> None:
    """Ask the operator for more tokens a month.

    Example: sage-tui purchases request --org acme --inference 100M --from 2026-12 --reason 'launch in December'
    """
    from sage_tui.domain.purchase_requests import AskOperator
    from sage_tui.services import purchase_requests

    ctx = context(dry_run=dry_run)
    command = AskOperator(
        amount(inference, "--inference"),
        amount(embedding, "--embedding"),
        months.parse_month(from_),
        reason,
        organization_id(ctx, org),
    )
    made = purchase_requests.ask(ctx, command)
    words = "Dry run: nothing was done." if dry_run else f"Ask {made.id} waits for the operator."
    answer(request_shapes.purchase_request(made) | {"batch": None, "dry_run": dry_run}, words)


@noun.command("list")
def list_(org: Org = "") -> None:
    """What organizations ask for: what waits first, the oldest first.

    Example: sage-tui purchases list --json
    """
    from sage_tui.services import purchase_requests

    ctx = context()
    rows = purchase_requests.list_requests(ctx, organization_id(ctx, org))
    shown = [request_shapes.purchase_request(row) for row in rows]
    listing("purchases", shown, COLUMNS, total=len(shown), next=None)


def add(app: Any) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="purchases")
