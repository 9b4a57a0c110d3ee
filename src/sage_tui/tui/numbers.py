"""Numbers as screens show them: full or short, bars, shares in words, sparklines."""

from collections.abc import Sequence

from sage_tui.domain.amounts import full, short
from sage_tui.domain.users import OVER

BAR = 10
"""Cells of a bar (screens.md, "Habits")."""

SPARKS = "▁▂▃▄▅▆▇█"


def tokens(value: int | None, short_form: bool) -> str:
    """A number of tokens in the style that the person chose with `#`."""
    return short(value) if short_form else full(value)


def bar(share: int | None, cells: int = BAR) -> str:
    """A bar of a share in per mille. Full only from 100% on, empty only at nothing."""
    if share is None:
        return "░" * cells
    filled = min(share * cells // 1000, cells)
    if share > 0:
        filled = max(filled, 1)
    return "▓" * filled + "░" * (cells - filled)


def percent(share: int | None) -> str:
    """A share in whole per cent, cut; `–` where there is nothing to share, `>999%` beyond four digits."""
    if share is None:
        return "–"
    if share >= OVER:
        return "over"
    return f"{share // 10}%" if share < 10_000 else ">999%"


def share_of(part: int, whole: int) -> int | None:
    """`part` of `whole` in per mille, None where the whole is nothing."""
    return part * 1000 // whole if whole > 0 else None


def sparkline(values: Sequence[int]) -> str:
    """One character a value; nothing is a dot on the ground, the largest is a full block."""
    top = max(values, default=0)
    if top <= 0:
        return "·" * len(values)
    return "".join("·" if v <= 0 else SPARKS[min(v * 8 // top, 7)] for v in values)
