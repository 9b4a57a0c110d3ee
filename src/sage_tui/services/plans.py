"""Plans as people make them: whom an act is for, what it would do, which rows are in; then it is applied or given up.

An act is plan → preview → apply (product.md). `act` does all three at once, for scripts.
"""

from dataclasses import dataclass

from sage_tui.domain.errors import NotFound, SageError
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Choice, Command, Consent, Edits
from sage_tui.domain.plans import Done, PlanRow, PlanSummary, Skipped, State
from sage_tui.domain.progress import Progress, nothing
from sage_tui.domain.staged import Effect
from sage_tui.domain.text import accept
from sage_tui.services import allocations, falling_back, people, plan_rows, planning, requests_hanging
from sage_tui.services.context import Context, retried
from sage_tui.store import plans as store
from sage_tui.store.transaction import Row, Tx

REASON_LIMIT = 500
"""Characters of a reason."""

NAMED = 1_000
"""Skipped and left rows that are named in any case."""


@retried
def make(ctx: Context, command: Command, progress: Progress = nothing) -> PlanSummary:
    """Make a plan and keep it: nothing of it counts yet. Raises NotFound, WrongUse, QueryError, FieldError."""
    _fall_back(ctx, command)
    with ctx.write(command.verb) as tx:
        organization_id, plan_id = planning.made(tx, command, progress)
        return allocations.summary(tx, organization_id, plan_id)


def _fall_back(ctx: Context, command: Command) -> None:
    """What time gives back, in a short transaction before a long one.

    It locks the pools, and whoever spends, edits or decides meanwhile would wait until the plan is made. Where it is
    not known whose pools, or nobody may, the plan itself says so, or does it.
    """
    try:
        with ctx.read(command.verb) as tx:
            organization_id = people.organization_for(tx, command.organization_id)
            if not falling_back.is_due(tx, organization_id):
                return
    except SageError:
        return
    with ctx.write(command.verb) as tx:
        falling_back.due(tx, organization_id)


@retried
def act(
    ctx: Context, command: Command, consent: Consent, progress: Progress = nothing, listed: int | None = None
) -> Done:
    """Make a plan and apply it in one transaction; a dry run says what it would do.

    Raises as `make` and `apply` do; whoever the act is for must be a member. Setting fields leaves nobody: a row
    that moved meanwhile refuses all (interfaces.md, "Skipped, left, refused").
    """
    with ctx.write(command.verb) as tx:
        organization_id, plan_id = planning.made(tx, command, progress, at_once=True)
        strict = command.verb is Verb.USERS_SET
        return applied(tx, organization_id, plan_id, consent, strict=strict, listed=listed)


@retried
def apply(ctx: Context, plan_id: int, consent: Consent, listed: int = 0) -> Done:
    """Apply a plan that was looked at. Raises Conflict, PoolTooSmall, Refused, WrongUse, StepUpNeeded, NotFound."""
    with ctx.read(Verb.PLANS) as tx:
        verb = Verb(str(_own(tx, plan_id)["action"]))
    if consent.reason:
        ctx = ctx.because(accept("reason", consent.reason, REASON_LIMIT, multiline=True))
    with ctx.write(verb) as tx:
        head = _own(tx, plan_id)
        falling_back.due(tx, int(head["organization_id"]))
        return applied(
            tx, int(head["organization_id"]), plan_id, consent, strict=bool(head["strict"]), listed=listed
        )  # fmt: skip


@retried
def discard(ctx: Context, plan_id: int) -> None:
    """Give a plan up. A plan that is gone already is no fault."""
    with ctx.write(Verb.PLANS) as tx:
        head = store.head(tx, plan_id, locked=True)
        if head is not None and head["made_by"] == (tx.actor.user_id or 0):
            store.drop(tx, int(head["organization_id"]), plan_id)


def look(ctx: Context, plan_id: int) -> PlanSummary:
    """A plan at a glance, as things stand now. Raises NotFound."""
    with ctx.read(Verb.PLANS) as tx:
        return allocations.summary(tx, int(_own(tx, plan_id)["organization_id"]), plan_id)


def effect(ctx: Context, command: Edits) -> Effect:
    """What staged edits would do, as their plan would tell it, without making one. Raises as `make`."""
    with ctx.read(Verb.PLANS) as tx:
        return planning.effect(tx, command)


