"""What is in the demo beside people and usage: models, identities, requests, views, batches, sign-ins, audit."""

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import NamedTuple

from sage_tui.demo.bulk import Bulk
from sage_tui.demo.cast import CAST
from sage_tui.demo.chance import pick, stream
from sage_tui.demo.limits import FLOORS, Batches
from sage_tui.demo.models import IDENTITIES, MODELS
from sage_tui.demo.people import Span
from sage_tui.demo.usage import SOURCE
from sage_tui.domain import months, policy_fields, schedules
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.months import DAY, HOUR
from sage_tui.domain.policies import PRESETS, Policy, Preset
from sage_tui.domain.units import Micros, Role
from sage_tui.services.keys import KeyRing
from sage_tui.store import audit as chain
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx

REASONS = (
    "eval run for the board", "new team", "quarter end reports", "migrating the support macros", "load test",
    "re-embedding the archive", "hackathon", "分析レポートの作成", "تقرير الربع الرابع", "customer pilot, two weeks",
)  # fmt: skip
NOTES = ("", "", "rest next month", "as agreed", "use the small model for this")
AMOUNTS = (100_000, 200_000, 250_000, 500_000, 500_000, 1_000_000, 2_000_000)
PENDING = ((9, 0, 500_000, 49), (10, 0, 2_000_000, 26), (11, 0, 500_000, 7), (6, 1, 200_000, 3))
"""Acme's waiting requests: person (of the cast), kind, amount, hours ago."""
REQUEST_COLUMNS = (
    "organization_id", "id", "user_id", "kind", "amount", "reason", "current_allocation", "created_at",
    "status", "approved", "note", "decided_at", "decided_by", "for_good",
)  # fmt: skip


def counters(bulk: Bulk, **values: int) -> None:
    """Where the counters stand that give out numbers."""
    bulk.insert("counter", ("name", "value"), list(values.items()), counted=False)


MODEL_COLUMNS = (
    "id", "key", "name", "provider", "tags", "prompt_weight", "cached_weight", "completion_weight", "created_at",
)  # fmt: skip
POLICY_COLUMNS = ("organization_id", "department", "version", "preset", "fields", "at", "actor_id")
VIEW_COLUMNS = ("organization_id", "owner_id", "page", "name", "query", "sort", "shared", "created_at")


def write(bulk: Bulk, span: Span, seed: int, places: "array[int]", last_at: int) -> None:
    """Models, the gateway (last heard at `last_at`) and its identities, requests, saved views, sign-ins."""
    began = months.month_start(span.month - 13)
    models = [
        (m.id, m.key, m.name, m.provider, m.tags, m.weights.prompt, m.weights.cached, m.weights.completion, began)
        for m in MODELS
    ]
    bulk.insert("model", MODEL_COLUMNS, models, counted=False)
    bulk.insert("usage_source", ("id", "name", "last_heard_at"), [(1, SOURCE, last_at or None)], counted=False)
    identities = [(org, number, 1, name, began) for number, (name, org) in enumerate(IDENTITIES, 1)]
    bulk.insert("identity", ("organization_id", "id", "source_id", "name", "created_at"), identities, counted=False)
    requests = _requests(bulk, span, seed, places)
    bulk.insert("request", REQUEST_COLUMNS, requests, counted=False)
    views = [
        (1, 2, "users", "near the limit", "used>90% paid:yes", "share:desc", True, span.now),
        (1, 2, "users", "idle", "idle>30d paid:yes", "", True, span.now),
        (0, 1, "users", "operators' own", "unset:yes", "", False, span.now),
    ]
    bulk.insert("saved_view", VIEW_COLUMNS, views, counted=False)
    bulk.insert("policy", POLICY_COLUMNS, list(_policies(span, began)), counted=False)
    _sign_ins(bulk)
    counters(bulk, model=len(MODELS), usage_source=1, identity=len(IDENTITIES), request=len(requests))


def _policies(span: Span, began: int) -> Iterator[tuple[object, ...]]:
    """Each organization's policy is the preset of its floor; Acme came to it later, with a schedule."""
    of_floor = {200_000: Preset.CONSERVATIVE, 500_000: Preset.STANDARD, 1_000_000: Preset.AGGRESSIVE}
    for organization, floor in enumerate(FLOORS):
        if not floor:
            continue
        policy, version, at, actor = PRESETS[of_floor[floor]], 1, began, 1
        if organization == 1:
            yield organization, "", 1, Preset.STANDARD.value, _kept(PRESETS[Preset.STANDARD]), began, 1
            policy = replace(policy, schedule=schedules.parse("weekly sun 02:00"))
            version, at, actor = 2, span.now - 20 * DAY, 2
        yield organization, "", version, policy.preset.value, _kept(policy), at, actor


def _kept(policy: Policy) -> str:
    return json.dumps(policy_fields.kept(policy))


class Asked(NamedTuple):
    """A request before anybody decided it."""

    at: int
    user: int
    kind: int
    amount: int
    reason: str


