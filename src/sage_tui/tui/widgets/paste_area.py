"""Several lines of text that are pasted: cleaned as they come in, so that no control character is ever drawn."""

import re

from textual import events
from textual.widgets import TextArea

from sage_tui.domain.text import clean

LIMIT = 1_000_000
"""Characters that one paste may have."""


class PasteArea(TextArea):
    """Text, one thing a line. Tab leaves it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(soft_wrap=False, tab_behavior="focus", id=id, compact=True)
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert(clean(event.text.replace("\r\n", "\n").replace("\r", "\n"), multiline=True, limit=LIMIT))


_QUOTED = re.compile(r'"[^"\n]*"')
_NAMED = re.compile(r"[^,;<>\n]*<([^<>\n]*)>")


def emails_in(text: str) -> tuple[str, ...]:
    """The addresses of a pasted list: lines, commas and semicolons part them; names beside `<…>` are left out.

    >>> emails_in('a@x.example, b@x.example\\n"Lind, Bo" <bo@x.example>; Cy <c@x.example>')
    ('a@x.example', 'b@x.example', 'bo@x.example', 'c@x.example')
    """
    plain = _NAMED.sub(r" \1 ", _QUOTED.sub(" ", text))
    return tuple(plain.replace(",", " ").replace(";", " ").split())
