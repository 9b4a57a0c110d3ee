"""A question that a newer one takes the place of: its own statement stops, and no other one."""

import threading
from collections.abc import Callable

import pytest

from sage_tui.domain.errors import Interrupted
from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.superseding import Asking, here
from sage_tui.domain.users import AddUsers
from sage_tui.services import users
from sage_tui.services.users_add import add
from sage_tui.store.engine import Database
from tests.support.world import World

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n"


def endless(database: Database) -> str:
    """A statement that only an interruption ends."""
    return LONG.replace(" WHERE i < 200000", "") if database.sqlite else "SELECT pg_sleep(600)"


class Thread:
    """A function in a thread, with what came of it."""

    def __init__(self, act: Callable[[threading.Event], object]) -> None:
        self.started = threading.Event()
        self.outcome: object = None
        self._act = act
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.started.wait(30)

    def _run(self) -> None:
        try:
            self.outcome = self._act(self.started)
        except Exception as error:
            self.outcome = error

    def join(self, meanwhile: Callable[[], None] = lambda: None) -> object:
        """What came of it; until then do `meanwhile` again and again."""
        while self.thread.is_alive():
            meanwhile()
            self.thread.join(0.01)
        return self.outcome


def reader(database: Database, sql: str, asking: Asking | None = None) -> Thread:
    """A thread that reads one statement, as a question that may be dropped or as one that may not."""

    def read(started: threading.Event) -> object:
        with asking or Asking(), database.reading() as connection:
            started.set()
            return connection.exec_driver_sql(sql).scalar()

    return Thread(read)


def writer(database: Database) -> Thread:
    """A thread that writes, then takes its time, then commits."""

    def write(started: threading.Event) -> object:
        with Asking(), database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO counter (name, value) VALUES ('kept', 1)")
            started.set()
            return connection.exec_driver_sql(LONG).scalar()

    return Thread(write)


def test_its_statement_stops_and_those_of_others_go_on(database: Database) -> None:
    asking = Asking()
    others = [reader(database, LONG), writer(database)]
    mine = reader(database, endless(database), asking)
    assert isinstance(mine.join(asking.drop), Interrupted)
    assert [other.join(asking.drop) for other in others] == [200_000, 200_000]
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT value FROM counter WHERE name = 'kept'").scalar() == 1


def test_whoever_has_its_connection_next_is_left_in_peace(database: Database) -> None:
    asking = Asking()
    with asking, database.reading() as connection:
        first = connection.connection.driver_connection
        assert asking.reads
    assert not asking.reads
    with database.reading() as connection:
        assert connection.connection.driver_connection is first
    after = reader(database, LONG)
    assert after.join(asking.drop) == 200_000


def test_dropped_before_it_begins_it_asks_nothing(database: Database) -> None:
    asking = Asking()
    asking.drop()
    with pytest.raises(Interrupted), asking, database.reading():
        raise AssertionError
    assert here() is None


def test_dropped_between_two_statements_it_does_not_begin_the_second(database: Database) -> None:
    asking = Asking()
    with pytest.raises(Interrupted), asking, database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        asking.drop()
        connection.exec_driver_sql(endless(database))


def test_a_fault_is_a_fault_unless_it_was_dropped(database: Database) -> None:
    asking = Asking()
    with pytest.raises(ZeroDivisionError), asking, database.reading():
        _ = 1 // 0
    assert not asking.reads


def test_a_question_of_the_services_is_answered_as_ever(everywhere: World) -> None:
    acme = everywhere.organization("Acme", 1_000_000)
    add(everywhere.host, AddUsers(("ada@acme.example",), acme))
    asking = Asking()
    with asking:
        assert len(users.window(everywhere.host, Ask(1, "ada", Sort("email"), Start(), 5)).rows) == 1
    asking.drop()
    with asking, pytest.raises(Interrupted):
        users.count(everywhere.host, "ada")
    assert users.count(everywhere.host, "ada").number == 1
