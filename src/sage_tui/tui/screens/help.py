"""`?`: the keys that act here, by group, and the words of this page."""

from collections.abc import Iterable

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from sage_tui.tui.keys import EDIT, GO, MOVE, SELECT, SHOW, STAY, bind
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import Line, lines_of
from sage_tui.tui.widgets.key_line import why_not

GROUPS = (GO, EDIT, SHOW, SELECT, MOVE, STAY)


def entries(screen: Screen[object]) -> dict[str, tuple[Binding, str | None]]:
    """The active words of the vocabulary with the reason when one does nothing now."""
    found: dict[str, tuple[Binding, str | None]] = {}
    for active in screen.active_bindings.values():
        if active.binding.id and active.binding.id not in found:
            found[active.binding.id] = (active.binding, why_not(active.node, active.binding.action))
    return found


def describe(screen: Screen[object], words: Iterable[tuple[str, str]]) -> list[Line]:
    """The help's lines: groups of keys, then the words of the page."""
    lines: list[Line] = []
    known = entries(screen).values()
    for group in GROUPS:
        members = [(binding, reason) for binding, reason in known if binding.group is group]
        if members:
            lines += [((group.description.capitalize(), "bold"),)]
        for binding, reason in members:
            says = binding.tooltip + (f" (now not: {reason})" if reason else "")
            lines.append((f"  {padded(binding.key_display or binding.key, 12)} {says}",))
    pages = [binding for binding, _ in known if (binding.id or "").startswith("page-")]
    if pages:
        lines += [(("Pages", "bold"),)]
        lines += [(f"  {padded(binding.key, 12)} {binding.description}",) for binding in pages]
    words = list(words)
    if words:
        lines += [(("Words of this page", "bold"),)]
        lines += [(f"  {padded(word, 22)} {meaning}",) for word, meaning in words]
    return lines


def padded(text: str, cells: int) -> str:
    """Text filled up with blanks."""
    return text + " " * max(cells - cell_len(text), 0)


class HelpScreen(Dialog[None]):
    """Scrolls; esc or `?` closes it."""

    BINDINGS = [bind("help", "close", label="close")]
    HEADING = "Keys and words of this page"
    AUTO_FOCUS = "#help"

    def __init__(self, screen: Screen[object], words: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self._text: Content = lines_of(describe(screen, words))

    def body(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(self._text)
