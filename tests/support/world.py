"""A small world on a database: a key file, organizations, people, and ways to act as each of them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from sage_tui.clock import FixedClock
from sage_tui.domain import totp
from sage_tui.domain.actors import ConsoleProof, HostProof, NoProof, Origin
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import Session
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.domain.usage import Recorded, UsageRecord
from sage_tui.services import enrolment, identity, keys, metering, mfa, organizations, people, setup
from sage_tui.services.context import Context, open_context
from sage_tui.services.hashing import HashParameters, hash_password
from sage_tui.services.organizations import AddOrganization

CHEAP = HashParameters(memory_kib=8, time=1, lanes=1)
PASSWORD = Secret("a password that nobody guesses")
HERE = Origin(1000, "10.0.0.7")
ELSEWHERE = Origin(1000, "192.0.2.66")


@dataclass
class World:
    """A database with people in it. `host` acts as the operating-system account."""

    host: Context
    clock: FixedClock
    secrets: dict[str, Secret] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    @property
    def nobody(self) -> Context:
        """The sign-in screen."""
        return self.host.with_proof(NoProof())

    def organization(self, name: str, inference: int = 0, embedding: int = 0) -> int:
        return organizations.add(self.host, AddOrganization(name, inference, embedding))

    def person(self, email: str, organization_id: int = 0, role: Role = Role.USER, **more: object) -> int:
        """A verified person with a password."""
        with self.host.write(Verb.USERS_ADD) as tx:
            user_id = people.add(tx, organization_id, people.NewPerson(email, role=role, verified=True, **more))
            tx.run('UPDATE "user" SET password_hash = :h WHERE id = :id', h=hash_password(CHEAP, PASSWORD), id=user_id)
        self.people[email] = user_id
        return user_id

    def sign_in(self, email: str, password: Secret = PASSWORD, origin: Origin = HERE) -> Context:
        """The person's console, without admin mode."""
        ctx = replace(self.nobody, origin=origin)
        return ctx.with_proof(ConsoleProof(identity.sign_in(ctx, email, password).token))

    def enrol(self, console: Context, email: str) -> tuple[Secret, ...]:
        """Enrol an authenticator; the recovery codes. The clock moves on, so that the next code is fresh."""
        pending = enrolment.begin(console)
        codes = enrolment.confirm(console, totp.code(pending.secret, totp.step_of(self.clock.now())))
        self.secrets[email] = pending.secret
        self.clock.move(seconds=30)
        return codes.codes

    def code(self, email: str, offset: int = 0) -> str:
        """The current code of somebody's authenticator, or one `offset` steps away."""
        return totp.code(self.secrets[email], totp.step_of(self.clock.now()) + offset)

    def admin(self, email: str) -> Context:
        """The person's console in admin mode."""
        console = self.sign_in(email)
        if email not in self.secrets:
            self.enrol(console, email)
        mfa.enter_admin(console, self.code(email))
        self.clock.move(seconds=30)
        return console

    def session(self, console: Context) -> Session:
        return identity.session(console)

    def stepped_up(self, email: str) -> Context:
        """In admin mode with a fresh code."""
        console = self.admin(email)
        mfa.step_up(console, self.code(email))
        self.clock.move(seconds=30)
        return console

    def record(self, *records: UsageRecord, source: str = "test", organization_id: int = 0) -> Recorded:
        with self.host.write(Verb.IMPORT_USAGE) as tx:
            return metering.record(tx, metering.Recorder(source, organization_id), records)

    def usage(self, external_id: str, user: str, tokens: int, at: Micros | None = None, **more: object) -> UsageRecord:
        values: dict[str, object] = {
            "model": "gpt",
            "kind": Kind.INFERENCE,
            "cached_tokens": 0,
            "completion_tokens": 0,
            **more,
        }
        return UsageRecord(1, external_id, self.clock.now() if at is None else at, user, prompt_tokens=tokens, **values)

    def value(self, sql: str, **values: object) -> object:
        with self.host.read(Verb.STATUS) as tx:
            return tx.value(sql, **values)

    def rows(self, sql: str, **values: object) -> list:
        with self.host.read(Verb.STATUS) as tx:
            return tx.rows(sql, **values)

    def change(self, sql: str, **values: object) -> int:
        """Change the store behind the services' back: somebody else, a fault."""
        with self.host.write(Verb.ORGS_ADD) as tx:
            return tx.run(sql, **values)


def make(database_url: str, directory: Path, clock: FixedClock) -> World:
    """A world on an empty database of this schema."""
    key_file = str(directory / "sage.key")
    keys.create(key_file)
    host = open_context(database_url, key_file, HostProof("owner"), HERE, clock=clock, hashing=CHEAP)
    with host.write(Verb.ORGS_ADD) as tx:
        setup.seal_key(tx, host)
    return World(host, clock)
