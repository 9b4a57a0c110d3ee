"""Review before saving: before → after, line by line, the effect on the pools, whom it skips and why; then save."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import short
from sage_tui.domain.errors import (
    AdminModeNeeded,
    Conflict,
    NotFound,
    SageError,
    SessionOver,
    StepUpNeeded,
    StoreUnavailable,
)
from sage_tui.domain.plan_commands import Choice, Consent
from sage_tui.domain.plans import Done, PlanSummary, State
from sage_tui.domain.staged import Cell
from sage_tui.tui import times
from sage_tui.tui.asking import Trouble, attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.management.not_saved import NotSaved
from sage_tui.tui.screens.management.plan_table import PlanTable, detail
from sage_tui.tui.screens.step_up import StepUp
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets import fields
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.key_line import KeyLine
from sage_tui.tui.widgets.table_messages import Drawn, Moved

LISTED = 100_000
"""Rows that are looked through for what `f` took out."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was saved, and the cells that were taken out by hand."""

    done: Done
    out: frozenset[Cell]


def pool_lines(plan: PlanSummary) -> list[Line]:
    """`Inference: 312.4M → 313.4M of 400M allocated, 86.6M unallocated then`"""
    lines: list[Line] = []
    for kind, effect in plan.pool.items():
        if effect.before == effect.after:
            continue
        change = f"{short(effect.before)} → {short(effect.after)} of {short(effect.purchased)} allocated"
        head = f"{kind.value.capitalize()}: {change}, "
        if effect.shortfall:
            lines.append((head, (f"{effect.shortfall:,} over the cap", "$bad bold")))
        else:
            lines.append((f"{head}{short(effect.unallocated)} unallocated then",))
    return lines or [("The pools stay as they are.",)]


def counted(plan: PlanSummary) -> str:
    """Rows of each sort, in words."""
    people = "1 person" if plan.people == 1 else f"{plan.people:,} people"
    parts = [f"{plan.changes:,} change{'' if plan.changes == 1 else 's'} of {people}"]
    parts += [f"{plan.changed:,} to decide"] if plan.changed else []
    parts += [f"{plan.left:,} left"] if plan.left else []
    parts += [f"{plan.skipped:,} skipped"] if plan.skipped else []
    parts += [f"{plan.out:,} out"] if plan.out else []
    parts += [f"{plan.stops:,} will be stopped"] if plan.stops else []
    return " · ".join(parts)


def asked(plan: PlanSummary) -> str:
    """The heading of what was staged by hand."""
    number = plan.changes + plan.changed
    return f"Save {number:,} change{'' if number == 1 else 's'}?"


