"""The line over every page: where I am, of whom, and as whom with how many minutes left."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from sage_tui.tui.text import content


class MenuMark(Static):
    """≡ with the number of things that wait; a click opens the menu."""

    class Pressed(Message):
        """≡ was clicked."""

    def on_click(self) -> None:
        self.post_message(self.Pressed())


class ContentHeader(Horizontal):
    """Menu mark, title, organization and month, who and minutes. Parts are given from above."""

    def compose(self) -> ComposeResult:
        yield MenuMark(Content("≡"), id="menu-mark")
        yield Static(id="title")
        yield Static(id="where")
        yield Static(id="who")

    def badge(self, waiting: int) -> None:
        """How many things wait."""
        self.query_one("#menu-mark", MenuMark).update(content(f"≡ {waiting}" if waiting else "≡"))

    def title(self, words: str) -> None:
        """The page's title."""
        self.query_one("#title", Static).update(content(words))

    def where(self, words: str) -> None:
        """Organization, month, zone."""
        self.query_one("#where", Static).update(content(words))

    def who(self, words: str, urgent: bool) -> None:
        """Who, in which mode, for how long; urgent in the last minute. Repaints itself and not the layout."""
        who, said = self.query_one("#who", Static), content(words)
        who.set_class(urgent, "-urgent")
        if who.content != said:  # asked every second: only what reads differently is written
            who.update(said, layout=cell_len(str(who.content)) != cell_len(words))
