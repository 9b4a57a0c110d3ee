"""The audit chain: append-only, verified, anchored (security.md, bars 35 to 38)."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sage_tui.domain.errors import SageError, StoreUnavailable
from sage_tui.domain.permissions import Verb
from sage_tui.services import audit as trail
from sage_tui.services import doctor, keys
from sage_tui.store import audit
from sage_tui.store.transaction import Tx
from tests.support.world import World


def act(world: World, number: int, organization_id: int = 0) -> None:
    with world.host.because("because of a test").write(Verb.ORGS_ADD) as tx:
        audit.append(
            tx, organization_id=organization_id, target=f"thing {number}", changes=(("limit", number, number + 1),),
            personal=[audit.Personal("after email", f"p{number}@x.example", 7)],
        )  # fmt: skip


def first_bad(world: World, *anchors: str) -> tuple[int | None, str]:
    reports = [r for r in trail.verify(world.host, anchors) if r.first_bad is not None]
    return (reports[0].first_bad, reports[0].why) if reports else (None, "")


def unguarded(world: World, sql: str) -> None:
    """What somebody with the database's own tools could do: triggers off, then the change."""
    with world.host.database.writing() as connection:
        if world.host.database.sqlite:
            for name in ("audit_no_update", "audit_no_delete", "audit_no_replace"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.exec_driver_sql(sql)


class TestAppendOnly:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE audit_entry SET body = 'x' WHERE seq = 1",
            "DELETE FROM audit_entry WHERE seq = 1",
            (
                "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 1 ON CONFLICT (organization_id, seq)"
                " DO UPDATE SET body = 'x'"
            ),
        ],
    )
    def test_changes_are_refused(self, everywhere: World, sql: str) -> None:
        act(everywhere, 1)
        with pytest.raises((SageError, IntegrityError)), everywhere.host.database.writing() as connection:
            connection.exec_driver_sql(sql.replace("seq = 1 ON", "seq = 1 AND TRUE ON"))
        assert first_bad(everywhere) == (None, "")

    def test_replace_and_truncate_are_refused(self, everywhere: World) -> None:
        act(everywhere, 1)
        lite = "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 1"
        sql = lite if everywhere.host.database.sqlite else "TRUNCATE audit_entry"
        with pytest.raises((SageError, IntegrityError)), everywhere.host.database.writing() as connection:
            connection.exec_driver_sql(sql)


