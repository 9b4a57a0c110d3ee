"""What all screens, dialogs and pages have in common: the console they belong to, asking, and being too small."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from sage_tui.domain.errors import AdminModeNeeded, SessionOver
from sage_tui.tui.asking import Got, Trouble, answer
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import Say
from sage_tui.tui.text import content
from sage_tui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from sage_tui.tui.app import Console
    from sage_tui.tui.screens.chooser import Choice
    from sage_tui.tui.session import Here

T = TypeVar("T")
Result = TypeVar("Result")

TOO_SMALL = Content("This terminal is too small:\nsage-tui needs 60 columns and 15 lines.")


def console_of(node: DOMNode) -> "Console":
    """The console that a screen or page belongs to."""
    return cast("Console", node.app)


def too_small() -> Static:
    """What stands there instead of a screen below 60×15."""
    return Static(TOO_SMALL, classes="too-small")


def tell(where: Static, words: Content) -> None:
    """Say it there; nothing said takes no room, and what stands there already is not written again."""
    where.display = bool(words.plain)
    if where.content != words:
        where.update(words)


class ConsoleScreen(Screen[None]):
    """A whole screen: body, the line for sentences, the keys."""

    BINDINGS = [
        bind("help", "app.help"),
        bind("palette", "app.palette", show=False),
        bind("next_region", "app.focus_next", show=False),
        bind("previous_region", "app.focus_previous", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        # What Textual will note of the size when it lays out: known before, no style is looked up twice.
        width, height = self.app.size
        wide = self._get_breakpoint_classes(width, self.app.HORIZONTAL_BREAKPOINTS or [])
        high = self._get_breakpoint_classes(height, self.app.VERTICAL_BREAKPOINTS or [])
        self.add_class(*wide, *high, update=False)
        self._seen = False

    @on(events.ScreenResume)
    def _resumed(self, event: events.ScreenResume) -> None:
        """What was just mounted has its styles; whoever comes back finds their own looked up again."""
        event.refresh_styles = self._seen
        self._seen = True

    @property
    def console(self) -> "Console":
        """The console."""
        return console_of(self)

    def compose(self) -> ComposeResult:
        with Vertical(id="screen-body"):
            yield from self.body()
            yield Static(id="message")
            yield KeyLine()
        yield too_small()

    def body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    def say(self, words: Content, *, bad: bool = False) -> None:
        """A sentence on the line above the keys."""
        message = self.query_one("#message", Static)
        message.set_class(bad, "-bad")
        tell(message, words)

    def tick(self) -> None:
        """Once a second."""

    def words(self) -> list[tuple[str, str]]:
        """Words of this screen with their meaning, for the help."""
        return []

    def acts(self) -> "list[Choice[Callable[[], object]]]":
        """What can be done here besides keys and buttons, for the palette."""
        return []

    def on_say(self, message: Say) -> None:
        message.stop()
        self.say(message.words, bad=message.bad)


class Dialog(ModalScreen[Result], Generic[Result]):
    """A dialog that returns a value; esc returns None. What is behind is not dimmed; the last line has its keys."""

    BINDINGS = [bind("close")]
    AUTO_FOCUS = "Field, OptionList, Press"
    HEADING = ""
    ENTER = "go on"
    """What enter does in a field."""

    @property
    def console(self) -> "Console":
        """The console."""
        return console_of(self)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = content(self.HEADING)
            yield from self.body()
            yield Static(id="trouble")
            yield from self.foot()
        yield KeyLine()
        yield too_small()

    def body(self) -> ComposeResult:
        """The dialog's own widgets."""
        yield from ()

    def foot(self) -> ComposeResult:
        """What stands under the refusal: hints, buttons."""
        yield from ()

    def complain(self, words: Content) -> None:
        """A sentence inside the dialog; an empty one goes away."""
        tell(self.query_one("#trouble", Static), words)
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        """Bring the refusal into sight, and what is typed or pressed next in any case."""
        for widget in (self.query_one("#trouble"), self.focused):
            if widget is not None:
                widget.scroll_visible(animate=False, immediate=True)

    def on_trouble(self, message: Trouble) -> None:
        """A refusal is said in the dialog; that the session is over is the console's to say."""
        error = message.error
        if not isinstance(error, (SessionOver, AdminModeNeeded)):
            message.stop()
            self.complain(content(f"{error.message} {error.hint}".strip()))

    def action_close(self) -> None:
        self.dismiss(None)


class Page(Widget):
    """A page of the panel: a body without frame. It can be left and returned to (`where`, `return_to`)."""

    TITLE = ""
    unsaved = 0
    """Edits that are staged here."""
    _whose: "Here | None" = None
    _seen = 0
    failed = False
    """Something of the page could not be read when it was last asked for."""

    @property
    def console(self) -> "Console":
        """The console."""
        return console_of(self)

    @property
    def here(self) -> "Here":
        """Who sits here, looking at which organization; while the console leads them out, who sat here."""
        self.belong(self.console.here or self._whose)
        assert self._whose is not None, "a page is shown to somebody"
        return self._whose

    def belong(self, here: "Here | None") -> None:
        """The page is made for whoever sits here."""
        self._whose = here

    async def ask(self, call: Callable[[], T]) -> Got[T] | None:
        """Ask a service; None when it failed, which was told."""
        got = await answer(self, call)
        if got is None:
            self.failed = True
        return got

    def ask_again(self) -> None:
        """The page is opened again: what could not be read before, or was changed since, is asked for now."""
        if self.failed or self._seen != self.console.changes:
            self._seen = self.console.changes
            self.action_refresh()

    def action_refresh(self) -> None:
        self.failed = False
        self.say(Content(""))
        self.ask_all()

    def ask_all(self) -> None:
        """Ask for everything that the page shows."""

    def say(self, words: Content, *, bad: bool = False) -> None:
        """A sentence on the panel's line."""
        self.post_message(Say(words, bad=bad))

    def open_at(self, query: str | None, tab: str) -> None:
        """The page is opened, with a filter if one is given."""

    def where(self) -> object:
        """What `return_to` needs to come back here."""
        return None

    def return_to(self, where: object) -> None:
        """Back to where the page was left."""

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        return None

    def words(self) -> list[tuple[str, str]]:
        """Words of this page with their meaning, for the help."""
        return []

    def acts(self) -> "list[Choice[Callable[[], object]]]":
        """What can be done on this page besides keys and buttons, for the palette; what cannot now says why."""
        return []

    def take_focus(self) -> None:
        """Give the focus to what is used first."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus(scroll_visible=False)
                return
