"""rebalance --due, for cron or a timer; distribution runs: what ran by itself and what runs next."""

from typing import Annotated, Any

import typer

from sage_tui.cli.options import DryRun, Org
from sage_tui.cli.output import answer
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import iso
from sage_tui.domain.text import counted

WHAT = {"schedule": "rebalance", "month_start": "the month's start", "raises_end": "raises that ended"}
NOTES = {
    "reclamation_off": "nothing: the policy reclaims nothing by schedule",
    "stays": "nothing: by the policy all stays at a month's start",
}


def rebalance(
    due: Annotated[bool, typer.Option("--due", help="what is due now, and nothing else")] = False,
    org: Org = "",
    dry_run: DryRun = False,
) -> None:
    """Do what is due: scheduled rebalances, a month's start, raises that end. Safe to run twice, or on two hosts.

    Example: sage-tui rebalance --due
    """
    from sage_tui.clock import to_datetime
    from sage_tui.services import rebalancing

    if not due:
        raise WrongUse("Say what is to be done", "--due: what is due now. By hand: `sage-tui distribution plan`.")
    ctx = context(dry_run=dry_run)
    done: list[dict[str, Any]] = []
    for organization in rebalancing.waiting(ctx, organization_id(ctx, org)):
        done += [
            {
                "organization_id": organization, "what": run.what, "due_at": iso(to_datetime(run.due_at)),
                "batch": run.batch, "rows": run.rows, "left": run.rows_left, "note": run.note or None,
            }
            for run in rebalancing.run_due(ctx, organization)
        ]  # fmt: skip
    lines = [f"organization {one['organization_id']}: {_told(one)}" for one in done]
    answer({"runs": done, "dry_run": dry_run}, *(lines or ["Nothing is due."]))


def _told(run: dict[str, Any]) -> str:
    what = f"{WHAT[run['what']]}, due {run['due_at']}"
    if run["note"]:
        return f"{what}: {NOTES.get(run['note'], run['note'])}"
    left = f", {run['left']:,} left" if run["left"] else ""
    batch = f" as batch {run['batch']}" if run["batch"] else ""
    return f"{what}: {counted(run['rows'], 'change')}{batch}{left}"


def runs(org: Org = "") -> None:
    """When the schedule runs next, and what ran by itself.

    Example: sage-tui distribution runs --org acme --json
    """
    from sage_tui.services import rebalancing

    ctx = context()
    found = rebalancing.runs(ctx, organization_id(ctx, org))
    past = [
        {
            "what": one.what, "due_at": iso(one.due_at), "at": iso(one.at), "batch": one.batch, "rows": one.rows,
            "left": one.left, "note": one.note or None,
        }
        for one in found.past
    ]  # fmt: skip
    lines = [f"schedule: {found.schedule} ({found.zone})"]
    lines += [f"next  {months.iso(at)}" for at in found.following]
    lines += [f"{one['at']}  {_told(one)}" for one in past] or ["Nothing ran yet."]
    answer(
        {
            "schedule": found.schedule,
            "time_zone": found.zone,
            "next": [iso(at) for at in found.following],
            "runs": past,
        },
        *lines,
    )


def add(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("rebalance")(rebalance)
