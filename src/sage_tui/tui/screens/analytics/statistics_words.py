"""What the statistics page reads: lines of numbers, cells, columns, pictures, explanations. Values in, words out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain import figures, spans, statistics_shapes
from sage_tui.domain.amounts import full
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.months import day_text
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Line, Proof, Slice, Statistics, Sums, View
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import Kind
from sage_tui.tui import times
from sage_tui.tui.numbers import bar, percent, share_of, tokens
from sage_tui.tui.screens.analytics.chart import Bars, Columns, Picture
from sage_tui.tui.text import Line as TextLine
from sage_tui.tui.widgets.table_drawing import Cell

REST = "\0rest"
"""The key of the row of all that the others do not show."""

NOBODY = "(belongs to nobody)"
NONE = "(none)"

TITLES = {
    View.DAYS: "Day", View.MONTHS: "Month", View.YEARS: "Year", View.MODELS: "Model",
    View.DEPARTMENTS: "Department", View.USERS: "User",
}  # fmt: skip

FIGURES = {"inference": "charge", "embedding": "charge", "counted": "counted", "share": "share", "calls": "calls",
           "failures": "failures", "corrected": "corrected"}  # fmt: skip
"""Which figure a column is."""


DEFINED = {**FIGURES, "remaining": "remaining", "week": "week", "lasts": "lasts", "band": "band", "used": "used",
           "allocated": "allocated", "stranded": "stranded"}  # fmt: skip
"""Which figure every column is."""


IN_TIME = (View.DAYS, View.MONTHS, View.YEARS)


def rows(found: Statistics) -> list[Line]:
    """The table's rows, and what they do not show as one."""
    lines = list(found.lines)
    if found.others:
        lines.append(Line(REST, f"{found.others:,} more", found.rest))
    return lines


def columns(found: Statistics) -> list[Column]:
    """What is shown: counted tokens where they are not what was charged, corrections where there are any."""
    asked = found.question.slice
    kinds = [kind for kind in Kind if asked.kind in (None, kind)]
    view = found.question.view
    made = [Column("name", TITLES[view], Unit.TEXT, 28 if view is View.USERS else 12 if view in IN_TIME else 20)]
    made += [Column(kind.value, kind.value.capitalize(), Unit.TOKENS, 13) for kind in kinds]
    made.append(Column("share", "Share", Unit.SHARE, 15))
    if found.weighted:
        made.append(Column("counted", "Counted", Unit.TOKENS, 13))
    made += [Column("calls", "Calls", Unit.TOKENS, 9), Column("failures", "Failed", Unit.TOKENS, 7)]
    if any(found.total.of(kind).corrected for kind in Kind) or any(_corrected(line.sums) for line in found.lines):
        made.append(Column("corrected", "Corrected", Unit.TOKENS, 12))
    return made


def _corrected(sums: Sums) -> int:
    return sums.inference.corrected + sums.embedding.corrected


value = statistics_shapes.value
"""A column's number: exports sort by the same."""


def drawer(found: Statistics, short: bool) -> Callable[[Line, Column], Cell]:
    """Cells of rows."""
    whole = found.total.charge

    def draw(row: Line, column: Column) -> Cell:
        if column.key == "name":
            return name(row), "quiet" if row.key == REST else ""
        number = value(row.sums, column.key)
        if column.key == "share":
            share = share_of(max(number, 0), whole)
            return f"{bar(share)} {percent(share):>4}", ""
        if column.key in ("calls", "failures"):
            return full(number), "" if number else "quiet"
        return tokens(number, short), "" if number else "quiet"

    return draw


def name(row: Line) -> str:
    """What a row is called."""
    if row.title:
        return clean(row.title, limit=120)
    return NOBODY if isinstance(row.key, int) else NONE


def numbers(found: Statistics, short: bool) -> list[TextLine]:
    """The lines of numbers: both kinds with the change against the stretch before."""
    lines: list[TextLine] = []
    asked = found.question.slice
    for kind in Kind:
        if asked.kind not in (None, kind):
            continue
        now, then = found.total.of(kind), found.before.of(kind)
        sign = "▓" if kind is Kind.INFERENCE else "▒"
        calls = f"{full(now.calls)} {'call' if now.calls == 1 else 'calls'}, {full(now.failures)} failed"
        parts: list[tuple[str, str] | str] = [
            f"{sign} {kind.value.capitalize()} ", (f"{tokens(now.charge, short):>13}", "bold"),
            f"  {change(now.charge, then.charge):>8}",
            f"  {calls}",
        ]  # fmt: skip
        if now.charge != now.counted:
            parts.append((f"  counted {tokens(now.counted, True)}", "$quiet"))
        if now.corrected:
            parts.append((f"  corrected {tokens(now.corrected, True)}", "$quiet"))
        lines.append(tuple(parts))
    return lines


def change(now: int, then: int) -> str:
    """`+4.7%`, `-12.0%`; `new` where there was nothing before."""
    found = spans.change(now, then)
    if found is None:
        return "new" if now > 0 else "–"
    sign = "+" if found > 0 else "-" if found < 0 else "±"
    return f"{sign}{abs(found) // 10}.{abs(found) % 10}%" if abs(found) < 10_000 else f">{sign}999%"


