"""Token Statistics: sums of the daily totals, by day, month, year, model, department and person, and their proof.

Pages, exports, reports and commands ask here, and nowhere else, what was used (product.md, "Token Statistics").
"""

from collections.abc import Iterator
from dataclasses import replace

from sage_tui.domain import spans
from sage_tui.domain.errors import NotFound
from sage_tui.domain.months import day_of, day_text, month_of, month_of_day, month_text
from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import (
    EMPTY,
    Allocations,
    Band,
    BandLine,
    Line,
    Proof,
    Question,
    Slice,
    Statistics,
    Sums,
    View,
)
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.services import slices
from sage_tui.services.context import Context
from sage_tui.store.transaction import Tx, chunks
from sage_tui.store.windows import allocations as bands
from sage_tui.store.windows import statistics as store

NOBODY = -1
"""The key of the department of identities that belong to nobody: no department has a number."""

MOST = Sort("share", True)
"""Most charged first."""

_PAGE = 1_000


def look(ctx: Context, question: Question) -> Statistics:
    """A view with its total and that of the stretch before. Raises NotFound (a model, a person, an organization)."""
    with ctx.read(Verb.STATS) as tx:
        return answered(tx, question)


def ask(
    ctx: Context, view: View, span: Span, query: str = "", organization_id: int | None = None, top: int | None = None
) -> Statistics:
    """A view of what a filter narrows it to. Raises QueryError, WrongUse (a term that finds nothing, or several)."""
    with ctx.read(Verb.STATS) as tx:
        return answered(tx, Question(view, slices.narrowed(tx, query, span, organization_id), top))


def narrowed(ctx: Context, query: str, span: Span, organization_id: int | None = None) -> Slice:
    """What a filter narrows statistics to. Raises as `ask`."""
    with ctx.read(Verb.STATS) as tx:
        return slices.narrowed(tx, query, span, organization_id)


def answered(tx: Tx, question: Question) -> Statistics:
    """A step: the same, for reports and exports."""
    asked = _known(tx, question.slice)
    compared = spans.before(asked.span, day_of(tx.now))
    total = store.total(tx, asked)
    lines, others = _lines(tx, replace(question, slice=asked))
    shown = sum((line.sums for line in lines), EMPTY)
    return Statistics(
        question=replace(question, slice=asked),
        lines=tuple(lines),
        total=total,
        before=store.total(tx, replace(asked, span=compared)),
        compared=compared,
        as_of=tx.now,
        rest=total - shown,
        others=others,
    )


def _known(tx: Tx, asked: Slice) -> Slice:
    """The slice, with an administrator's organization in it. A department that nobody has is empty, not wrong."""
    if asked.model is not None and asked.model not in store.models(tx):
        raise NotFound(f"There is no model {clean(asked.model, limit=60)!r}", "See `sage-tui stats models`.")
    own = tx.actor.organization_id
    if own is None or asked.organization_id is not None:
        return asked
    return replace(asked, organization_id=own)


def _lines(tx: Tx, question: Question) -> tuple[list[Line], int]:
    asked = question.slice
    match question.view:
        case View.DAYS | View.MONTHS | View.YEARS:
            return _in_time(tx, question.view, asked), 0
        case View.MODELS:
            return _top([Line(key, key, sums) for key, sums in store.by_model(tx, asked).items()], question.top)
        case View.DEPARTMENTS:
            found = store.by_department(tx, asked)
            lines = [Line(NOBODY if key is None else key, key or "", sums) for key, sums in found.items()]
            return _top(lines, question.top)
        case View.USERS:
            return _people(tx, asked, question.top)
        case View.ALLOCATIONS:
            return [], 0


def _top(lines: list[Line], count: int | None) -> tuple[list[Line], int]:
    """The largest first, equals by title."""
    ordered = sorted(lines, key=lambda line: (-line.sums.charge, line.title, str(line.key)))
    return (ordered, 0) if count is None else (ordered[:count], len(ordered[count:]))


def _in_time(tx: Tx, view: View, asked: Slice) -> list[Line]:
    """Every day, month or year that has begun, also those without usage; and later ones that have some all the same."""
    found = store.by_day(tx, asked)
    last = max([spans.elapsed(asked.span, day_of(tx.now)).last, *found])
    summed: dict[int, Sums] = {}
    for day in range(asked.span.first, last + 1):
        key = {View.DAYS: day, View.MONTHS: month_of_day(day), View.YEARS: month_of_day(day) // 12}[view]
        summed[key] = summed.get(key, EMPTY) + found[day] if day in found else summed.get(key, EMPTY)
    return [Line(key, _title(view, key), sums) for key, sums in summed.items()]


def _title(view: View, key: int) -> str:
    if view is View.YEARS:
        return str(key)
    return day_text(key) if view is View.DAYS else month_text(key)


def _people(tx: Tx, asked: Slice, count: int | None) -> tuple[list[Line], int]:
    if count is None:
        return list(everybody(tx, asked)), 0
    ranked = store.top_users(tx, asked, count)
    lines = list(_named(tx, ranked))
    others = 0 if len(lines) < count else store.users(tx, asked) - len(lines)
    return lines, others


def whole(tx: Tx, asked: Slice) -> int:
    """A step: the charge of a whole slice, both kinds: what shares are of."""
    return store.total(tx, _known(tx, asked)).charge


def everybody(tx: Tx, asked: Slice, sort: Sort = MOST) -> Iterator[Line]:
    """A step: everybody with usage in a slice, streamed; most charged first unless another column is said."""
    found = store.every_user(tx, _known(tx, asked), sort.column, descending=sort.descending)
    for some in chunks(found, _PAGE):
        yield from _named(tx, some)


def _named(tx: Tx, ranked: list[tuple[int, Sums]]) -> Iterator[Line]:
    names = store.names(tx, [number for number, _ in ranked])
    return (Line(number, names.get(number, ""), sums) for number, sums in ranked)


def allocations(
    ctx: Context,
    organization_id: int | None = None,
    kind: Kind = Kind.INFERENCE,
    month: int | None = None,
    department: str | None = None,
) -> Allocations:
    """Allocation against use in a month (this one unless said). Raises NotFound for a month that is to come."""
    with ctx.read(Verb.STATS) as tx:
        return banded(tx, organization_id, kind, month_of(tx.now) if month is None else month, department)


def banded(tx: Tx, organization_id: int | None, kind: Kind, month: int, department: str | None = None) -> Allocations:
    """A step: the same."""
    if month > month_of(tx.now):
        raise NotFound(f"{month_text(month)} is still to come.", "Choose this month or an earlier one.")
    lines = bands.bands(tx, kind, month, organization_id, department)
    total = sum(lines, BandLine(Band.UNSET))
    people, held = bands.used(tx, kind, month, organization_id) if department is None else (total.used, 0)
    return Allocations(month, kind, tuple(lines), total, tx.now, held, people - total.used)


def filters(ctx: Context, organization_id: int | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What can be chosen from: departments that people have now, and models."""
    with ctx.read(Verb.STATS) as tx:
        return tuple(store.departments(tx, organization_id)), tuple(store.models(tx))


def prove(ctx: Context, asked: Slice) -> Proof:
    """Hold a slice's total against a plain sum over its events, in one reading of the store."""
    with ctx.read(Verb.STATS) as tx:
        asked = _known(tx, asked)
        total, (events, counted) = store.total(tx, asked), store.of_events(tx, asked)
        checked = tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = 'checked_at'")
        at = None if checked is None else int(checked)
        since, calls = (0, 0) if at is None else store.since(tx, asked, at)
        return Proof(total, events, counted, tx.now, at, since, calls)
