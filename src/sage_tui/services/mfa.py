"""Authenticators, recovery codes, admin mode (product.md, "Signing in and admin mode"; security.md, section 4).

A code is counted as failed and committed before it is checked; accepting it is one UPDATE that moves
`last_step` on, so that two processes with one code have exactly one success.
"""

from dataclasses import dataclass

from sage_tui.clock import to_datetime
from sage_tui.domain import emails, totp
from sage_tui.domain.errors import CodeRefused, Forbidden, NotFound
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import Enrolment, RecoveryCodes, Session
from sage_tui.services import identity, sealing, sessions, throttle
from sage_tui.services.authority import token_hash, token_of
from sage_tui.services.context import Context, retried
from sage_tui.services.people import new_epoch
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx

PENDING = 10 * throttle.MINUTE
NOT_SIX = "Six digits, please (or a recovery code of 24 letters and digits)."


@dataclass(frozen=True, slots=True)
class _Tried:
    """A code that was admitted and counted; what to say if it is wrong."""

    tries_left: int
    pause: int


@retried
def enter_admin(ctx: Context, code: str) -> Session:
    """Enter admin mode with a TOTP or recovery code. Raises CodeRefused, Forbidden (not enrolled), SessionOver."""
    notice = _prove(ctx, Verb.ADMIN_ENTER, code)
    with ctx.write(Verb.ADMIN_ENTER) as tx:
        sessions.enter(tx, ctx, token_of(ctx))
        sessions.log(tx, _user_id(tx), "recovery" if notice.startswith("A recovery") else "admin")
        return sessions.shown(tx, ctx, token_of(ctx), notice)


@retried
def step_up(ctx: Context, code: str) -> Session:
    """Give a fresh code, good for five minutes of acts that ask for one. Raises CodeRefused."""
    notice = _prove(ctx, Verb.STEP_UP, code)
    with ctx.write(Verb.STEP_UP) as tx:
        tx.run(
            "UPDATE session SET step_up_at = :now WHERE token_hash = :token",
            now=tx.now,
            token=token_hash(token_of(ctx)),
        )
        return sessions.shown(tx, ctx, token_of(ctx), notice)


def _prove(ctx: Context, verb: Verb, code: str) -> str:
    """Check a code of the own authenticator, or a recovery code; a notice for the person. Raises CodeRefused."""
    digits, recovery = totp.normalise(code), totp.normalise_recovery(code)
    if digits is None and recovery is None:
        raise CodeRefused(NOT_SIX, code="not_six_digits")
    with ctx.read(verb) as tx:
        _demand_enrolled(_mfa(tx, _user_id(tx)))
    tried = _count(ctx, verb)
    notice = _check(ctx, verb, digits, recovery)
    if notice is None:
        raise _refusal(tried)
    return notice


def _check(ctx: Context, verb: Verb, digits: str | None, recovery: str | None) -> str | None:
    with ctx.write(verb) as tx:
        user_id = _user_id(tx)
        row = _demand_enrolled(_mfa(tx, user_id))
        notice: str | None
        if digits is not None:
            notice = _accept_totp(tx, ctx, row, digits)
        else:
            notice = _accept_recovery(tx, ctx, user_id, recovery or "")
        if notice is None:
            sessions.log(tx, user_id, "code failed")
            if throttle.code_failures(tx, user_id) >= throttle.IN_A_ROW:
                tx.run("UPDATE mfa SET disabled = TRUE WHERE user_id = :user", user=user_id)
            return None
        throttle.code_succeeded(tx, user_id)
        organization = tx.actor.organization_id or 0
        audit.append(tx, organization_id=organization, target=f"user {user_id}", target_user_id=user_id,
                     changes=(("code", None, "authenticator" if digits is not None else "recovery"),))  # fmt: skip
        return notice


def _count(ctx: Context, verb: Verb) -> _Tried:
    """Count a failure and commit it, before anything is checked. Raises CodeRefused while waiting."""
    with ctx.write(verb) as tx:
        user_id = _user_id(tx)
        row = _mfa(tx, user_id)
        if row is not None and row["confirmed"] and totp.step_of(tx.now) < row["last_step"] - 1:
            raise CodeRefused(
                "This host's clock went back: codes cannot be checked.",
                "Set the clock right, or use a recovery code.",
                code="clock_back",
            )
        admitted, left, pause = throttle.admit_code(tx, user_id)
        if not admitted:
            raise CodeRefused(f"Too many wrong codes: wait {_minutes(pause)}.", tries_left=0, code="code_paused")
        return _Tried(left, pause)


