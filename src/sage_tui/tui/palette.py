"""The command palette: every act and page by name. It lists what acts here: the active bindings, the buttons that are
seen, and the acts that the page tells of."""

from collections.abc import Callable, Iterator
from functools import partial

from textual.screen import Screen
from textual.widget import Widget

from sage_tui.tui.screens.base import ConsoleScreen
from sage_tui.tui.screens.chooser import Choice
from sage_tui.tui.themes import LABELS
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.key_line import why_not

HIDDEN = {"palette", "close", "next_region", "previous_region", "up", "down", "left", "right", "page_up", "page_down"}
"""Words that mean nothing by name."""

Run = Callable[[], object]
"""What a choice does; an awaitable is awaited."""


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def choices(screen: Screen[object]) -> list[Choice[Run]]:
    """What can be done here, keys, buttons and acts in one order; then themes."""
    listed = [*_keys(screen), *_buttons(screen)]
    if isinstance(screen, ConsoleScreen):
        listed += screen.acts()
    themes: list[Choice[Run]] = [
        Choice(partial(screen.app.run_action, f"app.theme('{id}')", screen), f"Theme: {label}")
        for id, label in LABELS.items()
    ]
    return sorted(listed, key=lambda choice: choice.name) + themes


def _keys(screen: Screen[object]) -> Iterator[Choice[Run]]:
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.id or binding.id in HIDDEN or binding.id in seen:
            continue
        seen.add(binding.id)
        page = binding.id.startswith("page-")
        name = f"Go to {binding.description}" if page else _upper(binding.tooltip or binding.description)
        run = partial(screen.app.run_action, binding.action, active.node)
        yield Choice(run, name, binding.key_display or binding.key, why_not(active.node, binding.action))


def _buttons(screen: Screen[object]) -> Iterator[Choice[Run]]:
    for press in screen.query(Press):
        if press.listed and all(node.display for node in press.ancestors_with_self if isinstance(node, Widget)):
            yield Choice(press.action_press, press.label, press.does)
