"""Ways back in for people who are locked out: unlock, a new authenticator, a one-time password."""

from collections.abc import Sequence

from sage_tui.domain import passwords
from sage_tui.domain.errors import Refused
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.services import hashing, mfa, people, throttle
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx


@retried
def unlock(ctx: Context, email: str) -> int:
    """Forget a person's failed sign-ins and codes; how many counters there were. Raises NotFound."""
    with ctx.write(Verb.USERS_UNLOCK) as tx:
        found = people.find(tx, email)
        gone = throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
        tx.run("UPDATE mfa SET disabled = FALSE WHERE user_id = :id", id=found["id"])
        tx.run('UPDATE "user" SET password_disabled = FALSE WHERE id = :id', id=found["id"])
        _audit(tx, found)
        return gone


@retried
def reset_mfa(ctx: Context, email: str) -> bool:
    """Remove a person's authenticator and recovery codes; their sessions end. Raises NotFound, StepUpNeeded.

    False when there was none: then nothing was done.
    """
    with ctx.write(Verb.USERS_RESET_MFA) as tx:
        found = people.find(tx, email)
        _not_above(tx, found)
        if not tx.value("SELECT 1 FROM mfa WHERE user_id = :id", id=found["id"]):
            return False
        mfa.remove(tx, int(found["id"]))
        _audit(tx, found, (("mfa", "on" if found["mfa"] else "off", "off"),))
        return True


@retried
def reset_password(ctx: Context, email: str) -> Secret:
    """Give a person a one-time password (72 h), shown once; their sessions end. Raises NotFound, StepUpNeeded."""
    fresh = passwords.make_one_time()
    hashed = hashing.hash_password(ctx.hashing, fresh)
    with ctx.write(Verb.USERS_RESET_PASSWORD) as tx:
        found = people.find(tx, email)
        _not_above(tx, found)
        verified = bool(found["verified"])
        set_one_time(tx, int(found["id"]), hashed)
        people.new_epoch(tx, int(found["id"]))
        throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
        _audit(tx, found, () if verified else (("verified", "no", "yes"),))
        return fresh


def _not_above(tx: Tx, found: Row) -> None:
    """An administrator's reach holds no operators already; oneself is done on the member home."""
    if tx.actor.user_id is not None and tx.actor.user_id == found["id"]:
        raise Refused("This is your own account.", "Use the member home: Security.", code="own_account")


def _audit(tx: Tx, found: Row, changes: Sequence[tuple[str, str | None, str | None]] = ()) -> None:
    audit.append(
        tx,
        organization_id=int(found["organization_id"]),
        target=f"user {found['id']}",
        target_user_id=int(found["id"]),
        changes=changes,
    )


def set_one_time(tx: Tx, user_id: int, hashed: str) -> None:
    """A step: a one-time password that opens the change of it, for 72 hours.

    It is handed over by an administrator who knows the person: that verifies the address.
    """
    tx.run(
        'UPDATE "user" SET password_hash = :hash, password_one_time = TRUE, password_disabled = FALSE, verified = TRUE,'
        " password_expires_at = :until WHERE id = :id",
        hash=hashed, until=tx.now + passwords.ONE_TIME_HOURS * 3600 * 1_000_000, id=user_id,
    )  # fmt: skip
