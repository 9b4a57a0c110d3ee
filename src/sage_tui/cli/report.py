"""report: what a week or a month was, as text for a mail."""

from typing import Annotated

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import Org
from sage_tui.cli.output import dumped, listing, write
from sage_tui.cli.state import current
from sage_tui.cli.world import clock, context, organization_id
from sage_tui.domain.months import parse_day
from sage_tui.domain.reports import Period

noun = group("What a week or a month was, as text for a mail.")

From = Annotated[
    str, typer.Option("--from", metavar="D", help="the week or month of this UTC day; the last whole one unless said")
]


def _show(period: Period, org: str, first: str) -> None:
    from sage_tui.cli import report_words
    from sage_tui.domain import report_shapes
    from sage_tui.services import reports

    ctx = context()
    day = parse_day(first, clock().now()) if first else None
    found = reports.report(ctx, period, organization_id(ctx, org), day)
    if current().json:
        write(dumped(report_shapes.report(found)))
    elif current().csv:
        listing("rows", list(report_shapes.rows(found)), ())
    else:
        write(report_words.text(found))


@noun.command("weekly")
def weekly(org: Org = "", first: From = "") -> None:
    """The last whole week, Monday to Sunday in UTC.

    Example: sage-tui report weekly --org acme | mail -s 'Tokens of the week' boss@acme.example
    """
    _show(Period.WEEKLY, org, first)


@noun.command("monthly")
def monthly(org: Org = "", first: From = "") -> None:
    """The last whole month in UTC.

    Example: sage-tui report monthly --org acme --from 2026-09 --json
    """
    _show(Period.MONTHLY, org, first)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="report")
