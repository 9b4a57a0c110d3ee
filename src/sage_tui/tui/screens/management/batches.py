"""`u` and `U`: undo my last batch, or any: what it would do is shown first."""

from collections.abc import Callable
from typing import TypeVar

from sage_tui.domain.plans import BatchRow
from sage_tui.tui import times
from sage_tui.tui.asking import Got
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting
from sage_tui.tui.text import content

T = TypeVar("T")

EMPTY = "Nothing was changed yet that could be undone. esc goes back."


def choices(rows: tuple[BatchRow, ...], zone: str) -> list[Choice[int]]:
    """Batches, newest first; those that were undone say by which."""
    listed = []
    for row in rows:
        who = "you" if row.mine else row.actor
        reason = f': "{row.reason}"' if row.reason else ""
        undoes = f" (undid {row.undoes})" if row.undoes else ""
        what = f"{row.rows:,} {'row' if row.rows == 1 else 'rows'}, {row.action}{undoes}, {who}{reason}"
        refused = f"undone by batch {row.undone_by}" if row.undone_by else None
        listed.append(Choice(row.batch, f"{row.batch}  {times.minute(row.at, zone)}", what, refused))
    return listed


async def _asked(page: Page, key: str, call: Callable[[], T]) -> Got[T] | None:
    """The answer to what a key asks; None, and why, where the key does nothing here."""
    refused = page.why_not(key)
    if refused:
        page.say(content(refused))
        return None
    return await page.ask(call)


async def undo_mine(page: Page) -> None:
    """The last batch of whoever sits here. Runs in a worker."""
    got = await _asked(page, "undo", lambda: page.console.services.batches.mine(page.here.asks_about))
    if got is None:
        return
    row, later = got.value
    if row is None:
        page.say(content("You have changed nothing here that could be undone. U shows all batches."))
        return
    when = times.minute(row.at, page.here.session.time_zone)
    changes = "1 change" if row.rows == 1 else f"{row.rows:,} changes"
    note = f"{changes} of {when}" + (f": {row.reason}" if row.reason else "")
    if later:
        came = "1 batch" if later == 1 else f"{later:,} batches"
        note += f". {came} came after it (U shows them); what they changed is left."
    await acting.undo(page, row.batch, note)


async def choose(page: Page) -> None:
    """All batches. Runs in a worker."""
    got = await _asked(page, "batches", lambda: page.console.services.batches.list_batches(page.here.asks_about))
    if got is None:
        return
    listed = choices(got.value, page.here.session.time_zone)
    batch = await page.app.push_screen_wait(Chooser("Undo which batch?", listed, empty=EMPTY))
    if batch is not None:
        await acting.undo(page, batch)
