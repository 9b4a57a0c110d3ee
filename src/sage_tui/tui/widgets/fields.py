"""Fields and buttons of forms: flat, one line high, without blinking, and secrets that cannot be copied."""

from dataclasses import replace

from rich.text import Text
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from sage_tui.domain.text import clean
from sage_tui.tui.keys import bind


class Field(Input):
    """One line of text. Enter says `Submitted`; letters are text."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        limit: int = 500,
        suggester: Suggester | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(
            clean(value),
            placeholder=placeholder,
            password=password,
            max_length=limit,
            suggester=suggester,
            select_on_focus=False,
            compact=True,
            id=id,
        )
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        """What is drawn: typed or pasted text is cleaned here, a password is dots."""
        if self.password:
            return Text("•" * len(self.value), no_wrap=True, overflow="ignore", end="")
        return Text(clean(self.value), no_wrap=True, overflow="ignore", end="")


class SecretField(Field):
    """A password: copying and cutting are refused (they would send it to the terminal in clear)."""

    def __init__(self, *, limit: int = 200, id: str | None = None) -> None:
        super().__init__(password=True, limit=limit, id=id)

    def action_copy(self) -> None:
        """Refused."""

    def action_cut(self) -> None:
        """Refused."""

    @property
    def selected_text(self) -> str:
        """Nothing to take away, by any way."""
        return ""


class Press(Static, can_focus=True):
    """A button as `[ Save ]`: enter, space or a click presses it."""

    BINDINGS = [
        replace(
            bind("open", "press", label="press", does="press this button", shown="enter space", show=False),
            key="enter,space",
        )
    ]

    class Pressed(Message):
        """The button was pressed."""

        def __init__(self, button: "Press") -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> "Press":
            return self.button

    def __init__(self, label: str, *, id: str | None = None, does: str = "", listed: bool = True) -> None:
        """`does` says in the palette what it is for; not `listed`: a key or an act stands for it there."""
        super().__init__(id=id)
        self._label = ""
        self.does = does
        self.listed = listed
        self.call(label)

    @property
    def label(self) -> str:
        """What stands on it."""
        return self._label

    def call(self, label: str) -> None:
        """Another label."""
        if label != self._label:
            self._label = label
            self.update(Content(f"[ {label} ]"))

    def action_press(self) -> None:
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        self.action_press()
