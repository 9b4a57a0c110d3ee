"""Bars 33 and 43 while a plan is applied: all or nothing, told which, and plan and draft still there to try again."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from sage_tui.domain import progress
from sage_tui.domain.actors import HostProof
from sage_tui.domain.errors import NotFound, SageError, StoreUnavailable
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Bulk, Choice, Selection
from sage_tui.domain.plans import Done, Field, PlanSummary
from sage_tui.domain.staged import StagedChanges
from sage_tui.services import allocations, audit, drafts, plans
from sage_tui.services.context import Context, open_context
from sage_tui.store import engine
from tests.services.editing import YES, Acme, acme_of
from tests.store.test_faults import holder
from tests.support.wire import Cut, Wire
from tests.support.world import CHEAP, HERE

ONLY_POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def postgres(database_url: str, tmp_path: Any, clock: Any) -> Iterator[Acme]:
    from tests.support import world

    made = world.make(database_url, tmp_path, clock)
    yield acme_of(made)
    made.host.database.close()


def ready(acme: Acme) -> PlanSummary:
    """Two raises: staged, kept as a draft, and looked at."""
    edits = acme.edits(("a", Field.INFERENCE, None, 2_000_000), ("b", Field.INFERENCE, None, 1_000_000))
    drafts.keep(acme.host, StagedChanges().add_all(edits.edits), acme.id)
    return plans.make(acme.host, edits)


def entries(acme: Acme) -> int:
    return int(str(acme.world.value("SELECT count(*) FROM audit_entry")))


def nothing_was_saved(acme: Acme, plan: PlanSummary) -> None:
    """The store is as before; what was asked for is still there."""
    assert (acme.counted(), acme.allocated()) == (0, 0)
    assert acme.world.value("SELECT count(*) FROM allocation_change") == 0
    assert acme.world.value("SELECT count(*) FROM batch") == 0
    assert plans.look(acme.host, plan.id).changes == plan.changes
    assert [len(draft.staged) for draft in drafts.list_drafts(acme.host)] == [2]


def it_works_afterwards(acme: Acme, plan: PlanSummary) -> None:
    before = entries(acme)
    assert plans.apply(acme.host, plan.id, YES).changes == plan.changes
    assert saved_once(acme, before)


def saved_once(acme: Acme, before: int) -> bool:
    """One batch, one entry, and the counter exact."""
    assert acme.counted() == acme.allocated() > 0
    assert acme.world.value("SELECT count(*) FROM batch") == 1
    assert all(report.first_bad is None for report in audit.verify(acme.host))
    return entries(acme) == before + 1


def refused(acme: Acme, plan: PlanSummary, ctx: Context | None = None) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        plans.apply(ctx or acme.host, plan.id, YES)
    return caught.value


def pragma(acme: Acme, words: str) -> Any:
    with acme.host.database.engine.connect() as connection:
        found = connection.exec_driver_sql(f"PRAGMA {words}")
        return found.scalar() if found.returns_rows else None


class TestSqlite:
    def test_locked_by_another_process(self, lite: Acme) -> None:
        plan = ready(lite)
        other = holder(lite.host.database.path)
        try:
            pragma(lite, "busy_timeout = 50")  # what is tested is the answer, not the patience
            error = refused(lite, plan)
            assert error.stable_code == "busy"
            assert error.message == "The database is locked by another program (waited 5 s). Nothing was saved."
            nothing_was_saved(lite, plan)  # reads go on
        finally:
            other.kill()
            other.communicate(timeout=30)
        it_works_afterwards(lite, plan)

    def test_the_disk_is_full(self, lite: Acme) -> None:
        ready(lite)
        lite.crowd(3_000)
        plan = plans.make(lite.host, Bulk(lite.fields(inference="1K"), Selection(query=""), lite.id))
        pragma(lite, f"max_page_count = {pragma(lite, 'page_count')}")
        assert refused(lite, plan).message == "Nothing was saved: the disk is full."
        nothing_was_saved(lite, plan)
        pragma(lite, "max_page_count = 1000000")
        it_works_afterwards(lite, plan)
        assert lite.world.value("PRAGMA integrity_check") == "ok"

    def test_read_only(self, lite: Acme) -> None:
        plan = ready(lite)
        pragma(lite, "query_only = ON")
        assert refused(lite, plan).message == "The database is read-only: nothing was saved."
        nothing_was_saved(lite, plan)
        pragma(lite, "query_only = OFF")
        it_works_afterwards(lite, plan)


@ONLY_POSTGRES
class TestPostgres:
    def test_the_server_ends_the_connection_in_the_middle(self, postgres: Acme) -> None:
        plan = ready(postgres)
        ended: list[int] = []

        def end(conn: Any, _cursor: object, statement: str, *_: object) -> None:
            if "INSERT INTO allocation_change" in statement and not ended:
                backend = conn.connection.driver_connection.info.backend_pid
                ended.append(backend)
                postgres.world.value("SELECT pg_terminate_backend(:pid, 10000)", pid=backend)

        event.listen(postgres.host.database.engine, "before_cursor_execute", end)
        error = refused(postgres, plan)
        assert (error.stable_code, error.message) == (
            "lost", "The connection to the database was lost. Nothing was saved.",
        )  # fmt: skip
        nothing_was_saved(postgres, plan)
        it_works_afterwards(postgres, plan)

    def test_somebody_holds_the_pool(self, postgres: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        plan = ready(postgres)
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
        url = postgres.host.database.url.set(drivername="postgresql").render_as_string(False)
        with psycopg.connect(url) as other:
            other.execute("SELECT 1 FROM pool FOR UPDATE")
            assert refused(postgres, plan).message == "The database is busy: nothing was saved."
            nothing_was_saved(postgres, plan)
        monkeypatch.undo()
        it_works_afterwards(postgres, plan)

    def test_a_long_plan_in_the_making_holds_nobody_up(self, postgres: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "EVERY", 1)
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
        short = postgres.edits(("a", Field.INFERENCE, None, 5))
        made: list[PlanSummary] = []

        def meanwhile(done: int) -> None:
            if done == 2:
                made.append(plans.make(postgres.host, short))

        everyone = Bulk(postgres.fields(department="x"), Selection(query=""), postgres.id)
        made.append(plans.make(postgres.host, everyone, meanwhile))
        assert [plan.changes for plan in made] == [1, 5]
        assert [plans.apply(postgres.host, plan.id, YES).changes for plan in made] == [1, 5]


# A lost answer to COMMIT ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_the_driver_loses_the_answer(acme: Acme, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done: the answer is that of an act; not done: that is said."""
    plan, before = ready(acme), entries(acme)
    dialect = acme.host.database.engine.dialect
    commit, driver = dialect.do_commit, dialect.loaded_dbapi

    def lose(connection: Any) -> None:
        number = connection.cursor().execute("SELECT count(*) FROM allocation_change").fetchone()[0]
        (commit if kept or not number else dialect.do_rollback)(connection)
        if number:
            monkeypatch.undo()
            raise driver.OperationalError("gone")

    monkeypatch.setattr(dialect, "do_commit", lose)
    if kept:
        done = plans.apply(acme.host, plan.id, YES)
        assert (done.changes, saved_once(acme, before)) == (2, True)
    else:
        error = refused(acme, plan)
        assert (error.stable_code, error.message) == ("lost", "The connection was lost: nothing was saved.")
        nothing_was_saved(acme, plan)
        it_works_afterwards(acme, plan)


