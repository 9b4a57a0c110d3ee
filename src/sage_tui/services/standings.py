"""How a person stands with one kind of tokens, asked for a model: what `check` tells and `reserve` goes by. Steps."""

from dataclasses import dataclass, replace
from typing import Any

from sage_tui.domain import emails, text
from sage_tui.domain.charge import Weights
from sage_tui.domain.errors import NotFound
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.spending import Standing
from sage_tui.domain.units import Kind
from sage_tui.services import policy_held
from sage_tui.services.pools import KIND_CODES
from sage_tui.store import reservations as store
from sage_tui.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's standing, and the model that was asked for: its number (None where nobody knows it) and weights."""

    standing: Standing
    model_id: int | None
    weights: Weights


def of(tx: Tx, user: str, kind: Kind, model: str) -> Asked:
    """By e-mail, else by gateway id, within the actor's reach. Raises NotFound, alike for unknown and out of reach."""
    found = _row(tx, user, KIND_CODES[kind], text.machine(model))
    if found is None:
        raise NotFound("There is no user of this e-mail or gateway id.", "See `sage-tui users list`.")
    (organization, person, banned, paid, allocation, used, reserved, pool_used, purchased, restricted, model_id,
     prompt, cached, completion, active, access, closed, own, department) = found  # fmt: skip
    known = model_id is not None
    weights = Weights(int(prompt), int(completion), None if cached is None else int(cached)) if known else Weights()
    allowed = (not known or bool(active)) and (not restricted or access is not None)
    standing = Standing(
        int(organization), int(person), bool(banned), bool(paid), allowed,
        None if allocation is None else int(allocation), int(used), int(reserved), int(purchased or 0),
        int(pool_used or 0), closed=closed is not None,
    )  # fmt: skip
    percent = policy_held.as_kept(tx, own, department).day_percent
    if percent is not None and standing.organization_id:
        today = store.used_on(tx, standing.organization_id, standing.user_id, KIND_CODES[kind], day_of(tx.now))
        standing = replace(standing, day_percent=percent, used_today=today)
    return Asked(standing, int(model_id) if known else None, weights)


def _row(tx: Tx, user: str, kind: int, model: str) -> tuple[Any, ...] | None:
    month = month_of(tx.now)
    found = None
    if "@" in user and user.isprintable():  # what is no e-mail is nobody's; what is not printable no engine need hold
        found = store.standing(tx, kind, "email_key", emails.key(user), model, month)
    if found is None and user:
        found = store.standing(tx, kind, "gateway_id", text.identity(user), model, month)
    return found
