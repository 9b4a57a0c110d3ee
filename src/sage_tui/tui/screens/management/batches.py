"""`u`: undo my last batch; what it would do is shown first. And how batches read."""

from collections.abc import Callable
from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions
from sage_tui.domain.actors import Actor
from sage_tui.domain.batch_fields import did
from sage_tui.domain.columns import Column
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plans import BatchRow
from sage_tui.domain.text import clean
from sage_tui.tui import times
from sage_tui.tui.numbers import tokens
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management import acting
from sage_tui.tui.text import content
from sage_tui.tui.widgets.table_drawing import Cell

NARROW = {"batch": 6, "at": 12, "actor": 13, "action": 20, "rows": 6, "undone": 8}
"""Widths on a terminal under 100 columns; the reason of the batch under the cursor stands below the table."""


def drawer(short: bool, zone: str, narrow: bool, now: datetime) -> Callable[[BatchRow, Column], Cell]:
    """Cells of batches; what was undone is quiet."""

    def draw(row: BatchRow, column: Column) -> Cell:
        look = "quiet" if row.undone_by is not None else ""
        match column.key:
            case "batch":
                return str(row.batch), look
            case "at":
                return (times.day_and_minute(row.at, now, zone) if narrow else times.minute(row.at, zone)), look
            case "actor":
                return who(row), look
            case "action":
                return clean(did(row.action, row.undoes), limit=80), look
            case "rows":
                return tokens(row.rows, short), look
            case "undone":
                return (f"by {row.undone_by}" if row.undone_by is not None else ""), look
            case "organization":
                return clean(row.organization, limit=60), look
        return clean(row.reason, limit=160), look

    return draw


def who(row: BatchRow) -> str:
    """Who made it."""
    return "you" if row.mine else clean(row.actor, limit=80)


def more(row: BatchRow) -> str:
    """What narrow columns cut: who in full, why, and that it was undone."""
    reason = f': "{row.reason}"' if row.reason else ""
    undone = f" · undone by batch {row.undone_by}" if row.undone_by is not None else ""
    return f"{who(row)}{reason}{undone}" if reason or undone or not row.mine else ""


def why_not(actor: Actor, row: BatchRow | None) -> str | None:
    """Why a batch is not undone; None when it may be."""
    refused = permissions.why_not(actor, Verb.UNDO)
    if refused or row is None:
        return refused or "There is no batch here."
    return f"Batch {row.batch} was undone already, by batch {row.undone_by}." if row.undone_by is not None else None


async def undo_mine(page: Page) -> None:
    """The last batch of whoever sits here. Runs in a worker."""
    refused = page.why_not("undo")
    if refused:
        page.say(content(refused))
        return
    got = await page.ask(lambda: page.console.services.batches.mine(page.here.asks_about))
    if got is None:
        return
    row, later = got.value
    since = row.at if row is not None else None
    policy = await page.ask(lambda: page.console.services.policies.mine(page.here.asks_about, since))
    if policy is None:
        return
    if policy.value is not None:
        whose = f" of {clean(policy.value.department, limit=40)}" if policy.value.department else ""
        made = f"Your last act made version {policy.value.version} of the policy{whose}"
        page.say(content(f"{made}: its earlier versions (Token Distribution, p) take it back. U shows batches."))
        return
    if row is None:
        page.say(content("You have changed nothing here that could be undone. U shows all batches."))
        return
    now = to_datetime(page.console.clock.now())
    when = times.clock_or_day(row.at, now, page.here.session.time_zone)
    changes = "1 change" if row.rows == 1 else f"{row.rows:,} changes"
    note = f"{changes} of {when}" + (f": {row.reason}" if row.reason else "")
    if later:
        came = "1 batch" if later == 1 else f"{later:,} batches"
        note += f". {came} came after it (U shows them); what they changed is left."
    await acting.undo(page, row.batch, note)
