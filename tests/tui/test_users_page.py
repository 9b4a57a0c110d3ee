"""User Management, reading: filter, sort, columns, numbers, views, organizations, identities, selection."""

import json
from dataclasses import replace

from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.units import Role
from sage_tui.domain.users import Identity, PoolStatus, View
from sage_tui.tui.screens.management.user_words import pool
from tests.tui.fakes import World, people, person
from tests.tui.seen import SMALL, WIDE, Screen, in_panel


def first(screen: Screen) -> str:
    """The e-mail of the first row."""
    at = next(n for n, line in enumerate(screen.lines) if "Email" in line)
    return next(word for word in screen.lines[at + 1].split() if "@" in word)


async def test_at_a_glance_pool_count_share_and_state_in_words() -> None:
    async with in_panel() as screen:
        assert "Inference  312.4M of 400M allocated ▓▓▓▓▓▓▓░░░ 78%" in screen.text
        assert "Embedding  40M of 80M 50%" in screen.text
        assert screen.line("/ ").endswith("60 users")
        assert "▓▓▓▓▓▓▓▓▓▓  102%       2,000,000  ■ at limit" in screen.line("maria")
        assert "▲ near" in screen.line("ada@")
        assert "■ stopped" in screen.line("tom@")
        await screen.press("G")
        assert "○ never" in screen.line("noor@") or "‖ unpaid" in screen.line("lin@")


async def test_everything_fits_at_80_by_24() -> None:
    async with in_panel(size=SMALL) as screen:
        assert len(screen.lines) == 24
        assert "? help" in screen.lines[23]
        assert all(part in screen.lines[3] for part in ("Email", "Used this month▼", "Max Inference", "State"))


async def test_the_filter_asks_as_one_types() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("used>9")
        assert screen.line("/ ").endswith("of 60 users")
        await screen.write("0%")
        assert "3 of 60 users" in screen.line("/ ") or "4 of 60 users" in screen.line("/ ")
        assert "user0" not in screen.text
        await screen.press("enter", "down")
        assert screen.app.focused is not None
        assert "used>90%" in screen.line("/ ")
        await screen.press("escape")
        assert "60 users" in screen.line("/ ")


async def test_a_wrong_filter_points_at_the_column_and_asks_nothing() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("paid:maybe")
        line, hint = screen.line("paid:maybe"), screen.line("▲ maybe")
        assert hint.index("▲") == line.index("maybe")
        assert "neither yes nor no" in hint
        queries = {
            ask.query for verb, args in screen.world.asked if verb == "users" for ask in args if isinstance(ask, Ask)
        }
        assert "paid:maybe" not in queries
        assert "paid:" not in queries


async def test_the_filter_completes_words() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("sto")
        assert "→ stopped:" in screen.text
        await screen.press("right")
        await screen.write("yes")
        assert "1 of 60 users" in screen.line("/ ")
        assert first(screen) == "tom@acme.example"


async def test_clearing_the_filter_keeps_the_person() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("lin@")
        await screen.press("escape")
        assert "60 users" in screen.line("/ ")
        assert "lin@acme.example" in screen.line("›")


async def test_nobody_matches() -> None:
    async with in_panel(query="email:nobody-at-all") as screen:
        assert "Nobody matches this filter. esc clears it." in screen.text
        assert "0 of 60 users" in screen.text


async def test_an_empty_organization() -> None:
    async with in_panel(World(users=people()[:1])) as screen:
        assert "1 user" in screen.line("/ ")


async def test_sort_by_the_column_of_the_cursor() -> None:
    async with in_panel() as screen:
        assert first(screen) == "maria.oconnor@acme.example"
        await screen.press("s")
        assert first(screen) == "ada@acme.example"
        assert "Email ▲" in screen.text
        await screen.press("s")
        assert "Email ▼" in screen.text
        await screen.press("right", "right", "s")
        asks = [args[0] for verb, args in screen.world.asked if verb == "users"]
        assert asks[-1].sort == Sort("inference_allocation", True)  # type: ignore[attr-defined]


async def test_columns_are_chosen_ordered_and_remembered() -> None:
    async with in_panel(size=WIDE) as screen:
        await screen.press("c")
        assert "✓ Used this month" in screen.text
        await screen.press("space", "down", "right")
        await screen.press("enter")
        kept = json.loads(screen.world.kept["users.columns"])
        assert kept[:3] == ["email", "state", "inference_allocation"]
        assert "share" not in kept
        header = screen.line("Email")
        assert header.index("State") < header.index("Max Inference")
    async with in_panel(World(kept={"users.columns": json.dumps(["email", "department", "no-such"])})) as screen:
        assert screen.line("Email").split() == ["Email", "Department"]


async def test_numbers_full_or_short() -> None:
    async with in_panel() as screen:
        await screen.press("number_sign")
        assert "1.5M" in screen.line("ada@")
        assert screen.world.kept["numbers"] == '"short"'
        await screen.press("number_sign")
        assert "1,500,000" in screen.line("ada@")


