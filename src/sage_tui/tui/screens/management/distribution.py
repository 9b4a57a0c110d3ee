"""Token Distribution: both pools, the policy, what needs somebody, and what each action would do now."""

from collections.abc import Callable
from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions
from sage_tui.domain.activity import TodayItem
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import Outlook, Overview
from sage_tui.domain.errors import Interrupted
from sage_tui.domain.hindsight import WhatIf
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Distribute
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPage
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting, batches, exceptions, policy, what_if, what_if_words
from sage_tui.tui.screens.management import distribution_words as words
from sage_tui.tui.screens.management.review import review
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.screens.today import TodayList, drawn, goes
from sage_tui.tui.session import Scope
from sage_tui.tui.text import content, line, lines_of

WHICH = "Tokens are distributed organization by organization: o chooses one."
UNREAD = "The pools could not be read. r tries again."
CHOOSE = "Choose an organization …"
HEADING = "Plan                what it would do now"


class DistributionPage(Page):
    """The page."""

    TITLE = "Token Distribution"
    BINDINGS = [
        bind("policy"),
        bind("what_if"),
        bind("exceptions"),
        bind("timetable"),
        bind("undo"),
        bind("batches", show=False),
        bind("numbers"),
        bind("organization"),
        bind("refresh"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: Overview | None = None
        self._outlooks: dict[Action, Outlook] = {}
        self._failed: set[Action] = set()
        self._last_month: WhatIf | None = None
        self._short = True
        self._lines: list[TodayItem | Action | str | None] = []
        self._asked = 0

    def compose(self) -> ComposeResult:
        yield Static(id="distribution-pools")
        yield Static(id="distribution-policy")
        yield TodayList(id="distribution")
        yield Static(id="distribution-note")

    def on_mount(self) -> None:
        self.ask_all()

    def on_unmount(self) -> None:
        self._asked += 1  # what is being worked out is of no use to anybody any more

    def take_focus(self) -> None:
        self.query_one(TodayList).focus(scroll_visible=False)

    def on_resize(self) -> None:
        self._list()

    # Asking -------------------------------------------------------------------------------------------------------

    @property
    def _which(self) -> bool:
        """Is there no one organization that is looked at?"""
        return self.here.operator and self.here.asks_about is None

    def ask_all(self) -> None:
        if self._which:
            self._found = None
            self.query_one("#distribution-pools", Static).update(Content(WHICH))
            self._choose_first()
            return
        self._load()

    @work(group="distribution", exclusive=True)
    async def _load(self) -> None:
        """The pools first; then what each action would do, one after the other."""
        self._asked += 1
        asked, about, outlook = self._asked, self.here.asks_about, self.console.services.outlook
        got = await self.ask(lambda: outlook.overview(about))
        if got is None:
            if self._found is None:
                self.query_one("#distribution-pools", Static).update(Content(UNREAD))
            return
        self._found = got.value
        self._outlooks.clear()
        self._failed.clear()
        self._last_month = None
        self._show()
        for action in Action:
            made = await self.ask(partial(outlook.outlook, action, about, partial(self._still, asked)))
            if made is None:
                self._failed.add(action)
            else:
                self._outlooks[action] = made.value
            self._list()
        replay = self.console.services.what_if.at_a_glance
        glance = await self.ask(partial(replay, about, None, partial(self._still, asked)))
        self._last_month = glance.value if glance else None
        self._show()

    def _choose_first(self) -> None:
        """All organizations are looked at: the one line leads to one of them."""
        listed = self.query_one(TodayList)
        self._lines = [CHOOSE]
        listed.clear_options()
        listed.add_option(Option(line(f" {CHOOSE}")))
        listed.highlighted = 0

    def _still(self, asked: int, _: int) -> None:
        """Work that nobody waits for is given up. Raises Interrupted."""
        if asked != self._asked:
            raise Interrupted("Given up: it is asked anew.")

    def ask_again(self) -> None:
        """Opened again: what stands there is asked for anew."""
        self.ask_all()

    # Showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._found is None:
            return
        now, zone = to_datetime(self.console.clock.now()), self.here.session.time_zone
        self.query_one("#distribution-pools", Static).update(lines_of(words.pools(self._found, self._short)))
        said = [*words.policy(self._found, now, zone), *((sentence,) for sentence in self._found.sentences)]
        if best := what_if_words.sentence(self._last_month, self.size.width - 2):
            said.append(best)
        self.query_one("#distribution-policy", Static).update(lines_of(said))
        self._list()

    def _list(self) -> None:
        """Draw the lines anew, the cursor where it was."""
        listed = self.query_one(TodayList)
        if self._found is None:
            return
        width = listed.size.width or self.size.width
        warnings = [item for item in self._found.warnings if goes(item) is not None]
        at, before = listed.highlighted, len(self._lines)
        self._lines = [*warnings, None, None, *Action]
        listed.clear_options()
        for sentence in drawn(tuple(warnings), width):
            listed.add_option(Option(line(*sentence)))
        listed.add_option(Option(Content(""), disabled=True))
        listed.add_option(Option(line(" ", (HEADING, "$quiet")), disabled=True))
        for action in Action:
            made = words.action(action, self._outlooks.get(action), width - 1, failed=action in self._failed)
            listed.add_option(Option(line(*made)))
        first = len(warnings) + 2
        listed.highlighted = at if at is not None and before == len(self._lines) else first
        self._note()

    @on(OptionList.OptionHighlighted)
    def _note(self) -> None:
        """What the action under the cursor means."""
        at = self.query_one(TodayList).highlighted
        chosen = self._lines[at] if at is not None and at < len(self._lines) else None
        note = words.NOTES[chosen] if isinstance(chosen, Action) else ""
        self.query_one("#distribution-note", Static).update(content(note))

    # Keys ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.here.operator if action == "organization" else True

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        if action in ("policy", "what_if", "exceptions", "timetable") and self._which:
            return WHICH
        return permissions.why_not(self.here.actor, Verb.UNDO) if action == "undo" else None

    def _refused(self, action: str) -> bool:
        why = self.why_not(action)
        if why:
            self.say(content(why))
        return bool(why)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        chosen = self._lines[event.option_index]
        if isinstance(chosen, Action):
            self._preview(chosen)
        elif chosen == CHOOSE:
            self.action_organization()
        elif isinstance(chosen, TodayItem) and (leads := goes(chosen)) is not None:
            self.post_message(leads)

    @work(group="dialog", exclusive=True)
    async def _preview(self, action: Action) -> None:
        """What an action would do, person by person; space takes a row out, saving applies what is in."""
        refused = permissions.why_not(self.here.actor, Verb.DISTRIBUTION_APPLY)
        if refused:
            self.say(content(refused))
            return
        plans, command = self.console.services.plans, Distribute(action, self.here.asks_about)
        made = await acting.long(self, "Working it out …", lambda progress: plans.make(command, progress))
        if made is None:
            return
        if not made.changes:
            self.say(content(f"{words.NAMES[action]}: nothing to do now."))
            await self.ask(lambda: plans.discard(made.id))
            return
        heading, note = f"{words.NAMES[action]}?", words.NOTES[action]
        acting.told(self, await review(self, made, heading=heading, note=note))

    @work(group="dialog", exclusive=True)
    async def action_policy(self) -> None:
        if not self._refused("policy"):
            await policy.change(self)
            self.ask_all()

    @work(group="dialog", exclusive=True)
    async def action_what_if(self) -> None:
        if not self._refused("what_if"):
            await what_if.look(self)

    @work(group="dialog", exclusive=True)
    async def action_exceptions(self) -> None:
        if not self._refused("exceptions"):
            await exceptions.look(self)
            self.ask_all()

    @work(group="dialog", exclusive=True)
    async def action_timetable(self) -> None:
        if self._refused("timetable"):
            return
        about = self.here.asks_about
        got = await self.ask(lambda: self.console.services.rebalancing.runs(about))
        if got:
            now, zone = to_datetime(self.console.clock.now()), self.here.session.time_zone
            await self.app.push_screen_wait(Notice("Timetable and runs", words.runs(got.value, now, zone)))

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        await batches.undo_mine(self)

    def action_batches(self) -> None:
        self.post_message(OpenPage("batches"))

    def action_numbers(self) -> None:
        self._short = not self._short
        self._show()

    @work(group="dialog", exclusive=True)
    async def action_organization(self) -> None:
        got = await self.ask(self.console.services.organizations.list_organizations)
        if got is None:
            return
        choices = [Choice(Scope(one.id, one.name), one.name, f"{one.users:,} users") for one in got.value]
        scope = await self.app.push_screen_wait(Chooser("Which organization?", choices))
        if scope is not None and scope != self.here.scope:
            self.console.choose_scope(scope)

    def acts(self) -> list[Choice[Callable[[], object]]]:
        """The actions, for the palette."""
        refused = permissions.why_not(self.here.actor, Verb.DISTRIBUTION_APPLY) or (WHICH if self._which else None)
        return [
            Choice(partial(self._preview, one), f"{words.NAMES[one]} …", words.NOTES[one], refused) for one in Action
        ]

    def words(self) -> list[tuple[str, str]]:
        return [
            ("cap", "how far allocations may go: the pool times the policy's per cent"),
            ("unallocated", "the pool less all allocations; shared out it goes to those who may spend"),
            ("stands idle", "allocated this month and not used, of people who used under 10%"),
            ("idle, slow", "by the policy: no use for idle_days; under so much used by its day. Reclaim lowers them"),
            ("stranded", "of what-if: allocated at the month's end and not used"),
            ("▓ ▒ ░", "used, allocated and not used yet, unallocated"),
        ]
