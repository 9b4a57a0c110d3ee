"""Reserve → settle or release, and the sweep of what was never settled (gateway.md, section 1). Steps.

Locks go in one order: the reservation, then totals and pool, then the member, as recording does.
"""

import hashlib
import struct
from typing import Any

from sage_tui.domain import emails, text
from sage_tui.domain.charge import charge as charge_of
from sage_tui.domain.errors import Conflict, NotFound, WrongUse
from sage_tui.domain.months import DAY, SECOND, month_of
from sage_tui.domain.spending import (
    KEY_LIMIT,
    LONGEST_TTL,
    OF_TOKENS,
    Ask,
    Certainty,
    Reserved,
    Standing,
    Stop,
    checked,
    reason,
    why_not,
)
from sage_tui.domain.units import Kind, Micros
from sage_tui.domain.usage import STATUSES
from sage_tui.services import charging, falling_back, metering, settings, sources, standings
from sage_tui.services.pools import KIND_CODES
from sage_tui.store import reservations as store
from sage_tui.store.recording import KINDS, Event
from sage_tui.store.transaction import Tx, uuid7

SWEPT = 500
"""Orphans that one reserve closes at most."""

Row = dict[str, Any]


def reserve(tx: Tx, source: str, ask: Ask) -> Reserved:
    """Hold the estimate of a call if there is room; a refusal is an answer, an activity, and marks who is stopped.

    The same retry key with the same content gets the same answer and changes nothing.
    Raises NotFound (nobody of this name), FieldError (a number that is none), Conflict (the key is another call's).
    """
    _check(ask)
    source_id, heard_at = sources.known(tx, source)
    key = text.machine(ask.key, KEY_LIMIT) or None
    known = store.by_key(tx, source_id, key) if key else None
    if known:
        return _again(tx, known, _content(ask))
    asked = standings.of(tx, ask.user, ask.kind, ask.model)
    organization = asked.standing.organization_id
    sources.heard(tx, source_id, heard_at)
    due, overdue_too = falling_back.waiting(tx, organization)
    begun = falling_back.due(tx, organization) if due else ()
    swept = sweep(tx, organization) if overdue_too else 0
    row = _row(tx, ask, asked, source_id, key)
    if not store.insert(tx, row):
        return _again(tx, store.by_key(tx, source_id, str(key)) or {}, _content(ask))
    return _decide(tx, ask, row, None if begun or swept else asked.standing)


def _check(ask: Ask) -> None:
    checked("prompt_tokens", ask.prompt)
    checked("tokens", ask.completion, least=0 if ask.prompt else 1)
    if ask.ttl is not None and not (type(ask.ttl) is int and 1 <= ask.ttl <= LONGEST_TTL):
        raise WrongUse(f"ttl: is not a whole number of seconds from 1 to {LONGEST_TTL:,}")


def _content(ask: Ask) -> int:
    """What a repeated key is compared by: everything that was asked."""
    told = f"{emails.key(ask.user)}\0{ask.model}\0{ask.kind}\0{ask.prompt}\0{ask.completion}"
    return _digest(told)


def _digest(told: str) -> int:
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int(struct.unpack(">q", digest)[0])


def _row(tx: Tx, ask: Ask, asked: standings.Asked, source_id: int, key: str | None) -> Row:
    standing, model_id = asked.standing, asked.model_id
    if model_id is None:
        recorder = metering.Recorder("")
        metering.load_models(tx, recorder, {ask.model})
        model_id = recorder.models[recorder.named[ask.model]][0]
    seconds = ask.ttl or 60 * int(settings.value(tx, "reservation_minutes", standing.organization_id))
    return {
        "organization_id": standing.organization_id, "id": uuid7(tx.now), "user_id": standing.user_id,
        "model_id": model_id, "kind": KIND_CODES[ask.kind], "month": month_of(tx.now),
        "estimate": int(asked.weights.charge(ask.prompt, 0, ask.completion)), "prompt_estimate": ask.prompt,
        "completion_estimate": ask.completion, "status": store.HELD, "why": "", "source_id": source_id,
        "retry_key": key, "content": _content(ask), "created_at": tx.now, "expires_at": tx.now + seconds * SECOND,
        "closed_at": None, "call_id": None if ask.call_id is None else text.machine(ask.call_id), "provider_id": None,
    }  # fmt: skip


def _decide(tx: Tx, ask: Ask, row: Row, read: Standing | None) -> Reserved:
    """The guarded statement decides. Where it says no and the reading says yes, somebody moved between: again."""
    organization, user, kind = row["organization_id"], row["user_id"], row["kind"]
    for _ in range(3):
        standing = read or standings.of(tx, ask.user, ask.kind, ask.model).standing
        read = None
        if standing.day_percent is not None:  # a day's sum is in no counter: the row must stand while it is looked at
            store.lock_member(tx, organization, user)
            standing = standings.of(tx, ask.user, ask.kind, ask.model).standing
        stop = why_not(standing, row["estimate"])
        held = None if stop else store.hold(tx, organization, user, kind, row["estimate"], row["month"])
        if held:
            month, remaining = held
            if month != row["month"]:
                store.close(tx, organization, row["id"], store.HELD, month=month)
            return Reserved(row["id"].hex(), organization, True, None, row["estimate"], remaining, row["expires_at"])
        if stop:
            break
    return _refused(tx, row, stop or Stop.QUOTA, standing)


