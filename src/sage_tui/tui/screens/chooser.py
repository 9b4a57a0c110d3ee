"""Choose one of several by name: the palette, organizations, views. Typing narrows, enter chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static
from textual.widgets.option_list import Option

from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.help import padded
from sage_tui.tui.text import content, line
from sage_tui.tui.widgets.fields import Field
from sage_tui.tui.widgets.options import Options

T = TypeVar("T")

SHOWN = 200
"""Choices that are listed at once; typing finds the others."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Something to choose; `why_not` greys it and says why."""

    value: T
    name: str
    says: str = ""
    why_not: str | None = None


class Chooser(Dialog[T], Generic[T]):
    """A list with a field that narrows it. Returns the chosen value."""

    BINDINGS = [
        Binding("down", "down", show=False),
        Binding("up", "up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
    ]

    ENTER = "choose"

    def __init__(
        self, heading: str, choices: Sequence[Choice[T]], *, here: int = 0, hint: str = "", empty: str = ""
    ) -> None:
        super().__init__()
        self.HEADING = heading
        self._choices = tuple(choices)
        self._found: list[Choice[T]] = []
        self._begin = here
        self._hint = hint
        self._empty = empty or "There is nothing to choose. esc goes back."

    def body(self) -> ComposeResult:
        yield Field(placeholder="type to narrow", id="narrow")
        choices = Options(id="choices")
        choices.can_focus = False
        yield choices
        if self._hint:
            yield Static(content(self._hint), id="hint")

    def on_mount(self) -> None:
        self._narrow("")
        if self._found:
            self.query_one(Options).highlighted = min(self._begin, len(self._found) - 1)

    def _narrow(self, words: str) -> None:
        wanted = words.casefold().split()
        matching = [c for c in self._choices if all(w in f"{c.name} {c.says}".casefold() for w in wanted)]
        self._found = matching[:SHOWN]
        options = self.query_one(Options)
        options.clear_options()
        width = max((len(c.name) for c in self._found), default=0)
        options.add_options([Option(line(self._label(c, min(width, 40)))) for c in self._found])
        options.highlighted = 0 if self._found else None
        self.complain(content("" if self._found else "Nothing by that name." if self._choices else self._empty))

    @staticmethod
    def _label(choice: Choice[T], width: int) -> str:
        says = f"not now: {choice.why_not}" if choice.why_not else choice.says
        return f"{padded(choice.name, width)}  {says}".rstrip()

    @on(Field.Changed, "#narrow")
    def _typed(self, event: Field.Changed) -> None:
        self._narrow(event.value)

    @on(Field.Submitted, "#narrow")
    def _entered(self) -> None:
        self._choose(self.query_one(Options).highlighted)

    @on(Options.OptionSelected)
    def _clicked(self, event: Options.OptionSelected) -> None:
        self._choose(event.option_index)

    def _choose(self, index: int | None) -> None:
        if index is None or index >= len(self._found):
            return
        choice = self._found[index]
        if choice.why_not:
            self.complain(content(choice.why_not))
        else:
            self.dismiss(choice.value)

    def action_down(self) -> None:
        self.query_one(Options).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(Options).action_cursor_up()

    def action_page_down(self) -> None:
        self.query_one(Options).action_page_down()  # type: ignore[no-untyped-call]

    def action_page_up(self) -> None:
        self.query_one(Options).action_page_up()  # type: ignore[no-untyped-call]
