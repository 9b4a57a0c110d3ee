"""Amounts of tokens: how they are typed and how they are shown (interfaces.md, "Conventions").

Numbers are read by a grammar of our own: `int()` also takes digits of other scripts and spaces.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS

HINT = "Write 500K, 2M, 1.5M, 1_000_000, +500K, -500K, +25% or unset."
_WHOLE = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"([0-9]{1,20}(?:_[0-9]{1,20})*)(?:\.([0-9]{1,20}))?([KMBkmb]?)")
_UNITS = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


class How(StrEnum):
    """What an amount does to the present value."""

    SET = "set"
    ADD = "add"
    SCALE = "scale"
    UNSET = "unset"
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as typed. `value` is tokens; for SCALE, hundredths of a per cent (25% is 2,500)."""

    how: How
    value: int = 0

    def of(self, present: int | None) -> int | None:
        """The new value in tokens, None for unset (and for unlimited). Raises WrongUse out of bounds.

        A percentage is taken of the present value and rounded down, then added or taken off; unset counts 0.
        """
        if self.how in (How.UNSET, How.UNLIMITED):
            return None
        new = self._from(present or 0)
        if not 0 <= new <= MAX_TOKENS:
            raise WrongUse(f"amount: {new:,} is outside 0 to {MAX_TOKENS:,}", HINT)
        return new

    def _from(self, present: int) -> int:
        if self.how is How.SET:
            return self.value
        if self.how is How.ADD:
            return present + self.value
        part = present * abs(self.value) // 10_000
        return present + part if self.value >= 0 else present - part


def parse(text: str, *, relative: bool = True, unset: bool = True, unlimited: bool = False) -> Amount:
    """Read an amount. The flags say what else than a number is allowed. Raises WrongUse."""
    word = text.lower()
    if word == "unset" and unset:
        return Amount(How.UNSET)
    if word == "unlimited" and unlimited:
        return Amount(How.UNLIMITED)
    sign, body = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if sign and not relative:
        raise _refuse(text, "a change (+ or -) has no meaning here")
    factor = -1 if sign == "-" else 1
    if body.endswith("%"):
        if not sign:
            raise _refuse(text, "a percentage needs + or -")
        return Amount(How.SCALE, factor * _scaled(text, body[:-1], 100))
    value = tokens(body)
    return Amount(How.ADD, factor * value) if sign else Amount(How.SET, value)


def tokens(text: str) -> int:
    """A number of tokens: `500K`, `1.5M`, `1_000_000`; it must come out whole. Raises WrongUse."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise _refuse(text, "is not an amount")
    value = _scaled(text, text[: len(text) - len(found[3])], _UNITS[found[3].upper()])
    if value > MAX_TOKENS:
        raise _refuse(text, f"is more than {MAX_TOKENS:,}")
    return value


def _scaled(text: str, number: str, unit: int) -> int:
    found = _NUMBER.fullmatch(number)
    if not found or found[3]:
        raise _refuse(text, "is not an amount")
    fraction = found[2] or ""
    digits: int = int(found[1].replace("_", "") + fraction) * unit
    scale: int = 10 ** len(fraction)
    value, rest = divmod(digits, scale)
    if rest:
        raise _refuse(text, "does not come out whole")
    return value


def whole(text: str) -> int | None:
    """A whole number in plain digits as machines write it; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _refuse(text: str, why: str) -> WrongUse:
    return WrongUse(f"amount: {clean(text, limit=40)!r} {why}", HINT)


def full(value: int | None) -> str:
    """All digits: `1,234,567`; unset is a dot."""
    return "·" if value is None else f"{value:,}"


def short(value: int | None) -> str:
    """At most one decimal, cut and never rounded up: 999,999 is `999.9K`."""
    if value is None:
        return "·"
    sign, size = ("-", -value) if value < 0 else ("", value)
    for letter, unit in (("B", 1_000_000_000), ("M", 1_000_000), ("K", 1_000)):
        if size >= unit:
            tenths = size * 10 // unit
            decimal = f".{tenths % 10}" if tenths % 10 else ""
            return f"{sign}{tenths // 10:,}{decimal}{letter}"
    return f"{value}"
