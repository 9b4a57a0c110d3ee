"""Exports of statistics, requests, activity, batches and reports: what a page shows, all of it, as it is read.

The same sums, windows and filters as the pages' own; nothing is kept of what was written (product.md, "Token
Statistics"). Rows of model interactions go a way of their own, for there may be ten million (`export_activity`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sage_tui.domain import request_shapes, shapes, statistics_shapes
from sage_tui.domain.batch_fields import BATCHES
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.exports import FORECAST, Export, Exported, What, first_line
from sage_tui.domain.months import day_of, month_of_day, time_text
from sage_tui.domain.paging import After, Ask, Sort, Start, Window
from sage_tui.domain.progress import Progress, nothing
from sage_tui.domain.queries import Range as DaysAsked
from sage_tui.domain.queries_fields import ACTIVITY, REQUESTS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import EMPTY, Line, Question, View
from sage_tui.domain.units import Kind
from sage_tui.services import (
    batches,
    export_activity,
    export_files,
    export_reports,
    exports,
    forecasts,
    people,
    slices,
    statistics,
)
from sage_tui.services.context import Context
from sage_tui.services.export_files import Sink
from sage_tui.store.transaction import Tx, chunks
from sage_tui.store.windows import batches as batch_windows
from sage_tui.store.windows import requests as request_windows

Rows = Iterator[dict[str, Any]]
NEWEST = Sort("at", True)
VIEWS = {What.MONTHLY: View.MONTHS, What.MODELS: View.MODELS, What.DEPARTMENTS: View.DEPARTMENTS}
IN_TIME = (View.DAYS, View.MONTHS, View.YEARS)
TIMED = {What.ACTIVITY: ACTIVITY, What.REQUESTS: REQUESTS, What.BATCHES: BATCHES}
"""Whose days stand in the filter, and the fields that it knows."""

FORMATS = {What.REPORT: (*exports.FORMATS, "xlsx")}


def export(ctx: Context, command: Export, sink: Sink, progress: Progress = nothing) -> Exported:
    """Write what was asked for; audited. Raises QueryError, WrongUse, StepUpNeeded, StoreUnavailable, Interrupted.

    The entry stands in the audit before the file stands in its place; a stream's, before its first byte.
    """
    _demand_format(command)
    rows, verb = 0, command.what.verb
    if sink.path == "-":
        _note(ctx, command, sink, None)
    with ctx.read(verb) as tx:
        exports.demand_step_up(tx, command.organization_id)
        for count, data in _parts(tx, command):
            sink.write(data)
            rows += count
            progress(rows)
    if sink.path != "-":
        _note(ctx, command, sink, rows)
        if not ctx.dry_run:
            sink.publish()
    return Exported(sink.path, rows, sink.count, sink.sha256)


def to_file(
    ctx: Context, command: Export, progress: Progress = nothing, path: str = "", *, replace: bool = False
) -> Exported:
    """The same into a file: as named, else one in the export directory whose name says organization, days and time."""
    _demand_format(command)
    with export_files.FileSink(path or name(ctx, command), replace=replace) as sink:
        return export(ctx, command, sink, progress)


def name(ctx: Context, command: Export) -> str:
    """Where an export goes that was not told where. Raises NotFound (the organization), Forbidden."""
    stem = f"statistics-{command.view}" if command.what is What.STATISTICS else command.what.value
    with ctx.read(command.what.verb) as tx:
        span = command.span
        if command.what is What.REPORT:
            stem, span = f"report-{command.period.value}", export_reports.span(tx, command)
        whose = exports.whose(tx, command.organization_id)
        if span is None and command.what in TIMED:
            span = _asked(tx, command)
            whose += "" if span else "-all-days"
    return exports.named(ctx, stem, whose, span, command.format)


def _asked(tx: Tx, command: Export) -> Span | None:
    """The days that the filter asks for; None where it asks for all, or for days without a beginning."""
    today = int(day_of(tx.now))
    terms = parse(command.query, TIMED[command.what]).terms
    found = [term.days(today) for term in terms if isinstance(term, DaysAsked) and not term.negated]
    firsts = [int(first) for first, _ in found if first is not None]
    lasts = [int(last) for _, last in found if last is not None]
    return Span(max(firsts), max(min([*lasts, today]), max(firsts))) if firsts else None


def _demand_format(command: Export) -> None:
    known = FORMATS.get(command.what, exports.FORMATS)
    if command.format not in known:
        raise WrongUse(f"There is no format {command.format!r} here.", f"Formats: {', '.join(known)}.")


def _note(ctx: Context, command: Export, sink: Sink, rows: int | None) -> None:
    changes: list[exports.Change] = [("format", None, command.format)]
    if command.what is What.STATISTICS:
        changes.append(("view", None, command.view))
    if command.span is not None:
        changes += [(key, None, day) for key, day in statistics_shapes.span(command.span).items()]
    exports.note(ctx, command.what.verb, command.organization_id, sink, rows, changes, command.query)


def _parts(tx: Tx, command: Export) -> Iterator[tuple[int, bytes]]:
    """Rows as bytes, with how many they are."""
    if command.what is What.ACTIVITY:
        return export_activity.parts(tx, command)
    if command.what is What.REPORT:
        return export_reports.parts(tx, command)
    if command.what is What.REQUESTS:
        return _written(tx, command, REQUEST_COLUMNS, _requests(tx, command))
    if command.what is What.BATCHES:
        return _written(tx, command, BATCH_COLUMNS, _batches(tx, command))
    if command.what is What.STATISTICS and command.view == FORECAST:
        return _written(tx, command, FORECAST_COLUMNS, _forecast(tx, command))
    view = VIEWS.get(command.what) or View(command.view)
    if view is View.ALLOCATIONS:
        return _written(tx, command, ALLOCATION_COLUMNS, _allocations(tx, command))
    return _written(tx, command, _columns(view), _sums(tx, view, command))


def _written(tx: Tx, command: Export, columns: Sequence[str], rows: Rows) -> Iterator[tuple[int, bytes]]:
    as_of, written = time_text(tx.now), 0
    for part in chunks(rows, exports.PAGE):
        for row in part:
            row["as_of"] = as_of
        yield len(part), exports.written(part, command.format, header=written == 0)
        written += len(part)
    if written == 0 and command.format == "csv":
        yield 0, first_line((*columns, "as_of"))


# Statistics -----------------------------------------------------------------------------------------------------------


def _columns(view: View) -> tuple[str, ...]:
    """The columns of a view of sums: as in JSON, with all that was counted."""
    return (
        statistics_shapes.NAMES[view], *statistics_shapes.charges(EMPTY), "share", *statistics_shapes.counts(EMPTY)
    )  # fmt: skip


def _sums(tx: Tx, view: View, command: Export) -> Rows:
    """Every row of a view: nobody is put together as the rest."""
    span = command.span or named(Range.THIS_MONTH, int(day_of(tx.now)))
    asked = slices.narrowed(tx, command.query, span, command.organization_id)
    sort = command.sort or Sort("name" if view in IN_TIME else "share", view not in IN_TIME)
    if view is View.USERS:
        lines: Iterable[Line] = statistics.everybody(tx, asked, sort)
    else:
        lines = _sorted(view, statistics.answered(tx, Question(view, asked)).lines, sort)
    whole = statistics.whole(tx, asked)
    for line in lines:
        share = max(line.sums.charge, 0) * 1000 // whole if whole > 0 else None
        yield {**statistics_shapes.row(view, line), "share": share, **statistics_shapes.counts(line.sums)}


def _sorted(view: View, lines: Sequence[Line], sort: Sort) -> list[Line]:
    """As the page sorts them; equals stay as they came."""

    def order(line: Line) -> Any:
        if sort.column != "name":
            return statistics_shapes.value(line.sums, sort.column)
        return int(line.key) if view in IN_TIME else line.title.casefold()

    return sorted(lines, key=order, reverse=sort.descending)


ALLOCATION_COLUMNS = ("month", "kind", "used_of_allocation", "people", "allocated", "used", "stranded")
FORECAST_COLUMNS = (
    "of", "kind", "remaining", "used", "enough_data", "days_of_data", "a_week", "lasts_until", "soonest", "latest",
)  # fmt: skip


def _allocations(tx: Tx, command: Export) -> Rows:
    """Bands of allocation against use in the last month of the days that has begun."""
    today = int(day_of(tx.now))
    span = command.span or named(Range.THIS_MONTH, today)
    asked = slices.narrowed(tx, command.query, span, command.organization_id)
    month = int(month_of_day(max(min(span.last, today), span.first)))
    for kind in [asked.kind] if asked.kind else list(Kind):
        found = statistics_shapes.allocations(
            statistics.banded(tx, command.organization_id, kind, month, asked.department)
        )
        for row in found["rows"]:
            yield {"month": found["month"], "kind": found["kind"], **row}


def _forecast(tx: Tx, command: Export) -> Rows:
    """The pools, then the departments' allocations."""
    organization = people.organization_for(tx, command.organization_id)
    for kind, one in forecasts.of_organization(tx, organization).items():
        yield {"of": "the pool", "kind": kind.value, **statistics_shapes.forecast(one)}
    for department, by_kind in forecasts.of_departments(tx, organization).items():
        for kind, one in by_kind.items():
            yield {"of": department, "kind": kind.value, **statistics_shapes.forecast(one)}


