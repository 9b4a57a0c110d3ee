"""Whole copies of a SQLite file, and whether one is sound (security.md, section 9)."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from sage_tui.domain.actors import Actor
from sage_tui.domain.errors import StoreUnavailable
from sage_tui.domain.permissions import Reach
from sage_tui.domain.units import Micros
from sage_tui.store import audit, migrate
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx

_URI = str.maketrans({"%": "%25", "?": "%3f", "#": "%23"})


def copy(source: str, target: str) -> None:
    """SQLite's online backup into a file that is there already (made by us, of mode 0600), as one file without a WAL.

    All pages are read in one transaction: writers go on, and none makes it begin again. Raises StoreUnavailable.
    """
    try:
        with (
            closing(sqlite3.connect(f"file:{source.translate(_URI)}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreUnavailable(
            f"Nothing was written: {error}.", "Is it a sage-tui database, and is there room?", code="backup"
        ) from error


def settle(path: str) -> None:
    """Bring a file that was worked on back into one file, without a WAL beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def look(path: str, now: Micros, audit_key: bytes, actor: Actor) -> Mapping[str, Any]:
    """What a copy holds: schema, events, audit entries, and whether their seals were checked.

    Raises StoreUnavailable where it is not sound: damaged, of another program, with an audit chain that is broken.
    """
    database = Database.open(path)
    try:
        schema = migrate.check(database)
        with database.reading() as connection:
            tx = Tx(connection, True, now, actor, reach=Reach.EVERYWHERE, audit_key=audit_key)
            said = [str(row[0]) for row in tx.tuples("PRAGMA integrity_check(10)")]
            if said != ["ok"]:
                raise StoreUnavailable(f"The copy is damaged: {said[0]}.", "Try another one.", code="damaged")
            reports = audit.verify(tx)
            broken = next((report for report in reports if report.first_bad is not None), None)
            if broken is not None:
                raise StoreUnavailable(
                    f"The audit chain {broken.chain} is broken at entry {broken.first_bad}: {broken.why}.",
                    "sage-tui audit verify says more.",
                    code="audit_broken",
                )
            events = int(tx.value("SELECT coalesce(sum(events), 0) FROM usage_organization_daily") or 0)
            return {
                "schema": schema,
                "events": events,
                "entries": sum(report.entries for report in reports),
                "sealed": all(report.sealed for report in reports),
            }
    finally:
        database.close()
