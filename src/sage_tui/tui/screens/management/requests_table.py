"""Token Requests as far as it only shows: tabs with totals, what the pool has for them, the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.columns import Column
from sage_tui.domain.paging import Ask, Count, Sort, Window
from sage_tui.domain.queries_fields import REQUESTS
from sage_tui.domain.requests import Status, TokenRequest, Totals
from sage_tui.domain.units import Kind
from sage_tui.tui.messages import Waiting
from sage_tui.tui.screens.base import Page, tell
from sage_tui.tui.screens.management import requests_words as words
from sage_tui.tui.text import Line, Part, content, line
from sage_tui.tui.verbs import RequestsVerbs
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.filtered_table import FilteredTable
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.table_messages import Drawn, SelectionChanged
from sage_tui.tui.widgets.table_selection import NONE
from sage_tui.tui.widgets.window_table import WindowTable


@dataclass(frozen=True, slots=True)
class Queue:
    """The table's source: requests of a status, of an organization or of all."""

    verbs: RequestsVerbs
    organization_id: int | None
    status: str

    def window(self, ask: Ask) -> Window[TokenRequest]:
        return self.verbs.window(ask, self.organization_id, self.status)

    def count(self, query: str) -> Count:
        return self.verbs.count(query, self.organization_id, self.status)


class StatusTabs(Static):
    """`Pending 4 · Approved 61 · Denied 9 · All 74`, the open one marked; the pool at the right."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._titles: list[str] = []

    def show(self, at: int, totals: Totals | None, pool: Line) -> None:
        """Draw the tabs, with their numbers where they are known."""
        self._titles = [
            name if totals is None else f"{name} {words.number(totals, status):,}" for name, status in words.TABS
        ]
        parts: list[Part] = []
        for number, title in enumerate(self._titles):
            mark = (f"▌{title}", "bold") if number == at else (f" {title}", "")
            parts += [" ·" if number else "", mark]
        used = sum(cell_len(title) + 3 for title in self._titles) - 2
        wide = sum(cell_len(part if isinstance(part, str) else part[0]) for part in pool)
        self.update(line(*parts, " " * max(self.size.width - used - wide - 1, 3), *pool))

    def on_click(self, event: events.Click) -> None:
        left = 0
        for number, title in enumerate(self._titles):
            if left <= event.x < left + cell_len(title) + 1:
                self.post_message(self.Chosen(number))
            left += cell_len(title) + 3


class RequestsTable(Page):
    """The page as far as it only shows; what its keys do is the page's own."""

    def __init__(self) -> None:
        super().__init__()
        self.tab = 0
        self.totals: Totals | None = None
        self.rooms: dict[tuple[int, Kind], int] = {}
        self._short = False
        self._rule = ""

    @property
    def status(self) -> str:
        """The status of the open tab; nothing is all."""
        return words.TABS[self.tab][1]

    def compose(self) -> ComposeResult:
        yield StatusTabs()
        table = WindowTable(
            self._queue(),
            self._columns(),
            self._drawer(),
            self._order(),
            empty="No request matches this filter. esc clears it.",
            nothing="",
            id="requests",
        )
        yield FilteredTable(FilterLine(REQUESTS, id="requests-filter"), table)
        yield Static(id="selected")
        yield Static(id="together")
        yield Static(id="rule")

    def _columns(self) -> list[Column]:
        return words.columns(self.status, self.here.operator, self.size.width or self.app.size.width)

    def _queue(self) -> Queue:
        return Queue(self.console.services.requests, self.here.asks_about, self.status)

    def _order(self) -> Sort:
        """What waits: the oldest first; what was answered: the newest first."""
        return Sort("at", self.status != Status.PENDING)

    def _drawer(self) -> Callable[[TokenRequest, Column], Cell]:
        return words.drawer(self._short, self.here.session.time_zone, self._now, self.rooms)

    @property
    def _wide(self) -> int:
        """Cells of a sentence under the table."""
        return (self.size.width or self.app.size.width) - 4

    def _now(self) -> datetime:
        return to_datetime(self.console.clock.now())

    @property
    def table(self) -> WindowTable[TokenRequest]:
        """The table."""
        return self.query_one(WindowTable)

    @property
    def filter(self) -> FilterLine:
        """The filter line."""
        return self.query_one(FilterLine)

    def on_mount(self) -> None:
        self._sum()

    def on_resize(self) -> None:
        self._head()
        self.table.set_columns(self._columns())

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    def words(self) -> list[tuple[str, str]]:
        columns = [(column.title, column.meaning) for column in self.table.columns if column.meaning]
        return columns + [(field.example, field.meaning) for field in REQUESTS.values()]

    def turn(self, at: int) -> None:
        """Another tab."""
        if at == self.tab:
            return
        self.tab = at
        table = self.table
        table.loading_rows.source = self._queue()
        table.choose(NONE)
        self._dress()
        table.nothing = self._nothing()
        self._head()
        table.show(sort=self._order())

    def _dress(self) -> None:
        self.table.draw = self._drawer()
        self.table.set_columns(self._columns())

    def numbers(self) -> None:
        """Full or short numbers."""
        self._short = not self._short
        self._dress()

    # What is asked ------------------------------------------------------------------------------------------------

    def ask_all(self) -> None:
        self.table.choose(NONE)
        self.table.reload()
        self._sum()

    @work(group="totals", exclusive=True)
    async def _sum(self) -> None:
        services, about = self.console.services, self.here.asks_about
        got = await self.ask(lambda: services.requests.totals(about))
        if got is None:
            return
        self.totals = got.value
        if self.here.operator:
            each = await self.ask(services.requests.waiting)
            listed = each.value if each else ()
            self.rooms = {(one.organization_id, kind): left for one in listed for kind, left in one.room.items()}
            self._dress()
        self.table.nothing = self._nothing()
        self.table.refresh()
        self._head()
        tell(self.query_one("#together", Static), content(f"  {words.fits(self.totals, self._wide)}".rstrip()))
        self.post_message(Waiting(self.totals.waiting, self.totals.by_status[Status.PENDING]))
        await self._say_rule()

    async def _say_rule(self) -> None:
        """The auto-approval rule, of one organization."""
        about = self.here.asks_about
        if self.here.operator and about is None:
            tell(self.query_one("#rule", Static), content(""))
            return
        held = await self.ask(lambda: self.console.services.auto_approval.get(about))
        if held:
            tell(self.query_one("#rule", Static), content(f"  {words.rule(held.value, self._wide)}"))

    def _nothing(self) -> str:
        return words.nothing(self.totals, self.status, self._now(), self.here.session.time_zone, self._wide)

    def _head(self) -> None:
        pool = words.totals(self.totals) if self.totals else ()
        self.query_one(StatusTabs).show(self.tab, self.totals, pool)

    @on(Drawn)
    @on(SelectionChanged)
    def _counted(self) -> None:
        count = self.table.cache.count
        self.filter.count("counting …" if count is None else f"{count} request{'' if count.number == 1 else 's'}")
        chosen = self.table.selected.count(count)
        selected = f"{chosen} selected · y approve · n deny" if self.table.selected and chosen is not None else ""
        tell(self.query_one("#selected", Static), content(selected))
