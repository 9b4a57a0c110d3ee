"""How the console starts: the first frame with as little as can be, the rest while e-mail and password are typed.

The order: Textual, the sign-in screen and its sheets; the first frame; the other sheets; in threads the database, and
then the modules of the screens and services that come behind the door. The collector of garbage rests until the first
frame: imports make objects that stay.
"""

import gc
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sage_tui.clock import Clock
    from sage_tui.tui.door import Opener

AHEAD = (
    "sage_tui.tui.screens.member_home",
    "sage_tui.services.home",
    "sage_tui.services.preferences",
    "sage_tui.tui.screens.totp_challenge",
    "sage_tui.services.mfa",
    "sage_tui.tui.screens.panel",
    "sage_tui.tui.screens.today",
    "sage_tui.services.today",
    "sage_tui.tui.screens.management.users",
    "sage_tui.services.users",
)
"""What is loaded behind the first frame, in the order in which it is met."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where the panel opens: page, filter, and for operators an organization's name."""

    page: str = "today"
    query: str = ""
    organization: str = ""


def load_ahead() -> None:
    """Import what comes behind the door. Takes a good part of a second: only in a thread."""
    for name in AHEAD:
        import_module(name)


def run(
    opener: "Opener",
    *,
    page: str = "today",
    query: str = "",
    organization: str = "",
    clock: "Clock | None" = None,
    restricted: bool = False,
    play: str = "",
) -> int:
    """Run the console over the database that `opener` opens (in a thread, after the first frame). The exit code.

    `play` names a UI session that is replayed before the keyboard is given over.
    """
    gc.disable()  # until `Console.drawn`
    from sage_tui.tui import signals
    from sage_tui.tui.app import Console
    from sage_tui.tui.door import Services

    console = Console(
        Services.real(opener), clock=clock, start=Start(page, query, organization), restricted=restricted,
        ahead=load_ahead,
    )  # fmt: skip
    pilot = None
    if play:
        from sage_tui.tui.play import autopilot

        pilot = autopilot(play)
    signals.ignore_stop()
    console.run(auto_pilot=pilot)
    return console.return_code or 0
