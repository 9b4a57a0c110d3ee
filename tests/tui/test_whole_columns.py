"""Columns are seen wholly or not at all; the first one stands still."""

import pytest

from tests.tui.seen import in_panel


@pytest.mark.parametrize("width", [60, 74, 80, 97, 118])
async def test_no_column_is_seen_in_part_wherever_the_table_is_scrolled(width: int) -> None:
    async with in_panel(size=(width, 24)) as screen:
        table = screen.app.screen.query_one("#users")
        titles = {table.names.get(c.key, c.title) for c in table.columns}  # type: ignore[attr-defined]
        for column in table.columns:  # type: ignore[attr-defined]
            header = screen.line("Email").replace("▼", " ")
            seen = {part.strip() for part in header.split("  ") if part.strip()}
            assert seen <= titles
            assert table.names.get(column.key, column.title) in seen  # type: ignore[attr-defined]
            await screen.press("right")


async def test_a_number_at_the_edge_is_whole_or_not_there() -> None:
    async with in_panel(size=(60, 24)) as screen:
        before = screen.line("maria")
        assert before.endswith("102%")
        await screen.press("right", "right")
        assert "2,000,000" in screen.line("maria")
        assert "102%" in screen.line("maria") or "%" not in screen.line("maria")
