"""Who sits here: the session, the organization that is looked at, and how long admin mode lasts."""

from dataclasses import dataclass, replace
from datetime import datetime

from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.sessions import Session
from sage_tui.domain.units import NO_ORGANIZATION, Role

LAST_MINUTE = 60
"""Seconds before the end of admin mode from which on they are counted aloud."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The organization that the panel shows; `id` None is all of them (operators only)."""

    id: int | None
    name: str


ALL = Scope(None, "All organizations")


@dataclass(frozen=True, slots=True)
class Here:
    """The signed-in session with what the console adds to it."""

    session: Session
    scope: Scope

    @classmethod
    def of(cls, session: Session) -> "Here":
        """A fresh session looks at its own organization; an operator's at all of them."""
        if session.role is Role.SUPER_ADMIN or session.organization_id == NO_ORGANIZATION:
            return cls(session, ALL)
        return cls(session, Scope(session.organization_id, session.organization or ""))

    def with_session(self, session: Session) -> "Here":
        """The same place, the session as it is now."""
        return replace(self, session=session)

    @property
    def actor(self) -> Actor:
        """The actor, for what the screen greys. A courtesy: services check by themselves."""
        s = self.session
        organization = None if s.role is Role.SUPER_ADMIN else s.organization_id
        return Actor(
            Door.CONSOLE, s.role, s.user_id, s.email, organization, s.read_only, admin_mode=s.admin_until is not None
        )

    @property
    def operator(self) -> bool:
        """A platform operator sees every organization."""
        return self.session.role is Role.SUPER_ADMIN

    @property
    def asks_about(self) -> int | None:
        """The organization that questions name: only operators need to, others have one."""
        return self.scope.id if self.operator else None

    def seconds_left(self, now: datetime) -> int | None:
        """Seconds of admin mode left, at least 0; None outside admin mode. The session's own end counts too."""
        if self.session.admin_until is None:
            return None
        end = min(self.session.admin_until, self.session.expires_at)
        return max(int((end - now).total_seconds()), 0)


def time_left(seconds: int) -> str:
    """`15 min`, and in the last minute `45 s`. Minutes are counted up: 14:01 is 15."""
    return f"{seconds} s" if seconds <= LAST_MINUTE else f"{-(-seconds // 60)} min"
