"""Making plans: whom an act is for, and the rows that it means for each. Steps; services/plans has the verbs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sage_tui.domain import amounts, emails
from sage_tui.domain.acts import Act, Floors, Move, Offboard, OutOfBounds, SetFields, activation, propose, staged
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.members import Because, Member, Proposed, forbidden
from sage_tui.domain.plan_commands import Bulk, Command, Distribute, Edits
from sage_tui.domain.plans import BY_HAND, TOKENS, Edit, Field, State
from sage_tui.domain.progress import Progress, told
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.staged import Effect, fits
from sage_tui.domain.text import accept, clean
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.services import (
    allocations,
    distributing,
    falling_back,
    offboarding,
    people,
    planning_people,
    policy_held,
    pools,
    requests_hanging,
)
from sage_tui.store import plans as store
from sage_tui.store.transaction import Tx, chunks
from sage_tui.store.windows import users as windows


def made(tx: Tx, command: Command, progress: Progress, *, at_once: bool = False) -> tuple[int, int]:
    """Make a plan; its organization and number. Raises NotFound, WrongUse, QueryError, FieldError.

    `at_once`: it is applied in the same transaction; then nobody else changes a limit between the two.
    """
    if isinstance(command, Edits):
        return _made_of_edits(tx, command, progress)
    if isinstance(command, Distribute):
        organization_id = people.organization_for(tx, command.organization_id)
        return distributing.made(tx, command, organization_id, who_acts(tx, organization_id), progress)
    act, homes, sql, values = _meant(tx, command)
    organization_id = homes[0]
    falling_back.due(tx, organization_id)
    plan_id = allocations.open_plan(tx, organization_id, command.verb.value)
    if at_once and isinstance(act, SetFields):
        pools.lock(tx, organization_id)
    because = who_acts(tx, organization_id)
    floors = _floors(tx, organization_id, because)
    found = (member for home in homes for member in store.members(tx, home, sql, values))
    alone = isinstance(act, SetFields) and command.selection.alone
    proposed = (row for member in found for row in propose(act, _by_hand(member) if alone else member, because, floors))
    try:
        number = store.put(tx, organization_id, plan_id, told(proposed, progress))
    except OutOfBounds as error:
        who = tx.value('SELECT email FROM "user" WHERE id = :id', id=error.user_id)
        raise WrongUse(f"{who}, {error.what}", error.hint) from error
    if isinstance(act, Offboard):
        offboarding.collect(tx, organization_id, plan_id)
    if not number:
        raise WrongUse("Nobody is meant.", "See: sage-tui users list --query …", code="nobody")
    return organization_id, plan_id


def _by_hand(member: Member) -> Member:
    """Who is named alone is changed by hand, as by the console's cell edit: pinned excepts them from nothing."""
    return member._replace(pinned=0)


def _meant(tx: Tx, command: Bulk) -> tuple[Act, Sequence[int], str, tuple[object, ...]]:
    """The act with its texts checked, the organization it is for (and others to look at), and whom, as a sub-select."""
    act, selection = command.act, command.selection
    if isinstance(act, SetFields):
        if not act.asked:
            raise WrongUse("Nothing is to be changed.", "Say what: --inference, --paid, --department …")
        if act.department is not None:
            act = replace(act, department=accept("department", act.department.strip(), 100))
    if isinstance(act, Move):
        people.organization_for(tx, act.organization_id)
    if selection.query is not None and isinstance(act, Move):
        chosen = windows.chosen(tx, parse(selection.query, USERS), command.organization_id)
        return act, planning_people.sources(tx, act, *chosen), *chosen
    if selection.query is not None:
        organization_id = people.organization_for(tx, command.organization_id)
        chosen = windows.chosen(tx, parse(selection.query, USERS), organization_id)
        return planning_people.checked(tx, act, organization_id, *chosen), [organization_id], *chosen
    numbers = list(selection.numbers) or _numbers(tx, selection.emails)
    if isinstance(act, Move):
        _homes(tx, numbers, command.organization_id)
        return act, planning_people.sources(tx, act, *_listed(numbers)), *_listed(numbers)
    organization_id = _home_of(tx, numbers, command.organization_id)
    act = planning_people.checked(tx, act, organization_id, *_listed(numbers))
    return act, [organization_id], *_listed(numbers)


