"""Acts from a page: planned, shown, applied; or done at once where nothing can be previewed. Run in workers."""

from collections.abc import Callable
from typing import TypeVar

from sage_tui.domain.errors import SageError, StepUpNeeded
from sage_tui.domain.plan_commands import Bulk
from sage_tui.domain.progress import Progress
from sage_tui.tui.asking import Got, Trouble, attempt
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management.plan_words import Reviewed
from sage_tui.tui.screens.management.review import review
from sage_tui.tui.screens.step_up import StepUp
from sage_tui.tui.text import content
from sage_tui.tui.working import working

T = TypeVar("T")


async def act(page: Page, command: Bulk, heading: str) -> bool:
    """One act for one person or many: plan, preview, apply. Was it applied?"""
    plans = page.console.services.plans
    made = await long(page, "Looking at people …", lambda progress: plans.make(command, progress))
    if made is None:
        return False
    return told(page, await review(page, made, heading=heading))


async def long(page: Page, heading: str, call: Callable[[Progress], T]) -> T | None:
    """The answer of work that may be long, and may need a fresh code; None when it was refused, left or stopped."""
    got = await working(page, heading, call)
    while isinstance(got, StepUpNeeded):
        if not await _fresh_code(page, got):
            return None
        got = await working(page, heading, call)
    if isinstance(got, SageError):
        page.post_message(Trouble(got))
        return None
    if got is None:
        page.say(content("Stopped: nothing was done."))
    return got


async def undo(page: Page, batch: int, note: str = "") -> bool:
    """What undoing a batch would do; and do it. Was it done?"""
    batches = page.console.services.batches
    made = await page.ask(lambda: batches.plan_undo(batch))
    if made is None:
        return False
    reviewed = await review(page, made.value, heading=f"Undo batch {batch}?", note=note, act="Undo")
    # u is for the batches before it: the way back from an undo stands on the page of all batches.
    return told(page, reviewed, "Took back {changes} as batch {batch} · U shows all batches")


SAVED = "Saved {changes} as batch {batch} · u undoes it"


def told(page: Page, reviewed: Reviewed | None, saying: str = SAVED) -> bool:
    """Say what was saved, and ask for everything again."""
    if reviewed is None:
        return False
    done = reviewed.done
    if done.batch is None:
        words = "Nothing was changed."
    else:
        changes = "1 change" if done.changes == 1 else f"{done.changes:,} changes"
        words = saying.format(changes=changes, batch=done.batch)
    if done.left:
        first = done.left[0]
        words += f". {len(done.left):,} left: {first.email}, {first.field}: {first.words}"
    page.say(content(words))
    page.console.changes += 1
    page.ask_all()
    return True


async def stepped(page: Page, call: Callable[[], T]) -> Got[T] | None:
    """The answer of an act that may need a fresh code: then it is asked for. None when it was refused or left."""
    got = await attempt(call)
    while isinstance(got, StepUpNeeded):
        if not await _fresh_code(page, got):
            return None
        got = await attempt(call)
    if isinstance(got, SageError):
        page.post_message(Trouble(got))
        return None
    return got


async def _fresh_code(page: Page, needed: StepUpNeeded) -> bool:
    session = await page.app.push_screen_wait(StepUp(needed.message))
    if session is None:
        return False
    page.console.services.prove(session)
    return True
