"""Requests in plans: decided, reopened by an undo, decided again, closed with a person who leaves. Steps.

A row `request 12` has the request's state before and after as texts (domain/requests.written); a row of plain words
is offboarding's, whose note is known. What a request grants (the limit, the raise with an end) hangs together with it:
where one of them is left or taken out, all of them are.
"""

from collections.abc import Iterable

from sage_tui.domain.errors import Conflict
from sage_tui.domain.plans import TOKENS, Field, State
from sage_tui.domain.requests import AUTOMATIC, OFFBOARDED, Decision, Lasts, Status, read
from sage_tui.services import pools
from sage_tui.store import plans as store
from sage_tui.store.plan_sql import KEY, OURS
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx, chunks
from sage_tui.store.windows.requests import lasts

REQUEST = f"'{Field.REQUEST.value} ' || CAST(t.id AS TEXT)"
RAISE = f"'{Field.RAISE.value} ' || CAST(t.id AS TEXT)"
_JOINED = (
    f"FROM plan_row p JOIN request t ON t.organization_id = p.organization_id AND t.user_id = p.user_id"
    f" AND {REQUEST} = p.field WHERE {KEY} AND p.field LIKE 'request %'"
)
_GRANTS = "(p.before_text LIKE 'approved%' OR p.after_text LIKE 'approved%')"
AT_ONCE = 10_000


