"""The windowed table: any length, a few screens of rows, one question at a time."""

import threading

import pytest
from textual.app import App, ComposeResult

from sage_tui.domain.paging import After, Around, At, End, Sort, Start
from sage_tui.tui.themes import DARK, STYLES, THEMES
from sage_tui.tui.widgets.table_messages import Opened
from sage_tui.tui.widgets.window_table import WindowTable
from tests.tui.looking import lines, press, rest, text
from tests.tui.numbers_source import COLUMNS, Numbers, draw


class Bare(App[None]):
    """The table alone, in the product's style."""

    CSS_PATH = [STYLES / "table.tcss"]

    def __init__(self, source: Numbers) -> None:
        super().__init__()
        self.source = source
        self.opened: list[int] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(next(theme for theme in THEMES if theme.name == DARK).variables)

    def compose(self) -> ComposeResult:
        yield WindowTable(self.source, COLUMNS, draw, Sort("name"))

    def on_opened(self, message: Opened) -> None:
        self.opened.append(message.row)

    @property
    def table(self) -> WindowTable[int]:
        return self.query_one(WindowTable)


SIZE = (60, 12)


async def test_first_page_with_header_and_sign_of_the_order() -> None:
    async with Bare(Numbers(100)).run_test(size=SIZE) as pilot:
        await rest(pilot)
        seen = lines(pilot.app)
        assert seen[0].split()[:4] == ["Name", "▲", "Square", "State"]
        assert seen[1].split()[:5] == ["›", "row", "0", "0", "even"]
        assert "row 10" in seen[11]


