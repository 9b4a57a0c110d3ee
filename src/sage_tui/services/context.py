"""The context of a verb: who, from where, clock, database; and its one transaction.

Reads and writes of every verb go through `Context.read` and `Context.write`: there the permission is
asked inside the transaction, the command is numbered, refusals are audited, a dry run is rolled back.
"""

import functools
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, exc, text

from sage_tui.clock import Clock, SystemClock
from sage_tui.domain.actors import Actor, Door, NoProof, Origin, Proof
from sage_tui.domain.errors import Forbidden, SageError, SessionOver, StoreUnavailable
from sage_tui.domain.permissions import TABLE, Reach, Verb
from sage_tui.domain.units import Role
from sage_tui.services import authority
from sage_tui.services.hashing import HashParameters
from sage_tui.services.keys import KeyRing, load
from sage_tui.store import audit, faults, migrate
from sage_tui.store.engine import Database, LostCommit
from sage_tui.store.transaction import Tx

NOBODY = Actor(Door.CONSOLE, Role.USER, None, "", None)


@dataclass(frozen=True)
class Context:
    """What every verb takes first. Frozen: `with_proof`, `dry` and `because` give another."""

    database: Database
    clock: Clock
    proof: Proof
    origin: Origin
    keys: KeyRing
    hashing: HashParameters = field(default_factory=HashParameters)
    dry_run: bool = False
    reason: str = ""
    read_only: bool = False
    export_dir: str = ""
    """Where the console puts its exports; empty: the directory that it was started in."""

    def with_proof(self, proof: Proof) -> "Context":
        """The same, as somebody else."""
        return replace(self, proof=proof)

    def dry(self) -> "Context":
        """The same, as a dry run: the real code, rolled back."""
        return replace(self, dry_run=True)

    def because(self, reason: str) -> "Context":
        """The same, with a reason for the audit."""
        return replace(self, reason=reason)

    def interrupt(self) -> None:
        """Stop what is being read for this console: it is being left."""
        self.database.interrupt()

    @contextmanager
    def read(self, verb: Verb) -> Iterator[Tx]:
        """A read transaction of a verb. Raises Forbidden, SessionOver, AdminModeNeeded, StepUpNeeded,"
        " StoreUnavailable."""
        with self.database.reading() as connection:
            yield self._enter(connection, verb, locked=False)

    @contextmanager
    def write(self, verb: Verb) -> Iterator[Tx]:
        """The one write transaction of a verb; commits at its end, unless this is a dry run."""
        command_id = secrets.token_bytes(16)
        try:
            with self.database.writing() as connection:
                tx = self._enter(connection, verb, locked=True)
                tx.command_id = command_id
                yield tx
                self._close(tx)
        except _RolledBack:
            return
        except LostCommit:
            self._settle_lost(command_id)
        except Forbidden as refusal:
            self._audit_refusal(verb, refusal)
            raise

    @contextmanager
    def before_anyone(self, *, write: bool) -> Iterator[Tx]:
        """A transaction without proof: for the sign-in itself, and for nothing else."""
        opened = self.database.writing() if write else self.database.reading()
        try:
            with opened as connection:
                yield self._tx(connection, NOBODY)
        except LostCommit:
            raise StoreUnavailable("The connection to the database was lost.", "Try again.", code="lost") from None

    def _enter(self, connection: Connection, verb: Verb, *, locked: bool) -> Tx:
        now = self.clock.now()
        actor = authority.identify(connection, self, now, locked=locked)
        tx = self._tx(connection, actor)
        authority.demand(actor, verb)
        tx.verb, tx.reach = verb, TABLE[verb].reach(actor.role)
        return tx

    def _tx(self, connection: Connection, actor: Actor) -> Tx:
        return Tx(
            connection, self.database.sqlite, self.clock.now(), actor, reach=Reach.NOWHERE, origin=self.origin.subject,
            reason=self.reason, audit_key=self.keys.audit_key(), dry_run=self.dry_run,
        )  # fmt: skip

    def _close(self, tx: Tx) -> None:
        if self.dry_run:
            raise _RolledBack
        if tx.verb is not Verb.SESSION_TOUCH:
            tx.run("INSERT INTO command (id, at) VALUES (:id, :at)", id=tx.command_id, at=tx.now)

    def _settle_lost(self, command_id: bytes) -> None:
        """The answer to COMMIT was lost: ask whether the command is there (security.md, section 10).

        Asked by writing its number, and taking that back: this waits for a transaction that is still being decided,
        of which a question would not see that it is saved a moment later.
        """
        sql = "INSERT INTO command (id, at) VALUES (:id, 0) ON CONFLICT (id) DO NOTHING"
        fresh = 0
        try:
            with self.database.writing() as connection:
                fresh = connection.execute(text(sql), {"id": command_id}).rowcount
                raise _RolledBack
        except _RolledBack:
            pass
        except StoreUnavailable as error:
            raise StoreUnavailable(
                "The connection was lost while saving: it is not known yet whether it was saved.",
                "When the database answers again, look before you repeat it.",
                code="unknown",
            ) from error
        if fresh:
            raise StoreUnavailable("The connection was lost: nothing was saved.", "Try again.", code="lost")

    def _audit_refusal(self, verb: Verb, refusal: SageError) -> None:
        """Refused acts are audited too, in a transaction of their own, when it is known who tried."""
        if self.dry_run or isinstance(self.proof, NoProof) or isinstance(refusal, SessionOver) or verb in QUIET:
            return
        try:
            with self.database.writing() as connection:
                actor = authority.identify(connection, self, self.clock.now(), locked=False)
                tx = self._tx(connection, actor)
                audit.append(
                    tx,
                    organization_id=actor.organization_id or 0,
                    action=verb.value,
                    outcome="refused",
                    reason=refusal.stable_code,
                )
        except (SageError, LostCommit):
            return  # the refusal itself is what the caller must hear


