"""Token Requests over a real store: what is pressed on screen is found there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.clock import to_datetime
from sage_tui.domain import request_shapes
from sage_tui.domain.actors import HostProof
from sage_tui.domain.auto_approval import SetRule
from sage_tui.domain.months import parse_end
from sage_tui.domain.requests import Ask, Lasts
from sage_tui.domain.units import Kind, Role
from sage_tui.services import auto_approval, identity, purchase_requests, requests
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from sage_tui.tui.widgets.fields import Press
from tests.services.asking import approve, ask, deny, own, states
from tests.services.editing import ADMIN, Acme, acme_of
from tests.services.test_requests import active
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import HUGE, SMALL, Screen


@pytest.fixture
def acme(lone: World) -> Acme:
    return active(acme_of(lone))


@asynccontextmanager
async def at_requests(acme: Acme, email: str = ADMIN, size: tuple[int, int] = SMALL) -> AsyncIterator[Screen]:
    """In Token Requests, as somebody in admin mode."""
    console = acme.world.admin(email)
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock, start=Start("requests", ""))
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a")
        yield screen


async def push(screen: Screen, label: str) -> None:
    """Press a button by what stands on it."""
    (button,) = [press for press in screen.app.screen.query(Press) if press.label == label]
    button.focus()
    await screen.press("enter")


async def test_the_queue_says_who_asks_what_and_what_the_pool_has(acme: Acme) -> None:
    acme.world.record(acme.world.usage("1", "a@acme.example", 980_000), organization_id=acme.id)
    ask(acme, "a", 500_000)
    acme.world.clock.move(days=2)
    ask(acme, "b", 200_000, Kind.EMBEDDING, "embed the archive")
    async with at_requests(acme) as screen:
        for said in (
            "▌Pending 2 · Approved 0 · Denied 0 · All 2", "unallocated 6.5M, emb 700K",
            "a@acme.example", "500K", "1,500,000", "65%", "2 days", "eval run for the…",
            "emb 200K", "embed the archive", "all 2 together ask 500K and 200K embedding and fit",
            "Auto-approval is off.", "≡ 2",
        ):  # fmt: skip
            assert said in screen.text, screen.text


async def test_how_long_a_request_waits_is_told_as_of_now(acme: Acme) -> None:
    ask(acme, "a", 5), ask(acme, "b", 5)
    async with at_requests(acme) as screen:
        acme.world.clock.move(minutes=8)
        await screen.press("down")
        assert "9 min" in screen.line("a@acme.example")
        acme.world.clock.move(minutes=5)
        await screen.press("r")
        assert "14 min" in screen.line("b@acme.example")


async def test_the_page_and_the_command_line_show_the_limit_of_then_and_of_now(acme: Acme) -> None:
    acme.set("a", inference=1_250_000)
    ask(acme, "a", 5)
    acme.set("a", inference=1_750_000)
    async with at_requests(acme, size=HUGE) as screen:
        titles, row = screen.line("Asks"), screen.line("a@acme.example")
        for title, value in (("Had", "1,250,000"), ("Has now", "1,750,000")):
            end = re.search(rf"  {title}(?=  |$)", titles).end() - 1  # type: ignore[union-attr]
            assert row[: end + 1].endswith(value), f"{titles}\n{row}"
    (told,) = requests.named(acme.host, (1,))
    assert (request_shapes.request(told)["current_allocation"], request_shapes.request(told)["allocation"]) == (
        1_250_000, 1_750_000,
    )  # fmt: skip


async def test_no_sentence_is_cut_at_eighty_columns(acme: Acme) -> None:
    auto_approval.put(acme.host, SetRule(acme.id, on=True, largest=123_456_789_012, pool_used=1))
    for number, name in enumerate("abc"):
        ask(acme, name, 1_234_567_890_123 + number), ask(acme, name, 2_234_567_890_123 + number, Kind.EMBEDDING)
    async with at_requests(acme) as screen:
        assert "missing." in screen.line("missing"), screen.text
        assert "is used." in screen.line("Auto-approval"), screen.text
        deny(acme.host, *range(1, 7), yes=True)
        ask(acme, "a", 5)
        await screen.press("r")
        assert screen.line("No requests are waiting.").rstrip().endswith("23 Nov."), screen.text


async def test_the_sidebar_tells_how_many_wait(acme: Acme) -> None:
    ask(acme, "a", 5), ask(acme, "b", 5)
    async with at_requests(acme, size=(120, 40)) as screen:
        assert "▌4 Token Requests       2" in screen.text
        await screen.press("1")
        assert "2 requests wait, since today" in screen.text
        assert "10 asked, 7M unallocated" in screen.text
        ask(acme, "c", 3, Kind.EMBEDDING)
        await screen.press("r")
        assert "asked 10 of 7M, emb. 3 of 700K" in words(screen)
        await screen.press("G", "enter")
        assert "▌4 Token Requests" in screen.text


async def test_a_request_is_approved_in_part_and_taken_back(acme: Acme) -> None:
    number = ask(acme, "a", 500_000).id
    async with at_requests(acme) as screen:
        await screen.press("y")
        assert "Approve this request?" in screen.text
        assert "7,000,000 fit" in screen.text
        await screen.press("ctrl+u")
        await screen.write("300K")
        await screen.press("tab", "tab")
        await screen.write("rest next month")
        await screen.press("enter")
        assert f"Approved: 300K for this month for a@acme.example as batch {states_batch(acme)}" in words(screen)
        assert states(acme) == [(number, "approved", 300_000, "rest next month")]
        assert "unallocated 6.7M" in screen.text
        assert "No requests are waiting. The last one was answered on 23 Nov (Approved, 1)." in words(screen)
        await screen.press("right_square_bracket")
        assert "✓ approved 300K" in screen.text
        await screen.press("u", "ctrl+s")
        assert states(acme)[0][1] == "pending"


def states_batch(acme: Acme) -> int:
    return int(str(acme.world.value("SELECT max(batch) FROM request")))


async def test_for_good_until_a_day_and_what_makes_no_sense(acme: Acme) -> None:
    one, two = ask(acme, "a", 500).id, ask(acme, "b", 500).id
    async with at_requests(acme) as screen:
        await screen.press("y", "tab")
        await screen.write("sometime")
        await screen.press("enter")
        assert "'sometime' is not a time" in words(screen)
        await screen.press("ctrl+u")
        await screen.write("for good")
        await screen.press("enter")
        await screen.press("y", "tab")
        await screen.write("2026-12-24")
        await screen.press("enter")
        assert "500 until 2026-12-24" in words(screen)
        lasts = [row.lasts for row in requests.named(acme.host, (one, two))]
        assert lasts == [Lasts.GOOD, Lasts.UNTIL]


async def test_how_long_in_days_is_from_now(acme: Acme) -> None:
    asked = ask(acme, "a", 500).id
    async with at_requests(acme) as screen:
        await screen.press("y", "tab")
        await screen.write("7d")
        await screen.press("enter")
        (row,) = requests.named(acme.host, (asked,))
        assert row.until == to_datetime(parse_end("7d", acme.world.clock.now()))


async def test_more_than_the_pool_has_is_refused_and_what_fits_is_offered(acme: Acme) -> None:
    ask(acme, "a", 8_000_000)
    async with at_requests(acme) as screen:
        assert "it asks 8M: 1,000,000 missing. f approves what fits" in screen.text
        await screen.press("y", "enter")
        assert "The inference pool is too small: 1,000,000 tokens are missing" in words(screen)
        await push(screen, "Take what fits")
        await screen.press("enter")
        assert states(acme)[0][1:3] == ("approved", 7_000_000)


async def test_several_are_selected_and_denied_with_a_note(acme: Acme) -> None:
    for name in "abc":
        ask(acme, name, 5)
    async with at_requests(acme) as screen:
        await screen.press("space", "space")
        assert "2 selected · y approve · n deny" in screen.text
        await screen.press("n")
        await screen.write("use the small model")
        await screen.press("enter")
        assert "Denied: 2 requests as batch" in words(screen)
        assert [row[1] for row in states(acme)] == ["denied", "denied", "pending"]
        await screen.press("asterisk", "y", "enter")
        assert [row[1] for row in states(acme)] == ["denied", "denied", "approved"]


async def test_the_second_administrator_learns_what_the_first_decided(acme: Acme) -> None:
    number = ask(acme, "a", 5).id
    async with at_requests(acme) as screen:
        await screen.press("y")
        deny(own(acme.world, "grace"), number)
        await screen.press("enter")
        assert f"Request {number} was already denied by grace@acme.example" in words(screen)
        assert "No requests are waiting." in screen.text


async def test_all_that_fit_are_previewed_and_approved(acme: Acme) -> None:
    ask(acme, "a", 6_000_000), ask(acme, "b", 2_000_000), ask(acme, "c", 1_000_000)
    async with at_requests(acme) as screen:
        await screen.press("f")
        assert "Approve all that fit?" in screen.text
        assert "– b@acme.example" in screen.text
        assert "the pool has no room f…" in screen.text
        await screen.press("ctrl+s")
        assert "Saved 4 changes as batch" in screen.text
        assert [row[1] for row in states(acme)] == ["approved", "pending", "approved"]
        await screen.press("f")
        await screen.press("escape")
        assert "Pending 1" in screen.text


async def test_one_request_in_full_leads_to_its_decision(acme: Acme) -> None:
    deny(acme.host, ask(acme, "a", 7).id, note="not yet")
    ask(acme, "a", 500_000)
    async with at_requests(acme) as screen:
        await screen.press("enter")
        for said in (
            "Request 2", "asks      500,000 inference tokens", "0 of 1,000,000 used, 0%", "policy    standard",
            "7,000,000 of inference fit", '✕ denied "not yet"',
        ):  # fmt: skip
            assert said in screen.text, screen.text
        await screen.press("n", "enter")
        assert [row[1] for row in states(acme)] == ["denied", "denied"]


async def test_who_may_not_spend_is_activated_with_it(acme: Acme) -> None:
    acme.world.person("new@acme.example", acme.id)
    ask(acme, "new", 300_000), ask(acme, "new", 1_000)
    async with at_requests(acme) as screen:
        await screen.press("y")
        assert "new@acme.example may not spend." in screen.text
        await push(screen, "Activate with it: no")
        await push(screen, "Approve")
        assert (acme.row("new").paid, acme.allocation("new")) == (True, 800_000)
        acme.set("new", paid=False)
        await screen.press("r", "y", "enter")
        assert "Approved: 1K for this month for new@acme.example as batch" in words(screen)
        assert "who may not spend yet" in words(screen)


async def test_the_rule_is_tried_set_and_its_log_seen(acme: Acme) -> None:
    async with at_requests(acme) as screen:
        await screen.press("full_stop", "enter")
        assert "A request of 500,000 now would wait, because the rule is off." in words(screen)
        await push(screen, "Answers: no")
        assert "would be approved, because it is at most 500,000" in words(screen)
        await push(screen, "Save")
        assert "Auto-approval grants up to 500,000 while at most 80% of the pool is used." in words(screen)
        assert auto_approval.get(acme.host, acme.id).on
        ask(acme, "a", 5)
        await screen.press("full_stop", "down", "enter")
        assert "auto:yes" in screen.text
        assert "auto-approval" in screen.text


async def test_the_operator_is_asked_and_sees_it(acme: Acme) -> None:
    auto_approval.put(acme.host, SetRule(acme.id, on=True))
    ask(acme, "a", 8_000_000), ask(acme, "b", 900_000, Kind.EMBEDDING)
    async with at_requests(acme) as screen:
        await screen.press("full_stop")
        await screen.write("operator for")
        await screen.press("enter")
        said = "1,000,000 inference tokens and 200,000 embedding tokens more are asked for than there are."
        assert said in words(screen)
        await screen.write("100M")
        await screen.press("enter")
        assert "Say why" in screen.text
        await screen.press("tab", "tab", "tab")
        await screen.write("launch")
        await screen.press("enter")
        assert "Ask 1 waits for the operator." in screen.text
        assert purchase_requests.list_requests(acme.host)[0].inference == 100_000_000
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_requests(acme, "root@sage.example") as screen:
        assert "≡ 3" in screen.text
        await screen.press("full_stop")
        await screen.write("was asked")
        await screen.press("enter")
        assert "100M inference a month more from November 2026" in words(screen)


async def test_operators_see_each_request_with_its_own_pool(acme: Acme) -> None:
    beta = acme.world.organization("Beta", 400_000)
    acme.world.person("z@beta.example", beta)
    ask(acme, "a", 5_000)
    requests.create(own(acme.world, "a"), _more())
    requests.create(acme.host.with_proof(HostProof("owner", "z@beta.example")), _more())
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_requests(acme, "root@sage.example", (140, 30)) as screen:
        assert "Beta" in screen.text
        assert "400K" in screen.text
        await screen.press("f")
        assert "which organization?" in screen.text
        assert "2 requests: 10K inference of 7M" in words(screen)
        await screen.press("enter", "ctrl+s")
        assert [row[1] for row in states(acme)] == ["approved", "approved", "pending"]
        await screen.press("asterisk", "y", "enter")
        assert [row[1] for row in states(acme)] == ["approved", "approved", "approved"]


def _more() -> Ask:
    return Ask(Kind.INFERENCE, 5_000, "more")


async def test_an_empty_queue_and_what_was_answered(acme: Acme) -> None:
    async with at_requests(acme) as screen:
        assert "No requests are waiting. Members ask from their home." in screen.text
        await screen.press("y")
        assert "There is no request here." in screen.text
        await screen.press("f")
        assert "No requests are waiting." in screen.text
        await screen.press("left_square_bracket")
        assert "No request was made yet." in screen.text
        approve(acme.host, ask(acme, "a", 5).id)
        await screen.press("r")
        assert "✓ approved" in screen.text
        await screen.press("y")
        assert "It was approved already." in screen.text


async def test_read_only_sees_and_does_not_decide(acme: Acme) -> None:
    ask(acme, "a", 5)
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_requests(acme) as screen:
        await screen.press("y")
        assert "You are read-only" in screen.text
        await screen.press("enter")
        assert "Request 1" in screen.text
        assert "[ y approve ]" not in screen.text
