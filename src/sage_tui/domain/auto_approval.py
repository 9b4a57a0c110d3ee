"""The auto-approval rule: three fields, and what they say of a request (product.md, "Token Requests").

Off by default. Nobody gets round the largest amount in pieces: what the rule granted the same person of the same
kind this month counts with it. What it does not cover waits for an administrator, with the reason.
"""

import re
from dataclasses import asdict, dataclass

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS

_PERCENT = re.compile(r"([0-9]{1,3})%?")


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule. `largest` in tokens; `pool_used`: the largest share of the pool used already, in per cent."""

    on: bool = False
    largest: int = 500_000
    pool_used: int = 80


@dataclass(frozen=True, slots=True)
class SetRule:
    """Change fields of the rule; None stays as it is. `largest` in tokens, `pool_used` in per cent."""

    organization_id: int | None = None
    on: bool | None = None
    largest: int | None = None
    pool_used: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at, in tokens of the request's kind.

    `granted`: by the rule this month, to the same person. `room`: what the cap leaves.
    """

    purchased: int
    used: int
    room: int
    granted: int = 0
    paid: bool = True
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is granted at once, and why (a clause that follows "because")."""

    approved: bool
    why: str


def judge(rule: Rule, amount: int, facts: Facts) -> Verdict:
    """What the rule says of a request.

    >>> rule = Rule(True, 500_000, 80)
    >>> judge(rule, 500_000, Facts(1_000_000, 800_000, 900_000))
    Verdict(approved=True, why='it is at most 500,000 and 80% of the pool is used, at most 80%')
    >>> judge(rule, 500_001, Facts(1_000_000, 0, 900_000)).why
    'it is more than 500,000'
    >>> judge(rule, 1, Facts(1_000_000, 800_001, 900_000)).why
    '80.1% of the pool is used, more than 80%'
    """
    refused = _refused(rule, amount, facts)
    if refused:
        return Verdict(False, refused)
    share = percent_used(facts.used, facts.purchased)
    return Verdict(True, f"it is at most {rule.largest:,} and {share} of the pool is used, at most {rule.pool_used}%")


def _refused(rule: Rule, amount: int, facts: Facts) -> str:
    if not rule.on:
        return "the rule is off"
    if facts.administrator:
        return "another administrator decides what an administrator asks for"
    if not facts.paid:
        return "who asks may not spend"
    if amount > rule.largest:
        return f"it is more than {rule.largest:,}"
    if amount + facts.granted > rule.largest:
        return f"with {facts.granted:,} granted by the rule this month it is more than {rule.largest:,}"
    if facts.used * 100 > facts.purchased * rule.pool_used:
        return f"{percent_used(facts.used, facts.purchased)} of the pool is used, more than {rule.pool_used}%"
    if amount > facts.room:
        return f"the pool has room for {max(facts.room, 0):,}"
    return ""


def percent_used(used: int, purchased: int) -> str:
    """A share in per cent with at most one decimal, rounded up: what is above a bound never reads as the bound.

    >>> percent_used(800_001, 1_000_000), percent_used(1, 2), percent_used(5, 0)
    ('80.1%', '50%', 'all')
    """
    if not purchased:
        return "all" if used else "0%"
    tenths = -(-used * 1000 // purchased)
    return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def kept(rule: Rule) -> dict[str, bool | int]:
    """The rule as the store keeps it and JSON shows it."""
    return asdict(rule)


def restored(values: dict[str, bool | int]) -> Rule:
    """What `kept` was given."""
    return Rule(bool(values["on"]), int(values["largest"]), int(values["pool_used"]))


def checked(rule: Rule) -> Rule:
    """The rule, its numbers within bounds. Raises WrongUse."""
    if not 1 <= rule.largest <= MAX_TOKENS:
        raise WrongUse(f"largest: {rule.largest:,} is outside 1 to {MAX_TOKENS:,}", "Write 500K or 2M.")
    if not 0 <= rule.pool_used <= 100:
        raise WrongUse(f"pool-used: {rule.pool_used}% is outside 0% to 100%", "Write 80%.")
    return rule


def percent(text: str) -> int:
    """`80%` or `80`, 0 to 100. Raises WrongUse."""
    found = _PERCENT.fullmatch(text)
    if not found or int(found[1]) > 100:
        raise WrongUse(f"pool-used: {clean(text, limit=40)!r} is no share from 0% to 100%", "Write 80%.")
    return int(found[1])