def _listed(numbers: Sequence[int]) -> tuple[str, tuple[object, ...]]:
    """A sub-select of given numbers: of any number of them, by way of JSON-free values in the text itself."""
    # Whole numbers of ours, not foreign text: written out, because engines bound the number of parameters.
    return ", ".join(str(int(number)) for number in numbers), ()


def _numbers(tx: Tx, addresses: Sequence[str]) -> list[int]:
    """People's numbers by e-mail, all of them known within the reach. Raises NotFound naming the unknown."""
    if not addresses:
        raise WrongUse("Nobody is named.", "Give e-mails, or --query.")
    wanted = {emails.key(address): address for address in addresses}
    found: dict[str, int] = {}
    where, values = tx.within("u")
    if values:
        where = f"u.organization_id = {int(values['reach'])}"
    for some in chunks(list(wanted), 500):
        marks = ", ".join("?" * len(some))
        sql = f'SELECT u.email_key, u.id FROM "user" u WHERE u.email_key IN ({marks}) AND {where}'
        found |= {str(key): int(number) for key, number in tx.tuples(sql, tuple(some))}
    unknown = [address for key, address in wanted.items() if key not in found]
    if len(unknown) == 1:
        raise NotFound(
            f"There is no user with the e-mail {clean(unknown[0], limit=120)}: nothing was done.",
            "See `sage-tui users list`.",
        )
    if unknown:
        raise NotFound(
            f"{len(unknown)} of {len(wanted)} e-mails are nobody's here (first: {clean(unknown[0], limit=120)}):"
            " nothing was done.",
            "See `sage-tui users list`.",
        )
    return list(found.values())


def _home_of(tx: Tx, numbers: Sequence[int], organization_id: int | None) -> int:
    """The one organization of some people. Raises NotFound, WrongUse where they belong to several."""
    homes = _homes(tx, numbers, organization_id)
    if len(homes) > 1:
        raise planning_people.SEVERAL
    return homes.pop() if homes else NO_ORGANIZATION


def _homes(tx: Tx, numbers: Sequence[int], organization_id: int | None) -> set[int]:
    """The organizations of some people. Raises NotFound where one is nobody's member within the reach."""
    homes: set[int] = set()
    where, values = tx.within("m", organization_id)
    if values:
        where = f"m.organization_id = {int(values['reach'])}"
    seen = 0
    for some in chunks(list(numbers), 500):
        marks = ", ".join("?" * len(some))
        sql = (
            "SELECT m.organization_id, count(*) FROM membership m WHERE m.ended_at IS NULL"
            f" AND m.user_id IN ({marks}) AND {where} GROUP BY m.organization_id"
        )
        for home, number in tx.tuples(sql, tuple(some)):
            homes.add(int(home))
            seen += int(number)
    if seen < len(set(numbers)):
        raise NotFound("There is no user with this number.", "See `sage-tui users list`.")
    return homes


def who_acts(tx: Tx, organization_id: int) -> Because:
    """Who acts, and whether the organization has another administrator who could."""
    others = tx.value(
        'SELECT 1 FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org'
        " AND m.type = 'admin' AND m.ended_at IS NULL AND NOT u.banned AND NOT m.read_only AND m.user_id <> :me"
        " LIMIT 1",
        org=organization_id, me=tx.actor.user_id or 0,
    )  # fmt: skip
    return Because(tx.actor.user_id, others is not None)


def except_oneself(tx: Tx, organization_id: int, plan_id: int) -> None:
    """What nobody does to themselves is skipped in a way back too: undo is no way around it."""
    me = tx.actor.user_id
    if me is None:
        return
    because, own = who_acts(tx, organization_id), store.numbers_of(tx, organization_id, plan_id, me)
    moves = any(field is Field.ORGANIZATION for field, _, _ in own)  # a membership's fields go with it, or none does
    for field, before, after in own:
        why = "self_role" if moves else forbidden(me, field, before, after, because)
        if why:
            store.skip(tx, organization_id, plan_id, me, field, why)
    if because.others:
        requests_hanging.skip_own(tx, organization_id, plan_id, me)


