"""A person's exception to the policy: own floor and ceiling, pinned, exempt, until when (product.md, "override")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sage_tui.domain import amounts
from sage_tui.domain.amounts import How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import time_text
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS, Kind

AMOUNTS = ("inference_floor", "inference_ceiling", "embedding_floor", "embedding_ceiling")
FLAGS = ("pinned", "no_reclaim", "no_auto_increase")
FIELDS = (*AMOUNTS, *FLAGS, "until", "note")
"""The fields as plans keep them, in the order in which they are written."""

UNLIMITED = MAX_TOKENS
"""An own ceiling that bounds nothing: no limit is above it. None is the policy's ceiling."""

FLAG_WORDS = {
    "pinned": "pinned",
    "no_reclaim": "never reclaimed",
    "no_auto_increase": "no auto-increase",
}


@dataclass(frozen=True, slots=True)
class Override:
    """An exception. Tokens; None is the policy's own. `until` in microseconds UTC, None is for good."""

    inference_floor: int | None = None
    inference_ceiling: int | None = None
    embedding_floor: int | None = None
    embedding_ceiling: int | None = None
    pinned: bool = False
    no_reclaim: bool = False
    no_auto_increase: bool = False
    until: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for kind in Kind:
            floor, ceiling = self.floor(kind), self.ceiling(kind)
            if floor is not None and ceiling is not None and floor > ceiling:
                raise WrongUse(
                    f"{kind.value}: the floor is above the ceiling", "Raise the ceiling, or lower the floor."
                )

    def floor(self, kind: Kind) -> int | None:
        """The person's own floor."""
        found: int | None = getattr(self, f"{kind.value}_floor")
        return found

    def ceiling(self, kind: Kind) -> int | None:
        """The person's own ceiling."""
        found: int | None = getattr(self, f"{kind.value}_ceiling")
        return found

    @property
    def says(self) -> bool:
        """Does it except anything at all?"""
        return any(getattr(self, name) is not None for name in AMOUNTS) or any(getattr(self, name) for name in FLAGS)

    @property
    def stored(self) -> str:
        """As plans and history keep it: canonical JSON."""
        return json.dumps({name: getattr(self, name) for name in FIELDS}, sort_keys=True)


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """An exception as it is listed."""

    email: str
    user_id: int
    override: Override
    until: datetime | None
    ended: bool = False
    """Its end has come: it holds no more."""


@dataclass(frozen=True, slots=True)
class SetOverride:
    """What is changed of a person's exception; None stays as it is. `ceiling` and `floor` fields in tokens."""

    email: str
    inference_floor: int | None = None
    inference_ceiling: int | None = None
    embedding_floor: int | None = None
    embedding_ceiling: int | None = None
    pinned: bool | None = None
    no_reclaim: bool | None = None
    no_auto_increase: bool | None = None
    until: int | None = None
    note: str | None = None
    dropped: tuple[str, ...] = ()
    """Amounts that are the policy's again, and `until` where it is for good."""


@dataclass(frozen=True, slots=True)
class GrantRaise:
    """So many more tokens of a kind for somebody, until an instant (microseconds UTC)."""

    email: str
    kind: Kind
    amount: int
    until: int


@dataclass(frozen=True, slots=True)
class TokenRaise:
    """A raise that is in force. `request` is the number of the request that it grants, if it does."""

    id: int
    email: str
    kind: Kind
    amount: int
    until: datetime
    request: int | None


def read(stored: str) -> Override:
    """An exception as plans keep it."""
    return of(json.loads(stored))


def of(row: Mapping[str, Any]) -> Override:
    """An exception from its columns."""
    values: dict[str, Any] = {name: row.get(name) for name in (*AMOUNTS, "until")}
    values |= {name: bool(row.get(name)) for name in FLAGS}
    return Override(**values, note=str(row.get("note") or ""))


def typed(name: str, text: str) -> int:
    """An amount of a field of AMOUNTS as typed; `unlimited` is for ceilings. Raises WrongUse, naming it.

    >>> typed("inference_floor", "500K"), typed("inference_ceiling", "unlimited") == UNLIMITED
    (500000, True)
    """
    ceiling = name.endswith("ceiling")
    try:
        found = amounts.parse(text.replace(",", ""), relative=False, unset=False, unlimited=ceiling)
    except WrongUse as error:
        said = error.message.removeprefix("amount: ")
        hint = f"Write 500K, 2M, 1_000_000{' or unlimited' if ceiling else ''}."
        raise WrongUse(f"{name.replace('_', ' ')}: {said}", hint) from error
    return UNLIMITED if found.how is How.UNLIMITED else found.value


def shown(name: str, value: int | None) -> str:
    """An amount as it is typed; nothing is the policy's.

    >>> shown("inference_ceiling", 8_000_000), shown("inference_ceiling", UNLIMITED), shown("inference_floor", None)
    ('8,000,000', 'unlimited', '')
    """
    if value is None:
        return ""
    return "unlimited" if name.endswith("ceiling") and value == UNLIMITED else f"{value:,}"


def words(override: Override) -> str:
    """What it says, for people.

    >>> words(Override(inference_floor=500_000, pinned=True, note="pilot"))
    'inference floor 500,000, pinned'
    """
    told = [
        f"{name.replace('_', ' ')} {shown(name, getattr(override, name))}"
        for name in AMOUNTS
        if getattr(override, name) is not None
    ]
    told += [FLAG_WORDS[name] for name in FLAGS if getattr(override, name)]
    return clean(", ".join(told)) or "nothing"


def whole_words(override: Override) -> str:
    """The same with its end and its note: all that a change of it may change.

    >>> whole_words(Override(pinned=True, until=1_798_675_200_000_000, note="pilot"))
    'pinned, until 2026-12-31, note "pilot"'
    """
    told = words(override)
    if override.until is not None:
        told += f", until {str(time_text(override.until)).removesuffix('T00:00:00Z')}"
    return f'{told}, note "{clean(override.note, limit=60)}"' if override.note else told
