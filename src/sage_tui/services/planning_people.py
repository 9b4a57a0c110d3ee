"""What acts on a person need to know before they are planned: role, e-mail, payer, and who moves from where. Steps."""

from dataclasses import replace

from sage_tui.domain import emails
from sage_tui.domain.acts import Act, Move, SetEmail, SetPayer, SetRole
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.units import NO_ORGANIZATION, Role
from sage_tui.services import people
from sage_tui.store import plan_people
from sage_tui.store.transaction import Tx

SEVERAL = WrongUse(
    "These people belong to several organizations.", "One organization at a time.", code="several_organizations"
)


def sources(tx: Tx, act: Move, sql: str, values: tuple[object, ...]) -> list[int]:
    """Where those who move are members: one organization, and after it the one they go to, for those there already.

    Raises WrongUse where they come from several.
    """
    found = tx.tuples(
        f"SELECT DISTINCT m.organization_id FROM membership m WHERE m.ended_at IS NULL AND m.user_id IN ({sql})", values
    )
    homes = {int(home) for (home,) in found}
    there = homes & {act.organization_id}
    away = homes - there
    if len(away) > 1:
        raise SEVERAL
    return [*away, *there] or [act.organization_id]


def checked(tx: Tx, act: Act, organization_id: int, sql: str, values: tuple[object, ...]) -> Act:
    """An act with what it names looked up; whom it is for as a sub-select, or their numbers.

    Raises WrongUse, FieldError, NotFound, Refused.
    """
    match act:
        case SetRole():
            return _role(tx, act, organization_id, sql, values)
        case SetEmail():
            found = _some(tx, organization_id, sql, values, 2)
            if len(found) != 1:
                raise WrongUse("An e-mail address is one person's.", "Give one e-mail.", code="one_person")
            return _email(tx, act, found[0])
        case SetPayer():
            return _payer(tx, act, organization_id, sql, values)
    return act


def _some(
    tx: Tx, organization_id: int, sql: str, values: tuple[object, ...], limit: int, also: str = "TRUE"
) -> list[int]:  # fmt: skip
    """Numbers of some of those who are meant."""
    found = tx.tuples(
        f"SELECT m.user_id FROM membership m WHERE m.organization_id = {int(organization_id)}"
        f" AND m.ended_at IS NULL AND m.user_id IN ({sql}) AND {also} LIMIT {int(limit)}",
        values,
    )
    return [int(number) for (number,) in found]


def _role(tx: Tx, act: SetRole, home: int, sql: str, values: tuple[object, ...]) -> SetRole:
    """Where the people are members then: operators in none, administrators in one."""
    if act.read_only and act.role is Role.USER:
        raise WrongUse("Members change nothing as it is: read-only is for administrators.", "Leave --read-only out.")
    if act.role is Role.SUPER_ADMIN:
        if act.organization_id not in (None, NO_ORGANIZATION):
            raise WrongUse("A platform operator belongs to no organization.", "Leave --org out.")
        return replace(act, organization_id=NO_ORGANIZATION)
    if act.organization_id is None:
        operators = _some(tx, home, sql, values, 1, f"m.type = '{Role.SUPER_ADMIN.value}'")
        if operators or (home == NO_ORGANIZATION and act.role is Role.ADMIN):
            raise WrongUse(
                "They belong to no organization: say which one they belong to then.",
                "--org NAME.",
                code="organization_needed",
            )
        return act
    people.organization_for(tx, act.organization_id)
    if home not in (NO_ORGANIZATION, act.organization_id):
        raise WrongUse("They belong to another organization.", "Move them first: `sage-tui users move`.")
    if act.organization_id == NO_ORGANIZATION and act.role is Role.ADMIN:
        raise WrongUse("No organization needs no administrator.", "--org NAME.", code="organization_needed")
    return act


def _email(tx: Tx, act: SetEmail, user_id: int) -> SetEmail:
    email = emails.parse(act.email)
    if plan_people.taken(tx, email, user_id):
        raise Refused("Another account has this e-mail address.", "See `sage-tui users show`.", code="taken")
    return SetEmail(email)


def _payer(tx: Tx, act: SetPayer, organization_id: int, sql: str, values: tuple[object, ...]) -> SetPayer:
    if not act.payer:
        return replace(act, payer_id=None)
    payer = people.find(tx, act.payer)
    if int(payer["organization_id"]) != organization_id:
        raise Refused("The payer belongs to another organization.", "Choose a member of the same.", code="payer")
    if _some(tx, organization_id, sql, values, 1, f"m.user_id = {int(payer['id'])}"):
        raise WrongUse("Nobody is their own payer.", "Leave the payer out of those whom you name or find; or --none.")
    return replace(act, payer_id=int(payer["id"]))
