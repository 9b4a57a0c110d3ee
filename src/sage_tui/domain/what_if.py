"""What if another policy had held: a month's recorded usage replayed, day by day, under the rules that raise limits.

The rules are those of domain/policies. Pure; whole tokens; a day's people come in the order of their numbers.

- Everybody begins with the limit with which they began that month. Who had none gets the floor of the replayed policy,
  or their own, with their first use, where the cap leaves room for all of it; else they begin with nothing.
- A day's use is one sum, used up in that day as if call by call: wherever a tier is passed there is its bump, and it
  goes on. What is recorded has no time within the day: a tier bumps somebody at most once a day, or once in as many
  days as the cooldown has begun.
- A part of the unallocated pool is divided by the people who stand in the tier at that moment.
- Use that finds no limit left is not served. Whoever that happens to is stopped: for the part of that day that was not
  served, and for all 24 hours of each day after it until one on which they use again and a bump lets them, or until
  the month's end. What was not served is not asked for again.
- Nobody acts: requests, edits by hand, raises with an end and reclaiming of that month are not replayed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sage_tui.domain.policies import Of, Policy, bumped, tier_of
from sage_tui.domain.units import Kind

NONE = -1
"""In arrays: no limit, no floor or ceiling of one's own."""

DAY_MINUTES = 1_440


class Member(NamedTuple):
    """Somebody as a month begins, for one kind. Tokens; a limit of None is unset."""

    user_id: int
    limit: int | None
    group: int = 0
    """The place of the policy that holds for them; 0 is the organization's own."""
    floor: int | None = None
    """Their own, where an exception says so."""
    ceiling: int | None = None
    fixed: bool = False
    """Pinned, or without auto-increase."""


class Use(NamedTuple):
    """What somebody used on a day of the month (0 is its first), in charged tokens; below 0 after corrections."""

    day: int
    user_id: int
    charge: int


class Stopped(NamedTuple):
    """Somebody who would have been stopped: when first, what was not served, for how long."""

    user_id: int
    kind: Kind
    day: int
    """Of the month, 0 is its first."""
    unserved: int
    minutes: int


@dataclass(slots=True)
class Roster:
    """Everybody, in arrays and in the order of their numbers: there may be a million. All replays share it."""

    users: "array[int]" = field(default_factory=lambda: array("q"))
    limits: "array[int]" = field(default_factory=lambda: array("q"))
    groups: "array[int]" = field(default_factory=lambda: array("H"))
    floors: "array[int]" = field(default_factory=lambda: array("q"))
    ceilings: "array[int]" = field(default_factory=lambda: array("q"))
    fixed: bytearray = field(default_factory=bytearray)

    def add(self, member: Member) -> None:
        """The next one."""
        self.users.append(member.user_id)
        self.limits.append(NONE if member.limit is None else member.limit)
        self.groups.append(member.group)
        self.floors.append(NONE if member.floor is None else member.floor)
        self.ceilings.append(NONE if member.ceiling is None else member.ceiling)
        self.fixed.append(member.fixed)


