"""Every dialog on the smallest and on the usual terminal: nothing is clipped that cannot be reached."""

from collections.abc import Callable

import pytest
from textual.screen import Screen as TextualScreen

from sage_tui.domain.columns import USER_COLUMNS
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import RecoveryCodes
from sage_tui.domain.users import Identity
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.help import HelpScreen
from sage_tui.tui.screens.management.columns_dialog import ColumnsDialog
from sage_tui.tui.screens.management.identities import AssignIdentity
from sage_tui.tui.screens.management.views import SaveView
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.screens.password import ChangePassword
from sage_tui.tui.screens.profile import Profile
from sage_tui.tui.screens.recovery_codes import RenewRecoveryCodes, ShowRecoveryCodes
from sage_tui.tui.screens.totp_challenge import TotpChallenge
from sage_tui.tui.screens.totp_enrolment import Enrol
from sage_tui.tui.text import content
from tests.tui.fakes import World
from tests.tui.seen import SMALL, Screen, in_panel

TINY = (60, 15)
CODES = RecoveryCodes(tuple(Secret(f"AAAA-BBBB-CCCC-DDDD-EEEE-{n:04}") for n in range(10)))
LONG = "That was not right. " * 6

DIALOGS: dict[str, Callable[[Screen], TextualScreen[object]]] = {
    "help": lambda s: HelpScreen(s.app.screen, [("word", "what it means " * 9)] * 30),
    "chooser": lambda s: Chooser("Which?", [Choice(n, f"{n} of many " * 9, "says") for n in range(300)], hint="a hint"),
    "nothing to choose": lambda s: Chooser("Which?", []),
    "columns": lambda s: ColumnsDialog(USER_COLUMNS, [column.key for column in USER_COLUMNS]),
    "save view": lambda s: SaveView("used>90% " * 30, "email"),
    "assign": lambda s: AssignIdentity(Identity(1, "svc " * 60, "litellm", "Acme Corp", 5, 9_000), None),
    "notice": lambda s: Notice("Why", [(f"line {n} " * 20,) for n in range(90)]),
    "password": lambda s: ChangePassword(),
    "forced password": lambda s: ChangePassword(forced=True),
    "profile": lambda s: Profile(s.app.services.home.home()),
    "renew": lambda s: RenewRecoveryCodes(),
    "codes": lambda s: ShowRecoveryCodes(CODES),
    "challenge": lambda s: TotpChallenge(),
    "enrolment": lambda s: Enrol(),
}


@pytest.mark.parametrize("size", [TINY, SMALL])
@pytest.mark.parametrize("name", DIALOGS)
async def test_all_of_a_dialog_can_be_reached(name: str, size: tuple[int, int]) -> None:
    async with in_panel(World(demo=True), size=size) as screen:
        screen.app.push_screen(DIALOGS[name](screen))
        await screen.rest()
        dialog = screen.app.screen
        assert isinstance(dialog, Dialog)
        if dialog.query("Field, Press"):  # others have nothing to refuse
            dialog.complain(content(LONG))
        await screen.rest()
        for _ in range(len(dialog.focus_chain)):
            await screen.press("tab")
            focused = screen.app.focused
            assert focused is not None
            if focused.region.height == 1:
                assert dialog.find_widget(focused).visible_region == focused.region, f"{focused} is cut"
            assert dialog.region.contains_region(focused.region)


async def test_recovery_codes_are_all_seen_on_the_smallest_terminal() -> None:
    async with in_panel(size=TINY) as screen:
        screen.app.push_screen(ShowRecoveryCodes(CODES))
        await screen.rest()
        assert [n for n in range(10) if f"EEEE-{n:04}" in screen.text] == list(range(10))
        assert "[ I have written them down ]" in screen.text
        await screen.resize(*SMALL)
        assert "EEEE-0000   AAAA-BBBB-CCCC-DDDD-EEEE-0005" in screen.text


async def test_nothing_to_choose_says_what_to_do() -> None:
    async with in_panel() as screen:
        screen.app.push_screen(Chooser("Which?", [], empty="Every identity has an owner. esc goes back."))
        await screen.rest()
        assert "Every identity has an owner. esc goes back." in screen.text
