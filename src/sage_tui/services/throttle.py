"""Waiting after failures (security.md, sections 3 and 4). Steps: the failure is counted before the check.

Four counters: per account and origin, per origin, per account over all origins, per account from known
origins. Failures from elsewhere never block an origin that signed in before, so nobody locks out everyone.
"""

from dataclasses import dataclass

from sage_tui.store.transaction import Row, Tx

SECOND = 1_000_000
MINUTE = 60 * SECOND
FREE = 5
PAIR_FIRST, PAIR_MOST = 30 * SECOND, 15 * MINUTE
ORIGIN_FREE, ORIGIN_WINDOW = 30, 15 * MINUTE
ELSEWHERE_PAUSE = MINUTE
IN_A_ROW = 100
"""NIST's limit: failures in a row after which the way is shut until reset."""

CODE_FREE, CODE_FIRST, CODE_MOST = 5, 15 * MINUTE, 24 * 60 * MINUTE
KNOWN_FOR = 30 * 24 * 60 * MINUTE
"""An origin that signed in within this time is known."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who tries, and from where. `account` is the folded e-mail: of nobody, too, so that all wait alike."""

    account: str
    origin: str
    known: bool

    @property
    def pair(self) -> str:
        """Account and origin together."""
        return f"{self.account}\n{self.origin}"


def admit(tx: Tx, who: Subject) -> bool:
    """May this attempt be checked? If so it is counted as failed, now; refused attempts do not count."""
    if _waits(tx, "pair", who.pair) or _waits(tx, "origin", who.origin):
        return False
    if not who.known:
        row = _get(tx, "account", who.account)
        if row is not None and (row["locked_until"] > tx.now or row["failures"] >= IN_A_ROW):
            return False
    _count_pair(tx, who)
    _count_origin(tx, who)
    failures = _count(tx, "known" if who.known else "account", who.account)
    if not who.known and failures >= FREE:
        _pause(tx, "account", who.account, tx.now + ELSEWHERE_PAUSE)
    return True


def exhausted(tx: Tx, who: Subject) -> bool:
    """Did known origins fail a hundred times in a row? Then the password is disabled until reset."""
    row = _get(tx, "known", who.account)
    return row is not None and row["failures"] >= IN_A_ROW


def succeeded(tx: Tx, who: Subject) -> None:
    """A success clears the account's counters and takes its own attempt back from the origin's."""
    for kind, subject in (("pair", who.pair), ("account", who.account), ("known", who.account)):
        tx.run("DELETE FROM throttle WHERE kind = :kind AND subject = :subject", kind=kind, subject=subject)
    tx.run(
        "UPDATE throttle SET failures = failures - 1 WHERE kind = 'origin' AND subject = :subject AND failures > 0",
        subject=who.origin,
    )


def unlock(tx: Tx, account: str, user_id: int) -> int:
    """Forget all failures of an account; how many counters there were."""
    return tx.run(
        "DELETE FROM throttle WHERE (kind IN ('account', 'known') AND subject = :account)"
        " OR (kind = 'pair' AND subject LIKE :pairs ESCAPE '!') OR (kind IN ('code', 'old') AND subject = :user)",
        account=account, pairs=_like(account) + "\n%", user=str(user_id),
    )  # fmt: skip


def admit_code(tx: Tx, user_id: int, kind: str = "code") -> tuple[bool, int, int]:
    """May a code be checked? (admitted, tries left after this one, microseconds to wait). Counted as failed, now.

    The old password of somebody who changes it is counted the same way, as `kind` "old".
    """
    row = _get(tx, kind, str(user_id))
    if row is not None and row["locked_until"] > tx.now:
        return False, 0, int(row["locked_until"]) - tx.now
    failures = _count(tx, kind, str(user_id))
    left = -failures % CODE_FREE
    pause = 0
    if left == 0:
        pause = min(CODE_FIRST * 2 ** min(failures // CODE_FREE - 1, 10), CODE_MOST)
        _pause(tx, kind, str(user_id), tx.now + pause)
    return True, left, pause


def code_failures(tx: Tx, user_id: int) -> int:
    """Wrong codes in a row."""
    row = _get(tx, "code", str(user_id))
    return int(row["failures"]) if row is not None else 0


def code_waits(tx: Tx, user_id: int) -> bool:
    """Is a pause after wrong codes running? Read without a lock."""
    until = tx.value("SELECT locked_until FROM throttle WHERE kind = 'code' AND subject = :user", user=str(user_id))
    return until is not None and int(until) > tx.now


def code_uncounted(tx: Tx, user_id: int) -> None:
    """What was counted before it was checked turned out to be no failure."""
    tx.run(
        "UPDATE throttle SET failures = failures - 1 WHERE kind = 'code' AND subject = :user AND failures > 0",
        user=str(user_id),
    )


def code_succeeded(tx: Tx, user_id: int, kind: str = "code") -> None:
    """A right code clears the counter."""
    tx.run("DELETE FROM throttle WHERE kind = :kind AND subject = :user", kind=kind, user=str(user_id))


def _like(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _get(tx: Tx, kind: str, subject: str) -> Row | None:
    rows = tx.lock("SELECT * FROM throttle WHERE kind = :kind AND subject = :subject", kind=kind, subject=subject)
    return rows[0] if rows else None


def _waits(tx: Tx, kind: str, subject: str) -> bool:
    row = _get(tx, kind, subject)
    return row is not None and bool(row["locked_until"] > tx.now)


def _count(tx: Tx, kind: str, subject: str) -> int:
    return int(
        tx.value(
            "INSERT INTO throttle (kind, subject, failures, window_start) VALUES (:kind, :subject, 1, :now)"
            " ON CONFLICT (kind, subject) DO UPDATE SET failures = throttle.failures + 1 RETURNING failures",
            kind=kind,
            subject=subject,
            now=tx.now,
        )
    )


def _pause(tx: Tx, kind: str, subject: str, until: int) -> None:
    tx.run(
        "UPDATE throttle SET locked_until = :until WHERE kind = :kind AND subject = :subject",
        until=until,
        kind=kind,
        subject=subject,
    )


def _count_pair(tx: Tx, who: Subject) -> None:
    failures = _count(tx, "pair", who.pair)
    if failures >= FREE:
        _pause(tx, "pair", who.pair, tx.now + min(PAIR_FIRST * 2 ** min(failures - FREE, 10), PAIR_MOST))


def _count_origin(tx: Tx, who: Subject) -> None:
    row = _get(tx, "origin", who.origin)
    if row is not None and row["window_start"] <= tx.now - ORIGIN_WINDOW:
        tx.run("DELETE FROM throttle WHERE kind = 'origin' AND subject = :subject", subject=who.origin)
    failures = _count(tx, "origin", who.origin)
    if failures >= ORIGIN_FREE:
        started = int((_get(tx, "origin", who.origin) or {"window_start": tx.now})["window_start"])
        _pause(tx, "origin", who.origin, started + ORIGIN_WINDOW)