QUIET = frozenset(
    {Verb.ADMIN_ENTER, Verb.STEP_UP, Verb.SESSION_TOUCH, Verb.SIGN_OUT, Verb.ADMIN_LEAVE, Verb.PREFERENCES}
)
"""Verbs whose refusals stand in the sign-in log, or are no acts."""


class _RolledBack(Exception):
    """A dry run ends here: the transaction rolls back."""


P = ParamSpec("P")
R = TypeVar("R")


def retried(verb: Callable[P, R]) -> Callable[P, R]:
    """Run the whole verb again after a deadlock or serialization failure: at most 5 times, 10 s in all."""

    @functools.wraps(verb)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        end = time.monotonic() + 10
        for attempt in range(5):
            try:
                return verb(*args, **kwargs)
            except exc.DBAPIError as error:
                last = error
                if faults.code_of(error) not in faults.RETRIED or time.monotonic() > end:
                    raise faults.translate(error) from error
                time.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise faults.translate(last) from last

    return wrapper


def open_context(
    database: str,
    key_file: str,
    proof: Proof,
    origin: Origin,
    *,
    clock: Clock | None = None,
    hashing: HashParameters | None = None,
    read_only: bool = False,
    export_dir: str = "",
) -> Context:
    """Open a database and its key file for verbs. Raises StoreUnavailable (absent, too old, too new, not ours)."""
    opened = Database.open(database)
    migrate.check(opened)
    keys = load(key_file)
    with opened.reading() as connection:
        known = connection.execute(text("SELECT database_id, key_check FROM schema_version WHERE id = 1")).one()
    keys = keys.of(str(known[0]), bytes(known[1] or b""))
    return Context(
        opened,
        clock or SystemClock(),
        proof,
        origin,
        keys,
        hashing or HashParameters(),
        read_only=read_only,
        export_dir=export_dir,
    )