def _floors(tx: Tx, organization_id: int, because: Because) -> Floors:
    effects = pools.effects(tx, organization_id, dict.fromkeys(Kind, 0))
    room = {kind: max(effect.cap - effect.before, 0) for kind, effect in effects.items()}
    return replace(
        policy_held.first(tx, organization_id), room=room, not_for=because.actor_id if because.others else None
    )


def _made_of_edits(tx: Tx, command: Edits, progress: Progress) -> tuple[int, int]:
    organization_id, made = _rows_of_edits(tx, command)
    falling_back.due(tx, organization_id)
    plan_id = allocations.open_plan(tx, organization_id, command.verb.value, strict=True)
    store.put(tx, organization_id, plan_id, told(made, progress))
    return organization_id, plan_id


def effect(tx: Tx, command: Edits) -> Effect:
    """What a plan of staged edits would do as things stand now; nothing is written.

    Raises as `made` does.
    """
    organization_id, made = _rows_of_edits(tx, command)
    change, states = dict.fromkeys(Kind, 0), dict.fromkeys(State, 0)
    for row in made:
        states[row.state] += 1
        if row.state is State.IN and row.field in TOKENS:
            change[TOKENS[row.field]] += int(row.after or 0) - int(row.before or 0)
    return Effect(pools.effects(tx, organization_id, change), states[State.CHANGED], states[State.SKIPPED])


def _rows_of_edits(tx: Tx, command: Edits) -> tuple[int, Iterator[Proposed]]:
    """The organization of staged edits, and the rows that they mean there."""
    if not command.edits:
        raise WrongUse("Nothing is staged.", "e edits the cell under the cursor.", code="nobody")
    organization_id = people.organization_for(tx, command.organization_id)
    for edit in command.edits:
        if edit.field not in BY_HAND:
            raise WrongUse(f"{edit.field.value} is not edited in the table.", "It has an act of its own.")
        if not (fits(edit.field, edit.before) and fits(edit.field, edit.after)):
            raise WrongUse(f"user {edit.user_id}, {edit.field.value}: this is no value of it.", amounts.HINT)
        if edit.field is Field.DEPARTMENT:
            accept(edit.field.value, str(edit.after), 100)
    known = store.by_number(tx, organization_id, (edit.user_id for edit in command.edits))
    _only_ours(tx, organization_id, {edit.user_id for edit in command.edits} - set(known))
    because = who_acts(tx, organization_id)
    floors = _floors(tx, organization_id, because)
    _spend(floors, command.edits)
    return organization_id, _of_edits(command.edits, known, because, floors)


def _only_ours(tx: Tx, organization_id: int, numbers: set[int]) -> None:
    """Whoever left since may be named as gone; a number that never was a member here is nobody's. Raises NotFound."""
    listed = ", ".join(str(int(number)) for number in numbers)
    sql = f"SELECT count(*) FROM membership WHERE organization_id = :org AND user_id IN ({listed})"
    if numbers and int(tx.value(sql, org=organization_id)) < len(numbers):
        raise NotFound("There is no user with this number.", "See `sage-tui users list`.")


def _spend(floors: Floors, edits: Sequence[Edit]) -> None:
    """What is asked for by hand comes first; first allocations get what is left of the room."""
    for edit in edits:
        for kind in Kind:
            if edit.field.value == kind.value:
                floors.room[kind] -= int(edit.after or 0) - int(edit.before or 0)


def _of_edits(edits: Sequence[Edit], known: dict[int, Member], because: Because, floors: Floors) -> Iterator[Proposed]:
    fields: dict[int, set[Field]] = {}
    moved = {edit.user_id: str(edit.after) for edit in edits if edit.field is Field.DEPARTMENT}
    for edit in edits:
        fields.setdefault(edit.user_id, set()).add(edit.field)
    for edit in edits:
        member = known.get(edit.user_id)
        yield staged(edit, member, because)
        if member is not None:
            yield from activation(edit, member, frozenset(fields[edit.user_id]), floors, moved.get(edit.user_id))
