"""identities: gateway identities that belong to nobody yet."""

from typing import Annotated

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.text import counted

noun = group("Gateway identities that belong to nobody yet.")

COLUMNS = (
    Col("IDENTITY", "identity"),
    Col("SOURCE", "source"),
    Col("ORGANIZATION", "organization"),
    Col("EVENTS", "events", right=True),
    Col("CHARGE", "charge", right=True),
)


@noun.command("list")
def list_(org: Org = "") -> None:
    """List held identities with their usage, the largest first.

    Example: sage-tui identities list --json
    """
    from sage_tui.services import identities

    ctx = context()
    rows = [shapes.identity(row) for row in identities.list_identities(ctx, organization_id(ctx, org))]
    listing("identities", rows, COLUMNS, total=len(rows), next=None)


@noun.command()
def assign(
    identity: Annotated[str, typer.Argument(metavar="IDENTITY", help="as it is listed")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="whose it is")],
    source: Annotated[str, typer.Option("--source", metavar="S", help="of this source, where several have it")] = "",
    org: Org = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Give a held identity and all its usage to a person.

    Example: sage-tui identities assign u-1007 ada@acme.example --source litellm
    """
    from sage_tui.domain.text import unescape
    from sage_tui.services import identities

    ctx = context(dry_run=dry_run, reason=reason)
    # Lists show identities escaped: what is copied from there is turned back into what the machine sent.
    done = identities.assign(ctx, unescape(identity), email, source, organization_id(ctx, org))
    answer(
        {
            "identity": done.identity,
            "email": done.email,
            "events": done.events,
            "charge": done.charge,
            "batch": None if dry_run else done.batch,
        },
        f"{'would assign' if dry_run else 'assigned'} {done.identity} to {done.email}:"
        f" {counted(done.events, 'event')}, {counted(done.charge, 'token')} charged",
    )


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="identities")
