"""Requests in a small organization: helpers that several tests share."""

from sage_tui.domain.actors import HostProof
from sage_tui.domain.requests import Approve, Ask, Decided, Deny, TokenRequest
from sage_tui.domain.units import Kind
from sage_tui.services import requests, requests_decide
from sage_tui.services.context import Context
from tests.services.editing import Acme
from tests.support.world import World


def ask(
    acme: Acme, name: str, amount: int, kind: Kind = Kind.INFERENCE, reason: str = "eval run for the board"
) -> TokenRequest:
    """Somebody asks for more."""
    return requests.create(own(acme.world, name), Ask(kind, amount, reason))


def own(world: World, name: str) -> Context:
    """As a member of Acme, without a session to keep alive."""
    return world.host.with_proof(HostProof("owner", f"{name}@acme.example"))


def approve(ctx: Context, *ids: int, **more: object) -> Decided:
    return requests_decide.approve(ctx, Approve(ids, **more))  # type: ignore[arg-type]


def deny(ctx: Context, *ids: int, **more: object) -> Decided:
    return requests_decide.deny(ctx, Deny(ids, **more))  # type: ignore[arg-type]


def states(acme: Acme) -> list[tuple[int, str, object, str]]:
    """Every request: number, status, what was granted, note."""
    rows = acme.world.rows("SELECT id, status, approved, note FROM request ORDER BY id")
    return [(int(row["id"]), row["status"], row["approved"], row["note"]) for row in rows]