def rows(
    ctx: Context, plan_id: int, first: int = 0, count: int = 100, text: str = ""
) -> tuple[tuple[PlanRow, ...], int]:
    """Rows of a plan from a place on, what waits for a decision first and what is skipped last; and how many there are.

    `text` keeps those whose e-mail, field or reason holds it. Raises NotFound.
    """
    with ctx.read(Verb.PLANS) as tx:
        organization_id = int(_own(tx, plan_id)["organization_id"])
        return plan_rows.window(tx, organization_id, plan_id, first, count, text), plan_rows.count(
            tx, organization_id, plan_id, text
        )


@retried
def choose(ctx: Context, plan_id: int, choice: Choice) -> PlanSummary:
    """Take rows in or out; the plan as it is then. Raises NotFound."""
    with ctx.write(Verb.PLANS) as tx:
        organization_id = int(_own(tx, plan_id, locked=True)["organization_id"])
        where, values = plan_rows.matching(tx, choice.text)
        if choice.cell is not None:
            where, values = plan_rows.of_cell(tx, *choice.cell)
        state = State.IN if choice.into else State.OUT
        movable = f"p.state IN ({int(State.IN)}, {int(State.OUT)}, {int(State.CHANGED)})"
        tx.run(
            "UPDATE plan_row SET state = :state WHERE organization_id = :org AND plan_id = :plan AND (user_id, field)"
            ' IN (SELECT p.user_id, p.field FROM plan_row p JOIN "user" u ON u.id = p.user_id'
            f" WHERE p.organization_id = :org AND p.plan_id = :plan AND {movable} AND {where})",
            org=organization_id, plan=plan_id, state=int(state), **values,
        )  # fmt: skip
        requests_hanging.couple(tx, organization_id, plan_id, into=choice.into)
        return allocations.summary(tx, organization_id, plan_id)


@retried
def keep_what_fits(ctx: Context, plan_id: int) -> PlanSummary:
    """Take out the raises that the cap has no room for, in order; the plan as it is then. Raises NotFound."""
    with ctx.write(Verb.PLANS) as tx:
        organization_id = int(_own(tx, plan_id, locked=True)["organization_id"])
        allocations.fit(tx, organization_id, plan_id, State.OUT)
        requests_hanging.couple(tx, organization_id, plan_id)
        return allocations.summary(tx, organization_id, plan_id)


def _own(tx: Tx, plan_id: int, *, locked: bool = False) -> Row:
    """A plan of the actor's own. Raises NotFound, alike for another's."""
    head = store.head(tx, plan_id, locked=locked)
    if head is None or head["made_by"] != (tx.actor.user_id or 0):
        raise NotFound("This plan is gone: it was applied or given up.", "Make it again.", code="plan_gone")
    return head


def applied(
    tx: Tx, organization_id: int, plan_id: int, consent: Consent, *, strict: bool, listed: int | None
) -> Done:  # fmt: skip
    """Apply, and tell what was done: rows are read before the plan is forgotten."""
    answer = _Answer()

    def read() -> None:
        answer.read(tx, organization_id, plan_id, listed)

    done = allocations.apply(tx, organization_id, plan_id, consent, strict=strict, before_forgetting=read)
    return Done(
        batch=None if tx.dry_run else done.batch,
        changes=done.changes,
        rows=answer.rows,
        skipped=answer.skipped,
        left=answer.left,
        pool=done.pool,
        more=max(done.changes - len(answer.rows), 0),
    )


@dataclass
class _Answer:
    """What is told of a plan's rows."""

    rows: tuple[PlanRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    left: tuple[Skipped, ...] = ()

    def read(self, tx: Tx, organization_id: int, plan_id: int, listed: int | None) -> None:
        limit = 10**9 if listed is None else listed
        self.rows = plan_rows.of_state(tx, organization_id, plan_id, State.IN, limit)
        named = max(limit, NAMED)
        skipped = plan_rows.of_state(tx, organization_id, plan_id, State.SKIPPED, named)
        left = plan_rows.of_state(tx, organization_id, plan_id, State.LEFT, named)
        self.skipped = tuple(_named(row) for row in skipped)
        self.left = tuple(_named(row) for row in left)


def _named(row: PlanRow) -> Skipped:
    return Skipped(row.email, row.why, row.name)
