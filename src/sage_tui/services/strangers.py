"""Identities of a file that belong to nobody: found before an import, or made people of. Steps."""

from collections.abc import Callable, Sequence
from itertools import chain

from sage_tui.domain import emails, text
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.services import people
from sage_tui.services.metering import Recorder
from sage_tui.store.transaction import Tx, chunks


def among(tx: Tx, source: str, names: set[str]) -> set[str]:
    """Those names that are nobody's e-mail, nobody's gateway id and were never assigned."""
    assigned = (
        "SELECT i.name FROM identity i JOIN usage_source s ON s.id = i.source_id"
        " WHERE s.name = ? AND i.user_id IS NOT NULL AND i.name IN ({marks})"
    )
    left = _less(tx, names, 'SELECT email_key FROM "user" WHERE email_key IN ({marks})', emails.key)
    left = _less(tx, left, 'SELECT gateway_id FROM "user" WHERE gateway_id IN ({marks})', text.identity)
    return _less(tx, left, assigned, text.identity, (text.escape(source),))


def _less(tx: Tx, names: set[str], sql: str, compared: Callable[[str], str], first: tuple[str, ...] = ()) -> set[str]:
    """The names that a query does not find."""
    keys = {name: compared(name) for name in names}
    storable = sorted({key for key in keys.values() if "\0" not in key and not text.half(key)})
    rows = (tx.tuples(sql.format(marks=", ".join("?" * len(part))), (*first, *part)) for part in chunks(storable, 300))
    found = {str(row[0]) for row in chain.from_iterable(rows)}
    return {name for name, key in keys.items() if key not in found}


def create(tx: Tx, recorder: Recorder, rows: Sequence[UsageRecord | RefusedRow]) -> None:
    """Make users of valid e-mail addresses that nobody has; other identities are held."""
    names = {row.user for row in rows if isinstance(row, UsageRecord)} - recorder.owners.keys()
    made: set[str] = set()
    for name in sorted(among(tx, recorder.source, {name for name in names if emails.is_valid(name)})):
        if emails.key(name) not in made:
            made.add(emails.key(name))
            people.add(tx, recorder.organization_id, people.NewPerson(emails.parse(name)))