def _refused(tx: Tx, row: Row, stop: Stop, standing: Standing) -> Reserved:
    why = reason(stop, standing, row["estimate"], tx.now)
    if row["retry_key"]:
        store.close(tx, row["organization_id"], row["id"], store.REFUSED, why)
    else:
        store.forget(tx, row["organization_id"], row["id"])
    bumped = charging.write(tx, [event(tx, row, status="refused")])
    if stop in OF_TOKENS and not bumped:  # whoever was raised just now is not stopped any more
        store.stop(tx, row["organization_id"], row["user_id"], row["kind"])
    return Reserved(None, row["organization_id"], False, why, row["estimate"], standing.remaining, None)


def _again(tx: Tx, known: Row, content: int) -> Reserved:
    """The answer that a retry key got, once more."""
    if known.get("content") != content:
        raise Conflict("This key was used for another call.", "Give every call a key of its own.", code="key_taken")
    refused = known["status"] == store.REFUSED
    return Reserved(
        None if refused else bytes(known["id"]).hex(), int(known["organization_id"]), not refused,
        str(known["why"]) if refused else None, int(known["estimate"]), remaining(tx, known),
        None if refused else Micros(int(known["expires_at"])),
    )  # fmt: skip


def remaining(tx: Tx, row: Row) -> int:
    """What the person of a reservation has left this month. A step."""
    name = KINDS[int(row["kind"])]
    found = tx.tuples(
        f"SELECT coalesce({name}_allocation, 0) - CASE WHEN {name}_month >= ? THEN {name}_used + {name}_reserved"
        " ELSE 0 END FROM membership WHERE organization_id = ? AND user_id = ?",
        (month_of(tx.now), row["organization_id"], row["user_id"]),
    )
    return max(int(found[0][0]), 0) if found else 0


def find(tx: Tx, source: str, handle: str) -> Row:
    """A reservation by its number or by the caller's key, locked; both kinds of ids are compared. Raises NotFound."""
    plain = handle.replace("-", "").lower()
    found = None
    if len(plain) == 32 and all(ch in "0123456789abcdef" for ch in plain):
        found = store.by_id(tx, bytes.fromhex(plain))
    if found is None and handle:
        found = store.by_key(tx, sources.number_of(tx, source), text.machine(handle, KEY_LIMIT))
    if found is None:
        raise NotFound("There is no reservation of this number or key.", "Give what `usage reserve` answered.")
    return found


def event(
    tx: Tx, row: Row, *, tokens: tuple[int, int, int] = (0, 0, 0), charge: int = 0, status: str,
    certainty: Certainty = Certainty.ESTIMATED, latency_ms: int | None = None, provider_id: str | None = None,
) -> Event:  # fmt: skip
    """The activity of a reservation: its key is the reservation's id, its time that of the reserving. A step.

    `tokens` are prompt, cached and completion.
    """
    id, at = bytes(row["id"]), int(row["created_at"])
    return (
        row["organization_id"], id, at // DAY, metering.digest_of("reservation", id.hex()),
        _digest(f"{tokens}\0{status}\0{int(certainty)}"), at, row["user_id"], row["model_id"], row["kind"], *tokens,
        charge, STATUSES.index(status), int(certainty), 0, latency_ms, row["source_id"], None, id.hex(), provider_id,
    )  # fmt: skip


def sweep(tx: Tx, organization_id: int, at_most: int = SWEPT) -> int:
    """Close reservations that were never settled; how many. What becomes of their tokens says the setting `orphans`."""
    closed = store.expire(tx, organization_id, at_most)
    if not closed:
        return 0
    charged = settings.value(tx, "orphans", organization_id) == "charge_estimate"
    charging.write(tx, [_orphan(tx, row, charged) for row in closed])
    for row in sorted(closed, key=lambda row: (row["user_id"], row["kind"])):
        give_back(tx, row)
    return len(closed)


def overdue(tx: Tx, organization_id: int) -> bool:
    """Is anything held past its expiry? A step."""
    return store.overdue(tx, organization_id)


def _orphan(tx: Tx, row: Row, charged: bool) -> Event:
    if not charged:
        return event(tx, row, status="unknown")
    tokens = (int(row["prompt_estimate"]), 0, int(row["completion_estimate"]))
    return event(tx, row, tokens=tokens, charge=int(row["estimate"]), status="unknown")


def give_back(tx: Tx, row: Row) -> int | None:
    """Take the hold of a reservation off its person: what they have left, None where it was forgotten. A step."""
    organization, user, kind, month = row["organization_id"], row["user_id"], row["kind"], int(row["month"])
    left = store.give_back(tx, organization, user, kind, int(row["estimate"]), month)
    return left if month >= month_of(tx.now) else None  # of an earlier month: nothing counts yet in the present one


def kind_of(tx: Tx, row: Row) -> Kind:
    """The kind of a reservation. A step."""
    return Kind(KINDS[int(row["kind"])])


def price(tx: Tx, row: Row, tokens: tuple[int, int, int]) -> int:
    """What a call of a reservation's model costs at its present weights; tokens are prompt, cached, completion."""
    return int(charge_of(*tokens, metering.weights_of(tx, int(row["model_id"]))))
