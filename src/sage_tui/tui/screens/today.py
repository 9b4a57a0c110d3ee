"""Today: what needs me, in sentences; each leads to its page, filtered."""

from rich.cells import cell_len
from rich.segment import Segment
from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sage_tui.clock import to_datetime
from sage_tui.domain.activity import Today, TodayItem
from sage_tui.domain.amounts import short
from sage_tui.domain.text import clean
from sage_tui.tui import times
from sage_tui.tui.keys import bind, moves
from sage_tui.tui.messages import OpenPage, Waiting
from sage_tui.tui.pages import BY_ID
from sage_tui.tui.screens.base import Page
from sage_tui.tui.text import Line, content, line, lines_of
from sage_tui.tui.widgets.table_drawing import fit

LEAST = 16
"""Cells that are left to what stands beside a sentence; the sentence has the others if it needs them."""

GAP = 3
"""Cells between a sentence and the one beside it."""

NOTHING = "Nothing needs you. Nobody is near a limit, and every identity has an owner."
UNREAD = "What needs you could not be read. r tries again."
ORGANIZATIONS = "Organizations, those with most trouble first"
OPENS_NOTHING = "no line here opens a page"


class TodayList(OptionList):
    """The sentences. The cursor is marked in the cell left of them; lines that open nothing are passed over."""

    BINDINGS = [
        *moves("first", "last"),
        bind("up", "cursor_up", show=False),
        bind("down", "cursor_down", show=False),
        bind("open", "select", label="open, filtered", does="open the page, filtered"),
    ]

    def why_not(self, action: str) -> str | None:
        """Why enter does nothing now."""
        return OPENS_NOTHING if action == "select" and self.highlighted is None else None

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        number = y + self.scroll_offset.y
        if number != self.highlighted:
            return strip
        style = self.get_component_rich_style("option-list--option-highlighted")
        return Strip([Segment(f"›{strip.text[1:]}", style)], strip.cell_length).apply_meta({"option": number})


def aside(item: TodayItem) -> str:
    """What stands beside a sentence."""
    return clean(item.more) or (f"{short(item.tokens)} tokens" if item.tokens else "")


def goes(item: TodayItem) -> OpenPage | None:
    """Where a line leads; None where that page is not built."""
    match item.page:
        case None:
            return None
        case "identities":
            return OpenPage("users", None, "identities")
        case "audit":
            return OpenPage("activity", item.query, "audit")
        case page:
            return OpenPage(page, item.query) if page in BY_ID else None


def drawn(items: tuple[TodayItem, ...], width: int) -> list[Line]:
    """The sentences in one column, numbers to the right, and in another what stands beside them."""
    words = [clean(item.text) for item in items]
    numbers = max((len(word.partition(" ")[0]) for word in words if word[:1].isdigit()), default=0)
    words = [" " * (numbers - len(word.partition(" ")[0])) + word if word[:1].isdigit() else word for word in words]
    column = max(min(max(map(cell_len, words), default=0), width - 1 - GAP - LEAST), LEAST)
    room = max(width - 1 - GAP - column, LEAST)
    lines: list[Line] = []
    for item, word in zip(items, words, strict=True):
        beside = aside(item)
        beside = fit(beside, room) if cell_len(beside) > room else beside
        lines.append((f" {fit(word, column)}", " " * GAP, (beside, "$quiet")))
    return lines


class TodayPage(Page):
    """The page."""

    TITLE = "Today"
    BINDINGS = [bind("refresh")]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[TodayItem | None] = []
        self._known = False

    def compose(self) -> ComposeResult:
        yield Static(id="since")
        yield TodayList(id="today")
        with VerticalScroll(id="today-rest", can_focus=False):
            yield Static(id="sentences")
            yield Static(id="heard")

    def on_mount(self) -> None:
        self.ask_all()

    def ask_again(self) -> None:
        """Opened again: what needs somebody is asked for anew."""
        self.ask_all()

    def take_focus(self) -> None:
        self.query_one(TodayList).focus(scroll_visible=False)

    def ask_all(self) -> None:
        self._load()

    @work(group="today", exclusive=True)
    async def _load(self) -> None:
        got = await self.ask(lambda: self.console.services.today.today(self.here.asks_about))
        if got:
            self._show(got.value)
        elif not self._known:
            self.query_one("#since", Static).update(content(UNREAD))

    def on_resize(self) -> None:
        self._list()

    def _show(self, today: Today) -> None:
        self._known = True
        now = to_datetime(self.console.clock.now())
        zone = self.here.session.time_zone
        listed = [item for item in today.items if item.code == "organization"]
        others = [item for item in today.items if item.code != "organization"]
        self._rows = [*others, *([None] if others and listed else []), *listed]
        self._list()
        since = f"  since you were here on {times.long_moment(today.since, now, zone)}" if today.since else ""
        heading: Line = (("What needs you", "bold"), (since, "$quiet"))
        self.query_one("#since", Static).update(lines_of([heading] if self._rows else [heading, (NOTHING,)]))
        self.query_one("#sentences", Static).update(lines_of([(words,) for words in today.sentences]))
        heard = f"Gateway heard {times.ago(today.gateway_last_heard_at, now)}" if today.gateway_last_heard_at else ""
        checked = f"numbers checked {times.ago(today.checked_at, now)}" if today.checked_at else "numbers never checked"
        self.query_one("#heard", Static).update(content(" · ".join(part for part in (heard, checked) if part)))
        self.post_message(Waiting(today.waiting))

    def _list(self) -> None:
        """Draw the lines anew, the cursor on the line where it was, or the next one that opens something."""
        listed = self.query_one(TodayList)
        at = listed.highlighted or 0
        listed.clear_options()
        lines = iter(drawn(tuple(item for item in self._rows if item), listed.size.width or self.size.width))
        open_ones = []
        for number, item in enumerate(self._rows):
            words: Line = next(lines) if item else ((f" {ORGANIZATIONS}", "$quiet"),)
            opens = item is not None and goes(item) is not None
            listed.add_option(Option(line(*words), disabled=not opens))
            open_ones += [number] * opens
        listed.highlighted = min(open_ones, key=lambda number: abs(number - at), default=None)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        item = self._rows[event.option_index]
        leads = goes(item) if item else None
        if leads is not None:
            self.post_message(leads)
