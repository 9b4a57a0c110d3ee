"""The one vocabulary of keys. Bindings are made from it; footer, `?`, palette and the key guide read it.

The same key means the same thing everywhere (docs/keys.md). A widget binds `bind("sort")` and writes `action_sort`;
what it is called, how it is shown and what it does in words stand here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding

MOVE = Binding.Group("move")
SHOW = Binding.Group("look")
SELECT = Binding.Group("select")
EDIT = Binding.Group("change")
GO = Binding.Group("go")
STAY = Binding.Group("session")


@dataclass(frozen=True, slots=True)
class Key:
    """One word of the vocabulary. `keys` as Textual names them; `shown` as people read them; rank orders the footer
    (0: only in the help)."""

    id: str
    keys: str
    shown: str
    label: str
    does: str
    group: Binding.Group
    rank: int = 0


KEYS: tuple[Key, ...] = (
    Key("up", "up,k", "↑ k", "up", "one up", MOVE),
    Key("down", "down,j", "↓ j", "down", "one down", MOVE),
    Key("left", "left,h", "← h", "left", "one column to the left", MOVE),
    Key("right", "right,l", "→ l", "right", "one column to the right", MOVE),
    Key("page_up", "pageup", "page up", "page up", "a page up", MOVE),
    Key("page_down", "pagedown", "page down", "page down", "a page down", MOVE),
    Key("first", "home,g", "home g", "first", "to the first", MOVE),
    Key("last", "end,G", "end G", "last", "to the last", MOVE),
    Key("next_region", "tab", "tab", "next", "next region", MOVE),
    Key("previous_region", "shift+tab", "shift+tab", "previous", "previous region", MOVE),
    Key("open", "enter", "enter", "open", "open, choose, confirm the focused button", GO, 10),
    Key("close", "escape", "esc", "close", "close, back, clear the filter", GO, 90),
    Key("back", "backspace", "⌫", "back", "back to where I came from, page and position", GO, 80),
    Key("filter", "slash", "/", "filter", "filter of this table; esc clears it, enter keeps it", SHOW, 20),
    Key("palette", "colon,ctrl+p", ":", "palette", "every act and page by name", GO),
    Key("help", "question_mark", "?", "help", "keys and words of this page", GO, 99),
    Key("menu", "m", "m", "menu", "the menu of pages", GO, 85),
    Key("home", "0", "0", "home", "member home; coming back in time asks for no code", GO, 86),
    Key("admin", "a", "a", "admin panel", "the admin panel, after a code from the authenticator app", GO, 12),
    Key("select", "space", "space", "select", "select the row, or leave it out again", SELECT, 22),
    Key("select_up", "shift+up", "shift+↑", "select up", "select upwards", SELECT),
    Key("select_down", "shift+down", "shift+↓", "select down", "select downwards", SELECT),
    Key("select_all", "asterisk,ctrl+a", "*", "select all", "select all that match the filter", SELECT),
    Key("edit", "e", "e", "edit", "edit the cell in place", EDIT, 14),
    Key("actions", "full_stop", ".", "actions", "actions for the row or the selection", EDIT, 16),
    Key("save", "ctrl+s", "ctrl+s", "review", "review what is staged, and save it", EDIT, 18),
    Key("undo", "u", "u", "undo", "undo my last batch: shows first what it would do", EDIT, 42),
    Key("batches", "U", "U", "batches", "all batches, and the way back of each", EDIT, 43),
    Key(
        "keep_theirs",
        "minus",
        "-",
        "keep theirs",
        "keep what stands: theirs in a review; in the table no edit of this cell",
        EDIT,
    ),
    Key("fitting", "f", "f", "what fits", "keep what fits under the cap, take the other raises out", EDIT, 19),
    Key("approve", "y", "y", "approve", "grant the request, or those selected: how much and how long", EDIT, 14),
    Key("deny", "n", "n", "deny", "deny the request, or those selected", EDIT, 15),
    Key("policy", "p", "p", "policy", "the policy: another preset, own fields, an earlier version", EDIT, 14),
    Key("exceptions", "i", "i", "exceptions", "people's own floors and ceilings, raises with an end", EDIT, 15),
    Key("timetable", "t", "t", "timetable", "when the schedule runs next, and what ran", SHOW, 16),
    Key("what_if", "w", "w", "what-if", "last month under each policy: who would have been stopped", SHOW, 17),
    Key("sort", "s", "s", "sort", "sort by this column", SHOW, 24),
    Key("reverse", "S", "S", "reverse", "reverse the order", SHOW),
    Key("numbers", "number_sign", "#", "numbers", "full or short numbers", SHOW, 40),
    Key("explain", "equals_sign", "=", "explain", "explain this number", SHOW, 34),
    Key("dates", "d", "d", "days", "the days that are looked at: by name, or typed", SHOW, 25),
    Key("organization", "o", "o", "organization", "choose the organization, or all", SHOW, 30),
    Key("views", "v", "v", "views", "saved views: open, save, delete", SHOW, 28),
    Key("columns", "c", "c", "columns", "which columns, and in which order", SHOW, 32),
    Key("export", "x", "x", "export", "write what is shown, or selected, into a CSV file", SHOW, 44),
    Key("refresh", "r", "r", "refresh", "ask the database again", SHOW, 36),
    Key("before", "left_square_bracket", "[", "before", "the tab or period before", SHOW, 26),
    Key("after", "right_square_bracket", "]", "after", "the tab or period after", SHOW, 27),
    Key("lock", "L", "L", "lock", "leave admin mode", STAY, 87),
    Key("redraw", "ctrl+l", "ctrl+l", "redraw", "redraw the screen", STAY),
    Key("quit", "ctrl+q", "ctrl+q", "quit", "quit", STAY, 95),
)

BY_ID = {key.id: key for key in KEYS}


def bind(id: str, action: str = "", *, label: str = "", does: str = "", shown: str = "", show: bool = True) -> Binding:
    """The binding of a word of the vocabulary. `label`, `does` and `shown` say what it means here,
    when it means more."""
    key = BY_ID[id]
    return Binding(
        key.keys,
        action or id,
        label or key.label,
        show=show and key.rank > 0,
        key_display=shown or key.shown,
        tooltip=does or key.does,
        id=id,
        group=key.group,
    )


def rank(binding: Binding) -> int:
    """The place of a binding in the footer; those that are not of the vocabulary stand last."""
    return BY_ID[binding.id].rank if binding.id in BY_ID else 70


def moves(*ids: str) -> Iterable[Binding]:
    """Bindings of several words, hidden from the footer."""
    return [bind(id, show=False) for id in ids]
