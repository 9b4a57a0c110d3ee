"""init, migrate, status, doctor: the database itself."""

import os
from typing import Annotated

import typer

from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import answer, say
from sage_tui.cli.world import check_files, clock, config, context, origin, os_user
from sage_tui.domain import emails, months, shapes
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.text import counted

Owner = Annotated[str, typer.Option("--owner-database", metavar="URL", help="a PostgreSQL role that may create")]


def init(
    admin_email: Annotated[str, typer.Option("--admin-email", metavar="E", help="the first platform operator")],
    admin_name: Annotated[str, typer.Option("--admin-name", metavar="N", help="their name")] = "",
    org: Annotated[str, typer.Option("--org", metavar="NAME", help="a first organization")] = "",
    owner_database: Owner = "",
    dry_run: DryRun = False,
) -> None:
    """Make database, key file and first platform operator; the one-time password is shown once.

    Example: sage-tui init --admin-email root@example.org --org Acme
    """
    from sage_tui.services.setup import Initialise, initialise

    found = config()
    if found.is_file and os.path.lexists(found.database):
        raise Refused(
            f"There is already a database at {found.database}", "Use it as it is, or give another --database."
        )
    if dry_run:
        email = emails.parse(admin_email, "admin-email")
        would = {"database": _shown(found.database), "admin_email": email, "one_time_password": None}
        answer(would, f"would make {would['database']}, {found.key_file} and the operator {email}")
        return
    command = Initialise(
        found.database, found.key_file, admin_email, admin_name, org, owner_database or found.owner_database
    )
    done = initialise(command, origin(), os_user(), clock=clock())
    password = done.one_time_password.reveal()
    result = {"database": _shown(done.database), "admin_email": done.admin_email, "one_time_password": password}
    answer(
        result,
        f"database       {result['database']}",
        f"key file       {found.key_file} (keep a copy elsewhere: authenticators are sealed with it)",
        f"operator       {done.admin_email}",
        f"one-time password (shown once, valid 72 hours): {password}",
    )


def migrate(owner_database: Owner = "", dry_run: DryRun = False) -> None:
    """Bring the database to this program's schema; a file is backed up first.

    Example: sage-tui migrate --dry-run
    """
    from sage_tui.services.setup import migrate_database, migration_steps

    found = config()
    check_files(found)
    if dry_run:
        before, after, steps = migration_steps(found.database, owner_database or found.owner_database)
        answer(
            {"schema": after, "before": before, "changed": bool(steps), "steps": list(steps), "dry_run": True},
            *([f"would {step}" for step in steps] or [f"schema {after}: nothing to do"]),
        )
        return
    before, after = migrate_database(found.database, owner_database or found.owner_database, clock=clock())
    changed = before != after
    answer(
        {"schema": after, "before": before, "changed": changed},
        f"schema {before} → {after}" if changed else f"schema {after}: nothing to do",
    )


def status() -> None:
    """The state of the database in one look.

    Example: sage-tui status --json
    """
    from sage_tui.services.status import status as ask

    found = ask(context())
    result = {
        "version": found.version,
        "schema": found.schema,
        "database": found.database,
        "organizations": found.organizations,
        "users": found.users,
        "events": found.events,
        "last_event_at": months.iso(found.last_event_at),
        "last_rebalance_at": months.iso(found.last_rebalance_at),
    }
    answer(result, *(f"{name:<18}{shapes.plain(value)}" for name, value in result.items()))


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="set totals that differ to what they are sums of")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Check that the numbers, the audit, the key and the files are right; exit 1 if something is not.

    Example: sage-tui doctor --json
    """
    from sage_tui.cli.host_checks import files
    from sage_tui.services.doctor import doctor as ask
    from sage_tui.services.doctor import repair as mend

    found = config()
    if repair:
        for one in mend(context(dry_run=dry_run, reason=reason)):
            say(f"{one.name}: {counted(one.rows, 'row')} {'would be ' if dry_run else ''}set right")
    checks = (files(found), *ask(context(), lambda name: say(f"checking {name} …")))
    ok = all(check.ok for check in checks)
    result = {
        "ok": ok,
        "checks": [
            {"name": c.name, "ok": c.ok, "found": c.found, "differences": [dict(d) for d in c.differences]}
            for c in checks
        ],
    }
    lines = [f"{'ok ' if c.ok else 'BAD'}  {c.name:<18} {c.found}" for c in checks]
    lines += [f"       {c.name}: {dict(d)}" for c in checks for d in c.differences[:10]]
    answer(result, *lines)
    return 0 if ok else 1


def _shown(database: str) -> str:
    """A database's name without a password in its URL."""
    if "://" not in database:
        return database
    scheme, _, rest = database.partition("://")
    login, at, place = rest.rpartition("@")
    if not place:
        raise WrongUse("The database's URL names no host", "Write postgresql://USER@HOST/NAME.")
    return f"{scheme}://{login.partition(':')[0]}{at}{place}"


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    for command in (init, migrate, status, doctor):
        app.command()(command)
