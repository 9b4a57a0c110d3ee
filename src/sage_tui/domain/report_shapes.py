"""A report as JSON and as rows of a file: the same numbers, section by section (docs/statistics.md)."""

from collections.abc import Iterator, Mapping
from typing import Any

from sage_tui.domain.months import month_text, time_text
from sage_tui.domain.reports import Acts, Near, Part, Report
from sage_tui.domain.statistics import EMPTY, Line, Sums, View
from sage_tui.domain.statistics_shapes import NAMES, charges, counts, forecast, name, span
from sage_tui.domain.units import Kind

Json = dict[str, Any]

COLUMNS = (
    "section", "name", "inference", "embedding", *counts(EMPTY), "count", "detail", "as_of",
)  # fmt: skip
"""Of the rows; a section leaves empty what it has not."""

REST = "(the others)"
UNNAMED = "(belongs to nobody)"
NO_DEPARTMENT = "(none)"


def report(found: Report) -> Json:
    """A report as JSON."""
    return {
        "organization": found.organization,
        "period": found.period.value,
        **span(found.span),
        "total": _sums(found.total),
        "before": {**span(found.compared), **_sums(found.before)},
        "models": _part(found.models, View.MODELS),
        "departments": _part(found.departments, View.DEPARTMENTS),
        "people": {
            "stopped": found.stopped_count,
            "near": found.near_count,
            "named": [_near(one) for one in found.near],
        },
        "forecast": {kind.value: forecast(one) for kind, one in found.forecast.items()},
        "requests": {"waiting": found.waiting, **{kind.value: found.asked[kind] for kind in Kind}},
        "stranded": {"month": month_text(found.month), **{kind.value: _stranded(found, kind) for kind in Kind}},
        "acts": [_acts(one) for one in found.acts],
        "as_of": time_text(found.as_of),
    }


def _sums(sums: Sums) -> Json:
    return {**charges(sums), **counts(sums)}


def _part(part: Part, view: View) -> Json:
    rows = [{NAMES[view]: name(view, line), **_sums(line.sums)} for line in part.lines]
    return {"rows": rows, "rest": {"count": part.others, **_sums(part.rest)}}


def _near(one: Near) -> Json:
    return {
        "email": one.email, "stopped": one.stopped, "state": one.state, "kind": one.kind.value, "used": one.used,
        "allocation": one.allocation,
    }  # fmt: skip


def _stranded(found: Report, kind: Kind) -> Json:
    line = found.stranded[kind]
    return {"people": line.people, "allocated": line.allocated, "used": line.used, "stranded": line.stranded}


def _acts(one: Acts) -> Json:
    return {
        "action": one.action, "count": one.count, "refused": one.refused, "batches": list(one.batches),
        "more_batches": one.more, "rows": one.rows,
    }  # fmt: skip


def rows(found: Report) -> Iterator[Json]:
    """The rows of a file, in the order of the sections."""
    as_of = time_text(found.as_of)
    for section, one in _rows(found):
        yield {**dict.fromkeys(COLUMNS), "section": section, **one, "as_of": as_of}


def _rows(found: Report) -> Iterator[tuple[str, Json]]:
    first, last = span(found.span).values()
    yield "total", {"name": f"{first} to {last}", **_sums(found.total), "detail": found.organization}
    first, last = span(found.compared).values()
    yield "total", {"name": f"before: {first} to {last}", **_sums(found.before)}
    for section, part in (("models", found.models), ("departments", found.departments)):
        for line in part.lines:
            yield section, {"name": title(line), **_sums(line.sums)}
        if part.others:
            yield section, {"name": REST, **_sums(part.rest), "count": part.others}
    yield "people", {"name": "stopped", "count": found.stopped_count}
    yield "people", {"name": "near", "count": found.near_count}
    for one in found.near:
        allocation = "" if one.allocation is None else f" of {one.allocation} {one.kind.value}"
        state = one.state
        yield "people", {"name": one.email, one.kind.value: one.used, "detail": f"{state}{allocation}"}
    yield from (("forecast", row) for row in _forecasts(found))
    yield "requests", {"name": "waiting", **_by_kind(found.asked), "count": found.waiting}
    for figure in ("allocated", "used", "stranded"):
        amounts = {kind: int(getattr(found.stranded[kind], figure)) for kind in Kind}
        yield "stranded", {"name": figure, **_by_kind(amounts), "detail": month_text(found.month)}
    for act in found.acts:
        yield "acts", {"name": act.action, "count": act.count, "detail": _detail(act)}


def title(line: Line) -> str:
    """A model's or department's name; words where it has none."""
    return line.title or (UNNAMED if isinstance(line.key, int) else NO_DEPARTMENT)


def _by_kind(amounts: Mapping[Kind, int]) -> Json:
    return {kind.value: amounts[kind] for kind in Kind}


def _forecasts(found: Report) -> Iterator[Json]:
    told = {kind: forecast(one) for kind, one in found.forecast.items()}
    yield {"name": "remaining", **{kind.value: one["remaining"] for kind, one in told.items()}}
    yield {"name": "a_week", **{kind.value: one["a_week"] for kind, one in told.items()}}
    for kind, one in told.items():
        until = one["lasts_until"] or ("beyond the month" if one["enough_data"] else "not enough data")
        yield {"name": f"{kind.value} lasts until", "detail": until}


def _detail(act: Acts) -> str:
    said = [f"refused {act.refused}"] if act.refused else []
    if act.batches:
        more = f" and {act.more} more" if act.more else ""
        said.append(f"batches {' '.join(map(str, act.batches))}{more}, rows {act.rows}")
    return ", ".join(said)
