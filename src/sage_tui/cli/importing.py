"""import: usage and people from files."""

import os
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import answer, say
from sage_tui.cli.progress import Progress
from sage_tui.cli.state import current
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months, shapes
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, counted
from sage_tui.domain.usage import Recorded, RefusedRow, UsageRecord

noun = group("Usage and people from files.")

File = Annotated[str, typer.Argument(metavar="FILE", help="a file, or - for standard input")]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="field=COLUMN,…", help="which column gives which field")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="field=VALUE,…", help="the same value for every row")]


class _Source:
    """A usage file that can be read again from its beginning; standard input only once."""

    def __init__(self, path: str, format_name: str | None, fields: Any, source: str | None) -> None:
        from sage_tui.gateways import formats
        from sage_tui.gateways.files import open_input

        self._path, self._fields = path, fields
        self._opened = open_input(path)
        self.size = self._opened.size
        self.format = formats.choose(format_name, self._opened, fields)
        self.source = formats.source_name(source, path, self.format, fields)
        self.name = "standard input" if path == "-" else os.path.basename(path)
        self._reads = 0

    def rows(self) -> Iterator[UsageRecord | RefusedRow]:
        """The rows from the beginning. Raises WrongUse for standard input the second time."""
        from sage_tui.gateways.files import open_input
        from sage_tui.gateways.formats import FORMATS

        self._reads += 1
        if self._reads > 1:
            if self._path == "-":
                raise WrongUse(
                    "Standard input can be read only once",
                    "Give a file, or leave out --strict and --unknown-users fail.",
                )
            self._opened.close()
            self._opened = open_input(self._path)
        return FORMATS[self.format](self._opened, self.source, self._fields)

    def digest(self) -> str:
        """SHA-256 of what was read so far."""
        return self._opened.sha256

    def read(self) -> int:
        """Bytes read so far."""
        return self._opened.read


@noun.command()
def usage(
    file: File,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="F", help="litellm, csv, jsonl, openai or otel")
    ] = None,
    map_: Map = None,
    set_: Set = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="repeated rows are known by it")
    ] = None,
    unknown_users: Annotated[
        str, typer.Option("--unknown-users", metavar="hold|create|fail", help="identities that belong to nobody")
    ] = "hold",
    org: Org = "",
    strict: Annotated[bool, typer.Option("--strict", help="all rows or none")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Record usage from a gateway's file; rows that are known already count once. Exit 1 if a row was refused.

    Example: sage-tui import usage trace.csv --map at=TIMESTAMP,prompt_tokens=ContextTokens --set user=ada@acme.example
    """
    from sage_tui.gateways import mapping
    from sage_tui.services import imports

    if unknown_users not in tuple(imports.Unknown):
        raise WrongUse(f"--unknown-users: {clean(unknown_users, limit=20)} is no choice", "hold, create or fail.")
    ctx = context(dry_run=dry_run, reason=reason)
    organization = organization_id(ctx, org)
    read = _Source(file, format_, mapping.parse(map_ or [], set_ or []), source)
    with Progress(f"recording {clean(read.name, limit=60)}", read.size or 0) as progress:
        file_seen = imports.UsageFile(
            read.name, read.source, read.rows, read.digest, lambda rows: progress.at(read.read(), f"{rows:,} rows")
        )
        try:
            done = imports.usage(
                ctx, file_seen, organization_id=organization, unknown=imports.Unknown(unknown_users), strict=strict
            )
        except imports.NotSound as refusal:
            if current().json:
                _tell(imports.UsageImport(Recorded(refused=refusal.refused), None, len(refusal.refused)), dry_run)
            raise
    _tell(done, dry_run)
    return 1 if done.refused else 0


def _tell(done: Any, dry_run: bool) -> None:
    sums = done.sums
    if done.before is not None:
        say(f"This file was imported before, as import {done.before}.")
    result = {
        "recorded": sums.recorded,
        "already": sums.already,
        "refused": [shapes.refused(row) for row in sums.refused],
        "prompt_tokens": sums.prompt_tokens,
        "completion_tokens": sums.completion_tokens,
        "charge": sums.charge,
        "first_at": months.time_text(sums.first_at),
        "last_at": months.time_text(sums.last_at),
        "users": sums.users,
        "unassigned": [{"identity": u.identity, "events": u.events, "charge": u.charge} for u in sums.unassigned],
        "unknown_models": list(sums.unknown_models),
        "import": None if dry_run else done.number,
        "batch": None,
    }
    verb = "would record" if dry_run else "recorded"
    lines = [
        f"{verb} {counted(sums.recorded, 'row')} ({sums.already:,} known already, {done.refused:,} refused)",
        f"prompt tokens {sums.prompt_tokens:,}, completion tokens {sums.completion_tokens:,}, charge {sums.charge:,}",
    ]
    if sums.recorded:
        lines.append(f"from {result['first_at']} to {result['last_at']}, of {counted(sums.users, 'person', 'people')}")
    if sums.unassigned:
        events = sum(u.events for u in sums.unassigned)
        lines.append(
            f"{counted(len(sums.unassigned), 'identity belongs', 'identities belong')} to nobody"
            f" ({counted(events, 'row')}): see sage-tui identities list"
        )
    if sums.unknown_models:
        lines.append(f"models that were not known, at weight 1: {', '.join(sums.unknown_models[:10])}")
    lines += [f"refused row {row.row}, {row.field}: {row.why}" for row in sums.refused[:20]]
    if done.refused > 20:
        lines.append(f"… and {counted(done.refused - 20, 'more refused row')}")
    answer(result, *lines)


@noun.command()
def users(
    file: File,
    map_: Map = None,
    set_: Set = None,
    org: Org = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Add people from a CSV list, all or nobody. Exit 1 if a row was refused.

    Columns: email, first_name, last_name, company, department, organization, inference, embedding, paid, gateway_id.

    Example: sage-tui import users people.csv --org acme --map email=Mail,first_name=Given
    """
    from sage_tui.gateways import mapping, user_lists
    from sage_tui.gateways.files import LIST_LIMIT, open_input
    from sage_tui.services import imports_people

    ctx = context(dry_run=dry_run, reason=reason)
    organization = organization_id(ctx, org)
    fields = mapping.parse(map_ or [], set_ or [], mapping.USER_FIELDS)
    with open_input(file, limit=LIST_LIMIT) as opened:
        lines = user_lists.read(opened, fields)
    done = imports_people.users(
        ctx,
        [line if isinstance(line, RefusedRow) else imports_people.UserLine(*line) for line in lines],
        organization,
    )
    result = {
        "added": done.added,
        "already": done.already,
        "refused": [shapes.refused(row) for row in done.refused],
        "stays_unset": done.stays_unset,
        "batch": None if dry_run else done.batch,
    }
    verb = "would add" if dry_run else "added"
    text = [f"{verb} {counted(done.added, 'person', 'people')} ({counted(done.already, 'member')} already)"]
    if done.stays_unset:
        text.append(f"{done.stays_unset:,} of them stay unset: the pool has no room for a first allocation")
    if done.refused:
        text = [f"Nobody was added: {counted(len(done.refused), 'row is', 'rows are')} refused"]
        text += [f"refused row {row.row}, {row.field}: {row.why}" for row in done.refused[:20]]
    answer(result, *text)
    return 1 if done.refused else 0


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="import")
