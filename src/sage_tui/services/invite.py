"""Inviting many: one-time passwords for those who have never signed in, into a file of their own (product.md)."""

import csv
import io
from collections.abc import Mapping, Sequence

from sage_tui.domain import passwords
from sage_tui.domain.cells import cell
from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.invite import Invite, Invited
from sage_tui.domain.permissions import Verb
from sage_tui.domain.progress import Progress, nothing
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import clean, counted
from sage_tui.services import exports, hashing, people, throttle, ways_back
from sage_tui.services.context import Context, retried
from sage_tui.services.export_files import FileSink
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx, chunks
from sage_tui.store.windows import users as windows

AT_ONCE = 10_000
"""People that one call invites: hashing that many passwords takes half an hour."""

NAMED = 100
"""E-mails that the audit names."""


def invite(ctx: Context, command: Invite, path: str, progress: Progress = nothing) -> Invited:
    """Give each a one-time password (72 h) and write e-mails and passwords to a file that only its owner reads.

    The file is there complete, or not at all: it is on the disk before the passwords count, and gets its name when they
    do. Raises QueryError, NotFound, StepUpNeeded, WrongUse (nobody, or the file's name), Refused (there is a file),
    FieldError (too many), StoreUnavailable (disk full).
    """
    with FileSink(path, hint="Choose another name.") as sink:
        wanted = _wanted(ctx, command)
        # Hashed before the transaction: nobody else waits for the lock meanwhile.
        made: dict[int, tuple[Secret, str]] = {}
        for number, user_id in enumerate(wanted, 1):
            secret = passwords.make_one_time()
            made[user_id] = (secret, hashing.hash_password(ctx.hashing, secret))
            progress(number)
        rows = _give(ctx, command, made, sink)
        if not ctx.dry_run:
            sink.publish()
        return Invited(sink.path, rows, sink.count, sink.sha256, len(wanted) - rows)


def to_file(ctx: Context, command: Invite, progress: Progress = nothing) -> Invited:
    """The same into a dated file of the export directory (or of the one the program was started in)."""
    return invite(ctx, command, exports.dated(ctx, "invited", "csv"), progress)


def _wanted(ctx: Context, command: Invite) -> list[int]:
    """Their numbers, by e-mail."""
    query = parse(command.query, USERS)
    with ctx.read(Verb.USERS_INVITE) as tx:
        organization_id = people.organization_for(tx, command.organization_id)
        sql, values = windows.chosen(tx, query, organization_id)
        # Whole numbers of ours, not foreign text: written out, because engines bound the number of parameters.
        only = f" AND u.id IN ({', '.join(str(int(n)) for n in command.numbers)})" if command.numbers else ""
        found = tx.tuples(
            f'SELECT u.id FROM "user" u WHERE u.id IN ({sql}) AND {_NEVER}{only}'
            f" ORDER BY u.email_key LIMIT {AT_ONCE + 1}",
            values,
        )
    if not found:
        raise WrongUse(
            "The filter finds nobody who has never signed in.", "See: sage-tui users list --query …", code="nobody"
        )
    if len(found) > AT_ONCE:
        raise FieldError("query", f"finds more than {AT_ONCE:,} people: at most so many at once")
    return [int(number) for (number,) in found]


_NEVER = "u.last_sign_in_at IS NULL AND NOT u.banned"


@retried
def _give(ctx: Context, command: Invite, made: Mapping[int, tuple[Secret, str]], sink: FileSink) -> int:
    with ctx.write(Verb.USERS_INVITE) as tx:
        organization_id = people.organization_for(tx, command.organization_id)
        found = _still(tx, organization_id, list(made))
        for row in found:
            user_id = int(row["id"])
            ways_back.set_one_time(tx, user_id, made[user_id][1])
            throttle.unlock(tx, str(row["email_key"]), user_id)
        if not tx.dry_run:
            sink.put(_lines([(str(row["email"]), made[int(row["id"])][0]) for row in found]))
        audit.append(
            tx, organization_id=organization_id,
            target=f"{counted(len(found), 'person', 'people')}, file {ascii(clean(sink.path))[1:-1]}",
            personal=[audit.Personal("after invited", str(row["email"]), int(row["id"])) for row in found[:NAMED]],
            rows=len(found), digest=sink.sha256,
        )  # fmt: skip
        return len(found)


def _still(tx: Tx, organization_id: int, numbers: Sequence[int]) -> list[Row]:
    """Those for whom it still holds, locked, in the order in which users are locked; then by e-mail."""
    found: list[Row] = []
    for some in chunks(sorted(numbers), 500):
        listed = ", ".join(str(int(number)) for number in some)
        found += tx.lock(
            f'SELECT u.id, u.email, u.email_key FROM "user" u WHERE u.organization_id = :org AND {_NEVER}'
            f" AND u.id IN ({listed}) ORDER BY u.id",
            org=organization_id,
        )
    return sorted(found, key=lambda row: str(row["email_key"]))


def _lines(given: Sequence[tuple[str, Secret]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("email", "one_time_password"))
    writer.writerows((cell(email), secret.reveal()) for email, secret in given)
    return out.getvalue().encode()
