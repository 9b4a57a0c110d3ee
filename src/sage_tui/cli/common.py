"""What commands share: a Typer group in house style, e-mails from a filter, secrets shown once."""

from typing import TYPE_CHECKING, Any

import typer

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import Ask, Key, Sort, Start, cursor, parse_cursor
from sage_tui.domain.queries_fields import Fields, sort_names
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_tui.domain.paging import Window
    from sage_tui.domain.plan_commands import Selection
    from sage_tui.services.context import Context

PAGE = 500
"""Rows that one question of a long list asks for."""


def group(help_: str) -> typer.Typer:
    """A noun with its verbs."""
    return typer.Typer(help=help_, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


def revealed(secret: Secret, dry_run: bool) -> str | None:
    """A one-time password, shown once; none in a dry run, where it holds for nobody."""
    return None if dry_run else secret.reveal()


def amount(text: str, what: str) -> int:
    """Tokens of an option; nothing is 0. Raises WrongUse."""
    from sage_tui.domain import amounts

    try:
        return amounts.tokens(text) if text else 0
    except WrongUse as error:
        raise WrongUse(f"{what}: {error.message}", error.hint) from error


def kind_of(text: str) -> Kind:
    """`--kind`. Raises WrongUse."""
    if text not in set(Kind):
        raise WrongUse(f"--kind: there is no kind {clean(text, limit=40)!r}", f"Kinds: {', '.join(Kind)}.")
    return Kind(text)


def sort_of(text: str, default: Sort, fields: Fields, columns: tuple[str, ...]) -> Sort:
    """`--sort`: a column, or the name that filters give it. Raises WrongUse."""
    if not text:
        return default
    sort = Sort.parse(text)
    column = sort_names(fields).get(sort.column, sort.column)
    if column not in columns:
        known = ", ".join(dict.fromkeys([*sort_names(fields), *columns]))
        raise WrongUse(f"--sort: there is no column {clean(sort.column, limit=40)}", f"Columns: {known}.")
    return Sort(column, sort.descending)


def pages(
    window: "Callable[[Ask], Window[Any]]", query: str, sort: Sort, limit: int, after: str = ""
) -> tuple[list[Any], str | None]:
    """At most `limit` rows from a cursor on, and the cursor of what follows (None at the end)."""
    from sage_tui.domain.paging import After

    place = After(parse_cursor(after)) if after else Start()
    rows: list[Any] = []
    last: Key | None = None
    while len(rows) < limit:
        found = window(Ask(len(rows), query, sort, place, min(PAGE, limit - len(rows))))
        rows += found.rows
        if not found.rows or not found.more_after:
            return rows, None
        last = found.keys[-1]
        place = After(last)
    return rows, cursor(last) if last is not None else None


def emails_of(ctx: "Context", given: list[str] | None, query: str, organization_id: int | None) -> list[str]:
    """The e-mails that a command is for: as given, or all that a filter finds. Raises WrongUse."""
    if given and query:
        raise WrongUse("E-mails and --query exclude each other", "Give one of them.")
    if given:
        return given
    if not query:
        raise WrongUse("No e-mail was given", "Give e-mails, or --query.")
    from sage_tui.services import users

    rows, _ = pages(lambda ask: users.window(ctx, ask, organization_id), query, Sort("email"), 100_000)
    return [row.email for row in rows]


def selection(given: list[str] | None, query: str) -> "Selection":
    """Whom an act is for: e-mails, or all that a filter finds. Raises WrongUse."""
    from sage_tui.domain.plan_commands import Selection

    if given and query:
        raise WrongUse("E-mails and --query exclude each other", "Give one of them.")
    if not given and not query:
        raise WrongUse("No e-mail was given", "Give e-mails, or --query.")
    return Selection(query=query) if query else Selection(emails=tuple(given or ()))
