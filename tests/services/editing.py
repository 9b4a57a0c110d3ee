"""A small organization whose limits are edited: helpers that several tests share."""

from dataclasses import dataclass

from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Bulk, Consent, Edits, Selection
from sage_tui.domain.plans import Done, Edit, Field
from sage_tui.domain.units import Kind, Role
from sage_tui.services import plans, users
from sage_tui.services.context import Context
from tests.support.world import World

ADMIN, SECOND = "admin@acme.example", "grace@acme.example"
NO, YES = Consent(), Consent(yes=True)


@dataclass
class Acme:
    """An organization of 10M inference and 1M embedding tokens, with two administrators and members a, b, c."""

    world: World
    id: int

    @property
    def host(self) -> Context:
        return self.world.host

    def number(self, name: str) -> int:
        return self.world.people[f"{name}@acme.example"]

    def allocation(self, name: str, kind: Kind = Kind.INFERENCE) -> int | None:
        row = users.show(self.host, email=f"{name}@acme.example").user
        return (row.inference if kind is Kind.INFERENCE else row.embedding).allocation

    def row(self, name: str) -> object:
        return users.show(self.host, email=f"{name}@acme.example").user

    def allocated(self, kind: Kind = Kind.INFERENCE) -> int:
        summary = users.summary(self.host, self.id)
        return (summary.inference if kind is Kind.INFERENCE else summary.embedding).allocated

    def counted(self, kind: Kind = Kind.INFERENCE) -> int:
        """The sum of all allocations, counted afresh."""
        sql = f"SELECT coalesce(sum({kind.value}_allocation), 0) FROM membership WHERE organization_id = :org"
        return int(str(self.world.value(sql + " AND ended_at IS NULL", org=self.id)))

    def set(self, *names: str, ctx: Context | None = None, consent: Consent = YES, **fields: object) -> Done:
        """An act for people by name, in one go."""
        selection = Selection(emails=tuple(f"{name}@acme.example" for name in names))
        return plans.act(ctx or self.host, Bulk(self.fields(**fields), selection), consent)

    def fields(self, **fields: object) -> SetFields:
        """What is to be changed, amounts as typed."""
        made = {key: parse(str(value)) if key in ("inference", "embedding") else value for key, value in fields.items()}
        return SetFields(**made)

    def crowd(self, number: int) -> None:
        """Many more members, behind the services' back."""
        people = [(10_000 + n, f"u{n}@acme.example", f"u{n}@acme.example", self.id) for n in range(number)]
        with self.host.write(Verb.ORGS_ADD) as tx:
            tx.many('INSERT INTO "user" (id, email, email_key, organization_id, created_at) VALUES (?, ?, ?, ?, 1)',
                    people)  # fmt: skip
            tx.many(
                "INSERT INTO membership (organization_id, user_id, type, created_at) VALUES (?, ?, 'user', 1)",
                [(self.id, person[0]) for person in people],
            )
            tx.run("UPDATE organization SET members = members + :number WHERE id = :org", org=self.id, number=number)

    def edits(self, *edits: tuple[str, Field, object, object]) -> Edits:
        """Staged edits of people by name."""
        return Edits(
            tuple(Edit(self.number(who), field, before, after) for who, field, before, after in edits), self.id
        )


def acme_of(world: World, members: str = "abc") -> Acme:
    """The organization, its people activated by hand: nobody has an allocation yet."""
    org = world.organization("Acme", 10_000_000, 1_000_000)
    world.person(ADMIN, org, Role.ADMIN)
    world.person(SECOND, org, Role.ADMIN)
    for name in members:
        world.person(f"{name}@acme.example", org)
    return Acme(world, org)
