"""What falls back by itself: bumps, reclaims and grants for the month at its start, raises at their end. Steps.

Nothing runs at midnight: it happens at the first act of an organization after the time, or by `rebalance --due`,
whichever comes first, and once (product.md, "At the month's start"; house.md, "Months"). Each is a plan like any other,
with its own batch, done by the schedule and not by whoever happened to act first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.members import Proposed
from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import Field, State
from sage_tui.domain.steps import Holds, Step, origin, without
from sage_tui.domain.units import NO_ORGANIZATION, Role
from sage_tui.services import allocations, policy_held, pools
from sage_tui.store import falling_back as reads
from sage_tui.store import plans as store
from sage_tui.store import reservations
from sage_tui.store.falling_back import Change, Ends, Run
from sage_tui.store.transaction import Tx

SCHEDULE = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None, os_user="schedule")
"""Who acts when nobody does."""

MONTH_START, RAISES_END = "month_start", "raises_end"
_CONSENT = Consent(yes=True)


def by_itself(tx: Tx) -> Tx:
    """The same transaction with nobody acting in it."""
    return replace(tx, actor=SCHEDULE, verb=Verb.REBALANCE, reach=Reach.EVERYWHERE, reason="", origin="schedule")


def is_due(tx: Tx, organization_id: int) -> bool:
    """A step: is there anything to fall back in an organization?"""
    return organization_id != NO_ORGANIZATION and reads.is_due(tx, organization_id, month_of(tx.now))


def due(tx: Tx, organization_id: int) -> tuple[Run, ...]:
    """Do what is due in an organization before anything else is done in it. What was done; nothing, as a rule."""
    month = month_of(tx.now)
    if not is_due(tx, organization_id):
        return ()
    own = by_itself(tx)
    pools.lock(own, organization_id)
    # Raises first: what they free may be given back to those whose limits were reclaimed for the month.
    return (*_raises(own, organization_id), *_month_start(own, organization_id, month))


def waiting(tx: Tx, organization_id: int) -> tuple[bool, bool]:
    """Is anything due in an organization, and is a reservation held past its expiry? Both asked at once. A step."""
    return reads.waiting(tx, organization_id, month_of(tx.now))


def _month_start(tx: Tx, organization_id: int, month: int) -> Iterator[Run]:
    last = reads.started(tx, organization_id, month)
    now = month_start(month)
    if last >= month or last == 0:  # the first act of all: no month has ended
        return
    if not reads.begin(tx, organization_id, MONTH_START, now):
        return
    reservations.nobody_stopped(tx, organization_id, now)
    if policy_held.current(tx, organization_id).policy.month_start_stays:
        run = Run(MONTH_START, now, note="stays")
    else:
        begin = month_start(max(last, month - 12))
        plan_id = allocations.open_plan(tx, organization_id, Verb.REBALANCE.value, what=MONTH_START)
        found = reads.of_the_month(tx, organization_id, begin, now)
        store.put(tx, organization_id, plan_id, (row for key, steps in found for row in _fallen(key, steps, now)))
        run = _applied(tx, organization_id, plan_id, MONTH_START, now)
    reads.end(tx, organization_id, run)
    yield run


def _fallen(key: tuple[int, str], steps: list[Change], now: int) -> Iterator[Proposed]:
    """The row of one limit at a month's start, where it is another then."""
    chain = _chain(steps)
    ended = [place for place, one in enumerate(chain) if one.holds is Holds.MONTH and steps[place].at < now]
    before, after = steps[-1].after, without(chain, ended)
    if before != after:
        yield Proposed(key[0], Field(key[1]), before, after, "month_start")


def _chain(steps: Iterable[Change]) -> list[Step]:
    return [Step(one.before, one.after, one.rule, one.id) for one in steps]


def _raises(tx: Tx, organization_id: int) -> Iterator[Run]:
    found = reads.ends(tx, organization_id)
    if not found:
        return
    plan_id = allocations.open_plan(tx, organization_id, Verb.REBALANCE.value, what=RAISES_END)
    by_limit: dict[tuple[int, str], list[Ends]] = {}
    for one in found:
        by_limit.setdefault((one.user_id, one.kind.value), []).append(one)
    for (user_id, field), some in by_limit.items():
        rows = list(_ended(tx, organization_id, user_id, field, some))
        store.put(tx, organization_id, plan_id, rows)
    tx.many(
        "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before_text, after_text, rule)"
        " VALUES (?, ?, ?, ?, 'active', 'ended', 'raise_end')",
        [(organization_id, plan_id, one.user_id, f"{Field.RAISE.value} {one.id}") for one in found],
    )
    # One run a time: what is due at once is one batch, due since the first of them ended. Where that time has a run
    # already (its undo made the raise hold again), it is told as due now.
    due_at = min(one.until for one in found)
    if not reads.begin(tx, organization_id, RAISES_END, due_at):
        due_at = tx.now
        reads.begin(tx, organization_id, RAISES_END, due_at)
    run = _applied(tx, organization_id, plan_id, RAISES_END, due_at)
    reads.end(tx, organization_id, run)
    yield run


def _ended(tx: Tx, organization_id: int, user_id: int, field: str, some: list[Ends]) -> Iterator[Proposed]:
    """The row of a limit whose raises end: what it would be now without them."""
    steps = reads.steps_of(tx, organization_id, user_id, some[0].kind, min(one.created_at for one in some))
    names = {f"raise:{one.id}" for one in some}
    batches = {one.batch for one in some if one.batch is not None}
    ended = [
        place
        for place, one in enumerate(steps)
        if ":".join(origin(one.rule).split(":")[:2]) in names
        or (one.batch in batches and origin(one.rule).startswith("request_until:"))
    ]
    before = reads.allocation(tx, organization_id, user_id, field)
    after = without(_chain(steps), ended)
    if ended and before is not None and before != after:
        if after == 0 and _was_unset(steps):
            after = None  # there was no limit before the raise
        named = ".".join(str(steps[place].id) for place in ended)
        yield Proposed(user_id, Field(field), before, after, f"raise_end:{named}")


def _was_unset(steps: list[Change]) -> bool:
    """Was there no limit before the steps that followed the last number that was set?"""
    set_at = [place for place, one in enumerate(_chain(steps)) if one.holds is Holds.ABSOLUTE]
    tail = steps[set_at[-1] + 1 :] if set_at else steps
    return bool(tail) and tail[0].before is None


def _applied(tx: Tx, organization_id: int, plan_id: int, what: str, due_at: int) -> Run:
    left: list[int] = []

    def count() -> None:
        left.append(store.sums(tx, organization_id, plan_id).states[State.LEFT])

    done = allocations.apply(tx, organization_id, plan_id, _CONSENT, strict=False, before_forgetting=count)
    return Run(what, due_at, done.batch, done.changes, left[0])
