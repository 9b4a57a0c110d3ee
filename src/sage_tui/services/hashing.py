"""Passwords: argon2id, at most two at once (security.md, section 3)."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sage_tui.domain.secret import Secret
from sage_tui.domain.text import half


@dataclass(frozen=True, slots=True)
class HashParameters:
    """argon2id's cost: memory in KiB, passes, lanes. The default is RFC 9106's second choice."""

    memory_kib: int = 65_536
    time: int = 3
    lanes: int = 4

    def hasher(self) -> PasswordHasher:
        """A hasher of these parameters."""
        return PasswordHasher(time_cost=self.time, memory_cost=self.memory_kib, parallelism=self.lanes)


_AT_ONCE = threading.Semaphore(2)
_dummies: dict[HashParameters, str] = {}


def hash_password(parameters: HashParameters, password: Secret) -> str:
    """The hash to be stored. The caller normalises (NFKC) and checks the length first."""
    with _AT_ONCE:
        return parameters.hasher().hash(password.reveal())


def verify(parameters: HashParameters, stored: str | None, password: Secret) -> bool:
    """Is it the password? Always exactly one argon2 verification, also for nobody (`stored` None).

    Where nothing (or something broken) is stored, a fixed dummy of the same parameters is verified.
    """
    if half(password.reveal()):  # no password of anybody, and nothing that can be hashed
        stored, password = None, Secret("")
    usable = stored if stored and stored.startswith("$argon2id$") else _dummy(parameters)
    with _AT_ONCE:
        try:
            parameters.hasher().verify(usable, password.reveal())
        except (VerificationError, InvalidHashError):
            return False
    return usable is stored


def outdated(parameters: HashParameters, stored: str) -> bool:
    """Were other parameters used?"""
    return parameters.hasher().check_needs_rehash(stored)


def _dummy(parameters: HashParameters) -> str:
    if parameters not in _dummies:
        _dummies[parameters] = hash_password(parameters, Secret("nobody has this password at all"))
    return _dummies[parameters]
