"""Windows of users: the same rows in the same order as a plain sort and filter in memory, on both databases."""

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st

from sage_tui.domain.columns import USER_COLUMNS
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import DAY
from sage_tui.domain.paging import After, Around, Ask, At, Before, End, Place, Sort, Start, cursor, parse_cursor
from sage_tui.domain.people import name_key
from sage_tui.domain.queries import Compare, Edge, Flag, Has, Measure, Number, Op, Query, Range, Term, Word, fold, write
from sage_tui.domain.queries_fields import USERS, sort_names
from sage_tui.domain.queries_match import matches
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.units import Role
from sage_tui.domain.users import State, UserRow
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import user_orders, users
from tests.support import NOW
from tests.support import people as world
from tests.support.people import Somebody, somebody
from tests.support.properties import for_all

ALL = [column.key for column in USER_COLUMNS if column.sortable]
PEOPLE = st.lists(somebody(), min_size=1, max_size=4) | st.lists(somebody(), min_size=16, max_size=24)
TODAY = NOW // DAY
NO_FILTER = Query()


def value(row: UserRow, column: str) -> object:
    """What a row is sorted by: text without difference of A and a, states by weight, names by the last one."""
    lower = str.maketrans({chr(letter): chr(letter + 32) for letter in range(65, 91)})
    match column:
        case "email":
            return fold(row.email)
        case "name":
            return name_key(row.first_name, row.last_name)
        case "organization":
            return fold(row.organization or "")
        case "state":
            return list(State).index(row.state)
        case "share":
            return row.inference.share
        case "type":
            return row.type.value
        case "department" | "company" | "plan" | "first_name" | "last_name":
            return getattr(row, column).translate(lower)
    kind, _, part = column.partition("_")
    return getattr(getattr(row, kind), part) if kind in ("inference", "embedding") else getattr(row, column)


def in_order(rows: Sequence[UserRow], sort: Sort) -> list[UserRow]:
    """A plain sort: what is not there first, ties by number, all turned round when descending."""
    column = sort_names(USERS).get(sort.column, sort.column)

    def key(row: UserRow) -> tuple:
        found = value(row, column)
        return (found is not None, 0 if found is None else found, row.id)

    return sorted(rows, key=key, reverse=sort.descending)


def ask(tx: Tx, sort: Sort, place: Place, count: int, query: Query = NO_FILTER, organization: int | None = None):
    return users.window(tx, query, Ask(1, write(query), sort, place, count), organization)


