"""Settings: each with its value, where that comes from, what it means, its default, and who may change it."""

from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from sage_tui.domain import permissions
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.settings import SettingValue, find
from sage_tui.domain.text import clean
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack
from sage_tui.tui.screens.ask import Ask
from sage_tui.tui.screens.base import Page, tell
from sage_tui.tui.screens.management import acting
from sage_tui.tui.text import content
from sage_tui.tui.widgets.held_rows import HeldRows
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.table_messages import Drawn, Moved, Opened
from sage_tui.tui.widgets.window_table import WindowTable

COLUMNS = (
    Column("key", "Setting", Unit.TEXT, 20, sortable=False),
    Column("value", "Value", Unit.TEXT, 18, sortable=False),
    Column("source", "From", Unit.TEXT, 18, sortable=False),
    Column("who", "Changed by", Unit.TEXT, 12, sortable=False),
)
SOURCES = {"default": "the default", "set": "set here", "platform": "the whole platform"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that was typed; None is back to the default, or to the platform's."""

    value: str | None


class SettingsPage(Page):
    """The page: the platform's settings, or with an organization chosen those that it may have for itself."""

    TITLE = "Settings"
    BINDINGS = [
        bind("edit", does="change the setting under the cursor"),
        bind("refresh"),
        bind("close", "close", label="back", does="back to where I came from"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: HeldRows[SettingValue] = HeldRows(lambda row, column: None, lambda row: False)

    def compose(self) -> ComposeResult:
        yield Static(id="settings-whose")
        yield WindowTable(self._rows, COLUMNS, draw, Sort("key"), empty="·····", selectable=False, id="settings")
        yield Static(id="settings-meaning")

    @property
    def table(self) -> "WindowTable[SettingValue]":
        """The table."""
        return self.query_one("#settings", WindowTable)

    def on_mount(self) -> None:
        self.ask_all()

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    def ask_all(self) -> None:
        self._load()

    @work(group="settings", exclusive=True)
    async def _load(self) -> None:
        about = self.here.asks_about
        whose = "the whole platform" if about is None else self.here.scope.name
        self.query_one("#settings-whose", Static).update(content(f"Settings of {whose}"))
        got = await self.ask(lambda: self.console.services.settings.list_settings(about))
        if got:
            self._rows.hold(got.value)
            self.table.empty = self.table.nothing = "There are no settings here."
            self.table.reload()

    @on(Moved)
    @on(Drawn)
    def _moved(self) -> None:
        row = self.table.current
        words = f"{row.meaning}. Default: {row.default or 'nothing'}." if row is not None else ""
        tell(self.query_one("#settings-meaning", Static), content(words[:1].upper() + words[1:]))

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        return permissions.why_not(self.here.actor, Verb.SETTINGS_SET) if action == "edit" else None

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        self.action_edit()

    @work(group="dialog", exclusive=True)
    async def action_edit(self) -> None:
        row, refused = self.table.current, self.why_not("edit")
        if refused or row is None:
            self.say(content(refused or ""))
            return
        words = f"{row.meaning[:1].upper()}{row.meaning[1:]}. Now {row.value or 'nothing'}."
        label = "the new value; nothing: back to the default" if self.here.asks_about is None else (
            "the new value; nothing: as the platform has it"
        )  # fmt: skip
        typed = await self.app.push_screen_wait(
            Ask(f"Change {row.key}", words, lambda text: read(row.key, text), label=label, go="Save", limit=500)
        )
        if typed is None:
            return
        about, put = self.here.asks_about, self.console.services.settings.put
        got = await acting.stepped(self, lambda: put(row.key, typed.value, about))
        if got is not None:
            self.say(content(f"{row.key} is {got.value.value or 'nothing'} now ({SOURCES[got.value.source]})."))
            self.ask_all()

    def action_close(self) -> None:
        self.post_message(GoBack())

    def words(self) -> list[tuple[str, str]]:
        return [("the default", "nobody changed it"), ("the whole platform", "an organization has it from there")]


def read(key: str, text: str) -> Typed:
    """What was typed. Raises FieldError."""
    return Typed(find(key).check(text) if text else None)


def draw(row: SettingValue, column: Column) -> Cell:
    """A cell."""
    if column.key == "who":
        return "operators", "quiet"
    if column.key == "source":
        return SOURCES[row.source], "" if row.source == "set" else "quiet"
    if column.key == "value":
        return clean(row.value, limit=80) or "·", ""
    return row.key, ""
