"""Distribution policies and their presets: values, and how far a bump, a floor or a reclamation goes.

Whole numbers throughout: tokens, per mille of an allocation, minutes, days. No clock: what time it is, callers say.
The presets' figures are those of product.md, "Token Distribution".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.schedules import Schedule
from sage_tui.domain.units import Kind


class Preset(StrEnum):
    """A named policy."""

    CONSERVATIVE = "conservative"
    STANDARD = "standard"
    AGGRESSIVE = "aggressive"
    DYNAMIC = "dynamic"
    CUSTOM = "custom"


class Of(StrEnum):
    """What a bump is a part of."""

    CURRENT = "current"
    FLAT = "flat"
    POOL = "pool"
    """A part of the unallocated pool, divided by the people who are in the tier."""


@dataclass(frozen=True, slots=True)
class Tier:
    """From `trigger` (per mille used of the allocation) on, a bump. `amount` is per mille, or tokens if it is flat."""

    trigger: int
    of: Of
    amount: int
    at_least: int = 0
    """Per mille of the current allocation that a part of the pool gives at least, where the pool allows."""


@dataclass(frozen=True, slots=True)
class Reclamation:
    """Whose allocation is lowered: idle for so many days, or under a share by a day of the month; and how far."""

    idle_days: int = 14
    under: int = 100
    """Per mille used of the allocation."""

    by_day: int = 20
    keep: int = 1_200
    """Per mille of what was used that stays, or the floor, whichever is more."""


@dataclass(frozen=True, slots=True)
class Policy:
    """An organization's rules. A ceiling of None is unlimited; tiers rise."""

    preset: Preset
    floors: Mapping[Kind, int]
    ceiling: int | None
    tiers: tuple[Tier, ...]
    cooldown: int
    """Minutes between two bumps of one person, kind and tier."""

    reclamation: Reclamation = Reclamation()
    reclaims: bool = False
    """By schedule too; the action uses the thresholds in any case."""

    cap_percent: int = 100
    month_start_stays: bool = False
    """At the month's start bumps, reclaims and approvals for the month stay, instead of falling back."""

    day_percent: int | None = None
    """A day at most so much of the allocation; None is off."""

    schedule: Schedule | None = None
    """When a rebalance runs by itself, in the organization's time zone; None is off."""


def _floors(inference: int, embedding: int) -> dict[Kind, int]:
    return {Kind.INFERENCE: inference, Kind.EMBEDDING: embedding}


_QUARTER = 250

PRESETS: Mapping[Preset, Policy] = {
    Preset.CONSERVATIVE: Policy(
        Preset.CONSERVATIVE, _floors(200_000, 200_000), 1_000_000, (Tier(900, Of.CURRENT, _QUARTER),), 240
    ),
    Preset.STANDARD: Policy(
        Preset.STANDARD, _floors(500_000, 500_000), 5_000_000,
        (Tier(800, Of.CURRENT, _QUARTER), Tier(950, Of.CURRENT, 500)), 60,
    ),
    Preset.AGGRESSIVE: Policy(
        Preset.AGGRESSIVE, _floors(1_000_000, 1_000_000), None, (Tier(750, Of.FLAT, 500_000),), 30
    ),
    Preset.DYNAMIC: Policy(
        Preset.DYNAMIC, _floors(500_000, 500_000), None,
        tuple(Tier(trigger, Of.POOL, _QUARTER, at_least=_QUARTER) for trigger in (750, 850, 950, 999)), 60,
        reclaims=True,
    ),
}  # fmt: skip
"""The four presets; custom has every field free."""


def tier_of(policy: Policy, used: int, allocation: int) -> int | None:
    """The highest tier that was passed (its place), None where none was.

    >>> standard = PRESETS[Preset.STANDARD]
    >>> tier_of(standard, 799, 1000), tier_of(standard, 800, 1000), tier_of(standard, 950, 1000)
    (None, 0, 1)
    """
    passed = [place for place, tier in enumerate(policy.tiers) if used * 1_000 >= allocation * tier.trigger]
    return max(passed, default=None)


def bumped(
    policy: Policy, tier: Tier, current: int, *, room: int, unallocated: int, in_tier: int, ceiling: int | None
) -> int:
    """The allocation after a bump, in tokens, rounded down; `current` where there is none ("+0 is no bump").

    `room` is what the cap leaves, `unallocated` the pool less all allocations, `in_tier` how many people share the
    pool's part. new = min(current + bump, ceiling, current + room).

    >>> standard = PRESETS[Preset.STANDARD]
    >>> bumped(standard, standard.tiers[0], 1_000_001, room=10**9, unallocated=0, in_tier=1, ceiling=None)
    1250001
    >>> bumped(standard, standard.tiers[0], 1_000_000, room=100_000, unallocated=0, in_tier=1, ceiling=5_000_000)
    1100000
    """
    match tier.of:
        case Of.FLAT:
            bump = tier.amount
        case Of.CURRENT:
            bump = current * tier.amount // 1_000
        case Of.POOL:
            part = max(unallocated, 0) * tier.amount // 1_000 // max(in_tier, 1)
            bump = max(part, current * tier.at_least // 1_000)
    wanted = current + min(bump, max(room, 0))
    return max(wanted if ceiling is None else min(wanted, ceiling), current)


def reclaimed(rule: Reclamation, allocation: int, used: int, floor: int, *, idle_days: int, day: int) -> int | None:
    """What is left of an allocation that nobody uses, in tokens; None where it stays.

    Lowered when idle for `rule.idle_days`, or used under `rule.under` per mille from day `rule.by_day` of the month on;
    down to max(floor, used × keep), the part rounded up. Applied again it changes nothing.

    >>> reclaimed(Reclamation(), 2_000_000, 30_000, 10_000, idle_days=2, day=20)
    36000
    >>> reclaimed(Reclamation(), 36_000, 30_000, 10_000, idle_days=2, day=21) is None
    True
    >>> reclaimed(Reclamation(), 2_000_000, 30_000, 500_000, idle_days=14, day=3)
    500000
    """
    idle = idle_days >= rule.idle_days
    slow = day >= rule.by_day and used * 1_000 < allocation * rule.under
    if not idle and not slow:
        return None
    kept = max(floor, -(-used * rule.keep // 1_000))
    return kept if kept < allocation else None
