"""The line over every page: where I am, of whom, and as whom with how many minutes left."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from sage_tui.domain.text import clean
from sage_tui.tui.text import content
from sage_tui.tui.widgets.table_drawing import fit

DOT = " · "
"""Between the organization and the month."""

GAPS = 2
"""Cells left free: after the title, and before who."""


class MenuMark(Static):
    """≡ with the number of things that wait; a click opens the menu."""

    class Pressed(Message):
        """≡ was clicked."""

    def on_click(self) -> None:
        self.post_message(self.Pressed())


LEAST = 8
"""Cells that the title and the organization keep while the other can still be cut."""


def fitted(title: str, name: str, when: str, room: int) -> tuple[str, str]:
    """Title, and organization with month and zone, in so many cells: first the organization is cut, then the
    title, then the organization goes; month and zone are never cut."""
    titled, named, fixed = cell_len(title), cell_len(name), cell_len(when) + GAPS
    name_cells = max(min(named, LEAST), min(named, room - titled - fixed - len(DOT)))
    title_cells = max(min(titled, LEAST), min(titled, room - name_cells - fixed - len(DOT)))
    if title_cells + name_cells + len(DOT) + fixed > room:
        return _cut(title, max(room - fixed, 1)), when
    return _cut(title, title_cells), f"{_cut(name, name_cells)}{DOT if name else ''}{when}"


def _cut(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else fit(text, cells)


class ContentHeader(Horizontal):
    """Menu mark, title, organization and month, who and minutes. Parts are given from above."""

    def __init__(self) -> None:
        super().__init__()
        self._heading = self._organization = self._month = ""

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Write title and organization as the room allows."""
        mark, who = self.query_one("#menu-mark", Static), self.query_one("#who", Static)
        marked = cell_len(str(mark.content)) + 1 if mark.display else 0
        room = self.size.width - marked - cell_len(str(who.content))
        title, where = fitted(self._heading, self._organization, self._month, room if self.size.width else 1_000)
        for id, words in (("#title", title), ("#where", where)):
            part = self.query_one(id, Static)
            if str(part.content) != words:
                part.update(content(words))

    def compose(self) -> ComposeResult:
        yield MenuMark(Content("≡"), id="menu-mark")
        yield Static(id="title")
        yield Static(id="where")
        yield Static(id="who")

    def badge(self, waiting: int) -> None:
        """How many things wait."""
        self.query_one("#menu-mark", MenuMark).update(content(f"≡ {waiting}" if waiting else "≡"))
        self._fit()

    def title(self, words: str) -> None:
        """The page's title."""
        self._heading = clean(words)
        self._fit()

    def where(self, words: str) -> None:
        """Organization, a dot, month and zone."""
        self._organization, _, self._month = clean(words).rpartition(DOT)
        self._fit()

    def who(self, words: str, urgent: bool) -> None:
        """Who, in which mode, for how long; urgent in the last minute. Repaints itself and not the layout."""
        who, said = self.query_one("#who", Static), content(words)
        who.set_class(urgent, "-urgent")
        if who.content != said:  # asked every second: only what reads differently is written
            wider = cell_len(str(who.content)) != cell_len(words)
            who.update(said, layout=wider)
            if wider:
                self._fit()
