"""What lets the store leave one machine (gateway.md, section 5: proofs b and d)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from sage_tui.clock import FixedClock
from sage_tui.domain.corrections import Recharge, Reverse
from sage_tui.domain.months import day_of
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.spending import Ask as May
from sage_tui.domain.spending import Certainty, Settlement
from sage_tui.domain.units import Day, Kind, Role
from sage_tui.domain.users import AddUsers, View
from sage_tui.services import activity, audit, corrections, doctor, identities, today, usage, users, users_add, views
from sage_tui.store import freeze, migrate
from sage_tui.store.engine import Database
from sage_tui.store.tables import metadata
from tests.support import NOW, postgres, world
from tests.support.world import World

OWNED = {t.name for t in metadata.sorted_tables if next(iter(t.primary_key.columns)).name == "organization_id"}
"""Tables of an organization: their key is led by it."""

EXCEPTION = "ux_event_digest"
"""The one stated exception: on a sharded engine a table of its own (gateway.md, section 5, rule 1)."""


def partitioned(statement: str) -> list[str]:
    """CREATE TABLE of an organization's table, cut into four by a hash of the organization."""
    found = re.match(r"CREATE TABLE (\w+) ", statement)
    if not found or found[1] not in OWNED:
        return [] if EXCEPTION in statement else [statement]
    name = found[1]
    parts = [
        f"CREATE TABLE {name}_{n} PARTITION OF {name} FOR VALUES WITH (MODULUS 4, REMAINDER {n})" for n in range(4)
    ]
    return [f"{statement} PARTITION BY HASH (organization_id)", *parts]


@pytest.fixture
def sharded(worker: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """A world on PostgreSQL whose organization tables are all hash partitions."""
    url = postgres.create(f"sharded_{worker}")
    database = Database.open(url)
    with database.writing() as connection:
        for statement in freeze.statements("postgresql"):
            for one in partitioned(statement):
                connection.exec_driver_sql(one)
        migrate._stamp(connection, NOW)
    made = world.make(url, tmp_path, clock)
    yield made
    made.host.database.close()
    database.close()
    postgres.drop(f"sharded_{worker}")


def live(made: World) -> None:
    """A day in the house: organizations, people, usage, held identities, views, audit."""
    acme, other = made.organization("Acme", 10_000_000, 10_000_000), made.organization("Other", 1_000_000)
    users_add.add(made.host, AddUsers(tuple(f"p{n}@acme.example" for n in range(20)), acme, paid=True))
    users_add.add(made.host, AddUsers(("q@other.example",), other, paid=True))
    made.person("admin@acme.example", acme, Role.ADMIN)
    events = [
        made.usage(str(n), (f"p{n % 20}@acme.example", "svc", "q@other.example")[n % 3], n + 1) for n in range(60)
    ]
    made.record(*events, organization_id=acme)
    assert made.record(*events, organization_id=other).already == 60
    identities.assign(made.host, "svc", "p1@acme.example")
    console = made.admin("admin@acme.example")
    views.save(console, "users", View("near", "used>90%", "", False, True, ""))
    assert users.count(console, "used>0").number == 20
    assert activity.count(console, "").number == 40
    assert audit.window(console, Ask(1, "", Sort("at", True))).rows
    assert today.today(console).items
    spend(made)


def spend(made: World) -> None:
    """Reserved, settled, released, swept, refused, raised, corrected."""
    who, because = "p2@acme.example", made.host.because("proof")
    made.change("UPDATE purchase SET inference = inference + 1000000")  # room for a raise
    held = [usage.reserve(made.host, May(who, Kind.INFERENCE, "gpt", completion=9, key=f"k{n}")) for n in range(4)]
    assert [one.allowed for one in held] == [True] * 4
    assert usage.settle(made.host, "k0", Settlement(450_000, 0, certainty=Certainty.REPORTED)).bumped is not None
    assert usage.settle(made.host, "k0", Settlement(450_001, 0)).recorded == 1
    assert usage.release(made.host, "k1").recorded == 1
    made.clock.move(minutes=11)
    assert not usage.reserve(made.host, May(who, Kind.INFERENCE, "gpt", completion=10**9, key="x")).allowed
    assert corrections.reverse(because, Reverse(external_id="k0")).entries == 1
    assert corrections.credit(because, who, Kind.INFERENCE, 5).entries == 1
    made.change("UPDATE model SET completion_weight = 2000000")
    today_ = day_of(made.clock.now())
    assert corrections.recharge(because, Recharge("gpt", Day(today_ - 1), today_)).entries == 2


def test_every_key_and_upsert_holds_on_hash_partitions(sharded: World) -> None:
    live(sharded)
    assert [c.name for c in doctor.doctor(sharded.host) if not c.ok and c.name not in ("role", "triggers")] == []
    with sharded.host.database.reading() as connection:
        kinds = connection.execute(text("SELECT relkind FROM pg_class WHERE relname = 'usage_event'")).scalar()
    assert kinds == "p"


def test_every_write_to_an_organization_s_table_names_the_organization(everywhere: World) -> None:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(everywhere.host.database.engine, "before_cursor_execute", note)
    live(everywhere)
    writes = [s for s in seen if re.match(r"\s*(INSERT|UPDATE|DELETE)", s)]
    touched = {table: s for s in writes for table in OWNED if re.search(rf"(INTO|UPDATE|FROM) {table}\b", s)}
    assert len(touched) > 12
    assert [s for s in touched.values() if "organization_id" not in s] == []
