"""Prints the tables as SQL for one engine: how the first migration's frozen files were made.

A test compares them with the models, so that neither moves without the other.
"""

import sys

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from sage_tui.store import triggers, words
from sage_tui.store.tables import metadata


def statements(engine: str) -> list[str]:
    """CREATE statements of one engine: all tables, indexes and triggers, in an order that works."""
    dialect: Dialect = sqlite.dialect() if engine == "sqlite" else postgresql.dialect()  # type: ignore[no-untyped-call]
    made = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [str(CreateIndex(index).compile(dialect=dialect)).strip() for index in indexes]
    return [*made, *((*triggers.SQLITE, *words.SQLITE) if engine == "sqlite" else triggers.POSTGRESQL)]


if __name__ == "__main__":
    sys.stdout.write("\n--;\n".join(statements(sys.argv[1])) + "\n")
