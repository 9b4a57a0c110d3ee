"""Usage is recorded here and nowhere else: once per digest, with every total, in one transaction.

Sources: product.md, "charge"; interfaces.md, "Who a usage record belongs to"; security.md, section 6.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sage_tui.domain import emails, text
from sage_tui.domain.charge import UNWEIGHTED, Weights, charge
from sage_tui.domain.months import DAY
from sage_tui.domain.spending import LARGEST
from sage_tui.domain.units import NO_ORGANIZATION, Micros
from sage_tui.domain.usage import STATUSES, Recorded, RefusedRow, Unassigned, UsageRecord
from sage_tui.services import charging, sources
from sage_tui.services.pools import KIND_CODES
from sage_tui.store import one_call, recording
from sage_tui.store.recording import AT, CHARGE, COMPLETION, PROMPT, USER, Event
from sage_tui.store.transaction import Tx, chunks

AHEAD = 10 * 60 * 1_000_000
"""A gateway's clock may be ten minutes ahead: such a record counts as of now; later ones are refused."""

STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}
DIGEST = 16
"""Bytes of an idempotency key."""

_NUMBER = struct.Struct(">q").unpack


@dataclass
class Recorder:
    """What one import or gateway connection remembers between batches: people, identities, models.

    `organization_id` is where held identities count; people outside `only_within` are not found.
    """

    source: str
    organization_id: int = NO_ORGANIZATION
    only_within: int | None = None
    import_id: int | None = None
    source_id: int = 0
    models: dict[str, tuple[int, Weights, bool]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """Model as reported → its key as stored."""
    owners: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Identity as reported → (organization, user); held ones have minus the identity's number."""

    def digest(self, external_id: str) -> bytes:
        """The idempotency key of this source."""
        return digest_of(self.source, external_id)


def digest_of(source: str, external_id: str) -> bytes:
    """The idempotency key: first 16 bytes of SHA-256(source NUL external id)."""
    return hashlib.sha256(f"{source}\0{external_id}".encode("utf-8", "surrogatepass")).digest()[:DIGEST]


def record(tx: Tx, recorder: Recorder, records: Sequence[UsageRecord]) -> Recorded:
    """Record a batch in the open transaction: known ids are counted as `already`, bad rows named, the rest charged.

    The same id with other content is refused by row and never charged. A step: commits nothing.
    """
    _open_source(tx, recorder)
    sound, refused = _bounded(tx, records)
    keyed = [(r, *(r.key or (digest_of(recorder.source, r.external_id), _content(r)))) for r in sound]
    fresh, already, clashes = _sift(keyed, _known(tx, recorder, keyed))
    load_models(tx, recorder, {r.model for r, _, _ in fresh})
    _load_owners(tx, recorder, {r.user for r, _, _ in fresh})
    events = _events(tx, recorder, fresh)
    bumped = charging.write(tx, events)
    told = _answer(recorder, [r for r, _, _ in fresh], events, already, (*refused, *clashes))
    return replace(told, bumped=bumped) if bumped else told


Keyed = tuple[UsageRecord, bytes, int]
"""A record, its digest, its content."""


def _known(tx: Tx, recorder: Recorder, keyed: Sequence[Keyed]) -> dict[bytes, int]:
    """Which digests are known, with their content. Of a single call its e-mail is looked up in the same statement."""
    if len(keyed) == 1:
        record, digest, _ = keyed[0]
        user = record.user
        key = emails.key(user) if user not in recorder.owners and emails.is_valid(user) else None
        content, owner = one_call.seen(tx, record.at // DAY, digest, key, recorder.only_within)
        if owner is not None:
            recorder.owners[user] = owner
        return {} if content is None else {digest: content}
    days: dict[int, list[bytes]] = {}
    for record, digest, _ in keyed:
        days.setdefault(record.at // DAY, []).append(digest)
    return recording.seen(tx, days)


def _open_source(tx: Tx, recorder: Recorder) -> None:
    """Find or make the source; its row is where two writers of one source queue (ADR 5)."""
    if not recorder.source_id:
        recorder.source_id = sources.number_of(tx, recorder.source)
    tx.many("UPDATE usage_source SET last_heard_at = ? WHERE id = ?", [(tx.now, recorder.source_id)])


def _bounded(tx: Tx, records: Sequence[UsageRecord]) -> tuple[list[UsageRecord], list[RefusedRow]]:
    """Those within the store's bounds; tokens are whole and not negative by the formats already."""
    sound, refused = [], []
    latest = tx.now + AHEAD
    for r in records:
        prompt, cached, completion = r.prompt_tokens, r.cached_tokens, r.completion_tokens
        if type(prompt) is type(cached) is type(completion) is int and (
            0 <= cached <= prompt <= LARGEST and 0 <= completion <= LARGEST and 0 <= r.at <= latest
        ):
            sound.append(r)
        else:
            refused.append(RefusedRow(r.row, *_why_not(r, latest)))
    return sound, refused


def _why_not(r: UsageRecord, latest: int) -> tuple[str, str]:
    """Field and reason of a record that is out of bounds."""
    counts = (r.prompt_tokens, r.cached_tokens, r.completion_tokens)
    for name, value in zip(("prompt_tokens", "cached_tokens", "completion_tokens"), counts, strict=True):
        if type(value) is not int or not 0 <= value <= LARGEST:
            return name, f"is not a whole number from 0 to {LARGEST:,}"
    if r.cached_tokens > r.prompt_tokens:
        return "cached_tokens", "is more than the prompt, of which it is a part"
    return "at", "lies in the future" if r.at > latest else "lies before 1970"


def _content(r: UsageRecord) -> int:
    """What a repeated id is compared by: all that was reported, but a time that was not."""
    told = (
        f"{r.at if r.at_given else ''}\0{r.user}\0{r.model}\0{KIND_CODES[r.kind]}\0{r.prompt_tokens}\0"
        f"{r.cached_tokens}\0{r.completion_tokens}\0{r.status}"
    )
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int(_NUMBER(digest)[0])


def _sift(keyed: Sequence[Keyed], known: dict[bytes, int]) -> tuple[list[Keyed], int, list[RefusedRow]]:
    """The new ones, how many are known (here or earlier in this batch), and ids that came with other content."""
    fresh: list[Keyed] = []
    clashes: list[RefusedRow] = []
    already = 0
    for one in keyed:
        record, digest, content = one
        before = known.get(digest)
        if before is None:
            known[digest] = content
            fresh.append(one)
        elif before == content:
            already += 1
        else:
            clashes.append(RefusedRow(record.row, "id", "was recorded before with other content"))
    return fresh, already, clashes


def load_models(tx: Tx, recorder: Recorder, models: set[str]) -> None:
    """Weights of the models named; a model that nobody knows is made with weight 1, and reported. A step."""
    named = models - recorder.named.keys()
    recorder.named.update((model, text.machine(model)) for model in named)
    wanted = sorted({recorder.named[model] for model in named} - recorder.models.keys())
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
            sql = "INSERT INTO model (id, key, known, created_at) VALUES (:id, :key, FALSE, :now)"
            tx.run(sql, id=number, key=key, now=tx.now)
            recorder.models[key] = (number, Weights(), False)


def weights_of(tx: Tx, model_id: int) -> Weights:
    """The present weights of a model. A step."""
    sql = "SELECT prompt_weight, cached_weight, completion_weight FROM model WHERE id = ?"
    prompt, cached, completion = tx.tuples(sql, (model_id,))[0]
    return Weights(int(prompt), int(completion), None if cached is None else int(cached))


def owner_of(tx: Tx, recorder: Recorder, user: str) -> tuple[int, int]:
    """Whom a name's usage is counted to: organization and person, or minus a held identity. A step."""
    _load_owners(tx, recorder, {user})
    return recorder.owners[user]


def _load_owners(tx: Tx, recorder: Recorder, names: set[str]) -> None:
    """Who each identity is: by e-mail, else by gateway id, else as assigned before, else held."""
    wanted = names - recorder.owners.keys()
    if not wanted:
        return
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


def _events(tx: Tx, recorder: Recorder, fresh: Sequence[Keyed]) -> list[Event]:
    """Rows of usage_event. One loop: a call for each row costs as much as the row (speed.md, row 1)."""
    owners, models, named = recorder.owners, recorder.models, recorder.named
    source, run, now = recorder.source_id, recorder.import_id, tx.now
    times = [min(r.at, now) for r, _, _ in fresh]
    events: list[Event] = []
    for (r, digest, content), at, id in zip(fresh, times, recording.ids(times), strict=True):
        organization, user = owners[r.user]
        model, weights, _ = models[named[r.model]]
        prompt, cached, completion = r.prompt_tokens, r.cached_tokens, r.completion_tokens
        # The prompt's tokens count whole at weight 1, which is the common case: no arithmetic with millionths then.
        cost = prompt + completion if weights == UNWEIGHTED else charge(prompt, cached, completion, weights)
        events.append((
            organization, id, at // DAY, digest, content, at, user, model, KIND_CODES[r.kind],
            prompt, cached, completion, cost, STATUS_CODES[r.status], 2, 0,
            r.latency_ms, source, run, text.escape(r.external_id)[:200], None,
        ))  # fmt: skip
    return events


def _answer(
    recorder: Recorder, fresh: list[UsageRecord], events: list[Event], already: int, refused: tuple[RefusedRow, ...]
) -> Recorded:
    held: dict[str, list[int]] = {}
    for r, e in zip(fresh, events, strict=True):
        if e[USER] < 0:
            part = held.setdefault(text.identity(r.user), [0, 0])
            part[0] += 1
            part[1] += e[CHARGE]
    return Recorded(
        recorded=len(events),
        already=already,
        refused=refused,
        prompt_tokens=sum(e[PROMPT] for e in events),
        completion_tokens=sum(e[COMPLETION] for e in events),
        charge=sum(e[CHARGE] for e in events),
        first_at=_instant(min((e[AT] for e in events), default=None)),
        last_at=_instant(max((e[AT] for e in events), default=None)),
        users=len({e[USER] for e in events if e[USER] > 0}),
        unassigned=tuple(Unassigned(name, count, tokens) for name, (count, tokens) in sorted(held.items())),
        unknown_models=tuple(sorted({r.model for r in fresh if not recorder.models[recorder.named[r.model]][2]})),
    )


def _instant(at: int | None) -> Micros | None:
    return None if at is None else Micros(at)
