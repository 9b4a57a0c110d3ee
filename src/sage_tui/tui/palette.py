"""The command palette: every act and page by name, made from the active bindings, so that it lists what acts here."""

from dataclasses import dataclass

from textual.dom import DOMNode
from textual.screen import Screen

from sage_tui.tui.screens.chooser import Choice
from sage_tui.tui.themes import LABELS
from sage_tui.tui.widgets.key_line import why_not

HIDDEN = {"palette", "close", "next_region", "previous_region", "up", "down", "left", "right", "page_up", "page_down"}
"""Words that mean nothing by name."""


@dataclass(frozen=True, slots=True)
class Act:
    """An action of a node."""

    action: str
    node: DOMNode


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def choices(screen: Screen[object]) -> list[Choice[Act]]:
    """What can be done here, with its key; then pages and themes."""
    found: dict[str, Choice[Act]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.id or binding.id in HIDDEN or binding.id in found:
            continue
        page = binding.id.startswith("page-")
        name = f"Go to {binding.description}" if page else _upper(binding.tooltip or binding.description)
        key = binding.key_display or binding.key
        reason = why_not(active.node, binding.action)
        found[binding.id] = Choice(Act(binding.action, active.node), f"{name}", key, reason)
    listed = sorted(found.values(), key=lambda choice: choice.name)
    themes = [Choice(Act(f"app.theme('{id}')", screen), f"Theme: {label}") for id, label in LABELS.items()]
    return listed + themes
