"""Ways back in for people who are locked out: unlock, a new authenticator, a one-time password.

Each takes any number of e-mails: one transaction, all or nothing, and an entry of its own for each person.
"""

from collections.abc import Sequence

from sage_tui.domain import passwords
from sage_tui.domain.errors import FieldError, NotFound, Refused
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import clean
from sage_tui.domain.users import Helped
from sage_tui.services import hashing, mfa, people, throttle
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx

AT_ONCE = 1_000
"""E-mails that one call takes: hashing that many passwords takes minutes."""


@retried
def unlock(ctx: Context, *emails: str) -> Helped:
    """Forget people's failed sign-ins and codes. Raises NotFound."""
    with ctx.write(Verb.USERS_UNLOCK) as tx:
        everybody = _found(tx, emails)
        for found in everybody:
            throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
            tx.run("UPDATE mfa SET disabled = FALSE WHERE user_id = :id", id=found["id"])
            tx.run('UPDATE "user" SET password_disabled = FALSE WHERE id = :id', id=found["id"])
            _audit(tx, found)
        return Helped(_emails(everybody))


@retried
def reset_mfa(ctx: Context, *emails: str) -> Helped:
    """Remove authenticators and recovery codes; those people's sessions end. Raises NotFound, StepUpNeeded.

    Who has none is skipped.
    """
    with ctx.write(Verb.USERS_RESET_MFA) as tx:
        changed, skipped = [], []
        for found in _found(tx, emails):
            _not_above(tx, found)
            if not tx.value("SELECT 1 FROM mfa WHERE user_id = :id", id=found["id"]):
                skipped.append(found)
                continue
            mfa.remove(tx, int(found["id"]))
            _audit(tx, found, (("mfa", "on" if found["mfa"] else "off", "off"),))
            changed.append(found)
        return Helped(_emails(changed), _emails(skipped))


@retried
def reset_cac(ctx: Context, *emails: str) -> Helped:
    """Take smart cards away; those people's sessions end. Raises NotFound, StepUpNeeded. Who has none is skipped."""
    with ctx.write(Verb.USERS_RESET_CAC) as tx:
        changed, skipped = [], []
        for found in _found(tx, emails):
            _not_above(tx, found)
            if not found["cac"]:
                skipped.append(found)
                continue
            tx.run('UPDATE "user" SET cac = FALSE WHERE id = :id', id=found["id"])
            people.new_epoch(tx, int(found["id"]))
            _audit(tx, found, (("cac", "on", "off"),))
            changed.append(found)
        return Helped(_emails(changed), _emails(skipped))


@retried
def reset_password(ctx: Context, *emails: str) -> tuple[tuple[str, Secret], ...]:
    """A one-time password (72 h) for each, shown once; their sessions end. Raises NotFound, StepUpNeeded."""
    _check(emails)
    # Hashed before the transaction: nobody else waits for the lock meanwhile.
    fresh = [passwords.make_one_time() for _ in emails]
    hashes = [hashing.hash_password(ctx.hashing, secret) for secret in fresh]
    given = []
    with ctx.write(Verb.USERS_RESET_PASSWORD) as tx:
        for found, secret, hashed in zip(_found(tx, emails), fresh, hashes, strict=False):
            _not_above(tx, found)
            verified = bool(found["verified"])
            set_one_time(tx, int(found["id"]), hashed)
            people.new_epoch(tx, int(found["id"]))
            throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
            _audit(tx, found, () if verified else (("verified", "no", "yes"),))
            given.append((str(found["email"]), secret))
        return tuple(given)


def _check(emails: Sequence[str]) -> None:
    if not emails:
        raise FieldError("email", "none was given")
    if len(emails) > AT_ONCE:
        raise FieldError("email", f"at most {AT_ONCE:,} at once")


def _found(tx: Tx, emails: Sequence[str]) -> list[Row]:
    """All of them, each once, before anything is done to one. Raises NotFound."""
    _check(emails)
    rows: dict[int, Row] = {}
    for email in emails:
        try:
            row = people.find(tx, email)
        except NotFound as error:
            if len(emails) == 1:
                raise
            raise NotFound(f"There is no user {clean(email, limit=100)}: nothing was done.", error.hint) from error
        rows.setdefault(int(row["id"]), row)
    return list(rows.values())


def _emails(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(str(row["email"]) for row in rows)


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
