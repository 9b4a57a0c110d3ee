"""Pictures of statistics, drawn by plotext without colour: ▓ inference, ▒ embedding (or what is to come) on top.

Names stand beside bars, not in the plot: plotext counts letters, not cells.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual_plotext import PlotextPlot

from sage_tui.domain.amounts import short
from sage_tui.domain.text import clean

LOWER, UPPER = "▓", "▒"
AXIS = 7
"""Cells of the axis of tokens with its labels, at most: `126.2M┤`."""

NARROWEST, WIDEST = 18, 34
"""Cells of a bar's name."""

BROADEST = 11
"""Cells of a column with the gap after it."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Columns:
    """One column for each place in time: `upper` stands on `lower`; `ticks` are names of some places (from 0)."""

    lower: Sequence[int]
    upper: Sequence[int]
    ticks: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar for each name, the largest first."""

    names: Sequence[str]
    lower: Sequence[int]
    upper: Sequence[int]


Picture = Columns | Bars


class Chart(PlotextPlot):
    """A picture that is drawn anew when it or the size changes."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: Picture | None = None

    def show(self, picture: Picture | None) -> None:
        """Draw this; None is nothing."""
        self._picture = picture
        self.display = picture is not None
        self.refresh()

    def render(self) -> Text:
        picture, width, height = self._picture, self.size.width, self.size.height
        if picture is None or width < 2 * NARROWEST or height < 3:
            return Text("")
        if isinstance(picture, Bars):
            return Text("\n".join(self._bars(picture, width, height)), no_wrap=True)
        return Text("\n".join(self._columns(picture, width, height)), no_wrap=True)

    def _plotted(self, width: int, height: int) -> list[str]:
        """What plotext draws, as plain lines."""
        self.plt.plotsize(width, height)
        self.plt._set_size(width, height)  # textual-plotext does it too: plotsize alone keeps an older size
        self.plt.theme("clear")
        return [_ANSI.sub("", line) for line in self.plt.build().splitlines()][:height]

    def _columns(self, picture: Columns, width: int, height: int) -> list[str]:
        """Places are cells of the canvas, so that every column is as wide as the others."""
        count = len(picture.lower)
        each = min(max((width - AXIS) // max(count, 1), 1), BROADEST)
        cells = max(each - 1, 1)
        places = [at * each + (cells - 1) / 2 for at in range(count)]
        lower = [max(low, 0) for low in picture.lower]
        sums = [low + max(high, 0) for low, high in zip(lower, picture.upper, strict=True)]
        top, canvas = max([*sums, 1]), each * count
        wide = (cells - 1) / each or 0.001
        if count == 1:  # plotext measures a bar by the distance of its neighbours
            places, sums, lower = [*places, places[0] + each], [*sums, 0], [*lower, 0]
        self._begin(canvas - 1, top)
        self.plt.bar(places, sums, marker=UPPER, width=wide)
        self.plt.bar(places, lower, marker=LOWER, width=wide)
        self.plt.xaxes(True, False)
        self.plt.yaxes(True, False)
        self.plt.yticks([0, top / 2, top], [f"{text:>{AXIS - 1}}" for text in ("0", short(top // 2), short(top))])
        self.plt.xticks([places[at] for at, _ in picture.ticks], [" "] * len(picture.ticks))
        names = [(AXIS + int(places[at]), name) for at, name in picture.ticks]
        return [*self._plotted(min(AXIS + canvas, width), height)[: height - 1], _beneath(names, width)]

    def _begin(self, right: float, top: float) -> None:
        self.plt.clear_figure()
        self.plt.xlim(0, max(right, 1))
        self.plt.ylim(0, top)

    def _bars(self, picture: Bars, width: int, height: int) -> list[str]:
        """Every bar is one line high; names and numbers stand beside the canvas."""
        name = max(min(width // 4, WIDEST), NARROWEST)
        lower = [max(low, 0) for low in picture.lower[:height]]
        sums = [low + max(high, 0) for low, high in zip(lower, picture.upper, strict=False)]
        count, room = len(sums), width - name - AXIS - 3
        top = max([*sums, 1])
        self._begin(top, 1)
        self.plt.ylim(1, max(count, 2))
        for at, (low, whole) in enumerate(zip(lower, sums, strict=True)):
            for marker, end in ((UPPER, whole), (LOWER, low)):
                if end:
                    self.plt.plot([0, end], [count - at, count - at], marker=marker)
        self.plt.xaxes(False, False)
        self.plt.yaxes(False, False)
        self.plt.xticks([])
        self.plt.yticks([])
        drawn = self._plotted(room, max(count, 2))[-count:] if count == 1 else self._plotted(room, count)
        return [
            f" {_fitted(named, name)} {drawn_line.rstrip():<{room}} {short(whole):>{AXIS - 1}}"
            for named, drawn_line, whole in zip(picture.names, drawn, sums, strict=False)
        ]


def _beneath(names: Sequence[tuple[int, str]], width: int) -> str:
    """Names under their cells, as far as they have room; plotext would place them by the order of a set."""
    line = ""
    for cell, name in names:
        begin = min(max(cell - len(name) // 2, 0), width - len(name))
        if begin > len(line) or not line:
            line += " " * (begin - len(line)) + name
    return line


def _fitted(name: str, cells: int) -> str:
    """A name in exactly its cells."""
    text = clean(name, limit=80)
    return set_cell_size(text, cells) if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1)}…"
