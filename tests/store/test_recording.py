"""Known digests and new ids: what recording asks and makes in bulk is what one at a time would be."""

import uuid

import pytest

from sage_tui.domain.months import DAY
from sage_tui.domain.units import Micros
from sage_tui.store import recording
from sage_tui.store.engine import Database
from tests.support import NOW
from tests.support import people as world

TODAY = NOW // DAY


def digest(number: int) -> bytes:
    """A digest whose order is not that of the numbers."""
    return uuid.uuid5(uuid.NAMESPACE_OID, str(number)).bytes


def event(number: int, day: int, content: int) -> recording.Event:
    """A row of usage_event."""
    at = day * DAY + number
    id = recording.ids([at])[0]
    return (1, id, day, digest(number), content, at, 7, 1, 0, 5, 0, 1, 6, 0, 2, 0, None, 1, None, str(number), None)


@pytest.mark.parametrize("few", [0, 1, 1_000])
@pytest.mark.parametrize("size", [0, 1, 2, 40])
def test_seen_are_those_of_the_day_and_of_the_days_beside(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, size: int
) -> None:
    monkeypatch.setattr(recording, "FEW", few)
    days = [TODAY - 3, TODAY - 2, TODAY, TODAY + 1, TODAY + 5]
    stored = {digest(n): (days[n % 5], -n) for n in range(0, 40, 2)}
    asked = [(days[(n + n // 5) % 5] + n % 3 - 1, digest(n)) for n in range(size)]
    with database.writing() as connection:
        tx = world.operator(connection, database.sqlite)
        recording.write(tx, [event(n, days[n % 5], -n) for n in range(0, 40, 2)])
        by_day: dict[int, list[bytes]] = {}
        for day, one in [*asked, *asked[:3]]:
            by_day.setdefault(day, []).append(one)
        found = recording.seen(tx, by_day)
    assert found == {one: stored[one][1] for day, one in asked if one in stored and abs(stored[one][0] - day) <= 1}


def test_ids_are_ordered_by_time_and_of_the_seventh_version() -> None:
    times = [Micros(NOW + n * 1_000) for n in range(300)]
    made = recording.ids(times)
    assert made == sorted(made)
    assert len(set(made)) == 300
    for at, id in zip(times, (uuid.UUID(bytes=one) for one in made), strict=True):
        assert (id.version, id.variant, id.int >> 80) == (7, uuid.RFC_4122, at // 1000)
    assert recording.ids([]) == []


def test_a_member_s_last_day_of_use_is_that_of_usage_and_never_goes_back(database: Database) -> None:
    with database.writing() as connection:
        tx = world.operator(connection, database.sqlite)
        tx.many("INSERT INTO \"user\" (id, email, email_key, created_at) VALUES (?, 'a', 'a', 0)", [(7,)])
        tx.many("INSERT INTO organization (id, name, name_key, created_at) VALUES (?, 'a', 'a', 0)", [(1,)])
        tx.many("INSERT INTO membership (organization_id, user_id, created_at) VALUES (1, ?, 0)", [(7,)])

        def last(*events: recording.Event) -> object:
            recording.write(tx, events)
            return tx.value("SELECT last_used_day FROM membership WHERE user_id = 7")

        def credit(one: recording.Event) -> recording.Event:
            return (*one[: recording.ENTRY], 2, *one[recording.ENTRY + 1 :])

        def embedding(one: recording.Event) -> recording.Event:
            return (*one[: recording.KIND], 1, *one[recording.KIND + 1 :])

        assert last(credit(event(1, TODAY, 1))) is None
        assert last(event(2, TODAY - 40, 1), event(3, TODAY - 2, 1)) == TODAY - 2
        assert last(event(4, TODAY - 9, 1), credit(event(5, TODAY, 1))) == TODAY - 2
        assert last(embedding(event(6, TODAY - 1, 1))) == TODAY - 1
