"""`w`: a month that is over under each policy, side by side; enter: who would have been stopped. Run in workers."""

from dataclasses import dataclass
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static
from textual.widgets.option_list import Option

from sage_tui.clock import to_datetime
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.hindsight import Scenario, WhatIf
from sage_tui.domain.text import clean
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPerson
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.management import what_if_words as words
from sage_tui.tui.text import content
from sage_tui.tui.widgets.options import NO_MARK, Options


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen: the policy at that place, and its people, or the same of another month."""

    place: int
    month: int | None = None


class SideBySide(Dialog[Wish]):
    """A line a policy; [ and ] lead to the month before and after."""

    BINDINGS = [
        bind("back", "close", show=False),
        bind("before", label="month before", does="the month before"),
        bind("after", label="month after", does="the month after"),
    ]

    def __init__(self, found: WhatIf, here: int, last: int) -> None:
        super().__init__()
        self.HEADING = words.heading(found)
        self._found = found
        self._begin = here
        self._last = last

    def body(self) -> ComposeResult:
        titles, *lines = words.table(self._found)
        yield Static(content(NO_MARK + titles, limit=300), id="titles")
        yield Options(*(Option(content(one)) for one in lines), id="scenarios")
        yield Static(content(words.MEANING if self._found.used else words.UNUSED), id="meaning")
        yield Static(content(words.KEYS), id="hint")

    def on_mount(self) -> None:
        self.query_one(Options).highlighted = self._begin

    @on(Options.OptionSelected)
    def _chosen(self, event: Options.OptionSelected) -> None:
        if self._found.scenarios[event.option_index].people:
            self.dismiss(Wish(event.option_index))
        else:
            self.complain(content(words.NOBODY))

    @on(Options.OptionHighlighted)
    def _moved(self) -> None:
        self.complain(content(""))

    def action_before(self) -> None:
        self.dismiss(Wish(self._place, self._found.month - 1))

    def action_after(self) -> None:
        if self._found.month < self._last:
            self.dismiss(Wish(self._place, self._found.month + 1))
        else:
            self.complain(content(words.LATEST))

    @property
    def _place(self) -> int:
        return self.query_one(Options).highlighted or 0


async def look(page: Page, command: SetPolicy | None = None) -> bool:
    """Replay last month, look at it, at others, and at the people of one policy. Was somebody's page opened?"""
    found = await _replayed(page, None, command)
    if found is None:
        return False
    last = found.month
    here = next(at for at, one in enumerate(found.scenarios) if one.asked or (command is None and one.holds))
    while True:
        wish = await page.app.push_screen_wait(SideBySide(found, here, last))
        if wish is None:
            return False
        here = wish.place
        if wish.month is not None:
            found = await _replayed(page, wish.month, command) or found
            continue
        somebody = await page.app.push_screen_wait(_people(page, found.scenarios[here]))
        if somebody is not None:
            page.post_message(OpenPerson(somebody))
            return True


async def _replayed(page: Page, month: int | None, command: SetPolicy | None) -> WhatIf | None:
    replay = partial(page.console.services.what_if.replay, page.here.asks_about, month, command)
    return await acting.long(page, "Replaying the month …", lambda progress: replay(progress=progress))


def _people(page: Page, one: Scenario) -> Chooser[int]:
    now = to_datetime(page.console.clock.now())
    choices = [Choice(who.user_id, clean(who.email, limit=60), words.person(who, now)) for who in one.people]
    whole = one.outcome.stopped_users
    shown = len({who.user_id for who in one.people})
    hint = "" if shown == whole else f"The first {shown:,} of {whole:,}: those of whom most was not served."
    return Chooser(f"{words.name(one).capitalize()}: stopped", choices, hint=hint)
