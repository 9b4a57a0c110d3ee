"""The footer: the keys that act here and now, read from the active bindings."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import RenderResult
from textual.binding import Binding
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea

from sage_tui.tui.keys import bind, rank
from sage_tui.tui.widgets.fields import Press

GAP = 2


def why_not(node: object, action: str) -> str | None:
    """Why an action of this node does nothing now; the node says so itself."""
    asked = getattr(node, "why_not", None)
    return asked(action) if callable(asked) else None


def shown(screen: Screen[object]) -> Iterator[tuple[Binding, bool]]:
    """The bindings for the footer in their order, each once, with whether it is greyed."""
    found: dict[str, tuple[Binding, bool]] = {}
    typing = isinstance(screen.focused, Input | TextArea)
    for active in screen.active_bindings.values():
        binding = active.binding
        if typing and len(binding.key_display or "") == 1:
            continue  # while a text field has the focus, letters and signs are text
        if binding.show and binding.id and binding.id not in found:
            found[binding.id] = (binding, why_not(active.node, binding.action) is not None)
    enter = _enter(screen) if isinstance(screen, ModalScreen) else None
    if enter is not None:
        found.setdefault(enter.id or "", (enter, False))
    return iter(sorted(found.values(), key=lambda item: rank(item[0])))


def _enter(dialog: Screen[object]) -> Binding | None:
    """Enter, as far as the focus makes something of it: a field is gone on from, a button pressed; tab leaves text."""
    match dialog.focused:
        case Input():
            return bind("open", label=getattr(dialog, "ENTER", ""))
        case Press():
            return bind("open", label="press")
        case TextArea():
            return bind("next_region", label="go on")
    return None


class KeyLine(Widget):
    """One line. What does not fit is in `?`, which always fits."""

    COMPONENT_CLASSES = {"key-line--key", "key-line--label", "key-line--greyed"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def render(self) -> RenderResult:
        return ""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        entries = [(binding, greyed) for binding, greyed in shown(self.screen)]
        kept = self._fitting(entries, width - 1)
        segments: list[Segment] = [Segment(" ", self.rich_style)]
        for binding, greyed in kept:
            key, label = self._styles(greyed)
            segments.append(Segment(binding.key_display or binding.key, key))
            segments.append(Segment(f" {binding.description}" + " " * GAP, label))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _styles(self, greyed: bool) -> tuple[Style, Style]:
        if greyed:
            style = self.get_component_rich_style("key-line--greyed")
            return style, style
        return self.get_component_rich_style("key-line--key"), self.get_component_rich_style("key-line--label")

    def _fitting(self, entries: list[tuple[Binding, bool]], room: int) -> list[tuple[Binding, bool]]:
        """As many as fit from the left, `? help` in any case."""
        last = [entry for entry in entries if entry[0].id == "help"]
        others = [entry for entry in entries if entry[0].id != "help"]
        room -= sum(self._cells(entry[0]) for entry in last) - GAP
        kept: list[tuple[Binding, bool]] = []
        for entry in others:
            room -= self._cells(entry[0])
            if room < 0:
                break
            kept.append(entry)
        return kept + last

    @staticmethod
    def _cells(binding: Binding) -> int:
        return cell_len(f"{binding.key_display or binding.key} {binding.description}") + GAP