def check_places(
    tx: Tx, sort: Sort, expected: list[UserRow], query: Query, count: int, organization: int | None
) -> None:
    """Every place that a table can ask for gives the rows of the plain list."""

    def asked(place: Place):
        return ask(tx, sort, place, count, query, organization)

    start, end = asked(Start()), asked(End())
    assert list(start.rows) == expected[:count]
    assert (start.more_before, start.more_after, start.offset) == (False, len(expected) > count, 0)
    assert list(end.rows) == expected[-count:]
    assert (end.more_before, end.more_after) == (len(expected) > count, False)
    _check_walk(asked, expected, start, forward=True)
    _check_walk(asked, expected, end, forward=False)
    for offset in {0, 1, count, len(expected) - 1, len(expected) + 5}:
        window = asked(At(max(offset, 0)))
        wanted = expected[offset : offset + count] if offset < len(expected) else expected[-count:]
        assert list(window.rows) == wanted
    for place in {0, len(expected) // 2, len(expected) - 1} if expected else ():
        window = asked(Around(expected[place].id))
        first = max(place - count // 2, 0)
        assert list(window.rows) == expected[first : place + count - count // 2]
        assert (window.more_before, window.more_after) == (first > 0, place + count - count // 2 < len(expected))


def _check_walk(asked, expected: list[UserRow], window, *, forward: bool) -> None:
    """Page after page by key until there is no more."""
    seen = list(window.rows)
    while window.more_after if forward else window.more_before:
        key = parse_cursor(cursor(window.keys[-1 if forward else 0]))
        window = asked(After(key) if forward else Before(key))
        assert len(window.rows) == len(window.keys) > 0
        seen = seen + list(window.rows) if forward else list(window.rows) + seen
        assert len(seen) <= len(expected)
    assert seen == expected


def test_every_sort_and_place_is_as_in_memory(database: Database) -> None:
    def check(people: list[Somebody], count: int, scope: int | None) -> None:
        rows = [world.row(number, one) for number, one in enumerate(people, 1)]
        with database.writing() as connection:
            tx = world.operator(connection, database.sqlite)
            world.write(tx, people)
            mine = [row for row in rows if scope is None or row.organization_id == scope]
            for column in ALL:
                for descending in (False, True):
                    sort = Sort(column, descending)
                    check_places(tx, sort, in_order(mine, sort), Query(), count, scope)

    for_all(
        database.sqlite,
        check,
        people=PEOPLE,
        count=st.sampled_from([1, 2, 3, 7, 30]),
        scope=st.sampled_from([None, None, 0, 1, 2]),
    )


TEXT_PARTS = st.sampled_from(
    ["", "ada", "ADA", "zoë", "ß", "ss", "e", "x.example", "_", "%", "李", "van den", "a v", "\x1f"]
)


@st.composite
def terms(draw: st.DrawFn) -> Term:
    """A term of any kind, sometimes negated."""
    negated = draw(st.booleans())
    kind = draw(st.sampled_from(["word", "has", "flag", "number", "range", "compare", "compare", "idle"]))
    op = draw(st.sampled_from(list(Op)))
    match kind:
        case "word":
            return Word(draw(TEXT_PARTS.filter(bool)), negated)
        case "has":
            name = draw(st.sampled_from(["org", "plan", "dept", "email", "name", "company"]))
            texts = TEXT_PARTS | st.sampled_from([*world.TEXTS, *world.NAMES, "Acme", "Ada van den", "team"])
            return Has(name, draw(texts), draw(st.booleans()), negated)
        case "flag":
            name = draw(st.sampled_from(["paid", "banned", "verified", "mfa", "stopped", "unset"]))
            return Flag(name, draw(st.booleans()), negated)
        case "number":
            return Number("id", draw(st.integers(0, 30)), negated)
        case "range":
            edges = st.none() | st.sampled_from([Edge(TODAY), Edge(30, ago=True), Edge(TODAY - 400), Edge(0, ago=True)])
            return Range("created", draw(edges), draw(edges), negated)
        case "idle":
            return Compare("idle", op, draw(st.sampled_from([0, 1, 2, 8, 30, 31, 400])), Measure.DAYS, negated)
    name = draw(st.sampled_from(["used", "max", "emb.used", "emb.max"]))
    measure = Measure.TOKENS if name.endswith("max") else draw(st.sampled_from([Measure.TOKENS, Measure.PER_MILLE]))
    return Compare(name, op, draw(st.sampled_from([0, 1, 900, 1000, 1001, 10**15])), measure, negated)


def test_every_filter_finds_what_it_finds_in_memory(database: Database) -> None:
    def check(people: list[Somebody], asked: list[Term], sorts: list[Sort], scope: int | None) -> None:
        query = Query(tuple(asked))
        rows = [world.row(number, one) for number, one in enumerate(people, 1)]
        used = {n: max((TODAY - day for day in one.used_days), default=None) for n, one in enumerate(people, 1)}
        with database.writing() as connection:
            tx = world.operator(connection, database.sqlite)
            world.write(tx, people)
            mine = [row for row in rows if scope is None or row.organization_id == scope]
            hits = [row for row in mine if matches(query, row, TODAY, used[row.id])]
            assert users.count(tx, query, scope).number == len(hits)
            for sort in sorts:
                check_places(tx, sort, in_order(hits, sort), query, 3, scope)

    sorts = st.builds(Sort, st.sampled_from(ALL), st.booleans())
    for_all(
        database.sqlite,
        check,
        people=PEOPLE,
        asked=st.lists(terms(), min_size=1, max_size=3),
        sorts=st.lists(sorts, min_size=3, max_size=3),
        scope=st.sampled_from([None, 0, 1]),
    )


def test_frequent_and_rare_hits_are_the_same_rows(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a stretch of the index was enough, or all hits had to be gathered, cannot be seen."""

    def check(people: list[Somebody], stretch: int) -> None:
        monkeypatch.setattr(users, "STRETCH", stretch)
        rows = [world.row(number, one) for number, one in enumerate(people, 1)]
        with sqlite_database.writing() as connection:
            tx = world.operator(connection, True)
            world.write(tx, people)
            query = parse("paid:yes x.example", USERS)
            hits = [row for row in rows if row.paid]
            for column in ("email", "inference_used", "share", "last_sign_in_at"):
                for descending in (False, True):
                    sort = Sort(column, descending)
                    check_places(tx, sort, in_order(hits, sort), query, 2, None)

    for_all(True, check, people=PEOPLE, stretch=st.sampled_from([1, 2, 5, 100]))


@pytest.fixture
def some(database: Database):
    """Five people of Acme and two others."""
    flags = (True, False, True, False, False)
    plain = (1000, 0, 10, 0, 10)
    people = [
        Somebody(org, "bo", "Bo", "Lind", "", "", "", Role.USER, flags, 0, plain, plain, None, 3, (), None)
        for org in (1, 1, 1, 1, 1, 2, 0)
    ]
    with database.writing() as connection:
        tx = world.operator(connection, database.sqlite)
        world.write(tx, people)
        yield tx


class TestReach:
    """Nobody sees a row that is not theirs, whatever they ask for."""

    def test_an_administrator_sees_their_own_organization_alone(self, some: Tx) -> None:
        tx = world.within(some.conn, some.sqlite, 1)
        for organization in (None, 1):
            assert {
                row.organization_id for row in ask(tx, Sort("email"), Start(), 50, organization=organization).rows
            } == {1}
            assert users.count(tx, Query(), organization).number == 5
        for organization in (2, 0, 99):
            assert ask(tx, Sort("email"), Start(), 50, organization=organization).rows == ()
            assert users.count(tx, Query(), organization).number == 0

    @pytest.mark.parametrize("column", ALL)
    def test_every_sort_stays_within_the_reach(self, some: Tx, column: str) -> None:
        tx = world.within(some.conn, some.sqlite, 1)
        for query in (Query(), parse("bo", USERS), parse("used<90%", USERS)):
            window = ask(tx, Sort(column), Start(), 50, query)
            assert [row.id for row in window.rows] == [1, 2, 3, 4, 5]

    def test_around_a_stranger_is_the_start(self, some: Tx) -> None:
        tx = world.within(some.conn, some.sqlite, 1)
        assert [row.id for row in ask(tx, Sort("id"), Around(6), 3).rows] == [1, 2, 3]

    def test_operators_see_all_or_one(self, some: Tx) -> None:
        assert [row.organization for row in ask(some, Sort("id"), Start(), 50).rows][5:] == ["Straße & Söhne", None]
        assert users.count(some, Query()).number == 7
        assert users.count(some, Query(), 0).number == 1

    def test_one_person(self, some: Tx) -> None:
        assert users.one(some, 6).organization_id == 2


class TestWrongUse:
    """What cannot be asked is said."""

    def test_an_unknown_column(self, some: Tx) -> None:
        with pytest.raises(WrongUse, match="no column"):
            ask(some, Sort("password_hash"), Start(), 5)

    @pytest.mark.parametrize("key", [(1,), ("a", "b"), ("a", 1, 2), (None, 1), (1.5, 1), ("a", None), (3, 1)])
    def test_a_key_of_another_order(self, some: Tx, key: tuple) -> None:
        with pytest.raises(WrongUse, match="another order"):
            ask(some, Sort("email"), After(key), 5)

    def test_filter_names_are_sort_names_too(self, some: Tx) -> None:
        for name in sort_names(USERS):
            assert len(ask(some, Sort(name), Start(), 50).rows) == 7


def test_every_column_can_be_sorted_by() -> None:
    assert frozenset(ALL) == user_orders.COLUMNS


def test_an_empty_table(database: Database) -> None:
    with database.reading() as connection:
        tx = world.operator(connection, database.sqlite)
        for place in (Start(), End(), At(5), Around(1), After(("a", 1))):
            window = ask(tx, Sort("email"), place, 5)
            assert window.rows == ()


def test_counting_stops_where_it_costs_more_than_it_says(some: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "COUNT_TO", 3)
    assert str(users.count(some, parse("bo", USERS))) == "3+"
    assert str(users.count(some, parse("id:3", USERS))) == "1"
    assert str(users.count(some, Query())) == "7"
