"""users: lists, one person, adding, ways back in."""

from typing import Annotated, Any

import typer

from sage_tui.cli import users_people, users_set
from sage_tui.cli.common import emails_of, group, pages, revealed, sort_of
from sage_tui.cli.options import Cursor, DryRun, Limit, Org, Query, Reason, Yes
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months, shapes, why
from sage_tui.domain.columns import USER_COLUMNS
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.paging import Sort
from sage_tui.domain.queries_fields import USERS

noun = group("People: lists, changes, adding, leaving, ways back in.")

Emails = Annotated[list[str] | None, typer.Argument(metavar="EMAIL…")]
COLUMNS = (
    Col("EMAIL", "email"),
    Col("STATE", "state"),
    Col("USED", "inference_used", right=True),
    Col("MAX", "inference_allocation", right=True),
    Col("%", "percent", right=True),
    Col("TOTAL", "usage", right=True),
    Col("DEPARTMENT", "department"),
    Col("ORGANIZATION", "organization"),
)


@noun.command("list")
def list_(
    query: Query = "",
    org: Org = "",
    view: Annotated[str, typer.Option("--view", metavar="NAME", help="a saved view; --query narrows it")] = "",
    sort: Annotated[str, typer.Option("--sort", metavar="COL[:desc]", help="a column, or a filter's name for it")] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> None:
    """List people with their balances.

    Example: sage-tui users list --org acme --query 'used>90% paid:yes' --sort used:desc --json
    """
    from sage_tui.cli.state import current
    from sage_tui.services import users

    ctx = context()
    organization = organization_id(ctx, org)
    query, sort = _viewed(ctx, view, query, sort)
    order = sort_of(sort, Sort("email"), USERS, tuple(column.key for column in USER_COLUMNS if column.sortable))
    rows, after = pages(lambda ask: users.window(ctx, ask, organization), query, order, limit, cursor)
    total = users.count(ctx, query, organization, exact=True).number
    people = current().json or current().csv
    listing("users", [shapes.user(row) if people else _line(row) for row in rows], COLUMNS, total=total, next=after)


def _line(row: Any) -> dict[str, Any]:
    """A person as a line for people: the state in a word and the share in per cent."""
    return {**shapes.user(row), "state": row.state.value, "percent": _percent(row.inference), "usage": row.usage}


def _percent(balance: Any) -> str | None:
    """The share used, cut to a tenth; of no allocation there is none."""
    share = balance.share
    if share is None or not balance.allocation:
        return "over" if balance.used and balance.allocation == 0 else None
    return f"{share // 10}.{share % 10}%"


def _viewed(ctx: Any, name: str, query: str, sort: str) -> tuple[str, str]:
    """A saved view's filter with the given one added, and its sort unless one is given. Raises NotFound."""
    if not name:
        return query, sort
    from sage_tui.services import views

    found = [view for view in views.list_views(ctx, "users") if view.name == name]
    if not found:
        raise NotFound("There is no view of this name.", "See `sage-tui views list`.")
    chosen = max(found, key=lambda view: view.mine)
    return f"{chosen.query} {query}".strip(), sort or chosen.sort


@noun.command()
def show(email: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Show one person, with the history of both limits.

    Example: sage-tui users show ada@acme.example --json
    """
    from sage_tui.services import users

    person = users.show(context(), email=email)
    result = shapes.user(person.user) | {"history": [shapes.step(step) for step in person.history]}
    answer(result, *_page(person))


def _page(person: Any) -> list[str]:
    row = person.user
    marks = (("paid", row.paid), ("banned", row.banned), ("verified", row.verified), ("MFA", row.mfa))
    return [
        f"{row.email}  ({row.name or 'no name'}, number {row.id})",
        f"organization  {row.organization or '–'}   department  {row.department or '–'}   type  {row.type.value}",
        "   ".join([f"state         {row.state.value}", *(f"{name} {'yes' if on else 'no'}" for name, on in marks)]),
        _balance("inference", row.inference),
        _balance("embedding", row.embedding),
        *(_step(step) for step in person.history),
    ]


def _balance(name: str, kind: Any) -> str:
    used = f"used {kind.used:,} of {_limit(kind.allocation)}"
    return f"{name:<14}{used}, previous month {kind.previous:,}, since creation {kind.lifetime:,}"


def _step(step: Any) -> str:
    change = f"{step.kind.value}  {_limit(step.before)} → {_limit(step.after)}"
    batch = f"batch {step.batch}" if step.batch is not None else ""
    return f"  {months.iso(step.at)}  {change}  {batch}  {why.told(step)}"


def _limit(value: int | None) -> str:
    return "unset" if value is None else f"{value:,}"


@noun.command("add")
def add_(
    email: Annotated[list[str], typer.Argument(metavar="EMAIL…")],
    org: Org = "",
    paid: Annotated[bool, typer.Option("--paid", help="they may spend at once")] = False,
    department: Annotated[str, typer.Option(metavar="D", help="their department")] = "",
    password: Annotated[bool, typer.Option("--password", help="give each a one-time password, shown once")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Add people by e-mail; each e-mail is answered.

    Example: sage-tui users add ada@acme.example bo@acme.example --org acme --paid --department research
    """
    from sage_tui.domain.users import AddUsers
    from sage_tui.services.users_add import add

    ctx = context(dry_run=dry_run, reason=reason)
    done = add(ctx, AddUsers(tuple(email), organization_id(ctx, org), paid, department, password))
    given = [{"email": who, "password": revealed(secret, dry_run)} for who, secret in done.one_time_passwords]
    result = {
        "added": list(done.added),
        "already": list(done.already),
        "refused": [{"email": who, "why": why} for who, why in done.refused],
        "stays_unset": list(done.stays_unset),
        "batch": None if dry_run else done.batch,
        "one_time_passwords": given,
    }
    lines = [f"{'would add' if dry_run else 'added'}    {who}" for who in done.added]
    lines += [f"already  {who}" for who in done.already]
    lines += [f"refused  {who}: {why}" for who, why in done.refused]
    lines += [f"unset    {who}: the pool has no room for a first allocation" for who in done.stays_unset]
    lines += [
        f"one-time password of {each['email']} (shown once, valid 72 hours): {each['password'] or '–'}"
        for each in given
    ]
    answer(result, *lines)
    return 1 if done.refused else 0


@noun.command()
def unlock(
    email: Emails = None,
    query: Query = "",
    org: Org = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Lift the pause after failed sign-ins and codes.

    Example: sage-tui users unlock ada@acme.example --reason 'called, voice known'
    """
    from sage_tui.services import ways_back

    _each("unlocked", ways_back.unlock, email, query, org, True, dry_run, reason)


@noun.command("reset-mfa")
def reset_mfa(
    email: Emails = None,
    query: Query = "",
    org: Org = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Remove the authenticator: they enrol again at their next sign-in.

    Example: sage-tui users reset-mfa ada@acme.example --reason 'lost phone'
    """
    from sage_tui.services import ways_back

    _each("reset", ways_back.reset_mfa, email, query, org, yes or dry_run, dry_run, reason)


@noun.command("reset-cac")
def reset_cac(
    email: Emails = None,
    query: Query = "",
    org: Org = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Take the smart card away: it opens nothing any more until one is bound again.

    Example: sage-tui users reset-cac ada@acme.example --reason 'card lost'
    """
    from sage_tui.services import ways_back

    _each("reset", ways_back.reset_cac, email, query, org, yes or dry_run, dry_run, reason)


def _each(
    done: str, verb: Any, email: list[str] | None, query: str, org: str, yes: bool, dry_run: bool, reason: str
) -> None:  # fmt: skip
    ctx = context(dry_run=dry_run, reason=reason)
    helped = verb(ctx, *_meant(ctx, email, query, org, yes=yes))
    answer(
        {
            "changed": [{"email": who} for who in helped.changed],
            "skipped": [{"email": who, "why": "already so"} for who in helped.skipped],
            "batch": None,
            "dry_run": dry_run,
        },
        *(f"{'would be ' if dry_run else ''}{done}  {who}" for who in helped.changed),
        *(f"skipped  {who}: already so" for who in helped.skipped),
    )


def _meant(ctx: Any, email: list[str] | None, query: str, org: str, *, yes: bool) -> list[str]:
    """Those that a command is for. Raises WrongUse where a filter finds nobody, or several and nobody said --yes."""
    people = emails_of(ctx, email, query, organization_id(ctx, org))
    if not people:
        raise WrongUse("The filter finds nobody", "See: sage-tui users list --query …")
    if query and len(people) > 1 and not yes:
        raise WrongUse(
            f"This is done for {len(people):,} people and cannot be undone: nothing was done.",
            "Look at them: sage-tui users list --query …; --yes goes on.",
            code="yes_needed",
        )
    return people


@noun.command("reset-password")
def reset_password(
    email: Emails = None,
    query: Query = "",
    org: Org = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Give a one-time password, shown once and valid 72 hours; their sessions end.

    Example: sage-tui users reset-password ada@acme.example
    """
    from sage_tui.services import ways_back

    ctx = context(dry_run=dry_run, reason=reason)
    given = [
        {"email": who, "one_time_password": revealed(secret, dry_run)}
        for who, secret in ways_back.reset_password(ctx, *_meant(ctx, email, query, org, yes=yes or dry_run))
    ]
    lines = [
        f"{each['email']}  one-time password (shown once, valid 72 hours): {each['one_time_password'] or '–'}"
        for each in given
    ]
    answer(given[0] if len(given) == 1 else {"users": given, "total": len(given), "next": None}, *lines)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    users_set.hang(noun)
    users_people.hang(noun)
    app.add_typer(noun, name="users")
