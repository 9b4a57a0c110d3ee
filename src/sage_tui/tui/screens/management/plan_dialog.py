"""A plan in a dialog: before → after, line by line, the effect on the pools, whom it skips and why."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import SageError
from sage_tui.domain.plan_commands import Choice
from sage_tui.domain.plans import PlanSummary, State
from sage_tui.domain.staged import Cell
from sage_tui.tui import times
from sage_tui.tui.asking import Trouble, attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Dialog, tell
from sage_tui.tui.screens.management.plan_table import PlanTable, detail
from sage_tui.tui.screens.management.plan_words import Reviewed, asked, counted, pool_lines
from sage_tui.tui.text import content, lines_of
from sage_tui.tui.widgets import fields
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.table_messages import Drawn, Moved
from sage_tui.tui.working import working

LISTED = 100_000
"""Rows that are looked through for what `f` took out."""


class PlanDialog(Dialog[Reviewed]):
    """A plan, looked at: rows go in and out; nothing is saved here."""

    BINDINGS = [
        bind("filter", "narrow"),
        bind("fitting", "fit"),
        bind("export", does="write the rows that are shown into a CSV file"),
        bind("help", "app.help", show=False),
    ]
    AUTO_FOCUS = "PlanTable"

    def __init__(self, plan: PlanSummary, heading: str, note: str, act: str = "Save") -> None:
        super().__init__()
        self.plan = plan
        self.HEADING = heading or asked(plan)
        self._note = note
        self._act = act
        self._follows = not heading
        self._out: set[Cell] = set()

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
            yield Press(self._act, id="save")

    def on_mount(self) -> None:
        self.query_one("#note").display = bool(self._note)
        self.query_one("#narrow").display = False
        self._show()

    def _show(self) -> None:
        plan = self.plan
        self.query_one("#pools", Static).update(lines_of(pool_lines(plan)))
        self.query_one("#counted", Static).update(content(counted(plan)))
        self.query_one("#save", Press).call(f"{self._act} {plan.changes:,}")
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

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        plan, text = self.plan.id, self.query_one("#narrow", fields.Field).value
        to_file = self.console.services.plan_exports.to_file
        got = await working(self, "Writing rows …", lambda progress: to_file(plan, text, progress=progress))
        if isinstance(got, SageError):
            self.post_message(Trouble(got))
            return
        self.complain(Content(""))
        words = "Stopped: nothing was written."
        if got is not None:
            rows = "1 row" if got.rows == 1 else f"{got.rows:,} rows"
            words = f"{rows} written to {got.path}"
        tell(self.query_one("#note", Static), content(words))

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
            self.leave()

    def leave(self) -> None:
        """Give the plan up, and go back."""
        self._give_up()
        self.dismiss(None)

    @work(group="discard", exit_on_error=False)
    async def _give_up(self) -> None:
        plan, plans = self.plan.id, self.console.services.plans
        await attempt(lambda: plans.discard(plan))
