"""The only place that writes an audit entry (security.md, section 7).

`hash = SHA-256("sage-audit/1" NUL previous-hash body)`; the body is canonical JSON, stored exactly as
hashed. Bodies hold numbers of people, never e-mails; what is personal lies in `audit_detail`, and the
body has only its HMAC, so that erasing it leaves the chain valid.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sage_tui.domain.activity import ChainReport
from sage_tui.domain.audit_chain import GENESIS, chained, detail_fault, entry_fault
from sage_tui.domain.errors import StoreUnavailable
from sage_tui.store.transaction import Tx

UNCHECKED = "hashes and order are right; the seal cannot be checked without the key"


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal value of an entry: kept apart, with its HMAC in the body. `user_id` is whose it is."""

    field: str
    value: str
    user_id: int | None = None


def chain_name(organization_id: int) -> str:
    """How a chain is called: `platform`, or `org-` and the organization's number."""
    return f"org-{organization_id}" if organization_id else "platform"


def canonical(body: dict[str, Any]) -> str:
    """The text that is hashed and stored."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def head_mac(key: bytes, chain: str, seq: int, entry_hash: bytes) -> bytes:
    """The seal of a chain's head under a subkey of the key file."""
    return hmac.new(key, f"{chain}|{seq}|{entry_hash.hex()}".encode(), hashlib.sha256).digest()


def append(
    tx: Tx,
    *,
    organization_id: int,
    action: str = "",
    target: str = "",
    target_user_id: int | None = None,
    changes: Sequence[tuple[str, int | str | None, int | str | None]] = (),
    personal: Sequence[Personal] = (),
    batch: int | None = None,
    rows: int = 0,
    digest: str = "",
    outcome: str = "done",
    reason: str | None = None,
) -> int:
    """Append one entry to an organization's chain; its seq. Takes the head's lock: call it last.

    `changes` are (field, before, after) of what is not personal; `digest` covers a batch's rows.
    """
    if not tx.audit_key:
        raise StoreUnavailable(
            "The key file is missing, or it is another database's: nothing that is audited can be done.",
            "Put the right key file back. If it is lost for good: `sage-tui mfa reset --all` on the host.",
            code="key_missing",
        )
    chain = chain_name(organization_id)
    seq, previous, sealed_well = _head(tx, organization_id, chain)
    seq += 1
    why = tx.reason if reason is None else reason
    kept = [*personal, *_actor_details(tx)]
    if why:
        kept.append(Personal("reason", why, target_user_id))
    parts, sealed = _seal(kept)
    # A wrong seal must not vanish under the next one: the entry that is written over it says so for ever.
    broken = {} if sealed_well else {"seal": "broken"}
    body = canonical(
        {
            **broken,
            "action": action or (tx.verb.value if tx.verb else ""),
            "actor": tx.actor.user_id if tx.actor.user_id is not None else f"os:{_plain(tx.actor.os_user)}",
            "at": tx.now,
            "batch": batch,
            "chain": chain,
            "changes": [[field, before, after] for field, before, after in changes],
            "command": tx.command_id.hex(),
            "digest": digest,
            "door": tx.actor.door.value,
            "origin": tx.origin,
            "outcome": outcome,
            "personal": sealed,
            "rows": rows,
            "seq": seq,
            "target": target,
            "target_user": target_user_id,
        }
    )
    entry_hash = chained(previous, body)
    tx.run(
        "INSERT INTO audit_entry (organization_id, seq, chain, at, actor_user_id, target_user_id, action,"
        " batch, body, hash)"
        " VALUES (:org, :seq, :chain, :at, :actor, :target, :action, :batch, :body, :hash)",
        org=organization_id, seq=seq, chain=chain, at=tx.now, actor=tx.actor.user_id, target=target_user_id,
        action=action or (tx.verb.value if tx.verb else ""), batch=batch, body=body, hash=entry_hash,
    )  # fmt: skip
    tx.many(
        "INSERT INTO audit_detail (organization_id, seq, part, user_id, field, salt, value) VALUES (?, ?, ?, ?,"
        " ?, ?, ?)",
        [(organization_id, seq, part, user, field, salt, value) for part, user, field, salt, value in parts],
    )
    tx.run(
        "UPDATE audit_head SET seq = :seq, hash = :hash, mac = :mac WHERE organization_id = :org",
        seq=seq, hash=entry_hash, mac=head_mac(tx.audit_key, chain, seq, entry_hash), org=organization_id,
    )  # fmt: skip
    return seq


