"""What the cells and details of interactions and audit entries read."""

from collections.abc import Callable
from datetime import datetime

from sage_tui.domain.activity import ActivityRow, AuditRow
from sage_tui.domain.amounts import full
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.text import clean
from sage_tui.tui import times
from sage_tui.tui.numbers import tokens
from sage_tui.tui.text import Line
from sage_tui.tui.widgets.table_drawing import Cell

STATUS = {
    "success": (" ", ""), "failure": ("✕", "bad"), "refused": ("■", "bad"), "unknown": ("?", "near"),
    "reversal": ("−", ""), "credit": ("−", ""), "recharge": ("±", ""),
}  # fmt: skip


TOKENS = ("inference", "embedding")
"""What the names of fields in tokens begin with."""

NARROW_INTERACTIONS = {
    "at": 12, "email": 15, "model": 11, "prompt_tokens": 6, "completion_tokens": 6, "charge": 6, "status": 9
}  # fmt: skip
NARROW_ENTRIES = {"at": 12, "actor": 18, "action": 20, "target": 21}


def interaction_drawer(short: bool, zone: str, narrow: bool, now: datetime) -> Callable[[ActivityRow, Column], Cell]:
    """Cells of interactions."""

    def draw(row: ActivityRow, column: Column) -> Cell:
        if column.key == "email":
            stranger = row.user_id is None
            return ("? " if stranger else "") + clean(row.email, limit=120), "near" if stranger else ""
        if column.key == "status":
            sign, look = STATUS.get(row.status, ("?", ""))
            return f"{sign} {row.status}", look
        return _plain(getattr(row, column.key), column, short or narrow, zone, now if narrow else None)

    return draw


def audit_drawer(short: bool, zone: str, narrow: bool, now: datetime) -> Callable[[AuditRow, Column], Cell]:
    """Cells of audit entries."""

    def draw(row: AuditRow, column: Column) -> Cell:
        if column.key == "action" and row.outcome != "done":
            return f"✕ {clean(row.outcome)} {clean(row.action)}", "bad"
        if column.key == "batch":
            return "" if row.batch is None else str(row.batch), ""
        return _plain(getattr(row, column.key), column, short or narrow, zone, now if narrow else None)

    return draw


def _plain(value: object, column: Column, short: bool, zone: str, now: datetime | None) -> Cell:
    """A cell; instants short where `now` is given, for what is short depends on the year it is."""
    if value is None:
        return "·", "quiet"
    if isinstance(value, datetime):
        return times.day_and_minute(value, now, zone) if now else times.minute(value, zone), ""
    if column.unit is Unit.TOKENS:
        return tokens(value, short), ""  # type: ignore[arg-type]
    return clean(str(value), limit=160), ""


def interaction(row: ActivityRow, zone: str) -> list[Line]:
    """All of one interaction."""
    charged = "" if row.charge == row.prompt_tokens + row.completion_tokens else f", charged {full(row.charge)}"
    held = "" if row.user_id is not None else " (an identity that belongs to nobody yet)"
    prompt, cached, completion = full(row.prompt_tokens), full(row.cached_tokens), full(row.completion_tokens)
    return [
        ((times.second(row.at, zone), "bold"), f"   {row.status}"),
        (f"who       {row.email}{held}",),
        (f"of        {row.organization or 'no organization'}",),
        (f"model     {row.model} · {row.kind.value}",),
        (f"tokens    {prompt} in ({cached} cached) → {completion} out{charged}",),
        (f"latency   {'not reported' if row.latency_ms is None else f'{row.latency_ms:,} ms'}",),
        (f"source    {row.source}",),
        (f"number    {row.id}",),
    ]  # fmt: skip


def entry(row: AuditRow, zone: str, *, changes: bool = True) -> list[Line]:
    """All of one act, with what it changed as before → after (but not where `changes` stand elsewhere)."""
    behalf = f", on behalf of {row.on_behalf_of}" if row.on_behalf_of else ""
    lines: list[Line] = [
        ((times.second(row.at, zone), "bold"), f"   {row.action}, {row.outcome}"),
        (f"actor     {row.actor}{behalf}",),
        (f"from      {row.origin}",),
        (f"target    {row.target or '–'}",),
        (f"of        {row.organization or 'the platform'} · chain {row.chain}, entry {row.seq}",),
    ]
    many = f"{row.rows:,} row{'' if row.rows == 1 else 's'}"
    if row.changes and (row.batch is not None or row.rows > 1):
        lines.append((f"batch     {'–' if row.batch is None else row.batch} · {many}",))
    if row.reason:
        lines.append((f"reason    {row.reason}",))
    lines.append(("",))
    if changes:
        lines += _changed(row, many)
    return lines


def _changed(row: AuditRow, many: str) -> list[Line]:
    lines: list[Line] = []
    if not row.changes and row.batch is not None:
        lines.append((f"{many}, batch {row.batch}",))
    elif not row.changes:
        lines.append((many if row.rows > 1 else "It changed no field.",))
    for change in row.changes:
        if change.erased:
            lines.append((f"{change.field:<14} (erased)",))
            continue
        before, after = _side(change.field, change.before), _side(change.field, change.after)
        lines.append((f"{change.field:<14} {before} → ", (after, "bold")))
    return lines


def _side(field: str, value: str | None) -> str:
    """A value of an entry; tokens as everywhere."""
    if value is None:
        return "–"
    return full(int(value)) if field.startswith(TOKENS) and value.isascii() and value.isdigit() else value
