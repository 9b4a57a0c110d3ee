"""The report of a week or month about an organization: numbers of Token Statistics, people, forecast, requests, acts.

Nothing is counted here: every number is asked of the service that shows it elsewhere.
"""

from sage_tui.domain.months import month_of, month_of_day
from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.permissions import TABLE, Reach, Verb
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.reports import BATCHES, NAMED, TOP, Acts, Near, Part, Period, Report, period_span
from sage_tui.domain.requests import Status
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Question, Slice, View
from sage_tui.domain.units import Kind
from sage_tui.domain.users import NEAR, UserRow
from sage_tui.services import forecasts, people, statistics
from sage_tui.services.context import Context
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import acts as store
from sage_tui.store.windows import requests, trouble, users

NOT_WORK = frozenset({Verb.ADMIN_ENTER, Verb.ADMIN_LEAVE, Verb.STEP_UP})
"""Verbs of administrators that change nothing of anybody's."""


def report(ctx: Context, period: Period, organization_id: int | None = None, first: int | None = None) -> Report:
    """The last whole week or month, or the one in which the UTC day `first` lies. Raises NotFound, WrongUse (which
    organization)."""
    with ctx.read(Verb.REPORT) as tx:
        return made(tx, period, organization_id, first)


def made(tx: Tx, period: Period, organization_id: int | None, first: int | None = None) -> Report:
    """A step: the same, for exports."""
    org = people.organization_for(tx, organization_id)
    span = period_span(period, tx.now, first)
    models, departments = _part(tx, View.MODELS, org, span), _part(tx, View.DEPARTMENTS, org, span)
    whole = statistics.answered(tx, Question(View.YEARS, Slice(span, org)))
    month = min(int(month_of_day(span.last)), int(month_of(tx.now)))
    troubled = trouble.people(tx, org, month_of(tx.now), NEAR)
    return Report(
        period=period,
        organization_id=org,
        organization=str(tx.value("SELECT name FROM organization WHERE id = :id", id=org)),
        span=span,
        compared=whole.compared,
        total=whole.total,
        before=whole.before,
        models=models,
        departments=departments,
        near=_near(tx, org),
        near_count=troubled["near"],
        stopped_count=troubled["stopped"],
        forecast=forecasts.of_organization(tx, org),
        waiting=requests.by_status(tx, org)[Status.PENDING],
        asked=requests.asked(tx, org),
        stranded={kind: statistics.banded(tx, org, kind, month).total for kind in Kind},
        month=month,
        acts=_acts(tx, org, span),
        as_of=tx.now,
    )


def _part(tx: Tx, view: View, organization_id: int, span: Span) -> Part:
    found = statistics.answered(tx, Question(view, Slice(span, organization_id), TOP))
    return Part(found.lines, found.rest, found.others)


def _near(tx: Tx, organization_id: int) -> tuple[Near, ...]:
    """Who is stopped, then who is near their limit: those who used most of it first."""
    found: dict[int, Near] = {}
    for query in ("stopped:yes", "used>=90%", "emb.used>=90%"):
        ask = Ask(0, query, Sort("share", True), Start(), NAMED)
        for row in users.window(tx, parse(query, USERS), ask, organization_id).rows:
            found.setdefault(row.id, _one(row))
    return tuple(found.values())[:NAMED]


def _one(row: UserRow) -> Near:
    """The kind of which more of the allocation is used."""
    balances = {Kind.INFERENCE: row.inference, Kind.EMBEDDING: row.embedding}

    def share(kind: Kind) -> float:
        allocation = balances[kind].allocation
        return 0.0 if allocation is None else balances[kind].used / max(allocation, 1)

    kind = max(Kind, key=share)
    return Near(row.email, row.stopped, kind, balances[kind].used, balances[kind].allocation)


def _acts(tx: Tx, organization_id: int, span: Span) -> tuple[Acts, ...]:
    """What only administrators may, by action, the most frequent first."""
    batches = store.batches(tx, organization_id, span)
    found = []
    for action, (count, refused) in store.counted(tx, organization_id, span).items():
        if _is_work(action):
            made_ = batches.get(action, [])
            numbers = tuple(number for number, _ in made_[:BATCHES])
            rows = sum(rows for _, rows in made_)
            found.append(Acts(action, count, refused, numbers, len(made_) - len(numbers), rows))
    return tuple(sorted(found, key=lambda one: (-one.count, -one.refused, one.action)))


def _is_work(action: str) -> bool:
    if action not in set(Verb):
        return False
    verb = Verb(action)
    return TABLE[verb].user is Reach.NOWHERE and verb not in NOT_WORK
