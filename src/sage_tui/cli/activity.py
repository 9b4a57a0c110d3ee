"""activity: model interactions."""

import typer

from sage_tui.cli.common import group, pages
from sage_tui.cli.options import Cursor, Limit, Org, Query
from sage_tui.cli.output import Col, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.paging import Sort

noun = group("Model interactions.")

COLUMNS = (
    Col("TIME", "at"),
    Col("USER", "email"),
    Col("MODEL", "model"),
    Col("KIND", "kind"),
    Col("IN", "prompt_tokens", right=True),
    Col("OUT", "completion_tokens", right=True),
    Col("CHARGE", "charge", right=True),
    Col("STATUS", "status"),
    Col("SOURCE", "source"),
)


@noun.command("list")
def list_(query: Query = "", org: Org = "", limit: Limit = 100, cursor: Cursor = "") -> None:
    """List model interactions, the newest first.

    Example: sage-tui activity list --query 'status:failure at:2026-11-01..' --json
    """
    from sage_tui.services import activity

    ctx = context()
    organization = organization_id(ctx, org)
    rows, after = pages(lambda ask: activity.window(ctx, ask, organization), query, Sort("at", True), limit, cursor)
    total = activity.count(ctx, query, organization, exact=True).number
    listing("activity", [shapes.activity(row) for row in rows], COLUMNS, total=total, next=after)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="activity")
