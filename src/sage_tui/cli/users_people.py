"""users role, move, email, payer: what operators change of people, each a batch that `undo` takes back; and invite."""

from typing import Annotated, Any

import typer

from sage_tui.cli.options import DryRun, Org, Query, Reason, Yes
from sage_tui.cli.output import answer
from sage_tui.cli.progress import Progress
from sage_tui.cli.users_set import Emails, run
from sage_tui.cli.world import context, organization_id
from sage_tui.domain.acts import Move, SetEmail, SetPayer, SetRole
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import NO_ORGANIZATION, Role

Words = list[str] | None
NewRole = Annotated[Words, typer.Argument(metavar="EMAIL… user|admin|super_admin")]
NewPayer = Annotated[Words, typer.Argument(metavar="EMAIL… PAYER")]
Whose = Annotated[str, typer.Option("--org", metavar="O", help="with --query: whose people")]


def role(
    words: NewRole = None,
    query: Query = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="an administrator who sees and changes nothing")
    ] = False,
    org: Annotated[
        str, typer.Option("--org", metavar="O", help="where they are a member then, who is in none; or whose people")
    ] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Change what people may do; their sessions end. The role stands last. Platform operators are in no organization.

    Example: sage-tui users role ada@acme.example admin --read-only --reason 'auditor for 2026'
    """
    *emails, role_ = words or [""]
    if role_ not in set(Role):
        raise WrongUse(
            f"There is no role {clean(role_, limit=40)}" if role_ else "No role was given",
            f"The role stands last: {', '.join(Role)}.",
        )
    ctx = context(dry_run=dry_run, reason=reason)
    found = organization_id(ctx, org)
    act = SetRole(Role(role_), read_only, None if query else found)
    return run(ctx, act, emails, query=query, org=found if query else None, yes=yes, dry_run=dry_run)


def move(
    email: Emails = None,
    query: Query = "",
    org: Annotated[
        str, typer.Option("--org", metavar="O", help="where they go: an organization, by name or number")
    ] = "",
    no_org: Annotated[bool, typer.Option("--no-org", help="they belong to none then")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Move people from one organization: they begin unset and unpaid there; what they used and asked for stays behind.

    Example: sage-tui users move ada@acme.example --org beta --reason 'changed employer'
    """
    if bool(org) is no_org:
        raise WrongUse("Say where to: --org or --no-org", "--org NAME, or --no-org for none.")
    ctx = context(dry_run=dry_run, reason=reason)
    found = organization_id(ctx, org)
    act = Move(NO_ORGANIZATION if found is None else found)
    return run(ctx, act, email, query=query, yes=yes, dry_run=dry_run)


def email_(
    old: Annotated[str, typer.Argument(metavar="OLD")] = "",
    new: Annotated[str, typer.Argument(metavar="NEW")] = "",
    query: Annotated[str, typer.Option("--query", hidden=True)] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Give somebody another e-mail address; their sessions end. An address is one person's: there is no --query.

    Example: sage-tui users email ada@acme.example ada.lovelace@acme.example
    """
    if query:
        raise WrongUse("An e-mail address is one person's: --query finds many", "sage-tui users email OLD NEW")
    if not (old and new):
        raise WrongUse("Give the e-mail address as it is and as it shall be", "sage-tui users email OLD NEW")
    return run(context(dry_run=dry_run, reason=reason), SetEmail(new), [old], yes=True, dry_run=dry_run)


def payer(
    words: NewPayer = None,
    query: Query = "",
    none: Annotated[bool, typer.Option("--none", help="nobody else pays for them; no PAYER then")] = False,
    org: Whose = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Say whose purchases pay for people: a member of the same organization, who stands last.

    Example: sage-tui users payer bo@acme.example ada@acme.example
    """
    emails, pays = list(words or ()), ""
    if not none:
        if len(emails) < (1 if query else 2):
            raise WrongUse("Say who pays: an e-mail, or --none", "sage-tui users payer EMAIL… PAYER")
        pays = emails.pop()
    elif len(emails) > 1 and not yes:
        raise WrongUse(
            f"--none: nobody pays for any of these {len(emails)}, the last one neither", "Say --yes if that is meant."
        )
    ctx = context(dry_run=dry_run, reason=reason)
    return run(ctx, SetPayer(pays), emails, query=query, org=organization_id(ctx, org), yes=yes, dry_run=dry_run)


def invite(
    output: Annotated[str, typer.Option("--output", metavar="FILE", help="a new file that only you can read")],
    query: Query = "",
    org: Org = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Give one-time passwords (valid 72 hours) to all who match and have never signed in: into a file, never shown.

    Example: sage-tui users invite --org acme --query 'dept:research' --output invited.csv
    """
    from sage_tui.domain.invite import Invite
    from sage_tui.services.invite import invite as give

    ctx = context(dry_run=dry_run, reason=reason)
    with Progress("passwords made") as progress:
        done = give(ctx, Invite(query, organization_id(ctx, org)), output, progress.at)
    result = {"path": done.path, "rows": done.rows, "bytes": done.bytes, "sha256": done.sha256, "changed": done.changed}
    people = counted(done.rows, "person", "people")
    answer(
        result | {"batch": None, "dry_run": dry_run},
        f"would invite {people}" if dry_run else f"invited {people}: {done.path}, SHA-256 {done.sha256}",
    )


def hang(noun: Any) -> None:
    """Hang the commands under `users`."""
    noun.command("role")(role)
    noun.command("move")(move)
    noun.command("email")(email_)
    noun.command("payer")(payer)
    noun.command("invite")(invite)
