"""Enrolling an authenticator, and its recovery codes (product.md, "Signing in and admin mode")."""

from sage_tui.clock import to_datetime
from sage_tui.domain import totp
from sage_tui.domain.errors import CodeRefused, Forbidden
from sage_tui.domain.permissions import Verb
from sage_tui.domain.sessions import Enrolment, RecoveryCodes
from sage_tui.services import codes, identity, sealing, sessions, throttle
from sage_tui.services.authority import token_hash, token_of
from sage_tui.services.context import Context, retried
from sage_tui.services.people import new_epoch
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx

PENDING = 10 * throttle.MINUTE
"""How long a pending secret waits for its first code."""


@retried
def begin(ctx: Context) -> Enrolment:
    """A pending secret: ten minutes, tied to this session, without effect until a code confirms it."""
    with ctx.write(Verb.MFA_BEGIN) as tx:
        user_id, secret = codes.user_id_of(tx), totp.make_secret()
        sealed, key_id = sealing.seal(ctx.keys, user_id, secret)
        row = codes.row_of(tx, user_id)
        if row is None:
            tx.run("INSERT INTO mfa (user_id) VALUES (:user) ON CONFLICT (user_id) DO NOTHING", user=user_id)
        tx.run(
            "UPDATE mfa SET pending_secret = :secret, pending_key_id = :key, pending_until = :until,"
            " pending_session = :session"
            " WHERE user_id = :user",
            secret=sealed, key=key_id, until=tx.now + PENDING, session=token_hash(token_of(ctx)), user=user_id,
        )  # fmt: skip
        confirmed = row is not None and bool(row["confirmed"])
        return Enrolment(secret, totp.url(secret, tx.actor.email), to_datetime(tx.now + PENDING), confirmed)


@retried
def confirm(ctx: Context, code: str, old_code: str = "") -> RecoveryCodes:
    """Confirm the pending secret with its first code; ten recovery codes, to be shown once.

    Replacing an authenticator needs a code of the old one, or a recovery code. The confirming code's step is
    used up: it does not open admin mode. Raises CodeRefused, Forbidden.
    """
    digits = totp.normalise(code)
    if digits is None:
        raise CodeRefused("Six digits, please.", code="not_six_digits")
    with ctx.read(Verb.MFA_CONFIRM) as tx:
        row = _pending(tx, ctx)
        replaces = bool(row["confirmed"])
        old = totp.normalise(old_code), totp.normalise_recovery(old_code)
        if replaces:
            codes.not_used(tx, ctx, row, old[0])
    tried = codes.count(ctx, Verb.MFA_CONFIRM)
    if replaces and codes.check(ctx, Verb.MFA_CONFIRM, *old) is None:
        raise CodeRefused(
            "The code of your present authenticator was not right.",
            tries_left=tried.tries_left,
            code="old_code_refused",
        )
    made = _confirm(ctx, digits)
    if made is None:
        raise codes.refusal(tried)
    return made


def _confirm(ctx: Context, digits: str) -> RecoveryCodes | None:
    with ctx.write(Verb.MFA_CONFIRM) as tx:
        row = _pending(tx, ctx)
        user_id = int(row["user_id"])
        secret = sealing.unseal(ctx.keys, user_id, bytes(row["pending_secret"]), str(row["pending_key_id"]))
        step = totp.step_of(tx.now)
        offset = totp.match(secret, digits, step)
        if offset is None:
            return None
        tx.run(
            "UPDATE mfa SET confirmed = TRUE, disabled = FALSE, secret = pending_secret, key_id ="
            " pending_key_id, last_step = :step,"
            " drift = 0, drifted = 0, confirmed_at = :now, pending_secret = NULL, pending_until = NULL,"
            " pending_session = NULL"
            " WHERE user_id = :user",
            step=step + offset, now=tx.now, user=user_id,
        )  # fmt: skip
        tx.run('UPDATE "user" SET mfa = TRUE WHERE id = :user', user=user_id)
        throttle.code_succeeded(tx, user_id)
        new_epoch(tx, user_id)
        sessions.keep_epoch(tx, token_of(ctx), user_id)
        made = _renew(tx, ctx, user_id)
        audit.append(
            tx,
            organization_id=tx.actor.organization_id or 0,
            target=f"user {user_id}",
            target_user_id=user_id,
            changes=(("mfa", "off", "on"),),
        )
        return made


def demo_code(ctx: Context) -> str | None:
    """The code that a demo's pending secret gives now; None in any other database, or where none is pending."""
    with ctx.before_anyone(write=False) as tx:
        if not identity.is_demo(tx):
            return None
        row = tx.row(
            "SELECT user_id, pending_secret, pending_key_id FROM mfa WHERE pending_session = :session"
            " AND pending_secret IS NOT NULL AND pending_until > :now",
            session=token_hash(token_of(ctx)), now=tx.now,
        )  # fmt: skip
        if row is None:
            return None
        secret = sealing.unseal(ctx.keys, int(row["user_id"]), bytes(row["pending_secret"]), str(row["pending_key_id"]))
        return totp.code(secret, totp.step_of(tx.now))


def _pending(tx: Tx, ctx: Context) -> Row:
    row = codes.row_of(tx, codes.user_id_of(tx))
    fresh = row is not None and row["pending_secret"] is not None and (row["pending_until"] or 0) > tx.now
    if row is None or not fresh or bytes(row["pending_session"] or b"") != token_hash(token_of(ctx)):
        raise Forbidden(
            "This set-up is older than ten minutes, or of another session.", "Begin again.", code="enrolment_over"
        )
    return row


@retried
def renew_recovery_codes(ctx: Context, code: str) -> RecoveryCodes:
    """Ten new recovery codes; all earlier ones are void. Needs a code. Raises CodeRefused."""
    codes.prove(ctx, Verb.RECOVERY_RENEW, code)
    with ctx.write(Verb.RECOVERY_RENEW) as tx:
        user_id = codes.user_id_of(tx)
        made = _renew(tx, ctx, user_id)
        audit.append(
            tx, organization_id=tx.actor.organization_id or 0, target=f"user {user_id}", target_user_id=user_id
        )
        return made


def _renew(tx: Tx, ctx: Context, user_id: int) -> RecoveryCodes:
    tx.run("DELETE FROM recovery_code WHERE user_id = :user", user=user_id)
    return RecoveryCodes(codes.make_codes(tx, ctx, user_id, totp.RECOVERY_COUNT))