class Review(Dialog[Reviewed]):
    """A plan, looked at. Returns what was saved; None when nothing was."""

    BINDINGS = [
        bind("save", label="save", does="save what is in"),
        bind("filter", "narrow"),
        bind("fitting", "fit"),
        bind("help", "app.help", show=False),
    ]
    AUTO_FOCUS = "PlanTable"

    def __init__(
        self, plan: PlanSummary, heading: str, note: str, again: Callable[[], PlanSummary] | None, zone: str
    ) -> None:
        super().__init__()
        self.plan = plan
        self.HEADING = heading or asked(plan)
        self._note = note
        self._again = again
        self._zone = zone
        self._follows = not heading
        self._out: set[Cell] = set()
        self._saving = False
        self._unknown = False
        """The answer to a COMMIT was lost: a plan that is gone then was applied."""

    def body(self) -> ComposeResult:
        yield Static(id="pools")
        yield Static(id="counted")
        yield Static(content(self._note), id="note")
        yield fields.Field(placeholder="e-mail or field", id="narrow", limit=100)
        yield PlanTable(self.console.services.plans, self.plan.id)
        yield Static(id="detail")

    def foot(self) -> ComposeResult:
        with Horizontal(id="reason-row"):
            yield Static(Content("Reason (for the audit)"), classes="label")
            yield fields.Field(id="reason", limit=500)
        with Horizontal(id="name-row"):
            yield Static(id="name-label", classes="label")
            yield fields.Field(id="name", limit=200)
        with Horizontal(classes="buttons"):
            yield Press("Back", id="back")
            yield Press("Save", id="save")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#note").display = bool(self._note)
        self.query_one("#narrow").display = False
        self._show()

    def _show(self) -> None:
        plan = self.plan
        self.query_one("#pools", Static).update(lines_of(pool_lines(plan)))
        self.query_one("#counted", Static).update(content(counted(plan)))
        self.query_one("#save", Press).call(f"Save {plan.changes:,}")
        if self._follows:
            self.query_one("#dialog").border_title = content(asked(plan))
        self.query_one("#name-row").display = plan.needs_name
        self.query_one("#name-label", Static).update(
            content(f"Touches {plan.people:,} of {plan.members:,}: type {plan.organization}")
        )
        self.refresh_bindings()

    @property
    def table(self) -> PlanTable:
        """The list."""
        return self.query_one(PlanTable)

    @on(Moved)
    @on(Drawn)
    def _moved(self) -> None:
        line = self.table.current
        words = ""
        if line is not None:
            at = line.row.changed_at
            words = detail(line.row, times.ago(at, to_datetime(self.console.clock.now())) if at else "")
        self.query_one("#detail", Static).update(content(words))

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here."""
        if action == "fit" and not self.plan.short_of:
            return "Everything fits."
        return None

    # In and out ---------------------------------------------------------------------------------------------------

    @on(PlanTable.Turned)
    def _turned(self, event: PlanTable.Turned) -> None:
        cell = (event.row.user_id, event.row.field)
        if event.into:
            self._out.discard(cell)
        elif event.row.state is State.IN:
            self._out.add(cell)
        self._choose(event.into, (event.row.user_id, event.row.field.value))

    @work(group="choose")
    async def _choose(self, into: bool, cell: tuple[int, str]) -> None:
        plans = self.console.services.plans
        self._take(await attempt(lambda: plans.choose(self.plan.id, Choice(into, cell))))

    @work(group="choose")
    async def action_fit(self) -> None:
        refused = self.why_not("fit")
        if refused:
            self.complain(content(refused))
            return
        plans, plan = self.console.services.plans, self.plan.id
        got = await attempt(lambda: plans.keep_what_fits(plan))
        rows = await attempt(lambda: plans.rows(plan, 0, LISTED))
        if not isinstance(rows, SageError):
            # What has no room stays staged, as what is taken out by hand does.
            fitted = (row for row in rows.value[0] if row.state is State.OUT and row.why == "pool_too_small")
            self._out |= {(row.user_id, row.field) for row in fitted}
        self._take(got)

    def _take(self, got: object) -> None:
        if isinstance(got, SageError):
            self.post_message(Trouble(got))
            return
        self.plan = got.value  # type: ignore[attr-defined]
        self.complain(Content(""))
        self._show()
        self.table.reload()

    def action_narrow(self) -> None:
        field = self.query_one("#narrow", fields.Field)
        field.display = True
        field.focus()

    @on(fields.Field.Changed, "#narrow")
    def _narrowed(self, event: fields.Field.Changed) -> None:
        self.table.show(event.value)

    @on(fields.Field.Submitted, "#narrow")
    def _narrow_kept(self) -> None:
        self.table.focus()

    @on(fields.Field.Submitted, "#reason")
    @on(fields.Field.Submitted, "#name")
    def _entered(self) -> None:
        self.query_one("#save", Press).focus()

    def action_close(self) -> None:
        narrow = self.query_one("#narrow", fields.Field)
        if narrow.display:
            narrow.value = ""
            narrow.display = False
            self.table.focus()
        else:
            self._back()

    # Saving -------------------------------------------------------------------------------------------------------

    @on(Press.Pressed, "#back")
    def _back(self) -> None:
        if self._saving:
            return
        self._give_up()
        self.dismiss(None)

    @work(group="discard", exit_on_error=False)
    async def _give_up(self) -> None:
        plan, plans = self.plan.id, self.console.services.plans
        await attempt(lambda: plans.discard(plan))

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
        got = await attempt(again)
        if isinstance(got, SageError):
            self.post_message(Trouble(got))
            return
        self._out.clear()
        self.plan = got.value
        self.table.loading_rows.source = type(self.table.loading_rows.source)(  # type: ignore[call-arg]
            self.console.services.plans, self.plan.id
        )
        self._show()
        self.table.show()
        self.complain(content("Somebody changed some of it just now: nothing was saved. Look at the rows with !"))


async def review(
    page: Page,
    plan: PlanSummary,
    *,
    heading: str = "",
    note: str = "",
    again: Callable[[], PlanSummary] | None = None,
) -> Reviewed | None:
    """Show a plan; what was saved of it, or None. Runs in a worker."""
    return await page.app.push_screen_wait(Review(plan, heading, note, again, page.here.session.time_zone))
