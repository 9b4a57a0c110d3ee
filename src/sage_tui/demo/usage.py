"""The demo's usage, day by day: events, and what they add up to, out of the same numbers."""

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from sage_tui.demo.cast import CAST
from sage_tui.demo.chance import Weighted, heavy, shares, stream
from sage_tui.demo.models import EMBEDDING_SHARE, IDENTITIES, MODELS, DemoModel
from sage_tui.demo.people import Span
from sage_tui.domain import months
from sage_tui.domain.months import DAY, SECOND
from sage_tui.domain.units import Kind

SOURCE = "litellm"
SUCCESS, FAILURE, REFUSED = 0, 1, 2
WEEK = (1.0, 1.08, 1.1, 1.05, 0.9, 0.22, 0.16)
"""A week's rhythm, Monday first."""
HOURS = (1, 1, 1, 1, 1, 2, 5, 14, 40, 62, 66, 58, 40, 55, 68, 66, 58, 40, 20, 12, 9, 6, 3, 2)
STEPS = 8
"""Calls of this month of each of the cast who uses tokens."""

EVENT_COLUMNS = (
    "organization_id", "id", "day", "digest", "content", "at", "user_id", "model_id", "kind", "prompt_tokens",
    "cached_tokens", "completion_tokens", "charge", "status", "latency_ms", "source_id", "external_id",
)  # fmt: skip
EventRow = tuple[int, bytes, int, bytes, int, int, int, int, int, int, int, int, int, int, int, int, str]


@dataclass
class Members:
    """What of the people decides their usage, as columns; place = number - 1."""

    organization: "array[int]"
    first_day: "array[int]"
    last_day: "array[int]"
    edges: "array[float]"
    """Running sums of the people's weights."""


@dataclass
class Counters:
    """The counters of members or of pools, one column a kind, as recording leaves them (house.md, "Months")."""

    month: "list[array[int]]"
    used: "list[array[int]]" = field(default_factory=list)
    previous: "list[array[int]]" = field(default_factory=list)
    lifetime: "list[array[int]]" = field(default_factory=list)

    def __post_init__(self) -> None:
        for columns in (self.used, self.previous, self.lifetime):
            columns.extend(array("q", bytes(8 * len(column))) for column in self.month)

    def add(self, place: int, kind: int, month: int, charge: int) -> None:
        """Add a charge; months come in order."""
        stands = self.month[kind]
        if stands[place] < month:
            self.previous[kind][place] = self.used[kind][place] if stands[place] == month - 1 else 0
            self.used[kind][place] = 0
            stands[place] = month
        self.used[kind][place] += charge
        self.lifetime[kind][place] += charge


Totals = dict[tuple[int, ...], list[int]]


@dataclass
class Day:
    """One day's events in order of time, and its rows of `usage_daily` and `usage_organization_daily`."""

    day: int
    events: list[EventRow]
    daily: Totals
    organizations: Totals


