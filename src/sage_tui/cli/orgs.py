"""orgs: organizations."""

from typing import Annotated

import typer

from sage_tui.cli.common import amount, group
from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.errors import WrongUse

noun = group("Organizations.")

COLUMNS = (
    Col("ID", "id", right=True),
    Col("NAME", "name"),
    Col("USERS", "users", right=True),
    Col("INFERENCE", "inference_purchased", right=True),
    Col("ALLOCATED", "inference_allocated", right=True),
    Col("USED", "inference_used", right=True),
    Col("EMBEDDING", "embedding_purchased", right=True),
    Col("ZONE", "time_zone"),
)


@noun.command("list")
def list_() -> None:
    """List organizations with both pools of this month.

    Example: sage-tui orgs list --json
    """
    from sage_tui.services import organizations

    rows = [shapes.organization(row) for row in organizations.list_organizations(context())]
    listing("organizations", rows, COLUMNS, total=len(rows), next=None)


@noun.command("add")
def add_(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    inference: Annotated[str, typer.Option(metavar="A", help="inference tokens a month, from this month on")] = "",
    embedding: Annotated[str, typer.Option(metavar="A", help="embedding tokens a month, from this month on")] = "",
    time_zone: Annotated[str, typer.Option(metavar="Z", help="such as Europe/Vienna")] = "UTC",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Add an organization; a pool given here is a purchase from this month without expiry.

    Example: sage-tui orgs add Acme --inference 50M --embedding 10M --time-zone Europe/Vienna
    """
    from sage_tui.services.organizations import AddOrganization, add

    bought = {"inference": amount(inference, "--inference"), "embedding": amount(embedding, "--embedding")}
    command = AddOrganization(name, bought["inference"], bought["embedding"], time_zone)
    number = add(context(dry_run=dry_run, reason=reason), command)
    answer(
        {"id": number, "name": name.strip(), "time_zone": time_zone, **bought, "batch": None, "dry_run": dry_run},
        f"{'would add' if dry_run else 'added'} {name.strip()} (organization {number})",
    )


@noun.command("set")
def set_(
    org: Annotated[str, typer.Argument(metavar="ORG")],
    time_zone: Annotated[str, typer.Option(metavar="Z", help="such as Europe/Vienna")] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Change the time zone in which an organization's schedule runs. The one before, given again, takes it back.

    Example: sage-tui orgs set acme --time-zone Europe/Vienna
    """
    from sage_tui.services.organizations import set_time_zone

    if not time_zone:
        raise WrongUse("Nothing is to be changed", "Give --time-zone, such as Europe/Vienna.")
    ctx = context(dry_run=dry_run, reason=reason)
    number = organization_id(ctx, org)
    if number is None:
        raise WrongUse("No organization is named", "See `sage-tui orgs list`.")
    before = set_time_zone(ctx, number, time_zone)
    answer(
        {"id": number, "time_zone": time_zone, "before": before, "batch": None, "dry_run": dry_run},
        f"time zone {'would be' if dry_run else 'is'} {time_zone} (before: {before})",
    )


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="orgs")