# Windows, page by page ------------------------------------------------------------------------------------------------

REQUEST_COLUMNS = (
    "id", "email", "organization", "kind", "amount", "approved", "reason", "current_allocation", "allocation", "status",
    "created_at", "decided_at", "decided_by", "note", "lasts", "until", "automatic", "batch",
)  # fmt: skip
BATCH_COLUMNS = ("batch", "at", "actor", "action", "rows", "reason", "undoes", "undone_by", "organization")


def _all(window: Callable[[Ask], Window[Any]], command: Export) -> Iterator[Any]:
    """All rows of a window, a page at a time."""
    sort = command.sort or NEWEST
    ask = Ask(0, command.query, sort, Start(), exports.PAGE)
    while True:
        found = window(ask)
        yield from found.rows
        if not found.more_after or not found.keys:
            return
        ask = Ask(0, command.query, sort, After(found.keys[-1]), exports.PAGE)


def _requests(tx: Tx, command: Export) -> Rows:
    query = parse(command.query, REQUESTS)
    found = _all(lambda ask: request_windows.window(tx, query, ask, command.organization_id, command.status), command)
    return (request_shapes.request(row) for row in found)


def _batches(tx: Tx, command: Export) -> Rows:
    query = parse(command.query, BATCHES)
    found = _all(lambda ask: batch_windows.window(tx, query, ask, command.organization_id), command)
    rows = (batches.shown(tx, row) for row in found)
    return ({**shapes.batch(row), "organization": row.organization} for row in rows)
