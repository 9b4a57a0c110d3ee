"""A field over the cell that is edited: enter stages, esc leaves it as it was."""

from textual import events
from textual.geometry import Offset
from textual.message import Message

from sage_tui.tui.keys import bind
from sage_tui.tui.widgets.fields import Field


class CellEditor(Field):
    """One cell's text, at the cell's place."""

    BINDINGS = [
        bind("open", "submit", label="stage", does="stage what was typed"),
        bind("close", "leave", label="leave it", does="leave the cell as it was"),
    ]

    class Left(Message):
        """The cell was left; `text` is None when nothing shall come of it."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def __init__(self, text: str, at: Offset, width: int) -> None:
        super().__init__(text, limit=100, id="cell-editor")
        self.styles.offset = (at.x, at.y)
        self.styles.width = width
        self._over = False

    def on_mount(self) -> None:
        self.focus(scroll_visible=False)
        self.action_end()
        self.select_all()

    def action_leave(self) -> None:
        self._end(None)

    async def action_submit(self) -> None:
        self._end(self.value)

    def on_blur(self, event: events.Blur) -> None:
        # Somebody clicked elsewhere: what was typed counts as typed only when it was entered.
        if self.app.app_focus:
            self._end(None)

    def close(self) -> str:
        """What was typed so far; the editor says nothing more."""
        self._over = True
        return self.value

    def _end(self, text: str | None) -> None:
        if not self._over:
            self._over = True
            self.post_message(self.Left(text))
