"""What User Management says around its table, and what becomes of a filter that only the store refuses."""

import pytest

from sage_tui.domain.errors import QueryError, StoreUnavailable
from sage_tui.domain.paging import Ask, Count
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus, Summary
from sage_tui.tui.screens.management import user_words
from sage_tui.tui.session import ALL, Scope
from sage_tui.tui.text import line
from sage_tui.tui.widgets.table_selection import NONE, Selected, every
from sage_tui.tui.widgets.window_table import WindowTable
from tests.tui.fakes import World, interaction
from tests.tui.seen import in_panel


def summary(identities: int = 0, charge: int = 0) -> Summary:
    inference = PoolStatus(Kind.INFERENCE, 400_000_000, 312_400_000, 201_700_000)
    return Summary(3, inference, PoolStatus(Kind.EMBEDDING, 80_000_000, 40_000_000, 0), identities, charge)


class TestPools:
    @pytest.mark.parametrize("width", range(75, 200, 5))
    def test_both_kinds_stand_on_one_line_with_what_fits(self, width: int) -> None:
        made = line(*user_words.pools(summary(), width))
        assert made.cell_length <= width
        for words in ("Inference  312.4M of 400M", "78%", "Embedding  40M of 80M", "50%"):
            assert words in made.plain

    def test_the_wider_the_more_is_said(self) -> None:
        lengths = [line(*user_words.pools(summary(), width)).cell_length for width in (60, 80, 100, 120)]
        assert lengths == sorted(lengths)
        assert line(*user_words.pools(summary(), 120)).plain.count("allocated") == 2


def test_identities_that_belong_to_nobody_are_counted_in_words() -> None:
    assert user_words.strangers(summary()) == ""
    assert user_words.strangers(summary(1, 5)) == "1 gateway identity belongs to nobody, 5 tokens"
    assert user_words.strangers(summary(2, 1_234_567)) == "2 gateway identities belong to nobody, 1.2M tokens"


@pytest.mark.parametrize(
    ("count", "query", "total", "words"),
    [
        (None, "", None, "counting …"),
        (Count(1), "", 1, "1 user"),
        (Count(2), "", 2, "2 users"),
        (Count(0), "", 0, "0 users"),
        (Count(37), "used>90%", 1_204, "37 of 1,204 users"),
        (Count(10_000, exact=False), "a", 1_000_000, "10,000+ of 1,000,000 users"),
        (Count(37), "used>90%", None, "37 users"),
    ],
)
def test_how_many_there_are(count: Count | None, query: str, total: int | None, words: str) -> None:
    assert user_words.counted(count, query, total) == words


@pytest.mark.parametrize(
    ("selected", "count", "words"),
    [
        (NONE, Count(5), ""),
        (Selected(frozenset({1, 2})), Count(5), "2 selected"),
        (every("paid:yes"), Count(37), "37 selected (all that match)"),
        (every("paid:yes"), None, "counting … selected (all that match)"),
        (every("").toggled(1), Count(37), "36 selected"),
    ],
)
def test_how_many_are_selected(selected: Selected, count: Count | None, words: str) -> None:
    assert user_words.chosen(selected, count) == words


def test_where_nobody_is_the_organization_is_named_as_words() -> None:
    assert user_words.nobody_yet(ALL) == "There are no people yet. Press o for an organization, there . adds people."
    acme = Scope(1, "An Organization With A Long Name")
    assert user_words.nobody_yet(acme, may_add=False) == "An Organizatio… has no people yet."
    assert len(user_words.nobody_yet(acme)) <= 78
    said = user_words.nobody_yet(Scope(3, "[b]Evil[/b]\x1b[31m\u202e Corporation of Ever"))
    assert "[b]Evil[/b]" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) < 100


@pytest.mark.parametrize("page", ["users", "activity"])
async def test_what_only_the_store_refuses_is_pointed_at_and_the_rows_stay(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(activity=[interaction(number) for number in range(9)])
    async with in_panel(world, page=page) as screen:
        table = screen.app.screen.query_one(WindowTable)
        before = [table.cache.row(number) for number in range(9)]
        assert None not in before
        service = screen.app.services.users if page == "users" else screen.app.services.activity

        def refuse(ask: Ask, organization_id: int | None = None) -> None:
            raise QueryError(ask.query, 2, "this reaches too far back", "Try at:2026-11.")

        monkeypatch.setattr(type(service), "window", lambda self, ask, org=None: refuse(ask, org))
        await screen.press("/")
        await screen.write("later")
        assert screen.line("▲").endswith("▲ this reaches too far back. Try at:2026-11.")
        assert screen.line("▲").index("▲") == screen.line("/ ").index("later") + 2
        assert [table.cache.row(number) for number in range(9)] == before
        assert "The rows could not be read" not in screen.text


async def test_a_store_that_is_gone_is_told_on_the_panel_s_line_and_not_of_the_filter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with in_panel(World()) as screen:
        service = screen.app.services.users

        def gone(self: object, ask: Ask, organization_id: int | None = None) -> None:
            raise StoreUnavailable("The database is locked by another program.", "sage-tui doctor says who.")

        monkeypatch.setattr(type(service), "window", gone)
        await screen.press("r")
        assert "The database is locked by another program." in screen.text
        assert "▲ The database" not in screen.text
        monkeypatch.undo()
        await screen.press("r")
        assert "locked" not in screen.text
