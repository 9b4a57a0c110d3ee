"""PostgreSQL with an owner's role that creates and a program's role that has grants only (security.md, section 7)."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from sage_tui.clock import FixedClock
from sage_tui.domain.actors import HostProof
from sage_tui.domain.errors import SageError, StoreUnavailable
from sage_tui.domain.users import AddUsers
from sage_tui.services import audit, doctor, organizations, setup, users_add
from sage_tui.services.context import Context, open_context
from sage_tui.services.organizations import AddOrganization
from sage_tui.services.setup import Initialise
from tests.support import postgres
from tests.support.world import CHEAP, HERE

PASSWORD = "for-the-tests-only"


@pytest.fixture
def house(worker: str, tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    """Made by `init` with two roles; the context is the program's."""
    name = f"roles_{worker}"
    roles = {"owner": f"sage_owner_{worker}", "program": f"sage_program_{worker}"}
    url = make_url(postgres.create(name))
    admin = url.set(drivername="postgresql").render_as_string(False)
    with psycopg.connect(admin, autocommit=True) as server:
        for role in roles.values():
            server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
            server.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
            )
        server.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(roles["owner"])))
    owner, program = (url.set(username=role, password=PASSWORD).render_as_string(False) for role in roles.values())
    key_file = str(tmp_path / "key")
    setup.initialise(
        Initialise(program, key_file, "root@sage.example", owner_database=owner),
        HERE,
        "me",
        clock=clock,
        hash_with=CHEAP,
    )
    ctx = open_context(program, key_file, HostProof("me"), HERE, clock=clock, hashing=CHEAP)
    yield ctx
    ctx.database.close()
    postgres.drop(name)
    with psycopg.connect(
        postgres.named("postgres").replace("postgresql+psycopg", "postgresql"), autocommit=True
    ) as server:
        for role in roles.values():
            server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_the_program_does_its_work_with_grants_only(house: Context) -> None:
    acme = organizations.add(house, AddOrganization("Acme", 1_000_000))
    assert users_add.add(house, AddUsers(("a@acme.example",), acme, paid=True)).added == ("a@acme.example",)
    assert all(report.first_bad is None for report in audit.verify(house))
    assert [check.name for check in doctor.doctor(house) if not check.ok] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_no_change ON audit_entry",
        "DELETE FROM schema_version",
        "CREATE TABLE mine (id int)",
    ],
)
def test_it_neither_changes_the_audit_nor_the_schema(house: Context, statement: str) -> None:
    with pytest.raises(StoreUnavailable) as caught, house.database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert caught.value.stable_code == "not_granted"


def test_init_refuses_where_the_schema_is(house: Context, tmp_path: Path) -> None:
    target = house.database.url.set(drivername="postgresql").render_as_string(False)
    with pytest.raises(SageError, match="already a sage-tui schema"):
        setup.initialise(Initialise(target, str(tmp_path / "other-key"), "x@sage.example"), HERE, "me", hash_with=CHEAP)
    assert not (tmp_path / "other-key").exists()
