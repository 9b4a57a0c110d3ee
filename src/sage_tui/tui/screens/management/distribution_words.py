"""Token Distribution in words: the pools, the policy, what each action would do, runs, exceptions, differences."""

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len

from sage_tui.domain.amounts import short
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import Difference, Outlook, Overview, PolicyLook, RunRow, Runs
from sage_tui.domain.overrides import OverrideRow, TokenRaise, words
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus
from sage_tui.tui import times
from sage_tui.tui.numbers import BAR, tokens
from sage_tui.tui.text import Line
from sage_tui.tui.widgets.table_drawing import fit

NAMES = {
    Action.APPLY_FLOORS: "Apply floors",
    Action.SHARE_EVENLY: "Share out, evenly",
    Action.SHARE_BY_USE: "Share out, by use",
    Action.RECLAIM: "Reclaim",
    Action.REBALANCE: "Rebalance",
}
NOTES = {
    Action.APPLY_FLOORS: "Whoever may spend and has less than the policy's floor is raised to it.",
    Action.SHARE_EVENLY: "What is unallocated goes to those who may spend, each the same.",
    Action.SHARE_BY_USE: "What is unallocated goes to those who may spend, by their last 30 days.",
    Action.RECLAIM: "Who is idle, or slow by the policy's day, is lowered, not below what was used.",
    Action.REBALANCE: "Reclaim, and what it took goes to those who use theirs, by their last 30 days.",
}
DONE = {Action.RECLAIM: "lowered", Action.REBALANCE: "changed"}
"""What is done to people; all others raise."""

TITLES = ("", "Purchased", "Allocated", "Used", "Unallocated")
WHAT = {"schedule": "rebalance", "month_start": "month's start", "raises_end": "raises ended"}
RAN_NOT = {"reclamation_off": "reclamation is off", "stays": "all stays, by the policy"}


