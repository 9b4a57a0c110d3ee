"""The frame: sidebar and drawer, keys, back, help, palette, sizes."""

import pytest
from textual.binding import Binding

from sage_tui.domain.activity import TodayItem
from sage_tui.domain.units import Role
from sage_tui.tui.keys import KEYS
from sage_tui.tui.pages import PAGES, pages_for
from sage_tui.tui.screens.panel import PanelScreen
from sage_tui.tui.session import Here
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.sidebar import Sidebar
from tests.tui.fakes import World, interaction
from tests.tui.seen import HUGE, WIDE, at_home, in_panel


async def test_the_sidebar_stands_from_120_columns_and_marks_the_page() -> None:
    async with in_panel(size=WIDE) as screen:
        assert "▌2 User Management" in screen.text
        assert "MANAGEMENT" in screen.text
        assert "ANALYTICS" in screen.text
        assert "≡" not in screen.text
        assert "Applications" not in screen.text  # pages that are not built are not shown


async def test_the_drawer_opens_over_the_content_and_gives_the_focus_back() -> None:
    async with in_panel() as screen:
        focused = screen.app.focused
        await screen.press("down", "m")
        assert screen.app.focused is screen.app.screen.query_one(Sidebar)
        assert "▌2 User Management" in screen.text
        await screen.press("escape")
        assert "▌" not in screen.text
        assert screen.app.focused is focused
        await screen.press("m", "m")
        assert "▌" not in screen.text


async def test_choosing_a_page_closes_the_drawer() -> None:
    async with in_panel() as screen:
        await screen.press("m", "G", "up", "enter")
        assert "Activity Logs" in screen.lines[0]
        assert "▌2" not in screen.text
        await screen.click("≡")
        assert "6 Activity Logs" in screen.text
        await screen.click("2 User Management")
        assert "User Management" in screen.lines[0]
        assert "MANAGEMENT" not in screen.text


async def test_m_goes_to_the_standing_sidebar_and_back() -> None:
    async with in_panel(size=WIDE) as screen:
        focused = screen.app.focused
        await screen.press("m")
        assert isinstance(screen.app.focused, Sidebar)
        await screen.press("G", "enter")
        assert "Hello Ada" in screen.text
        await screen.press("a", "m", "escape")
        assert screen.app.focused is focused


async def test_resizing_across_the_border_keeps_filter_selection_and_place() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("user0")
        await screen.press("enter", "down", "down", "space")
        where = screen.line("›").split()[1]
        await screen.resize(*WIDE)
        assert "user0" in screen.line("/ ")
        assert where in screen.line("›")
        assert "1 selected" in screen.text
        await screen.resize(80, 24)
        assert where in screen.line("›")
        assert "1 selected" in screen.text


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (30, 8)])
async def test_a_terminal_that_is_too_small_says_how_large_it_must_be(size: tuple[int, int]) -> None:
    async with in_panel(size=size) as screen:
        assert "60 columns and 15 lines" in " ".join(screen.text.split())
        assert "maria" not in screen.text
        await screen.resize(60, 15)
        assert "60 columns and 15 lines" not in screen.text
        assert "maria" in screen.text


async def test_numbers_open_pages_and_those_that_are_not_built_do_nothing() -> None:
    async with in_panel() as screen:
        for key, title in (
            ("1", "Today"),
            ("6", "Activity Logs"),
            ("8", "Activity Logs"),
            ("5", "Token Statistics"),
            ("2", "User Management"),
        ):
            await screen.press(key)
            assert title in screen.lines[0]


async def test_backspace_goes_back_to_page_and_place() -> None:
    async with in_panel() as screen:
        await screen.press("down", "down", "enter")
        assert "Person" in screen.lines[0]
        await screen.press("6", "backspace")
        assert "Person" in screen.lines[0]
        await screen.press("backspace")
        assert "User Management" in screen.lines[0]
        assert "ada@acme.example" in screen.line("›")
        await screen.press("backspace")
        assert "User Management" in screen.lines[0]


async def test_help_lists_keys_by_group_and_the_words_of_the_page() -> None:
    async with in_panel(size=HUGE) as screen:
        await screen.press("question_mark")
        assert "Keys and words of this page" in screen.text
        assert "filter of this table; esc clears it, enter keeps it" in screen.text
        assert "organization" not in screen.text.split("Words of this page")[0].split("Keys")[1]
        await screen.press("end")
        assert "created:2026-11-01.." in screen.text
        await screen.press("question_mark")
        assert "Keys and words" not in screen.text


async def test_the_palette_finds_acts_and_pages_by_name() -> None:
    async with in_panel() as screen:
        await screen.press("colon")
        assert "Every act by name" in screen.text
        await screen.write("activity")
        await screen.press("enter")
        assert "Activity Logs" in screen.lines[0]
        await screen.press("ctrl+p")
        await screen.write("leave admin")
        await screen.press("enter")
        assert "Locked" in screen.text


async def test_what_is_greyed_in_the_palette_says_why() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("nobody-like-this")
        await screen.press("enter", "colon")
        await screen.write("open, choose")
        assert "not now: There are no rows." in screen.text
        await screen.press("enter")
        assert "There are no rows." in screen.text


