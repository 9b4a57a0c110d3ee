"""What the console knows of who is signed in. Values only; the rules are in services/identity and services/mfa."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Kind, Role

if TYPE_CHECKING:  # the first frame is drawn before it is imported
    from collections.abc import Mapping

    from sage_tui.domain.forecast import Forecast
    from sage_tui.domain.users import Balance, SignIn

IDLE_MINUTES = 15
"""Admin mode ends after this many minutes without a key (security.md, section 5)."""

ABSOLUTE_HOURS = 8
"""A session ends this many hours after sign-in, whatever happens."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session as the console shows it. `must_change_password` opens that dialog and nothing else."""

    token: Secret
    user_id: int
    email: str
    name: str
    role: Role
    organization_id: int
    organization: str | None
    read_only: bool
    must_change_password: bool
    mfa_enrolled: bool
    admin_until: datetime | None
    expires_at: datetime
    time_zone: str
    notice: str = ""

    @property
    def admin(self) -> bool:
        """May this person be offered the panel at all?"""
        return self.role is not Role.USER


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A pending authenticator secret: has no effect until a code confirms it."""

    secret: Secret
    url: Secret
    """otpauth:// address, at most 106 bytes (screens.md)."""
    expires_at: datetime
    needs_old_code: bool


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Codes to be shown once."""

    codes: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The member home."""

    email: str
    name: str
    first_name: str
    last_name: str
    company: str
    organization: str | None
    type: Role
    inference: Balance
    embedding: Balance
    paid: bool
    stopped: bool
    resets_at: datetime
    days_left: int
    days: tuple[int, ...]
    """Charge of both kinds in each of the last 30 UTC days, oldest first."""
    mfa_enrolled: bool
    recovery_codes_left: int
    sign_ins: tuple[SignIn, ...]
    time_zone: str
    raised: tuple[tuple[Kind, int, datetime], ...] = ()
    """Raises in force: so many tokens of a kind, and when they fall back."""
    lasts: Mapping[Kind, Forecast] = field(default_factory=dict)
    """Until when the allocations last; nothing of a kind without one."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of a demo database, listed on its sign-in screen."""

    email: str
    what: str


@dataclass(frozen=True, slots=True)
class Door:
    """What the sign-in screen may know before anyone signed in."""

    demo_accounts: tuple[DemoAccount, ...]
    demo_password: str
    notice: str
    """One sentence, such as that the demo is older than its month."""