class Usage:
    """Makes the events and keeps the sums; `days()` may be walked once."""

    def __init__(self, members: Members, events: int, seed: int, span: Span) -> None:
        self.members, self.span = members, span
        self.rng = stream(seed, "usage")
        self.number = 0
        count = len(members.organization)
        began = [array("q", (months.month_of_day(day) for day in members.first_day)) for _ in Kind]
        self.counters = Counters(began)
        self.pools = Counters([array("q", bytes(8 * 13)) for _ in Kind])
        self.months: Totals = {}
        self.refused_at: dict[int, int] = {}
        self.last_at = 0
        self._scripted = _script(span) if events >= 20 * len(CAST) * STEPS and count >= len(CAST) else {}
        free = events - sum(len(calls) for calls in self._scripted.values())
        days = range(span.first_day, span.today + 1)
        self._counts = dict(zip(days, shares(free, [_weight(day, span, self.rng) for day in days]), strict=True))
        self._hours = Weighted(HOURS)
        self._chosen = {kind: [model for model in MODELS if model.kind is kind] for kind in Kind}
        self._drawn = {kind: Weighted([model.use for model in self._chosen[kind]]) for kind in Kind}

    def days(self) -> Iterator[Day]:
        """The days in order."""
        for day, count in self._counts.items():
            calls = [self._call(day) for _ in range(count)]
            calls += self._scripted.get(day, [])
            calls.sort()
            yield self._sum(day, [self._event(*call) for call in calls])

    def take_months(self, month: int) -> Totals:
        """The rows of `usage_month` of one month, which is over."""
        rows = {key: row for key, row in self.months.items() if key[1] == month}
        for key in rows:
            del self.months[key]
        return rows

    def _call(self, day: int) -> "Call":
        rng = self.rng
        kind = Kind.EMBEDDING if rng.random() * 100 < EMBEDDING_SHARE else Kind.INFERENCE
        model = self._chosen[kind][self._drawn[kind].draw(rng)]
        prompt = int(min(heavy(rng, model.prompt, 0.9), 900_000)) + 1
        completion = int(min(heavy(rng, model.completion, 0.8), 60_000)) if model.completion else 0
        cached = int(prompt * model.cached * rng.random() / 50) if model.cached else 0
        failed = rng.random() < 0.02
        return (
            self._time(day), self._who(day), model.id, prompt, min(cached, prompt), 0 if failed else completion,
            FAILURE if failed else SUCCESS, 250 + int(heavy(rng, 600, 0.7)) + completion * 12,
        )  # fmt: skip

    def _time(self, day: int) -> int:
        rng, start = self.rng, day * DAY
        if day == self.span.today:
            return start + int(rng.random() * (self.span.now - start + 1))
        return start + (self._hours.draw(rng) * 3_600 + int(rng.random() * 3_600)) * SECOND + rng.getrandbits(19)

    def _who(self, day: int) -> int:
        """A person who is there that day, or (one call in 120) minus an identity's number."""
        rng, members = self.rng, self.members
        here = bisect_right(members.first_day, day)
        whole = members.edges[here - 1] if here else 0.0
        if whole <= 0.0 or rng.random() * 120 < 1:
            return -1 - int(rng.random() * len(IDENTITIES))
        for _ in range(8):
            place = min(bisect_right(members.edges, rng.random() * whole), here - 1)
            if members.last_day[place] >= day:
                break
        return place + 1

    def _event(
        self, at: int, who: int, model_id: int, prompt: int, cached: int, completion: int, status: int, latency: int
    ) -> EventRow:
        model = MODELS[model_id - 1]
        charge = 0 if status == REFUSED else model.weights.charge(prompt, cached, completion)
        organization = self.members.organization[who - 1] if who > 0 else IDENTITIES[-who - 1][1]
        self.number += 1
        external = f"call-{self.number:010d}"
        if status == REFUSED:
            self.refused_at.setdefault(who, at)
        return (
            organization, self._id(at), at // DAY, hashlib.sha256(f"{SOURCE}\0{external}".encode()).digest()[:16],
            content(at, reported(who), model, prompt, cached, completion, status), at, who, model_id,
            0 if model.kind is Kind.INFERENCE else 1, prompt, cached, completion, charge, status, latency, 1, external,
        )  # fmt: skip

    def _id(self, at: int) -> bytes:
        """A UUIDv7 whose random bits come from the seed."""
        bits = self.rng.getrandbits(74)
        return (at // 1000 << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1).to_bytes(16, "big")

    def _sum(self, day: int, events: list[EventRow]) -> Day:
        """Every total out of the same rows that are stored."""
        daily: Totals = {}
        whole: Totals = {}
        month = months.month_of_day(day)
        for organization, _, _, _, _, at, who, model, kind, prompt, cached, completion, charge, status, *_ in events:
            for totals, key in (
                (daily, (organization, day, who, model, kind)),
                (whole, (organization, day, model, kind)),
                (self.months, (organization, month, who, kind)),
            ):
                row = totals.get(key)
                if row is None:
                    row = totals[key] = [0] * 6
                row[0] += 1
                row[1] += status != SUCCESS
                row[2] += prompt
                row[3] += cached
                row[4] += completion
                row[5] += charge
            self.pools.add(organization, kind, month, charge)
            if who > 0:
                self.counters.add(who - 1, kind, month, charge)
            self.last_at = at
        return Day(day, events, daily, whole)


Call = tuple[int, int, int, int, int, int, int, int]


def reported(who: int) -> str:
    """How the gateway names somebody: the person's gateway id, or the identity that belongs to nobody."""
    return f"gw-{who:07d}" if who > 0 else IDENTITIES[-who - 1][0]


STATUS_WORDS = ("success", "failure", "refused")


def content(at: int, user: str, model: DemoModel, prompt: int, cached: int, completion: int, status: int) -> int:
    """What metering compares a repeated id by (a test holds it against `services.metering`)."""
    kind = 0 if model.kind is Kind.INFERENCE else 1
    told = f"{at}\0{user}\0{model.key}\0{kind}\0{prompt}\0{cached}\0{completion}\0{STATUS_WORDS[status]}"
    digest = hashlib.blake2b(told.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _weight(day: int, span: Span, rng: Random) -> float:
    """How much is used on a day: growth, the week's rhythm, holidays, noise; today only so far."""
    grown = 1.0 + 1.4 * (day - span.first_day) / max(span.today - span.first_day, 1)
    noise = 0.85 + 0.3 * rng.random()
    yearly = months.day_text(day)[5:]
    holiday = 0.3 if yearly >= "12-22" or yearly <= "01-02" else 1.0
    part = (span.now - day * DAY) / DAY if day == span.today else 1.0
    return grown * WEEK[(day + 3) % 7] * noise * holiday * part


def _script(span: Span) -> dict[int, list[Call]]:
    """This month's calls of the cast, so that each stands where the documents say."""
    start = months.month_start(span.month)
    length = max(span.now - start, 0)
    calls: dict[int, list[Call]] = {}
    for number, part in enumerate(CAST, 1):
        target = (part.allocation or 0) * part.share // 1000
        amounts = shares(target, range(1, STEPS + 1)) if target else []
        for step, amount in enumerate(amounts, 1):
            at = start + length * step // (STEPS + 2)
            calls.setdefault(at // DAY, []).append((at, number, 1, amount, amount // 3, 0, SUCCESS, 900 + step))
        for step in range(part.refused):
            at = start + length * (STEPS * 50 + step) // ((STEPS + 2) * 50)
            calls.setdefault(at // DAY, []).append((at + 1, number, 1, 0, 0, 0, REFUSED, 4))
    return calls
