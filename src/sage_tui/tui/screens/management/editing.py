"""Editing in User Management: staged edits of one organization, kept as a draft, reviewed, saved, taken back.

The page shows; this holds what is staged (a value) and leads through the dialogs. Nothing here decides: services do.
"""

from functools import partial

from sage_tui.clock import to_datetime
from sage_tui.domain import acts, amounts, permissions
from sage_tui.domain.columns import Column
from sage_tui.domain.errors import SageError, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Edits
from sage_tui.domain.plans import TEXTS, Edit, Field
from sage_tui.domain.staged import Effect, StagedChanges
from sage_tui.domain.text import accept
from sage_tui.domain.units import Kind
from sage_tui.domain.users import UserRow
from sage_tui.tui import times
from sage_tui.tui.asking import attempt
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.management.fields import EDITED, shown, value_of
from sage_tui.tui.screens.management.review import review
from sage_tui.tui.text import content
from sage_tui.tui.widgets.table_drawing import Cell

AGAIN = 3.0
"""Seconds until a draft that could not be written is tried again."""

ALL_SCOPE = "Edits are of one organization: o chooses it."


class Editable(Page):
    """A page on which edits are staged."""

    def staged_changed(self) -> None:
        """Something was staged or taken back."""

    def staged_counted(self) -> None:
        """What is staged was counted."""


