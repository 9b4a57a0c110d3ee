"""audit: administrative acts, and the proof that none was changed."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sage_tui.cli.common import group, pages
from sage_tui.cli.options import Cursor, Limit, Org, Query
from sage_tui.cli.output import Col, answer, dumped, listing, write
from sage_tui.cli.state import current
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.paging import After, Ask, Sort
from sage_tui.domain.text import clean, counted

if TYPE_CHECKING:
    from sage_tui.domain.activity import ChainReport

noun = group("Administrative acts, and the proof that none was changed.")

COLUMNS = (
    Col("TIME", "at"),
    Col("ACTOR", "actor"),
    Col("ACTION", "action"),
    Col("TARGET", "target"),
    Col("ORIGIN", "origin"),
    Col("OUTCOME", "outcome"),
    Col("BATCH", "batch", right=True),
    Col("REASON", "reason"),
)
NEWEST = Sort("at", True)
PAUSE = 1.0
"""Seconds between two looks of --follow."""
LAST = 10
"""With --follow: how many entries that are there already."""
MINUTE = 60_000_000
"""In microseconds."""


@noun.command("list")
def list_(
    query: Query = "",
    org: Org = "",
    limit: Limit = 100,
    cursor: Cursor = "",
    follow: Annotated[bool, typer.Option("--follow", help="print the last ten and go on as acts come")] = False,
) -> None:
    """List administrative acts, the newest first.

    Example: sage-tui audit list --query 'action:reset at:7d' --json
    """
    from sage_tui.services import audit

    ctx = context()
    organization = organization_id(ctx, org)
    if follow:
        _follow(lambda ask: audit.window(ctx, ask, organization), query)
        return
    rows, after = pages(lambda ask: audit.window(ctx, ask, organization), query, NEWEST, limit, cursor)
    total = audit.count(ctx, query, organization, exact=True).number
    listing("entries", [shapes.audit(row) for row in rows], COLUMNS, total=total, next=after)


def _follow(window: Any, query: str, rounds: int | None = None) -> None:
    """Print entries as they come, oldest first, one a line; until ctrl+c (or for so many rounds)."""
    first = window(Ask(0, query, NEWEST, count=LAST))
    for row in reversed(first.rows):
        write(_line(row))
    since = first.keys[0][0] if first.keys else 0
    seen: set[tuple[str, int]] = set()
    _look(window, query, since, seen, show=False)
    while rounds is None or rounds > 1:
        time.sleep(PAUSE)
        rounds = None if rounds is None else rounds - 1
        since = _look(window, query, since, seen, show=True)


def _look(window: Any, query: str, since: int, seen: set[tuple[str, int]], *, show: bool) -> int:
    """Print what came, page by page; the newest time. Looks a minute back: who began earlier may commit later."""
    place = After((max(since - MINUTE, 0), 0, 0))
    while True:
        page = window(Ask(0, query, Sort("at"), place, 200))
        for row, key in zip(page.rows, page.keys, strict=True):
            if show and (row.chain, row.seq) not in seen:
                write(_line(row))
            seen.add((row.chain, row.seq))
            since = max(since, key[0])
        if not page.more_after:
            return since
        place = After(page.keys[-1])


def _line(row: Any) -> str:
    shape = shapes.audit(row)
    if current().json:
        return dumped(shape)
    words = (shape["at"], row.actor, row.action, row.target, row.outcome, row.reason)
    return clean("  ".join(str(word) for word in words if word))


@noun.command()
def verify(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="an exported chain, verified without a database; - is standard input")
    ] = "",
    anchor: Annotated[
        list[str] | None, typer.Option("--anchor", metavar="A", help="chain:seq:hash as printed earlier; any number")
    ] = None,
) -> int:
    """Verify every chain; exit 1 if one is wrong or the key is missing. Only an anchor kept elsewhere finds every cut.

    With FILE an export is verified instead: hashes, order, details, heads; seals need the database.

    Example: sage-tui audit verify --anchor platform:12:3f…
    """
    reports = _of_file(file, anchor or []) if file else _of_database(anchor or [])
    ok = all(report.ok for report in reports)
    chains = [
        {
            "chain": r.chain,
            "entries": r.entries,
            "head": r.head,
            "first_bad": r.first_bad,
            "sealed": r.sealed,
            "why": r.why,
        }
        for r in reports
    ]
    lines = [
        f"{'ok ' if r.ok else '?  ' if r.first_bad is None else 'BAD'}  {r.chain:<12}"
        f" {counted(r.entries, 'entry', 'entries')}"
        + ("" if r.ok else f": {r.why}" if r.first_bad is None else f"; from entry {r.first_bad}: {r.why}")
        for r in reports
    ]
    answer({"ok": ok, "chains": chains}, *lines)
    return 0 if ok else 1


def _of_database(anchors: list[str]) -> "Sequence[ChainReport]":
    from sage_tui.services import audit

    return audit.verify(context(), anchors)


def _of_file(path: str, anchors: list[str]) -> "Sequence[ChainReport]":
    """Needs no database, no key and no configuration."""
    from sage_tui.domain import audit_chain

    wrong = next((one for one in anchors if not audit_chain.ANCHOR.fullmatch(one)), None)
    if wrong is not None:
        raise WrongUse("--anchor: this is not CHAIN:SEQ:HASH", "As `sage-tui audit anchor` prints it.")
    try:
        if path == "-":
            return audit_chain.verify(sys.stdin, anchors)
        with open(path, encoding="ascii") as lines:
            return audit_chain.verify(lines, anchors)
    except OSError as error:
        raise NotFound(
            f"{clean(path, limit=200)} cannot be read: {error.strerror}", "Name an exported chain."
        ) from error
    except UnicodeDecodeError as error:
        raise WrongUse("This is no exported audit chain.", "As `sage-tui export audit` writes it.") from error


@noun.command()
def anchor() -> None:
    """Print the head of every chain: keep it on paper or another host.

    Example: sage-tui audit anchor --json
    """
    from sage_tui.services import audit

    found = audit.anchor(context())
    answer({"anchors": found}, *found)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="audit")