def foot(found: Statistics, now: datetime, zone: str) -> str:
    """`As of 14:02 · against October 2026`."""
    at = times.clock_or_day(to_datetime(found.as_of), now, zone)
    said = f"As of {at} · against {found.compared.words()} · ▓ inference ▒ embedding"
    single = found.question.view in (View.MONTHS, View.YEARS) and len(found.lines) == 1
    return f"d chooses more days · {said}" if single else said


def picture(found: Statistics) -> Picture | None:
    """Columns of what stands in time, bars of what is ranked; nothing of nothing."""
    if not any(line.sums.charge for line in found.lines):
        return None
    lower = [line.sums.inference.charge for line in found.lines]
    upper = [line.sums.embedding.charge for line in found.lines]
    if found.question.view in (View.MODELS, View.DEPARTMENTS, View.USERS):
        return Bars([name(line) for line in found.lines], lower, upper)
    return Columns(lower, upper, ticks(found.question.view, [line.title for line in found.lines]))


def ticks(view: View, titles: Sequence[str]) -> list[tuple[int, str]]:
    """Names of some places in time, few enough to be read: `11-08`, `2026-11`."""
    most = 8 if view is View.DAYS else 12
    step = 7 if view is View.DAYS and len(titles) > most else max(-(-len(titles) // most), 1)
    step = max(step, -(-len(titles) // most)) if len(titles) > 7 * most else step
    return [(at, _tick(view, title, first=at == 0)) for at, title in enumerate(titles) if at % step == 0]


def _tick(view: View, title: str, *, first: bool) -> str:
    """A day without its year; a month with it at the first and at each January."""
    if view is View.YEARS or (view is View.MONTHS and (first or title.endswith("-01"))):
        return title
    return title[5:]


def empty(found: Statistics, query: str, today: int) -> str:
    """What to do where nothing was used."""
    span = found.question.slice.span
    if span.first > today:
        return "These days are still to come. [ goes back."
    if query:
        return "Nothing of this was used in these days. esc clears the filter, d other days."
    return "Nothing was used in these days. d chooses others, [ those before."


def slice_words(asked: Slice, person: str = "", of: str = "") -> str:
    """What a number is of: days, organization, model, department, person, kind."""
    parts = [asked.span.words(), of]
    if asked.model is not None:
        parts.append(f"model {asked.model}")
    if asked.department is not None:
        parts.append(f"department {asked.department or NONE}")
    if asked.user is not None:
        parts.append(person or f"person {asked.user}")
    parts.append(asked.kind.value if asked.kind else "both kinds")
    return " · ".join(part for part in parts if part)


def explained(figure: str, number: str, of: str, proof: Proof, now: datetime, zone: str) -> list[TextLine]:
    """`=`: what it means, which sum it is, the proof, and what has come since the last whole check."""
    known = figures.BY_KEY[figure]
    lines: list[TextLine] = [
        ((f"{known.title}: {number}", "bold"),), (of,), ("",), (known.meaning,), (f"It is {known.sum}.",), ("",),
    ]  # fmt: skip
    events = "1 event adds" if proof.counted == 1 else f"{proof.counted:,} events add"
    if proof.equal:
        lines.append((f"Proved just now: {events} up to the same, to the token.",))
    else:
        off = proof.total.charge - sum(proof.events.of(kind).charge for kind in Kind)
        lines.append(((f"✕ {events} up to something else: the total is {full(off)} above.", "$bad"),))
        lines.append(("sage-tui doctor says where, and mends it.",))
    if proof.checked_at is None:
        lines.append(("All totals were never checked together: sage-tui doctor does it.",))
    else:
        at = times.clock_or_day(to_datetime(proof.checked_at), now, zone)
        since = "nothing" if not proof.calls_since else f"{full(proof.since)} in {counted(proof.calls_since, 'call')}"
        lines.append((f"All totals were last checked {at}; of this, {since} has come since.",))
    return lines


def row_slice(found: Statistics, row: Line) -> Slice | None:
    """The slice that a row is the sum of; None of the identities that belong to nobody together, which no slice is."""
    asked = found.question.slice
    if row.key == REST:
        return asked
    match found.question.view:
        case View.DAYS:
            return replace(asked, span=Span(int(row.key), int(row.key)))
        case View.MONTHS:
            return replace(asked, span=spans.whole_months(int(row.key), int(row.key)))
        case View.YEARS:
            return replace(asked, span=spans.whole_months(int(row.key) * 12, int(row.key) * 12 + 11))
        case View.MODELS:
            return replace(asked, model=row.title)
        case View.DEPARTMENTS:
            return replace(asked, department=row.key) if isinstance(row.key, str) else None
        case _:
            return replace(asked, user=int(row.key))


def of_kind(asked: Slice, kind: Kind) -> Slice:
    """One kind of it."""
    return replace(asked, kind=kind)


def definitions(key: str, title: str) -> list[TextLine]:
    """What a column without a sum of its own means."""
    known = figures.BY_KEY.get(DEFINED.get(key, key))
    if known is None:
        return [((title, "bold"),), ("what the row stands for",)]
    return [((known.title, "bold"),), ("",), (known.meaning,), (f"It is {known.sum}.",)]


def days_asked(span: Span, words: str) -> str:
    """The days at the right of the filter: a name with its days."""
    return words if words[:1].isdigit() else f"{words} · {day_text(span.first)} to {day_text(span.last)}"
