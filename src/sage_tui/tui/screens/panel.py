"""The panel: frame of all pages. Sidebar, content header, page slot, line for sentences, keys."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import SageError
from sage_tui.domain.permissions import Verb, may, why_not
from sage_tui.domain.requests import Status
from sage_tui.domain.units import Role
from sage_tui.tui import times
from sage_tui.tui.asking import attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack, OpenPage, OpenPerson, Waiting
from sage_tui.tui.pages import BY_ID, INSIDE, PAGES, pages_for
from sage_tui.tui.screens.base import ConsoleScreen, Page, too_small
from sage_tui.tui.screens.chooser import Choice
from sage_tui.tui.session import LAST_MINUTE, Scope, time_left
from sage_tui.tui.widgets.content_header import ContentHeader, MenuMark
from sage_tui.tui.widgets.key_line import KeyLine
from sage_tui.tui.widgets.sidebar import HOME, Sidebar

REMEMBERED = 50
"""Places that backspace can go back through."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was open: its id (a person's is `person:42`, see `INSIDE`), and where it stood."""

    page: str
    where: object = None


class PanelScreen(ConsoleScreen):
    """The admin panel."""

    BINDINGS = [
        bind("menu"),
        bind("home", show=False),
        bind("lock"),
        bind("back", show=False),
        bind("close", "close_drawer", show=False),
        *[
            Binding(str(page.number), f"page('{page.id}')", page.title, show=False, id=f"page-{page.id}")
            for page in PAGES
        ],
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._bodies: dict[str, Page] = {}
        self._open = ""
        self._been: list[Visit] = []
        self._before_menu: Widget | None = None
        self._scope: Scope | None = None
        self._warned = False

    def compose(self) -> ComposeResult:
        yield Sidebar(id="sidebar")
        with Vertical(id="panel-content"):
            yield ContentHeader()
            yield Container(id="slot")
            yield Static(id="message")
            yield KeyLine()
        yield too_small()

    def on_mount(self) -> None:
        here = self.console.here
        if here is None:
            return
        self.query_one(Sidebar).show(pages_for(here.actor))
        self.watch(self.console, "here", self._here_changed)
        start = self.console.take_start()
        self.call_later(self.open, start.page, start.query or None)

    def _here_changed(self) -> None:
        here = self.console.here
        if here is None or not self.query("#who"):
            return
        if self._scope is not None and here.scope != self._scope:
            self.call_later(self.scope_changed)
        self._scope = here.scope
        now = to_datetime(self.console.clock.now())
        zone = times.zone_name(here.session.time_zone)
        self.query_one(ContentHeader).where(f"{here.scope.name} · {times.month(now)} {zone}")
        self.tick()

    def tick(self) -> None:
        """Once a second: the minutes left, if they read differently."""
        here = self.console.here
        seconds = here.seconds_left(to_datetime(self.console.clock.now())) if here else None
        if here is None or seconds is None or not self.query("#who"):
            return
        mode = "OPERATOR" if here.session.role is Role.SUPER_ADMIN else "ADMIN"
        mode = f"READ-ONLY {mode}" if here.session.read_only else mode
        who = here.session.email.split("@")[0][:14]
        urgent = seconds <= LAST_MINUTE
        self.query_one(ContentHeader).who(f"{mode} {who} · {time_left(seconds)}", urgent)
        if urgent:
            self.say(Content(f"Admin mode ends in {seconds} s. Any key keeps it."), bad=True)
        elif self._warned:
            self.say(Content(""))
        self._warned = urgent

    # Pages --------------------------------------------------------------------------------------------------------

    async def open(self, page: str, query: str | None = None, tab: str = "", *, remember: bool = True) -> None:
        """Show a page, filtered; the one before is remembered for backspace."""
        if self.console.here is None:
            return  # it was still to be opened when the session ended
        self.say(Content(""))
        leaving = self._bodies.get(self._open)
        if remember and leaving is not None and self._open != page:
            self._been = [*self._been, Visit(self._open, leaving.where())][-REMEMBERED:]
        known = page in self._bodies
        body = await self._body(page)
        if leaving is not None and leaving is not body:
            leaving.display = False
            if ":" in self._open:  # of one person, of one batch: made anew each time
                self._bodies.pop(self._open)
                await leaving.remove()
        body.display = True
        self._open = page
        name = page.partition(":")[0]
        self.query_one(Sidebar).current = INSIDE[name].under if name in INSIDE else name
        self.query_one(ContentHeader).title(body.TITLE)
        if query is not None or tab:
            body.open_at(query, tab)
        if known:
            body.ask_again()
        body.take_focus()

    async def _body(self, page: str) -> Page:
        if page not in self._bodies:
            name, _, number = page.partition(":")
            body: Page
            if name in INSIDE:
                body = INSIDE[name].load()(*[int(number)] if number else [])
            else:
                body = BY_ID[page].load()()
            self._bodies[page] = body
            body.belong(self.console.here)
            await self.query_one("#slot").mount(body)
        return self._bodies[page]

    def on_open_page(self, message: OpenPage) -> None:
        self.call_later(self.open, message.page, message.query, message.tab)

    def on_open_person(self, message: OpenPerson) -> None:
        self.call_later(self.open, f"person:{message.user_id}")

    def on_go_back(self, message: GoBack) -> None:
        if self._been:
            self.action_back()
        elif (name := self._open.partition(":")[0]) in INSIDE:
            self.call_later(self.open, INSIDE[name].under, remember=False)

    def on_waiting(self, message: Waiting) -> None:
        self.query_one(ContentHeader).badge(message.number)
        self.query_one(Sidebar).badge("requests", message.requests)

    def action_page(self, page: str) -> None:
        here = self.console.here
        if here is not None and BY_ID[page] in pages_for(here.actor):
            self._close_menu()
            self.call_later(self.open, page)

    def action_back(self) -> None:
        if self._been:
            self.call_later(self._go_back)

    async def _go_back(self) -> None:
        visit = self._been.pop()
        await self.open(visit.page, remember=False)
        self._bodies[visit.page].return_to(visit.where)

    async def scope_changed(self) -> None:
        """Another organization: what pages hold is of the one before."""
        self.query_one(ContentHeader).badge(0)
        self.query_one(Sidebar).badge("requests", 0)
        name = self._open.partition(":")[0]
        page = INSIDE[name].without if name in INSIDE else name
        bodies, self._bodies, self._been, self._open = list(self._bodies.values()), {}, [], ""
        for body in bodies:
            await body.remove()
        await self.open(page)
        self._count_waiting()

    @work(group="waiting", exclusive=True)
    async def _count_waiting(self) -> None:
        """How many requests wait where one looks now: other pages than Today and Token Requests do not say."""
        here = self.console.here
        if here is None or not may(here.actor, Verb.REQUESTS_LIST):
            return
        about = here.asks_about
        got = await attempt(lambda: self.console.services.requests.totals(about))
        if not isinstance(got, SageError) and self.console.here is here:
            totals = got.value
            self.on_waiting(Waiting(totals.waiting, totals.by_status[Status.PENDING]))

    # Menu ---------------------------------------------------------------------------------------------------------

    def action_menu(self) -> None:
        sidebar = self.query_one(Sidebar)
        if self.has_class("-drawer-open") or sidebar.has_focus:
            self._close_menu()
            return
        self._before_menu = self.focused
        self.add_class("-drawer-open")
        self.call_after_refresh(sidebar.focus)

    def _close_menu(self) -> None:
        if not self.has_class("-drawer-open") and not self.query_one(Sidebar).has_focus:
            return
        self.remove_class("-drawer-open")
        if self._before_menu is not None and self._before_menu.is_attached:
            self._before_menu.focus(scroll_visible=False)
        self._before_menu = None

    def action_close_drawer(self) -> None:
        self._close_menu()

    def on_menu_mark_pressed(self, message: MenuMark.Pressed) -> None:
        self.action_menu()

    def on_sidebar_chosen(self, message: Sidebar.Chosen) -> None:
        self._close_menu()
        if message.page == HOME:
            self.action_home()
        else:
            self.action_page(message.page)

    def action_home(self) -> None:
        self._close_menu()
        self.console.show_home()

    def action_lock(self) -> None:
        self.console.lock()

    def words(self) -> list[tuple[str, str]]:
        body = self._bodies.get(self._open)
        return body.words() if body is not None else []

    def acts(self) -> "list[Choice[Callable[[], object]]]":
        body, here = self._bodies.get(self._open), self.console.here
        refused = why_not(here.actor, Verb.SETTINGS_LIST) if here is not None else None
        settings: Choice[Callable[[], object]] = Choice(
            lambda: self.post_message(OpenPage("settings")),
            "Settings",
            "each with its meaning and its default",
            refused,
        )
        return [*(body.acts() if body is not None else []), settings]