def _requests(bulk: Bulk, span: Span, seed: int, places: "array[int]") -> list[tuple[object, ...]]:
    """Decided requests in every organization, oldest first, then those that wait."""
    rng = stream(seed, "requests")
    people = {1 + int(rng.random() * len(places)) for _ in range(min(len(places) // 14, 400))}
    asked = []
    for user in sorted(people):
        if places[user - 1]:
            at = span.now - int((4 + rng.random() * 350) * DAY)
            asked.append(Asked(at, user, int(rng.random() < 0.12), pick(rng, AMOUNTS), pick(rng, REASONS)))
    waiting = [
        Asked(span.now - ago * HOUR, user, kind, amount, pick(rng, REASONS)) for user, kind, amount, ago in PENDING
    ]
    limits = (
        "SELECT inference_allocation, embedding_allocation FROM membership WHERE organization_id = ? AND user_id = ?"
    )
    found: list[tuple[object, ...]] = []
    for number, ask in enumerate([*sorted(asked), *waiting], 1):
        organization = places[ask.user - 1]
        current = bulk.connection.execute(limits, (organization, ask.user)).fetchone()[ask.kind]
        decided = _decided(ask, organization, rng) if number <= len(asked) else WAITING
        found.append((organization, number, ask.user, ask.kind, ask.amount, ask.reason, current, ask.at, *decided))
    return found


Decision = tuple[str, int | None, str, int | None, int | None, bool]
WAITING: Decision = ("pending", None, "", None, None, False)


def _decided(ask: Asked, organization: int, rng: Random) -> Decision:
    """Most are approved, some of them in part."""
    approved = rng.random() < 0.87
    part = ask.amount // 2 if rng.random() < 0.2 else ask.amount
    at = ask.at + int((0.1 + rng.random() * 2) * DAY)
    decider = 2 if organization == 1 else 1
    for_good = rng.random() < 0.3
    return ("approved" if approved else "denied", part if approved else None, pick(rng, NOTES), at, decider, for_good)


def _sign_ins(bulk: Bulk) -> None:
    """Everybody's last sign-in, as their row tells it; before it, what the demo's accounts did at the door."""
    seen = bulk.connection.execute(
        'SELECT id, last_sign_in_at FROM "user" WHERE last_sign_in_at IS NOT NULL ORDER BY last_sign_in_at, id'
    )
    bulk.insert("sign_in", ("id", "user_id", "at", "origin", "outcome"), _attempts(seen), counted=False)


def _attempts(seen: Iterable[tuple[int, int]]) -> Iterator[tuple[object, ...]]:
    for user, last in seen:
        account = user <= len(CAST) and CAST[user - 1].account
        origin = f"terminal uid 1000 10.{user >> 16}.{user >> 8 & 255}.{user & 255}"
        for back in range(5 if account else 1):
            at = last - back * 31 * HOUR
            mark = bytes((0x70, 0, 0x80)) + user.to_bytes(3, "big") + back.to_bytes(4, "big")
            yield (at // 1000).to_bytes(6, "big") + mark, user, at, origin, "failed" if back == 3 else "in"


def _actor_of(organization_id: int) -> tuple[int, str]:
    """Acme's limits were set by its administrator, the others' by the platform operator."""
    number = 2 if organization_id == 1 else 1
    return number, CAST[number - 1].email


def batches(bulk: Bulk, made: Batches) -> None:
    """The batches that the limits' steps belong to."""
    rows = []
    for number in sorted(made.rows):
        organization, at, raised = made.told(number)
        actor, email = _actor_of(organization)
        action = "users set" if raised else "users add"
        rows.append((organization, number, at, actor, email, action, made.rows[number], _why(raised)))
    columns = ("organization_id", "id", "at", "actor_id", "actor", "action", "rows", "reason")
    bulk.insert("batch", columns, rows, counted=False)
    counters(bulk, batch=max(made.rows, default=len(FLOORS)))


def _why(raised: bool) -> str:
    return "monthly review" if raised else "new people"


def audit(path: str, ring: KeyRing, span: Span, made: Batches) -> None:
    """One entry for each batch, in order of time, chained as every entry is."""
    database = Database.open(path)
    acts = sorted((made.told(number)[1], number) for number in made.rows)
    with database.writing() as connection:
        for at, number in acts:
            organization, _, raised = made.told(number)
            actor, email = _actor_of(organization)
            role = Role.ADMIN if organization == 1 else Role.SUPER_ADMIN
            who = Actor(Door.CONSOLE, role, actor, email, organization if role is Role.ADMIN else None)
            tx = Tx(connection, True, Micros(at), who, origin="terminal uid 1000 10.0.0.7", audit_key=ring.audit_key())
            chain.append(
                tx, organization_id=organization, action="users set" if raised else "users add", batch=number,
                rows=made.rows[number], target=f"batch {number}", reason=_why(raised),
            )  # fmt: skip
    database.close()
