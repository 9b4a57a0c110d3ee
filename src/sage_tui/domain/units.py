"""The product's units and small enumerations."""

from enum import StrEnum
from typing import NewType

Tokens = NewType("Tokens", int)
"""A count of tokens (or of charged tokens): a whole number, 0 to 2**53 - 1."""

Micros = NewType("Micros", int)
"""An instant: microseconds since 1970-01-01T00:00Z."""

Month = NewType("Month", int)
"""A calendar month in UTC: year * 12 + (month - 1). The month before is one less."""

Day = NewType("Day", int)
"""A UTC day: days since 1970-01-01."""

MAX_TOKENS = 2**53 - 1
"""The largest number of tokens that is stored (security.md, section 6)."""


class Kind(StrEnum):
    """The two kinds of tokens."""

    INFERENCE = "inference"
    EMBEDDING = "embedding"


class Role(StrEnum):
    """A person's type."""

    USER = "user"
    ADMIN = "admin"
    SUPER_ADMIN = "super_admin"


NO_ORGANIZATION = 0
"""The built-in organization of people who belong to none (house.md, "Who belongs where")."""
