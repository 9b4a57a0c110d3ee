"""Exports: rows written as they are read, to a file of their own or to a stream (product.md, "Token Statistics")."""

import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain import shapes
from sage_tui.domain.cells import cell
from sage_tui.domain.errors import StepUpNeeded
from sage_tui.domain.exports import Exported, ExportUsers, first_line
from sage_tui.domain.months import day_text, iso, month_text, time_text
from sage_tui.domain.paging import After, Ask, Sort, Start
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.progress import Progress, nothing, told
from sage_tui.domain.queries import Query
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.spans import Span
from sage_tui.domain.text import clean
from sage_tui.services.context import Context
from sage_tui.services.export_files import FileSink, Sink
from sage_tui.store import audit
from sage_tui.store.transaction import Tx, chunks
from sage_tui.store.windows import users as windows

Change = tuple[str, int | str | None, int | str | None]
"""Field, before, after: what the audit tells."""

SLUG = 28
"""Characters of an organization's name in a file's: with all that else may stand there it is at most 100 long."""

PAGE = 1_000
FORMATS = ("csv", "jsonl")

SHORT = (
    "id", "email", "first_name", "last_name", "organization", "department", "type", "paid", "banned",
    "inference_allocation", "inference_used", "inference_lifetime",
    "embedding_allocation", "embedding_used", "embedding_lifetime",
)  # fmt: skip
"""Columns of the short export of users; the full one has every field of the JSON."""


def users(ctx: Context, command: ExportUsers, sink: Sink, progress: Progress = nothing) -> Exported:
    """Write the people that a filter finds; audited. Raises QueryError, Refused, StoreUnavailable, Interrupted.

    The entry stands in the audit before the file stands in its place; a stream's, before its first byte.
    """
    query = parse(command.query, USERS)
    rows = 0
    if sink.path == "-":
        _note(ctx, command, sink, None)
    with ctx.read(Verb.EXPORT_USERS) as tx:
        demand_step_up(tx, command.organization_id)
        everybody = _members(tx, query, command) if not command.numbers else _named(tx, command)
        as_of = time_text(tx.now)
        found = ({**_user(row, command.full), "as_of": as_of} for row in everybody)
        for part in chunks(told(found, progress), PAGE):
            sink.write(written(part, command.format, header=rows == 0))
            rows += len(part)
        if rows == 0 and command.format == "csv":
            sink.write(first_line(_columns(command.full)))
    if sink.path != "-":
        _note(ctx, command, sink, rows)
        if not ctx.dry_run:
            sink.publish()
    return Exported(sink.path, rows, sink.count, sink.sha256)


def users_to_file(
    ctx: Context, command: ExportUsers, progress: Progress = nothing, path: str = "", *, replace: bool = False
) -> Exported:
    """The same into a file: as named, else one in the export directory whose name says organization and time."""
    if not path:
        with ctx.read(Verb.EXPORT_USERS) as tx:
            whose_ = whose(tx, command.organization_id)
        path = named(ctx, "users", whose_, None, command.format)
    with FileSink(path, replace=replace) as sink:
        return users(ctx, command, sink, progress)


def whose(tx: Tx, organization_id: int | None) -> str:
    """A step: the name of the organization that an export is of, as it may stand in a file's name; `all` of several."""
    number = organization_id if organization_id is not None else tx.actor.organization_id
    if number is None:
        return "all"
    name = str(tx.value("SELECT name FROM organization WHERE id = :id", id=number) or "")
    within = tx.reach is Reach.EVERYWHERE or number == tx.actor.organization_id
    plain = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower())
    return (plain.strip("-")[:SLUG] if within else "") or f"org-{number}"


def named(ctx: Context, stem: str, whose: str, span: Span | None, format_name: str) -> str:
    """A file of the export directory: `models-acme-2026-11-20261123-140200.csv`, with days where they are no months."""
    days = ""
    if span is not None:
        ends = (
            tuple(map(day_text, (span.first, span.last)))
            if span.months is None
            else tuple(map(month_text, span.months))
        )
        days = "-" + "-to-".join(dict.fromkeys(ends))
    time = f"{to_datetime(ctx.clock.now()):%Y%m%d-%H%M%S}"
    return os.path.join(ctx.export_dir or os.getcwd(), f"{stem}-{whose}{days}-{time}.{format_name}")


