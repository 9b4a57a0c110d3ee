"""Codes of authenticators and recovery codes, checked (security.md, section 4); what mfa and enrolment share.

A code is counted as failed and committed before it is checked; accepting it is one UPDATE that moves `last_step` on,
so that two processes with one code have exactly one success. The code of the last accepted step opens nothing and is
no failure either: who gives it had it, and is told to wait for the next. These are parts of verbs, given the verb
that they are for: each opens transactions of its own, for the count outlives a check that fails.
"""

from dataclasses import dataclass

from sage_tui.domain import totp
from sage_tui.domain.errors import CodeRefused, Forbidden
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.services import sealing, sessions, throttle
from sage_tui.services.context import Context
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx

NOT_SIX = "Six digits, please (or a recovery code of 24 letters and digits)."


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that was admitted and counted; what to say if it is wrong."""

    tries_left: int
    pause: int


def prove(ctx: Context, verb: Verb, code: str) -> str:
    """Check a code of the own authenticator, or a recovery code; a notice for the person. Raises CodeRefused."""
    digits, recovery = totp.normalise(code), totp.normalise_recovery(code)
    if digits is None and recovery is None:
        raise CodeRefused(NOT_SIX, code="not_six_digits")
    with ctx.read(verb) as tx:
        not_used(tx, ctx, demand_enrolled(row_of(tx, user_id_of(tx))), digits)
    tried = count(ctx, verb)
    notice = check(ctx, verb, digits, recovery)
    if notice is None:
        raise refusal(tried)
    return notice


def not_used(tx: Tx, ctx: Context, row: Row, digits: str | None) -> None:
    """A step: refuse the very code that was accepted last, before it counts. Raises CodeRefused.

    While a pause runs nothing is said of any code, right or used.
    """
    if digits is None or throttle.code_waits(tx, row["user_id"]):
        return
    if _step(tx, ctx, row, digits) == row["last_step"]:
        raise used()


def used() -> CodeRefused:
    """What is said of a right code whose step is over, because it or a later one was accepted."""
    return CodeRefused("This code was used already.", "Wait for the next one: at most 30 seconds.", code="code_used")


def check(ctx: Context, verb: Verb, digits: str | None, recovery: str | None) -> str | None:
    """Accept a code that was counted, or not: a notice for the person, None for a wrong code.

    Raises Forbidden, and CodeRefused for a right code that was used: the last one is taken from the failures again.
    """
    with ctx.write(verb) as tx:
        user_id = user_id_of(tx)
        row = demand_enrolled(row_of(tx, user_id))
        notice, spent = None, False
        if digits is not None:
            step = _step(tx, ctx, row, digits)
            spent = step is not None and step <= row["last_step"]
            notice = None if step is None else _accept_totp(tx, row, step)
        else:
            notice = _accept_recovery(tx, ctx, user_id, recovery or "")
        if notice is not None:
            throttle.code_succeeded(tx, user_id)
            organization = tx.actor.organization_id or 0
            audit.append(tx, organization_id=organization, target=f"user {user_id}", target_user_id=user_id,
                         changes=(("code", None, "authenticator" if digits is not None else "recovery"),))  # fmt: skip
        elif spent and step == row["last_step"]:
            throttle.code_uncounted(tx, user_id)  # another process was faster with it
        else:
            sessions.log(tx, user_id, "code failed")
            if throttle.code_failures(tx, user_id) >= throttle.IN_A_ROW:
                tx.run("UPDATE mfa SET disabled = TRUE WHERE user_id = :user", user=user_id)
    if spent:
        raise used()
    return notice


def count(ctx: Context, verb: Verb) -> Tried:
    """Count a failure and commit it, before anything is checked. Raises CodeRefused while waiting."""
    with ctx.write(verb) as tx:
        user_id = user_id_of(tx)
        row = row_of(tx, user_id)
        if row is not None and row["confirmed"] and totp.step_of(tx.now) < row["last_step"] - 1:
            raise CodeRefused(
                "This host's clock went back: codes cannot be checked.",
                "Set the clock right, or use a recovery code.",
                code="clock_back",
            )
        admitted, left, pause = throttle.admit_code(tx, user_id)
        if not admitted:
            raise CodeRefused(f"Too many wrong codes: wait {_minutes(pause)}.", tries_left=0, code="code_paused")
        return Tried(left, pause)


def refusal(tried: Tried) -> CodeRefused:
    """What is said of a wrong code: tries left, or how long to wait."""
    if tried.tries_left:
        tries = "1 try" if tried.tries_left == 1 else f"{tried.tries_left} tries"
        return CodeRefused(
            f"That code was not right. {tries} left, then a pause of 15 minutes or more.", tries_left=tried.tries_left
        )
    return CodeRefused(f"That code was not right. Wait {_minutes(tried.pause)} before the next.", tries_left=0)


def _minutes(micros: int) -> str:
    minutes = -(-micros // throttle.MINUTE)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _step(tx: Tx, ctx: Context, row: Row, digits: str) -> int | None:
    """The step that this is the code of, used or not; None for a wrong code."""
    secret = sealing.unseal(ctx.keys, row["user_id"], bytes(row["secret"]), str(row["key_id"]))
    now = totp.step_of(tx.now)
    offset = totp.match(secret, digits, now)
    return None if offset is None else now + offset


def _accept_totp(tx: Tx, row: Row, step: int) -> str | None:
    """Acceptance is the UPDATE: its row count decides (security.md, section 4)."""
    offset = step - totp.step_of(tx.now)
    drifted = row["drifted"] + 1 if offset and offset == row["drift"] else int(offset != 0)
    accepted = tx.run(
        "UPDATE mfa SET last_step = :step, drift = :offset, drifted = :drifted"
        " WHERE user_id = :user AND confirmed = TRUE AND disabled = FALSE AND last_step < :step",
        step=step, offset=offset, drifted=drifted, user=row["user_id"],
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
            (fresh,) = make_codes(tx, ctx, user_id, 1)
            return f"A recovery code was used. In its place, shown once: {fresh.reveal()}"
    return None


def make_codes(tx: Tx, ctx: Context, user_id: int, count: int) -> tuple[Secret, ...]:
    """A step: fresh recovery codes; the database keeps their digests only."""
    codes = tuple(totp.make_recovery_code() for _ in range(count))
    tx.many(
        "INSERT INTO recovery_code (user_id, digest, created_at) VALUES (?, ?, ?)",
        [
            (user_id, sealing.recovery_digest(ctx.keys, totp.normalise_recovery(code.reveal()) or ""), tx.now)
            for code in codes
        ],
    )
    return codes


def row_of(tx: Tx, user_id: int) -> Row | None:
    """A step: the person's authenticator, confirmed or not; locked where something is written."""
    rows = (
        tx.lock("SELECT * FROM mfa WHERE user_id = :user", user=user_id)
        if tx.command_id
        else tx.rows("SELECT * FROM mfa WHERE user_id = :user", user=user_id)
    )
    return rows[0] if rows else None


def demand_enrolled(row: Row | None) -> Row:
    """The authenticator, which must be confirmed and not disabled. Raises Forbidden."""
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


def user_id_of(tx: Tx) -> int:
    """A step: the number of the person who acts. Raises Forbidden where it is the host."""
    if tx.actor.user_id is None:
        raise Forbidden("This is done by a person who signed in.")
    return tx.actor.user_id