async def test_a_million_rows_hold_a_few_screens() -> None:
    app = Bare(source := Numbers(1_000_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        assert app.table.virtual_size.height == 1_000_001
        await press(pilot, "G")
        assert "row 999999" in lines(app)[11]
        assert app.table.cursor_row == 999_999
        for _ in range(60):
            await pilot.press("pageup")
        await rest(pilot)
        assert "row" in lines(app)[1]
        assert len(app.table.cache) <= 400
        await press(pilot, "home")
        assert "row 0" in lines(app)[1]
        assert not any(isinstance(ask.place, At) for ask in source.asks)


async def test_down_page_and_both_ends_land_where_they_should() -> None:
    app = Bare(Numbers(500))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await press(pilot, "down", "j", "pagedown")
        assert app.table.current == 13
        await press(pilot, "k", "pageup", "up")
        assert app.table.current == 0
        await press(pilot, "end")
        assert app.table.current == 499
        await press(pilot, "g")
        assert app.table.current == 0


async def test_an_exact_count_that_comes_after_end_moves_the_numbers() -> None:
    app = Bare(source := Numbers(5_000))
    gate = threading.Event()
    count = source.count
    source.count = lambda query: gate.wait(10) and count(query)  # type: ignore[method-assign,assignment]
    async with app.run_test(size=SIZE) as pilot:
        while not app.table.loading_rows.settled:
            await pilot.pause(0.01)
        await pilot.press("G")
        while app.table.current != 4999:
            await pilot.pause(0.01)
        assert app.table.cursor_row < 4_999
        gate.set()
        await rest(pilot)
        assert app.table.cursor_row == 4_999
        assert app.table.current == 4_999
        assert "row 4999" in lines(app)[11]


async def test_only_the_answer_to_the_last_question_is_shown() -> None:
    app = Bare(source := Numbers(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        source.gate = slow = threading.Event()
        app.table.show("77")
        await pilot.pause()
        source.gate = None
        app.table.show("5")
        await pilot.pause(0.05)
        slow.set()
        await rest(pilot)
        assert app.table.current == 5
        assert "row 77" not in text(app)
        assert app.table.cache.count is not None
        assert app.table.cache.count.number == len([n for n in range(1_000) if "5" in str(n)])


async def test_rows_are_dots_after_300_ms_and_what_was_there_stays_until_then() -> None:
    app = Bare(source := Numbers(10_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        source.gate = threading.Event()
        app.table.go(5_000)
        await pilot.pause(0.05)
        assert "row 0" in lines(app)[1]
        await pilot.pause(0.4)
        assert "·····" in lines(app)[3]
        source.gate.set()
        source.gate = None
        await rest(pilot)
        assert app.table.current == 5_000
        assert "·····" not in text(app)


async def test_refresh_keeps_the_person_where_they_were_seen() -> None:
    app = Bare(source := Numbers(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        app.table.go(500)
        await rest(pilot)
        line = next(n for n, seen in enumerate(lines(app)) if "row 500" in seen)
        source.gone = {3, 4, 5}
        app.table.reload()
        await rest(pilot)
        assert app.table.current == 500
        assert "row 500" in lines(app)[line]
        assert isinstance(source.asks[-1].place, (Around, After)) or any(
            isinstance(a.place, Around) for a in source.asks
        )
        await press(pilot, "g")
        assert [seen.split()[-1] for seen in lines(app)[1:5]]
        assert app.table.current == 0
        assert app.table.cursor_row == 0


async def test_sort_and_reverse_by_the_column_under_the_cursor() -> None:
    app = Bare(source := Numbers(100))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await press(pilot, "right", "s")
        assert source.asks[-1].sort == Sort("square", True)
        assert "▼" in lines(app)[0]
        assert app.table.current == 99
        await press(pilot, "S")
        assert app.table.current == 0
        await press(pilot, "l", "s")
        assert app.table.sort == Sort("square", False)
        assert app.table.why_not("sort") == "State has no order."


async def test_the_first_column_stands_still_while_others_scroll() -> None:
    app = Bare(Numbers(100))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await press(pilot, *["right"] * 10)
        assert "row 3" in lines(app)[4]
        assert "c7-3" in lines(app)[4]
        assert "Square" not in lines(app)[0]


async def test_a_cursor_move_repaints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Bare(Numbers(100))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        painted: list[int] = []
        real = WindowTable.render_line
        monkeypatch.setattr(WindowTable, "render_line", lambda self, y: painted.append(y) or real(self, y))
        await pilot.press("down")
        await pilot.pause()
        assert sorted(set(painted)) == [1, 2]


async def test_selection_row_range_and_all_that_match() -> None:
    app = Bare(Numbers(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await press(pilot, "space", "down", "shift+down", "shift+down")
        assert app.table.selected.ids == {0, 2, 3, 4}
        assert [n for n, seen in enumerate(lines(app)) if "✓" in seen] == [1, 3, 4, 5]
        await press(pilot, "asterisk", "space")
        selected = app.table.selected
        assert selected.all_of == ""
        assert selected.ids == {4}
        assert str(selected.count(app.table.cache.count)) == "999"
        app.table.show("12")
        await rest(pilot)
        assert not app.table.selected


async def test_mouse_header_row_double_click_and_wheel() -> None:
    app = Bare(source := Numbers(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await pilot.click(WindowTable, offset=(30, 0))
        await rest(pilot)
        assert source.asks[-1].sort == Sort("square", True)
        await pilot.click(WindowTable, offset=(5, 4))
        await rest(pilot)
        assert app.table.current == 996
        await pilot.click(WindowTable, offset=(5, 6), times=2)
        await rest(pilot)
        assert app.opened == [994]
        app.table.scroll_to(y=400, animate=False, immediate=True)
        await rest(pilot)
        assert "row 599" in lines(app)[1]


async def test_nothing_matches_says_so() -> None:
    app = Bare(Numbers(100))
    async with app.run_test(size=SIZE) as pilot:
        app.table.empty = "Nobody matches."
        app.table.show("zzz")
        await rest(pilot)
        assert "Nobody matches." in text(app)
        await press(pilot, "down", "enter", "space", "G")
        assert app.opened == []


async def test_an_inexact_count_still_reaches_the_end_of_what_is_there() -> None:
    app = Bare(Numbers(300, exact=False))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        await press(pilot, "G")
        assert app.table.current == 299
        assert isinstance(app.source.asks[0].place, Start)
        assert any(isinstance(ask.place, End) for ask in app.source.asks)
