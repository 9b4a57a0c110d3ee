"""Usage is recorded here and nowhere else: once per digest, with every total, in one transaction.

Sources: product.md, "charge"; interfaces.md, "Who a usage record belongs to"; security.md, section 6.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sage_tui.domain import emails, text
from sage_tui.domain.charge import Weights, charge
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.units import NO_ORGANIZATION, Kind, Micros
from sage_tui.domain.usage import STATUSES, Recorded, RefusedRow, Unassigned, UsageRecord
from sage_tui.store import recording
from sage_tui.store.recording import Event
from sage_tui.store.transaction import Tx, chunks, uuid7

AHEAD = 10 * 60 * 1_000_000
"""A gateway's clock may be ten minutes ahead: such a record counts as of now; later ones are refused."""

KIND_CODES = {Kind.INFERENCE: 0, Kind.EMBEDDING: 1}
LARGEST = 10**12
"""Tokens of one call: more is no call but a fault, and a thousandfold weight must still fit a counter."""


@dataclass
class Recorder:
    """What one import or gateway connection remembers between batches: people, identities, models.

    `unknown_users` is `hold`, `create` or `fail`; `organization_id` is where held identities count, and a
    narrowing: with `only_within`, people of other organizations are not found.
    """

    source: str
    organization_id: int = NO_ORGANIZATION
    only_within: int | None = None
    import_id: int | None = None
    source_id: int = 0
    models: dict[str, tuple[int, Weights, bool]] = field(default_factory=dict)
    owners: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Identity as reported → (organization, user); held ones have minus the identity's number."""

    def digest(self, external_id: str) -> bytes:
        """The idempotency key: first 16 bytes of SHA-256(source NUL external id)."""
        return hashlib.sha256(f"{self.source}\0{external_id}".encode("utf-8", "surrogatepass")).digest()[:16]


def record(tx: Tx, recorder: Recorder, records: Sequence[UsageRecord]) -> Recorded:
    """Record a batch in the open transaction: known ids are counted as `already`, bad rows named, the rest charged.

    The same id with other content is refused by row and never charged. A step: commits nothing.
    """
    _open_source(tx, recorder)
    sound, refused = _bounded(tx, records)
    known = recording.seen(tx, [(day_of(r.at), recorder.digest(r.external_id)) for r in sound])
    fresh, already, clashes = _sift(recorder, sound, known)
    _load_models(tx, recorder, fresh)
    _load_owners(tx, recorder, fresh)
    events = [_event(tx, recorder, r) for r in fresh]
    recording.write(tx, events)
    return _answer(recorder, fresh, events, already, (*refused, *clashes))


def _open_source(tx: Tx, recorder: Recorder) -> None:
    if not recorder.source_id:
        name = text.escape(recorder.source)
        found = tx.value("SELECT id FROM usage_source WHERE name = :name", name=name)
        if found is None:
            tx.run(
                "INSERT INTO usage_source (id, name) VALUES (:id, :name) ON CONFLICT (name) DO NOTHING",
                id=tx.numbers("usage_source"), name=name,
            )  # fmt: skip
            found = tx.value("SELECT id FROM usage_source WHERE name = :name", name=name)
        recorder.source_id = int(found)
    tx.run("UPDATE usage_source SET last_heard_at = :now WHERE id = :id", now=tx.now, id=recorder.source_id)


def _bounded(tx: Tx, records: Sequence[UsageRecord]) -> tuple[list[UsageRecord], list[RefusedRow]]:
    """Those within the store's bounds; tokens are whole and not negative by the formats already."""
    sound, refused = [], []
    for r in records:
        why = _why_not(r, tx.now)
        if why is None:
            sound.append(r)
        else:
            refused.append(RefusedRow(r.row, *why))
    return sound, refused