@ONLY_POSTGRES
class TestTheWireIsCut:
    @pytest.fixture
    def wire(self, postgres: Acme) -> Iterator[Wire]:
        made = Wire(postgres.host.database.url)
        yield made
        made.close()

    @pytest.fixture
    def far(self, postgres: Acme, wire: Wire) -> Iterator[Context]:
        """The host's account at the other end of the wire."""
        url, key = wire.url.render_as_string(False), str(postgres.host.keys.path)
        ctx = open_context(url, key, HostProof("owner"), HERE, clock=postgres.world.clock, hashing=CHEAP)
        yield ctx
        ctx.database.close()

    def test_after_commit_it_was_done_and_that_is_the_answer(self, postgres: Acme, wire: Wire, far: Context) -> None:
        plan, before = ready(postgres), entries(postgres)
        wire.cut = Cut.AFTER
        done: Done = plans.apply(far, plan.id, YES)
        assert (done.changes, done.batch, saved_once(postgres, before)) == (2, 1, True)

    def test_before_commit_nothing_was_saved_and_that_is_the_answer(
        self, postgres: Acme, wire: Wire, far: Context
    ) -> None:
        plan = ready(postgres)
        wire.cut = Cut.BEFORE
        assert refused(postgres, plan, far).message == "The connection was lost: nothing was saved."
        nothing_was_saved(postgres, plan)
        it_works_afterwards(postgres, plan)

    def test_a_commit_that_is_still_on_its_way_is_waited_for(self, postgres: Acme, wire: Wire, far: Context) -> None:
        plan, before = ready(postgres), entries(postgres)
        wire.cut = Cut.LATE
        assert plans.apply(far, plan.id, YES).changes == 2
        assert saved_once(postgres, before)

    @pytest.mark.parametrize("cut", [Cut.NEVER, Cut.AFTER])
    def test_what_cannot_be_known_yet_is_said(
        self, postgres: Acme, wire: Wire, far: Context, cut: Cut, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server has not decided, or does not answer any more."""
        plan = ready(postgres)
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
        wire.cut = cut
        if cut is Cut.AFTER:
            event.listen(far.database.engine, "commit", lambda _: setattr(wire, "open", False))
        error = refused(postgres, plan, far)
        assert error.stable_code == "unknown"
        assert error.message == "The connection was lost while saving: it is not known yet whether it was saved."


def test_a_plan_that_is_being_applied_is_not_changed(acme: Acme) -> None:
    """A row taken in at that moment from a second console of the same author is not recorded as done."""
    plan = ready(acme)
    plans.choose(acme.host, plan.id, Choice(False, (acme.number("b"), "inference")))
    heard: list[str] = []

    def choose() -> None:
        try:
            plans.choose(acme.host, plan.id, Choice(True))
        except SageError as error:
            heard.append(error.stable_code)

    thread = threading.Thread(target=choose)

    def meanwhile() -> None:
        thread.start()
        while thread.is_alive() and not waits(acme):
            thread.join(0.02)

    with acme.host.write(Verb.USERS_SET) as tx:
        allocations.apply(tx, acme.id, plan.id, YES, strict=True, before_forgetting=meanwhile)
    thread.join(30)
    assert heard == ["plan_gone"]
    assert [row["user_id"] for row in acme.world.rows("SELECT user_id FROM allocation_change")] == [acme.number("a")]
    assert acme.counted() == acme.allocated() == 2_000_000
    with pytest.raises(NotFound):
        plans.look(acme.host, plan.id)


def waits(acme: Acme) -> bool:
    """Does somebody wait for a lock? On SQLite whoever writes waits for whoever wrote first."""
    return acme.host.database.sqlite or bool(acme.world.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))
