"""A statistics view ready to be shown: lines of numbers, picture, rows, columns, cells. Values in, values out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.forecast import HISTORY, WEEK, Forecast, Forecasts
from sage_tui.domain.months import day_of, day_text, first_day, month_name, month_of_day
from sage_tui.domain.paging import Sort
from sage_tui.domain.statistics import EMPTY, Allocations, Band, BandLine, Statistics
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.tui import times
from sage_tui.tui.numbers import percent, share_of, tokens
from sage_tui.tui.screens.analytics import statistics_words as words
from sage_tui.tui.screens.analytics.chart import Bars, Columns, Picture
from sage_tui.tui.screens.management.user_cells import lasts
from sage_tui.tui.text import Line as TextLine
from sage_tui.tui.widgets.table_drawing import Cell


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row with what its cells read and what they are sorted by."""

    value: object
    cells: Mapping[str, Cell]
    order: Mapping[str, int | str | None]
    last: bool


AS_IT_CAME = Sort("name")
"""The order of bands, and of the pool before departments."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page puts where."""

    numbers: Sequence[TextLine]
    picture: Picture | None
    rows: Sequence[Any]
    columns: Sequence[Column]
    draw: Callable[[Any, Column], Cell]
    order: Callable[[Any, str], int | str | None]
    foot: str
    empty: str
    last: Callable[[Any], bool] = field(default=lambda row: False)
    sort: Sort = AS_IT_CAME

    def drawn(self) -> list[Drawn]:
        """The rows as the table holds them."""
        return [
            Drawn(
                row,
                {column.key: self.draw(row, column) for column in self.columns},
                {column.key: self.order(row, column.key) for column in self.columns},
                self.last(row),
            )
            for row in self.rows
        ]


def of_sums(found: Statistics, query: str, short: bool, now: datetime, zone: str) -> Shown:
    """A view of sums."""
    today = day_of(int(now.timestamp()) * 1_000_000)

    in_time = found.question.view in words.IN_TIME

    def order(row: Any, column: str) -> int | str | None:
        if column == "name":
            return int(row.key) if in_time else words.name(row).casefold()
        return words.value(row.sums, column)

    something = bool(found.lines) and any(line.sums != EMPTY for line in found.lines)
    return Shown(
        words.numbers(found, short),
        words.picture(found),
        words.rows(found) if something else (),
        words.columns(found),
        words.drawer(found, short),
        order,
        words.foot(found, now, zone),
        words.empty(found, query, today),
        last=lambda row: row.key == words.REST,
        sort=Sort("name" if in_time else "share", True),
    )


BAND_COLUMNS = (
    Column("name", "Share used", Unit.TEXT, 15),
    Column("people", "People", Unit.TOKENS, 9),
    Column("allocated", "Allocated", Unit.TOKENS, 13),
    Column("used", "Used", Unit.TOKENS, 13),
    Column("stranded", "Stranded", Unit.TOKENS, 13),
)


