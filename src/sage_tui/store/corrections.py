"""Events that a correction is about, a few thousand at a time, with what was corrected of them before."""

from collections.abc import Iterator, Sequence
from typing import Any

from sage_tui.store.recording import Event, event_columns
from sage_tui.store.transaction import Tx, chunks

BLOCK = 5_000
_MANY = 300
_EVENTS = f"SELECT {event_columns('e')} FROM usage_event e WHERE e.organization_id = ? AND e.entry = 0"


def _locked(tx: Tx, sql: str, values: tuple[Any, ...]) -> list[Event]:
    """Whoever corrects the same calls waits, and then sees what was corrected."""
    return tx.tuples(sql if tx.sqlite else f"{sql} FOR UPDATE", values)


def organizations(tx: Tx) -> list[int]:
    """Every organization within the reach, in the order in which pools are locked."""
    where, values = tx.within("p")
    rows = tx.rows(f"SELECT DISTINCT p.organization_id FROM pool p WHERE {where} ORDER BY p.organization_id", **values)
    return [0, *(int(row["organization_id"]) for row in rows if row["organization_id"])]


def of_import(tx: Tx, organization_id: int, number: int) -> Iterator[list[Event]]:
    """What an import recorded in an organization, in blocks by id."""
    last = b""
    sql = f"{_EVENTS} AND e.import_id = ? AND e.id > ? ORDER BY e.id LIMIT {BLOCK}"
    while rows := _locked(tx, sql, (organization_id, number, last)):
        yield rows
        last = bytes(rows[-1][1])


def of_model(tx: Tx, organization_id: int, model_id: int, since: int, until: int) -> Iterator[list[Event]]:
    """A model's calls from one instant to before another, in blocks by time."""
    at, last = since, b""
    sql = (
        f"{_EVENTS} AND e.at >= ? AND e.at < ? AND e.model_id = ? AND (e.at > ? OR e.id > ?)"
        f" ORDER BY e.at, e.id LIMIT {BLOCK}"
    )
    while rows := _locked(tx, sql, (organization_id, at, until, model_id, at, last)):
        yield rows
        at, last = int(rows[-1][5]), bytes(rows[-1][1])


def of_id(tx: Tx, external_id: str, ids: Sequence[bytes]) -> list[tuple[int, bytes, str]]:
    """Calls of this id as a source gave it, or of these ids of ours: (organization, id, source)."""
    where, values = tx.within("e")
    marks = "".join(f", :id{n}" for n in range(len(ids)))
    rows = tx.rows(
        "SELECT e.organization_id, e.id, s.name FROM usage_event e JOIN usage_source s ON s.id = e.source_id"
        f" WHERE e.entry = 0 AND (e.external_id = :external OR e.id IN (:none{marks})) AND {where}"
        " ORDER BY e.organization_id, e.id",
        external=external_id, none=b"", **{f"id{n}": one for n, one in enumerate(ids)}, **values,
    )  # fmt: skip
    return [(int(row["organization_id"]), bytes(row["id"]), str(row["name"])) for row in rows]


def reserved_under(tx: Tx, key: str) -> list[bytes]:
    """Ids of reservations that callers made under this key."""
    where, values = tx.within("r")
    return [bytes(row["id"]) for row in tx.rows(f"SELECT r.id FROM reservation r WHERE r.retry_key = :key AND {where}",
                                                key=key, **values)]  # fmt: skip


def one(tx: Tx, organization_id: int, id: bytes) -> list[Event]:
    """One call."""
    return _locked(tx, f"{_EVENTS} AND e.id = ?", (organization_id, id))


def before(tx: Tx, organization_id: int, events: Sequence[Event]) -> dict[str, tuple[int, bool]]:
    """What was corrected of these calls: by id in hex the charge, and whether they were reversed."""
    found: dict[str, tuple[int, bool]] = {}
    for part in chunks((bytes(event[1]).hex() for event in events), _MANY):
        rows = tx.tuples(
            "SELECT external_id, sum(charge), min(entry) FROM usage_event WHERE organization_id = ? AND entry > 0"
            f" AND external_id IN ({', '.join('?' * len(part))}) GROUP BY external_id",
            (organization_id, *part),
        )
        found.update((str(id), (int(charge), int(least) == 1)) for id, charge, least in rows)
    return found


def charged(tx: Tx, organization_id: int, month: int, kind: int, users: Sequence[int]) -> dict[int, int]:
    """What holders were charged in a month."""
    found: dict[int, int] = {}
    for part in chunks(users, _MANY):
        rows = tx.tuples(
            "SELECT user_id, charge FROM usage_month WHERE organization_id = ? AND month = ? AND kind = ?"
            f" AND user_id IN ({', '.join('?' * len(part))})",
            (organization_id, month, kind, *part),
        )
        found.update((int(user), int(charge)) for user, charge in rows)
    return found
