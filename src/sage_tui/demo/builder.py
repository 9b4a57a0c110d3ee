"""Builds a demo database: people, usage, limits and what waits, each written as it is made."""

import itertools
import os
from array import array
from collections.abc import Iterator
from contextlib import suppress

from sage_tui.demo import Progress, extras
from sage_tui.demo.bulk import Bulk
from sage_tui.demo.cast import CAST
from sage_tui.demo.chance import stream
from sage_tui.demo.limits import Batches, Step, allocation, bought, history
from sage_tui.demo.names import ORGANIZATIONS
from sage_tui.demo.people import LEAST_USERS, DemoPerson, Span, crowd, organizations_of
from sage_tui.demo.usage import EVENT_COLUMNS, Members, Usage
from sage_tui.domain import demo as doorstep
from sage_tui.domain import emails, months
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.months import DAY
from sage_tui.domain.people import name_key
from sage_tui.domain.queries import fold
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Kind, Micros
from sage_tui.services import hashing, keys, sealing
from sage_tui.services.keys import KeyRing
from sage_tui.store import migrate

USER_COLUMNS = (
    "id", "email", "email_key", "first_name", "last_name", "name_key", "company", "organization_id", "gateway_id",
    "banned", "verified", "cac", "mfa", "password_hash", "terms_accepted_at", "last_sign_in_at", "created_at",
)  # fmt: skip
MEMBER_COLUMNS = (
    "organization_id", "user_id", "type", "read_only", "plan", "paid", "department", "created_at",
    *(f"{kind}_{part}" for kind in Kind for part in ("allocation", "month", "used", "previous", "lifetime")),
    "inference_stopped_at", "inference_refused",
)  # fmt: skip
CHANGE_COLUMNS = ("organization_id", "id", "user_id", "batch", "at", "field", "before", "after", "rule")
DAILY_COLUMNS = (
    "organization_id", "day", "user_id", "model_id", "kind",
    "events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge",
)  # fmt: skip


def build(path: str, users: int, events: int, seed: int, now: Micros, progress: Progress) -> None:
    """See `sage_tui.demo.build`."""
    if users < LEAST_USERS or events < 0:
        raise WrongUse(f"demo: at least {LEAST_USERS} users and no fewer than 0 events", f"Try --users {LEAST_USERS}.")
    if now < 20 * 366 * DAY:
        raise WrongUse("demo: --now lies before 1990", "Give a time such as 2026-11-23T12:00Z.")
    if os.path.lexists(path):
        raise Refused(f"There is already a file at {path}", "Use it as it is, or build anew with --reset.")
    ring = keys.load(f"{path}.key") if os.path.exists(f"{path}.key") else keys.create(f"{path}.key")
    unfinished = f"{path}.unfinished"
    _remove(unfinished)
    try:
        migrate.create(unfinished, now).close()
        _Builder(unfinished, ring, users, events, seed, now, progress).run()
        os.rename(unfinished, path)
    finally:
        _remove(unfinished)


def _remove(path: str) -> None:
    for name in (path, f"{path}-wal", f"{path}-shm", f"{path}-journal"):
        with suppress(FileNotFoundError):
            os.remove(name)


