"""A policy as fields: how each is typed, kept and shown. One list; command line, form and store read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sage_tui.domain import amounts, policy_bounds, schedules
from sage_tui.domain.amounts import How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.policies import PRESETS, Of, Policy, Preset, Tier
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind

_TIER = re.compile(r"([0-9]{1,3}(?:\.[0-9])?)%?:(?:(pool)\+?([0-9]{1,4})%|\+?([0-9]{1,4})%|\+?(.+))")
_TIME = re.compile(r"([0-9]{1,5})(m|min|h|d)")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 1_440}


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field: what it means, its value of a policy (JSON), and a policy with another, as typed."""

    name: str
    meaning: str
    example: str
    value: Callable[[Policy], Any]
    typed: Callable[[Policy, str], Policy]


def _tokens(text: str) -> int:
    return amounts.tokens(text)


def _floor(kind: Kind) -> Callable[[Policy, str], Policy]:
    return lambda policy, text: replace(policy, floors={**policy.floors, kind: _tokens(text)})


def _ceiling(policy: Policy, text: str) -> Policy:
    found = amounts.parse(text, relative=False, unset=False, unlimited=True)
    return replace(policy, ceiling=None if found.how is How.UNLIMITED else found.value)


def _number(text: str, least: int, most: int, what: str) -> int:
    found = amounts.whole(text.removesuffix("%"))
    if found is None or not least <= found <= most:
        raise WrongUse(f"{what}: {clean(text, limit=40)!r} is not a whole number from {least:,} to {most:,}")
    return found


def _minutes(text: str) -> int:
    found = _TIME.fullmatch(text)
    if not found:
        raise WrongUse(f"cooldown: {clean(text, limit=40)!r} is not a time", "Write 30m, 1h or 2d.")
    return int(found[1]) * _MINUTES[found[2]]