def of_allocations(found: Allocations, short: bool, now: datetime, zone: str) -> Shown:
    """Allocation against use: the people of each band, and what is stranded with them."""

    def draw(row: BandLine, column: Column) -> Cell:
        if column.key == "name":
            return row.band.value, ""
        number = int(getattr(row, column.key))
        return (f"{number:,}" if column.key == "people" else tokens(number, short)), "" if number else "quiet"

    def order(row: BandLine, column: str) -> int | None:
        return None if column == "name" else int(getattr(row, column))

    total = found.total
    share = share_of(total.stranded, total.allocated)
    people = "1 person" if total.people == 1 else f"{total.people:,} people"
    used: TextLine = (
        (tokens(total.used, True), "bold"),
        " of it used, ",
        (tokens(total.stranded, True), "bold"),
        f" stranded ({percent(share)})",
    )
    aside = [f"{tokens(found.unassigned, True)} used by nobody's identities"] if found.unassigned else []
    aside += [f"{tokens(found.gone, True)} by others"] if found.gone else []
    said: list[TextLine] = [
        (
            (tokens(total.allocated, True), "bold"),
            f" of {found.kind.value} allocated to {people} in {month_name(found.month)}",
        ),
        (*used, *((f" · {one}", "$quiet") for one in aside)),
    ]
    lines = [line for line in found.lines if line.band is not Band.UNSET]
    at = times.clock_or_day(to_datetime(found.as_of), now, zone)
    return Shown(
        said,
        Bars([line.band.value for line in lines], [line.used for line in lines], [line.stranded for line in lines])
        if total.allocated else None,
        found.lines if total.people else (),
        BAND_COLUMNS,
        draw,
        order,
        f"As of {at} · ▓ used ▒ stranded",
        "Nobody was a member in this month.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lasts:
    """A row of the forecast: the pool (no department) or a department's allocations."""

    department: str | None
    kind: Kind
    forecast: Forecast


FORECAST_COLUMNS = (
    Column("name", "Of", Unit.TEXT, 18, sortable=False),
    Column("kind", "Kind", Unit.TEXT, 9, sortable=False),
    Column("remaining", "Remaining", Unit.TOKENS, 13),
    Column("week", "A week", Unit.TOKENS, 12),
    Column("lasts", "Lasts until", Unit.TIME, 16),
    Column("band", "80% band", Unit.TEXT, 20, sortable=False),
)


def of_forecast(
    found: Forecasts, days: Mapping[int, int], short: bool, now: datetime, zone: str, *, whole: bool = True
) -> Shown:
    """Until when the pools and the departments' allocations last; `days` are the inference charges of the last 28 days
    and of this month. A filter does not narrow it (`whole` is then False)."""
    pools, departments = found.organization, found.departments
    rows = [Lasts(None, kind, one) for kind, one in pools.items()]
    rows += [Lasts(name, kind, one) for name, by_kind in departments.items() for kind, one in by_kind.items()]

    def draw(row: Lasts, column: Column) -> Cell:
        one = row.forecast
        match column.key:
            case "name":
                return ("the pool" if row.department is None else clean(row.department, limit=80)), ""
            case "kind":
                return row.kind.value, ""
            case "remaining":
                return tokens(one.remaining, short), "" if one.remaining > 0 else "bad"
            case "week":
                return (tokens(one.lasting.a_week, short), "") if one.lasting else ("·", "quiet")
            case "lasts":
                return lasts(one)
            case _:
                return band(one), "quiet"

    def order(row: Lasts, column: str) -> int | None:
        one = row.forecast
        if column not in ("remaining", "week", "lasts"):
            return None
        if column == "lasts":
            return one.day if one.day is not None else one.month_ends + (1 if one.lasting else 2)
        return one.remaining if column == "remaining" else one.lasting.a_week if one.lasting else -1

    said = [(f"{kind.value.capitalize():<9} ", *sentence(one, "The pool", True)) for kind, one in pools.items()]
    at = times.clock_or_day(to_datetime(found.as_of), now, zone)
    legend = "inference, added up: ▓ used ▒ at the pace of the last 28 days"
    return Shown(
        said,
        burn(pools[Kind.INFERENCE], days),
        rows,
        FORECAST_COLUMNS,
        draw,
        order,
        f"As of {at} · {legend if whole else 'a forecast is of all: the filter does not narrow it'}",
        "There is nothing to forecast.",
    )


def band(one: Forecast) -> str:
    """The 80% band: `27 to 30`; open where nine tenths last to the month's end."""
    ends = one.lasting
    if ends is None or ends.soonest is None:
        return ""
    first = day_text(one.today + ends.soonest)[5:]
    return f"{first} to {'beyond' if ends.latest is None else day_text(one.today + ends.latest)[5:]}"


def sentence(one: Forecast, what: str, short: bool) -> TextLine:
    """`The pool lasts beyond the month: 497.7M remain, 38.0M go a week.`"""
    remain = f"{tokens(max(one.remaining, 0), short)} remain"
    if one.lasting is None:
        return (f"{what}: {remain}; not enough data for more ({one.history} of {HISTORY} days).",)
    pace = f"{tokens(one.lasting.a_week, short)} go a week"
    if one.remaining <= 0:
        return ((f"{what} is used up", "bold"), f": {pace}.")
    if one.day is None:
        chance = (
            "" if one.lasting.soonest is None else f" Or it ends from {day_text(one.today + one.lasting.soonest)} on."
        )
        return ((f"{what} lasts beyond the month", "bold"), f": {remain}, {pace}.{chance}")
    return ((f"{what} lasts until {day_text(one.day)}", "bold"), f" (80%: {band(one)}): {remain}, {pace}.")


def burn(one: Forecast, days: Mapping[int, int]) -> Picture | None:
    """The month's use, added up day by day, and how it goes on at the mean of each weekday."""
    if one.lasting is None:
        return None
    first = int(first_day(month_of_day(one.today)))
    used = [max(days.get(day, 0), 0) for day in range(first, one.today + 1)]
    past = [max(days.get(day, 0), 0) for day in range(one.today - HISTORY, one.today)]
    weekday = [sum(past[at::WEEK]) // (HISTORY // WEEK) for at in range(WEEK)]
    coming = [weekday[ahead % WEEK] for ahead in range(1, one.month_ends - one.today + 1)]
    sums = list(accumulate([*used, *coming]))
    now = len(used)
    lower = [*sums[:now], *[sums[now - 1]] * len(coming)]
    titles = [day_text(day) for day in range(first, one.month_ends + 1)]
    return Columns(
        lower, [whole - below for whole, below in zip(sums, lower, strict=True)],
        [(at, title[5:]) for at, title in enumerate(titles) if at % WEEK == 0],
    )  # fmt: skip
