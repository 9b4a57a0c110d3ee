"""Foreign text as something that can be drawn: cleaned, and never met by a markup parser (security.md, section 1)."""

from collections.abc import Iterable

from rich.text import Text
from textual.content import Content

from sage_tui.domain.text import clean


def cell(s: str, limit: int = 300) -> Text:
    """Foreign text for a sink that takes Rich: one line, no wrapping."""
    return Text(clean(s, limit=limit), no_wrap=True, end="")


def content(s: str, *, multiline: bool = False, limit: int = 2000) -> Content:
    """Foreign text for a Textual sink (Static, Button, Option, title, tooltip)."""
    return Content(clean(s, multiline=multiline, limit=limit))


Part = str | tuple[str, str]
"""Text, or text with a style such as `bold` or a theme's variable such as `$near`."""

Line = tuple[Part, ...]


def line(*parts: Part) -> Content:
    """One line of several parts, each cleaned."""
    return lines_of([parts])


def lines_of(rows: Iterable[Line]) -> Content:
    """Several lines of parts (see `line`)."""
    done: list[Content] = []
    for row in rows:
        pieces = [(part, "") if isinstance(part, str) else part for part in row]
        done.append(Content.assemble(*((clean(text), style) for text, style in pieces)))
    return Content("\n").join(done)
