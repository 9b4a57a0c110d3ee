"""Plans of distribution in files: written from a plan, applied from a file that nobody changed."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.exc import IntegrityError

from sage_tui.clock import to_datetime
from sage_tui.domain import emails, months
from sage_tui.domain.distributing import Action
from sage_tui.domain.errors import Conflict, NotFound, WrongUse
from sage_tui.domain.members import Proposed
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plan_files import VERSION, Json, read, written
from sage_tui.domain.plans import Done, Field, Skipped
from sage_tui.domain.progress import Progress, nothing, told
from sage_tui.domain.rules import words
from sage_tui.services import allocations, falling_back, people, plans
from sage_tui.services.context import Context, retried
from sage_tui.store import plans as store
from sage_tui.store.transaction import Tx, chunks

AT_ONCE = 500
"""People that are looked up at once."""


def lines(ctx: Context, plan_id: int) -> Iterator[str]:
    """The lines of a distribution plan's file: what is in, in order. Raises NotFound."""
    key = ctx.keys.subkey("plan")
    with ctx.read(Verb.PLANS) as tx:
        head = store.head(tx, plan_id)
        if head is None or head["made_by"] != (tx.actor.user_id or 0) or head["what"] not in set(Action):
            raise NotFound("This plan is gone: it was applied or given up.", "Make it again.", code="plan_gone")
        organization_id = int(head["organization_id"])
        yield from written(_head(tx, organization_id, plan_id, head), _rows(tx, organization_id, plan_id), key)


def _head(tx: Tx, organization_id: int, plan_id: int, head: Any) -> dict[str, Any]:
    glance = allocations.summary(tx, organization_id, plan_id)
    totals: dict[str, Any] = {"rows": glance.changes, "people": glance.people, "skipped": glance.skipped}
    return {
        "plan": plan_id,
        "version": VERSION,
        "organization": glance.organization,
        "organization_id": organization_id,
        "action": str(head["what"]),
        "made_at": months.iso(to_datetime(head["made_at"])),
        "totals": totals | {kind.value: one.after - one.before for kind, one in glance.pool.items()},
        "pool": {kind.value: {"before": one.before, "after": one.after} for kind, one in glance.pool.items()},
    }


def _rows(tx: Tx, organization_id: int, plan_id: int) -> Iterator[dict[str, Any]]:
    found = tx.stream(
        'SELECT u.email, p.field, p.before, p.after, p.rule FROM plan_row p JOIN "user" u ON u.id = p.user_id'
        " WHERE p.organization_id = ? AND p.plan_id = ? AND p.state = 0 ORDER BY p.user_id, p.field",
        (organization_id, plan_id),
    )
    for email, field, before, after, rule in found:
        made = {"email": email, "kind": field, "before": before, "after": after, "rule": rule}
        yield made | {"reason": words(str(rule))}


@retried
def apply(ctx: Context, source: Iterable[str], consent: Consent, progress: Progress = nothing) -> Done:
    """Apply a plan from the lines of its file: what moved since is left and named, the rest is done as one batch.

    Raises WrongUse (altered, or no plan), NotFound (the organization), PoolTooSmall, StepUpNeeded.
    """
    key = ctx.keys.subkey("plan")
    with ctx.write(Verb.DISTRIBUTION_APPLY) as tx:
        taken = _Taken(tx, progress)
        try:
            read(source, key, taken.take)
        except IntegrityError:
            raise WrongUse("A row stands twice in the plan: nothing was done.", code="plan_altered") from None
        done = plans.applied(tx, taken.organization_id, taken.plan_id, consent, strict=False, listed=0)
        gone = tuple(Skipped(email, "ended", kind) for email, kind in taken.gone)
        return Done(
            done.batch, done.changes, done.rows, done.skipped, done.left + gone, done.pool, done.more, done.notes
        )


class _Taken:
    """A plan as it comes out of a file, row by row, into the store."""

    def __init__(self, tx: Tx, progress: Progress) -> None:
        self._tx = tx
        self._progress = progress
        self.organization_id = self.plan_id = 0
        self.gone: list[tuple[str, str]] = []
        """Whoever is no member any more."""

    def take(self, head: Json, rows: Iterator[Json]) -> None:
        """Make a plan of it. Raises NotFound, WrongUse."""
        action, number = head.get("action"), head.get("organization_id")
        if not isinstance(action, str) or action not in set(Action) or type(number) is not int:
            raise WrongUse("The file is not a plan of a distribution", "Make one: sage-tui distribution plan.")
        made_at = months.parse_time(str(head.get("made_at")), self._tx.now)
        if action in (Action.RECLAIM, Action.REBALANCE) and months.month_of(made_at) != months.month_of(self._tx.now):
            raise Conflict("The plan is of another month: nothing was done.", "Make it again.", code="plan_old")
        self.organization_id = people.organization_for(self._tx, number)
        falling_back.due(self._tx, self.organization_id)
        self.plan_id = allocations.open_plan(
            self._tx, self.organization_id, Verb.DISTRIBUTION_APPLY.value, what=str(action)
        )
        store.put(self._tx, self.organization_id, self.plan_id, told(self._known(rows), self._progress))

    def _known(self, rows: Iterator[Json]) -> Iterator[Proposed]:
        for some in chunks(rows, AT_ONCE):
            known = self._numbers({emails.key(str(row["email"])) for row in some})
            for row in some:
                who = known.get(emails.key(str(row["email"])))
                if who is None:
                    self.gone.append((str(row["email"]), str(row["kind"])))
                    continue
                yield Proposed(who, Field(row["kind"]), row["before"], row["after"], str(row["rule"]))

    def _numbers(self, keys: set[str]) -> dict[str, int]:
        marks = ", ".join("?" * len(keys))
        sql = f'SELECT u.email_key, u.id FROM "user" u WHERE u.organization_id = ? AND u.email_key IN ({marks})'
        return {str(key): int(who) for key, who in self._tx.tuples(sql, (self.organization_id, *sorted(keys)))}
