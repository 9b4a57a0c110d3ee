"""Adding people by e-mail (product.md, "User Management")."""

from collections.abc import Sequence

from sage_tui.domain import emails, passwords
from sage_tui.domain.errors import FieldError, ManyErrors, SageError
from sage_tui.domain.permissions import Verb
from sage_tui.domain.text import accept, counted
from sage_tui.domain.units import Kind
from sage_tui.domain.users import Added, AddUsers
from sage_tui.services import hashing, people, ways_back
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Tx

AT_ONCE = 10_000
"""E-mails that one call takes."""


@retried
def add(ctx: Context, command: AddUsers) -> Added:
    """Add people by e-mail, each answered. Raises ManyErrors for addresses that are none, NotFound, Refused."""
    wanted = _parsed(command.emails)
    department = accept("department", command.department, 100)
    passes = {email: passwords.make_one_time() for email in wanted} if command.password else {}
    hashes = {email: hashing.hash_password(ctx.hashing, secret) for email, secret in passes.items()}
    with ctx.write(Verb.USERS_ADD) as tx:
        organization_id = people.organization_for(tx, command.organization_id)
        added, already, refused = _sort_out(tx, organization_id, wanted)
        if not added:
            return Added((), already, refused, (), None, ())
        batch = people.open_batch(tx, organization_id, Verb.USERS_ADD.value, len(added))
        unset = []
        for email in added:
            number = people.add(tx, organization_id, people.NewPerson(email, department=department))
            if command.password:
                ways_back.set_one_time(tx, number, hashes[email])
            if command.paid and people.activate(tx, organization_id, number, batch)[Kind.INFERENCE] is None:
                unset.append(email)
        audit.append(
            tx, organization_id=organization_id, target=counted(len(added), "person", "people"), batch=batch,
            rows=len(added),
            personal=[audit.Personal("after email", email) for email in added[:100]],
        )  # fmt: skip
        given = tuple((email, passes[email]) for email in added if command.password)
        return Added(added, already, refused, tuple(unset), batch, given)


def _parsed(addresses: Sequence[str]) -> list[str]:
    if not addresses:
        raise FieldError("email", "none was given")
    if len(addresses) > AT_ONCE:
        raise FieldError("email", f"at most {AT_ONCE:,} at once")
    parsed: dict[str, str] = {}
    errors: list[SageError] = []
    for row, address in enumerate(addresses, 1):
        try:
            found = emails.parse(address, f"email {row}")
            parsed.setdefault(emails.key(found), found)
        except FieldError as error:
            errors.append(error)
    if errors:
        are = "is no e-mail address" if len(errors) == 1 else "are no e-mail addresses"
        raise ManyErrors(f"{len(errors)} of {len(addresses)} {are}; nobody was added. {errors[0].message}", errors)
    return list(parsed.values())


def _sort_out(
    tx: Tx, organization_id: int, wanted: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Which are new, which are members here already, which belong elsewhere (without saying where)."""
    added, already, refused = [], [], []
    for email in wanted:
        row = tx.row('SELECT id, organization_id FROM "user" WHERE email_key = :key', key=emails.key(email))
        if row is None:
            added.append(email)
        elif row["organization_id"] == organization_id:
            already.append(email)
        else:
            refused.append((email, "belongs to another organization or to none: an operator moves people"))
    return tuple(added), tuple(already), tuple(refused)
