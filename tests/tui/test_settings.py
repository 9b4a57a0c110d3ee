"""Settings over a real store: what holds, where it comes from, and changing one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.units import Role
from sage_tui.services import identity, settings
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from tests.services.editing import ADMIN, Acme, acme_of
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import SMALL, Screen

ROOT = "root@sage.example"


@pytest.fixture
def acme(lone: World) -> Acme:
    made = acme_of(lone)
    lone.person(ROOT, role=Role.SUPER_ADMIN)
    return made


@asynccontextmanager
async def at_settings(acme: Acme, email: str) -> AsyncIterator[Screen]:
    console = acme.world.admin(email)
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock, start=Start("users"))
    async with app.run_test(size=SMALL) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a", "colon")
        await screen.write("settings")
        await screen.press("enter")
        yield screen


async def test_an_operator_changes_one_and_takes_it_back(acme: Acme) -> None:
    async with at_settings(acme, ROOT) as screen:
        said = words(screen)
        assert "Settings of the whole platform" in said, screen.text
        assert "admin_idle_minutes 15 the default operators" in said
        await screen.press("down", "e")
        await screen.write("99")
        await screen.press("enter")
        assert "is not a whole number from 1 to 15" in words(screen)
        await screen.press("ctrl+u")
        await screen.write("12")
        await screen.press("enter")
        assert "admin_idle_minutes is 12 now (set here)." in words(screen)
        assert "admin_idle_minutes 12 set here" in words(screen)
        await screen.press("e", "enter")
        assert "admin_idle_minutes is 15 now (the default)." in words(screen)
        assert "Admin mode ends after so many minutes without a key. Default: 15." in words(screen)
        await screen.press("escape")
        assert "User Management" in screen.lines[0]
    changed = acme.world.rows("SELECT body FROM audit_entry WHERE action = 'settings set' ORDER BY seq")
    assert ['["admin_idle_minutes",null,"12"]' in str(changed[0]["body"]), len(changed)] == [True, 2]


async def test_an_organization_has_its_own_or_the_platforms(acme: Acme) -> None:
    settings.put(acme.host, "pool_warning_day", "20")
    async with at_settings(acme, ROOT) as screen:
        await screen.press("2", "o")
        await screen.write("Acme")
        await screen.press("enter", "colon")
        await screen.write("settings")
        await screen.press("enter")
        said = words(screen)
        assert "Settings of Acme" in said, screen.text
        assert "pool_warning_day 20 the whole platform" in said
        assert "admin_idle_minutes" not in said


async def test_an_administrator_sees_and_does_not_change(acme: Acme) -> None:
    async with at_settings(acme, ADMIN) as screen:
        assert "pool_warning_day 15 the default" in words(screen), screen.text
        await screen.press("e")
        assert "Only platform operators may do this." in screen.text
