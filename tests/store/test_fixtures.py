"""The ground that other tests stand on: both engines, empty, and each test its own."""

import pytest
from sqlalchemy import text

from sage_tui.store import migrate
from sage_tui.store.engine import Database


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_database_of_its_own(database: Database, turn: int) -> None:
    with database.writing() as connection:
        assert connection.execute(text("SELECT count(*) FROM counter")).scalar() == 0
        connection.execute(text("INSERT INTO counter (name, value) VALUES ('turn', :turn)"), {"turn": turn})


def test_it_has_the_schema_of_this_program(database: Database) -> None:
    assert migrate.check(database) == migrate.SCHEMA


def test_it_runs_on_both_engines(database: Database, request: pytest.FixtureRequest) -> None:
    assert database.sqlite is ("sqlite" in request.node.name)
