"""Rows as JSON and as flat columns: one function a noun (interfaces.md, "Commands"). Commands and exports read it."""

from collections.abc import Mapping
from typing import Any

from sage_tui.domain import months, overrides
from sage_tui.domain.activity import ActivityRow, AuditRow
from sage_tui.domain.corrections import Corrected
from sage_tui.domain.overrides import OverrideRow
from sage_tui.domain.plans import FLAGS, TOKENS, BatchRow, Done, PlanRow, Skipped, Value
from sage_tui.domain.spending import Check, Reserved, Spent
from sage_tui.domain.units import Kind
from sage_tui.domain.usage import RefusedRow
from sage_tui.domain.users import Balance, HistoryStep, Identity, Organization, PoolStatus, UserRow, View

Json = dict[str, Any]


def balance(value: Balance) -> Json:
    """One kind of a member."""
    return {
        "allocation": value.allocation,
        "used": value.used,
        "previous": value.previous,
        "lifetime": value.lifetime,
        "remaining": value.remaining,
    }


def user(row: UserRow) -> Json:
    """A member."""
    return {
        "id": row.id,
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "organization": row.organization,
        "department": row.department,
        "company": row.company,
        "type": row.type.value,
        "plan": row.plan,
        "paid": row.paid,
        "banned": row.banned,
        "stopped": row.stopped,
        "verified": row.verified,
        "mfa": row.mfa,
        "cac": row.cac,
        "inference": balance(row.inference),
        "embedding": balance(row.embedding),
        "last_sign_in_at": months.iso(row.last_sign_in_at),
        "created_at": months.iso(row.created_at),
    }


def step(row: HistoryStep) -> Json:
    """A step of a limit's history."""
    return {
        "at": months.iso(row.at),
        "kind": row.kind.value,
        "before": row.before,
        "after": row.after,
        "rule": row.rule,
        "actor": row.actor,
        "reason": row.reason,
        "batch": row.batch,
    }


def pool(status: PoolStatus) -> Json:
    """One kind of an organization's pool."""
    return {
        "purchased": status.purchased,
        "allocated": status.allocated,
        "used": status.used,
        "unallocated": status.unallocated,
    }


def organization(row: Organization) -> Json:
    """An organization."""
    return {
        "id": row.id,
        "name": row.name,
        "users": row.users,
        "time_zone": row.time_zone,
        "inference": pool(row.inference),
        "embedding": pool(row.embedding),
    }


def identity(row: Identity) -> Json:
    """A held identity; its text is escaped, as it is typed to assign it."""
    return {
        "identity": row.identity,
        "source": row.source,
        "organization": row.organization,
        "events": row.events,
        "charge": row.charge,
    }


def view(row: View) -> Json:
    """A saved view."""
    return {name: getattr(row, name) for name in ("name", "query", "sort", "shared", "mine", "owner")}


def activity(row: ActivityRow) -> Json:
    """A model interaction."""
    return {
        "id": row.id,
        "at": months.iso(row.at),
        "email": row.email,
        "organization": row.organization,
        "model": row.model,
        "kind": row.kind.value,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "charge": row.charge,
        "status": row.status,
        "latency_ms": row.latency_ms,
        "source": row.source,
    }


def audit(row: AuditRow) -> Json:
    """An administrative act."""
    return {
        "chain": row.chain,
        "seq": row.seq,
        "at": months.iso(row.at),
        "actor": row.actor,
        "on_behalf_of": row.on_behalf_of,
        "origin": row.origin,
        "action": row.action,
        "target": row.target,
        "organization": row.organization,
        "batch": row.batch,
        "rows": row.rows,
        "reason": row.reason,
        "outcome": row.outcome,
        "changes": [
            {"field": change.field, "before": change.before, "after": change.after, "erased": change.erased}
            for change in row.changes
        ],
    }


def reserved(held: Reserved) -> Json:
    """The answer to a reserve."""
    return {
        "reservation": held.reservation,
        "allowed": held.allowed,
        "reason": held.reason,
        "charge": held.charge,
        "remaining": held.remaining,
        "expires_at": None if held.expires_at is None else months.time_text(held.expires_at),
    }


def spent(done: Spent) -> Json:
    """What recording, settling or releasing one call did."""
    bumped = None if done.bumped is None else {"before": done.bumped[0], "after": done.bumped[1]}
    return {
        "recorded": done.recorded,
        "already": done.already,
        "charge": done.charge,
        "remaining": done.remaining,
        "bumped": bumped,
    }


