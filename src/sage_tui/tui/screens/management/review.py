"""Review before saving: a plan is looked at, and what is in it saved; what can go wrong then, and the way on."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from textual import on, work

from sage_tui.domain.errors import (
    AdminModeNeeded,
    Conflict,
    NotFound,
    SageError,
    SessionOver,
    StepUpNeeded,
    StoreUnavailable,
    WrongUse,
)
from sage_tui.domain.plan_commands import Choice, Consent
from sage_tui.domain.plans import Done, PlanSummary
from sage_tui.domain.staged import Cell
from sage_tui.tui.asking import Trouble, attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management.not_saved import NotSaved
from sage_tui.tui.screens.management.plan_dialog import PlanDialog
from sage_tui.tui.screens.management.plan_words import Reviewed
from sage_tui.tui.screens.step_up import StepUp
from sage_tui.tui.text import content
from sage_tui.tui.widgets import fields
from sage_tui.tui.widgets.fields import Press


class Review(PlanDialog):
    """A plan, looked at and saved. Returns what was saved; None when nothing was."""

    BINDINGS = [bind("save", label="save", does="save what is in")]

    def __init__(
        self, plan: PlanSummary, heading: str, note: str, act: str, again: Callable[[], PlanSummary] | None
    ) -> None:
        super().__init__(plan, heading, note, act)
        self._again = again
        self._saving = False
        self._unknown = False
        """The answer to a COMMIT was lost: a plan that is gone then was applied."""

    @on(Press.Pressed, "#back")
    def leave(self) -> None:
        if not self._saving:
            super().leave()

    @on(Press.Pressed, "#save")
    def action_save(self) -> None:
        if self._saving:
            return  # a key that repeats, or a second press: the first is under way
        if not self.plan.changes:
            self.complain(content("Nothing is in: space takes rows in, esc goes back."))
            return
        if self.plan.needs_name and not self.query_one("#name", fields.Field).value:
            self.complain(content(f"Type the organization's name: {self.plan.organization}"))
            self.query_one("#name").focus()
            return
        self._save()

    @work(group="save")
    async def _save(self) -> None:
        self._saving = True
        try:
            await self._saved_or_told()
        finally:
            self._saving = False

    async def _saved_or_told(self) -> None:
        consent = Consent(
            self.query_one("#name", fields.Field).value, reason=self.query_one("#reason", fields.Field).value.strip()
        )
        plan, plans = self.plan.id, self.console.services.plans
        got = await attempt(lambda: plans.apply(plan, consent))
        if not isinstance(got, SageError):
            self.dismiss(Reviewed(got.value, frozenset(self._out)))
            return
        await self._refused(got)

    async def _refused(self, error: SageError) -> None:
        match error:
            case StepUpNeeded():
                session = await self.app.push_screen_wait(StepUp(error.message))
                if session is not None:
                    self.console.services.prove(session)
                    await self._saved_or_told()
            case SessionOver() | AdminModeNeeded():
                self.post_message(Trouble(error))
            case StoreUnavailable():
                self._unknown = self._unknown or error.stable_code == "unknown"
                if await self.app.push_screen_wait(NotSaved(error, self.plan.changes)):
                    await self._saved_or_told()
            case NotFound() if self._unknown:
                await self._was_saved()
            case Conflict() if self._again is not None:
                await self._made_again(self._again)
            case WrongUse() if error.stable_code == "name_needed":
                self.complain(content(f"{error.message} {error.hint}"))
                name = self.query_one("#name", fields.Field)
                name.focus()
                name.select_all()
            case _:
                hint = " f keeps what fits." if error.stable_code == "pool_too_small" else f" {error.hint}"
                self.complain(content(f"{error.message}{hint}"))

    async def _was_saved(self) -> None:
        """It had been saved although the answer was lost: its batch is the last of ours."""
        got = await attempt(lambda: self.console.services.batches.mine(self.plan.organization_id or None))
        batch = None if isinstance(got, SageError) or got.value[0] is None else got.value[0].batch
        done = Done(batch, self.plan.changes, (), (), (), self.plan.pool)
        self.dismiss(Reviewed(done, frozenset(self._out)))

    async def _made_again(self, again: Callable[[], PlanSummary]) -> None:
        """Somebody was quicker: the plan is made anew, with what they did in it."""
        got = await attempt(partial(self._as_it_was, again, tuple(self._out)))
        if isinstance(got, SageError):
            self.post_message(Trouble(got))
            return
        self.plan = got.value
        self.table.loading_rows.source = type(self.table.loading_rows.source)(  # type: ignore[call-arg]
            self.console.services.plans, self.plan.id
        )
        self._show()
        self.table.show()
        self.complain(content("Somebody changed some of it just now: nothing was saved. Look at the rows with !"))

    def _as_it_was(self, again: Callable[[], PlanSummary], out: tuple[Cell, ...]) -> PlanSummary:
        """The plan made anew, without the lines that were taken out of the one before. Runs in a thread."""
        plans, plan = self.console.services.plans, again()
        for user_id, field in out:
            with suppress(NotFound, WrongUse):  # it may not be in this one any more
                plan = plans.choose(plan.id, Choice(False, (user_id, field.value)))
        return plan


async def review(
    page: Page,
    plan: PlanSummary,
    *,
    heading: str = "",
    note: str = "",
    act: str = "Save",
    again: Callable[[], PlanSummary] | None = None,
) -> Reviewed | None:
    """Show a plan; what was saved of it, or None. `act` is what its button does. Runs in a worker."""
    return await page.app.push_screen_wait(Review(plan, heading, note, act, again))
