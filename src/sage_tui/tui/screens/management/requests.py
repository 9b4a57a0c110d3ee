"""Token Requests: what the keys do with the queue."""

from collections.abc import Callable

from textual import on, work
from textual.content import Content

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions
from sage_tui.domain.errors import Conflict
from sage_tui.domain.exports import Export, What
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.requests import Decided, Status, TokenRequest
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPage
from sage_tui.tui.screens import exported
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import batches, requests_fitting, requests_rule
from sage_tui.tui.screens.management import requests_words as words
from sage_tui.tui.screens.management.requests_dialogs import ApproveRequests, DenyRequests, Outcome, RequestDetail
from sage_tui.tui.screens.management.requests_table import RequestsTable, StatusTabs
from sage_tui.tui.session import ALL, Scope
from sage_tui.tui.text import content
from sage_tui.tui.widgets.table_messages import Opened

AT_ONCE = 1_000
"""Requests that one decision takes where all that match are selected."""


class RequestsPage(RequestsTable):
    """The page."""

    TITLE = "Token Requests"
    BINDINGS = [
        bind("approve"),
        bind("deny"),
        bind("fitting", label="all that fit", does="approve all that fit, the oldest first: shows it first"),
        bind("actions", does="the auto-approval rule, asking the operator for more"),
        bind("undo"),
        bind("batches", show=False),
        bind("filter"),
        bind("before", label="tabs", does="the tab before", shown="[ ]"),
        bind("after", show=False, does="the next tab"),
        bind("numbers"),
        bind("export", show=False, does="write the requests that the filter finds into a CSV file"),
        bind("organization"),
        bind("refresh"),
        bind("close", "close", show=False),
    ]

    def open_at(self, query: str | None, tab: str) -> None:
        tabs = [status for _, status in words.TABS]
        self.turn(tabs.index(tab) if tab in tabs else 0)
        if query is not None:
            self.filter.set(query)

    def where(self) -> object:
        return self.tab, self.filter.text, self.table.current_id

    def return_to(self, where: object) -> None:
        match where:
            case (int(tab), str(query), id):
                self.turn(tab)
                if query != self.filter.text:
                    self.filter.set(query)
                    self.table.show(query, around=id if isinstance(id, int) else None)

    # Keys ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.here.operator if action == "organization" else True

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        verb = {
            "approve": Verb.REQUESTS_APPROVE, "deny": Verb.REQUESTS_DENY, "fitting": Verb.REQUESTS_FITTING,
            "undo": Verb.UNDO,
        }.get(action)  # fmt: skip
        refused = permissions.why_not(self.here.actor, verb) if verb else None
        if refused or action not in ("approve", "deny", "fitting"):
            return refused
        if action == "fitting":
            waiting = self.totals is None or self.totals.by_status[Status.PENDING]
            return None if waiting else "No requests are waiting."
        row = self.table.current
        if row is None:
            return "There is no request here."
        if not self.table.selected and row.status is not Status.PENDING:
            return f"It was {words.answer(row)} already."
        return None

    def _refused(self, action: str) -> bool:
        why = self.why_not(action)
        if why:
            self.say(content(why))
        return bool(why)

    @work(group="dialog", exclusive=True)
    async def action_approve(self) -> None:
        if not self._refused("approve"):
            await self._approve(await self._meant())

    @work(group="dialog", exclusive=True)
    async def action_deny(self) -> None:
        if not self._refused("deny"):
            await self._deny(await self._meant())

    async def _meant(self) -> tuple[TokenRequest, ...]:
        """The requests that a decision is for: those selected, else the one under the cursor; as they are now."""
        table, services, about = self.table, self.console.services, self.here.asks_about
        chosen = table.selected
        if chosen.all_of is not None:
            ask = Ask(0, chosen.all_of, Sort("at"), count=AT_ONCE)
            got = await self.ask(lambda: services.requests.window(ask, about, Status.PENDING.value))
            if got is None:
                return ()
            if got.value.more_after:
                self.say(Content(f"At most {AT_ONCE:,} at once: narrow the filter, or f approves all that fit."))
                return ()
            return tuple(row for row in got.value.rows if row.id not in chosen.ids)
        row = table.current
        ids = tuple(sorted(int(number) for number in chosen.ids)) or ((row.id,) if row else ())
        named = await self.ask(lambda: services.requests.named(ids))
        return named.value if named else ()

    async def _approve(self, rows: tuple[TokenRequest, ...]) -> None:
        for some in self._by_organization(rows):
            outcome = await self.app.push_screen_wait(ApproveRequests(some, await self._room(some)))
            if not self._told(Status.APPROVED, outcome):
                return

    async def _room(self, rows: tuple[TokenRequest, ...]) -> int | None:
        """What the cap leaves of the one kind that is asked for."""
        number, kinds = rows[0].id, {row.kind for row in rows}
        got = await self.ask(lambda: self.console.services.requests.show(number))
        return got.value.room if got and len(kinds) == 1 else None

    async def _deny(self, rows: tuple[TokenRequest, ...]) -> None:
        for some in self._by_organization(rows):
            outcome = await self.app.push_screen_wait(DenyRequests(some))
            if not self._told(Status.DENIED, outcome):
                return

    def _by_organization(self, rows: tuple[TokenRequest, ...]) -> list[tuple[TokenRequest, ...]]:
        """One decision is of one organization; each has its own pool."""
        return [
            tuple(row for row in rows if row.organization_id == number)
            for number in dict.fromkeys(row.organization_id for row in rows)
        ]

    def _told(self, status: Status, outcome: Outcome | None) -> bool:
        """Say what was decided, or what somebody else had decided; go on with another organization's?"""
        if outcome is None:
            return False
        if isinstance(outcome, Conflict):
            self.ask_all()
            self.say(content(outcome.message), bad=True)
            return False
        self._decided(status, outcome)
        return True

    def _decided(self, status: Status, made: Decided) -> None:
        told = words.done(status, made.requests, made.done.batch, len(made.done.skipped))
        self.console.changes += 1
        self.ask_all()
        self.say(content(told))

    @work(group="dialog", exclusive=True)
    async def action_fitting(self) -> None:
        if not self._refused("fitting"):
            await requests_fitting.approve(self)

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        self._look(event.row)

    @work(group="dialog", exclusive=True)
    async def _look(self, row: TokenRequest) -> None:
        got = await self.ask(lambda: self.console.services.requests.show(row.id))
        if got is None:
            return
        now, found = to_datetime(self.console.clock.now()), got.value.request
        may = permissions.may(self.here.actor, Verb.REQUESTS_APPROVE) and found.status is Status.PENDING
        lines = words.detail(got.value, now, self.here.session.time_zone)
        wanted = await self.app.push_screen_wait(RequestDetail(found.id, lines, may))
        if wanted == "approve":
            await self._approve((found,))
        elif wanted == "deny":
            await self._deny((found,))

    # Beside the queue ---------------------------------------------------------------------------------------------

    def acts(self) -> list[Choice[Callable[[], object]]]:
        actor = self.here.actor
        several = self.here.operator and self.here.asks_about is None
        whose = "o chooses an organization first" if several else None
        refused = permissions.why_not(actor, Verb.PURCHASES_REQUEST) or whose
        return [
            Choice(self._set_rule, "Auto-approval …", "the rule that answers small requests at once", whose),
            Choice(self._show_log, "What auto-approval decided", "its log"),
            Choice(self._ask_operator, "Ask the operator for more …", "how much, why, from when", refused),
            Choice(self._show_asked, "What the operator was asked for", "larger pools, asked for and answered"),
        ]  # fmt: skip

    @work(group="dialog", exclusive=True)
    async def action_actions(self) -> None:
        act = await self.app.push_screen_wait(Chooser("Requests", self.acts()))
        if act is not None:
            act()

    @work(group="dialog", exclusive=True)
    async def _set_rule(self) -> None:
        about = self.here.asks_about
        held = await self.ask(lambda: self.console.services.auto_approval.get(about))
        if held is None:
            return
        may = permissions.why_not(self.here.actor, Verb.AUTO_APPROVAL_SET)
        rule = await self.app.push_screen_wait(requests_rule.AutoApproval(held.value, about, may))
        if rule is not None:
            self.ask_all()
            self.say(Content("Saved." if rule != held.value else "The rule stays as it is."))

    def _show_log(self) -> None:
        self.turn(len(words.TABS) - 1)
        self.filter.set("auto:yes")

    @work(group="dialog", exclusive=True)
    async def _ask_operator(self) -> None:
        of = self.totals
        missing = {}
        if of and of.room:
            missing = {kind: max(asked - max(of.room[kind], 0), 0) for kind, asked in of.asked.items()}
        made = await self.app.push_screen_wait(requests_rule.AskForPool(self.here.asks_about, missing))
        if made is not None:
            self.ask_all()
            self.say(content(f"Ask {made.id} waits for the operator."))

    @work(group="dialog", exclusive=True)
    async def _show_asked(self) -> None:
        await requests_fitting.show_asked(self)

    # As on other pages --------------------------------------------------------------------------------------------

    def action_before(self) -> None:
        self.turn((self.tab - 1) % len(words.TABS))

    def action_after(self) -> None:
        self.turn((self.tab + 1) % len(words.TABS))

    @on(StatusTabs.Chosen)
    def _tab_clicked(self, message: StatusTabs.Chosen) -> None:
        self.turn(message.at)
        self.take_focus()

    def action_filter(self) -> None:
        self.filter.edit()

    def action_close(self) -> None:
        if self.filter.typed:
            self.filter.set("")

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        table = self.table
        command = Export(What.REQUESTS, table.filter_text, self.here.asks_about, sort=table.sort, status=self.status)
        await exported.export(self, command, "request")

    def action_numbers(self) -> None:
        self.numbers()

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        await batches.undo_mine(self)

    def action_batches(self) -> None:
        self.post_message(OpenPage("batches"))

    @work(group="dialog", exclusive=True)
    async def action_organization(self) -> None:
        got = await self.ask(self.console.services.organizations.list_organizations)
        if got is None:
            return
        choices = [Choice(ALL, ALL.name)]
        choices += [Choice(Scope(one.id, one.name), one.name, f"{one.users:,} users") for one in got.value]
        scope = await self.app.push_screen_wait(Chooser("Which organization?", choices))
        if scope is not None and scope != self.here.scope:
            self.console.choose_scope(scope)
