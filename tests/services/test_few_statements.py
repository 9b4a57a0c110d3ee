"""How many statements a call takes (ADR 12): each is a round trip on PostgreSQL. And what lets it take so few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.spending import Ask, Settlement
from sage_tui.domain.units import Kind
from sage_tui.services import policies, policy_held, usage
from sage_tui.store import one_call, recording
from tests.services.editing import Acme, acme_of
from tests.support import NOW, people
from tests.support.world import World


@pytest.fixture
def acme(everywhere: World) -> Acme:
    made = acme_of(everywhere)
    made.set("a", "b", inference="1M", paid=True)
    return made


@contextmanager
def counted(acme: Acme) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, but for the beginning of transactions."""
    asked: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL")):
            asked.append(statement)

    engine = acme.host.database.engine
    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def test_a_call_takes_few_statements(acme: Acme) -> None:
    def reserve(key: str) -> str:
        told = usage.reserve(acme.host, Ask("a@acme.example", Kind.INFERENCE, "m", 10, 10, key)).reservation
        assert told is not None
        return told

    usage.settle(acme.host, reserve("first"), Settlement(10, 5))  # source, model and month are known from here on
    more = 0 if not acme.host.database.sqlite else 6
    """On SQLite totals and counters are statements of their own: there are no round trips."""
    with counted(acme) as asked:
        reservation = reserve("second")
    assert len(asked) == 8, asked
    with counted(acme) as asked:
        usage.settle(acme.host, reservation, Settlement(10, 5))
    assert len(asked) == 6 + more, asked


def least_alike(acme: Acme) -> tuple[int | None, int | None]:
    with acme.host.database.engine.connect() as connection:
        tx = people.operator(connection, acme.host.database.sqlite)
        person = tx.value("SELECT user_id FROM membership WHERE organization_id = :org ORDER BY 1 LIMIT 1", org=acme.id)
        id = recording.ids([NOW])[0]
        call = (
            acme.id,
            id,
            NOW // 86_400_000_000,
            id,
            1,
            NOW,
            person,
            1,
            0,
            1,
            0,
            1,
            2,
            0,
            2,
            0,
            None,
            1,
            None,
            "",
            None,
        )
        _, told = one_call.write(tx, call)
        assert told is not None
        found = policy_held.least_of(tx, told.policies), policy_held.in_force(tx, acme.id).least()
        connection.rollback()
        return found


def test_what_a_call_is_told_of_policies_is_what_holds(acme: Acme) -> None:
    def put(preset: str = "", department: str = "", **fields: str) -> Callable[[], object]:
        return lambda: policies.put(acme.host, SetPolicy(acme.id, preset, tuple(fields.items()), department=department))

    seen = [least_alike(acme)]
    for change in (
        put("conservative"), put(tiers="off"), put("aggressive", "R&D"), put(tiers="50%:+10%", department="R&D"),
        put("none", "R&D"), put("standard"), put(tiers="off", department="Sales"),
    ):  # fmt: skip
        change()
        seen.append(least_alike(acme))
    assert all(told == held for told, held in seen), seen
    assert len({held for _, held in seen}) > 2
