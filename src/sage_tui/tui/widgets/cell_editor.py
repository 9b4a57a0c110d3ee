"""A field over the cell that is edited: enter stages, esc leaves it as it was. What is refused stays to be mended."""

from collections.abc import Callable
from dataclasses import replace

from textual import events
from textual.geometry import Region
from textual.message import Message

from sage_tui.tui.keys import bind
from sage_tui.tui.widgets.fields import Field


class CellEditor(Field):
    """One cell's text, at the cell's place. `enter` takes what was typed, or says no: then the field stays as it is."""

    BINDINGS = [
        bind("open", "submit", label="stage", does="stage what was typed"),
        bind("close", "leave", label="leave it", does="leave the cell as it was"),
        # Letters are text here: of the keys that move only the arrows do.
        replace(bind("up", "submit(-1)", does="stage what was typed, one up", show=False), key="up"),
        replace(bind("down", "submit(1)", does="stage what was typed, one down", show=False), key="down"),
    ]

    class Left(Message):
        """The cell was left, by so many rows: what was typed was taken, or `nothing` shall come of it."""

        def __init__(self, rows: int = 0, *, nothing: bool = False, focus: bool = True) -> None:
            super().__init__()
            self.rows = rows
            self.nothing = nothing
            self.focus = focus
            """Does the table get the focus? Not when something else was given it."""

    def __init__(self, text: str, cell: Region, enter: Callable[[str], bool]) -> None:
        super().__init__(text, limit=100, id="cell-editor")
        self._first = self.value
        self._enter = enter
        self._over = False
        self.stand(cell)

    def stand(self, cell: Region) -> None:
        """Stand there: the terminal's size may change while something is typed."""
        self.styles.offset = (cell.x, cell.y)
        self.styles.width = cell.width

    def on_mount(self) -> None:
        self.focus(scroll_visible=False)
        self.action_end()
        self.select_all()

    def action_leave(self) -> None:
        self._end(self.Left(nothing=True))

    async def action_submit(self, rows: int = 0) -> None:
        if self.taken():
            self._end(self.Left(rows))

    def on_blur(self, event: events.Blur) -> None:
        # tab, or a click elsewhere: what was typed is staged like what was entered, and what is refused is not lost.
        if self._over or not self.app.app_focus:
            return
        if self.value == self._first or self.taken():
            self._end(self.Left(focus=False))
        elif all(node.display for node in self.ancestors_with_self):
            self.focus(scroll_visible=False)  # on a page that was left it waits until somebody comes back

    def taken(self) -> bool:
        """Was what is typed taken? It is asked once; what was refused can be mended."""
        if not self._over and self._enter(self.value):
            self._over = True
            return True
        return self._over

    def _end(self, left: Left) -> None:
        self._over = True
        self.post_message(left)
