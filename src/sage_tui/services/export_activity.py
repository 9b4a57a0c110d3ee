"""Model interactions into a file: one statement, streamed, formatted a block at a time (speed.md, row 6)."""

from collections.abc import Iterator

from sage_tui.domain.activity_lines import COLUMNS, Lines
from sage_tui.domain.exports import Export, first_line
from sage_tui.domain.queries_fields import ACTIVITY
from sage_tui.domain.queries_parse import parse
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import activity, statistics

BLOCK = 5_000
"""Rows that are formatted at once."""

KNOWN = 50_000
"""People whose names are kept: the rest is asked for again, so that memory does not grow with them."""


def parts(tx: Tx, command: Export) -> Iterator[tuple[int, bytes]]:
    """A step: everything that the filter finds, newest first unless the sort says otherwise."""
    query = parse(command.query, ACTIVITY)
    lines = Lines(command.format, tx.now, activity.small(tx))
    if command.format == "csv":
        yield 0, first_line(COLUMNS)
    people: dict[int, str] = {}
    descending = command.sort is None or command.sort.descending
    for rows in activity.blocks(tx, query, command.organization_id, BLOCK, descending=descending):
        users = {row[2] for row in rows}
        unknown = users - people.keys()
        if unknown:
            if len(people) + len(unknown) > KNOWN:
                people.clear()
                unknown = users
            found = statistics.names(tx, sorted(unknown))
            people.update((number, lines.person(found.get(number, ""))) for number in unknown)
        yield len(rows), lines.block(rows, people)
