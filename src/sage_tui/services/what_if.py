"""What if: a month that is over replayed under each preset, the policy that holds, and one that is looked at.

Nothing is kept of it. Each kind is read once for all policies; a million people are held in arrays (domain/what_if).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.hindsight import (
    AT_A_GLANCE,
    Part,
    Scenario,
    StoppedPerson,
    WhatIf,
    hours,
    outcome,
    part,
    worst,
)
from sage_tui.domain.months import days_in, first_day, month_of, month_start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import PRESETS, Policy
from sage_tui.domain.progress import EVERY, Progress, nothing
from sage_tui.domain.steps import origin
from sage_tui.domain.units import Kind
from sage_tui.domain.what_if import Member, Replay, Roster, replay_use
from sage_tui.services import people, policies, policy_held, pools
from sage_tui.services.context import Context
from sage_tui.store import what_if as reads
from sage_tui.store.transaction import Tx
from sage_tui.store.what_if import Beginning

T = TypeVar("T")


def replay(
    ctx: Context, organization_id: int | None = None, month: int | None = None, command: SetPolicy | None = None,
    progress: Progress = nothing,
) -> WhatIf:  # fmt: skip
    """A month, the last one if none is named, under the four presets, the policy that holds, and one that is looked at.

    Raises NotFound, WrongUse (which organization, a month that has not ended, a field).
    """
    with ctx.read(Verb.WHAT_IF) as tx:
        org = people.organization_for(tx, organization_id)
        return _replayed(tx, org, _ended(tx, month), _compared(tx, org, command, presets=True), progress)


def at_a_glance(
    ctx: Context, organization_id: int | None = None, command: SetPolicy | None = None, progress: Progress = nothing
) -> WhatIf | None:
    """The last month as `replay` has it; with a policy that is looked at, only that and the one that holds.

    None where there are more members than is worked out unasked (`AT_A_GLANCE`). Raises NotFound, WrongUse.
    """
    with ctx.read(Verb.WHAT_IF) as tx:
        org = people.organization_for(tx, organization_id)
        if reads.members(tx, org) > AT_A_GLANCE:
            return None
        return _replayed(tx, org, _ended(tx, None), _compared(tx, org, command, presets=command is None), progress)


def _ended(tx: Tx, month: int | None) -> int:
    now = month_of(tx.now)
    if month is not None and month >= now:
        raise WrongUse("This month has not ended: there is nothing whole to replay.", "--month 2026-10.")
    return now - 1 if month is None else month


@dataclass(frozen=True, slots=True)
class _Compared:
    """One set of policies: by department, the organization's own under the empty name and first."""

    held: Mapping[str, Policy]
    department: str = ""
    """Whose policy is another one than holds."""
    holds: bool = False
    asked: bool = False

    @property
    def policy(self) -> Policy:
        return self.held[self.department]


def _compared(tx: Tx, organization_id: int, command: SetPolicy | None, *, presets: bool) -> list[_Compared]:
    """The four presets, and what holds if it is none of them; else what holds alone; then what is looked at."""
    found = policy_held.all_of(tx, organization_id)
    held = {"": found.own.policy, **{name: one.policy for name, one in sorted(found.departments.items())}}
    listed = []
    if presets:
        for preset in PRESETS:
            _, policy = policies.compared(tx, organization_id, SetPolicy(organization_id, preset.value))
            listed.append(_Compared({**held, "": policy}, holds=policy == held[""]))
    if not any(one.holds for one in listed):
        listed.append(_Compared(held, holds=True))
    if command is not None:
        _, policy = policies.compared(tx, organization_id, command)
        department = command.department.strip()
        listed.append(_Compared({**held, department: policy}, department, asked=True))
    return listed


def _replayed(
    tx: Tx, organization_id: int, month: int, compared: Sequence[_Compared], progress: Progress
) -> WhatIf:  # fmt: skip
    parts: list[list[Part]] = [[] for _ in compared]
    seen, used = _Seen(progress), False
    bought = pools.purchased(tx, organization_id, month)
    names = {name: place for place, name in enumerate(dict.fromkeys(name for one in compared for name in one.held))}
    for kind in Kind:
        roster = Roster()
        for row in seen.all(reads.beginnings(tx, organization_id, kind, month)):
            roster.add(_member(row, month, names))
        replays = [
            Replay(roster, [one.held.get(name, one.held[""]) for name in names], kind, bought[kind], days_in(month))
            for one in compared
        ]
        before = seen.number
        replay_use(roster, replays, seen.all(reads.usage(tx, organization_id, kind, month)))
        used = used or seen.number > before
        for kept, one in zip(parts, replays, strict=True):
            kept.append(part(one))
    emails = _emails(tx, organization_id, parts)
    return WhatIf(
        month, used, tuple(_scenario(one, some, month, emails) for one, some in zip(compared, parts, strict=True))
    )


class _Seen:
    """Items as they come, with progress told every few thousand of all of them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.number = 0

    def all(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self.number += 1
            if self.number % EVERY == 0:
                self._progress(self.number)
            yield item


def _member(row: Beginning, month: int, groups: Mapping[str, int]) -> Member:
    group = groups.get(row.department, 0)
    return Member(row.user_id, _began(row, month), group, row.floor, row.ceiling, bool(row.fixed))


def _began(row: Beginning, month: int) -> int | None:
    """The limit with which somebody began a month: what it was before its first change since, or after what fell back
    at the month's start; without any change what it is now. Who came later had none."""
    end = month_start(month + 1)
    if row.at is None:
        return row.allocation if row.created_at < end else None
    fell_back = origin(row.rule or "").partition(":")[0] == "month_start" and row.at < end
    return row.after if fell_back else row.before


def _emails(tx: Tx, organization_id: int, parts: Sequence[Sequence[Part]]) -> dict[int, str]:
    return reads.emails(tx, organization_id, sorted({one.user_id for some in parts for one in worst(some)}))


def _scenario(one: _Compared, parts: Sequence[Part], month: int, emails: Mapping[int, str]) -> Scenario:
    first = first_day(month)
    found = tuple(
        StoppedPerson(
            who.user_id, emails.get(who.user_id, ""), who.kind, first + who.day, who.unserved, hours(who.minutes)
        )
        for who in worst(parts)
    )
    return Scenario(one.policy.preset, one.holds, one.asked, outcome(parts), found)
