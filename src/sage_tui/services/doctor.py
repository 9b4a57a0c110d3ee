"""Is everything right? Totals against events, audit chains, triggers, key, clock (product.md; security.md, 7 and 9)."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exc, text

from sage_tui.domain.activity import ChainReport, Check
from sage_tui.domain.errors import StoreUnavailable
from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.text import counted
from sage_tui.domain.usage import STATUSES
from sage_tui.services.context import Context
from sage_tui.services.keys import KeyMissing
from sage_tui.store import audit, mending, recount, triggers
from sage_tui.store.transaction import Tx

HOUR = 3600 * 1_000_000


def doctor(ctx: Context, progress: Callable[[str], None] = lambda name: None) -> tuple[Check, ...]:
    """Run every check that can be made so far. When all totals agree the time is kept, for Today."""
    with ctx.read(Verb.DOCTOR) as tx:
        checks = [_engine(tx)]
        if checks[0].ok:
            for name, says, run in recount.CHECKS:
                progress(name)
                rows = run(tx)
                checks.append(_check(name, says, rows))
            agreed = all(check.ok for check in checks)
            progress("audit")
            checks += [_audit(tx), _triggers(tx), _privileges(tx), _key(tx, ctx), _clock(tx), _orphans(tx)]
        else:
            agreed = False
    if not ctx.dry_run:
        _remember(ctx, sum(max(len(check.differences), not check.ok) for check in checks), agreed=agreed)
    return tuple(checks)


def _check(name: str, says: str, rows: Sequence[Mapping[str, object]]) -> Check:
    if not rows:
        return Check(name, True, says)
    many = len(rows) >= recount.AT_MOST
    found = f"{len(rows)} or more differences" if many else counted(len(rows), "difference")
    cause = f": {CAUSES[name]}" if name in CAUSES else ""
    return Check(name, False, f"{found}{cause}", tuple(dict(row) for row in rows))


CAUSES = {
    "daily totals": "events or totals were changed by something else than sage-tui",
    "organization days": "rows were changed by hand, or a file was restored in part",
    "months": "rows were changed by hand, or a file was restored in part",
    "member counters": "counters were changed by hand, or two programs of different versions wrote",
    "pool counters": "allocations or counters were changed by hand",
    "reservations": "a gateway's calls were ended by hand",
    "members": "memberships were changed by hand",
    "last use": "days or counters were changed by hand",
    "people": "somebody was moved by hand: no repair can say where they belong",
}
"""What a difference likely comes from: the program keeps them equal in one transaction."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A check and how many of its rows were set right."""

    name: str
    rows: int


def repair(ctx: Context) -> tuple[Mended, ...]:
    """Set totals and counters that differ to what they are sums of, in one transaction with one audit entry.

    Events, requests, allocations and the audit are never changed. Nothing that differs: nothing is written.
    """
    with ctx.write(Verb.DOCTOR_REPAIR) as tx:
        done = tuple(Mended(name, mend(tx)) for name, mend in mending.MENDS.items())
        if any(one.rows for one in done):
            audit.append(
                tx, organization_id=0, target="totals", rows=sum(one.rows for one in done),
                changes=[(f"{one.name}: differences", one.rows, 0) for one in done if one.rows],
            )  # fmt: skip
        return tuple(one for one in done if one.rows)


def _engine(tx: Tx) -> Check:
    """SQLite looks at its own pages; PostgreSQL answered, which is what can be asked of it here."""
    if not tx.sqlite:
        return Check("database", True, f"PostgreSQL {tx.value('SHOW server_version')} answers")
    try:
        said = [str(row[0]) for row in tx.tuples("PRAGMA integrity_check(10)")]
        broken = [
            dict(zip(("table", "rowid", "parent", "fk"), row, strict=False))
            for row in tx.tuples("PRAGMA foreign_key_check")
        ]
    except exc.DatabaseError:
        return Check("database", False, "the file is damaged: restore a backup")
    if said != ["ok"]:
        return Check(
            "database", False, "the file is damaged: restore a backup", tuple({"place": line} for line in said)
        )
    return Check(
        "database",
        not broken,
        "integrity ok" if not broken else "rows point to rows that are not there",
        tuple(broken[:100]),
    )