def time_words(minutes: int) -> str:
    """`30m`, `4h`, `2d`."""
    for letter, size in (("d", 1_440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{letter}"
    return f"{minutes}m"


def tier_words(tier: Tier) -> str:
    """`80%:+25%`, `75%:+500000`, `75%:pool+25%`."""
    trigger = f"{tier.trigger // 10}.{tier.trigger % 10}".removesuffix(".0")
    if tier.of is Of.FLAT:
        return f"{trigger}%:+{tier.amount}"
    return f"{trigger}%:{'pool' if tier.of is Of.POOL else ''}+{tier.amount // 10}%"


def _tier(text: str) -> Tier:
    found = _TIER.fullmatch(text.strip())
    if not found:
        raise WrongUse(f"tiers: {clean(text, limit=40)!r} is not a tier", "Write 80%:+25%, 75%:+500K or 75%:pool+25%.")
    whole, _, tenth = found[1].partition(".")
    trigger = int(whole) * 10 + int(tenth or 0)
    if not 0 < trigger <= 1_000:
        raise WrongUse("tiers: a trigger is over 0% and at most 100%")
    if found[2]:
        return Tier(trigger, Of.POOL, int(found[3]) * 10, at_least=250)
    return Tier(trigger, Of.CURRENT, int(found[4]) * 10) if found[4] else Tier(trigger, Of.FLAT, _tokens(found[5]))


def _tiers(policy: Policy, text: str) -> Policy:
    """Tiers that rise; `off` is none: no auto-increase."""
    tiers = () if text.strip() == "off" else tuple(_tier(part) for part in text.split(","))
    triggers = [tier.trigger for tier in tiers]
    if triggers != sorted(set(triggers)):
        raise WrongUse("tiers: each trigger is higher than the one before it")
    return replace(policy, tiers=tiers)


def _yes(text: str, what: str) -> bool:
    known = {"on": True, "yes": True, "off": False, "no": False}
    if text not in known:
        raise WrongUse(f"{what}: write on or off")
    return known[text]


def _start(policy: Policy, text: str) -> Policy:
    if text not in ("fall_back", "stay"):
        raise WrongUse("month_start: write fall_back or stay")
    return replace(policy, month_start_stays=text == "stay")


def _reclaim(name: str, least: int, most: int, times: int = 1) -> Callable[[Policy, str], Policy]:
    def typed(policy: Policy, text: str) -> Policy:
        number = _number(text, least, most, name) * times
        part = {"idle_days": "idle_days", "under": "under", "by_day": "by_day", "keep": "keep"}[name]
        return replace(policy, reclamation=replace(policy.reclamation, **{part: number}))

    return typed


def _day(policy: Policy, text: str) -> Policy:
    return replace(policy, day_percent=None if text == "off" else _number(text, 1, 100, "day_percent"))


FIELDS: Mapping[str, PolicyField] = {
    field.name: field
    for field in (
        PolicyField("inference_floor", "a first allocation of inference tokens, and the least a policy leaves", "500K",
                    lambda p: p.floors[Kind.INFERENCE], _floor(Kind.INFERENCE)),
        PolicyField("embedding_floor", "the same of embedding tokens", "500K",
                    lambda p: p.floors[Kind.EMBEDDING], _floor(Kind.EMBEDDING)),
        PolicyField("ceiling", "how far a policy raises an allocation", "5M or unlimited",
                    lambda p: p.ceiling, _ceiling),
        PolicyField("tiers", "auto-increase: from so much used on, by so much", "80%:+25%,95%:+50% or off",
                    lambda p: ",".join(map(tier_words, p.tiers)) or "off", _tiers),
        PolicyField("cooldown", "between two bumps of one person, kind and tier", "1h",
                    lambda p: time_words(p.cooldown), lambda p, text: replace(p, cooldown=_minutes(text))),
        PolicyField("reclamation", "idle allocations are lowered by the schedule", "on or off",
                    lambda p: p.reclaims, lambda p, text: replace(p, reclaims=_yes(text, "reclamation"))),
        PolicyField("idle_days", "idle for so many days", "14",
                    lambda p: p.reclamation.idle_days, _reclaim("idle_days", 1, 366)),
        PolicyField("under", "or under so many per cent used", "10%",
                    lambda p: p.reclamation.under // 10, _reclaim("under", 0, 100, 10)),
        PolicyField("by_day", "by this day of the month", "20",
                    lambda p: p.reclamation.by_day, _reclaim("by_day", 1, 31)),
        PolicyField("keep", "so many per cent of what was used stay", "120%",
                    lambda p: p.reclamation.keep // 10, _reclaim("keep", 100, 1_000, 10)),
        PolicyField("cap_percent", "allocations may go to so many per cent of the pool", "100%",
                    lambda p: p.cap_percent,
                    lambda p, text: replace(p, cap_percent=_number(text, 1, 1_000, "cap_percent"))),
        PolicyField("month_start", "bumps, reclaims and approvals for the month at its start", "fall_back or stay",
                    lambda p: "stay" if p.month_start_stays else "fall_back", _start),
        PolicyField("day_percent", "a day at most so many per cent of the allocation", "off or 20%",
                    lambda p: p.day_percent, _day),
        PolicyField("schedule", "when a rebalance runs by itself, in the organization's time zone",
                    "off, daily 02:00, weekly sun 02:00 or monthly 1 02:00",
                    lambda p: schedules.words(p.schedule),
                    lambda p, text: replace(p, schedule=schedules.parse(text))),
    )
}  # fmt: skip


def values(policy: Policy) -> dict[str, Any]:
    """Every field of a policy, as JSON has it."""
    return {name: field.value(policy) for name, field in FIELDS.items()}


BESIDE = frozenset({"cap_percent", "month_start", "day_percent", "schedule"})
"""Fields that no preset says anything of: they stay when another preset is chosen."""


def _of_preset(policy: Policy) -> dict[str, Any]:
    return {name: value for name, value in values(policy).items() if name not in BESIDE}


def changed(policy: Policy, name: str, text: str) -> Policy:
    """The policy with one field as typed; it is custom then, unless it is a preset's again. Raises WrongUse."""
    if name not in FIELDS:
        raise WrongUse(f"A policy has no field {clean(name, limit=40)}", f"Fields: {', '.join(FIELDS)}.")
    made = _typed(policy, FIELDS[name], text)
    policy_bounds.check(made)
    same = next((one for one in PRESETS.values() if _of_preset(one) == _of_preset(made)), None)
    return replace(made, preset=same.preset if same else Preset.CUSTOM)


def _typed(policy: Policy, field: PolicyField, text: str) -> Policy:
    """The policy with a field as typed. Raises WrongUse, which names the field whatever its text was read as."""
    try:
        return field.typed(policy, text)
    except WrongUse as error:
        said = error.message.removeprefix("amount: ")
        named = said if said.startswith(f"{field.name}:") else f"{field.name}: {said}"
        raise WrongUse(named, f"Such as {field.example}." if error.hint == amounts.HINT else error.hint) from error


def shown(policy: Policy) -> dict[str, str]:
    """Every field in words, as people read and type it."""
    return {name: _shown(name, value) for name, value in values(policy).items()}


def _shown(name: str, value: Any) -> str:
    if name in ("under", "keep", "cap_percent", "day_percent") and value is not None:
        return f"{value}%"
    if name == "tiers":
        return ", ".join(_tier_shown(part) for part in str(value).split(","))
    return f"{value:,}" if type(value) is int else _text(name, value)


def _tier_shown(text: str) -> str:
    """`75%:+500,000`: a flat bump is a number of tokens."""
    trigger, plus, bump = text.partition(":+")
    return f"{trigger}{plus}{int(bump):,}" if bump.isdecimal() else text


def kept(policy: Policy) -> dict[str, Any]:
    """What the store keeps: every field in whole numbers and plain words."""
    return values(policy)


def restored(preset: str, kept_: Mapping[str, Any]) -> Policy:
    """The policy of what the store kept; a field that is not there has the standard's value."""
    policy = PRESETS[Preset.STANDARD]
    for name, field in FIELDS.items():
        if name in kept_:
            policy = field.typed(policy, _text(name, kept_[name]))
    return replace(policy, preset=Preset(preset))


def _text(name: str, value: Any) -> str:
    if value is None:
        return "unlimited" if name == "ceiling" else "off"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