def mark(tx: Tx, organization_id: int, plan_id: int) -> None:
    """Leave the rows whose request is no longer as the plan saw it."""
    rows = tx.rows(
        f"SELECT p.user_id, p.field, p.before_text, t.* {_JOINED} AND p.state = {int(State.IN)}",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    known = {(row["user_id"], row["field"]): _stands(row) for row in rows}
    cells = tx.rows(
        f"SELECT p.user_id, p.field FROM plan_row p WHERE {KEY} AND p.field LIKE 'request %'"
        f" AND p.state = {int(State.IN)}",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    gone = [cell for row in cells if not known.get(cell := (row["user_id"], row["field"]))]
    _leave(tx, organization_id, plan_id, gone, "moved")


def _stands(row: Row) -> bool:
    """Is a request as the plan's row says?"""
    seen, text = read(str(row["before_text"])), str(row["before_text"])
    now = decision_of(row)
    if "{" in text:
        return now == seen
    if seen.status is Status.DENIED:
        return now.status is Status.DENIED and now.note == OFFBOARDED
    return now.status is seen.status


def decision_of(row: Row) -> Decision:
    """A request's state, from its row."""
    status = Status(row["status"])
    if status is Status.PENDING:
        return Decision(status, note=str(row["note"]))
    return Decision(status, row["approved"], lasts(row), row["until"], str(row["note"]), bool(row["automatic"]))


def _leave(tx: Tx, organization_id: int, plan_id: int, cells: Iterable[tuple[int, str]], why: str) -> None:
    tx.many(
        f"UPDATE plan_row SET state = {int(State.LEFT)}, why = ? WHERE organization_id = ? AND plan_id = ?"
        " AND user_id = ? AND field = ?",
        [(why, organization_id, plan_id, *cell) for cell in cells],
    )


def write(tx: Tx, organization_id: int, plan_id: int, batch: int) -> None:
    """Give the requests of a plan their state. Raises Conflict where one is not as the plan saw it."""
    rows = tx.rows(
        f"SELECT p.before_text, p.after_text, t.id {_JOINED} AND p.state = {int(State.IN)} ORDER BY t.id",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    decided = 0
    for some in chunks(rows, AT_ONCE):
        tx.many(
            "UPDATE request SET status = ?, approved = ?, until = ?, for_good = ?, note = ?, automatic = ?,"
            " decided_at = ?, decided_by = ?, decided_name = ?, batch = ?"
            " WHERE organization_id = ? AND id = ? AND status = ?",
            [_values(tx, organization_id, batch, row) for row in some],
        )
        decided += sum(not str(row["after_text"]).startswith(Status.PENDING) for row in some)
    done = tx.value(
        f"SELECT count(*) {_JOINED} AND p.state = {int(State.IN)} AND t.batch = :batch",
        org=organization_id, plan=plan_id, batch=batch,
    )  # fmt: skip
    if int(done) != decided:
        raise Conflict("Somebody decided one of them meanwhile: nothing was saved.", "Look at it again.", code="moved")


def _values(tx: Tx, organization_id: int, batch: int, row: Row) -> tuple[object, ...]:
    """What is written of a request; without a decision nobody has decided."""
    after, text = read(str(row["after_text"])), str(row["after_text"])
    note = OFFBOARDED if text == Status.DENIED else after.note
    key = (organization_id, int(row["id"]), read(str(row["before_text"])).status.value)
    if after.status is Status.PENDING:
        return after.status.value, None, None, False, note, False, None, None, "", None, *key
    who = (None, AUTOMATIC) if after.automatic else (tx.actor.user_id, tx.actor.name)
    good = after.lasts is Lasts.GOOD
    return (
        after.status.value, after.approved, after.until, good, note, after.automatic, tx.now, *who, batch, *key,
    )  # fmt: skip


# What hangs together --------------------------------------------------------------------------------------------------

_OF_KIND = " OR ".join(f"(t.kind = {KINDS.index(field.value)} AND {{0}}.field = '{field.value}')" for field in TOKENS)


def couple(tx: Tx, organization_id: int, plan_id: int, *, into: bool = False) -> None:
    """Where a limit, a request or a raise of one grant is not in, none of them is.

    `into`: the other way about, for a row that was just taken in again.
    """
    ours = {"org": organization_id, "plan": plan_id}
    grants = (
        f"SELECT 1 FROM plan_row p WHERE {KEY} AND (p.field LIKE 'raise %' OR p.field LIKE 'request %' AND {_GRANTS})"
        " LIMIT 1"
    )
    if tx.value(grants, **ours) is None:
        return
    for _ in range(2):  # from a request or a raise to the limit, and from there to the others
        _spread(tx, ours, "token_raise", RAISE, "raise", to_limit=True, into=into)
        _spread(tx, ours, "request", REQUEST, "request", to_limit=True, into=into)
        _spread(tx, ours, "request", REQUEST, "request", to_limit=False, into=into)
        _spread(tx, ours, "token_raise", RAISE, "raise", to_limit=False, into=into)


def _spread(
    tx: Tx, ours: dict[str, int], table: str, item: str, sort: str, *, to_limit: bool, into: bool
) -> None:  # fmt: skip
    """Give the state of a request or raise to the limit of its kind, or the limit's to it."""
    kind = _OF_KIND.format("p" if to_limit else "q")
    grants = f" AND {_GRANTS.replace('p.', ('q.' if to_limit else 'p.'))}" if table == "request" else ""
    thing, limit = ("q", "p") if to_limit else ("p", "q")
    fields = ", ".join(f"'{field.value}'" for field in TOKENS)
    target = f"p.field IN ({fields})" if to_limit else f"p.field LIKE '{sort} %'"
    changes = f"p.state = {int(State.OUT)}" if into else f"p.state = {int(State.IN)}"
    source = f"q.state = {int(State.IN)}" if into else f"q.state <> {int(State.IN)}"
    found = (
        f"FROM plan_row q JOIN {table} t ON t.organization_id = q.organization_id AND t.user_id = q.user_id"
        f" WHERE q.organization_id = :org AND q.plan_id = :plan AND q.user_id = p.user_id AND {source}"
        f" AND {thing}.field = {item} AND {limit}.field IN ({fields}) AND ({kind})"
    )
    cells = tx.rows(
        f"SELECT p.user_id, p.field, (SELECT max(q.state) {found}{grants}) AS state,"
        f" (SELECT max(q.why) {found}{grants}) AS why FROM plan_row p"
        f" WHERE {KEY} AND {target} AND {changes} AND EXISTS (SELECT 1 {found}{grants})",
        **ours,
    )
    tx.many(
        "UPDATE plan_row SET state = ?, why = ? WHERE organization_id = ? AND plan_id = ? AND user_id = ?"
        " AND field = ?",
        [
            (int(row["state"]), str(row["why"]), ours["org"], ours["plan"], int(row["user_id"]), str(row["field"]))
            for row in cells
        ],
    )


def skip_own(tx: Tx, organization_id: int, plan_id: int, user_id: int) -> None:
    """Nobody decides their own request, by an undo neither."""
    tx.run(
        f"UPDATE plan_row SET state = {int(State.SKIPPED)}, why = 'self_decision' WHERE {OURS}"
        f" AND state = {int(State.IN)} AND user_id = :who AND field LIKE 'request %'",
        org=organization_id, plan=plan_id, who=user_id,
    )  # fmt: skip


# What fits ------------------------------------------------------------------------------------------------------------


def fit_oldest(tx: Tx, organization_id: int, plan_id: int) -> None:
    """Leave what the pools have no room for, whoever asked last first."""
    sums = store.sums(tx, organization_id, plan_id)
    if not any(name.startswith(Field.REQUEST) for name in sums.by_field):
        return
    effects = pools.effects(tx, organization_id, sums.change)
    for field, kind in TOKENS.items():
        if not effects[kind].shortfall:
            continue
        room = max(effects[kind].cap - effects[kind].before, 0)
        rows = tx.rows(
            "SELECT q.user_id, coalesce(q.after, 0) - coalesce(q.before, 0) AS change, min(t.created_at) AS at,"
            f" min(t.id) AS id FROM plan_row q JOIN plan_row p ON {KEY} AND p.user_id = q.user_id"
            f" AND p.field LIKE 'request %' JOIN request t ON t.organization_id = :org AND t.user_id = q.user_id"
            f" AND {REQUEST} = p.field AND t.kind = :kind WHERE q.organization_id = :org AND q.plan_id = :plan"
            f" AND q.field = :field AND q.state = {int(State.IN)} GROUP BY q.user_id, q.after, q.before ORDER BY 3, 4",
            org=organization_id, plan=plan_id, field=field.value, kind=KINDS.index(kind.value),
        )  # fmt: skip
        out = []
        for row in rows:
            if row["change"] > room:
                out.append((int(row["user_id"]), field.value))
            else:
                room -= int(row["change"])
        _leave(tx, organization_id, plan_id, out, "pool_too_small")
