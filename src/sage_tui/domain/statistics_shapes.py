"""Statistics and forecasts as JSON and as flat rows; commands, exports and reports read it (interfaces.md, "stats")."""

from typing import Any

from sage_tui.domain import months
from sage_tui.domain.forecast import Forecast
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Allocations, BandLine, Counted, Line, Statistics, Sums, View
from sage_tui.domain.units import Kind

Json = dict[str, Any]

NAMES = {
    View.DAYS: "day",
    View.MONTHS: "month",
    View.YEARS: "year",
    View.MODELS: "model",
    View.DEPARTMENTS: "department",
    View.USERS: "email",
}
"""What a row is named by in each view."""

COUNTS = ("counted", "prompt_tokens", "cached_tokens", "completion_tokens", "calls", "failures", "corrected")
"""What a full row has besides the charge, for each kind."""


def name(view: View, line: Line) -> str | None:
    """A row's name; None for the department of identities that belong to nobody."""
    return None if view is View.DEPARTMENTS and isinstance(line.key, int) else line.title


def charges(sums: Sums) -> Json:
    """The charge of both kinds."""
    return {kind.value: sums.of(kind).charge for kind in Kind}


def row(view: View, line: Line) -> Json:
    """A row of `stats`."""
    return {NAMES[view]: name(view, line), **charges(line.sums)}


def counts(sums: Sums) -> Json:
    """All that was counted, kind by kind."""
    return {f"{kind.value}_{one}": _count(sums.of(kind), one) for kind in Kind for one in COUNTS}


def _count(of: Counted, name_: str) -> int:
    return int(getattr(of, name_))


def value(sums: Sums, column: str) -> int:
    """A column's number, as pages show it and sort by it; of both kinds where it is not one kind's."""
    if column in tuple(Kind):
        return sums.of(Kind(column)).charge
    return sums.charge if column == "share" else sum(_count(sums.of(kind), column) for kind in Kind)


def statistics(found: Statistics) -> Json:
    """A view: `{rows, total}`, and with `top` what the rows do not show."""
    view = found.question.view
    result: Json = {"rows": [row(view, line) for line in found.lines], "total": charges(found.total)}
    if found.others:
        result["rest"] = {"count": found.others, **charges(found.rest)}
    result["before"] = {**span(found.compared), **charges(found.before)}
    return {**result, **span(found.question.slice.span), "as_of": months.time_text(found.as_of)}


def span(days: Span) -> Json:
    """Its first and last day."""
    return {"from": months.day_text(days.first), "to": months.day_text(days.last)}


def forecast(one: Forecast) -> Json:
    """Until when something lasts. `lasts_until` null: to the month's end, or (`enough_data` false) not known."""
    ends = one.lasting
    return {
        "remaining": one.remaining,
        "used": one.used,
        "enough_data": ends is not None,
        "days_of_data": one.history,
        "a_week": None if ends is None else ends.a_week,
        "lasts_until": _day(one, None if ends is None else ends.median),
        "soonest": _day(one, None if ends is None else ends.soonest),
        "latest": _day(one, None if ends is None else ends.latest),
    }


def _day(one: Forecast, ahead: int | None) -> str | None:
    return None if ahead is None else months.day_text(one.today + ahead)


def allocations(found: Allocations) -> Json:
    """Allocation against use: `{rows, total}`."""
    return {
        "month": months.month_text(found.month),
        "kind": found.kind.value,
        "rows": [_band(line) for line in found.lines],
        "total": {key: value for key, value in _band(found.total).items() if key != "used_of_allocation"},
        "unassigned": found.unassigned,
        "gone": found.gone,
        "as_of": months.time_text(found.as_of),
    }


def _band(line: BandLine) -> Json:
    return {
        "used_of_allocation": line.band.value,
        "people": line.people,
        "allocated": line.allocated,
        "used": line.used,
        "stranded": line.stranded,
    }
