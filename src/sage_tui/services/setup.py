"""Making a database and its key, the first operator, bringing the schema up to date."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from sage_tui.clock import Clock, SystemClock
from sage_tui.domain import emails, passwords, text
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.errors import Refused
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import NO_ORGANIZATION, Role
from sage_tui.services import hashing, keys, organizations, people
from sage_tui.services.context import Context, open_context
from sage_tui.services.hashing import HashParameters
from sage_tui.store import audit, migrate
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Initialise:
    """What `init` takes. `owner_database` is a PostgreSQL URL of a role that may create."""

    database: str
    key_file: str
    admin_email: str
    admin_name: str = ""
    organization: str = ""
    owner_database: str = ""


@dataclass(frozen=True, slots=True)
class Initialised:
    """The answer of `init`; the one-time password is shown once."""

    database: str
    admin_email: str
    one_time_password: Secret


def initialise(
    command: Initialise,
    origin: Origin,
    os_user: str,
    *,
    clock: Clock | None = None,
    hash_with: HashParameters | None = None,
) -> Initialised:
    """Make database, key file and first operator, or nothing. Raises Refused where one of them exists, FieldError."""
    email = emails.parse(command.admin_email, "admin-email")
    first, _, last = text.accept("admin-name", command.admin_name.strip(), 200).rpartition(" ")
    organization = text.accept("org", command.organization.strip(), 200)
    clock = clock or SystemClock()
    if migrate.exists(command.owner_database or command.database):
        # Said before the key file is looked at: nobody must move a key away that a database lives by.
        where = (
            f"a file at {command.database}" if "://" not in command.database else "a sage-tui schema in this database"
        )
        raise Refused(f"There is already {where}", "Use it as it is, or give another --database.", code="exists")
    keys.create(command.key_file)
    try:
        migrate.create(command.database, clock.now(), owner=command.owner_database).close()
        ctx = open_context(
            command.database, command.key_file, HostProof(os_user), origin, clock=clock, hashing=hash_with
        )
        return _first(
            ctx,
            command,
            people.NewPerson(email, first or last, last if first else "", role=Role.SUPER_ADMIN, verified=True),
            organization,
        )
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(command.key_file)
        raise


def _first(ctx: Context, command: Initialise, person: people.NewPerson, organization: str) -> Initialised:
    """The first operator and, if named, the first organization; the database learns its key."""
    password = passwords.make_one_time()
    hashed = hashing.hash_password(ctx.hashing, password)
    with ctx.write(Verb.ORGS_ADD) as tx:
        seal_key(tx, ctx)
        user_id = people.add(tx, NO_ORGANIZATION, person)
        tx.run(
            'UPDATE "user" SET password_hash = :hash, password_one_time = TRUE, password_expires_at = :until'
            ' WHERE id = :id',
            hash=hashed, until=tx.now + passwords.ONE_TIME_HOURS * 3600 * 1_000_000, id=user_id,
        )  # fmt: skip
        audit.append(tx, organization_id=0, action="init", target=f"user {user_id}", target_user_id=user_id,
                     personal=[audit.Personal("after email", person.email, user_id)])  # fmt: skip
        if organization:
            _organization(tx, organization)
    return Initialised(command.database, person.email, password)


def _organization(tx: Tx, name: str) -> None:
    number = organizations.create(tx, name)
    audit.append(
        tx,
        organization_id=number,
        action=Verb.ORGS_ADD.value,
        target=f"organization {number}",
        changes=(("name", None, name),),
    )


def seal_key(tx: Tx, ctx: Context) -> None:
    """A step: the database keeps a value that tells its key from another."""
    database_id = str(tx.value("SELECT database_id FROM schema_version WHERE id = 1"))
    tx.run("UPDATE schema_version SET key_check = :check WHERE id = 1", check=ctx.keys.check_value(database_id))


def migrate_database(database: str, owner_database: str = "", *, clock: Clock | None = None) -> tuple[str, str]:
    """Bring the schema up to date: (before, after). Raises StoreUnavailable."""
    opened = Database.open(owner_database or database)
    role = str(Database.open(database).url.username) if owner_database else ""
    try:
        return migrate.migrate(opened, (clock or SystemClock()).now(), program_role=role)
    finally:
        opened.close()


def migration_steps(database: str, owner_database: str = "") -> tuple[str, str, tuple[str, ...]]:
    """What `migrate_database` would answer, and do, in order. Writes nothing. Raises StoreUnavailable."""
    opened = Database.open(owner_database or database)
    try:
        with opened.reading() as connection:
            before = str(connection.exec_driver_sql("SELECT version FROM schema_version WHERE id = 1").scalar())
            if before >= migrate.SCHEMA:
                return before, before, ()
            missing = _missing(connection)
    finally:
        opened.close()
    steps = [f"back up to {opened.path}.schema-{before}"] if opened.sqlite else []
    steps += [*missing, f"set the schema to {migrate.SCHEMA}"]
    if owner_database:
        steps.append(f"grant rights to {Database.open(database).url.username}")
    return before, migrate.SCHEMA, tuple(steps)


def _missing(connection: Connection) -> list[str]:
    """The migrations that were not applied yet, in their order."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    applied = MigrationContext.configure(connection).get_current_revision()
    found = [*scripts.iterate_revisions("head", applied or "base")]
    return [f"apply {script.revision}: {script.doc}" for script in reversed(found)]
