"""What-if over a real store: policies side by side, the people of one, and beside a policy that is looked at."""

import pytest

from sage_tui.domain.hindsight import Left, Outcome, Scenario, WhatIf
from sage_tui.domain.months import first_day, month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import Preset
from sage_tui.domain.units import Kind
from sage_tui.services import what_if
from sage_tui.tui.screens.management.what_if import SideBySide
from sage_tui.tui.screens.management.what_if_words import sentence, table
from tests.services.editing import Acme, acme_of
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import Screen
from tests.tui.test_distribution import at_distribution, push


@pytest.fixture
def acme(lone: World) -> Acme:
    """In January; in December a used 1.4M of 1M, in two days, and b nothing of 500K."""
    made = acme_of(lone)
    for name, amount in (("a", "1M"), ("b", "500K")):
        made.set(name, paid=True)
        made.set(name, inference=amount, embedding="unset")
    lone.clock.move(days=10)
    first = first_day(month_of(lone.clock.now()))
    with made.host.write(Verb.ORGS_ADD) as tx:
        tx.many(
            "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, entry, events, failures,"
            " prompt_tokens, cached_tokens, completion_tokens, charge) VALUES (?, ?, ?, 1, 0, 0, 1, 0, ?, 0, 0, ?)",
            [(made.id, first + day, made.number("a"), some, some) for day, some in ((28, 900_000), (29, 500_000))],
        )
    lone.clock.move(days=31)
    return made


def on_top(screen: Screen, what: type) -> bool:
    return isinstance(screen.app.screen, what)


async def test_the_page_says_the_best_in_one_sentence(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        said = "Standard would have stopped nobody last month and left 662.5K stranded."
        assert said in words(screen), screen.text


async def test_policies_stand_side_by_side_and_lead_to_people(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("w")
        said = words(screen)
        for part in (
            "December 2026 under each policy", "stopped hours bumps stranded emb. left emb.",
            "conservative 1 44 0 500K 0 8.5M 1M", "› standard now 0 0 2 662.5K 0 7.9M 1M",
            "aggressive 0 0 2 1.1M 0 7.5M",
            "dynamic 0 0 1 2.2M 0 6.3M", "emb.: the same of embedding.",
        ):  # fmt: skip
            assert part in said, screen.text
        await screen.press("enter")
        assert "Nobody would have been stopped." in screen.text
        await screen.press("up")
        assert "Nobody would have been stopped." not in screen.text
        await screen.press("enter")
        assert "Conservative: stopped" in screen.text
        assert "a@acme.example 30 Dec 2026, 44 h, 400K refused" in words(screen)
        await screen.press("escape")
        assert on_top(screen, SideBySide)
        await screen.press("enter")
        await screen.press("enter")
        assert "a@acme.example" in screen.text
        assert "Month before" in screen.text


async def test_other_months_are_a_key_away(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("w")
        await screen.press("up")
        await screen.press("right_square_bracket")
        assert "This is the last month that is over." in screen.text
        await screen.press("left_square_bracket")
        assert "November 2026 under each policy" in screen.text
        assert "Nothing was used in that month" in screen.text
        await screen.press("right_square_bracket")
        assert "December 2026 under each policy" in screen.text
        assert "› conservative 1 44" in words(screen)


async def test_a_policy_that_is_looked_at_says_what_last_month_would_have_been(acme: Acme) -> None:
    async with at_distribution(acme) as screen:
        await screen.press("p")
        await screen.write("conservative")
        await screen.press("enter")
        said = words(screen)
        assert "with it stopped 1 person for 44 hours, 0 bumps, 500K stranded" in said, screen.text
        assert "as it is stopped nobody, 2 bumps, 662.5K stranded" in said
        await push(screen, "What-if")
        assert "conservative new 1 44" in words(screen)
        await screen.press("escape")
        assert "Conservative: save it?" in screen.text
        await push(screen, "Save")
        assert "Saved the policy as version 1: conservative." in screen.text


async def test_with_too_many_people_it_waits_to_be_asked(acme: Acme) -> None:
    acme.world.change("UPDATE organization SET members = 20001 WHERE id = :org", org=acme.id)
    async with at_distribution(acme) as screen:
        assert "last month" not in screen.text
        await screen.press("p")
        await screen.write("dynamic")
        await screen.press("enter")
        assert "More people than is worked out unasked: What-if does it." in words(screen)


async def test_a_month_without_use_says_so(acme: Acme) -> None:
    acme.world.clock.move(days=31)
    async with at_distribution(acme) as screen:
        assert "last month" not in screen.text
        await screen.press("w")
        assert "Nothing was used in that month" in screen.text
        await screen.press("escape")
        await screen.press("p")
        await screen.write("dynamic")
        await screen.press("enter")
        assert "Nothing was used in it." in words(screen)


async def test_an_operator_chooses_an_organization_first(acme: Acme) -> None:
    from sage_tui.domain.units import Role

    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_distribution(acme, "root@sage.example") as screen:
        await screen.press("w")
        assert "organization by organization" in screen.text
        await screen.press("o")
        await screen.write("acme")
        await screen.press("enter")
        await screen.press("w")
        assert "conservative 1 44" in words(screen)


def test_nothing_to_say_is_no_sentence(acme: Acme) -> None:
    assert sentence(None, 78) is None
    found = what_if.replay(acme.host, acme.id)
    assert [len(sentence(found, width) or ()) for width in (83, 82)] == [2, 1]
    acme.world.clock.move(days=31)
    assert sentence(what_if.replay(acme.host, acme.id), 78) is None


def test_the_table_fits_at_eighty_columns_with_the_kinds_apart() -> None:
    kinds = {Kind.INFERENCE: Left(438_200_000, -138_200_000), Kind.EMBEDDING: Left(138_200_000, 80_800_000)}
    outcome = Outcome(1_204, 98_765, 12_345, 576_400_000, -57_400_000, kinds)
    found = WhatIf(24_000, True, (Scenario(Preset.CONSERVATIVE, True, False, outcome),))
    titles, row = table(found)
    assert row.split() == ["conservative", "now", "1,204", "98.7K", "12.3K", "438.2M", "138.2M", "-138.2M", "80.8M"]
    assert len(titles) == len(row) <= 72  # the dialog's 74 without the cursor's mark
    (said,) = sentence(found, 78) or ()
    assert len(said) <= 78
    assert "438.2M + 138.2M emb. stranded" in said
