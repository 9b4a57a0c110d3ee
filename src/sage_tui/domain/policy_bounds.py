"""How far a policy's fields go: what is refused, and what is allowed and may surprise. Pure."""

from collections.abc import Mapping

from sage_tui.domain.amounts import short
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.policies import Of, Policy
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus

MOST_TIERS = 10
MOST_BUMP = 1_000
"""Per cent of the present limit that one bump adds at most: eleven times the limit then."""

MOST_OF_POOL = 100
LONGEST_COOLDOWN = 31 * 1_440
"""Minutes: a month. Beyond it a tier would bump once in months, and by the month's start it is fallen back."""

MUCH_OVERCOMMIT = 200
"""Per cent of the pool from which on a cap is worth a word."""

EARLY = 500
"""Per mille used under which a trigger is worth a word."""

WHOLE_MONTH = 31


def check(policy: Policy) -> None:
    """Raises WrongUse where a field is nonsense, with what it may be."""
    if policy.ceiling is not None and any(floor > policy.ceiling for floor in policy.floors.values()):
        raise WrongUse("A floor may not be above the ceiling.", "Raise the ceiling, or lower the floor.")
    if not 1 <= policy.cooldown <= LONGEST_COOLDOWN:
        raise WrongUse("cooldown: it is from 1m to 31d", "Write 30m, 1h or 2d.")
    if len(policy.tiers) > MOST_TIERS:
        raise WrongUse(f"tiers: at most {MOST_TIERS} of them", "off is none.")
    for tier in policy.tiers:
        if tier.of is Of.FLAT and tier.amount < 1:
            raise WrongUse("tiers: a bump of +0 is none", "Write 80%:+25%, 75%:+500K, or off.")
        most = MOST_OF_POOL if tier.of is Of.POOL else MOST_BUMP
        if tier.of is not Of.FLAT and not 10 <= tier.amount <= most * 10:
            whose = "of the unallocated pool" if tier.of is Of.POOL else "of the limit"
            raise WrongUse(
                f"tiers: a bump {whose} is from +1% to +{most:,}%", "Write 80%:+25%, 75%:pool+25%, or off for none."
            )


def warnings(
    policy: Policy, pools: Mapping[Kind, PoolStatus], *, department: str = "", people: int | None = None
) -> tuple[str, ...]:
    """What is allowed and may surprise. `pools` are the organization's, whose cap it is; `people` are the department's.

    >>> from dataclasses import replace
    >>> from sage_tui.domain.policies import PRESETS, Preset
    >>> low = replace(PRESETS[Preset.STANDARD], cap_percent=50)
    >>> warnings(low, {Kind.INFERENCE: PoolStatus(Kind.INFERENCE, 10_000_000, 7_000_000, 0)})
    ('The inference cap is 5M then, 2M below what is allocated: nobody is lowered, and no limit is raised.',)
    >>> warnings(PRESETS[Preset.STANDARD], {}, department="Reserch", people=0)
    ('Nobody is in the department Reserch: the policy holds for nobody yet.',)
    """
    said = []
    if department and not people:
        said.append(f"Nobody is in the department {clean(department, limit=60)}: the policy holds for nobody yet.")
    for kind, pool in pools.items():
        cap = pool.purchased * policy.cap_percent // 100
        if cap < pool.allocated:
            said.append(
                f"The {kind.value} cap is {short(cap)} then, {short(pool.allocated - cap)} below what is allocated:"
                " nobody is lowered, and no limit is raised."
            )
        elif pool.purchased and policy.floors[kind] > cap:
            said.append(f"The {kind.value} floor is more than the whole cap of {short(cap)}: nobody gets it.")
    if policy.cap_percent > MUCH_OVERCOMMIT and pools:
        said.append(f"{policy.cap_percent}% of the pool may be allocated: calls are refused once the pool is used.")
    if policy.tiers and policy.tiers[0].trigger < EARLY:
        said.append(f"Limits rise from {policy.tiers[0].trigger / 10:g}% used on: before half of one is used.")
    if policy.day_percent is not None and policy.day_percent * WHOLE_MONTH < 100:
        said.append(
            f"At {policy.day_percent}% a day a limit lasts longer than a month: at most"
            f" {policy.day_percent * WHOLE_MONTH}% of it in {counted(WHOLE_MONTH, 'day')}."
        )
    return tuple(said)
