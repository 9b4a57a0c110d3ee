"""The demo's limits: who may spend how much, and the steps by which each limit came to be what it is."""

from dataclasses import dataclass, field
from random import Random

from sage_tui.demo.people import MONTHS, DemoPerson, Span
from sage_tui.domain import months
from sage_tui.domain.months import DAY, HOUR, SECOND

FLOORS = (
    0,
    200_000,
    500_000,
    500_000,
    200_000,
    1_000_000,
    500_000,
    500_000,
    200_000,
    500_000,
    500_000,
    200_000,
    500_000,
)
"""The floor of each organization's policy, for both kinds."""

LADDER = (
    200_000, 250_000, 500_000, 625_000, 750_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000,
    5_000_000, 7_500_000, 10_000_000, 15_000_000, 25_000_000, 50_000_000, 100_000_000, 500_000_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one limit. `month` (0 is the demo's first) says which batch it belongs to."""

    month: int
    kind: str
    before: int | None
    after: int
    rule: str


@dataclass
class Batches:
    """One batch an organization and month for activations, and one for raises."""

    span: Span
    rows: dict[int, int] = field(default_factory=dict)

    def number(self, organization_id: int, step: Step) -> int:
        """The batch of a step; counts the row."""
        raised = step.rule != "floor"
        number = 1 + (step.month * 2 + raised) * len(FLOORS) + organization_id
        self.rows[number] = self.rows.get(number, 0) + 1
        return number

    def told(self, number: int) -> tuple[int, int, bool]:
        """Of a number: the organization, when, and whether it raised."""
        rest, organization_id = divmod(number - 1, len(FLOORS))
        return organization_id, self.when(rest // 2, rest % 2 == 1), rest % 2 == 1

    def when(self, month: int, raised: bool) -> int:
        """The time of a month's batch: never after the anchor."""
        first = months.month_start(self.span.month - MONTHS + 1 + month)
        at = first + (17 * DAY if raised else 9 * DAY) + (10 if raised else 9) * HOUR + (month * 61 + 7) * SECOND
        return min(at, self.span.now - (1 if raised else 2) * HOUR)


def allocation(person: DemoPerson, kind: int, used: int, previous: int, rng: Random) -> int | None:
    """A limit that fits what the person uses: most have room, some are near, a few are at or over it."""
    chance = rng.random()
    if person.part is not None and kind == 0:
        return person.part.allocation
    if person.unset or person.organization_id == 0:
        return None
    floor = FLOORS[person.organization_id]
    if used >= 100_000 and chance < 0.08:
        share = 1.0 + chance * 6 if chance < 0.016 else 0.9 + chance * 1.2
        return max(int(used / share) // 1_000, 1) * 1_000
    wanted = max(floor, int(used / 0.85), int(previous * 0.7))
    places = [rung for rung in LADDER if rung >= wanted]
    return places[min(int(chance * 2.2), len(places) - 1)] if places else wanted


def history(person: DemoPerson, kind: str, after: int | None, span: Span, rng: Random) -> list[Step]:
    """How the limit came about: the floor at activation, then raises (or a lowering) to what it is."""
    if after is None:
        return []
    began = max(months.month_of(person.created_at) - (span.month - MONTHS + 1), 0)
    floor = FLOORS[person.organization_id]
    steps = [Step(began, kind, None, floor, "floor")]
    while steps[-1].after != after:
        at = steps[-1].after
        month = min(steps[-1].month + 1 + int(rng.random() * 4), MONTHS - 1)
        bumped = at + at // 4
        if bumped < after and len(steps) < 3 and rng.random() < 0.6:
            steps.append(Step(month, kind, at, bumped, "bump"))
        else:
            steps.append(Step(month, kind, at, after, "request" if after > at and rng.random() < 0.4 else "set"))
    return steps


def bought(organization_id: int, allocated: int, span: Span) -> list[tuple[int, int | None, int]]:
    """An organization's purchases of one kind: (first month, last month or None, tokens), in quantities of 2M.

    Acme's second purchase ends with this month; the eighth organization's ended with the month before, so that it
    is over-committed.
    """
    quantity = 2_000_000
    begin = span.month - MONTHS + 1
    if organization_id == 8:
        lasting = max(int(allocated * 0.9) // quantity, 1) * quantity
        return [(begin, None, lasting), (begin + 3, span.month - 1, quantity * (1 + allocated // 10 // quantity))]
    whole = max(-(-int(allocated / 0.78) // quantity), 2)
    if organization_id == 1:
        ending = whole // 4
        return [(begin, None, (whole - ending) * quantity), (begin + 6, span.month, ending * quantity)]
    return [(begin, None, whole * quantity)]
