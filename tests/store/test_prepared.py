"""`prepare_threshold` in a PostgreSQL URL: statements stay prepared on the server only where that is asked for."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from sage_tui.domain.errors import WrongUse
from sage_tui.store.engine import Database
from tests.support import postgres


@pytest.fixture
def url(worker: str) -> Iterator[str]:
    yield postgres.create(f"prepared_{worker}")
    postgres.drop(f"prepared_{worker}")


def with_threshold(url: str, threshold: str) -> str:
    return make_url(url).update_query_dict({"prepare_threshold": threshold}).render_as_string(False)


@pytest.mark.parametrize(("threshold", "kept"), [(None, 0), ("2", 1), ("0", 1)])
def test_a_statement_stays_prepared_only_where_that_is_asked_for(url: str, threshold: str | None, kept: int) -> None:
    database = Database.open(url if threshold is None else with_threshold(url, threshold))
    with database.reading() as connection:
        for _ in range(6):
            connection.exec_driver_sql("SELECT 1 + %s", (1,))
        # asked without being prepared itself
        found = connection.connection.driver_connection.execute(  # type: ignore[union-attr]
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 1 +%'", prepare=False
        ).fetchone()
    database.close()
    assert found == (kept,)


@pytest.mark.parametrize("threshold", ["five", "-1", "1e3", "²", "99999"])
def test_what_is_no_number_is_refused_before_anything_is_asked(threshold: str) -> None:
    with pytest.raises(WrongUse, match="prepare_threshold"):
        Database.open(with_threshold("postgresql://nobody@127.0.0.1:1/none", threshold))
