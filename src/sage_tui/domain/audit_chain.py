"""The audit chain's arithmetic, and the proof of an exported chain without a database (security.md, section 7).

`hash = SHA-256("sage-audit/1" NUL previous-hash body)`; the body is canonical JSON, exactly as hashed. What is personal
stands beside it, under an HMAC of its own in the body, so that it can be erased.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sage_tui.domain.activity import ChainReport
from sage_tui.domain.errors import WrongUse

GENESIS = bytes(32)
FORMAT = "sage-audit/1"
PREFIX = FORMAT.encode() + b"\0"
ANCHOR = re.compile(r"(platform|org-[0-9]{1,18}):[0-9]{1,18}:[0-9a-f]{64}")
"""`chain:seq:hash`, as `audit anchor` prints it."""

OFFLINE = "hashes and order are right; seals are checked in the database"


def chained(previous: bytes, body: str) -> bytes:
    """The hash of an entry after `previous`."""
    return hashlib.sha256(PREFIX + previous + body.encode("ascii")).digest()


def entry_fault(chain: str, seq: int, found_seq: int, body: str, found_hash: bytes, previous: bytes) -> str:
    """What is wrong with an entry in its place; nothing where it is right."""
    if found_seq != seq:
        return f"entry {seq} is missing"
    if chained(previous, body) != found_hash:
        return "the entry does not match its hash"
    told = json.loads(body)
    if told.get("seal") == "broken":
        return "the head's seal was wrong when this was written: entries before it may have been cut"
    return "" if (told["chain"], told["seq"]) == (chain, seq) else "the entry belongs elsewhere"


def detail_fault(body: str, part: int, salt: bytes, value: str) -> bool:
    """Is a personal detail another than the one that was sealed?"""
    sealed = json.loads(body)["personal"]
    mark = hmac.new(salt, value.encode("utf-8", "backslashreplace"), hashlib.sha256).hexdigest()
    return part >= len(sealed) or sealed[part][1] != mark


def line(chain: str, seq: int, body: str, entry_hash: bytes, details: Sequence[tuple[int, str, bytes, str]]) -> str:
    """An entry as a line of an exported chain; details that were erased are not there."""
    kept = [[part, field, salt.hex(), value] for part, field, salt, value in details]
    return _json({"chain": chain, "seq": seq, "body": body, "hash": entry_hash.hex(), "details": kept})


def heading(made_at: str | None, heads: Sequence[str]) -> str:
    """The first line: the heads (`chain:seq:hash`) as they were when it was made."""
    return _json({"format": FORMAT, "made_at": made_at, "heads": list(heads)})


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


def verify(lines: Iterable[str], anchors: Sequence[str] = ()) -> list[ChainReport]:
    """Check every chain of an export: heading, order, hashes, details, heads, anchors.

    Raises WrongUse naming the line of what is no exported chain.
    """
    numbered = enumerate(lines, 1)
    heads = _heads(next(numbered, (1, ""))[1])
    chains: dict[str, _Chain] = {chain: _Chain(chain) for chain in heads}
    for number, text in numbered:
        found = _entry(number, text)
        chains.setdefault(found["chain"], _Chain(found["chain"])).take(found)
    wanted = [anchor.split(":") for anchor in (*(f"{c}:{s}:{h}" for c, (s, h) in heads.items()), *anchors)]
    for chain, *_ in wanted:
        chains.setdefault(chain, _Chain(chain))
    return [
        one.report([(int(seq), mark) for chain, seq, mark in wanted if chain == one.name]) for one in chains.values()
    ]


def _heads(text: str) -> dict[str, tuple[int, str]]:
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise ValueError("another format")
        heads = [str(head).split(":") for head in told["heads"]]
        return {chain: (int(seq), mark) for chain, seq, mark in heads}
    except (ValueError, KeyError, TypeError) as error:
        raise WrongUse("line 1: this is no exported audit chain", "As `sage-tui export audit` writes it.") from error


def _entry(number: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        body, details = found["body"], found["details"]
        json.loads(body)["personal"]
        return {
            "chain": str(found["chain"]), "seq": int(found["seq"]), "body": str(body),
            "hash": bytes.fromhex(found["hash"]),
            "details": [(int(part), bytes.fromhex(salt), str(value)) for part, _, salt, value in details],
        }  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"line {number}: this is no entry of an audit chain", "The file is damaged or cut.") from error


class _Chain:
    """One chain of an export, followed entry by entry."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seq = 0
        self.bad: int | None = None
        self.why = ""
        self.hashes: dict[int, str] = {}
        self._previous = GENESIS

    def take(self, found: dict[str, Any]) -> None:
        """The next entry; after the first fault nothing more is said."""
        if self.bad is not None:
            return
        self.seq += 1
        why = entry_fault(self.name, self.seq, found["seq"], found["body"], found["hash"], self._previous)
        if not why and any(detail_fault(found["body"], *detail) for detail in found["details"]):
            why = "a personal detail was changed"
        if why:
            self.bad, self.why = self.seq, why
            return
        self._previous = found["hash"]
        self.hashes[self.seq] = found["hash"].hex()

    def report(self, marks: Sequence[tuple[int, str]]) -> ChainReport:
        """What was found, held against heads and anchors: (seq, hash)."""
        for seq, mark in sorted(marks):
            if self.bad is not None:
                break
            if seq > self.seq:
                self.bad, self.why = self.seq + 1, "the tail was cut: a head or an anchor lies behind the end"
            elif seq and self.hashes[seq] != mark:
                self.bad, self.why = seq, "a head or an anchor says another hash"
        head = "" if self.bad is not None else self._previous.hex()
        return ChainReport(self.name, self.seq, head, self.bad, self.why or OFFLINE)