class TestVerify:
    def test_a_sound_chain_verifies(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme")
        for number in range(5):
            act(everywhere, number, acme)
        assert [(r.chain, r.first_bad) for r in trail.verify(everywhere.host, trail.anchor(everywhere.host))] == [
            ("org-1", None)
        ]

    @pytest.mark.parametrize(
        ("sql", "place"),
        [
            ("UPDATE audit_entry SET body = replace(body, 'thing 3', 'thing 9') WHERE seq = 3", 3),
            ("DELETE FROM audit_entry WHERE seq = 2", 2),
            ("UPDATE audit_entry SET seq = 99 WHERE seq = 4", 4),
            ("DELETE FROM audit_entry WHERE seq = 5", 5),
            ("UPDATE audit_detail SET value = 'someone@else.example' WHERE seq = 2 AND part = 0", 2),
            ("UPDATE audit_head SET seq = 4", 5),
        ],
    )
    def test_the_first_break_is_named(self, everywhere: World, sql: str, place: int) -> None:
        for number in range(1, 6):
            act(everywhere, number)
        unguarded(everywhere, sql)
        assert first_bad(everywhere)[0] == place

    def test_an_inserted_entry_is_found(self, everywhere: World) -> None:
        for number in range(1, 4):
            act(everywhere, number)
        unguarded(
            everywhere,
            "INSERT INTO audit_entry SELECT organization_id, 4, chain, at, actor_user_id, target_user_id,"
            " action, batch, body, hash"
            " FROM audit_entry WHERE seq = 3",
        )
        assert first_bad(everywhere)[0] == 4

    def test_a_cut_tail_with_a_rewritten_head_is_found_by_the_seal_and_by_an_anchor(self, everywhere: World) -> None:
        for number in range(1, 6):
            act(everywhere, number)
        (anchor,) = trail.anchor(everywhere.host)
        cut = "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entry WHERE seq = 3)"
        unguarded(everywhere, "DELETE FROM audit_entry WHERE seq > 3")
        unguarded(everywhere, cut)
        assert first_bad(everywhere) == (3, "the head's seal is wrong")
        with everywhere.host.read(Verb.STATUS) as tx:
            third = bytes(tx.value("SELECT hash FROM audit_entry WHERE seq = 3"))
        seal = audit.head_mac(everywhere.host.keys.audit_key(), "platform", 3, third)  # who has the key file, too
        with everywhere.host.database.writing() as connection:
            connection.execute(text("UPDATE audit_head SET mac = :mac"), {"mac": seal})
        assert first_bad(everywhere) == (None, "")
        assert first_bad(everywhere, anchor) == (4, "the anchor lies behind the end: the tail was cut")

    def test_the_next_act_does_not_seal_a_cut_over(self, everywhere: World) -> None:
        for number in range(1, 6):
            act(everywhere, number)
        for table in ("audit_entry", "audit_detail"):
            unguarded(everywhere, f"DELETE FROM {table} WHERE seq > 3")
        unguarded(everywhere, "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entry WHERE seq = 3)")
        act(everywhere, 6)
        act(everywhere, 7)
        place, why = first_bad(everywhere)
        assert place == 4
        assert why.startswith("the head's seal was wrong when this was written")

    def test_without_the_key_nothing_that_is_audited_is_done(self, everywhere: World) -> None:
        act(everywhere, 1)
        keyed, bare = everywhere.host, replace(everywhere.host, keys=keys.KeyRing.empty("/gone.key"))
        everywhere.host = bare
        with pytest.raises(StoreUnavailable, match="key file"):
            act(everywhere, 2)
        everywhere.host = keyed
        assert first_bad(everywhere) == (None, "")

    def test_without_the_key_hashes_are_checked_and_the_seal_is_no_false_alarm(self, everywhere: World) -> None:
        for number in range(1, 4):
            act(everywhere, number)
        bare = replace(everywhere.host, keys=keys.KeyRing.empty("/gone.key"))
        (report,) = trail.verify(bare)
        assert (report.ok, report.sealed, report.first_bad, report.entries) == (False, False, None, 3)
        assert "cannot be checked without the key" in report.why
        (found,) = [check for check in doctor.doctor(bare) if check.name == "audit"]
        assert (found.ok, found.differences) == (False, ())
        assert "cannot be checked without the key; 3 entries in 1 chain have right hashes" in found.found
        unguarded(everywhere, "UPDATE audit_entry SET target_user_id = 9, body = '{}' WHERE seq = 2")
        (report,) = trail.verify(bare)
        assert (report.first_bad, report.why) == (2, "the entry does not match its hash")
        (found,) = [check for check in doctor.doctor(bare) if check.name == "audit"]
        assert (found.ok, found.found) == (False, "a chain is broken")

    def test_a_seal_that_is_no_seal_is_bad_and_no_crash(self, lone: World) -> None:
        act(lone, 1)
        unguarded(lone, "UPDATE audit_head SET mac = ''")
        assert first_bad(lone) == (1, "the head's seal is wrong")

    def test_an_anchor_of_another_hash_or_chain_is_told(self, lone: World) -> None:
        act(lone, 1)
        assert first_bad(lone, "platform:1:" + "0" * 64)[0] == 1
        assert first_bad(lone, "org-77:1:" + "0" * 64) == (0, "an anchor names this chain, and it is not here")
        with pytest.raises(SageError, match="CHAIN:SEQ:HASH"):
            trail.verify(lone.host, ["nonsense"])

    def test_erased_personal_detail_leaves_the_chain_valid(self, everywhere: World) -> None:
        act(everywhere, 1)
        unguarded(everywhere, "UPDATE audit_detail SET value = NULL, salt = NULL, erased_at = 1")
        assert first_bad(everywhere) == (None, "")

    def test_the_hashed_bodies_hold_no_e_mail_and_no_reason(self, everywhere: World) -> None:
        act(everywhere, 1)
        body = str(everywhere.value("SELECT body FROM audit_entry"))
        assert "@" not in body
        assert "because of a test" not in body


def test_writers_at_once_leave_no_gap(everywhere: World) -> None:
    threads = [threading.Thread(target=lambda: [act(everywhere, n) for n in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert everywhere.value("SELECT count(*) FROM audit_entry") == 40
    assert first_bad(everywhere) == (None, "")


def test_an_act_that_fails_leaves_no_entry(lone: World) -> None:
    def fail(tx: Tx) -> None:
        audit.append(tx, organization_id=0, target="nothing")
        raise SageError("it failed afterwards")

    with pytest.raises(SageError), lone.host.write(Verb.ORGS_ADD) as tx:
        fail(tx)
    assert lone.value("SELECT count(*) FROM audit_entry") == 0
