"""Token Distribution over a real store: what is pressed on screen is found there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.months import parse_end
from sage_tui.domain.overrides import UNLIMITED, SetOverride
from sage_tui.domain.units import Role
from sage_tui.services import identity, overrides, policies, raises
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from sage_tui.tui.widgets.fields import Press
from tests.services.editing import ADMIN, Acme, acme_of
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import SMALL, Screen


@pytest.fixture
def acme(lone: World) -> Acme:
    """Late in the month: a stands idle with 3M, b has used nearly all of 1M, c has less than the floor."""
    made = acme_of(lone)
    lone.clock.move(days=20)
    for name, amount in (("a", "3M"), ("b", "1M"), ("c", "100K")):
        made.set(name, paid=True)
        made.set(name, inference=amount, embedding="unset")
    overrides.put(made.host, SetOverride("b@acme.example", no_auto_increase=True))
    for name, tokens, days in (("b", 950_000, 0), ("c", 60_000, 1)):
        at = lone.clock.now() - days * 86_400_000_000
        lone.record(lone.usage(name, f"{name}@acme.example", tokens, at), organization_id=made.id)
    lone.clock.move(days=8)
    return made


@asynccontextmanager
async def at_distribution(
    acme: Acme, email: str = ADMIN, size: tuple[int, int] = SMALL, enter: bool = True
) -> AsyncIterator[Screen]:
    """In Token Distribution, as somebody in admin mode."""
    console = acme.world.admin(email)
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock, start=Start("distribution", ""))
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a")
        yield screen


async def to_line(screen: Screen, name: str) -> None:
    """Put the cursor on a line."""
    listed = screen.app.screen.query_one("#distribution")
    for _ in range(20):
        at = listed.highlighted  # type: ignore[attr-defined]
        if at is not None and name in str(listed.get_option_at_index(at).prompt):  # type: ignore[attr-defined]
            return
        await screen.press("down")
    raise AssertionError(f"there is no line {name}:\n{screen.text}")


async def push(screen: Screen, label: str) -> None:
    """Press a button by what stands on it."""
    (button,) = [press for press in screen.app.screen.query(Press) if press.label == label]
    button.focus()
    await screen.press("enter")


async def test_the_page_says_what_there_is_and_what_each_action_would_do(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        said = words(screen)
        for part in (
            "Token Distribution", "Purchased Allocated Used Unallocated", "Inference 10M 4.1M 1M 5.9M",
            "Policy STANDARD version 0 · no schedule",
            "Apply floors 3 people raised, no room for 1 +400K +1M emb.",
            "Share out, evenly 3 people raised +5.9M +1M emb.", "Reclaim 1 person lowered −2.5M",
            "Rebalance 3 people changed ±0",
        ):  # fmt: skip
            assert part in said, screen.text


async def test_an_action_is_looked_at_a_row_taken_out_and_applied(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await to_line(screen, "Reclaim")
        await screen.press("enter")
        assert "Reclaim?" in screen.text
        assert "idle for" in words(screen)
        assert "a@acme.example" in screen.text
        await screen.press("ctrl+s")
        assert "Saved 1 change as batch" in screen.text
        assert acme.allocation("a") == 500_000
        assert "nobody is idle or slow by the policy's days" in words(screen)
        await screen.press("u")
        assert "Undo batch" in screen.text
        await screen.press("ctrl+s")
        assert acme.allocation("a") == 3_000_000


async def test_what_an_action_means_is_told_however_much_else_there_is(acme: Acme) -> None:
    """Five lines of trouble, five actions, sentences of both pools: the last line but one still says it."""
    for name in "abc":
        acme.world.change("UPDATE membership SET inference_stopped_at = 1 WHERE user_id = :id", id=acme.number(name))
    acme.world.change("UPDATE purchase SET last_month = first_month WHERE organization_id = :org", org=acme.id)
    async with at_distribution(acme) as screen:
        await to_line(screen, "Rebalance")
        assert screen.lines[-2].startswith(" Reclaim, and what it took goes to those who use theirs"), screen.text
        assert screen.lines[-1].startswith(" enter"), screen.text


async def test_an_action_with_nothing_to_do_says_so(acme: Acme) -> None:
    for name in "abc":
        acme.set(name, inference="500K", embedding="unset" if name == "c" else "500K")
    acme.set("c", paid=False)
    async with at_distribution(acme) as screen:
        assert "nobody is below their floor" in words(screen)
        await to_line(screen, "Apply floors")
        await screen.press("enter")
        assert "Apply floors: nothing to do now." in screen.text


async def test_a_preset_shows_what_differs_before_it_is_saved(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("p")
        assert "Policy: standard, version 0" in screen.text
        await screen.write("aggressive")
        await screen.press("enter")
        said = words(screen)
        for part in (
            "What differs", "inference_floor 500,000 → 1,000,000", "ceiling 5,000,000 → unlimited",
            "What it would do now", "Apply floors: 2 people raised, no room for 2 +900K +1M emb.",
            "Saving it changes no limit",
        ):  # fmt: skip
            assert part in said, screen.text
        assert policies.get(acme.host, acme.id).version == 0
        await push(screen, "Save")
        assert "Saved the policy as version 1: aggressive." in screen.text
        assert "AGGRESSIVE version 1, admin" in words(screen)
        assert policies.get(acme.host, acme.id).policy.preset.value == "aggressive"


async def test_fields_are_checked_where_they_are_typed(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("p")
        await screen.write("custom")
        await screen.press("enter")
        await push(screen, "Look")
        assert "Nothing was changed." in screen.text
        field = screen.app.screen.query_one("#field-tiers")
        field.focus()
        field.value = "lots"  # type: ignore[attr-defined]
        await screen.press("enter")
        assert "tiers" in screen.text
        assert "is not a tier" in words(screen)
        field.value = "80%:+500K"  # type: ignore[attr-defined]
        await screen.press("enter")
        assert "tiers 80%:+25%, 95%:+50% → 80%:+500,000" in words(screen)
        await push(screen, "Save")
        held = policies.get(acme.host, acme.id)
        assert (held.version, held.policy.preset.value, len(held.policy.tiers)) == (1, "custom", 1)


async def test_back_to_an_earlier_version(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, preset="aggressive"))
    async with at_distribution(acme) as screen:
        await screen.press("p")
        await screen.write("earlier")
        await screen.press("enter")
        assert "what every organization begins with" in screen.text
        await screen.write("version 0")
        await screen.press("enter")
        await push(screen, "Save")
        assert policies.get(acme.host, acme.id).policy.preset.value == "standard"


async def test_undo_does_not_pass_over_a_policy_that_was_saved_last(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("i")
        await screen.write("make an")
        await screen.press("enter")
        await screen.write("a@acme.example")
        await push(screen, "Pinned: no")
        await push(screen, "Save")
        acme.world.clock.move(seconds=1)
        await screen.press("p")
        await screen.write("aggressive")
        await screen.press("enter")
        await push(screen, "Save")
        await screen.press("u")
        assert "Your last act made version 1 of the policy" in words(screen)
        assert "Undo" not in screen.text
        acme.world.clock.move(seconds=1)
        await screen.press("i")
        await screen.write("a@acme")
        await screen.press("enter")
        await push(screen, "End it")
        await screen.press("u")
        assert "Your last act made" not in words(screen)


async def test_a_department_has_its_own_policy(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("p")
        await screen.write("department")
        await screen.press("enter")
        await screen.write("another")
        await screen.press("enter")
        await screen.write("research")
        await screen.press("enter")
        await screen.write("dynamic")
        await screen.press("enter")
        assert "▲ Nobody is in the department research: the policy holds for nobody yet." in words(screen)
        await push(screen, "Save")
        assert "Saved the policy of research as version 1: dynamic." in screen.text
        assert "of their own: research" in words(screen)
        assert list(policies.departments(acme.host, acme.id)) == ["research"]


async def test_an_exception_is_made_and_ended(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("i")
        assert "no auto-increase" in screen.text
        await screen.write("make an")
        await screen.press("enter")
        await screen.write("a@acme.example")
        screen.app.screen.query_one("#inference_ceiling").value = "4M"  # type: ignore[attr-defined]
        screen.app.screen.query_one("#embedding_ceiling").value = "unlimited"  # type: ignore[attr-defined]
        screen.app.screen.query_one("#until").value = "7d"  # type: ignore[attr-defined]
        await push(screen, "Never reclaimed: no")
        await push(screen, "Save")
        held = overrides.get(acme.host, "a@acme.example")
        assert held is not None
        assert (held.inference_ceiling, held.no_reclaim) == (4_000_000, True)
        assert (held.embedding_ceiling, held.until) == (UNLIMITED, parse_end("7d", acme.world.clock.now()))
        assert "Saved as batch" in screen.text
        await screen.press("i")
        await screen.write("a@acme")
        await screen.press("enter")
        screen.app.screen.query_one("#inference_ceiling").value = ""  # type: ignore[attr-defined]
        await push(screen, "Save")
        held = overrides.get(acme.host, "a@acme.example")
        assert held is not None
        assert (held.inference_ceiling, held.embedding_ceiling) == (None, UNLIMITED)
        await screen.press("i")
        await screen.write("a@acme")
        await screen.press("enter")
        await push(screen, "End it")
        assert overrides.get(acme.host, "a@acme.example") is None


async def test_a_limit_is_raised_until_a_date(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("i")
        await screen.write("raise")
        await screen.press("enter")
        await screen.write("c@acme.example")
        screen.app.screen.query_one("#amount").value = "200K"  # type: ignore[attr-defined]
        await push(screen, "Save")
        assert "past" in screen.text
        screen.app.screen.query_one("#until").value = "2027-01-05"  # type: ignore[attr-defined]
        await push(screen, "Save")
        assert acme.allocation("c") == 300_000
        assert [one.amount for one in raises.list_raises(acme.host, acme.id)] == [200_000]


async def test_the_timetable_says_when_it_runs_next(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, fields=(("schedule", "weekly sun 02:00"),)))
    async with at_distribution(acme) as screen:
        assert "next run Sun" in screen.text
        await screen.press("t")
        assert "weekly sun 02:00" in screen.text
        assert screen.text.count("02:00") >= 6


async def test_a_read_only_administrator_sees_all_and_changes_nothing(acme: Acme) -> None:
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_distribution(acme) as screen:
        await to_line(screen, "Reclaim")
        await screen.press("enter")
        assert "You are read-only" in screen.text
        await screen.press("p")
        assert "not now: You are read-only" in screen.text


async def test_operators_choose_an_organization_first(acme: Acme) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_distribution(acme, "root@sage.example") as screen:
        assert "o chooses one" in screen.text
        await screen.press("p")
        assert "o chooses one" in screen.text
        await screen.press("o")
        await screen.press("enter")
        assert "Policy  STANDARD" in screen.text