class _Rules:
    """A policy as the replay looks at it, and how many people stand in each of its tiers."""

    def __init__(self, policy: Policy, kind: Kind) -> None:
        self.policy = policy
        self.floor = policy.floors[kind]
        self.triggers = tuple(tier.trigger for tier in policy.tiers)
        self.least = min((*self.triggers, 1_000))
        self.day_percent = policy.day_percent
        self.gap = max(-(-policy.cooldown // DAY_MINUTES), 1)
        """Days from one bump of a tier to the next."""
        self.counts = any(tier.of is Of.POOL for tier in policy.tiers)
        self.inside = [0] * len(policy.tiers)

    def stands(self, used: int, limit: int) -> int | None:
        """The tier in which somebody stands."""
        return tier_of(self.policy, used, limit) if used > 0 else None

    def moves(self, before: int | None, after: int | None) -> None:
        """Somebody stands in another tier now."""
        if self.counts and before != after:
            if before is not None:
                self.inside[before] -= 1
            if after is not None:
                self.inside[after] += 1


class Replay:
    """One kind of a month under one set of policies, the organization's own first. `use` all, then ask."""

    def __init__(self, roster: Roster, policies: Sequence[Policy], kind: Kind, purchased: int, days: int) -> None:
        many = len(roster.users)
        self._roster, self.kind, self._purchased, self._days = roster, kind, purchased, days
        self._rules = [_Rules(policy, kind) for policy in policies]
        self._tiers = max(max(len(rules.triggers) for rules in self._rules), 1)
        self._limits = array("q", roster.limits)
        self._used = array("q", bytes(8 * many))
        self._bumped = bytearray(many * self._tiers)  # the day after that on which a tier was last tried, from 1 on
        self._first, self._since = bytearray(many), bytearray(many)  # days, from 1 on: stopped first; stopped now
        self._unserved, self._minutes = array("q", bytes(8 * many)), array("H", bytes(2 * many))
        self._cap = purchased * policies[0].cap_percent // 100
        self.allocated = sum(limit for limit in roster.limits if limit > 0)
        self.bumps = 0

    def use(self, place: int, day: int, charge: int) -> None:
        """Somebody, by their place in the roster, uses so much on a day; a day's people in order, days in order."""
        rules, used = self._rules[self._roster.groups[place]], self._used[place]
        if self._limits[place] < 0:
            self._begin(place, rules)
        limit = self._limits[place]
        if charge <= 0:
            after = max(used + charge, 0)
            rules.moves(rules.stands(used, limit), rules.stands(after, limit))
            self._used[place] = after
        elif rules.day_percent is None and not self._since[place] and (used + charge) * 1_000 < limit * rules.least:
            self._used[place] = used + charge
        else:
            rest = self._walk(place, rules, day, charge)
            self._told(place, day, charge, rest)

    def _begin(self, place: int, rules: _Rules) -> None:
        """A first limit: the floor, where there is room for all of it."""
        own = self._roster.floors[place]
        floor, ceiling = own if own >= 0 else rules.floor, self._ceiling(place, rules)
        wanted = floor if ceiling is None else min(floor, ceiling)
        self._limits[place] = wanted if wanted <= self._cap - self.allocated else 0
        self.allocated += self._limits[place]

    def _ceiling(self, place: int, rules: _Rules) -> int | None:
        own = self._roster.ceilings[place]
        return own if own >= 0 else rules.policy.ceiling

    def _walk(self, place: int, rules: _Rules, day: int, rest: int) -> int:
        """Use up to the next tier, bump, go on; what is left of the day's use then was not served."""
        used = begin = self._used[place]
        limit = self._limits[place]
        tier = rules.stands(used, limit)
        while True:
            if tier is not None and self._may(place, rules, tier, day):
                limit = self._bump(place, rules, tier, limit, day)
            else:
                end = self._upto(place, rules, day, used, begin)
                if not rest or end <= used:
                    break
                served = min(rest, end - used)
                used, rest = used + served, rest - served
            now = rules.stands(used, limit)
            rules.moves(tier, now)
            tier = now
        self._used[place] = used
        return rest

    def _may(self, place: int, rules: _Rules, tier: int, day: int) -> bool:
        """Is there no cooldown, and no exception?"""
        last = self._bumped[place * self._tiers + tier]
        return not self._roster.fixed[place] and (not last or day + 1 - last >= rules.gap)

    def _bump(self, place: int, rules: _Rules, tier: int, limit: int, day: int) -> int:
        self._bumped[place * self._tiers + tier] = day + 1
        new = bumped(
            rules.policy, rules.policy.tiers[tier], limit, room=self._cap - self.allocated,
            unallocated=self._purchased - self.allocated, in_tier=rules.inside[tier],
            ceiling=self._ceiling(place, rules),
        )  # fmt: skip
        if new > limit:
            self.bumps += 1
            self.allocated += new - limit
            self._limits[place] = new
        return new

    def _upto(self, place: int, rules: _Rules, day: int, used: int, begin: int) -> int:
        """How far somebody's use goes before it has to be looked at again: a tier, the limit, the most of a day."""
        limit = self._limits[place]
        end = limit
        if rules.day_percent is not None:
            end = min(end, begin + limit * rules.day_percent // 100)
        for tier, trigger in enumerate(rules.triggers):
            point = -(-limit * trigger // 1_000)
            if used < point < end and self._may(place, rules, tier, day):
                end = point
        return end

    def _told(self, place: int, day: int, charge: int, rest: int) -> None:
        """Keep who is stopped, and since when."""
        if self._since[place]:
            self._minutes[place] += DAY_MINUTES * (day - self._since[place])
            self._since[place] = 0
        if not rest:
            return
        self._minutes[place] += DAY_MINUTES * rest // charge
        self._unserved[place] += rest
        self._first[place] = self._first[place] or day + 1
        if self._used[place] >= self._limits[place]:  # the most of a day ends with the day
            self._since[place] = day + 1

    # What came of it ----------------------------------------------------------------------------------------------

    def stopped(self) -> Iterator[Stopped]:
        """Everybody who would have been stopped, in the order of their numbers."""
        for place, first in enumerate(self._first):
            if first:
                since = self._since[place]
                after = DAY_MINUTES * (self._days - since) if since else 0
                minutes = self._minutes[place] + after
                yield Stopped(self._roster.users[place], self.kind, first - 1, self._unserved[place], minutes)

    @property
    def stranded(self) -> int:
        """Allocated tokens that were not used."""
        return sum(max(limit - used, 0) for limit, used in zip(self._limits, self._used, strict=True))

    @property
    def pool_left(self) -> int:
        """The pool less what is allocated."""
        return self._purchased - self.allocated

    def limit(self, place: int) -> int:
        """What somebody may use by now, unset as 0."""
        return max(self._limits[place], 0)


def replay_use(roster: Roster, replays: Sequence[Replay], usage: Iterable[Use]) -> None:
    """Replay a month's use, in the order of days and of people's numbers. Who is not in the roster is passed over."""
    users, many = roster.users, len(roster.users)
    last, place = -1, 0
    for day, user, charge in usage:
        place = bisect_left(users, user, place if day == last else 0)
        last = day
        if place < many and users[place] == user:
            for one in replays:
                one.use(place, day, charge)


def replay(
    members: Iterable[Member], usage: Iterable[Use], policies: Sequence[Policy], kind: Kind, purchased: int, days: int
) -> Replay:
    """A whole month of one kind, of people and usage in any order: where there are few.

    >>> from sage_tui.domain.policies import PRESETS, Preset
    >>> month = [Member(1, 500_000)], [Use(0, 1, 450_000), Use(1, 1, 600_000)], [PRESETS[Preset.CONSERVATIVE]]
    >>> made = replay(*month, Kind.INFERENCE, 5_000_000, 30)  # at 450,000 to 625,000, at 562,500 to 781,250
    >>> made.limit(0), made.bumps, list(made.stopped())  # 645 minutes of day 1, and 28 days
    (781250, 2, [Stopped(user_id=1, kind=<Kind.INFERENCE: 'inference'>, day=1, unserved=268750, minutes=40965)])
    """
    roster = Roster()
    for member in sorted(members):
        roster.add(member)
    made = Replay(roster, policies, kind, purchased, days)
    replay_use(roster, [made], sorted(usage))
    return made
