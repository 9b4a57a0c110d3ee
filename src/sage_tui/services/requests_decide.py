"""Deciding requests: approve, deny, approve all that fit. One transaction, one batch, one audit entry each.

The pools are locked first and the requests then, so that of two administrators one decides and the other learns what
was decided (security.md, section 6).
"""

from collections.abc import Sequence

from sage_tui.domain.errors import PoolTooSmall, Refused, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import WHY, Field
from sage_tui.domain.requests import NOTE_LIMIT, Approve, Decided, Decision, Deny, Lasts, Status, granted, written
from sage_tui.domain.text import accept
from sage_tui.domain.units import Kind
from sage_tui.services import allocations, planning, requests_granting
from sage_tui.services.context import Context, retried
from sage_tui.services.requests_granting import Grant, Hanging, Terms
from sage_tui.services.requests_hanging import decision_of
from sage_tui.store import plans as store
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx


@retried
def approve(ctx: Context, command: Approve) -> Decided:
    """Grant requests of one organization, as asked or in part: their limits are raised at once, all or none.

    Own requests and those of people who left are passed over. Raises NotFound, Conflict (decided already, by whom),
    PoolTooSmall (with the shortfall and what fits), Refused (the own one), WrongUse (an amount, a date, the name is
    asked for, several organizations), FieldError.
    """
    note = _noted(command.note)
    ctx = ctx if ctx.reason else ctx.because(note)
    with ctx.write(Verb.REQUESTS_APPROVE) as tx:
        _check_until(tx, command)
        organization_id, rows = requests_granting.pending(tx, command.ids)
        rows, over = _ours(tx, organization_id, rows, granting=True)
        _check_amount(tx, organization_id, rows, command.amount)
        grants = [_grant(row, command.amount) for row in rows]
        terms = Terms(command.lasts, command.until, note, activate=command.activate)
        plan_id = allocations.open_plan(tx, organization_id, Verb.REQUESTS_APPROVE.value)
        requests_granting.grant(tx, organization_id, plan_id, grants, terms)
        try:
            consent = Consent(name=command.name, yes=command.yes)
            return requests_granting.finish(tx, organization_id, plan_id, consent, over)
        except PoolTooSmall as error:
            raise _too_small(tx, organization_id, grants, error) from error


def _noted(note: str) -> str:
    return accept("note", note.strip(), NOTE_LIMIT, multiline=True)


def _check_until(tx: Tx, command: Approve) -> None:
    if (command.lasts is Lasts.UNTIL) is not (command.until is not None):
        raise WrongUse("A grant until a date needs the date, and no other has one.", "--until 2026-12-24")
    if command.until is not None and command.until <= tx.now:
        raise WrongUse("until: this time is over already", "Give a day that is to come.")


def _ours(tx: Tx, organization_id: int, rows: Sequence[Row], *, granting: bool) -> tuple[list[Row], dict[int, str]]:
    """The requests that may be decided by whoever acts, and why the others may not. Raises Refused where none may."""
    because = planning.who_acts(tx, organization_id)
    members = store.by_number(tx, organization_id, (int(row["user_id"]) for row in rows))
    over: dict[int, str] = {}
    for row in rows:
        if because.others and row["user_id"] == because.actor_id:
            over[int(row["id"])] = "self_decision"
        elif granting and int(row["user_id"]) not in members:
            over[int(row["id"])] = "ended"
    left = [row for row in rows if int(row["id"]) not in over]
    if not left:
        why = next(iter(over.values()))
        raise Refused(f"Request {next(iter(over))}: {WHY[why]}.", "Nothing was decided.", code=why)
    return left, over


def _grant(row: Row, amount: int | None) -> Grant:
    how_much = granted(int(row["amount"]), amount)
    before = written(decision_of(row))
    return Grant(int(row["id"]), int(row["user_id"]), Kind(KINDS[row["kind"]]), how_much, before)


def _check_amount(tx: Tx, organization_id: int, rows: Sequence[Row], amount: int | None) -> None:
    """Raises PoolTooSmall where more is to be granted than was asked for and than fits: what may be had is told."""
    room = dict(requests_granting.room_of(tx, organization_id))
    for row in rows:
        kind, asked = Kind(KINDS[row["kind"]]), int(row["amount"])
        if amount is not None and amount > max(asked, room[kind]):
            fits = max(room[kind], 0)
            said = (
                f"The {kind.value} pool is too small: {amount - fits:,} tokens are missing."
                f" {amount:,} are to be granted, {asked:,} were asked for, {fits:,} fit."
            )
            raise PoolTooSmall(
                said, _hint(int(row["id"]), min(asked, fits)), kind=kind.value, shortfall=amount - fits, fits=fits
            )


def _hint(number: int, most: int) -> str:
    """How to grant what may be granted of one request."""
    if most > 0:
        return f"At most {most:,}: `sage-tui requests approve {number} --amount {most}`. Nothing was saved."
    return "Lower others, or ask the operator for more: `sage-tui purchases request`. Nothing was saved."


def _too_small(tx: Tx, organization_id: int, grants: Sequence[Grant], error: PoolTooSmall) -> PoolTooSmall:
    """The same with what would fit."""
    hint = "Approve all that fit, or ask the operator for more: `sage-tui purchases request`. Nothing was saved."
    if len(grants) == 1:
        hint = _hint(grants[0].id, dict(requests_granting.room_of(tx, organization_id))[grants[0].kind])
    return PoolTooSmall(error.message, hint, kind=error.kind, shortfall=error.shortfall, fits=error.fits)


@retried
def deny(ctx: Context, command: Deny) -> Decided:
    """Refuse requests of one organization; limits stay as they are.

    Raises NotFound, Conflict (decided already, by whom), Refused (the own one), WrongUse, FieldError.
    """
    note = _noted(command.note)
    ctx = ctx if ctx.reason else ctx.because(note)
    with ctx.write(Verb.REQUESTS_DENY) as tx:
        organization_id, rows = requests_granting.pending(tx, command.ids)
        rows, over = _ours(tx, organization_id, rows, granting=False)
        plan_id = allocations.open_plan(tx, organization_id, Verb.REQUESTS_DENY.value)
        after = written(Decision(Status.DENIED, note=note))
        requests_granting.put(tx, organization_id, plan_id, [_denied(row, after) for row in rows])
        consent = Consent(name=command.name, yes=command.yes)
        return requests_granting.finish(tx, organization_id, plan_id, consent, over)


def _denied(row: Row, after: str) -> Hanging:
    return Hanging(int(row["user_id"]), f"{Field.REQUEST} {row['id']}", written(decision_of(row)), after, "decided")
