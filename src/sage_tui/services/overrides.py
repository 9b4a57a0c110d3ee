"""Exceptions to the policy, person by person. Each change is a plan, applied at once, that undo takes back."""

from dataclasses import replace

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import NotFound, Refused, WrongUse
from sage_tui.domain.overrides import AMOUNTS, FLAGS, Override, OverrideRow, SetOverride, of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import Done, Field, State
from sage_tui.domain.text import accept
from sage_tui.domain.units import MAX_TOKENS
from sage_tui.services import allocations, falling_back, people, planning, plans
from sage_tui.services.context import Context, retried
from sage_tui.store.transaction import Tx

AT_ONCE = 1_000


def list_overrides(ctx: Context, organization_id: int | None = None, count: int = AT_ONCE) -> tuple[OverrideRow, ...]:
    """Exceptions within the reach: those that end soonest first, those for good after them."""
    with ctx.read(Verb.OVERRIDES_LIST) as tx:
        where, values = tx.within("o", organization_id)
        rows = tx.rows(
            f'SELECT o.*, u.email FROM "override" o JOIN "user" u ON u.id = o.user_id WHERE {where}'
            " ORDER BY CASE WHEN o.until IS NULL THEN 1 ELSE 0 END, o.until, u.email_key, o.user_id"
            f" LIMIT {int(count)}",
            **values,
        )
        return tuple(
            OverrideRow(
                str(row["email"]), int(row["user_id"]), of(row),
                None if row["until"] is None else to_datetime(row["until"]),
                row["until"] is not None and row["until"] <= tx.now,
            )
            for row in rows
        )  # fmt: skip


def get(ctx: Context, email: str) -> Override | None:
    """A person's exception, if they have one. Raises NotFound."""
    with ctx.read(Verb.OVERRIDES_LIST) as tx:
        person = people.find(tx, email)
        return _held(tx, int(person["organization_id"]), int(person["id"]))


@retried
def put(ctx: Context, command: SetOverride) -> Done:
    """Make or change a person's exception. Raises NotFound, WrongUse, FieldError."""
    with ctx.write(Verb.OVERRIDES_SET) as tx:
        person = people.find(tx, command.email)
        organization_id, user_id = int(person["organization_id"]), int(person["id"])
        if user_id == tx.actor.user_id and planning.who_acts(tx, organization_id).others:
            raise Refused("Nobody excepts themselves: ask another administrator.", "Nothing was saved.", code="self")
        held = _held(tx, organization_id, user_id)
        wanted = _changed(tx, held or Override(), command)
        if wanted == held:
            raise WrongUse("The exception is so already: nothing was changed.", "See `sage-tui overrides list`.")
        if not wanted.says:
            raise WrongUse("Nothing is excepted.", "Give a floor, a ceiling, --pinned, --no-reclaim …; or clear it.")
        return _apply(tx, organization_id, user_id, held, wanted)


@retried
def clear(ctx: Context, email: str) -> Done:
    """End a person's exception: the policy holds for them as for everybody. Raises NotFound."""
    with ctx.write(Verb.OVERRIDES_CLEAR) as tx:
        person = people.find(tx, email)
        organization_id, user_id = int(person["organization_id"]), int(person["id"])
        held = _held(tx, organization_id, user_id)
        if held is None:
            raise NotFound("This person has no exception.", "See `sage-tui overrides list`.")
        return _apply(tx, organization_id, user_id, held, None)


def _held(tx: Tx, organization_id: int, user_id: int) -> Override | None:
    row = tx.row(
        'SELECT * FROM "override" WHERE organization_id = :org AND user_id = :user', org=organization_id, user=user_id
    )
    return None if row is None else of(row)


def _changed(tx: Tx, held: Override, command: SetOverride) -> Override:
    """The exception as it shall be, each value within its bounds."""
    both = [name for name in command.dropped if getattr(command, name) is not None]
    if both:
        raise WrongUse(f"{both[0].replace('_', ' ')}: it is given and dropped at once", "Do one of them.")
    values: dict[str, object] = dict.fromkeys(command.dropped)
    for name in (*AMOUNTS, *FLAGS, "until"):
        value = getattr(command, name)
        if value is not None:
            values[name] = value
    for name in AMOUNTS:
        amount = getattr(command, name)
        if amount is not None and not 0 <= amount <= MAX_TOKENS:
            raise WrongUse(f"{name}: {amount} is out of bounds", f"From 0 to {MAX_TOKENS:,}.")
    if command.until is not None and command.until <= tx.now:
        raise WrongUse("until: this time is past", "Give a time to come, or clear the exception.")
    if command.note is not None:
        values["note"] = accept("note", command.note.strip(), 500)
    return replace(held, **values)  # type: ignore[arg-type]


def _apply(tx: Tx, organization_id: int, user_id: int, held: Override | None, wanted: Override | None) -> Done:
    assert tx.verb is not None
    falling_back.due(tx, organization_id)
    plan_id = allocations.open_plan(tx, organization_id, tx.verb.value)
    tx.many(
        "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before_text, after_text, rule, state)"
        " VALUES (?, ?, ?, ?, ?, ?, 'override', ?)",
        [
            (
                organization_id, plan_id, user_id, Field.OVERRIDE.value, held.stored if held else None,
                wanted.stored if wanted else None, int(State.IN),
            )
        ],
    )  # fmt: skip
    return plans.applied(tx, organization_id, plan_id, Consent(), strict=True, listed=None)
