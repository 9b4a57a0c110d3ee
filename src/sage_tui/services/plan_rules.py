"""Rules over a whole plan, asked where it is applied: rights, consent, the cap, operators. Steps."""

from collections.abc import Iterable, Mapping

from sage_tui.domain.actors import Door
from sage_tui.domain.errors import Forbidden, PoolTooSmall, Refused, StepUpNeeded, WrongUse
from sage_tui.domain.permissions import Verb, why_not
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import Field, PoolEffect, State, touches_many
from sage_tui.domain.text import clean
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.services import authority
from sage_tui.store import plans as store
from sage_tui.store.transaction import Tx

NEEDS = {
    Field.ROLE: Verb.USERS_ROLE,
    Field.READ_ONLY: Verb.USERS_ROLE,
    Field.EMAIL: Verb.USERS_EMAIL,
    Field.PAYER: Verb.USERS_PAYER,
    Field.ORGANIZATION: Verb.USERS_MOVE,
}
"""Fields that not every administrator may change, in whatever plan they stand: undo is no way around a right."""


def permitted(tx: Tx, fields: Iterable[str]) -> None:
    """May the actor change these fields, now? Raises Forbidden, StepUpNeeded."""
    names = set(fields)
    for field, verb in NEEDS.items():
        if field.value in names:
            authority.demand(tx.actor, verb)


def possible(tx: Tx, fields: Iterable[str]) -> None:
    """Might the actor change these fields, given a fresh code? Raises Forbidden."""
    names = set(fields)
    for field, verb in NEEDS.items():
        why = why_not(tx.actor, verb) if field.value in names else None
        if why:
            raise Forbidden(why)


def ask_consent(tx: Tx, organization_id: int, plan_id: int, planned: store.Sums, consent: Consent) -> None:
    """Is everything decided and confirmed? Raises Refused, WrongUse (the name is asked for), StepUpNeeded."""
    number = planned.states[State.CHANGED]
    if number:
        raise Refused(
            f"{'1 change waits' if number == 1 else f'{number:,} changes wait'} for your decision: somebody changed"
            " it meanwhile.",
            "Keep theirs or use yours, for each.",
            code="undecided",
        )
    if organization_id != NO_ORGANIZATION and not consent.yes:
        _ask_name(tx, organization_id, planned.people, consent.name.strip())
    if tx.actor.door is Door.CONSOLE and not tx.actor.step_up and _bans_administrators(tx, organization_id, plan_id):
        raise StepUpNeeded("Banning an administrator needs a fresh code.")


def _ask_name(tx: Tx, organization_id: int, people: int, typed: str) -> None:
    """Many of an organization's people are touched with its name typed only."""
    owner = tx.row("SELECT name, members FROM organization WHERE id = :org", org=organization_id)
    if owner is not None and touches_many(people, int(owner["members"])) and typed != str(owner["name"]):
        name = clean(str(owner["name"]), limit=80)
        why = f"{clean(typed, limit=40)!r} is not the organization's name" if typed else "type the organization's name"
        how = f"Type it as it is written: {name}" if tx.actor.door is Door.CONSOLE else "--yes answers."
        raise WrongUse(f"This touches {people:,} of {int(owner['members']):,} people: {why}.", how, code="name_needed")


def _bans_administrators(tx: Tx, organization_id: int, plan_id: int) -> bool:
    found = tx.value(
        "SELECT 1 FROM plan_row p JOIN membership m ON m.organization_id = p.organization_id AND m.user_id = p.user_id"
        " WHERE p.organization_id = :org AND p.plan_id = :plan AND p.field = 'banned' AND p.after = 1 AND p.state = 0"
        " AND m.type <> 'user' LIMIT 1",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    return found is not None


def under_the_cap(effects: Mapping[Kind, PoolEffect]) -> None:
    """Raises PoolTooSmall where allocations would pass the cap."""
    for effect in effects.values():
        if effect.shortfall:
            room = max(effect.cap - effect.before, 0)
            raise PoolTooSmall(
                f"The {effect.kind.value} pool is too small: {_tokens(effect.shortfall)} missing."
                f" {effect.after - effect.before:,} more are asked for, {room:,} fit.",
                "Take raises out, lower others, or buy more. Nothing was saved.",
                kind=effect.kind.value, shortfall=effect.shortfall, fits=room,
            )  # fmt: skip


def operators(tx: Tx, touched: Iterable[int]) -> int | None:
    """How many platform operators can sign in and act; None where a plan of these organizations touches none."""
    if NO_ORGANIZATION not in touched:
        return None
    found = tx.value(
        'SELECT count(*) FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = 0'
        " AND m.type = 'super_admin' AND m.ended_at IS NULL AND NOT u.banned AND NOT m.read_only"
    )
    return int(found)


def operators_remain(tx: Tx, touched: Iterable[int], before: int | None) -> None:
    """No act may leave zero usable super administrators (security.md, section 3). Raises Refused."""
    if before and not operators(tx, touched):
        raise Refused(
            "The last platform operator who can sign in must remain: nothing was saved.",
            "Make another operator first: `sage-tui users role EMAIL super_admin`.",
            code="last_operator",
        )


def _tokens(number: int) -> str:
    return "1 token is" if number == 1 else f"{number:,} tokens are"
