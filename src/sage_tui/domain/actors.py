"""Who acts, and what proves it (interfaces.md, "Three doors")."""

from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role


class Door(StrEnum):
    """The three ways in."""

    CONSOLE = "console"
    HOST = "host"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class ConsoleProof:
    """A signed-in session: its token."""

    token: Secret


@dataclass(frozen=True, slots=True)
class HostProof:
    """The operating-system account that can open database and key. `on_behalf_of` is `--as EMAIL`."""

    os_user: str
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class NoProof:
    """Nobody yet: the sign-in screen. Opens sign-in and nothing else."""


Proof = ConsoleProof | HostProof | NoProof


@dataclass(frozen=True, slots=True)
class Origin:
    """From where: real uid and SSH address (outside a restricted login the address is a claim)."""

    uid: int
    address: str = ""
    terminal: str = "terminal"

    @property
    def subject(self) -> str:
        """The text that throttles and the audit use."""
        return f"{self.terminal} uid {self.uid}" + (f" {self.address}" if self.address else "")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the database says inside the transaction that acts.

    `user_id` is None for the host's own account. `organization_id` is None for who reaches every
    organization.
    """

    door: Door
    role: Role
    user_id: int | None
    email: str
    organization_id: int | None
    read_only: bool = False
    admin_mode: bool = False
    step_up: bool = False
    os_user: str = ""
    password_only: bool = False
    """A one-time password opened the session: it may change the password and nothing else."""

    @property
    def name(self) -> str:
        """How the audit and the header name the actor."""
        return self.email or self.os_user
