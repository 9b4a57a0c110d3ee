"""What the cells of User Management read: state in words with a sign, share as number and bar."""

from collections.abc import Callable
from dataclasses import replace

from sage_tui.domain.columns import USER_COLUMNS, Column, Unit
from sage_tui.domain.forecast import HISTORY, Forecast
from sage_tui.domain.months import day_text
from sage_tui.domain.text import clean
from sage_tui.domain.units import Role
from sage_tui.domain.users import NEAR, SIGNS, State, UserRow
from sage_tui.tui import times
from sage_tui.tui.numbers import bar, percent, tokens
from sage_tui.tui.widgets.table_drawing import Cell

NAMES = {
    "inference_allocation": "Max Inference",
    "embedding_allocation": "Max Embedding",
    "inference_used": "Mo. Inference",
    "embedding_used": "Mo. Embedding",
    "inference_previous": "Prev. Month",
}
"""Titles that are cut to their columns' width; `=` says the whole."""

LOOKS = {
    State.BANNED: "bad",
    State.STOPPED: "bad",
    State.AT_LIMIT: "bad",
    State.NEAR: "near",
    State.UNPAID: "quiet",
    State.UNSET: "quiet",
    State.NEVER: "quiet",
    State.OK: "",
}


def share(row: UserRow) -> Cell:
    """`▓▓▓▓▓▓▓▓▓░  91%`"""
    part = row.inference.share
    look = "bad" if part is not None and part >= 1000 else "near" if part is not None and part >= NEAR else ""
    return f"{bar(part)} {percent(part):>5}", look


def state(row: UserRow) -> Cell:
    """`▲ near`"""
    return f"{SIGNS[row.state]} {row.state.value}", LOOKS[row.state]


def _raised(row: UserRow, shown: Cell) -> Cell:
    """A limit of somebody with a raise that falls back is marked; `=` and their page say until when."""
    return (f"↑ {shown[0]}", shown[1]) if row.raised_until is not None else shown


def flag(yes: bool) -> Cell:
    """`yes`, or a quiet `no`."""
    return ("yes", "") if yes else ("no", "quiet")


def lasts(one: Forecast | None) -> Cell:
    """`2026-11-28`, `beyond the month`, `5 of 28 days` of the data that is needed; a dot without an allocation."""
    if one is None:
        return "·", "quiet"
    if one.lasting is None:
        return f"{one.history} of {HISTORY} days", "quiet"
    if one.day is None:
        return "beyond the month", ""
    return day_text(one.day), "near" if one.remaining > 0 else "bad"


def nobody(number: int) -> Forecast | None:
    """No forecasts."""
    return None


def drawer(
    short: bool, zone: str, forecast: Callable[[int], Forecast | None] = nobody
) -> Callable[[UserRow, Column], Cell]:
    """The cells in a number style and a zone; `forecast` says until when somebody's inference tokens last."""

    def amount(value: int | None) -> Cell:
        return tokens(value, short), "quiet" if value is None else ""

    special: dict[str, Callable[[UserRow], Cell]] = {
        "share": share,
        "state": state,
        "inference_allocation": lambda row: _raised(row, amount(row.inference.allocation)),
        "embedding_allocation": lambda row: amount(row.embedding.allocation),
        "inference_used": lambda row: amount(row.inference.used),
        "embedding_used": lambda row: amount(row.embedding.used),
        "inference_previous": lambda row: amount(row.inference.previous),
        "usage": lambda row: amount(row.usage),
        "lasts_until": lambda row: lasts(forecast(row.id)),
        "organization": lambda row: (clean(row.organization or "–", limit=60), ""),
        "type": lambda row: (row.type.value, "" if row.type is Role.USER else "good"),
    }

    def draw(row: UserRow, column: Column) -> Cell:
        if column.key in special:
            return special[column.key](row)
        value = getattr(row, column.key)
        if column.unit is Unit.TIME:
            return times.minute(value, zone), "" if value else "quiet"
        if column.unit is Unit.FLAG:
            return flag(bool(value))
        return clean(str(value), limit=120), ""

    return draw


def columns_for(operator: bool, chosen: list[str] | None) -> list[Column]:
    """The columns to show: as chosen and in that order, else the declared ones; e-mail stands first in any case."""
    known = {column.key: column for column in USER_COLUMNS if operator or not column.operators_only}
    keys = [key for key in chosen if key in known] if chosen else [c.key for c in known.values() if c.shown]
    return [known["email"], *(_wide_enough(known[key]) for key in dict.fromkeys(keys) if key != "email")]


def _wide_enough(column: Column) -> Column:
    """A column has room for its title and the sign of the order."""
    title = NAMES.get(column.key, column.title)
    return replace(column, width=max(column.width, len(title) + 1))
