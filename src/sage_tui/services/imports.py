"""Usage from files: streamed in batches, each one transaction; cut anywhere and repeated, every row counts once.

Reading the file is the gateways' part: this module gets its rows. Rules: interfaces.md, `import usage`;
security.md, section 8.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sage_tui.domain import text
from sage_tui.domain.errors import Interrupted, Refused, SageError, StoreUnavailable
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.domain.usage import Recorded, RefusedRow, Unassigned, UsageRecord
from sage_tui.services import strangers
from sage_tui.services.context import Context, retried
from sage_tui.services.metering import Recorder, record
from sage_tui.store import audit
from sage_tui.store.transaction import Tx, chunks

BATCH = 10_000
"""Rows a transaction."""

TOLD = 10_000
"""Refused rows that are kept to be told; the others are counted."""

Rows = Callable[[], Iterable[UsageRecord | RefusedRow]]


class Unknown(StrEnum):
    """What becomes of identities that belong to nobody."""

    HOLD = "hold"
    CREATE = "create"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file as the import sees it. `rows` begins anew at every call; `digest` is of what was read so far.

    `on_rows` hears after each batch how many rows were seen.
    """

    name: str
    source: str
    rows: Rows
    digest: Callable[[], str] = str
    on_rows: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class UsageImport:
    """What an import did. `number` is what `usage reverse --import` takes; `before` an earlier import of this file."""

    sums: Recorded
    number: int | None
    refused: int
    before: int | None = None


@dataclass
class _Run:
    """The state of one import between its transactions."""

    recorder: Recorder
    file: UsageFile
    unknown: Unknown
    sums: Recorded = field(default_factory=Recorded)
    held: dict[str, list[int]] = field(default_factory=dict)
    others: dict[str, Recorder] = field(default_factory=dict)
    """Of rows that name their source: our own export may have those of several."""
    refused: int = 0
    seen: int = 0
    last_row: int = 0
    batches: int = 0


def usage(
    ctx: Context,
    file: UsageFile,
    *,
    organization_id: int | None = None,
    unknown: Unknown = Unknown.HOLD,
    strict: bool = False,
) -> UsageImport:
    """Record a file's usage. With `strict` (and in a dry run) all is one transaction: all or nothing.

    Raises Refused (`strict` with a bad row, `fail` with an unknown identity), StoreUnavailable, Interrupted.
    """
    if unknown is Unknown.FAIL:
        _demand_known(ctx, file)
    run = _Run(_recorder(ctx, file, organization_id), file, unknown)
    batches = _batches(file.rows(), None if strict or ctx.dry_run else BATCH)
    try:
        _drive(ctx, run, batches, strict)
    except (StoreUnavailable, KeyboardInterrupt) as error:
        raise _stopped(run, error) from error
    return UsageImport(_told(run), run.recorder.import_id, run.refused, _before(ctx, run))


def _drive(ctx: Context, run: _Run, batches: Iterator[list[UsageRecord | RefusedRow]], strict: bool) -> None:
    rows: list[UsageRecord | RefusedRow] | None = next(batches, [])
    while rows is not None:
        following = next(batches, None)
        _batch(ctx, run, rows, last=following is None, strict=strict)
        run.file.on_rows(run.seen)
        rows = following


@retried
def _batch(ctx: Context, run: _Run, rows: list[UsageRecord | RefusedRow], *, last: bool, strict: bool) -> None:
    """One transaction. What the run remembers changes only when it holds."""
    recorder = _copied(run.recorder)
    others = {name: _copied(other) for name, other in run.others.items()}
    after = replace(run, recorder=recorder, others=others, held={name: list(sums) for name, sums in run.held.items()})
    with ctx.write(Verb.IMPORT_USAGE) as tx:
        if after.batches == 0:
            recorder.import_id = tx.numbers("usage_import")
        if after.unknown is Unknown.CREATE:
            strangers.create(tx, recorder, rows)
        answers = [record(tx, one, some) for one, some in _by_source(after, rows)]
        _add(after, rows, answers)
        if strict and after.refused:
            raise _not_sound(after.sums.refused, after.refused)
        _note(tx, after, last=last)
    run.__dict__.update(after.__dict__)


def _copied(recorder: Recorder) -> Recorder:
    return replace(recorder, models=dict(recorder.models), owners=dict(recorder.owners))


def _by_source(run: _Run, rows: list[UsageRecord | RefusedRow]) -> Iterator[tuple[Recorder, list[UsageRecord]]]:
    """The rows of each source with its recorder, in the order of their names: two imports lock them in one order."""
    parts: dict[str, list[UsageRecord]] = {"": []}
    for row in rows:
        if isinstance(row, UsageRecord):
            parts.setdefault(row.source, []).append(row)
    main = run.recorder
    for name in sorted(parts):
        if name and name != main.source and name not in run.others:
            run.others[name] = Recorder(name, main.organization_id, main.only_within, main.import_id)
        yield run.others.get(name, main), parts[name]


def _add(run: _Run, rows: list[UsageRecord | RefusedRow], answers: Sequence[Recorded]) -> None:
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    refused = sorted((*refused, *(row for answer in answers for row in answer.refused)), key=lambda row: row.row)
    run.refused += len(refused)
    run.sums = replace(run.sums, refused=(*run.sums.refused, *refused)[:TOLD])
    run.seen += len(rows)
    run.batches += 1
    run.last_row = rows[-1].row if rows else run.last_row
    for answer in answers:
        _add_sums(run, answer)