def dated(ctx: Context, stem: str, format_name: str) -> str:
    """The name of a dated file in the export directory (or in the one the program was started in)."""
    name = f"{stem}-{iso(to_datetime(ctx.clock.now()))}".replace(":", "").replace("T", "-").rstrip("Z")
    return os.path.join(ctx.export_dir or os.getcwd(), f"{name}.{format_name}")


def demand_step_up(tx: Tx, organization_id: int | None) -> None:
    """A step: beyond one organization a fresh code is needed (security.md, section 5)."""
    if tx.reach is Reach.EVERYWHERE and organization_id is None and not tx.actor.step_up:
        raise StepUpNeeded("An export beyond one organization needs a fresh code.")


def _members(tx: Tx, query: Query, command: ExportUsers) -> Iterator[Any]:
    """All that match, as they are sorted on screen (by e-mail unless said), a page at a time."""
    sort = command.sort or Sort("email")
    ask = Ask(0, "", sort, Start(), PAGE)
    while True:
        window = windows.window(tx, query, ask, command.organization_id)
        yield from window.rows
        if not window.more_after or not window.keys:
            return
        ask = Ask(0, "", sort, After(window.keys[-1]), PAGE)


def _named(tx: Tx, command: ExportUsers) -> Iterator[Any]:
    """People by their numbers, as far as they are within the reach."""
    where, values = tx.within("m", command.organization_id)
    for some in chunks(command.numbers, 500):
        listed = ", ".join(str(int(number)) for number in some)
        sql = f"SELECT m.user_id FROM membership m WHERE m.user_id IN ({listed}) AND m.ended_at IS NULL AND {where}"
        for row in tx.rows(sql, **values):
            yield windows.one(tx, int(row["user_id"]))


def _user(row: Any, full: bool) -> dict[str, Any]:
    everything = shapes.flat(shapes.user(row))
    return everything if full else {name: everything[name] for name in SHORT}


def _columns(full: bool) -> Sequence[str]:
    return (*(FULL if full else SHORT), "as_of")


FULL = (
    "id", "email", "first_name", "last_name", "organization", "department", "company", "type", "plan", "paid", "banned",
    "stopped", "verified", "mfa", "cac",
    "inference_allocation", "inference_used", "inference_previous", "inference_lifetime", "inference_remaining",
    "embedding_allocation", "embedding_used", "embedding_previous", "embedding_lifetime", "embedding_remaining",
    "last_sign_in_at", "created_at",
)  # fmt: skip
"""Columns of the full export of users: the fields of the JSON, in its order."""


def written(rows: Sequence[dict[str, Any]], format_name: str, *, header: bool) -> bytes:
    """Rows as CSV (safe in spreadsheets) or JSON lines."""
    if format_name == "jsonl":
        return "".join(f"{json.dumps(row, ensure_ascii=True)}\n" for row in rows).encode()
    cells = [[cell(value) for value in row.values()] for row in rows]
    return _csv([list(rows[0]), *cells] if header else cells)


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _note(ctx: Context, command: ExportUsers, sink: Sink, rows: int | None) -> None:
    changes: list[Change] = [("format", None, command.format), ("full", None, int(command.full))]
    note(ctx, Verb.EXPORT_USERS, command.organization_id, sink, rows, changes, command.query)


def note(
    ctx: Context,
    verb: Verb,
    organization_id: int | None,
    sink: Sink,
    rows: int | None,
    changes: Sequence[Change],
    query: str,
) -> None:
    """Exports are audited in a transaction of their own: which filter, how many, the digest (of a stream neither)."""
    with ctx.write(verb) as tx:
        audit.append(
            tx,
            organization_id=tx.actor.organization_id or organization_id or 0,
            target="standard output" if sink.path == "-" else f"file {ascii(clean(sink.path))[1:-1]}",
            changes=changes,
            personal=[audit.Personal("query", query)] if query else [],
            rows=rows or 0,
            digest=sink.sha256 if rows is not None else "",
        )
