"""A QR code in half blocks: two modules a cell, black on white in every theme, by reverse without colour."""

from rich.segment import Segment
from textual.app import RenderResult
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from sage_tui.domain.secret import Secret

QUIET_ZONE = 2
"""Light modules around the code: enough for cameras, and 21 lines for version 5."""

HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def half_blocks(words: str) -> list[str]:
    """The code of the words as lines of half blocks; a block is dark."""
    import segno

    matrix = segno.make(words, error="l", micro=False, boost_error=False).matrix_iter(border=QUIET_ZONE)
    rows = [[bool(module) for module in row] for row in matrix]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return [
        "".join(HALVES[pair] for pair in zip(up, down, strict=True))
        for up, down in zip(rows[::2], rows[1::2], strict=True)
    ]


class QrCode(Widget):
    """Drawn in the two colours that cameras expect; the sheet gives them."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []

    def show(self, words: Secret) -> None:
        """Draw the code of these words."""
        self._lines = half_blocks(words.reveal())
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return len(self._lines[0]) if self._lines else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render(self) -> RenderResult:
        return ""

    def render_line(self, y: int) -> Strip:
        if y >= len(self._lines):
            return Strip.blank(self.size.width)
        return Strip([Segment(self._lines[y], self.rich_style)], len(self._lines[y]))
