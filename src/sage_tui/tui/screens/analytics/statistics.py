"""Token Statistics: what was used, by day, month, year, model, department and person; allocations; forecast."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import full
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.errors import SageError, WrongUse
from sage_tui.domain.forecast import HISTORY
from sage_tui.domain.months import day_of
from sage_tui.domain.paging import Sort
from sage_tui.domain.queries import quoted
from sage_tui.domain.queries_fields import STATISTICS
from sage_tui.domain.spans import Range, Span
from sage_tui.domain.statistics import Allocations, BandLine, Line, Statistics, View
from sage_tui.domain.units import Kind
from sage_tui.tui.asking import Trouble, attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack, OpenPage
from sage_tui.tui.screens import exported
from sage_tui.tui.screens.analytics import dates
from sage_tui.tui.screens.analytics import statistics_words as words
from sage_tui.tui.screens.analytics.chart import Chart, Picture
from sage_tui.tui.screens.analytics.statistics_asked import TABS, Asked, Tab, bands_query, month_in
from sage_tui.tui.screens.analytics.statistics_shown import Drawn, Lasts, Shown, of_allocations, of_forecast, of_sums
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.session import ALL, Scope
from sage_tui.tui.text import Part, content, line, lines_of
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.held_rows import HeldRows
from sage_tui.tui.widgets.table_cache import RowId
from sage_tui.tui.widgets.table_messages import Opened, SortChosen
from sage_tui.tui.widgets.window_table import WindowTable

TOP = 100
"""Models, departments and people that are rows of their own; the rest is one."""

TALL = 17
"""Lines of the page from which on there is a picture."""

WHICH = "A forecast is of one organization: o chooses one."
BENEATH = "There is nothing beneath this row."
"""Why enter does nothing."""


class Views(Static):
    """The views by name, the open one marked; a click opens one."""

    class Chosen(Message):
        """A view was clicked."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab = tab

    def mark(self, here: Tab) -> None:
        """Mark the open one."""
        parts: list[Part] = []
        for tab in TABS:
            parts += [(f"▌{tab} ", "bold") if tab is here else f" {tab} "]
        self.update(line(*parts))

    def on_click(self, event: events.Click) -> None:
        left = 0
        for tab in TABS:
            if left <= event.x < left + len(tab) + 2:
                self.post_message(self.Chosen(tab))
            left += len(tab) + 2