class _Builder:
    """One run: what the parts share."""

    def __init__(
        self, path: str, ring: KeyRing, users: int, events: int, seed: int, now: Micros, progress: Progress
    ) -> None:
        self.path, self.ring, self.users, self.seed, self.now = path, ring, users, seed, now
        self.span = Span.until(now)
        self.bulk = Bulk(path, 2 * users + events, progress)
        self.places = organizations_of(users, seed)
        self.batches = Batches(self.span)
        self.changes = 0
        self.allocated = [[0, 0] for _ in range(len(ORGANIZATIONS) + 1)]
        self.usage = Usage(self._people(), events, seed, self.span)

    def run(self) -> None:
        """Write everything, in an order in which each part knows what it needs."""
        self._events()
        self.bulk.insert("membership", MEMBER_COLUMNS, self._memberships())
        self._organizations()
        extras.write(self.bulk, self.span, self.seed, self.places, self.usage.last_at)
        self._settings()
        self.bulk.last_use()
        self.bulk.done()
        extras.audit(self.path, self.ring, self.span, self.batches)

    def _crowd(self) -> Iterator[DemoPerson]:
        return crowd(self.users, self.seed, self.span, self.places)

    def _people(self) -> Members:
        """Write the people; what usage needs of them stays as columns."""
        members = Members(self.places, array("l"), array("l"), array("d"))
        self.bulk.insert("user", USER_COLUMNS, self._users(members))
        self.bulk.insert(
            "mfa", ("user_id", "confirmed", "key_id", "secret", "confirmed_at"), self._authenticators(), counted=False
        )
        codes = ((user, sealing.recovery_digest(self.ring, code), created) for user, code, created in self._codes())
        self.bulk.insert("recovery_code", ("user_id", "digest", "created_at"), codes, counted=False)
        return members

    def _codes(self) -> Iterator[tuple[int, str, int]]:
        """Eight recovery codes for each of the cast with an authenticator; nobody has seen them."""
        for person in itertools.islice(self._crowd(), len(CAST)):
            for number in range(8 if person.mfa else 0):
                code = doorstep.totp_secret(f"{person.email} recovery {number}").reveal()[:24]
                yield person.id, code, person.created_at

    def _users(self, members: Members) -> Iterator[tuple[object, ...]]:
        password = hashing.hash_password(hashing.HashParameters(), Secret(doorstep.PASSWORD))
        weight = 0.0
        for person in self._crowd():
            weight += person.weight
            members.first_day.append(min(person.created_at // DAY + 1, self.span.today))
            members.last_day.append(person.last_day)
            members.edges.append(weight)
            account = person.part is not None and person.part.account
            yield (
                person.id, person.email, emails.key(person.email), person.given, person.family,
                name_key(person.given, person.family), person.company, person.organization_id, f"gw-{person.id:07d}",
                person.banned, person.verified, person.cac, person.mfa, password if account else None,
                person.created_at if person.verified else None, person.last_sign_in_at, person.created_at,
            )  # fmt: skip

    def _authenticators(self) -> Iterator[tuple[object, ...]]:
        for person in self._crowd():
            if person.mfa:
                sealed, key_id = sealing.seal(self.ring, person.id, doorstep.totp_secret(person.email))
                yield person.id, True, key_id, sealed, person.created_at

    def _events(self) -> None:
        month = months.month_of_day(self.span.first_day)
        for day in self.usage.days():
            if months.month_of_day(day.day) != month:
                self._month(month)
                month = months.month_of_day(day.day)
            self.bulk.insert("usage_event", EVENT_COLUMNS, day.events)
            self.bulk.insert("usage_daily", DAILY_COLUMNS, _rows(day.daily), counted=False)
            plain = [name for name in DAILY_COLUMNS if name != "user_id"]
            self.bulk.insert("usage_organization_daily", plain, _rows(day.organizations), counted=False)
        self._month(month)

    def _month(self, month: int) -> None:
        rows = self.usage.take_months(month)
        columns = ("organization_id", "month", "user_id", "kind", "events", "charge")
        self.bulk.insert(
            "usage_month", columns, ((*key, rows[key][0], rows[key][5]) for key in sorted(rows)), counted=False
        )

    def _memberships(self) -> Iterator[tuple[object, ...]]:
        rng = stream(self.seed, "limits")
        counters, pending = self.usage.counters, []
        for person in self._crowd():
            place = person.id - 1
            numbers: list[int | None] = []
            for kind, name in enumerate(Kind):
                month, used = counters.month[kind][place], counters.used[kind][place]
                before = used if month == self.span.month - 1 else counters.previous[kind][place]
                limit = allocation(person, kind, used if month == self.span.month else 0, before, rng)
                self.allocated[person.organization_id][kind] += limit or 0
                numbers += [limit, month, used, counters.previous[kind][place], counters.lifetime[kind][place]]
                pending += [(person, step) for step in history(person, name.value, limit, self.span, rng)]
            yield (
                person.organization_id, person.id, person.role.value, bool(person.part and person.part.read_only),
                person.plan, person.paid, person.department, person.created_at, *numbers,
                self.usage.refused_at.get(person.id),
                person.part.refused if person.part and person.id in self.usage.refused_at else 0,
            )  # fmt: skip
            if len(pending) > 10_000:
                self._changes(pending)
        self._changes(pending)

    def _changes(self, pending: list[tuple[DemoPerson, Step]]) -> None:
        rows = []
        for person, step in pending:
            batch = self.batches.number(person.organization_id, step)
            at = self.batches.told(batch)[1]
            self.changes += 1
            rows.append(
                (
                    person.organization_id,
                    self.changes,
                    person.id,
                    batch,
                    at,
                    step.kind,
                    step.before,
                    step.after,
                    step.rule,
                )
            )
        self.bulk.insert("allocation_change", CHANGE_COLUMNS, rows, counted=False)
        pending.clear()

    def _organizations(self) -> None:
        """Organizations, purchases and the pools' counters."""
        counts = [self.places.count(number) for number in range(len(ORGANIZATIONS) + 1)]
        begin = months.month_start(self.span.month - 13)
        rows = [
            (number, name, fold(name), f"office@{domain}", domain, counts[number], begin + number * 1_000_000)
            for number, (name, domain) in enumerate(ORGANIZATIONS, 1)
        ]
        columns = ("id", "name", "name_key", "email", "domain", "members", "created_at")
        self.bulk.insert("organization", columns, rows, counted=False)
        self.bulk.connection.execute("DELETE FROM pool")
        pools, purchases = self.usage.pools, []
        counters = ("organization_id", "kind", "allocated", "month", "used", "previous", "lifetime", "started_month")
        for number, allocated in enumerate(self.allocated):
            sums = [
                (number, kind, allocated[kind], pools.month[kind][number], pools.used[kind][number],
                 pools.previous[kind][number], pools.lifetime[kind][number], self.span.month)
                for kind in range(len(Kind))
            ]  # fmt: skip
            self.bulk.insert("pool", counters, sums, counted=False)
            for kind in range(len(Kind)) if number else ():
                purchases += [(number, kind, *terms) for terms in bought(number, allocated[kind], self.span)]
        self.bulk.insert(
            "purchase",
            (
                "organization_id",
                "id",
                "purchased_on",
                "first_month",
                "last_month",
                "inference",
                "embedding",
                "created_at",
            ),
            [
                (
                    number,
                    place,
                    months.first_day(first),
                    first,
                    last,
                    0 if kind else tokens,
                    tokens if kind else 0,
                    begin,
                )
                for place, (number, kind, first, last, tokens) in enumerate(purchases, 1)
            ],
            counted=False,
        )
        extras.counters(self.bulk, user=self.users, organization=len(ORGANIZATIONS), purchase=len(purchases))

    def _settings(self) -> None:
        """What makes it a demo, and from what it was made."""
        told = {"demo": "true", "demo_anchor": self.now, "demo_seed": self.seed, "demo_users": self.users}
        rows = [(0, key, str(value), self.now) for key, value in told.items()]
        self.bulk.insert("setting", ("organization_id", "key", "value", "changed_at"), rows, counted=False)
        extras.batches(self.bulk, self.batches)
        extras.counters(self.bulk, allocation_change=self.changes)
        ((database_id,),) = self.bulk.connection.execute("SELECT database_id FROM schema_version").fetchall()
        self.bulk.connection.execute("UPDATE schema_version SET key_check = ?", (self.ring.check_value(database_id),))


def _rows(totals: dict[tuple[int, ...], list[int]]) -> list[tuple[int, ...]]:
    return [(*key, *totals[key]) for key in sorted(totals)]
