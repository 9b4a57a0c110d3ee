"""The index of words: the same people as without it, whatever is asked and whatever is written."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.people import name_key
from sage_tui.domain.queries import Has, Query, Term, Word, fold, write
from sage_tui.domain.queries_match import matches
from sage_tui.domain.users import UserRow
from sage_tui.store import words
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import users
from tests.support import people as world
from tests.support.people import Somebody, somebody
from tests.support.properties import for_all

LETTERS = st.sampled_from([*"abzzAZé_%'\"*?()-. \\", "ß", "İ", "ﬁ", "李", "伟", "🙂", "e\u0301", "NEAR", "OR"])
TEXTS = st.lists(LETTERS, max_size=6).map("".join)
LOCALS = TEXTS.map(lambda text: fold(text).replace(" ", "") or "x")


@st.composite
def crowd(draw: st.DrawFn) -> list[Somebody]:
    """Some people with names and addresses of odd letters."""
    people = draw(st.lists(somebody(), min_size=2, max_size=8))
    return [
        replace(
            one, email=draw(LOCALS), first_name=draw(TEXTS).strip(), last_name=draw(TEXTS).strip(), organization_id=1
        )
        for one in people
    ]


@st.composite
def questions(draw: st.DrawFn, people: list[Somebody]) -> Query:
    """Terms whose texts are often cut out of a name or an address."""
    sources = [text for one in people for text in (one.email, f"{one.first_name} {one.last_name}", one.last_name)]

    def text() -> str:
        source = draw(st.sampled_from(sources)) or "x"
        first = draw(st.integers(0, len(source) - 1))
        cut = source[first : first + draw(st.integers(1, 6))]
        return draw(st.sampled_from([cut, cut.upper()]) | TEXTS)

    made: list[Term] = []
    for _ in range(draw(st.integers(1, 2))):
        field, negated = draw(st.sampled_from(["", "", "name", "email"])), draw(st.booleans()) and draw(st.booleans())
        made.append(Has(field, text(), draw(st.booleans()), negated) if field else Word(text() or "z", negated))
    return Query(tuple(made))


def check(tx: Tx, query: Query, rows: list[UserRow], organization: int | None) -> None:
    """Window and count are those of memory."""
    hits = [row.id for row in rows if matches(query, row, 0)]
    for column in ("id", "email", "share", "department"):
        found = users.window(tx, query, Ask(1, write(query), Sort(column), Start(), 50), organization)
        assert sorted(row.id for row in found.rows) == hits
    assert users.count(tx, query, organization).number == len(hits)


def asks_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if many were within the reach, and none of the words frequent."""
    monkeypatch.setattr(words, "SMALL", 0)
    monkeypatch.setattr(users, "PROBED", 10**6)


@pytest.mark.parametrize("most", [users.COUNT_TO, 1])
def test_it_finds_who_is_found_in_memory(database: Database, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    asks_the_index(monkeypatch)
    monkeypatch.setattr(words, "BEGINNINGS", most)

    def told(people: list[Somebody], data: st.DataObject, organization: int | None) -> None:
        rows = [world.row(number, one) for number, one in enumerate(people, 1)]
        with database.writing() as connection:
            tx = world.operator(connection, database.sqlite)
            world.write(tx, people)
            for _ in range(4):
                check(tx, data.draw(questions(people)), rows, organization)

    for_all(database.sqlite, told, people=crowd(), data=st.data(), organization=st.sampled_from([None, 1]))


@pytest.fixture
def acme(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    """Twelve people of Acme, and the index asked whenever it can be."""
    asks_the_index(monkeypatch)
    plain = (1000, 0, 10, 0, 10)
    flags = (True, False, True, False, False)
    people = [
        Somebody(1, "bo", "Bo", f"Lind{n}", "", "", "", world.Role.USER, flags, 0, plain, plain, None, 3, (), None)
        for n in range(12)
    ]
    with sqlite_database.writing() as connection:
        tx = world.operator(connection, True)
        world.write(tx, people)
        yield tx


def found(tx: Tx, text: str) -> list[int]:
    """Who is found with a word."""
    query = Query((Word(text),))
    return sorted(row.id for row in users.window(tx, query, Ask(1, text, Sort("id"), Start(), 50)).rows)


class TestFollowing:
    """What is written to `user` is found, and what was there is not found any more."""

    def test_a_name_that_changes(self, acme: Tx) -> None:
        acme.run('UPDATE "user" SET name_key = :key WHERE id = 3', key=name_key("Zoë", "Ångström"))
        assert found(acme, "ångström") == [3]
        assert found(acme, "lind2") == []
        assert found(acme, "zo") == [3]

    def test_an_address_that_changes(self, acme: Tx) -> None:
        acme.run("UPDATE \"user\" SET email_key = 'quux@y.example' WHERE id = 4")
        assert found(acme, "quux") == found(acme, "ux@") == found(acme, "x@y") == [4]

    def test_somebody_who_goes(self, acme: Tx) -> None:
        acme.run("DELETE FROM membership WHERE user_id = 5")
        acme.run('DELETE FROM "user" WHERE id = 5')
        assert found(acme, "lind4") == []

    def test_it_is_whole_and_can_be_made_again(self, acme: Tx) -> None:
        acme.run('UPDATE "user" SET name_key = :key WHERE id < 6', key=name_key("李", "伟"))
        acme.run("INSERT INTO user_word (user_word, rank) VALUES ('integrity-check', 1)")
        acme.run("INSERT INTO user_word (user_word) VALUES ('rebuild')")
        assert found(acme, "李") == [1, 2, 3, 4, 5]


class TestQuestions:
    """What the index is asked."""

    @pytest.mark.parametrize(("text", "asked"), [
        ("lind", '"ind" AND "lin"'), ("bo lind", '"ind" AND "lin"'), ('a"b', '"a""b"'),
        ("q", ""), ("qq", ""), (" ", None), ("\x1f", None), ("a\x1fb", None), ("abc\0", None),
    ])  # fmt: skip
    def test_a_text(self, acme: Tx, text: str, asked: str | None) -> None:
        assert words.question(acme, text) == asked

    def test_the_last_letters_begin_trigrams_too(self, acme: Tx) -> None:
        assert words.question(acme, "bo") != ""
        assert found(acme, "bo") == list(range(1, 13))

    def test_no_more_trigrams_than_are_needed(self, acme: Tx) -> None:
        assert (words.question(acme, "".join(map(chr, range(200, 400)))) or "").count(" AND ") == words.MOST - 1

    @pytest.mark.parametrize("text", ["lind7", "nobody"])
    def test_a_rare_word_reads_no_table_through(self, acme: Tx, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[str, tuple[object, ...]]] = []
        real = Tx.tuples

        def noted(tx: Tx, sql: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
            asked.append((sql, values))
            return real(tx, sql, values)

        monkeypatch.setattr(Tx, "tuples", noted)
        users.count(acme, Query((Word(text),)))
        monkeypatch.undo()
        plans = [str(line[3]) for sql, values in asked for line in acme.tuples(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert plans
        assert not [line for line in plans if line.split()[:2] in (["SCAN", "u"], ["SCAN", "m"])]
