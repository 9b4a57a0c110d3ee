"""What the statistics page is asked: a view, days, a filter. Values; every key makes another one of it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from sage_tui.domain import spans
from sage_tui.domain.errors import QueryError
from sage_tui.domain.exports import Export, What
from sage_tui.domain.months import day_text, month_of_day
from sage_tui.domain.paging import Sort
from sage_tui.domain.queries import Has, Query, quoted, write
from sage_tui.domain.queries_fields import STATISTICS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import Band, Line, View


class Tab(StrEnum):
    """The views by name, in the order in which they stand."""

    DAYS = "Days"
    MONTHS = "Months"
    YEARS = "Years"
    MODELS = "Models"
    DEPARTMENTS = "Departments"
    USERS = "Users"
    ALLOCATIONS = "Allocations"
    FORECAST = "Forecast"

    @property
    def view(self) -> View | None:
        """The view of sums; the last two are tables of their own."""
        return None if self in (Tab.ALLOCATIONS, Tab.FORECAST) else View(self.value.lower())


TABS = tuple(Tab)


NAMED = (Tab.MODELS, Tab.DEPARTMENTS, Tab.USERS)
"""Views whose rows have names that somebody typed."""


def sayable(name: str) -> bool:
    """Can a name stand in a filter? Not with control characters, which no service lets in."""
    try:
        parse(f"user={quoted(name)}", STATISTICS)
    except QueryError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at. A named stretch moves with the day; days that were chosen stay."""

    tab: Tab = Tab.DAYS
    range: Range | None = Range.THIS_MONTH
    days: Span | None = None
    query: str = ""

    def span(self, today: int) -> Span:
        """The days."""
        return self.days if self.range is None and self.days is not None else named(self.range or Range.YEAR, today)

    def words(self, today: int) -> str:
        """The days in words: `this month`, `October 2026`, `2026-11-03 to 2026-11-05`."""
        return self.range.value if self.range is not None else self.span(today).words()

    def within(self, days: Span) -> "Asked":
        """The same of other days."""
        return replace(self, range=None, days=days)

    def of(self, range_: Range) -> "Asked":
        """The same of a named stretch."""
        return replace(self, range=range_, days=None)

    def moved(self, by: int, today: int) -> "Asked":
        """The stretch before or after; where that is a named one again, it is called so."""
        days = spans.shifted(self.span(today), by)
        known = next(
            (one for one in (Range.THIS_MONTH, Range.LAST_MONTH, Range.YEAR) if named(one, today) == days), None
        )
        return self.of(known) if known is not None else self.within(days)

    def seen(self, tab: Tab) -> "Asked":
        """Another view of the same."""
        return replace(self, tab=tab)

    def narrowed(self, field: str, value: str) -> "Asked":
        """Only one model, department or person; what stood there of the field goes."""
        query = parse(self.query, STATISTICS)
        kept = tuple(term for term in query.terms if not (isinstance(term, Has) and term.field == field))
        text = f"{write(Query(kept))} {field}={quoted(value)}".strip()
        return replace(self, query=text)

    def value(self, field: str) -> str:
        """What the filter says of a field; "" where it says nothing."""
        terms = parse(self.query, STATISTICS).terms
        return next((term.value for term in terms if isinstance(term, Has) and term.field == field), "")

    def deeper(self, line: Line) -> "Asked | None":
        """What a row stands for: a day's users, a month's models, a model's or department's users, a person's days.

        None where there is nothing beneath, or where its name cannot stand in a filter.
        """
        if self.tab in NAMED and not sayable(line.title):
            return None
        match self.tab:
            case Tab.DAYS:
                return self.within(Span(int(line.key), int(line.key))).seen(Tab.USERS)
            case Tab.MONTHS:
                return self.within(spans.whole_months(int(line.key), int(line.key))).seen(Tab.MODELS)
            case Tab.YEARS:
                begins = int(line.key) * 12
                return self.within(spans.whole_months(begins, begins + 11)).seen(Tab.MONTHS)
            case Tab.MODELS:
                return self.narrowed("model", line.title).seen(Tab.USERS)
            case Tab.DEPARTMENTS if isinstance(line.key, str):
                return self.narrowed("dept", line.title).seen(Tab.USERS)
            case Tab.USERS if line.title:
                return self.narrowed("user", line.title).seen(Tab.DAYS)
            case _:
                return None

    def activity(self, line: Line, today: int) -> str | None:
        """The filter of Activity Logs that finds the calls behind a row; None where its name cannot stand in one."""
        if self.tab in NAMED and not sayable(line.title):
            return None
        span = self.span(today)
        if self.tab is Tab.DAYS:
            span = Span(int(line.key), int(line.key))
        elif self.tab is Tab.MONTHS:
            span = spans.whole_months(int(line.key), int(line.key))
        terms = [f"at:{day_text(span.first)}..{day_text(span.last)}", self.query]
        if self.tab in (Tab.USERS, Tab.MODELS, Tab.DEPARTMENTS) and line.title:
            field = {Tab.USERS: "user", Tab.MODELS: "model", Tab.DEPARTMENTS: "dept"}[self.tab]
            terms.append(f"{field}={quoted(line.title)}")
        return " ".join(term for term in terms if term)

    def export(self, organization_id: int | None, today: int, sort: Sort | None) -> Export:
        """The command that writes what is looked at."""
        view = self.tab.value.lower()
        what = {Tab.MONTHS: What.MONTHLY, Tab.MODELS: What.MODELS, Tab.DEPARTMENTS: What.DEPARTMENTS}.get(self.tab)
        return Export(what or What.STATISTICS, self.query, organization_id, self.span(today), view, sort)


def month_in(span: Span, today: int) -> int:
    """The month whose allocations a stretch stands for: its last one that has begun."""
    return int(month_of_day(min(span.last, today)))


def bands_query(band: Band, embedding: bool) -> str | None:
    """The filter of User Management that finds a band's people, now; None where no filter says it."""
    used, most = ("emb.used", "emb.max") if embedding else ("used", "max")
    if band is Band.UNSET:
        return None if embedding else "unset:yes"
    return {
        Band.NEVER: f"{used}=0 {most}>=0",
        Band.TENTH: f"{used}>0 {used}<10% {most}>0",
        Band.HALF: f"{used}>=10% {used}<50%",
        Band.MOST: f"{used}>=50% {used}<90%",
        Band.NEAR: f"{used}>=90% {used}<100%",
        Band.FULL: f"{used}>=100%",
    }[band]
