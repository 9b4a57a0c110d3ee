"""How a reservation ends: settled with what the call took, or released. Safe twice, late, and after expiry. Steps."""

from typing import Any

from sage_tui.domain import text
from sage_tui.domain.errors import FieldError, Refused, WrongUse
from sage_tui.domain.spending import Bumped, Certainty, Settlement, Spent, checked
from sage_tui.domain.usage import STATUSES
from sage_tui.services import charging, reservations
from sage_tui.store import recording
from sage_tui.store import reservations as store
from sage_tui.store.recording import CERTAINTY, CHARGE, Event
from sage_tui.store.transaction import Tx

RELEASES = ("failure", "refused")


def settle(tx: Tx, source: str, handle: str, told: Settlement) -> Spent:
    """Charge what the call took and take the hold off; the month is that of the reserving.

    A second settlement counts only if it is surer, as the difference; after a release or an expiry any one counts, so
    that a failure never hides a later success. Raises NotFound, FieldError, Refused (the call was refused).
    """
    _check(told)
    row = reservations.find(tx, source, handle)
    if row["status"] == store.REFUSED:
        raise Refused("The call of this key was refused: nothing is held.", "Reserve with a new key.", code="refused")
    # What is held has no activity yet: it gets one when it ends, in whatever way.
    before = None if row["status"] == store.HELD else recording.stored(tx, row["organization_id"], bytes(row["id"]))
    if before is not None and _stands(tx, row, before, told):
        return Spent(0, 1, int(before[CHARGE]), reservations.remaining(tx, row))
    after = _event(tx, row, told)
    left = None
    if before is None:
        bumped = charging.write(tx, [after])
        left = reservations.give_back(tx, row)
    else:
        bumped = charging.amend(tx, before, after)
    store.close(tx, row["organization_id"], bytes(row["id"]), store.SETTLED)
    return Spent(1, 0, int(after[CHARGE]), reservations.remaining(tx, row) if left is None else left, _own(row, bumped))


def release(tx: Tx, source: str, handle: str, why: str = "", status: str = "failure") -> Spent:
    """Take the hold off: the call came to nothing. What has ended already stays as it is. Raises NotFound, WrongUse."""
    if status not in RELEASES:
        raise WrongUse("status: a release is a failure or refused")
    row = reservations.find(tx, source, handle)
    if row["status"] != store.HELD:
        before = recording.stored(tx, row["organization_id"], bytes(row["id"]))
        return Spent(0, 1, int(before[CHARGE]) if before else 0, reservations.remaining(tx, row))
    charging.write(tx, [reservations.event(tx, row, status=status)])
    left = reservations.give_back(tx, row)
    store.close(tx, row["organization_id"], bytes(row["id"]), store.RELEASED, text.machine(why))
    return Spent(1, 0, 0, reservations.remaining(tx, row) if left is None else left)


def _check(told: Settlement) -> None:
    prompt, cached = checked("prompt_tokens", told.prompt), checked("cached_tokens", told.cached)
    checked("completion_tokens", told.completion)
    if cached > prompt:
        raise FieldError("cached_tokens", "is more than the prompt, of which it is a part")
    if told.status not in STATUSES:
        raise WrongUse("status: is none that a call ends with", f"Write {', '.join(STATUSES)}.")


def _stands(tx: Tx, row: dict[str, Any], before: Event, told: Settlement) -> bool:
    """Does what is recorded stay? Where it is as sure, and where it was corrected since: corrections went by it."""
    settled = row["status"] == store.SETTLED and told.certainty <= int(before[CERTAINTY])
    return settled or recording.is_corrected(tx, row["organization_id"], bytes(row["id"]))


def _event(tx: Tx, row: dict[str, Any], told: Settlement) -> Event:
    # Where a client hung up, a count of what was sent is a guess: the prompt was at least what was reserved for it.
    estimated = told.certainty is Certainty.ESTIMATED
    prompt = max(told.prompt, int(row["prompt_estimate"])) if estimated else told.prompt
    tokens = (prompt, told.cached, told.completion)
    return reservations.event(
        tx, row, tokens=tokens, charge=reservations.price(tx, row, tokens), status=told.status,
        certainty=told.certainty, latency_ms=told.latency_ms,
        provider_id=None if told.provider_id is None else text.machine(told.provider_id),
    )  # fmt: skip


def _own(row: dict[str, Any], bumped: tuple[Bumped, ...]) -> tuple[int, int] | None:
    found = next((one for one in bumped if one.user_id == row["user_id"]), None)
    return (found.before, found.after) if found else None