async def test_explain_says_what_a_number_means_and_why_a_limit_is_so() -> None:
    async with in_panel() as screen:
        await screen.press("right", "equals_sign")
        assert "2,040,000 used of 2,000,000 allocated, this UTC month" in screen.text
        assert "40,000 over" in screen.text
        await screen.press("escape", "right", "equals_sign")
        assert "Why 2,000,000?" in screen.text
        assert "floor of the policy, by system" in screen.text
        assert "7 Jan  floor of the policy" in screen.text
        assert 'board" [red]demo[/]"' in screen.text
        assert "batch 102" in screen.text


async def test_views_are_saved_opened_and_deleted() -> None:
    async with in_panel(query="used>90%") as screen:
        await screen.press("v")
        await screen.write("save this")
        await screen.press("enter")
        await screen.press("enter")
        assert "It needs a name." in screen.text
        await screen.write("close to it")
        await screen.press("enter")
        assert "Saved as close to it." in screen.text
        assert screen.world.views == [View("close to it", "used>90%", "share:desc", False, True, "")]
        await screen.press("escape", "v", "enter")
        assert "used>90%" in screen.line("/ ")
        await screen.press("v")
        await screen.write("delete")
        await screen.press("enter", "enter")
        assert "Deleted close to it." in screen.text
        assert screen.world.views == []


async def test_a_read_only_administrator_saves_no_view_and_hears_why() -> None:
    async with in_panel(World(read_only=True), query="used>90%") as screen:
        await screen.press("v")
        await screen.write("save")
        await screen.press("enter")
        assert "You are read-only: you see and export, and change nothing." in screen.text


async def test_operators_choose_the_organization() -> None:
    world = World(role=Role.SUPER_ADMIN, email="root@sage.example")
    async with in_panel(world, size=WIDE) as screen:
        assert "All organizations" in screen.lines[0]
        await screen.press("o")
        assert "Globex [b]Inc[/b]" in screen.text
        await screen.write("globex")
        await screen.press("enter")
        assert "Globex [b]Inc[/b] · November 2026" in screen.lines[0]
        asked = [args[1] for verb, args in world.asked if verb == "users"]
        assert asked[0] is None
        assert asked[-1] == 2


async def test_administrators_of_one_organization_are_not_offered_others() -> None:
    async with in_panel() as screen:
        await screen.press("o")
        assert "Which organization?" not in screen.text


async def test_selection_is_counted() -> None:
    async with in_panel() as screen:
        await screen.press("space", "shift+down")
        assert "3 selected" in screen.text
        await screen.press("asterisk")
        assert "60 selected (all that match)" in screen.text
        await screen.press("asterisk")
        assert "selected" not in screen.text


async def test_identities_that_belong_to_nobody_are_counted_and_assigned() -> None:
    world = World(identities=[Identity(1, "svc-[b]batch", "litellm", "Acme Corp", 20, 1_200_000)])
    async with in_panel(world) as screen:
        assert "1 gateway identity belongs to nobody, 1.2M tokens" in screen.text
        await screen.click("[ Assign ]")
        assert "svc-[b]batch" in screen.text
        await screen.press("enter")
        assert "20 calls, 1,200,000 tokens, from litellm" in screen.text
        await screen.write("nobody@x.example")
        await screen.press("enter")
        assert "email: nobody has this e-mail" in screen.text
        await screen.press(*["backspace"] * 20)
        await screen.write("tom@acme.example")
        await screen.press("enter")
        assert "svc-[b]batch and its usage now belong to tom@acme.example." in screen.text
        assert ("assign", ("svc-[b]batch", "tom@acme.example", "litellm")) in world.asked
        assert "belongs to nobody" not in screen.text


async def test_refresh_keeps_the_person_through_new_data() -> None:
    async with in_panel() as screen:
        await screen.press("down", "down", "down")
        assert "李伟@acme.example" in screen.line("›")
        screen.world.users[3] = replace(screen.world.users[3], inference=person(4, "x@y.example", 1, 750_000).inference)
        await screen.press("r")
        assert "李伟@acme.example" in screen.line("›")
        assert screen.lines.index(screen.line("›")) == screen.lines.index(screen.line("李伟"))


async def test_hostile_names_are_drawn_as_words() -> None:
    evil = person(
        2, "evil@acme.example", 5, 10, first_name="[@click=app.quit]x[/]", last_name="\x1b[31m\u202eb\u200b\n"
    )
    async with in_panel(World(users=[*people()[:1], evil]), size=WIDE) as screen:
        await screen.press("c")
        await screen.press("escape")
        await screen.press(*["right"] * 6)
        assert "[@click=app.quit]…" in screen.line("evil@")
        assert "\x1b" not in screen.text
        assert "\u202e" not in screen.text
        await screen.press("down", "enter")
        assert "[@click=app.quit]x[/] ␛[31m�b�␊" in screen.text or "␛[31m" in screen.text


def test_an_over_committed_pool_says_by_how_much() -> None:
    words = "".join(p if isinstance(p, str) else p[0] for p in pool("Inference", PoolStatus("inference", 100, 150, 20)))  # type: ignore[arg-type]
    assert words.endswith("over-committed by 50")