def _why_not(r: UsageRecord, now: Micros) -> tuple[str, str] | None:
    for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):
        value = getattr(r, name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            return name, f"is not a whole number from 0 to {LARGEST:,}"
    if r.cached_tokens > r.prompt_tokens:
        return "cached_tokens", "is more than the prompt, of which it is a part"
    if r.at > now + AHEAD:
        return "at", "lies in the future"
    if r.at < 0:
        return "at", "lies before 1970"
    return None


def _content(r: UsageRecord) -> int:
    """What a repeated id is compared by: all that was reported, but a time that was not."""
    told = (
        r.at if r.at_given else "",
        r.user,
        r.model,
        r.kind.value,
        r.prompt_tokens,
        r.cached_tokens,
        r.completion_tokens,
        r.status,
    )
    digest = hashlib.blake2b("\0".join(map(str, told)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _sift(
    recorder: Recorder, records: list[UsageRecord], known: dict[bytes, int]
) -> tuple[list[UsageRecord], int, list[RefusedRow]]:
    """The new ones, how many are known (here or earlier in this batch), and ids that came with other content."""
    fresh: list[UsageRecord] = []
    clashes: list[RefusedRow] = []
    already = 0
    for r in records:
        digest, content = recorder.digest(r.external_id), _content(r)
        if digest not in known:
            known[digest] = content
            fresh.append(r)
        elif known[digest] == content:
            already += 1
        else:
            clashes.append(RefusedRow(r.row, "id", "was recorded before with other content"))
    return fresh, already, clashes


def _load_models(tx: Tx, recorder: Recorder, records: Sequence[UsageRecord]) -> None:
    """Weights of the models named; a model that nobody knows is made with weight 1, and reported."""
    wanted = sorted({text.machine(r.model) for r in records} - recorder.models.keys())
    for part in chunks(wanted, 300):
        marks = ", ".join("?" * len(part))
        rows = tx.tuples(
            f"SELECT key, id, prompt_weight, cached_weight, completion_weight, known FROM model WHERE key IN ({marks})",
            tuple(part),
        )
        for key, number, prompt, cached, completion, known in rows:
            weights = Weights(int(prompt), int(completion), None if cached is None else int(cached))
            recorder.models[str(key)] = (int(number), weights, bool(known))
        for key in sorted(set(part) - recorder.models.keys()):
            number = tx.numbers("model")
            tx.run(
                "INSERT INTO model (id, key, known, created_at) VALUES (:id, :key, FALSE, :now)",
                id=number,
                key=key,
                now=tx.now,
            )
            recorder.models[key] = (number, Weights(), False)


def _load_owners(tx: Tx, recorder: Recorder, records: Sequence[UsageRecord]) -> None:
    """Who each identity is: by e-mail, else by gateway id, else as assigned before, else held."""
    wanted = {r.user for r in records} - recorder.owners.keys()
    _find(tx, recorder, "email_key", {name: emails.key(name) for name in wanted if emails.is_valid(name)})
    rest = wanted - recorder.owners.keys()
    _find(tx, recorder, "gateway_id", {name: text.identity(name) for name in rest if name})
    _hold(tx, recorder, sorted(wanted - recorder.owners.keys()))


def _find(tx: Tx, recorder: Recorder, column: str, names: dict[str, str]) -> None:
    """`names` maps what was reported to what it is compared by: two spellings may be one person."""
    within = "" if recorder.only_within is None else f" AND organization_id = {int(recorder.only_within)}"
    people: dict[str, tuple[int, int]] = {}
    for part in chunks(sorted(set(names.values())), 300):
        marks = ", ".join("?" * len(part))
        rows = tx.tuples(
            f'SELECT {column}, organization_id, id FROM "user" WHERE {column} IN ({marks}){within}', tuple(part)
        )
        people.update((str(found), (int(organization), int(user))) for found, organization, user in rows)
    recorder.owners.update((name, people[compared]) for name, compared in names.items() if compared in people)


def _hold(tx: Tx, recorder: Recorder, names: list[str]) -> None:
    """Identities that belong to nobody (or did, until they were assigned) in the import's organization."""
    organization = recorder.organization_id
    for name in names:
        stored = text.identity(name)
        row = tx.row(
            "SELECT i.id, i.user_id, u.organization_id FROM identity i LEFT JOIN \"user\" u ON u.id = i.user_id"
            " WHERE i.organization_id = :org AND i.source_id = :source AND i.name = :name",
            org=organization, source=recorder.source_id, name=stored,
        )  # fmt: skip
        if row is not None and row["user_id"] is not None:
            recorder.owners[name] = (int(row["organization_id"]), int(row["user_id"]))
            continue
        number = int(row["id"]) if row is not None else _new_identity(tx, recorder, stored)
        recorder.owners[name] = (organization, -number)


def _new_identity(tx: Tx, recorder: Recorder, stored: str) -> int:
    number = tx.numbers("identity")
    tx.run(
        "INSERT INTO identity (organization_id, id, source_id, name, created_at) VALUES (:org, :id, :source,"
        " :name, :now)",
        org=recorder.organization_id, id=number, source=recorder.source_id, name=stored, now=tx.now,
    )  # fmt: skip
    return number


def _event(tx: Tx, recorder: Recorder, r: UsageRecord) -> Event:
    organization, user = recorder.owners[r.user]
    model, weights, _ = recorder.models[text.machine(r.model)]
    at = Micros(min(r.at, tx.now))
    return Event(
        organization,
        uuid7(at),
        day_of(at),
        recorder.digest(r.external_id),
        _content(r),
        at,
        user,
        model,
        KIND_CODES[r.kind],
        r.prompt_tokens,
        r.cached_tokens,
        r.completion_tokens,
        charge(r.prompt_tokens, r.cached_tokens, r.completion_tokens, weights),
        STATUSES.index(r.status),
        2,
        0,
        r.latency_ms,
        recorder.source_id,
        recorder.import_id,
        text.escape(r.external_id)[:200],
        None,
        month_of(at),
    )


def _answer(
    recorder: Recorder, fresh: list[UsageRecord], events: list[Event], already: int, refused: tuple[RefusedRow, ...]
) -> Recorded:
    held: dict[str, list[int]] = {}
    for r, e in zip(fresh, events, strict=True):
        if e.user_id < 0:
            part = held.setdefault(text.identity(r.user), [0, 0])
            part[0] += 1
            part[1] += e.charge
    return Recorded(
        recorded=len(events),
        already=already,
        refused=refused,
        prompt_tokens=sum(e.prompt_tokens for e in events),
        completion_tokens=sum(e.completion_tokens for e in events),
        charge=sum(e.charge for e in events),
        first_at=min((e.at for e in events), default=None),
        last_at=max((e.at for e in events), default=None),
        users=len({e.user_id for e in events if e.user_id > 0}),
        unassigned=tuple(Unassigned(name, count, tokens) for name, (count, tokens) in sorted(held.items())),
        unknown_models=tuple(sorted({r.model for r in fresh if not recorder.models[text.machine(r.model)][2]})),
    )
