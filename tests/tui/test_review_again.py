"""What a review must not forget, cut or leave unanswered."""

import pytest

from sage_tui.domain.requests import Ask
from sage_tui.domain.units import Kind, Role
from sage_tui.services import requests
from tests.services.editing import Acme, acme_of
from tests.support.world import World
from tests.tui.real import at_users, edit, words


@pytest.fixture
def acme(lone: World) -> Acme:
    made = acme_of(lone)
    made.set("a", "b", "c", inference="1M", paid=True)
    return made


async def test_a_line_taken_out_stays_out_when_somebody_was_quicker(acme: Acme) -> None:
    async with at_users(acme) as screen:
        for who, amount in (("a", "1.1M"), ("b", "1.2M"), ("c", "1.3M")):
            await edit(screen, who, "inference_allocation", amount)
        await screen.press("ctrl+s", "space")
        assert "2 changes of 2 people · 1 out" in screen.text
        acme.set("b", inference="900K")
        await screen.press("ctrl+s")
        assert "Somebody changed some of it just now" in screen.text
        assert "✕ a@acme.example" in screen.text
        assert "1 change of 1 person · 1 to decide · 1 out" in screen.text
        await screen.press("minus", "ctrl+s")
        assert "Saved 1 change" in screen.text
        assert [acme.allocation(who) for who in "abc"] == [1_000_000, 900_000, 1_300_000]


async def test_large_numbers_stand_whole_under_the_table(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "1.5B")
        await screen.press("ctrl+s")
        assert "1,000,000 → 1,500,000,000" in words(screen), screen.text


async def test_every_pasted_address_is_answered(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write("pasted")
        await screen.press("enter")
        unknown = [f"gone{number:02}@acme.example" for number in range(30)]
        pasted = '"Able, Ann" <a@acme.example>\n' + "\n".join(unknown)
        screen.app.screen.query_one("#list").insert(pasted)  # type: ignore[attr-defined]
        await screen.press("tab", "tab", "enter")
        assert "1 of 31 are here." in screen.text
        shown = str(screen.app.screen.query_one("#answer-lines").render())
        assert [address for address in unknown if address not in shown] == []
        answers = screen.app.screen.query_one("#answers")
        answers.focus()
        await screen.press("end")
        assert "gone29@acme.example" in screen.text


async def test_the_badge_counts_for_another_organization_too(acme: Acme) -> None:
    world = acme.world
    requests.create(world.sign_in("a@acme.example"), Ask(Kind.INFERENCE, 5_000, "more"))
    world.organization("Zenith", 1_000_000)
    world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_users(acme, "root@sage.example") as screen:
        for name, badge in (("Zenith", "≡ User"), ("Acme", "≡ 1 User")):
            await screen.press("o")
            await screen.write(name)
            await screen.press("enter")
            assert badge in words(screen), screen.text
