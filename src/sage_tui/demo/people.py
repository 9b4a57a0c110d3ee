"""Who is in the demo: people with organization, names, flags, and how much they use."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sage_tui.demo.cast import CAST, Part
from sage_tui.demo.chance import heavy, pick, shares, stream
from sage_tui.demo.names import COMPANIES, CULTURES, DEPARTMENTS, ORGANIZATIONS, PLANS, SHARES, Culture
from sage_tui.domain import emails, months
from sage_tui.domain.months import DAY, HOUR
from sage_tui.domain.units import Micros, Role

MONTHS = 14
"""Calendar months of usage, the present one included."""

LEAST_USERS = 60


@dataclass(frozen=True, slots=True)
class Span:
    """The time of the demo: its first day and its anchor."""

    first_day: int
    now: Micros

    @staticmethod
    def until(now: Micros) -> "Span":
        """Fourteen months that end at `now`."""
        return Span(months.first_day(months.month_of(now) - MONTHS + 1), now)

    @property
    def today(self) -> int:
        return self.now // DAY

    @property
    def month(self) -> int:
        return months.month_of(self.now)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person, before any usage."""

    id: int
    organization_id: int
    email: str
    given: str
    family: str
    department: str
    company: str
    plan: str
    role: Role
    paid: bool
    banned: bool
    verified: bool
    mfa: bool
    cac: bool
    unset: bool
    created_at: int
    last_sign_in_at: int | None
    weight: float
    """How often they call, against the others; 0 is never."""
    last_day: int
    """From the next day on they use nothing."""
    part: Part | None


def organizations_of(users: int, seed: int) -> "array[int]":
    """The organization of each person in order of number; the cast comes first, then in chance's order."""
    members = shares(users, SHARES)
    members[1] -= 1 + users // 500
    counts = [1 + users // 500, *members]
    places = array("h", [part.organization_id for part in CAST])
    for place in places:
        counts[place] = max(counts[place] - 1, 0)
    rest = array("h")
    for organization_id, count in enumerate(counts):
        rest.extend([organization_id] * count)
    rest = rest[: users - len(places)]
    rng = stream(seed, "organizations")
    for last in range(len(rest) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        rest[last], rest[other] = rest[other], rest[last]
    return places + rest


def crowd(users: int, seed: int, span: Span, places: "array[int]") -> Iterator[DemoPerson]:
    """The people in order of number, which is also the order in which they came."""
    rng = stream(seed, "people")
    cultures = [culture for culture in CULTURES for _ in range(culture.weight)]
    taken: dict[str, int] = {emails.key(part.email): 1 for part in CAST}
    admins: dict[int, int] = {}
    begin = (span.first_day - 60) * DAY
    length = span.now - HOUR - begin
    for number in range(1, users + 1):
        created = _joined(begin + int(length * ((number - 1) / users) ** 1.3), span)
        if number <= len(CAST):
            yield _cast(CAST[number - 1], number, created, span, rng)
            continue
        place = places[number - 1]
        admins[place] = admins.get(place, 0) + 1
        admin = place > 1 and admins[place] <= 2
        yield _somebody(number, place, admin, created, span, pick(rng, cultures), rng, taken)


def _joined(at: int, span: Span) -> int:
    """When somebody is added: in a month's first days, before its batch of new people gives them their limits."""
    first = months.month_start(months.month_of(at))
    whole = months.month_start(months.month_of(at) + 1) - first
    return min(first + (at - first) * 9 * DAY // whole, span.now - 3 * HOUR)


def _cast(part: Part, number: int, created: int, span: Span, rng: Random) -> DemoPerson:
    place = part.organization_id
    seen = span.now - int(rng.random() * 3 * DAY) - HOUR if part.account or part.mfa else None
    return DemoPerson(
        number, part.organization_id, part.email, part.given, part.family, part.department,
        ORGANIZATIONS[place - 1][0] if place else "", "enterprise" if place else "", part.role, part.paid,
        part.banned, part.verified, part.mfa, False, part.allocation is None, created,
        seen if part.email != "new-admin@acme.example" else None, 0.0, span.today, part,
    )  # fmt: skip


def _somebody(
    number: int, place: int, admin: bool, created: int, span: Span, culture: Culture, rng: Random, taken: dict[str, int]
) -> DemoPerson:
    given, family = pick(rng, culture.given), pick(rng, culture.family)
    domain = ORGANIZATIONS[place - 1][1] if place else "mail.example"
    written = rng.random() < 0.01
    base = f"{given.written}.{family.written}" if written else f"{given.latin}.{family.latin}"
    email = _address(base.replace(" ", "").replace("'", ""), domain, taken)
    paid = admin or (place > 0 and rng.random() > 0.06)
    gone = rng.random() < 0.12
    left = created // DAY + int(rng.random() * max(span.today - created // DAY, 1)) if gone else span.today
    signs_in = admin or rng.random() < 0.55
    unset = place == 0 or rng.random() < (0.02 if paid else 0.7)
    weight = heavy(rng, 1.0, 1.7) if paid and rng.random() > 0.09 else 0.0
    return DemoPerson(
        number, place, email, given.written, family.written,
        pick(rng, DEPARTMENTS) if place and rng.random() < 0.93 else "",
        pick(rng, COMPANIES), pick(rng, PLANS) if place else "",
        Role.ADMIN if admin else Role.USER, paid, rng.random() < 0.008, admin or rng.random() < 0.94,
        admin or rng.random() < 0.22, rng.random() < 0.03, unset,
        created, _seen(created, left * DAY + DAY, span, rng) if signs_in else None,
        0.0 if unset else weight, left, None,
    )  # fmt: skip


def _address(base: str, domain: str, taken: dict[str, int]) -> str:
    email = f"{base}@{domain}"
    key = emails.key(email)
    found = taken.get(key, 0)
    taken[key] = found + 1
    return email if not found else f"{base}{found + 1}@{domain}"


def _seen(created: int, left: int, span: Span, rng: Random) -> int:
    """The last sign-in: most were here lately."""
    end = min(left, span.now)
    back = int(min(heavy(rng, 4.0, 1.4), 400.0) * DAY)
    return max(end - back, created)
