"""Why a limit is what it is: its steps, and what would raise it next."""

from dataclasses import dataclass
from datetime import datetime

from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep


@dataclass(frozen=True, slots=True)
class Next:
    """The next automatic raise: from so many per mille used on, not before `not_before` (the cooldown)."""

    at: int
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class WhyLimit:
    """One limit, in tokens; its steps, the oldest first; and what would raise it next."""

    kind: Kind
    allocation: int | None
    used: int
    steps: tuple[HistoryStep, ...]
    next: Next | None = None

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
