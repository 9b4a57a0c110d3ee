"""`=`: what a number of User Management means, and for a limit why it is what it is. Values in, lines out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import full
from sage_tui.domain.columns import Column
from sage_tui.domain.overrides import Override, TokenRaise, words
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep, Person, UserRow
from sage_tui.domain.why import WhyLimit, following, told
from sage_tui.tui import times
from sage_tui.tui.screens.management import distribution_words
from sage_tui.tui.text import Line


def limit(column: Column) -> Kind | None:
    """The kind whose limit a column shows, if it shows one."""
    return {"inference_allocation": Kind.INFERENCE, "embedding_allocation": Kind.EMBEDDING}.get(column.key)


def number(row: UserRow, column: Column, reads: str) -> list[Line]:
    """What the cell under the cursor means."""
    lines: list[Line] = [(row.email,), ("",), ((f"{column.title}: {reads.strip() or '–'}", "bold"),)]
    lines.append((column.meaning or "as it stands in the account",))
    if column.key in ("share", "state"):
        lines += [("",), *_share(row)]
    if column.key == "usage":
        lines += [
            ("",),
            (f"{full(row.inference.lifetime)} inference + {full(row.embedding.lifetime)} embedding",),
        ]
    return lines


def _share(row: UserRow) -> list[Line]:
    of = row.inference
    lines: list[Line] = [(f"{full(of.used)} used of {full(of.allocation)} allocated, this UTC month",)]
    if of.reserved:
        lines.append((f"{full(of.reserved)} more are reserved by calls in flight",))
    if of.remaining is not None:
        lines.append((f"{full(of.remaining)} left" if of.remaining >= 0 else f"{full(-of.remaining)} over",))
    return lines


def why(person: Person, kind: Kind, now: datetime, zone: str, of: WhyLimit | None = None) -> list[Line]:
    """The limit's history, each step with rule, person and reason; the last is the limit."""
    balance = person.user.inference if kind is Kind.INFERENCE else person.user.embedding
    steps = [step for step in person.history if step.kind is kind]
    lines: list[Line] = [((f"Why {full(balance.allocation)}?", "bold"), f"   {person.user.email} · {kind.value}")]
    if not steps:
        return [*lines, ("It was never changed since the account was made.",)]
    days = [times.day(step.at, now, zone) for step in steps]
    lines += [_step(step, f"{day:>{max(map(len, days))}}") for step, day in zip(steps, days, strict=True)]
    said = _following(of, now, zone)
    return [*lines, ((f"= {full(balance.allocation):>13} now", "bold"), (said, "$quiet"))]


def economy(held: Override | None, raises: Sequence[TokenRaise], now: datetime, zone: str) -> list[Line]:
    """A person's exception and the raises in force."""
    lines: list[Line] = []
    if held is not None:
        until = f" · until {times.day(to_datetime(held.until), now, zone)}" if held.until is not None else ""
        note = f' · "{held.note}"' if held.note else ""
        lines.append((("Exception  ", "bold"), f"{words(held)}{until}{note}"))
    return lines + [(("Raised  ", "bold"), distribution_words.raised(one, now, zone)) for one in raises]


def _following(of: WhyLimit | None, now: datetime, zone: str) -> str:
    """What would raise the limit next: ` · next: at 80% of it, not before 15:40`."""
    said = following(of.next, lambda moment: times.clock_or_day(moment, now, zone)) if of is not None else ""
    return f" · {said}" if said else ""


def _step(step: HistoryStep, day: str) -> Line:
    if step.before is None or step.after is None:
        change = f"  {full(step.after):>13}"
    else:
        delta = step.after - step.before
        change = f"{'+' if delta >= 0 else '−'} {full(abs(delta)):>13}"
    by_name = replace(step, actor=step.actor.partition("@")[0])  # the reason needs the room; acts below say who in full
    # The batch before the words: an undo needs it whole where the line is cut.
    batch = f"  batch {step.batch}" if step.batch is not None else ""
    return f"{change}  {day}", (batch, "$quiet"), f"  {told(by_name)}"