class Editing:
    """What is staged on a page, and what becomes of it."""

    def __init__(self, page: Editable) -> None:
        self._page = page
        self.staged = StagedChanges()
        self._kept = StagedChanges()
        self._unkept = False
        self._keeping = False
        self._effect: Effect | None = None
        """What is staged would do; None until that is known."""
        self._uncounted = False
        self._counting = False
        self._cell: tuple[UserRow, Field]

    # May it? --------------------------------------------------------------------------------------------------------

    def why_not(self, verb: Verb = Verb.USERS_SET) -> str | None:
        """Why nothing is edited here; None when it may be."""
        refused = permissions.why_not(self._page.here.actor, verb)
        if refused:
            return refused
        return ALL_SCOPE if self._page.here.scope.id is None else None

    # In place -------------------------------------------------------------------------------------------------------

    def draw(self, row: UserRow, column: Column, cell: Cell, short: bool) -> Cell:
        """A cell as it reads with what is staged in it."""
        field = EDITED.get(column.key)
        edit = self.staged.of(row.id, field) if field is not None else None
        if edit is None or field is None:
            return cell
        return f"→{shown(field, edit.after, short)}", "staged"

    def toggle(self, row: UserRow, field: Field) -> None:
        """Turn a yes into a no, or back."""
        edit = self.staged.of(row.id, field)
        now = edit.after if edit else value_of(row, field)
        self.stage(Edit(row.id, field, value_of(row, field), 0 if now else 1))

    def begin(self, row: UserRow, field: Field) -> None:
        """A cell is being edited: what is typed will be its value."""
        self._cell = (row, field)

    def typed(self, text: str) -> str | None:
        """Stage what was typed into the cell; why it makes no sense, or None."""
        row, field = self._cell
        before = value_of(row, field)
        try:
            after = (
                accept("department", text.strip(), 100)
                if field in TEXTS
                else acts.typed(field, text.replace(",", ""), before)
            )
        except WrongUse as error:
            return f"{error.message.partition(': ')[2] or error.message}. {error.hint}"
        self.stage(Edit(row.id, field, before, after))
        return None

    def stage(self, *edits: Edit) -> None:
        """Stage edits; one back to what stood there first is none."""
        self.put(self.staged.add_all(edits))

    def revert(self, user_id: int | None = None) -> None:
        """Take back the edits of one person, or all."""
        kept = StagedChanges()
        if user_id is not None:
            kept = self.staged.revert(*self.staged.person(user_id).edits)
        self.put(kept)

    def put(self, staged: StagedChanges) -> None:
        """Have exactly this staged, and keep it."""
        self.staged = staged
        self._page.say(content(""))
        self.count()
        self._page.staged_changed()
        self._unkept = True
        if not self._keeping:
            self._page.run_worker(self._keep(), group="draft")

    async def _keep(self) -> None:
        """Keep the newest state, one writing after the other; what could not be written is tried again."""
        self._keeping = True
        drafts, organization = self._page.console.services.drafts, self._page.here.asks_about
        try:
            while self._unkept:
                self._unkept = False
                now, before = self.staged, self._kept
                if await self._page.ask(partial(drafts.keep, now, organization, before)) is None:
                    self._unkept = True
                    self._page.set_timer(AGAIN, self._keep_again)
                    return
                self._kept = now
        finally:
            self._keeping = False

    def _keep_again(self) -> None:
        if self._unkept and not self._keeping:
            self._page.run_worker(self._keep(), group="draft")

    async def restore(self) -> None:
        """Bring back what was staged before: after a lock, another page, a lost line, a killed process."""
        here = self._page.here
        if self.why_not() is not None or self.staged:
            return
        got = await self._page.ask(self._page.console.services.drafts.list_drafts)
        for draft in got.value if got else ():
            if draft.organization_id == here.scope.id and draft.staged:
                self.staged = self._kept = draft.staged
                self.count()
                self._page.staged_changed()
                number = len(draft.staged)
                now = to_datetime(self._page.console.clock.now())
                when = times.clock_or_day(draft.saved_at, now, here.session.time_zone)
                edits = "1 staged edit" if number == 1 else f"{number:,} staged edits"
                self._page.say(content(f"{edits} of {when}, not saved yet: ctrl+s reviews."))

    def count(self) -> None:
        """Ask what is staged would do to the pools: one question at a time, the last one for what is staged last."""
        self._effect, self._uncounted = None, True
        if not self._counting:
            self._page.run_worker(self._count(), group="effect")

    async def _count(self) -> None:
        self._counting = True
        try:
            while self._uncounted and self.staged:
                self._uncounted, asked = False, self._command()
                got = await attempt(partial(self._page.console.services.plans.effect, asked))
                # A refusal is told where it is acted on: by the draft that is kept, and by the review.
                if not self._uncounted and not isinstance(got, SageError):
                    self._effect = got.value
                    self._page.staged_counted()
        finally:
            self._counting = False

    def _command(self) -> Edits:
        return Edits(tuple(self.staged.edits.values()), self._page.here.asks_about)

    def line(self, selected: str, width: int) -> str:
        """`2 selected · 2 edits staged, +1.0M, unallocated then 86.6M   ctrl+s review`, as much of it as fits."""
        if not self.staged:
            return selected
        number = len(self.staged)
        words = f"{number:,} edit{'' if number == 1 else 's'} staged"
        chosen = f"{selected} · " if selected else ""
        if self._effect is None:
            return f"{chosen}{words} · ctrl+s review"
        changes, then = "", ""
        for kind, effect in self._effect.pool.items():
            change = effect.after - effect.before
            if change:
                changes += f", {_kind(kind)}{'+' if change > 0 else '−'}{amounts.short(abs(change))}"
                then += f", {_kind(kind)}unallocated then {amounts.short(effect.unallocated)}"
        not_in = f" · {self._effect.changed:,} to decide" if self._effect.changed else ""
        not_in += f" · {self._effect.skipped:,} skipped" if self._effect.skipped else ""
        for detail in (changes + then + not_in, changes + not_in, changes, ""):
            made = f"{chosen}{words}{detail}   ctrl+s review"
            if len(made) <= width:
                return made
        return made

    # Review, act, undo ----------------------------------------------------------------------------------------------

    async def review(self) -> None:
        """See what is staged before it counts, and save it. Runs in a worker."""
        refused = self.why_not()
        if refused or not self.staged:
            self._page.say(content(refused or "Nothing is staged: e edits the cell under the cursor."))
            return
        command = self._command()
        plans = self._page.console.services.plans
        made = await self._page.ask(lambda: plans.make(command))
        if made is None:
            return
        done = await review(self._page, made.value, again=lambda: plans.make(command))
        if done is not None:
            self.put(self.staged.revert(*(cell for cell in self.staged.edits if cell not in done.out)))
            acting.told(self._page, done)


def _kind(kind: Kind) -> str:
    return "" if kind is Kind.INFERENCE else "embedding "