def _audit(tx: Tx) -> Check:
    reports = audit.verify(tx)
    bad = [report for report in reports if report.first_bad is not None]
    if not bad and not all(report.sealed for report in reports):
        return Check("audit", False, f"the seals cannot be checked without the key; {_told(reports)} have right hashes")
    return Check(
        "audit", not bad, f"{_told(reports)} verified" if not bad else "a chain is broken",
        tuple({"chain": r.chain, "first_bad": r.first_bad, "why": r.why} for r in bad),
    )  # fmt: skip


def _told(reports: Sequence[ChainReport]) -> str:
    entries = counted(sum(report.entries for report in reports), "entry", "entries")
    return f"{entries} in {counted(len(reports), 'chain')}"


def _triggers(tx: Tx) -> Check:
    if tx.sqlite:
        wanted = triggers.NAMES["sqlite"]
        have = {str(row[0]) for row in tx.tuples("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    else:
        wanted = triggers.NAMES["postgresql"]
        rows = tx.tuples(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND tgenabled IN ('O', 'A')"
        )
        have = {str(row[0]) for row in rows}
    missing = [name for name in wanted if name not in have]
    return Check(
        "triggers",
        not missing,
        "the audit is append-only" if not missing else "triggers are missing",
        tuple({"trigger": n} for n in missing),
    )


def _privileges(tx: Tx) -> Check:
    """On PostgreSQL the program's role should own nothing and be no superuser (security.md, section 7)."""
    if tx.sqlite:
        return Check("role", True, "a file has no roles: its owner may do all")
    row = (
        tx.row(
            "SELECT rolsuper, pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid ="
            " 'audit_entry'::regclass), 'USAGE') AS owns,"
            " has_table_privilege('audit_entry', 'UPDATE') OR has_table_privilege('audit_entry', 'DELETE') AS changes"
            " FROM pg_roles WHERE rolname = current_user"
        )
        or {}
    )
    faults = [
        {"role": why}
        for why, bad in (
            ("is a superuser", row.get("rolsuper")),
            ("owns the audit", row.get("owns")),
            ("may change the audit", row.get("changes")),
        )
        if bad
    ]
    return Check(
        "role",
        not faults,
        "the program's role has grants only" if not faults else "the program's role is too mighty",
        tuple(faults),
    )


def _key(tx: Tx, ctx: Context) -> Check:
    row = tx.row("SELECT database_id, key_check FROM schema_version WHERE id = 1") or {}
    stored = bytes(row.get("key_check") or b"")
    if not stored:
        return Check("key", False, "the database does not know its key")
    key_id = stored.split(b":")[0].decode("ascii", "replace")
    try:
        right = ctx.keys.check_value(str(row["database_id"]), key_id) == stored
    except KeyMissing as missing:
        return Check("key", False, missing.message)
    return Check(
        "key",
        right,
        f"key {key_id} is the database's" if right else f"key {key_id} of the key file is another database's",
    )


def _clock(tx: Tx) -> Check:
    """Nothing recorded may lie ahead of this host's clock."""
    latest = max(
        int(tx.value(f"SELECT max(at) FROM {table}") or 0) for table in ("audit_entry", "usage_event", "sign_in")
    )
    ahead = latest - tx.now
    return Check(
        "clock",
        ahead <= 0,
        "nothing lies in the future"
        if ahead <= 0
        else f"something was recorded {ahead / HOUR:.1f} hours from now: the clock went back",
    )


def _orphans(tx: Tx) -> Check:
    """Calls whose end is not known: no fault of the numbers, but a gateway that loses answers is worth a look."""
    month = month_of(tx.now)
    found = tx.value(
        "SELECT count(*) FROM usage_event WHERE status = :unknown AND at >= :since",
        unknown=STATUSES.index("unknown"), since=month_start(month),
    )  # fmt: skip
    return Check("calls", True, f"{counted(int(found), 'call')} of this month ended unknown")


def _remember(ctx: Context, found: int, *, agreed: bool) -> None:
    """Keep when somebody looked, how many differences there were, and when the numbers were last proved equal.

    A database that cannot be written was checked all the same.
    """
    now = ctx.clock.now()
    kept = {"doctor_at": now, "doctor_found": found, **({"checked_at": now} if agreed else {})}
    with contextlib.suppress(StoreUnavailable), ctx.database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO setting (organization_id, key, value, changed_at) VALUES (0, :key, :value, :now)"
                " ON CONFLICT (organization_id, key) DO UPDATE SET value = excluded.value, changed_at ="
                " excluded.changed_at"
            ),
            [{"key": key, "value": str(value), "now": now} for key, value in kept.items()],
        )
