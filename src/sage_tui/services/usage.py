"""What a gateway and the command line ask for a single call: may it be made, reserve, settle, release, record.

The activity is the record of these acts: they leave no entry in the audit but where a limit rises.
"""

from dataclasses import dataclass

from sage_tui.domain.errors import Conflict, FieldError, NotFound
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.spending import Ask, Check, Reserved, Settlement, Spent, checked, reason, why_not
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.domain.usage import Recorded, UsageRecord
from sage_tui.services import metering, reservations, settling, standings
from sage_tui.services.context import Context, retried
from sage_tui.services.metering import Recorder
from sage_tui.services.pools import KIND_CODES
from sage_tui.store.transaction import Tx

SOURCE = "command line"


@dataclass(frozen=True, slots=True)
class May:
    """A question: may this user make a call of so many tokens, weighted as completion tokens?"""

    user: str
    model: str
    tokens: int
    kind: Kind = Kind.INFERENCE


def check(ctx: Context, question: May) -> Check:
    """May this user spend? Reserves nothing. Raises NotFound, FieldError."""
    with ctx.read(Verb.CHECK) as tx:
        asked = standings.of(tx, question.user, question.kind, question.model)
        standing = asked.standing
        charge = int(asked.weights.charge(0, 0, checked("tokens", question.tokens, least=1)))
        stop = why_not(standing, charge)
        told = reason(stop, standing, charge, tx.now) if stop else None
        return Check(stop is None, told, standing.remaining, standing.pool_remaining)


@retried
def reserve(ctx: Context, ask: Ask, source: str = SOURCE) -> Reserved:
    """Hold the estimate of a call. A refusal is an answer. Raises NotFound, FieldError, WrongUse, Conflict."""
    with ctx.write(Verb.USAGE_RESERVE) as tx:
        return reservations.reserve(tx, source, ask)


@retried
def settle(ctx: Context, handle: str, told: Settlement, source: str = SOURCE) -> Spent:
    """Charge what a reserved call took; `handle` is the reservation or the key.

    Raises NotFound, FieldError, Refused.
    """
    with ctx.write(Verb.USAGE_SETTLE) as tx:
        return settling.settle(tx, source, handle, told)


@retried
def release(ctx: Context, handle: str, why: str = "", source: str = SOURCE) -> Spent:
    """Give a reservation back. Raises NotFound."""
    with ctx.write(Verb.USAGE_RELEASE) as tx:
        return settling.release(tx, source, handle, why)


@retried
def record(ctx: Context, call: UsageRecord, organization_id: int | None = None, source: str = SOURCE) -> Spent:
    """Record one call that was made; an identity that belongs to nobody is held, as an import holds it.

    Raises FieldError, NotFound (an organization out of reach), Conflict (the id came before with other content).
    """
    with ctx.write(Verb.USAGE_RECORD) as tx:
        recorder = _recorder(tx, source, organization_id)
        done = metering.record(tx, recorder, [call])
        if done.refused:
            first = done.refused[0]
            if first.field == "id":
                raise Conflict(f"This id {first.why}.", "Give every call an id of its own.", code="key_taken")
            raise FieldError(first.field, first.why)
        return _told(tx, recorder, call, done)


def _recorder(tx: Tx, source: str, organization_id: int | None) -> Recorder:
    """Where held identities count, and whom the actor may reach."""
    if tx.reach is Reach.EVERYWHERE:
        return Recorder(source, organization_id or NO_ORGANIZATION)
    own = tx.actor.organization_id or NO_ORGANIZATION
    if organization_id not in (None, own):
        raise NotFound("There is no such organization.", "See `sage-tui orgs list`.")
    return Recorder(source, own, only_within=own)


def _told(tx: Tx, recorder: Recorder, call: UsageRecord, done: Recorded) -> Spent:
    organization, user = metering.owner_of(tx, recorder, call.user)
    left = None
    if user > 0:
        row = {"organization_id": organization, "user_id": user, "kind": KIND_CODES[call.kind]}
        left = reservations.remaining(tx, row)
    bumped = next(((one.before, one.after) for one in done.bumped), None)
    return Spent(done.recorded, done.already, done.charge, left, bumped)
