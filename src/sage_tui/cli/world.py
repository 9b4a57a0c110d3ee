"""Where a command acts: configuration, checked files, the host's proof, the context of services."""

import os
import pwd
from functools import cache
from typing import TYPE_CHECKING

from sage_tui import config_files
from sage_tui.cli.state import current
from sage_tui.clock import Clock, SystemClock
from sage_tui.config import Config, load
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import accept, clean

if TYPE_CHECKING:
    from sage_tui.domain.actors import Origin, Proof
    from sage_tui.domain.users import Organization
    from sage_tui.services.context import Context

REASON_LIMIT = 500


def config() -> Config:
    """The settings in force. Raises WrongUse; refuses an unsafe config file."""
    found = load(current().environ, current().database)
    config_files.check(found.config_file, "config file", private=False)
    return found


def _say(words: str) -> None:
    # Imported when there is something to say: the console's first frame waits for nothing that it may not need.
    from sage_tui.cli.output import say

    say(words)


CLOCK: Clock = SystemClock()


def clock() -> Clock:
    """This host's clock."""
    return CLOCK


def os_user() -> str:
    """The operating-system account that runs this."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def origin(terminal: str = "command line") -> "Origin":
    """From where: the address that ssh names is a claim."""
    from sage_tui.domain.actors import Origin

    claim = current().environ.get("SSH_CONNECTION", "").split(" ")[0]
    return Origin(os.getuid(), clean(claim, limit=60), terminal)


def check_files(found: Config, *, only_warn: bool = False) -> None:
    """Refuse a database or key that others could read or change; a demo's are warned of."""
    for path, what in ((found.database if found.is_file else "", "database"), (found.key_file, "key file")):
        try:
            if path:
                config_files.check(path, what)
        except config_files.Unsafe as unsafe:
            if not only_warn:
                raise
            _say(f"warning: {unsafe.message} {unsafe.hint}")


def open_world(found: Config, proof: "Proof", terminal: str = "command line", *, only_warn: bool = False) -> "Context":
    """A context over a database. Raises StoreUnavailable, Unsafe."""
    from sage_tui.services.context import open_context

    check_files(found, only_warn=only_warn)
    return open_context(
        found.database,
        found.key_file,
        proof,
        origin(terminal),
        clock=clock(),
        read_only=current().read_only,
        export_dir=found.export_dir,
    )


def context(*, dry_run: bool = False, reason: str = "") -> "Context":
    """The context of a command: the host's own account, or with --as somebody's rights."""
    from sage_tui.domain.actors import HostProof

    ctx = open_world(config(), HostProof(os_user(), current().as_email))
    if reason:
        ctx = ctx.because(accept("reason", reason, REASON_LIMIT, multiline=True))
    return ctx.dry() if dry_run else ctx


def nobody(found: Config, terminal: str = "terminal", *, only_warn: bool = False) -> "Context":
    """A context in which nobody is signed in yet."""
    from sage_tui.domain.actors import NoProof

    return open_world(found, NoProof(), terminal, only_warn=only_warn)


def organization(ctx: "Context", name: str) -> "Organization | None":
    """The organization of --org; None where it was not given. Raises NotFound."""
    if not name:
        return None
    from sage_tui.services import organizations

    return organizations.find(ctx, name)


def organization_id(ctx: "Context", name: str) -> int | None:
    """Its number."""
    found = organization(ctx, name)
    return found.id if found else None


@cache
def _terminal() -> bool:
    return os.isatty(0) and os.isatty(1)


def confirm(sentence: str, yes: bool) -> None:
    """Ask before what cannot be undone; --yes answers. Raises WrongUse without a terminal, or for another answer."""
    if yes:
        return
    if not _terminal():
        raise WrongUse(f"{sentence} This cannot be undone.", "Add --yes to do it.")
    _say(f"{sentence} This cannot be undone.")
    if input("Type yes to do it: ").strip() != "yes":
        raise WrongUse("Nothing was done.", "Type yes, or add --yes.")
