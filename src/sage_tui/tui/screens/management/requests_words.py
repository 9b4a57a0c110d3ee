"""Token Requests in words: totals, what fits, cells, one request in full. Values in, lines out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from rich.cells import cell_len

from sage_tui.domain.amounts import full, short
from sage_tui.domain.auto_approval import Rule
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.request_shapes import lasting, rule_line
from sage_tui.domain.requests import Detail, Lasts, Status, TokenRequest, Totals
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import Kind
from sage_tui.domain.users import NEAR, share
from sage_tui.tui import times
from sage_tui.tui.numbers import bar, percent, sparkline, tokens
from sage_tui.tui.text import Line, Part
from sage_tui.tui.widgets.table_drawing import GAP, GUTTER, Cell

TABS: tuple[tuple[str, str], ...] = (
    ("Pending", "pending"), ("Approved", "approved"), ("Denied", "denied"), ("All", ""),
)  # fmt: skip

_WHO = Column("email", "Who", Unit.TEXT, 19, meaning="who asks: stands still while the other columns scroll")
_ASKS = Column("amount", "Asks", Unit.TOKENS, 9, sortable=False, meaning="how much more they ask for; emb is embedding")
_ORG = Column("organization", "Organization", Unit.TEXT, 16, sortable=False, operators_only=True)
_POOL = Column(
    "pool", "Unallocated", Unit.TOKENS, 11, sortable=False, operators_only=True,
    meaning="what the cap leaves in that organization's pool",
)  # fmt: skip
_HAD = Column(
    "had", "Had", Unit.TOKENS, 10, sortable=False, meaning="their limit of that kind when they asked",
)  # fmt: skip
_HAS = Column("has", "Has now", Unit.TOKENS, 10, sortable=False, meaning="their limit of that kind now")
_REASON = Column("reason", "Reason", Unit.TEXT, 17, sortable=False, meaning="why, in their words")
WAITING: tuple[Column, ...] = (
    _WHO, _ASKS, _ORG, _POOL,
    _HAD,
    Column("used", "Used", Unit.SHARE, 5, sortable=False, meaning="of the limit they have now, this UTC month"),
    Column("at", "Waiting", Unit.TIME, 8, meaning="since when; the oldest stand first"),
    _REASON,
    _HAS,
    Column("note", "Rule", Unit.TEXT, 40, sortable=False, meaning="why the auto-approval rule did not answer"),
)  # fmt: skip
"""Columns of what waits."""

ANSWERED: tuple[Column, ...] = (
    _WHO, _ASKS, _ORG,
    Column("status", "Answer", Unit.STATE, 15, sortable=False, meaning="and how much, where it was granted in part"),
    Column("by", "By", Unit.TEXT, 13, sortable=False, meaning="who decided"),
    Column("at", "Asked on", Unit.TIME, 12, meaning="when it was asked"),
    _REASON,
    Column("note", "Note", Unit.TEXT, 40, sortable=False, meaning="what was said with the answer"),
    _HAD, _HAS,
)  # fmt: skip
"""Columns of what was answered, and of all."""

SIGNS = {Status.PENDING: "…", Status.APPROVED: "✓", Status.DENIED: "✕", Status.WITHDRAWN: "–"}
LOOKS = {Status.PENDING: "near", Status.APPROVED: "good", Status.DENIED: "bad", Status.WITHDRAWN: "quiet"}


ENOUGH, LONGEST = 24, 60
"""Cells of a reason before an e-mail gets more room, and at most."""

WIDER = 12
"""Cells more that an e-mail gets where there is room."""


def columns(tab: str, operator: bool, width: int) -> list[Column]:
    """The columns of a tab, e-mail and reason as wide as the terminal leaves room for."""
    known = WAITING if tab == Status.PENDING else ANSWERED
    found = [column for column in known if operator or not column.operators_only]
    before = found[: found.index(_REASON)]
    left = width - GUTTER - sum(column.width + GAP for column in before)
    more = min(max(left - ENOUGH, 0), WIDER)
    wide = replace(_REASON, width=min(max(left - more, _REASON.width), LONGEST))
    return [replace(_WHO, width=_WHO.width + more), *(wide if one is _REASON else one for one in found[1:])]


def drawer(
    short_form: bool, zone: str, clock: Callable[[], datetime], rooms: Mapping[tuple[int, Kind], int]
) -> Callable[[TokenRequest, Column], Cell]:
    """The cells, in a number style and a zone. `rooms`: what each organization's cap leaves of a kind.

    `clock` is asked whenever a cell is drawn: what waits has waited until then, not until the page was opened.
    """

    def draw(row: TokenRequest, column: Column) -> Cell:
        match column.key:
            case "amount":
                return f"{'emb ' if row.kind is Kind.EMBEDDING else ''}{short(row.amount)}", ""
            case "has":
                return tokens(row.allocation, short_form), "quiet" if row.allocation is None else ""
            case "had":
                return tokens(row.current_allocation, short_form), "quiet" if row.current_allocation is None else ""
            case "pool":
                room = rooms.get((row.organization_id, row.kind))
                return ("·", "quiet") if room is None else (short(room), "bad" if room < row.amount else "")
            case "used":
                return _used(row)
            case "at":
                waits, now = row.status is Status.PENDING, clock()
                return (waited(row, now) if waits else times.day_and_minute(row.created_at, now, zone)), ""
            case "status":
                return f"{SIGNS[row.status]} {answer(row)}", LOOKS[row.status]
            case "by":
                return clean(row.decided_by or "–", limit=60), "" if row.decided_by else "quiet"
            case "organization":
                return clean(row.organization, limit=60), ""
            case key:
                return clean(str(getattr(row, key)), limit=300), ""

    return draw


def _used(row: TokenRequest) -> Cell:
    part = share(row.used, row.allocation)
    return percent(part), "bad" if part is not None and part >= 1000 else "near" if part and part >= NEAR else ""


def waited(row: TokenRequest, now: datetime) -> str:
    """How long a request waits: `2 days`."""
    return times.ago(row.created_at, now).removesuffix(" ago")


def answer(row: TokenRequest) -> str:
    """`approved 300K` where it was in part, else the state."""
    if row.status is Status.APPROVED and row.approved != row.amount:
        return f"approved {short(row.approved)}"
    return row.status.value


def totals(of: Totals) -> Line:
    """What stands beside the tabs: `unallocated 87.6M, emb 40M`, of the kinds that are asked for."""
    if not of.pools:
        return ()
    kinds = [kind for kind in Kind if of.asked[kind]] or [Kind.INFERENCE]
    parts: list[Part] = []
    for kind in kinds:
        left = of.pools[kind].unallocated
        name = "emb " if kind is Kind.EMBEDDING else ""
        words = f"{name}{short(left)}" if left >= 0 else f"{name}over-committed by {short(-left)}"
        parts += [(", " if parts else "unallocated "), (words, "" if left >= 0 else "$bad")]
    return tuple(parts)


def number(of: Totals, status: str) -> int:
    """How many stand on a tab."""
    return of.by_status[Status(status)] if status else of.all


def _that_fits(width: int, *sentences: str) -> str:
    """The first of several ways to say it that is not cut at so many cells; else the last."""
    return next((said for said in sentences if cell_len(said) <= width), sentences[-1])


def fits(of: Totals, width: int) -> str:
    """`all 4 together ask 3.2M and fit`, or else what is missing; nothing where nobody waits or pools are several.

    Where `width` cells are too few the key is left out, which the footer says too, and then numbers are short.
    """
    waiting = of.by_status[Status.PENDING]
    if not waiting or not of.room:
        return ""
    kinds = [kind for kind in Kind if of.asked[kind]]
    asked = " and ".join(f"{short(of.asked[kind])}{_named(kind)}" for kind in kinds)
    if of.fit:
        return f"it asks {asked} and fits" if waiting == 1 else f"all {waiting:,} together ask {asked} and fit"
    who = "it asks" if waiting == 1 else f"all {waiting:,} ask"
    missing = [(left, _named(kind)) for kind in kinds if (left := of.asked[kind] - max(of.room[kind], 0)) > 0]
    said = f"{who} {asked}: {' and '.join(f'{left:,}{name}' for left, name in missing)} missing."
    brief = f"{who} {asked}: {' and '.join(f'{short(left)}{name}' for left, name in missing)} missing."
    least = brief.removeprefix(f"{who} {asked}: ")
    return _that_fits(width, f"{said} f approves what fits", said, brief, least)


def rule(of: Rule, width: int) -> str:
    """The auto-approval rule in a line."""
    return _that_fits(
        width, rule_line(of), f"Auto-approval: up to {short(of.largest)} while ≤ {of.pool_used}% is used."
    )


def _named(kind: Kind) -> str:
    return "" if kind is Kind.INFERENCE else f" {kind.value}"


def nothing(of: Totals | None, status: str, now: datetime, zone: str, width: int) -> str:
    """What stands there while a tab is empty, in a line of so many cells."""
    if status != Status.PENDING:
        return "No request was made yet." if not status else f"No request was {status} yet."
    words = "No requests are waiting."
    if of is None or of.last_answer is None:
        return f"{words} Members ask from their home."
    yes, no = of.by_status[Status.APPROVED], of.by_status[Status.DENIED]
    tabs = ", ".join(f"{name}, {count:,}" for name, count in (("Approved", yes), ("Denied", no)) if count)
    last = f"The last one was answered on {times.day(of.last_answer, now, zone)}"
    return _that_fits(width, f"{words} {last} ({tabs}).", f"{words} {last}.", words)


def asked(row: TokenRequest) -> str:
    """`500K inference tokens for tom@acme.example`"""
    return f"{short(row.amount)} {row.kind.value} tokens for {row.email}"


def detail(of: Detail, now: datetime, zone: str) -> list[Line]:
    """All that helps to decide one request."""
    row = of.request
    when = f"{times.minute(row.created_at, zone)} ({times.ago(row.created_at, now)})"
    lines: list[Line] = [
        ((row.email, "bold"), f"   {row.organization}" + ("" if row.member else ", not a member any more")),
        (f"asks      {full(row.amount)} {row.kind.value} tokens, {when}",),
        (f'"{row.reason}"',),
        ("",),
        _has(row),
        (f"last 30 days  {sparkline(of.days)}",),
        (f"policy    {of.policy}{f' · exception: {of.override}' if of.override else ''}",),
        (f"pool      {full(max(of.room, 0))} of {row.kind.value} fit",),
    ]  # fmt: skip
    if not row.paid and row.member:
        lines.append((("may not spend: approving offers to activate them", "$near"),))
    if row.note and row.status is Status.PENDING:
        lines.append((f"waits     {row.note}",))
    if row.status is not Status.PENDING:
        lines += _decided(row, zone)
    return [*lines, ("",), *_earlier(of, now, zone)]


def _has(row: TokenRequest) -> Line:
    then = "" if row.current_allocation == row.allocation else f", {full(row.current_allocation)} when they asked"
    if row.allocation is None:
        return (f"has       no limit set, used {full(row.used)}{then}",)
    part = share(row.used, row.allocation)
    return (f"has       {bar(part)} {full(row.used)} of {full(row.allocation)} used, {percent(part)}{then}",)


def _decided(row: TokenRequest, zone: str) -> list[Line]:
    who = f" by {row.decided_by}" if row.decided_by else ""
    when = f", {times.minute(row.decided_at, zone)}" if row.decided_at else ""
    how = f" {full(row.approved)} {lasting(row)}" if row.status is Status.APPROVED else ""
    lines: list[Line] = [((f"{row.status.value}{how}", "bold"), f"{who}{when}")]
    lines += [(f'"{row.note}"',)] if row.note else []
    return lines + ([(f"batch     {row.batch}",)] if row.batch is not None else [])


def _earlier(of: Detail, now: datetime, zone: str) -> list[Line]:
    if not of.earlier:
        return [(("They asked for nothing before.", "$quiet"),)]
    lines: list[Line] = [(("Asked before", "bold"),)]
    for row in of.earlier:
        note = f' "{row.note}"' if row.note else ""
        day = times.day(row.created_at, now, zone)
        lines.append(
            (f"  {day:>11}  {short(row.amount):>6} {row.kind.value}  {SIGNS[row.status]} {answer(row)}{note}",)
        )
    return lines


def done(status: Status, rows: tuple[TokenRequest, ...], batch: int | None, over: int) -> str:
    """What a decision did, in a line."""
    if len(rows) == 1:
        row = rows[0]
        how = f"{short(row.approved)} {lasting(row)}" if status is Status.APPROVED else short(row.amount)
        words = f"{status.value.capitalize()}: {how} for {row.email}"
    else:
        words = f"{status.value.capitalize()}: {counted(len(rows), 'request')}"
    passed = f", {counted(over, 'request')} passed over" if over else ""
    if status is Status.APPROVED and any(not row.paid for row in rows):
        passed += ", who may not spend yet" if len(rows) == 1 else ", some of whom may not spend yet"
    return f"{words} as batch {batch}{passed} · u undoes it"


def lasts_of(text: str) -> tuple[Lasts, str]:
    """How long, as typed: `month` (or nothing), `good`, or a date, which is given back."""
    word = text.strip().lower()
    if word in ("", "month", "this month"):
        return Lasts.MONTH, ""
    if word in ("good", "for good"):
        return Lasts.GOOD, ""
    return Lasts.UNTIL, text.strip()
