"""One call in one statement is what a batch of the same calls is, total by total; and what is told of its person."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from sage_tui.domain.months import DAY, month_of, month_start
from sage_tui.domain.units import Micros
from sage_tui.store import one_call, recording
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx
from tests.support import NOW
from tests.support import people as world

TABLES = ("usage_event", "usage_daily", "usage_organization_daily", "usage_month", "pool", "membership")
MONTH = month_of(NOW)
BEGIN = month_start(MONTH)

calls = st.lists(
    st.tuples(
        st.sampled_from([7, 8, 9, -3]),  # two members, one without a row, and a held identity
        st.sampled_from([0, 1]),
        st.sampled_from([BEGIN - 70 * DAY, BEGIN - 40 * DAY, BEGIN - DAY, BEGIN + 5, NOW, NOW + 40 * DAY]),
        st.tuples(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 3 * 10**12)),
        st.sampled_from([0, 1, 4]),
        st.sampled_from([0, 0, 0, 1, 2]),
    ),
    min_size=1,
    max_size=8,
)


def event(number: int, call: tuple[int, int, int, tuple[int, int, int], int, int]) -> recording.Event:
    user, kind, at, (prompt, completion, charge), status, entry = call
    id = number.to_bytes(16, "big")
    return (
        1, id, at // DAY, id, number, at, user, 1, kind, prompt, 0, completion, charge, status, 2,
        entry, None if number % 2 else 12, 1, None, "é%s?:x", None,
    )  # fmt: skip


def people(tx: Tx) -> None:
    """An organization whose members were last counted two months ago."""
    tx.run("INSERT INTO organization (id, name, name_key, created_at) VALUES (1, 'a', 'a', 0)")
    tx.many("INSERT INTO pool (organization_id, kind, month, used, started_month) VALUES (1, ?, ?, 5, ?)",
            [(0, MONTH - 2, MONTH), (1, MONTH - 1, MONTH)])  # fmt: skip
    for user in (7, 8):
        tx.run('INSERT INTO "user" (id, email, email_key, created_at) VALUES (:id, :name, :name, 0)',
               id=user, name=f"u{user}")  # fmt: skip
        tx.run("INSERT INTO membership (organization_id, user_id, inference_month, inference_used,"
               " inference_allocation, created_at) VALUES (1, :id, :month, 3, 1000, 0)",
               id=user, month=MONTH - 2)  # fmt: skip


def stored(tx: Tx) -> dict[str, list[tuple[object, ...]]]:
    found = {name: [tuple(row.values()) for row in tx.rows(f"SELECT * FROM {name}")] for name in TABLES}
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


@given(calls)
def test_one_at_a_time_is_what_all_at_once_are(database: Database, some: list) -> None:  # type: ignore[type-arg]
    events = [event(number, call) for number, call in enumerate(some, 1)]
    outcomes = []
    for one_by_one in (False, True):
        with database.engine.connect() as connection:
            tx = world.operator(connection, database.sqlite)
            people(tx)
            if one_by_one:
                months = [one_call.write(tx, one)[0] for one in events]
                alone = [recording.month_of_one(one) for one in events]
                assert [(key, sums) for ((key, sums),) in months] == alone
            else:
                for one in events:
                    recording.write(tx, [one])
            outcomes.append(stored(tx))
            connection.rollback()
    assert outcomes[0] == outcomes[1]


def test_what_is_told_of_a_person(database: Database) -> None:
    with database.writing() as connection:
        tx = world.operator(connection, database.sqlite)
        people(tx)
        numbers = iter(range(1, 99))

        def told(at: int = NOW, user: int = 7, kind: int = 0) -> one_call.Told | None:
            return one_call.write(tx, event(next(numbers), (user, kind, at, (1, 1, 2), 0, 0)))[1]

        assert told() == (False, 1000, 2, "")
        assert told() == (False, 1000, 4, "")
        assert told(Micros(BEGIN - DAY)) == (False, 1000, 4, "")
        assert told(kind=1) == (False, None, 2, "")
        assert told(user=9) is None
        assert told(user=-3) is None
        tx.many("INSERT INTO policy (organization_id, department, version, preset, fields, at)"
                " VALUES (?, ?, ?, ?, ?, 1)",
                [(1, "", 1, "old", "{}"), (1, "", 2, "own", '{"a": 1}'), (1, "R&D", 1, "dept", "{}"),
                 (2, "", 9, "foreign", "{}")])  # fmt: skip
        found = told()
        assert found is not None
        assert sorted(found.policies.split("\n")) == ["+dept {}", 'own {"a": 1}']
        tx.run("UPDATE pool SET started_month = :before WHERE kind = 1", before=MONTH - 1)
        assert told() == (True, 1000, 8, found.policies)


def test_a_raise_whose_end_has_come_is_told(database: Database) -> None:
    with database.writing() as connection:
        tx = world.operator(connection, database.sqlite)
        people(tx)
        for ended, until, due in ((None, tx.now + 1, False), (1, tx.now, False), (None, tx.now, True)):
            connection.execute(text("DELETE FROM token_raise"))
            tx.run("INSERT INTO token_raise (organization_id, id, user_id, kind, amount, until, ended_at, created_at)"
                   " VALUES (1, 1, 8, 0, 5, :until, :ended, 0)", until=until, ended=ended)  # fmt: skip
            found = one_call.write(tx, event(until % 1000 + 2 * due + 5, (7, 0, NOW, (1, 1, 2), 0, 0)))[1]
            assert found is not None
            assert found.due is due
            connection.execute(text("DELETE FROM usage_event"))


def test_the_driver_keeps_what_it_parsed() -> None:
    """Of statements under 4,096 characters with at most 50 values; and no value is sent twice."""
    for kind in (0, 1):
        assert len(one_call._at_once(kind)) < 4_096
    assert len(one_call._SENT) == len(set(one_call._SENT)) == len(one_call._LETTERS) <= 50
