"""Lists of people into the store, on both engines: all or nobody, and never above the pool."""

import pytest

from sage_tui.domain.usage import RefusedRow
from sage_tui.services import imports_people, organizations, users
from sage_tui.services.imports_people import UserLine
from tests.support.world import World


def line(row: int, email: str, **values: str) -> UserLine:
    return UserLine(row, {"email": email, **values})


def acme_of(world: World) -> int:
    """The organization, with a pool of 5M and 1M; made when first asked for."""
    found = [each.id for each in organizations.list_organizations(world.host) if each.name == "Acme"]
    return found[0] if found else world.organization("Acme", 5_000_000, 1_000_000)


def scalar(world: World, sql: str) -> object:
    from sqlalchemy import text

    with world.host.database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def room(world: World, organization_id: int) -> int:
    """What the pool of inference tokens still has."""
    return users.summary(world.host, organization_id).inference.unallocated


def test_people_are_added_with_allocations_in_one_act(everywhere: World) -> None:
    before, entries = room(everywhere, acme_of(everywhere)), scalar(everywhere, "SELECT count(*) FROM audit_entry")
    done = imports_people.users(
        everywhere.host,
        [
            line(2, "eve@acme.example", first_name="Eve", inference="1K", embedding="unset", gateway_id="a\x00b"),
            line(3, "finn@acme.example", paid="yes", department="Sales"),
        ],
        acme_of(everywhere),
    )
    assert (done.added, done.already, done.refused) == (2, 0, ())
    eve = users.show(everywhere.host, email="eve@acme.example")
    assert (eve.user.inference.allocation, eve.user.embedding.allocation, eve.gateway_id) == (1_000, None, "a\\x00b")
    assert room(everywhere, acme_of(everywhere)) <= before - 1_000
    assert scalar(everywhere, "SELECT count(*) FROM audit_entry") == int(str(entries)) + 1


def test_one_refused_row_and_nothing_is_written(everywhere: World) -> None:
    acme_of(everywhere)
    people, entries = (
        scalar(everywhere, 'SELECT count(*) FROM "user"'),
        scalar(everywhere, "SELECT count(*) FROM audit_entry"),
    )
    done = imports_people.users(
        everywhere.host,
        [
            line(2, "eve@acme.example"),
            line(3, "fin@acme.example", last_name="\x1b"),
            RefusedRow(4, "line", "is not UTF-8"),
        ],
        acme_of(everywhere),
    )
    assert (done.added, done.batch, [row.row for row in done.refused]) == (0, None, [3, 4])
    assert scalar(everywhere, 'SELECT count(*) FROM "user"') == people
    assert scalar(everywhere, "SELECT count(*) FROM audit_entry") == entries


def test_a_list_never_passes_the_pool(everywhere: World) -> None:
    left = room(everywhere, acme_of(everywhere))
    half = left // 2 + 1
    lines = [line(2, "eve@acme.example", inference=str(half)), line(3, "finn@acme.example", inference=str(half))]
    done = imports_people.users(everywhere.host, lines, acme_of(everywhere))
    assert [(row.row, row.field) for row in done.refused] == [(3, "inference")]
    assert "the pool lacks" in done.refused[0].why
    assert room(everywhere, acme_of(everywhere)) == left


def test_the_same_list_again_adds_nobody(lone: World) -> None:
    lines = [line(2, "eve@acme.example"), line(3, "Finn@Acme.example")]
    assert imports_people.users(lone.host, lines, acme_of(lone)).added == 2
    again = imports_people.users(lone.host, [*lines[:1], line(3, "finn@acme.EXAMPLE")], acme_of(lone))
    assert (again.added, again.already, again.batch) == (0, 2, None)


def test_a_dry_run_answers_and_writes_nothing(lone: World) -> None:
    assert imports_people.users(lone.host.dry(), [line(2, "eve@acme.example")], acme_of(lone)).added == 1
    with pytest.raises(Exception, match="no user"):
        users.show(lone.host, email="eve@acme.example")
