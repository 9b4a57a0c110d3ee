"""The list of pages: stands at the left on wide screens, opens over the content on narrow ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.app import RenderResult
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from sage_tui.tui.keys import bind, moves
from sage_tui.tui.pages import Group, Page
from sage_tui.tui.widgets.table_drawing import fit

HOME = "home"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sidebar; `goes` is a page's id, or nothing for headings and gaps."""

    text: str
    goes: str = ""


def lines_for(pages: Sequence[Page]) -> tuple[Line, ...]:
    """Name, pages by their groups, and the way home."""
    lines = [Line("sage-tui")]
    for group in Group:
        members = [page for page in pages if page.group is group]
        if members and group:
            lines += [Line(""), Line(group.value.upper())]
        lines += [Line(f"{page.number} {page.title}", page.id) for page in members]
    return (*lines, Line(""), Line("0 Member home", HOME))


class Sidebar(Widget, can_focus=True):
    """Pages to choose from. Knows which one is open, opens none itself."""

    BINDINGS = [*moves("up", "down", "first", "last"), bind("open", label="open", does="open the page")]
    COMPONENT_CLASSES = {"sidebar--heading", "sidebar--here", "sidebar--cursor"}

    current: reactive[str] = reactive("")
    cursor: reactive[int] = reactive(0)

    class Chosen(Message):
        """A page was chosen (its id, or `home`)."""

        def __init__(self, page: str) -> None:
            super().__init__()
            self.page = page

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._badges: dict[str, int] = {}

    def show(self, pages: Sequence[Page]) -> None:
        """List these pages."""
        self._lines = lines_for(pages)
        self.refresh()

    def badge(self, page: str, waiting: int) -> None:
        """How many things wait on a page."""
        self._badges[page] = waiting
        self.refresh()

    def on_focus(self) -> None:
        self.cursor = next((n for n, line in enumerate(self._lines) if line.goes == self.current), 1)

    def render(self) -> RenderResult:
        return ""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        style, mark = self.rich_style, " "
        if y >= len(self._lines):
            return Strip.blank(width, style)
        line = self._lines[y]
        if not line.goes:
            style = self.get_component_rich_style("sidebar--heading")
        elif self.has_focus and y == self.cursor:
            style, mark = self.get_component_rich_style("sidebar--cursor"), "›"
        elif line.goes == self.current:
            style = self.get_component_rich_style("sidebar--here")
        if line.goes and line.goes == self.current:
            mark = "▌"
        waiting = self._badges.get(line.goes, 0)
        badge = f" {waiting:,} " if waiting else ""
        return Strip([Segment(mark + fit(line.text, max(width - 1 - len(badge), 1)) + badge, style)], width)

    def _step(self, step: int) -> None:
        row = self.cursor + step
        while 0 <= row < len(self._lines):
            if self._lines[row].goes:
                self.cursor = row
                return
            row += step

    def action_up(self) -> None:
        self._step(-1)

    def action_down(self) -> None:
        self._step(1)

    def action_first(self) -> None:
        self.cursor = -1
        self._step(1)

    def action_last(self) -> None:
        self.cursor = len(self._lines)
        self._step(-1)

    def action_open(self) -> None:
        if 0 <= self.cursor < len(self._lines) and self._lines[self.cursor].goes:
            self.post_message(self.Chosen(self._lines[self.cursor].goes))

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._lines) and (goes := self._lines[event.y].goes):
            self.cursor = event.y
            self.post_message(self.Chosen(goes))