async def test_themes_are_chosen_in_the_palette_and_remembered() -> None:
    async with in_panel() as screen:
        await screen.press("colon")
        await screen.write("theme: light")
        await screen.press("enter")
        assert screen.app.theme == "sage-light"
        assert screen.world.kept["theme"] == '"sage-light"'
        assert set(screen.app.available_themes) == {
            "sage-dark", "sage-light", "sage-high-contrast", "sage-monochrome",
        }  # fmt: skip
    world = World(kept={"theme": '"sage-light"'})
    async with at_home(world) as screen:
        assert screen.app.theme == "sage-light"


async def test_no_color_is_monochrome_and_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with in_panel() as screen:
        assert screen.app.theme == "sage-monochrome"
        await screen.press("colon")
        await screen.write("theme: light")
        await screen.press("enter")
        assert "NO_COLOR is set" in screen.text
        colours = {
            (segment.style.color, segment.style.bgcolor)
            for strip in screen.app.screen._compositor.render_strips()
            for segment in strip.apply_filter(screen.app._filters[-1], screen.app.screen.background_colors[1])
            if segment.style is not None
        }
        assert {c.name for pair in colours for c in pair if c} <= {"default"}


def all_bindings(node_type: type) -> list[Binding]:
    return [b for b in Binding.make_bindings(getattr(node_type, "BINDINGS", [])) if isinstance(b, Binding)]


async def test_no_page_key_equals_a_key_of_the_panel() -> None:
    panel = {binding.key for binding in all_bindings(PanelScreen)}
    shared = {"escape", "backspace"}  # close and back mean the same wherever they are
    for page in PAGES:
        keys = {binding.key for binding in all_bindings(page.load())}
        assert not (keys & panel) - shared, page.id


def test_a_key_means_one_thing() -> None:
    keys = [key for word in KEYS for key in word.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len({word.id for word in KEYS}) == len(KEYS)


def test_pages_follow_the_permission_table() -> None:
    world = World()
    for role, count in ((Role.USER, 0), (Role.ADMIN, len(PAGES)), (Role.SUPER_ADMIN, len(PAGES))):
        world.role = role
        assert len(pages_for(Here.of(world.session()).actor)) == count
    assert [page.number for page in PAGES] == [1, 2, 3, 4, 5, 6]


LOCKED = "The database is locked by another program (waited 5 s). sage-tui doctor says who. r tries again."


@pytest.mark.parametrize(
    ("key", "unread", "read"),
    [
        ("1", "What needs you could not be read. r tries again.", "Nothing needs you."),
        ("2", "The rows could not be read. r tries again.", "maria.oconnor"),
        ("6", "The rows could not be read. r tries again.", "gpt-large"),
    ],
)
async def test_a_page_that_cannot_be_read_says_so_and_r_tries_again(key: str, unread: str, read: str) -> None:
    world = World(activity=[interaction(n) for n in range(5)])
    async with in_panel(world, page="today" if key != "1" else "users") as screen:
        world.down = True
        await screen.press(key)
        assert LOCKED in " ".join(screen.text.split())
        assert unread in screen.text
        assert "·····" not in screen.text
        await screen.press("r")
        assert LOCKED in " ".join(screen.text.split())
        world.down = False
        await screen.press("r")
        assert read in screen.text
        assert "again" not in screen.text


@pytest.mark.parametrize(("key", "read"), [("1", "Nothing needs you."), ("2", "maria"), ("6", "gpt-large")])
async def test_opening_it_again_tries_again_too(key: str, read: str) -> None:
    world = World(activity=[interaction(n) for n in range(5)])
    async with in_panel(world, page="today" if key != "1" else "users") as screen:
        world.down = True
        await screen.press(key, key)
        assert LOCKED in " ".join(screen.text.split())
        world.down = False
        await screen.press(key)
        assert read in screen.text
        assert "again" not in screen.text


async def test_a_person_or_a_home_that_cannot_be_read() -> None:
    async with in_panel() as screen:
        screen.world.down = True
        await screen.press("enter")
        assert "This person could not be read. r tries again." in screen.text
        screen.world.down = False
        await screen.press("r")
        assert "maria.oconnor@acme.example   Maria Oconnor" in screen.text
    async with at_home(World(down=True)) as screen:
        assert "Your account could not be read. r tries again." in screen.text
        assert LOCKED in " ".join(screen.text.split())
        screen.world.down = False
        await screen.press("r")
        assert "Hello Ada" in screen.text
        assert "again" not in screen.text


@pytest.mark.parametrize("size", [(59, 24), (80, 14)])
async def test_after_a_terminal_that_was_too_small_the_focus_is_where_it_was(size: tuple[int, int]) -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("ma")
        await screen.resize(*size)
        await screen.resize(80, 24)
        await screen.write("ria")
        assert screen.app.screen.query_one(FilterLine).text == "maria"


async def test_the_cursor_stays_in_sight_when_the_terminal_gets_lower() -> None:
    async with in_panel() as screen:
        await screen.press("g", *["down"] * 15)
        await screen.resize(80, 15)
        assert [line for line in screen.lines if line.startswith("›")]


async def test_a_filter_longer_than_its_field_is_seen_at_its_end() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("used>10% paid:yes -banned:yes created:2020-11-01..2026-11-07 dept:research end")
        assert "dept:research end" in screen.text


async def test_today_is_asked_anew_when_it_is_opened_again() -> None:
    async with in_panel(page="today") as screen:
        await screen.press("2")
        screen.world.today_items = [TodayItem("stopped", 3, None, "3 people are stopped", "users", "stopped:yes")]
        await screen.press("1")
        assert "3 people are stopped" in screen.text
