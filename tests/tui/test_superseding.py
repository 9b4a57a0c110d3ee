"""A newer question of a table stops the older one: nobody waits behind an answer that nobody wants."""

import threading

from sage_tui.domain.errors import Interrupted
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.superseding import Asking, here
from tests.tui.looking import rest, text
from tests.tui.numbers_source import Numbers
from tests.tui.test_window_table import SIZE, Bare


class Slow(Numbers):
    """Numbers whose answers to the filter "77" never come, unless they are stopped."""

    def window(self, ask: Ask) -> Window[int]:
        self._wait(ask.query)
        return super().window(ask)

    def count(self, query: str) -> Count:
        self._wait(query[:-1])
        return super().count(query)

    def _wait(self, query: str) -> None:
        if query == "77":
            asking, stopped = here(), threading.Event()
            assert isinstance(asking, Asking)
            with asking.reading(stopped.set):
                assert stopped.wait(30)
                raise Interrupted("stopped")


async def test_rows_that_nobody_waits_for_are_stopped() -> None:
    app = Bare(Slow(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        app.table.show("77")
        await pilot.pause()
        app.table.show("5")
        await rest(pilot)
        assert app.table.current == 5
        assert app.table.loading_rows.answered == "5"


async def test_so_is_the_count_of_rows_that_are_no_longer_shown() -> None:
    app = Bare(Slow(1_000))
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        app.table.show("777")
        while "row 777" not in text(app):
            await pilot.pause()
        app.table.show("5")
        await rest(pilot)
        assert app.table.cache.count is not None
        assert app.table.cache.count.number == len([n for n in range(1_000) if "5" in str(n)])