def _plain(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")


def _actor_details(tx: Tx) -> list[Personal]:
    """Who acted, in words, as they were called then: personal, so kept apart."""
    kept = []
    if tx.actor.email:
        kept.append(Personal("actor", tx.actor.email, tx.actor.user_id))
    if tx.actor.os_user:
        kept.append(Personal("os_user", tx.actor.os_user))
    return kept


def _head(tx: Tx, organization_id: int, chain: str) -> tuple[int, bytes, bool]:
    """Seq and hash of the last entry, locked; and whether their seal is right."""
    tx.run(
        "INSERT INTO audit_head (organization_id, chain, seq, hash, mac) VALUES (:org, :chain, 0, :hash, :mac)"
        " ON CONFLICT (organization_id) DO NOTHING",
        org=organization_id, chain=chain, hash=GENESIS, mac=head_mac(tx.audit_key, chain, 0, GENESIS),
    )  # fmt: skip
    (head,) = tx.lock("SELECT seq, hash, mac FROM audit_head WHERE organization_id = :org", org=organization_id)
    seq, last = int(head["seq"]), _bytes(head["hash"])
    return seq, last, hmac.compare_digest(_bytes(head["mac"]), head_mac(tx.audit_key, chain, seq, last))


def _bytes(value: object) -> bytes:
    """A column of bytes; empty for what somebody else put there."""
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def _seal(personal: Sequence[Personal]) -> tuple[list[tuple[int, int | None, str, bytes, str]], list[list[str]]]:
    parts, sealed = [], []
    for number, detail in enumerate(personal):
        salt = os.urandom(16)
        mark = hmac.new(salt, detail.value.encode("utf-8", "backslashreplace"), hashlib.sha256).hexdigest()
        parts.append((number, detail.user_id, detail.field, salt, detail.value))
        sealed.append([detail.field, mark])
    return parts, sealed


def verify(tx: Tx, anchors: Sequence[str] = ()) -> list[ChainReport]:
    """Check every chain within the reach: gaps, hashes, moved entries, head, seal, anchors, details.

    Without the key the seals cannot be checked: a chain that is right otherwise is reported as not `sealed`.
    """
    where, values = tx.within("h")
    heads = tx.rows(
        "SELECT h.organization_id, h.chain, h.seq, h.hash, h.mac FROM audit_head h"
        f" WHERE {where} ORDER BY h.organization_id",
        **values,
    )
    known = {str(head["chain"]) for head in heads}
    reports = [_verify_chain(tx, head, anchors) for head in heads]
    missing = sorted({anchor.split(":")[0] for anchor in anchors} - known)
    reports += [ChainReport(chain, 0, "", 0, "an anchor names this chain, and it is not here") for chain in missing]
    orphans = tx.rows(
        "SELECT DISTINCT e.chain FROM audit_entry e WHERE NOT EXISTS"
        " (SELECT 1 FROM audit_head h WHERE h.organization_id = e.organization_id) ORDER BY e.chain"
    )
    reports += [ChainReport(str(row["chain"]), 0, "", 1, "entries without a head") for row in orphans]
    return reports


def _verify_chain(tx: Tx, head: Any, anchors: Sequence[str]) -> ChainReport:
    organization_id, chain = int(head["organization_id"]), str(head["chain"])
    wanted = {int(a.split(":")[1]): a.split(":")[2] for a in anchors if a.split(":")[0] == chain}
    previous, seq = GENESIS, 0
    entries = tx.conn.exec_driver_sql(
        f"SELECT seq, body, hash FROM audit_entry WHERE organization_id = {organization_id} ORDER BY seq"
    )
    for found_seq, body, found_hash in entries:
        seq += 1
        entry_hash = _bytes(found_hash)
        why = entry_fault(chain, seq, int(found_seq), str(body), entry_hash, previous)
        if not why and wanted.get(seq, entry_hash.hex()) != entry_hash.hex():
            why = "the anchor says another hash"
        if why:
            return ChainReport(chain, seq, "", seq, why)
        previous = entry_hash
    why, bad = _head_fault(tx, head, seq, previous, wanted)
    bad_detail = None if why else _detail_fault(tx, organization_id)
    if bad_detail is not None:
        why, bad = "a personal detail was changed", bad_detail
    if bad is None and not tx.audit_key:
        return ChainReport(chain, seq, previous.hex(), None, UNCHECKED, sealed=False)
    return ChainReport(chain, seq, previous.hex(), bad, why)


def _head_fault(tx: Tx, head: Any, seq: int, last: bytes, wanted: dict[int, str]) -> tuple[str, int | None]:
    if int(head["seq"]) != seq or _bytes(head["hash"]) != last:
        return "the head is not the last entry", min(int(head["seq"]), seq) + 1
    right = head_mac(tx.audit_key, str(head["chain"]), seq, last) if tx.audit_key else _bytes(head["mac"])
    if not hmac.compare_digest(_bytes(head["mac"]), right):
        return "the head's seal is wrong", seq
    beyond = [place for place in wanted if place > seq]
    return ("the anchor lies behind the end: the tail was cut", seq + 1) if beyond else ("", None)


def _detail_fault(tx: Tx, organization_id: int) -> int | None:
    """The first entry whose kept personal detail does not match the HMAC in its body."""
    bodies = tx.conn.exec_driver_sql(
        "SELECT d.seq, d.part, d.salt, d.value, e.body FROM audit_detail d JOIN audit_entry e"
        " ON e.organization_id = d.organization_id AND e.seq = d.seq"
        f" WHERE d.organization_id = {organization_id} AND d.salt IS NOT NULL ORDER BY d.seq, d.part"
    )
    for seq, part, salt, value, body in bodies:
        if detail_fault(str(body), int(part), _bytes(salt), str(value)):
            return int(seq)
    return None


def entries(tx: Tx, organization_id: int) -> Iterator[tuple[int, str, bytes, list[tuple[int, str, bytes, str]]]]:
    """A chain from its beginning, streamed: seq, body, hash, and the personal details that are still kept."""
    details: dict[int, list[tuple[int, str, bytes, str]]] = {}
    for seq, part, field, salt, value in tx.tuples(
        "SELECT seq, part, field, salt, value FROM audit_detail WHERE organization_id = ? AND salt IS NOT NULL"
        " ORDER BY seq, part",
        (organization_id,),
    ):
        details.setdefault(int(seq), []).append((int(part), str(field), _bytes(salt), str(value)))
    sql = "SELECT seq, body, hash FROM audit_entry WHERE organization_id = ? ORDER BY seq"
    for seq, body, entry_hash in tx.stream(sql, (organization_id,)):
        yield int(seq), str(body), _bytes(entry_hash), details.get(int(seq), [])


def chains(tx: Tx, organization_id: int | None = None) -> list[tuple[int, str]]:
    """The chains within the reach: organization and name."""
    where, values = tx.within("h", organization_id)
    rows = tx.rows(f"SELECT h.organization_id, h.chain FROM audit_head h WHERE {where} ORDER BY 1", **values)
    return [(int(row["organization_id"]), str(row["chain"])) for row in rows]


def anchors(tx: Tx, organization_id: int | None = None) -> list[str]:
    """`chain:seq:hash` of every chain within the reach."""
    where, values = tx.within("h", organization_id)
    rows = tx.rows(
        f"SELECT h.chain, h.seq, h.hash FROM audit_head h WHERE {where} ORDER BY h.organization_id", **values
    )
    return [f"{row['chain']}:{row['seq']}:{_bytes(row['hash']).hex()}" for row in rows]
