"""The line over every page: month and zone are never cut."""

import pytest

from sage_tui.domain.units import Role
from sage_tui.tui.widgets.content_header import fitted
from tests.tui.fakes import World
from tests.tui.seen import HUGE, SMALL, WIDE, Screen, in_panel

WHEN = "November 2026 New York"


@pytest.mark.parametrize(
    ("room", "title", "where"),
    [
        (80, "User Management", f"All organizations · {WHEN}"),
        (54, "User Management", f"All organiz… · {WHEN}"),
        (45, "User Mana…", f"All org… · {WHEN}"),
        (42, "User Management", WHEN),
        (30, "User …", WHEN),
    ],
)
def test_the_organization_is_cut_first_then_the_title(room: int, title: str, where: str) -> None:
    assert fitted("User Management", "All organizations", WHEN, room) == (title, where)


def test_nothing_is_cut_where_there_is_room_and_wide_characters_count_twice() -> None:
    assert fitted("Today", "", WHEN, 60) == ("Today", WHEN)
    assert fitted("Today", "株式会社サンプル研究所", WHEN, 45)[1].startswith("株式会社")


def _header(screen: Screen) -> str:
    return screen.lines[0]


@pytest.mark.parametrize("size", [(60, 15), SMALL, WIDE, HUGE])
@pytest.mark.parametrize("role", [Role.SUPER_ADMIN, Role.ADMIN])
async def test_month_zone_and_minutes_are_seen_at_every_size(size: tuple[int, int], role: Role) -> None:
    small = size[0] < 80
    email = "root@sage.example" if small else "root.administrator@sage.example"
    async with in_panel(World(role=role, email=email, read_only=not small), size=size) as screen:
        assert "November 2026 UTC " in _header(screen)
        assert _header(screen).endswith("· 15 min")
