"""Authenticators and admin mode (security.md, bars 18 to 22, 25)."""

import threading
from pathlib import Path

import pytest

from sage_tui.domain import totp
from sage_tui.domain.errors import AdminModeNeeded, CodeRefused, Forbidden, SageError, SessionOver, StoreUnavailable
from sage_tui.domain.units import Role
from sage_tui.services import enrolment, identity, keys, mfa, today, ways_back
from sage_tui.services.context import Context
from tests.support.world import World

ROOT = "root@sage.example"


@pytest.fixture
def console(lone: World) -> Context:
    lone.person(ROOT, role=Role.SUPER_ADMIN)
    made = lone.sign_in(ROOT)
    lone.enrol(made, ROOT)
    return made


def refused(console: Context, code: str) -> CodeRefused:
    with pytest.raises(CodeRefused) as caught:
        mfa.enter_admin(console, code)
    return caught.value


class TestCodes:
    def test_minus_one_zero_and_plus_one_are_taken_and_two_are_not(self, lone: World, console: Context) -> None:
        for offset in (-1, 0, 1):
            lone.clock.move(minutes=2)
            mfa.enter_admin(console, lone.code(ROOT, offset))
        lone.clock.move(minutes=5)
        for offset in (-2, 2):
            assert "not right" in refused(console, lone.code(ROOT, offset)).message

    def test_a_step_is_good_once_and_an_earlier_one_never(self, lone: World, console: Context) -> None:
        lone.clock.move(minutes=2)
        mfa.enter_admin(console, lone.code(ROOT))
        refused(console, lone.code(ROOT))
        refused(console, lone.code(ROOT, -1))
        mfa.enter_admin(console, lone.code(ROOT, 1))

    def test_the_code_used_last_is_told_and_is_no_failure(self, everywhere: World) -> None:
        everywhere.person(ROOT, role=Role.SUPER_ADMIN)
        console = everywhere.sign_in(ROOT)
        everywhere.enrol(console, ROOT)
        everywhere.clock.move(minutes=2)
        code, earlier = everywhere.code(ROOT), everywhere.code(ROOT, -1)
        mfa.enter_admin(console, code)
        counted = "SELECT coalesce(sum(failures), 0) FROM throttle WHERE kind = 'code'"
        for _ in range(7):
            told = refused(console, code)
            assert (told.stable_code, told.message) == ("code_used", "This code was used already.")
        assert everywhere.value(counted) == 0
        assert refused(console, earlier).stable_code == "code_used"  # over, too, but it was nobody's success
        assert everywhere.value(counted) == 1
        everywhere.clock.move(minutes=2)
        assert refused(console, code).tries_left == 3  # long over: as wrong as any other
        for _ in range(3):
            refused(console, "000000")
        assert refused(console, code).stable_code == "code_paused"

    def test_a_used_code_says_nothing_while_a_pause_runs(self, lone: World, console: Context) -> None:
        lone.clock.move(minutes=2)
        mfa.enter_admin(console, lone.code(ROOT))
        for _ in range(5):
            refused(console, "000000")
        assert refused(console, lone.code(ROOT)).stable_code == "code_paused"

    @pytest.mark.parametrize("form", ["{0} {1}", "{0}-{1}", " {0}\u00a0{1} "])
    def test_pasted_forms_are_taken(self, lone: World, console: Context, form: str) -> None:
        code = lone.code(ROOT)
        assert mfa.enter_admin(console, form.format(code[:3], code[3:])).admin_until is not None

    @pytest.mark.parametrize(
        "typed", ["", "12345", "1234567", "１２３４５６", "١٢٣٤٥٦", "¹²³⁴⁵⁶", "123456\n", "12 34 5a"]
    )
    def test_what_is_not_six_digits_is_no_attempt(self, lone: World, console: Context, typed: str) -> None:
        assert refused(console, typed).stable_code == "not_six_digits"
        assert lone.value("SELECT count(*) FROM throttle WHERE kind = 'code'") == 0

    def test_three_drifts_in_a_row_are_told(self, lone: World, console: Context) -> None:
        notices = []
        for _ in range(3):
            lone.clock.move(minutes=2)
            notices.append(mfa.enter_admin(console, lone.code(ROOT, 1)).notice)
        assert notices == ["", "", "Your authenticator's clock runs 30 seconds fast: set it right."]

    def test_five_failures_pause_a_quarter_of_an_hour_then_double(self, lone: World, console: Context) -> None:
        lone.clock.move(minutes=2)
        left = [refused(console, "000000").tries_left for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        assert refused(console, lone.code(ROOT)).message == "Too many wrong codes: wait 15 minutes."
        lone.clock.move(minutes=15)
        for _ in range(5):
            last = refused(console, "000000")
        assert last.message.endswith("Wait 30 minutes before the next.")
        lone.clock.move(minutes=30)
        identity.touch(console)
        assert mfa.enter_admin(console, lone.code(ROOT)).admin_until is not None

    def test_a_hundred_wrong_codes_disable_the_authenticator_until_reset(self, lone: World, console: Context) -> None:
        lone.change(
            "INSERT INTO throttle (kind, subject, failures, window_start) VALUES ('code', :u, 99, 0)",
            u=str(lone.people[ROOT]),
        )
        refused(console, "000000")
        lone.clock.move(hours=25)
        console = lone.sign_in(ROOT)
        with pytest.raises(Forbidden, match="disabled"):
            mfa.enter_admin(console, lone.code(ROOT))
        ways_back.unlock(lone.host, ROOT)
        mfa.enter_admin(console, lone.code(ROOT))

    def test_a_clock_that_went_back_gives_the_reason_and_no_lockout(self, lone: World, console: Context) -> None:
        lone.clock.move(minutes=10)
        mfa.enter_admin(console, lone.code(ROOT))
        lone.clock.at -= 5 * 60 * 1_000_000
        assert refused(console, lone.code(ROOT)).stable_code == "clock_back"
        assert lone.value("SELECT count(*) FROM throttle WHERE kind = 'code'") == 0

    def test_one_code_in_two_processes_is_one_success(self, everywhere: World) -> None:
        everywhere.person(ROOT, role=Role.SUPER_ADMIN)
        consoles = [everywhere.sign_in(ROOT), everywhere.sign_in(ROOT)]
        everywhere.enrol(consoles[0], ROOT)
        consoles[1] = everywhere.sign_in(ROOT)
        code, outcomes = everywhere.code(ROOT), []
        gate = threading.Barrier(2)

        def enter(console: Context) -> None:
            gate.wait(30)
            try:
                mfa.enter_admin(console, code)
                outcomes.append("in")
            except CodeRefused:
                outcomes.append("refused")

        threads = [threading.Thread(target=enter, args=(console,)) for console in consoles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["in", "refused"]
        assert everywhere.value("SELECT coalesce(sum(failures), 0) FROM throttle WHERE kind = 'code'") == 0


class TestEnrolment:
    def test_an_unconfirmed_secret_opens_nothing(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        console = lone.sign_in(ROOT)
        pending = enrolment.begin(console)
        with pytest.raises(Forbidden, match="set one up first"):
            mfa.enter_admin(console, totp.code(pending.secret, totp.step_of(lone.clock.now())))

    def test_the_confirming_code_does_not_open_admin_mode(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        console = lone.sign_in(ROOT)
        code = totp.code(enrolment.begin(console).secret, totp.step_of(lone.clock.now()))
        enrolment.confirm(console, code)
        refused(console, code)

    def test_ten_minutes_and_the_same_session(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        here, there = lone.sign_in(ROOT), lone.sign_in(ROOT)
        pending = enrolment.begin(here)
        code = totp.code(pending.secret, totp.step_of(lone.clock.now()))
        with pytest.raises(Forbidden, match="another session"):
            enrolment.confirm(there, code)
        lone.clock.move(minutes=10)
        with pytest.raises(Forbidden, match="ten minutes"):
            enrolment.confirm(here, totp.code(pending.secret, totp.step_of(lone.clock.now())))

    def test_replacing_needs_a_code_of_the_old_one_which_works_until_then(self, lone: World, console: Context) -> None:
        pending = enrolment.begin(console)
        new = totp.code(pending.secret, totp.step_of(lone.clock.now()))
        with pytest.raises(CodeRefused) as caught:
            enrolment.confirm(console, new, "000000")
        assert caught.value.stable_code == "old_code_refused"
        enrolment.confirm(console, new, lone.code(ROOT))
        lone.clock.move(minutes=1)
        refused(console, lone.code(ROOT))

    def test_the_address_is_short_enough_for_the_picture(self, lone: World) -> None:
        long = "a" * 60 + "@" + "b" * 60 + ".example"
        lone.person(long)
        assert len(enrolment.begin(lone.sign_in(long)).url.reveal()) <= 106

    def test_enrolment_elsewhere_ends_other_sessions(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        here, there = lone.sign_in(ROOT), lone.sign_in(ROOT)
        lone.enrol(here, ROOT)
        with pytest.raises(SessionOver):
            identity.session(there)


class TestRecovery:
    def test_ten_codes_each_good_once_and_replaced_by_a_fresh_one(self, everywhere: World) -> None:
        everywhere.person(ROOT, role=Role.SUPER_ADMIN)
        console = everywhere.sign_in(ROOT)
        codes = everywhere.enrol(console, ROOT)
        assert len(codes) == 10
        session = mfa.enter_admin(console, codes[0].reveal().lower())
        fresh = session.notice.rpartition(" ")[2]
        refused(console, codes[0].reveal())
        assert mfa.enter_admin(console, fresh).admin_until is not None
        left = everywhere.value("SELECT count(*) FROM recovery_code WHERE used_at IS NULL")
        assert left == 10

    def test_the_database_holds_digests_only(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        codes = lone.enrol(lone.sign_in(ROOT), ROOT)
        lone.host.database.close()
        raw = Path(lone.host.database.path).read_bytes()
        for secret in (*codes, lone.secrets[ROOT]):
            assert secret.reveal().encode() not in raw
            assert secret.reveal().replace("-", "").encode() not in raw

    def test_renewing_voids_all_earlier_ones(self, lone: World) -> None:
        lone.person(ROOT, role=Role.SUPER_ADMIN)
        console = lone.sign_in(ROOT)
        old = lone.enrol(console, ROOT)
        new = enrolment.renew_recovery_codes(console, lone.code(ROOT))
        refused(console, old[1].reveal())
        mfa.enter_admin(console, new.codes[0].reveal())


class TestAdminMode:
    def test_fifteen_minutes_without_a_key(self, lone: World, console: Context) -> None:
        mfa.enter_admin(console, lone.code(ROOT))
        lone.clock.move(minutes=14)
        identity.touch(console)
        lone.clock.move(minutes=14)
        today.today(console)
        lone.clock.move(minutes=2)
        with pytest.raises(AdminModeNeeded):
            today.today(console)

    def test_touching_does_not_bring_it_back(self, lone: World, console: Context) -> None:
        mfa.enter_admin(console, lone.code(ROOT))
        lone.clock.move(minutes=16)
        assert identity.touch(console).admin_until is None

    def test_lock_ends_it_and_the_home_stays(self, lone: World, console: Context) -> None:
        mfa.enter_admin(console, lone.code(ROOT))
        assert identity.lock(console).admin_until is None
        with pytest.raises(AdminModeNeeded):
            today.today(console)

    def test_a_member_is_never_let_in(self, lone: World) -> None:
        lone.person("m@acme.example")
        member = lone.sign_in("m@acme.example")
        lone.enrol(member, "m@acme.example")
        with pytest.raises(Forbidden, match="Only administrators"):
            mfa.enter_admin(member, lone.code("m@acme.example"))

    def test_the_code_that_opened_it_does_not_step_up(self, lone: World, console: Context) -> None:
        code = lone.code(ROOT)
        mfa.enter_admin(console, code)
        with pytest.raises(CodeRefused):
            mfa.step_up(console, code)
        lone.clock.move(seconds=30)
        mfa.step_up(console, lone.code(ROOT))


class TestKeys:
    def test_without_the_key_home_works_and_admin_mode_says_which_is_missing(
        self, lone: World, console: Context
    ) -> None:
        from dataclasses import replace

        bare = replace(console, keys=keys.KeyRing.empty("/keys/sage.key"))
        assert identity.session(bare).email == ROOT
        with pytest.raises(StoreUnavailable, match=lone.host.keys.current):
            mfa.enter_admin(bare, lone.code(ROOT))

    def test_a_secret_moved_to_another_row_does_not_open(self, lone: World, console: Context) -> None:
        lone.person("other@sage.example", role=Role.SUPER_ADMIN)
        other = lone.sign_in("other@sage.example")
        lone.enrol(other, "other@sage.example")
        lone.change(
            "UPDATE mfa SET secret = (SELECT secret FROM mfa WHERE user_id = :root), last_step = 0 WHERE"
            " user_id = :other",
            root=lone.people[ROOT],
            other=lone.people["other@sage.example"],
        )
        with pytest.raises(StoreUnavailable, match="does not open"):
            mfa.enter_admin(other, lone.code(ROOT))

    def test_a_key_file_is_never_written_over(self, lone: World) -> None:
        with pytest.raises(SageError, match="already a key file"):
            keys.create(lone.host.keys.path)

    def test_reset_on_the_host_is_the_way_back_and_is_audited(self, lone: World, console: Context) -> None:
        assert mfa.reset(lone.host, everyone=True) == 1
        assert lone.value("SELECT action FROM audit_entry ORDER BY seq DESC LIMIT 1") == "mfa reset"
        fresh = lone.sign_in(ROOT)
        with pytest.raises(Forbidden, match="set one up first"):
            mfa.enter_admin(fresh, lone.code(ROOT))

    def test_where_there_is_none_nothing_is_removed_and_nothing_told(self, lone: World, console: Context) -> None:
        assert mfa.reset(lone.host, ROOT) == 1
        fresh, told = lone.sign_in(ROOT), lone.value("SELECT count(*) FROM audit_entry")
        assert (mfa.reset(lone.host, ROOT), mfa.reset(lone.host, everyone=True)) == (0, 0)
        assert lone.value("SELECT count(*) FROM audit_entry") == told
        assert lone.session(fresh).email == ROOT  # nor is anybody's session over


def test_only_a_demo_shows_the_code_of_a_pending_secret(lone: World) -> None:
    lone.person("new@acme.example")
    here, elsewhere = lone.sign_in("new@acme.example"), lone.sign_in("new@acme.example")
    enrolment.begin(here)
    assert enrolment.demo_code(here) is None  # no demo: no code
    lone.change("INSERT INTO setting (organization_id, key, value, changed_at) VALUES (0, 'demo', 'true', 0)")
    assert enrolment.demo_code(elsewhere) is None  # it is pending in another session
    lone.clock.move(minutes=11)
    assert enrolment.demo_code(here) is None  # it waited too long
    enrolment.begin(here)
    enrolment.confirm(here, enrolment.demo_code(here) or "")
    assert enrolment.demo_code(here) is None  # nothing is pending any more


def test_a_demo_shows_a_code_that_would_be_taken_or_says_wait(lone: World, console: Context) -> None:
    assert mfa.demo_code(console) is None  # no demo: no code
    lone.change("INSERT INTO setting (organization_id, key, value, changed_at) VALUES (0, 'demo', 'true', 0)")
    for _ in range(2):
        code = mfa.demo_code(console)
        assert code
        mfa.enter_admin(console, code)
    assert mfa.demo_code(console) == ""
    lone.clock.move(seconds=30)
    mfa.enter_admin(console, mfa.demo_code(console) or "")
