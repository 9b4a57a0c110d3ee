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

Email = Annotated[str, typer.Argument(metavar="EMAIL")]


def role(
    email: Email,
    role_: Annotated[str, typer.Argument(metavar="user|admin|super_admin")],
    read_only: Annotated[
        bool, typer.Option("--read-only", help="an administrator who sees and changes nothing")
    ] = False,
    org: Annotated[str, typer.Option("--org", metavar="O", help="where they are a member then, who is in none")] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Change what somebody may do; their sessions end. A platform operator belongs to no organization.

    Example: sage-tui users role ada@acme.example admin --read-only --reason 'auditor for 2026'
    """
    if role_ not in set(Role):
        raise WrongUse(f"There is no role {clean(role_, limit=20)}", f"Roles: {', '.join(Role)}.")
    ctx = context(dry_run=dry_run, reason=reason)
    return run(ctx, SetRole(Role(role_), read_only, organization_id(ctx, org)), [email], yes=True, dry_run=dry_run)


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
    old: Annotated[str, typer.Argument(metavar="OLD")],
    new: Annotated[str, typer.Argument(metavar="NEW")],
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Give somebody another e-mail address; their sessions end.

    Example: sage-tui users email ada@acme.example ada.lovelace@acme.example
    """
    return run(context(dry_run=dry_run, reason=reason), SetEmail(new), [old], yes=True, dry_run=dry_run)


def payer(
    email: Email,
    payer_: Annotated[str, typer.Argument(metavar="PAYER")] = "",
    none: Annotated[bool, typer.Option("--none", help="nobody else pays for them")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Say whose purchases pay for somebody: a member of the same organization.

    Example: sage-tui users payer bo@acme.example ada@acme.example
    """
    if bool(payer_) is none:
        raise WrongUse("Say who pays: an e-mail, or --none", "sage-tui users payer EMAIL PAYER")
    return run(context(dry_run=dry_run, reason=reason), SetPayer(payer_), [email], yes=True, dry_run=dry_run)


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