def bar(pool: PoolStatus, cells: int = BAR) -> str:
    """Of the pool: used, then allocated and not used yet, then unallocated.

    >>> bar(PoolStatus(Kind.INFERENCE, 400, 300, 200))
    '▓▓▓▓▓▒▒░░░'
    """
    if pool.purchased <= 0:
        return "░" * cells
    used = min(max(pool.used, 0) * cells // pool.purchased, cells)
    allocated = min(max(pool.allocated, pool.used, 0) * cells // pool.purchased, cells)
    return "▓" * used + "▒" * (allocated - used) + "░" * (cells - allocated)


def pools(found: Overview, short_form: bool) -> list[Line]:
    """A table of both pools; a number that is no good says so."""
    rows = [
        (kind.value.capitalize(), *(tokens(value, short_form) for value in _numbers(pool)))
        for kind, pool in found.pools.items()
    ]
    widths = [max(len(row[at]) for row in (TITLES, *rows)) for at in range(len(TITLES))]
    lines: list[Line] = [(("  ".join(_placed(TITLES, widths)), "$quiet"),)]
    for (kind, pool), row in zip(found.pools.items(), rows, strict=True):
        parts: list[str | tuple[str, str]] = ["  ".join(_placed(row, widths)), f"  {bar(pool)}"]
        if pool.unallocated < 0:
            parts.append((f"  ▲ over-committed by {short(-pool.unallocated)}", "$bad bold"))
        elif found.cap[kind] != pool.purchased:
            parts.append((f"  cap {short(found.cap[kind])}", "$quiet"))
        lines.append(tuple(parts))
    return lines


def _numbers(pool: PoolStatus) -> tuple[int, ...]:
    return pool.purchased, pool.allocated, pool.used, pool.unallocated


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]


def policy(found: Overview, now: datetime, zone: str) -> list[Line]:
    """`Policy  STANDARD  version 7, grace, 3 Nov · next run Sun 29 Nov 02:00`"""
    held = found.held
    made = f"  version {held.version}"
    if held.at is not None:
        made += f", {clean(held.actor.partition('@')[0], limit=30)}" if held.actor else ""
        made += f", {times.day(held.at, now, zone)}"
    runs = f" · next run {_when(found.next_run_at, zone)}" if found.next_run_at else " · no schedule"
    lines: list[Line] = [(("Policy  ", "$quiet"), (held.policy.preset.value.upper(), "bold"), f"{made}{runs}")]
    if found.departments:
        named = clean(", ".join(found.departments[:4]), limit=60)
        more = f" and {len(found.departments) - 4} more" if len(found.departments) > 4 else ""
        lines.append((("        ", ""), (f"of their own: {named}{more}", "$quiet")))
    return lines


def _when(at: datetime, zone: str) -> str:
    local = at.astimezone(times.zone(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def action(of: Action, outlook: Outlook | None, width: int, *, failed: bool = False) -> Line:
    """One action with what it would do now, its tokens at the right."""
    name = f" {NAMES[of]:<18} "
    if outlook is None:
        return name, ("could not be worked out; r tries again" if failed else "·····", "$quiet")
    said, changes = does(outlook), changed(outlook)
    room = max(width - cell_len(name) - cell_len(changes) - 2, 10)
    if cell_len(said) > room:
        said = _briefly(outlook, room)
    return name, fit(said, room), f" {changes}"


def _briefly(outlook: Outlook, room: int) -> str:
    """The same where there is little room (cells): numbers short, people not named; the preview has them whole.

    >>> found = Outlook(Action.SHARE_EVENLY, 1_204, {Kind.INFERENCE: 1_204}, {Kind.INFERENCE: 5}, 1, 12)
    >>> _briefly(found, 40), _briefly(found, 20)
    ('1.2K raised, 1 excepted, 12 no room', '1.2K raised, 13 not')
    """
    done = f"{short(outlook.people)} {DONE.get(outlook.action, 'raised')}" if outlook.people else "nobody"
    parts = ((outlook.skipped, "excepted"), (outlook.no_room, "no room"))
    said = ", ".join([done, *(f"{short(number)} {what}" for number, what in parts if number)])
    if cell_len(said) <= room:
        return said
    return f"{done}, {short(outlook.skipped + outlook.no_room)} not"


def does(outlook: Outlook) -> str:
    """What an action would do, in words.

    >>> does(Outlook(Action.RECLAIM, 61, {Kind.INFERENCE: 61}, {Kind.INFERENCE: -5}, 2))
    '61 people lowered, 2 excepted'
    """
    if not outlook.people:
        none = {
            Action.APPLY_FLOORS: "nobody is below their floor",
            Action.RECLAIM: "nobody is idle or slow by the policy's days",
            Action.REBALANCE: "nobody is idle or slow by the policy's days",
        }
        said = none.get(outlook.action, "nothing is unallocated, or nobody takes part")
    else:
        people = "1 person" if outlook.people == 1 else f"{outlook.people:,} people"
        said = f"{people} {DONE.get(outlook.action, 'raised')}"
    said += f", {outlook.skipped:,} excepted" if outlook.skipped else ""
    return f"{said}, no room for {outlook.no_room:,}" if outlook.no_room else said


def changed(outlook: Outlook) -> str:
    """`+4.1M`, or of both kinds `+4.1M · +2M embedding`; ±0 where it only moves."""
    parts = []
    for kind, change in outlook.change.items():
        if not outlook.rows[kind]:
            continue
        sign = "+" if change > 0 else "−" if change < 0 else "±"
        parts.append(f"{sign}{short(abs(change))}{' emb.' if kind is Kind.EMBEDDING else ''}")
    return " ".join(parts)


def differences(found: Sequence[Difference]) -> list[Line]:
    """Where a policy differs from the one that holds: field, now, then."""
    if not found:
        return [("It is as the one that holds.",)]
    width = max(len(one.name) for one in found)
    return [(f"{one.name:<{width}}  ", (one.before, "$quiet"), f" → {one.after}") for one in found]


def look(found: PolicyLook) -> list[Line]:
    """A policy before it is saved: what differs, and what it would do now."""
    lines: list[Line] = [((f"▲ {said}", "$near"),) for said in found.warnings]
    lines += [(("What differs", "bold"),), *differences(found.differences), ("",)]
    lines.append((("What it would do now, by itself or when asked", "bold"),))
    lines += [(f"{NAMES[one.action]}: {does(one)}  {changed(one)}".rstrip(),) for one in found.outlooks]
    lines.append((("Saving it changes no limit: actions, the schedule and auto-increase go by it.", "$quiet"),))
    return lines


def runs(found: Runs, now: datetime, zone: str) -> list[Line]:
    """The next times of the schedule, and what ran."""
    lines: list[Line] = [(("Schedule  ", "$quiet"), (found.schedule, "bold"), f"  in {clean(found.zone, limit=40)}")]
    lines += [(("next      " if not at else "          ", "$quiet"), _when(one, zone))
              for at, one in enumerate(found.following)]  # fmt: skip
    if not found.following:
        lines.append(("It never runs by itself: p, custom, schedule sets a time.",))
    lines += [("",), (("What ran", "bold"),)]
    lines += [_ran(one, now, zone) for one in found.past] or [("Nothing ran yet.",)]
    return lines


def _ran(one: RunRow, now: datetime, zone: str) -> Line:
    left = f", {one.left:,} left" if one.left else ""
    batch = f", batch {one.batch}" if one.batch is not None else ""
    did = RAN_NOT.get(one.note, one.note) if one.note else f"{one.rows:,} changes{left}{batch}"
    return (f"{times.day_and_minute(one.due_at, now, zone):>12}  {WHAT.get(one.what, one.what):<14}  {did}",)


def exception(row: OverrideRow, now: datetime, zone: str) -> str:
    """What an exception says, and until when."""
    until = ""
    if row.until is not None:
        until = f" · {'ended' if row.ended else 'until'} {times.day(row.until, now, zone)}"
    note = f" · {clean(row.override.note, limit=60)}" if row.override.note else ""
    return f"{words(row.override)}{until}{note}"


def raised(row: TokenRaise, now: datetime, zone: str) -> str:
    """A raise with an end."""
    by = f" · request {row.request}" if row.request is not None else ""
    return f"+{short(row.amount)} {row.kind.value} until {times.day(row.until, now, zone)}{by}"
