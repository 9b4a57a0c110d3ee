"""Why a limit is what it is: its steps, and what would raise it next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sage_tui.domain import rules
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep

NOTHING = {
    "unset": "",
    "unpaid": "nothing raises it by itself: they may not spend",
    "banned": "nothing raises it by itself: they are banned",
    "pinned": "nothing raises it by itself: pinned",
    "no_auto_increase": "nothing raises it by itself: no auto-increase, an exception of theirs",
    "off": "nothing raises it by itself: the policy has no auto-increase",
    "own_ceiling": "nothing raises it by itself: their own ceiling is {ceiling:,}",
    "ceiling": "nothing raises it by itself: the policy's ceiling is {ceiling:,}",
    "no_room": "nothing raises it by itself now: the pool's cap leaves no room",
}
"""Why nothing raises a limit by itself."""


@dataclass(frozen=True, slots=True)
class Next:
    """The next automatic raise: from so many per mille used on, not before `not_before` (the cooldown)."""

    at: int
    not_before: datetime | None = None
    sooner: int | None = None
    """A higher trigger (per mille) that does not wait."""


@dataclass(frozen=True, slots=True)
class Never:
    """Nothing raises a limit by itself: why not (a key of NOTHING), and the ceiling in tokens where it is that."""

    why: str
    ceiling: int = 0

    @property
    def words(self) -> str:
        """`nothing raises it by itself: pinned`; nothing is said of a limit that is unset."""
        return NOTHING[self.why].format(ceiling=self.ceiling)


@dataclass(frozen=True, slots=True)
class WhyLimit:
    """One limit, in tokens; its steps, the oldest first; and what would raise it next."""

    kind: Kind
    allocation: int | None
    used: int
    steps: tuple[HistoryStep, ...]
    next: Next | Never = Never("unset")

    @property
    def adds_up(self) -> bool:
        """Is each step's before the after of the one before it, and the last the limit?"""
        now: int | None = None
        for step in self.steps:
            if step.before != now:
                return False
            now = step.after
        return now == self.allocation


@dataclass(frozen=True, slots=True)
class Why:
    """Both limits of a person."""

    email: str
    organization_id: int
    user_id: int
    limits: dict[Kind, WhyLimit]


def told(step: HistoryStep) -> str:
    """What made a step, with all that is kept of it: `request 88, for good, by grace: "eval run"`.

    Nobody is named beside a bump: the policy raised it. A request's own reason stands where its decision gave none.
    """
    said = rules.words(step.rule, step.until, (step.before, step.after))
    if step.actor and not step.rule.startswith("bump"):
        said += f", by {clean(step.actor, limit=60)}"
    reason = clean(step.reason or step.asked, limit=200)
    return f'{said}: "{reason}"' if reason else said


def following(what: Next | Never, moment: Callable[[datetime], str]) -> str:
    """What would raise a limit next: `next: at 80% of it, not before 15:40, or at 95%`. Nothing, of an unset one."""
    if isinstance(what, Never):
        return what.words
    wait = f", not before {moment(what.not_before)}" if what.not_before is not None else ""
    sooner = f", or at {what.sooner / 10:g}%" if what.sooner is not None else ""
    return f"next: at {what.at / 10:g}% of it{wait}{sooner}"