class StatisticsPage(Page):
    """The page. It holds a question (`Asked`); all that is seen is drawn from its answer."""

    TITLE = "Token Statistics"
    BINDINGS = [
        bind("views", label="view", does="the view: days, months, models, users …"),
        bind("before", label="period", does="the period before", shown="[ ]"),
        bind("after", show=False, does="the period after"),
        bind("dates"),
        bind("filter"),
        bind("actions", "activity", label="calls", does="the calls behind this row, in Activity Logs"),
        bind("explain"),
        bind("organization"),
        bind("numbers"),
        bind("export", show=False, does="write this view, all of its rows, into a CSV file"),
        bind("refresh"),
        bind("back", show=False),
        bind("close", "close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked = Asked()
        self._been: list[tuple[Asked, RowId | None]] = []
        self._found: Statistics | Allocations | None = None
        self._shown: Shown | None = None
        self._redraw: Callable[[], Shown] | None = None
        self._short = False
        self._cursor: RowId | None = None
        self._sorted: Sort | None = None
        self._rows: HeldRows[Drawn] = HeldRows(lambda row, column: row.order.get(column), lambda row: row.last)

    def compose(self) -> ComposeResult:
        yield Views(id="views")
        yield FilterLine(STATISTICS, noun="all models, departments and people")
        yield Static(id="statistics-numbers")
        yield Chart(id="statistics-chart")
        table: WindowTable[Drawn] = WindowTable(
            self._rows, [Column("name", "Day", Unit.TEXT, 20)], self._draw, Sort("name"),
            empty="·····", selectable=False, id="statistics",
        )  # fmt: skip
        yield table
        yield Static(id="statistics-foot")

    def on_mount(self) -> None:
        self.ask_all()

    def on_resize(self) -> None:
        if self._shown is not None:
            self._picture(self._shown.picture)

    def _picture(self, picture: Picture | None) -> None:
        """The picture, where there is room for it beside a table."""
        self.query_one("#statistics-chart", Chart).show(picture if self.size.height >= TALL else None)

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    @property
    def table(self) -> "WindowTable[Drawn]":
        """The table."""
        return self.query_one("#statistics", WindowTable)

    @property
    def filter(self) -> FilterLine:
        """The filter."""
        return self.query_one(FilterLine)

    @property
    def _row(self) -> object:
        """What the row under the cursor stands for."""
        return self.table.current.value if self.table.current else None

    @property
    def _now(self) -> datetime:
        return to_datetime(self.console.clock.now())

    @property
    def _today(self) -> int:
        return int(day_of(self.console.clock.now()))

    @staticmethod
    def _draw(row: Drawn, column: Column) -> tuple[str, str]:
        return row.cells.get(column.key, ("", ""))  # a row of the view before may meet a column of this one

    # Asking -------------------------------------------------------------------------------------------------------

    def ask_all(self) -> None:
        self._load()

    def look(self, asked: Asked, *, remember: bool = False) -> None:
        """Look at something else; with `remember` backspace leads back here."""
        if remember:
            self._been.append((self._asked, self.table.current_id))
        if asked.tab is not self._asked.tab:
            self._sorted = None
        self._asked, self._cursor = asked, None
        self.query_one(Views).mark(asked.tab)
        if self.filter.typed.strip() != asked.query:
            with self.filter.prevent(FilterLine.Filtered):
                self.filter.set(asked.query)
        self._load()

    @work(group="statistics", exclusive=True)
    async def _load(self) -> None:
        asked, about, today = self._asked, self.here.asks_about, self._today
        self.query_one(Views).mark(asked.tab)
        self.filter.count(words.days_asked(asked.span(today), asked.words(today)))
        if asked.tab is Tab.FORECAST and self.here.operator and about is None:
            self._nothing(WHICH)
            return
        got = await attempt(partial(self._answer, asked, about, today))
        if isinstance(got, WrongUse):
            self.filter.complain(got)
        elif isinstance(got, SageError):
            self.failed = True
            self.post_message(Trouble(got))
        else:
            self._found, self._redraw = got.value
            self._show()

    def _answer(
        self, asked: Asked, about: int | None, today: int
    ) -> tuple[Statistics | Allocations | None, Callable[[], Shown]]:
        """The answer, and how it is drawn. Runs in a thread."""
        statistics, span = self.console.services.statistics, asked.span(today)
        if asked.tab is Tab.FORECAST:
            found = self.console.services.forecasts.forecast(about)
            days = statistics.ask(View.DAYS, Span(min(today - HISTORY, span.first), today), "kind:inference", about)
            sums = {int(one.key): one.sums.inference.charge for one in days.lines}
            return None, lambda: of_forecast(found, sums, self._short, self._now, self._zone, whole=not asked.query)
        if asked.tab is Tab.ALLOCATIONS:
            wanted = statistics.narrowed(asked.query, span, about)
            kind = wanted.kind or Kind.INFERENCE
            bands = statistics.allocations(about, kind, month_in(span, today), wanted.department)
            return bands, lambda: of_allocations(bands, self._short, self._now, self._zone)
        view = asked.tab.view
        assert view is not None
        ranked = view in (View.MODELS, View.DEPARTMENTS, View.USERS)
        sums_ = statistics.ask(view, span, asked.query, about, TOP if ranked else None)
        return sums_, lambda: of_sums(sums_, asked.query, self._short, self._now, self._zone)

    @property
    def _zone(self) -> str:
        return self.here.session.time_zone

    # Showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._redraw is None:
            return
        self._shown = shown = self._redraw()
        self.query_one("#statistics-numbers", Static).update(lines_of(shown.numbers))
        self._picture(shown.picture)
        self.query_one("#statistics-foot", Static).update(content(shown.foot))
        self._rows.hold(shown.drawn())
        table = self.table
        table.empty = table.nothing = shown.empty
        table.set_columns(shown.columns)
        chosen = self._sorted if self._sorted and self._sorted.column in (one.key for one in shown.columns) else None
        table.show(sort=chosen or shown.sort, around=self._cursor)

    def _nothing(self, why: str) -> None:
        self._found, self._shown, self._redraw = None, None, None
        self.query_one("#statistics-numbers", Static).update(Content(why))
        self._picture(None)
        self.query_one("#statistics-foot", Static).update(Content(""))
        self._rows.hold(())
        self.table.set_columns([Column("name", "Of", Unit.TEXT, 20, sortable=False)])
        self.table.empty = self.table.nothing = why
        self.table.show()

    def where(self) -> object:
        return self._asked, self.table.current_id, tuple(self._been)

    def return_to(self, where: object) -> None:
        match where:
            case (Asked() as asked, row, tuple(been)):
                self._been = list(been)
                self._back_to(asked, row if isinstance(row, int) else None)

    def _back_to(self, asked: Asked, row: RowId | None) -> None:
        self.look(asked)
        self._cursor = row

    def open_at(self, query: str | None, tab: str) -> None:
        asked = next((self._asked.seen(one) for one in TABS if one.lower() == tab), self._asked)
        self.look(Asked(asked.tab, asked.range, asked.days, query or ""))

    # Keys ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.here.operator if action == "organization" else True

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        if action in ("before", "after", "dates") and self._asked.tab is Tab.FORECAST:
            return "A forecast is of this month."
        if action in ("activity", "explain") and not isinstance(self._found, Statistics):
            return "This view is of allocations, not of calls." if action == "activity" else None
        return None

    def _refused(self, action: str) -> bool:
        if why := self.why_not(action):
            self.say(content(why))
        return bool(why)

    @on(Views.Chosen)
    def _clicked(self, event: Views.Chosen) -> None:
        self.look(self._asked.seen(event.tab), remember=True)
        self.take_focus()

    @work(group="dialog", exclusive=True)
    async def action_views(self) -> None:
        choices = [Choice(tab, tab.value, SAYS[tab]) for tab in TABS]
        tab = await self.app.push_screen_wait(Chooser("Which view?", choices, here=TABS.index(self._asked.tab)))
        if tab is not None and tab is not self._asked.tab:
            self.look(self._asked.seen(tab), remember=True)

    def action_before(self) -> None:
        if not self._refused("before"):
            self.look(self._asked.moved(-1, self._today))

    def action_after(self) -> None:
        if not self._refused("after"):
            self.look(self._asked.moved(1, self._today))

    @work(group="dialog", exclusive=True)
    async def action_dates(self) -> None:
        if self._refused("dates"):
            return
        chosen = await dates.choose(self, self._asked.range)
        if isinstance(chosen, Range):
            self.look(self._asked.of(chosen))
        elif chosen is not None:
            self.look(self._asked.within(chosen))

    def action_filter(self) -> None:
        self.filter.edit()

    @on(FilterLine.Filtered)
    def _filtered(self, event: FilterLine.Filtered) -> None:
        event.stop()
        if event.query != self._asked.query:
            self._asked = Asked(self._asked.tab, self._asked.range, self._asked.days, event.query)
            self._cursor = None
            self._load()

    @on(FilterLine.Left)
    def _left(self) -> None:
        self.take_focus()

    def action_close(self) -> None:
        if self.filter.typed:
            self.filter.set("")

    def action_numbers(self) -> None:
        self._short = not self._short
        self._cursor = self.table.current_id
        self._show()

    def action_back(self) -> None:
        if self._been:
            self._back_to(*self._been.pop())
        else:
            self.post_message(GoBack())

    @on(SortChosen)
    def _ordered(self, event: SortChosen) -> None:
        event.stop()
        self._sorted = event.sort or self._sorted
        if event.sort is None:
            self.say(content(f"{event.column.title} has no order."))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        row = event.row.value
        if isinstance(row, Line):
            self._deeper(row)
        elif isinstance(row, BandLine) and isinstance(self._found, Allocations):
            query = bands_query(row.band, self._found.kind is Kind.EMBEDDING)
            now = self._found.month == month_in(Span(self._today, self._today), self._today)
            if query is None or not now:
                self.say(content("User Management finds the people of this month alone." if query else BENEATH))
            else:
                self.post_message(OpenPage("users", query))
        elif isinstance(row, Lasts):
            query = f"dept={quoted(row.department)}" if row.department is not None else ""
            self.look(Asked(Tab.DAYS, query=f"{query} kind:{row.kind.value}".strip()), remember=True)

    def _deeper(self, row: Line) -> None:
        asked = None if row.key == words.REST else self._asked.deeper(row)
        if asked is None:
            self.say(content(BENEATH))
        elif self._asked.tab is Tab.DAYS and "user=" in self._asked.query:
            self._calls(row)
        else:
            self.look(asked, remember=True)

    def _calls(self, row: Line) -> None:
        """The calls behind a row, in Activity Logs."""
        query = self._asked.activity(row, self._today)
        if query is None:
            self.say(content(BENEATH))
        else:
            self.post_message(OpenPage("activity", query, "interactions"))

    def action_activity(self) -> None:
        row = self._row
        if not self._refused("activity") and isinstance(row, Line):
            self._calls(row)

    @work(group="dialog", exclusive=True)
    async def action_explain(self) -> None:
        found, row = self._found, self._row
        column = self.table.current_column
        if not isinstance(found, Statistics) or not isinstance(row, Line):
            await self.app.push_screen_wait(Notice(column.title, words.definitions(column.key, column.title)))
            return
        asked = words.row_slice(found, row)
        figure = words.FIGURES.get(column.key, "charge")
        if asked is None:
            await self.app.push_screen_wait(Notice(column.title, words.definitions(column.key, column.title)))
            return
        if column.key in tuple(Kind):
            asked = words.of_kind(asked, Kind(column.key))
        services = self.console.services.statistics
        proof = await acting.long(self, "Adding up the calls …", lambda progress: services.prove(asked))
        if proof is None:
            return
        number = full(words.value(row.sums, "charge" if column.key == "name" else column.key))
        person = words.name(row) if self._asked.tab is Tab.USERS else self._asked.value("user")
        of = words.slice_words(asked, person, self.here.scope.name)
        lines = words.explained(figure, number, of, proof, self._now, self._zone)
        await self.app.push_screen_wait(Notice("What this number is", lines))

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        if self._found is None and self._shown is None:
            self.say(content(WHICH if self._asked.tab is Tab.FORECAST else "There is nothing here to write."))
            return
        sort = self.table.sort if self._asked.tab.view is not None else None
        await exported.export(self, self._asked.export(self.here.asks_about, self._today, sort), "row")

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

    def acts(self) -> list[Choice[Callable[[], object]]]:
        """The views and stretches, for the palette."""
        found: list[Choice[Callable[[], object]]] = [
            Choice(partial(self.look, self._asked.seen(tab), remember=True), f"{tab}: {SAYS[tab]}") for tab in TABS
        ]
        return found + [Choice(partial(self.look, self._asked.of(one)), f"{one.value}") for one in Range]

    def words(self) -> list[tuple[str, str]]:
        return [
            *((one.example, one.meaning) for one in STATISTICS.values()),
            ("charged", "tokens by the models' weights: what limits count; counted tokens stand beside it"),
            ("stranded", "allocated and not used"),
            ("▓ ▒", "inference, embedding; used, stranded; used, still to come"),
        ]


SAYS = {
    Tab.DAYS: "by UTC day",
    Tab.MONTHS: "by month",
    Tab.YEARS: "by year",
    Tab.MODELS: "by model, with their share",
    Tab.DEPARTMENTS: "by the department that people have now",
    Tab.USERS: "by person, the most charged first",
    Tab.ALLOCATIONS: "allocation against use, and what is stranded",
    Tab.FORECAST: "until when pools and departments' allocations last",
}
"""What each view is."""