def _refusal(tried: _Tried) -> CodeRefused:
    if tried.tries_left:
        tries = "1 try" if tried.tries_left == 1 else f"{tried.tries_left} tries"
        return CodeRefused(
            f"That code was not right. {tries} left, then a pause of 15 minutes or more.", tries_left=tried.tries_left
        )
    return CodeRefused(f"That code was not right. Wait {_minutes(tried.pause)} before the next.", tries_left=0)


def _minutes(micros: int) -> str:
    minutes = -(-micros // throttle.MINUTE)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _accept_totp(tx: Tx, ctx: Context, row: Row, digits: str) -> str | None:
    """Acceptance is the UPDATE: its row count decides (security.md, section 4)."""
    secret = sealing.unseal(ctx.keys, row["user_id"], bytes(row["secret"]), str(row["key_id"]))
    step = totp.step_of(tx.now)
    offset = totp.match(secret, digits, step)
    if offset is None:
        return None
    drifted = row["drifted"] + 1 if offset and offset == row["drift"] else int(offset != 0)
    accepted = tx.run(
        "UPDATE mfa SET last_step = :step, drift = :offset, drifted = :drifted"
        " WHERE user_id = :user AND confirmed = TRUE AND disabled = FALSE AND last_step < :step",
        step=step + offset, offset=offset, drifted=drifted, user=row["user_id"],
    )  # fmt: skip
    if accepted != 1:
        return None
    way = "fast" if offset > 0 else "slow"
    return f"Your authenticator's clock runs 30 seconds {way}: set it right." if drifted >= 3 else ""


def _accept_recovery(tx: Tx, ctx: Context, user_id: int, normalised: str) -> str | None:
    """Use a recovery code once and put a fresh one in its place, which the notice shows."""
    for key_id in ctx.keys.keys:
        used = tx.run(
            "UPDATE recovery_code SET used_at = :now WHERE user_id = :user AND digest = :digest AND used_at IS NULL",
            now=tx.now, user=user_id, digest=sealing.recovery_digest(ctx.keys, normalised, key_id),
        )  # fmt: skip
        if used == 1:
            (fresh,) = _make_codes(tx, ctx, user_id, 1)
            return f"A recovery code was used. In its place, shown once: {fresh.reveal()}"
    return None


def _make_codes(tx: Tx, ctx: Context, user_id: int, count: int) -> tuple[Secret, ...]:
    codes = tuple(totp.make_recovery_code() for _ in range(count))
    tx.many(
        "INSERT INTO recovery_code (user_id, digest, created_at) VALUES (?, ?, ?)",
        [
            (user_id, sealing.recovery_digest(ctx.keys, totp.normalise_recovery(code.reveal()) or ""), tx.now)
            for code in codes
        ],
    )
    return codes


@retried
def begin(ctx: Context) -> Enrolment:
    """A pending secret: ten minutes, tied to this session, without effect until a code confirms it."""
    with ctx.write(Verb.MFA_BEGIN) as tx:
        user_id, secret = _user_id(tx), totp.make_secret()
        sealed, key_id = sealing.seal(ctx.keys, user_id, secret)
        row = _mfa(tx, user_id)
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
    tried = _count(ctx, Verb.MFA_CONFIRM)
    if replaces and _check(ctx, Verb.MFA_CONFIRM, totp.normalise(old_code), totp.normalise_recovery(old_code)) is None:
        raise CodeRefused(
            "The code of your present authenticator was not right.",
            tries_left=tried.tries_left,
            code="old_code_refused",
        )
    codes = _confirm(ctx, digits)
    if codes is None:
        raise _refusal(tried)
    return codes


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
        codes = _renew(tx, ctx, user_id)
        audit.append(
            tx,
            organization_id=tx.actor.organization_id or 0,
            target=f"user {user_id}",
            target_user_id=user_id,
            changes=(("mfa", "off", "on"),),
        )
        return codes


def _pending(tx: Tx, ctx: Context) -> Row:
    row = _mfa(tx, _user_id(tx))
    fresh = row is not None and row["pending_secret"] is not None and (row["pending_until"] or 0) > tx.now
    if row is None or not fresh or bytes(row["pending_session"] or b"") != token_hash(token_of(ctx)):
        raise Forbidden(
            "This set-up is older than ten minutes, or of another session.", "Begin again.", code="enrolment_over"
        )
    return row


@retried
def renew_recovery_codes(ctx: Context, code: str) -> RecoveryCodes:
    """Ten new recovery codes; all earlier ones are void. Needs a code. Raises CodeRefused."""
    _prove(ctx, Verb.RECOVERY_RENEW, code)
    with ctx.write(Verb.RECOVERY_RENEW) as tx:
        user_id = _user_id(tx)
        codes = _renew(tx, ctx, user_id)
        audit.append(
            tx, organization_id=tx.actor.organization_id or 0, target=f"user {user_id}", target_user_id=user_id
        )
        return codes


def _renew(tx: Tx, ctx: Context, user_id: int) -> RecoveryCodes:
    tx.run("DELETE FROM recovery_code WHERE user_id = :user", user=user_id)
    return RecoveryCodes(_make_codes(tx, ctx, user_id, totp.RECOVERY_COUNT))


def demo_code(ctx: Context, email: str = "") -> str | None:
    """The current code of an account of a demo database: of the session's own, or (on the host) of `email`.

    None where there is none to show; empty while every code that would be taken now was used already.
    """
    with ctx.before_anyone(write=False) as tx:
        if not identity.is_demo(tx):
            return None
        row = _demo_row(tx, ctx, email)
        if row is None or not row["confirmed"] or row["secret"] is None:
            return None
        secret = sealing.unseal(ctx.keys, int(row["user_id"]), bytes(row["secret"]), str(row["key_id"]))
        # A used step is not shown again: one step ahead is within the tolerance, two are not.
        now, fresh = totp.step_of(tx.now), int(row["last_step"]) + 1
        return totp.code(secret, max(now, fresh)) if fresh <= now + 1 else ""


def _demo_row(tx: Tx, ctx: Context, email: str) -> Row | None:
    if email:
        return tx.row(
            'SELECT m.* FROM mfa m JOIN "user" u ON u.id = m.user_id WHERE u.email_key = :key', key=emails.key(email)
        )
    return tx.row(
        "SELECT m.* FROM mfa m JOIN session s ON s.user_id = m.user_id WHERE s.token_hash = :token",
        token=token_hash(token_of(ctx)),
    )


@retried
def reset(ctx: Context, email: str = "", *, everyone: bool = False) -> int:
    """On the host: remove the authenticator of one person, or of all. How many were removed. Raises NotFound."""
    with ctx.write(Verb.MFA_RESET) as tx:
        if everyone:
            ids = [int(row[0]) for row in tx.tuples("SELECT user_id FROM mfa ORDER BY user_id")]
        else:
            found = tx.value('SELECT id FROM "user" WHERE email_key = :key', key=emails.key(email))
            if found is None:
                raise NotFound("There is no user with this e-mail.", "See `sage-tui users list`.")
            ids = [int(found)]
        for user_id in ids:
            remove(tx, user_id)
        audit.append(tx, organization_id=0, target="everyone" if everyone else f"user {ids[0]}",
                     target_user_id=None if everyone else ids[0], rows=len(ids))  # fmt: skip
        return len(ids)


def remove(tx: Tx, user_id: int) -> None:
    """A step: authenticator and recovery codes are gone, every session of the person is over."""
    tx.run("DELETE FROM mfa WHERE user_id = :user", user=user_id)
    tx.run("DELETE FROM recovery_code WHERE user_id = :user", user=user_id)
    tx.run('UPDATE "user" SET mfa = FALSE WHERE id = :user', user=user_id)
    throttle.code_succeeded(tx, user_id)
    new_epoch(tx, user_id)


def _mfa(tx: Tx, user_id: int) -> Row | None:
    rows = (
        tx.lock("SELECT * FROM mfa WHERE user_id = :user", user=user_id)
        if tx.command_id
        else tx.rows("SELECT * FROM mfa WHERE user_id = :user", user=user_id)
    )
    return rows[0] if rows else None


def _demand_enrolled(row: Row | None) -> Row:
    if row is None or not row["confirmed"]:
        raise Forbidden(
            "Administrators need an authenticator: set one up first.",
            "Security, on the member home.",
            code="mfa_needed",
        )
    if row["disabled"]:
        raise Forbidden(
            "This authenticator is disabled after a hundred wrong codes.",
            "Ask an operator to reset it.",
            code="mfa_disabled",
        )
    return row


def _user_id(tx: Tx) -> int:
    if tx.actor.user_id is None:
        raise Forbidden("This is done by a person who signed in.")
    return tx.actor.user_id
