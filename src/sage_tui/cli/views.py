"""views: saved filters."""

from typing import Annotated

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context
from sage_tui.domain import shapes

noun = group("Saved filters of the users' list.")

COLUMNS = (
    Col("NAME", "name"),
    Col("QUERY", "query"),
    Col("SORT", "sort"),
    Col("SHARED", "shared"),
    Col("OWNER", "owner"),
)


@noun.command("list")
def list_() -> None:
    """List own views and those shared in the organization.

    Example: sage-tui views list --json
    """
    from sage_tui.services import views

    rows = [shapes.view(row) for row in views.list_views(context(), "users")]
    listing("views", rows, COLUMNS, total=len(rows), next=None)


@noun.command()
def save(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    query: Annotated[str, typer.Option("--query", metavar="Q", help="the filter")],
    sort: Annotated[str, typer.Option("--sort", metavar="COL[:desc]", help="its order")] = "",
    shared: Annotated[bool, typer.Option("--shared", help="for every administrator of the organization")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Save a filter under a name, in place of an own one of that name.

    Example: sage-tui views save near --query 'used>90% paid:yes' --shared
    """
    from sage_tui.cli.common import sort_of
    from sage_tui.domain.columns import USER_COLUMNS
    from sage_tui.domain.paging import Sort
    from sage_tui.domain.queries_fields import USERS
    from sage_tui.domain.users import View
    from sage_tui.services import views

    sort_of(sort, Sort("email"), USERS, tuple(column.key for column in USER_COLUMNS if column.sortable))
    saved = views.save(context(dry_run=dry_run, reason=reason), "users", View(name, query, sort, shared, True, ""))
    answer(
        shapes.view(saved) | {"batch": None, "dry_run": dry_run},
        f"{'would save' if dry_run else 'saved'} {saved.name}: {saved.query}",
    )


@noun.command()
def delete(name: Annotated[str, typer.Argument(metavar="NAME")], dry_run: DryRun = False, reason: Reason = "") -> None:
    """Delete an own view.

    Example: sage-tui views delete near
    """
    from sage_tui.services import views

    views.delete(context(dry_run=dry_run, reason=reason), "users", name)
    answer({"deleted": name, "batch": None, "dry_run": dry_run}, f"{'would delete' if dry_run else 'deleted'} {name}")


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="views")
