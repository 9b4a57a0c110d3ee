"""A report as plain text that a mail can hold: at most 78 columns, foreign text cleaned and cut."""

from collections.abc import Iterator

from sage_tui.cli.output import cells
from sage_tui.domain import report_shapes, spans
from sage_tui.domain.amounts import full
from sage_tui.domain.forecast import HISTORY, Forecast
from sage_tui.domain.months import day_text, month_name, time_text
from sage_tui.domain.reports import Acts, Near, Part, Report
from sage_tui.domain.statistics import Sums
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import Kind

WIDTH = 78
_NAME = 32


def text(found: Report) -> str:
    """The whole report."""
    return "\n".join(line for line in _lines(found))


def _lines(found: Report) -> Iterator[str]:
    what = "week" if found.period.value == "weekly" else "month"
    heading = f"{_cut(found.organization, 36)}: {what} {day_text(found.span.first)} to {day_text(found.span.last)}"
    yield heading
    yield "=" * cells(heading)
    yield f"As of {time_text(found.as_of)}. Days are UTC's, numbers are tokens."
    sections = (
        ("Charged", _totals(found)),
        ("By model", _part(found.models, found.total)),
        ("By department", _part(found.departments, found.total)),
        ("People, now", _people(found)),
        ("Forecast", _forecast(found)),
        ("Requests", _requests(found)),
        (f"Stranded, {month_name(found.month)}", _stranded(found)),
        ("What administrators did", _acts(found.acts)),
    )
    for title, lines in sections:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _totals(found: Report) -> Iterator[str]:
    for kind in Kind:
        now, then = found.total.of(kind), found.before.of(kind)
        calls = f"{counted(now.calls, 'call')}, {full(now.failures)} failed"
        yield f"{kind.value:<9} {full(now.charge):>17} {_change(now.charge, then.charge):>9}  {calls}"
        if now.charge != now.counted:
            yield f"{'':<9} {full(now.counted):>17} counted, before weights"
        if now.corrected:
            yield f"{'':<9} {full(now.corrected):>17} of it corrections"
    days = found.compared
    yield f"The change is against {day_text(days.first)} to {day_text(days.last)}:"
    yield f"{full(found.before.inference.charge)} inference, {full(found.before.embedding.charge)} embedding."


def _change(now: int, then: int) -> str:
    found = spans.change(now, then)
    if found is None:
        return "new" if now > 0 else "-"
    return f"{'+' if found >= 0 else '-'}{abs(found) // 10}.{abs(found) % 10}%"


def _part(part: Part, total: Sums) -> Iterator[str]:
    if not part.lines:
        yield "Nothing was used."
        return
    yield f"{'':<{_NAME}} {'inference':>17} {'embedding':>15} {'share':>6}"
    for line in part.lines:
        yield _row(report_shapes.title(line), line.sums, total)
    if part.others:
        yield _row(f"{part.others:,} more", part.rest, total)


def _row(name: str, sums: Sums, total: Sums) -> str:
    share = f"{max(sums.charge, 0) * 100 // total.charge}%" if total.charge > 0 else "-"
    return f"{_padded(name)} {full(sums.inference.charge):>17} {full(sums.embedding.charge):>15} {share:>6}"


def _people(found: Report) -> Iterator[str]:
    yield f"{counted(found.stopped_count, 'person', 'people')} stopped at their limit,"
    yield f"{full(found.near_count)} with 90% or more of their inference allocation used."
    yield from (_near(one) for one in found.near)
    more = max(found.stopped_count, found.near_count) - len(found.near)
    if more > 0:
        yield "and more: sage-tui users list --query 'stopped:yes', 'used>=90%'"


def _near(one: Near) -> str:
    of = "" if one.allocation is None else f" of {full(one.allocation)}"
    kind = "emb." if one.kind is Kind.EMBEDDING else ""
    return f"{_padded(one.email)} {one.state:<9}{full(one.used)}{of} {kind}".rstrip()


def _forecast(found: Report) -> Iterator[str]:
    for kind, one in found.forecast.items():
        yield from _ends(kind, one)


def _ends(kind: Kind, one: Forecast) -> Iterator[str]:
    pool, remain = f"The {kind.value} pool", f"{full(max(one.remaining, 0))} remain"
    if one.lasting is None:
        yield f"{pool}: {remain}; not enough data for more ({one.history} of {HISTORY} days)."
        return
    pace = f"{full(one.lasting.a_week)} go a week."
    if one.remaining <= 0:
        yield f"{pool} is used up; {pace}"
        return
    if one.day is None:
        yield f"{pool} lasts beyond the month:"
    else:
        first, last = (None if ahead is None else day_text(one.today + ahead)
                       for ahead in (one.lasting.soonest, one.lasting.latest))  # fmt: skip
        yield f"{pool} lasts until {day_text(one.day)} (80%: {first or '-'} to {last or 'beyond'}):"
    yield f"{remain}, {pace}"


def _requests(found: Report) -> Iterator[str]:
    if not found.waiting:
        yield "None wait."
        return
    asked = ", ".join(f"{full(found.asked[kind])} {kind.value}" for kind in Kind if found.asked[kind])
    yield f"{counted(found.waiting, 'request waits', 'requests wait')}, for {asked}."


def _stranded(found: Report) -> Iterator[str]:
    for kind in Kind:
        line = found.stranded[kind]
        if line.allocated:
            share = line.stranded * 100 // line.allocated
            yield f"{kind.value:<9} {full(line.stranded):>17} ({share}%) of {full(line.allocated)} allocated"
        else:
            yield f"{kind.value:<9} nothing is allocated"


def _acts(acts: tuple[Acts, ...]) -> Iterator[str]:
    if not acts:
        yield "Nothing."
    for one in acts:
        times = "once" if one.count == 1 else f"{full(one.count)} times"
        refused = f", refused {full(one.refused)}" if one.refused else ""
        rows = f", {counted(one.rows, 'row')}" if one.batches else ""
        yield f"{one.action:<28} {times}{rows}{refused}"
        if one.batches:
            yield from _numbers(one)


def _numbers(one: Acts) -> Iterator[str]:
    """Batches, as many as fit in a line."""
    line = "  batch" if len(one.batches) + one.more == 1 else "  batches"
    for number in one.batches:
        if len(line) + len(f" {number}") > WIDTH - 4:
            yield line
            line = "   "
        line += f" {number}"
    more = f" and {one.more:,} more" if one.more else ""
    if len(line) + len(more) > WIDTH - 4:
        yield line
        line = "   "
    yield line + more


def _cut(foreign: str, width: int) -> str:
    """Cleaned, in at most so many cells."""
    shown = clean(foreign, limit=200)
    if cells(shown) <= width:
        return shown
    while cells(shown) > width - 1:
        shown = shown[:-1]
    return shown + "…"


def _padded(foreign: str) -> str:
    shown = _cut(foreign, _NAME)
    return shown + " " * (_NAME - cells(shown))