def _add_sums(run: _Run, answer: Recorded) -> None:
    for held in answer.unassigned:
        part = run.held.setdefault(held.identity, [0, 0])
        part[0] += held.events
        part[1] += held.charge
    sums = run.sums
    times = [at for at in (sums.first_at, sums.last_at, answer.first_at, answer.last_at) if at is not None]
    run.sums = replace(
        sums,
        recorded=sums.recorded + answer.recorded,
        already=sums.already + answer.already,
        prompt_tokens=sums.prompt_tokens + answer.prompt_tokens,
        completion_tokens=sums.completion_tokens + answer.completion_tokens,
        charge=sums.charge + answer.charge,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        unknown_models=tuple(sorted({*sums.unknown_models, *answer.unknown_models})),
    )


def _told(run: _Run) -> Recorded:
    people_seen = {user for one in (run.recorder, *run.others.values()) for _, user in one.owners.values() if user > 0}
    held = tuple(Unassigned(name, events, tokens) for name, (events, tokens) in sorted(run.held.items()))
    return replace(run.sums, users=len(people_seen), unassigned=held)


def _note(tx: Tx, run: _Run, *, last: bool) -> None:
    """The import's row with every batch; one audit entry at its end, and one at its beginning if more follow."""
    recorder, sha256 = run.recorder, run.file.digest()
    first = run.batches == 1
    values = {
        "org": recorder.organization_id, "id": recorder.import_id, "seen": run.seen, "recorded": run.sums.recorded,
        "sha": sha256 if last else "", "finished": tx.now if last else None,
    }  # fmt: skip
    if first:
        tx.run(
            "INSERT INTO usage_import (organization_id, id, source_id, name, sha256, started_at, finished_at,"
            " rows_seen, recorded) VALUES (:org, :id, :source, :name, :sha, :now, :finished, :seen, :recorded)",
            source=recorder.source_id, name=text.machine(run.file.name), now=tx.now, **values,
        )  # fmt: skip
    else:
        tx.run(
            "UPDATE usage_import SET sha256 = :sha, finished_at = :finished, rows_seen = :seen, recorded = :recorded"
            " WHERE organization_id = :org AND id = :id",
            **values,
        )
    if first or last:
        audit.append(
            tx,
            organization_id=recorder.organization_id,
            target=f"import {recorder.import_id}",
            changes=[
                ("recorded", None, run.sums.recorded),
                ("charge", None, run.sums.charge),
                ("finished", None, int(last)),
            ],
            personal=[audit.Personal("file", text.machine(run.file.name))],
            rows=run.seen,
            digest=sha256 if last else "",
        )


def _recorder(ctx: Context, file: UsageFile, organization_id: int | None) -> Recorder:
    """Where held identities count, and whom the actor may reach."""
    with ctx.read(Verb.IMPORT_USAGE) as tx:
        if tx.reach is Reach.EVERYWHERE:
            return Recorder(file.source, organization_id or NO_ORGANIZATION)
        own = tx.actor.organization_id or NO_ORGANIZATION
        if organization_id not in (None, own):
            raise Refused("There is no such organization.", "Leave --org out: it is your own.")
        return Recorder(file.source, own, only_within=own)


def _batches(rows: Iterable[UsageRecord | RefusedRow], size: int | None) -> Iterator[list[UsageRecord | RefusedRow]]:
    return iter([list(rows)]) if size is None else iter(chunks(rows, size))


def _before(ctx: Context, run: _Run) -> int | None:
    """The last earlier import of a file with the same content, whatever organization it was for, within reach."""
    with ctx.read(Verb.IMPORT_USAGE) as tx:
        where, values = tx.within("i")
        found = tx.value(
            f"SELECT max(i.id) FROM usage_import i WHERE i.sha256 = :sha AND i.id < :id AND {where}",
            sha=run.file.digest() or "-", id=run.recorder.import_id, **values,
        )  # fmt: skip
    return None if found is None else int(found)


def _stopped(run: _Run, error: BaseException) -> SageError:
    where = f"Stopped at line {run.last_row:,}" if run.batches else "Stopped at the beginning"
    hint = "Run it again to go on: rows that were recorded are known and count once."
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(f"{where}.", hint)
    assert isinstance(error, StoreUnavailable)
    return StoreUnavailable(f"{where}: {error.message}", hint, code=error.stable_code)


class NotSound(Refused):
    """A strict import met rows that cannot be recorded: nothing was. `refused` names them."""

    code = "refused_rows"

    def __init__(self, message: str, hint: str, refused: tuple[RefusedRow, ...]) -> None:
        super().__init__(message, hint)
        self.refused = refused


def _not_sound(refused: tuple[RefusedRow, ...], count: int) -> NotSound:
    first = refused[0]
    return NotSound(
        f"Nothing was recorded: refused rows: {count:,}; the first is line {first.row}, {first.field}: {first.why}",
        "Mend them, or leave --strict out.",
        refused,
    )


def _demand_known(ctx: Context, file: UsageFile) -> None:
    """`--unknown-users fail` checks the whole file first."""
    unknown: set[str] = set()
    with ctx.read(Verb.IMPORT_USAGE) as tx:
        checked: set[str] = set()
        for rows in chunks(file.rows(), BATCH):
            names = {row.user for row in rows if isinstance(row, UsageRecord)} - checked
            checked |= names
            unknown |= strangers.among(tx, file.source, names)
    if unknown:
        shown = ", ".join(text.clean(text.identity(name), limit=60) for name in sorted(unknown)[:10])
        more = f" and {len(unknown) - 10:,} more" if len(unknown) > 10 else ""
        raise Refused(
            "Nothing was recorded:"
            f" {text.counted(len(unknown), 'identity belongs', 'identities belong')} to nobody: {shown}{more}",
            "Add the people, or hold them with --unknown-users hold.",
            code="unknown_users",
        )