def corrected(done: Corrected, dry_run: bool) -> Json:
    """What a correction did; it is no batch, for the way back is another correction."""
    return {
        "entries": done.entries,
        "already": done.already,
        "people": done.people,
        "prompt_tokens": done.prompt_tokens,
        "completion_tokens": done.completion_tokens,
        "charge": done.charge,
        "batch": None,
        "dry_run": dry_run,
    }


def check(told: Check) -> Json:
    """May this user spend?"""
    return {
        "allowed": told.allowed,
        "reason": told.reason,
        "remaining": told.remaining,
        "pool_remaining": told.pool_remaining,
    }


def refused(row: RefusedRow) -> Json:
    """A row that was not taken."""
    return {"row": row.row, "field": row.field, "why": row.why}


def value_of(field: str, value: Value) -> object:
    """A field's value in JSON: flags are true or false, amounts whole numbers or null."""
    return bool(value) if field in FLAGS else value


def change(row: PlanRow) -> Json:
    """One change of a batch."""
    field = row.field.value
    return {
        "email": row.email,
        "field": row.name,
        "before": value_of(field, row.before),
        "after": value_of(field, row.after),
    }


def _skipped(row: Skipped) -> Json:
    return {"email": row.email, "field": row.field, "why": row.words, "code": row.why}


def done(what: Done) -> Json:
    """What a batch did."""
    return {
        "batch": what.batch,
        "changed": [change(row) for row in what.rows],
        "skipped": [_skipped(row) for row in what.skipped],
        "left": [_skipped(row) for row in what.left],
        "pool": {kind.value: {"before": e.before, "after": e.after} for kind, e in what.pool.items()},
    }


def undone(what: Done) -> Json:
    """What an undo did."""
    told = done(what)
    return {"undone": told["changed"], "left": told["left"], "batch": told["batch"], "pool": told["pool"]}


def change_line(row: PlanRow) -> str:
    """One change in a line for people."""
    field = row.field.value
    before, after = (_worded(field, side) for side in (row.before, row.after))
    grown = f"  {row.change:+,}" if row.change else ""
    return f"{row.email}  {row.name}  {before} → {after}{grown}"


def _worded(field: str, value: Value) -> str:
    if field in FLAGS:
        return "yes" if value else "no"
    if field in TOKENS and value is None:
        return "unset"
    return f"{value:,}" if isinstance(value, int) else str(value or "–")


def batch(row: BatchRow) -> Json:
    """A batch."""
    return {
        "batch": row.batch,
        "at": months.iso(row.at),
        "actor": row.actor,
        "action": row.action,
        "rows": row.rows,
        "reason": row.reason,
        "undoes": row.undoes,
        "undone_by": row.undone_by,
    }


def policy(preset: str, version: int, fields: Mapping[str, Any]) -> Json:
    """A policy's version."""
    return {"preset": preset, "version": version, "fields": dict(fields)}


def plain(value: object) -> str:
    """A value in a line for people."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def flat(row: Mapping[str, Any]) -> Json:
    """Nested objects as columns: `inference_used`."""
    found: Json = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{part}": inner for part, inner in value.items()}
        else:
            found[name] = value
    return found


def _ceiling(own: int | None) -> int | str | None:
    return "unlimited" if own == overrides.UNLIMITED else own


def override(row: OverrideRow) -> Json:
    """A person's exception; amounts in tokens, null is the policy's own; a ceiling may be "unlimited"."""
    held = row.override
    kinds = {kind.value: {"floor": held.floor(kind), "ceiling": _ceiling(held.ceiling(kind))} for kind in Kind}
    return {
        "email": row.email,
        **kinds,
        "pinned": held.pinned,
        "no_reclaim": held.no_reclaim,
        "no_auto_increase": held.no_auto_increase,
        "until": months.iso(row.until),
        "ended": row.ended,
        "note": held.note,
        "exception": overrides.words(held),
    }


def token_raise(row: Any) -> Json:
    """A raise that is in force, in tokens."""
    return {
        "id": row.id,
        "email": row.email,
        "kind": row.kind.value,
        "amount": row.amount,
        "until": months.iso(row.until),
        "request": row.request,
    }


def why(limits: Mapping[Kind, Any]) -> Json:
    """Why both limits are what they are: each step's before is the after of the one before it."""
    told: Json = {}
    for kind, limit in limits.items():
        steps = [step(one) for one in limit.steps]
        for one in steps:
            del one["kind"]
        told[kind.value] = {"allocation": limit.allocation, "steps": steps}
    return told
