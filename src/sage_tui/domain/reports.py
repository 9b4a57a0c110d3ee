"""The report of a week or month about one organization, as mail, JSON and files tell it (product.md, "Token
Statistics"). Tokens are whole; days are UTC's."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.forecast import Forecast
from sage_tui.domain.months import day_of, month_of, month_of_day
from sage_tui.domain.spans import Span, whole_months
from sage_tui.domain.statistics import BandLine, Line, Sums
from sage_tui.domain.units import Kind
from sage_tui.domain.users import State

TOP = 5
"""Models and departments that are named; the rest is one line."""

NAMED = 10
"""People near their limit or stopped who are named; the others are counted."""

BATCHES = 12
"""Batches of an act that are named."""


class Period(StrEnum):
    """How long a report is about."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


def period_span(period: Period, now: int, first: int | None = None) -> Span:
    """The whole week (Monday to Sunday) or month in which a day lies; of the last one that is over without it.

    >>> from sage_tui.domain.months import day_text, parse_day
    >>> [day_text(day) for day in (period_span(Period.WEEKLY, 0, parse_day("2026-11-19", 0)).first,)]
    ['2026-11-16']
    """
    if period is Period.MONTHLY:
        month = month_of(now) - 1 if first is None else int(month_of_day(first))
        return whole_months(month, month)
    monday = _monday(int(day_of(now))) - 7 if first is None else _monday(first)
    return Span(monday, monday + 6)


def _monday(day: int) -> int:
    return day - (day + 3) % 7  # day 0 was a Thursday


@dataclass(frozen=True, slots=True)
class Part:
    """The largest models or departments, and what the others are together."""

    lines: tuple[Line, ...]
    rest: Sums
    others: int


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody who is stopped, or has used nine tenths of their allocation, as of now."""

    email: str
    stopped: bool
    kind: Kind
    used: int
    allocation: int | None

    @property
    def state(self) -> str:
        """In the words of User Management: stopped, at limit, near."""
        if self.stopped:
            return State.STOPPED.value
        return State.AT_LIMIT.value if self.used >= (self.allocation or 0) else State.NEAR.value


@dataclass(frozen=True, slots=True)
class Acts:
    """An act of administrators: how often it was done in the period, how often refused, the batches that it made (at
    most `BATCHES` of them) with the rows of all its batches."""

    action: str
    count: int
    refused: int
    batches: tuple[int, ...]
    more: int
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says. Usage is of the period; people, forecast, requests and allocations are of now."""

    period: Period
    organization_id: int
    organization: str
    span: Span
    compared: Span
    total: Sums
    before: Sums
    models: Part
    departments: Part
    near: tuple[Near, ...]
    near_count: int
    stopped_count: int
    forecast: Mapping[Kind, Forecast]
    waiting: int
    asked: Mapping[Kind, int]
    stranded: Mapping[Kind, BandLine]
    """Allocation against use in `month`."""
    month: int
    acts: tuple[Acts, ...]
    as_of: int
    """Microseconds, UTC."""
