"""Today: what needs me, in sentences; each leads to its page, filtered."""

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sage_tui.clock import to_datetime
from sage_tui.domain.activity import Today, TodayItem
from sage_tui.domain.amounts import short
from sage_tui.tui import times
from sage_tui.tui.keys import bind, moves
from sage_tui.tui.messages import OpenPage, Waiting
from sage_tui.tui.pages import BY_ID
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.help import padded
from sage_tui.tui.text import content, line, lines_of

WORDS = 58
"""Cells of a sentence at most, so that the tokens beside it stand in one column at 80 columns."""


class TodayList(OptionList):
    """The sentences."""

    BINDINGS = [
        *moves("first", "last"),
        bind("up", "cursor_up", show=False),
        bind("down", "cursor_down", show=False),
        bind("open", "select", label="open, filtered", does="open the page, filtered"),
    ]


def sentence(item: TodayItem, width: int) -> str:
    """One line of the list."""
    aside = f"{short(item.tokens)} tokens" if item.tokens else ""
    return f"{padded(item.text, width)}  {aside}".rstrip()


class TodayPage(Page):
    """The page."""

    TITLE = "Today"
    BINDINGS = [bind("refresh")]

    def __init__(self) -> None:
        super().__init__()
        self._items: tuple[TodayItem, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="since")
        yield TodayList(id="today")
        with VerticalScroll(id="today-rest", can_focus=False):
            yield Static(id="sentences")
            yield Static(id="heard")

    def on_mount(self) -> None:
        self.action_refresh()

    def take_focus(self) -> None:
        self.query_one(TodayList).focus(scroll_visible=False)

    def action_refresh(self) -> None:
        self._load()

    @work(group="today", exclusive=True)
    async def _load(self) -> None:
        got = await self.ask(lambda: self.console.services.today.today(self.here.asks_about))
        if got:
            self._show(got.value)

    def _show(self, today: Today) -> None:
        now = to_datetime(self.console.clock.now())
        zone = self.here.session.time_zone
        self._items = today.items
        listed = self.query_one(TodayList)
        at = listed.highlighted or 0
        listed.clear_options()
        width = min(max((cell_len(item.text) for item in today.items), default=0), WORDS)
        listed.add_options([Option(line(sentence(item, width))) for item in today.items])
        if today.items:
            listed.highlighted = min(at, len(today.items) - 1)
        since = f"Since you were here on {times.long_day(today.since, zone)}" if today.since else "What needs you"
        nothing = "" if today.items else "\nNothing needs you. Nobody is near a limit, and every identity has an owner."
        self.query_one("#since", Static).update(content(since + nothing, multiline=True))
        self.query_one("#sentences", Static).update(lines_of([(words,) for words in today.sentences]))
        heard = f"Gateway heard {times.ago(today.gateway_last_heard_at, now)}" if today.gateway_last_heard_at else ""
        checked = f"numbers checked {times.ago(today.checked_at, now)}" if today.checked_at else "numbers never checked"
        self.query_one("#heard", Static).update(content(" · ".join(part for part in (heard, checked) if part)))
        self.post_message(Waiting(today.waiting))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._open(event.option_index)

    def _open(self, index: int) -> None:
        item = self._items[index]
        if item.page in BY_ID:
            self.post_message(OpenPage(item.page, item.query))
        elif item.page == "identities" or "identit" in item.code:
            self.post_message(OpenPage("users", None, "identities"))
        elif item.page == "audit":
            self.post_message(OpenPage("activity", item.query, "audit"))
        else:
            self.say(content("This line is for your information: no page here shows more of it."))
