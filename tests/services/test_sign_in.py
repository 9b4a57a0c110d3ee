"""Signing in: passwords, one message, waiting, one-time passwords (security.md, bars 12 to 17)."""

from dataclasses import replace
from pathlib import Path

import pytest

from sage_tui.domain.actors import Origin
from sage_tui.domain.errors import FieldError, Forbidden, SageError, SessionOver, SignInFailed
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role
from sage_tui.services import hashing, home, identity, ways_back
from sage_tui.services.hashing import HashParameters
from tests.support.world import CHEAP, ELSEWHERE, HERE, PASSWORD, World

WRONG = Secret("another password altogether")
ADA = "ada@acme.example"


def failure(world: World, email: str, password: Secret, origin: Origin = HERE) -> SageError:
    with pytest.raises(SageError) as caught:
        world.sign_in(email, password, origin)
    return caught.value


class TestTheDoor:
    def test_who_knows_the_password_comes_in_and_sees_the_own_account(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme")
        everywhere.person(ADA, acme, first_name="Ada", last_name="Lovelace")
        shown = home.home(everywhere.sign_in("ADA@Acme.Example "))
        assert (shown.name, shown.organization, shown.days_left) == ("Ada Lovelace", "Acme", 8)

    def test_wrong_unknown_and_waiting_are_told_alike_and_cost_one_verification_each(
        self, lone: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lone.person(ADA)
        seen: list[tuple[HashParameters, str]] = []
        real = HashParameters.hasher

        class Counting:
            def __init__(self, parameters: HashParameters) -> None:
                self.parameters, self.inner = parameters, real(parameters)

            def verify(self, stored: str, password: str) -> bool:
                seen.append((self.parameters, stored.split("$")[3]))
                return self.inner.verify(stored, password)

            def __getattr__(self, name: str) -> object:
                return getattr(self.inner, name)

        hashing.verify(CHEAP, None, WRONG)  # makes the dummy, once a process
        monkeypatch.setattr(HashParameters, "hasher", lambda parameters: Counting(parameters))
        answers = [failure(lone, ADA, WRONG), failure(lone, "nobody@acme.example", WRONG)]
        answers += [failure(lone, ADA, WRONG) for _ in range(5)]
        answers += [failure(lone, ADA, PASSWORD)]  # right, but it waits
        assert {(type(a), a.message, a.exit_code) for a in answers} == {
            (SignInFailed, "Sign-in failed. After several failures, wait before trying again.", 5)
        }
        assert len(seen) == len(answers)
        assert len(set(seen)) == 1

    def test_a_password_of_128_is_taken_and_129_never_reaches_the_hash(self, lone: World) -> None:
        longest = Secret("wörter" * 21 + "xy")
        lone.person(ADA)
        console = lone.sign_in(ADA)
        identity.change_password(console, PASSWORD, longest)
        assert lone.session(lone.sign_in(ADA, longest)).email == ADA
        with pytest.raises(FieldError, match="longer than 128"):
            identity.change_password(console, longest, Secret(longest.reveal() + "z"))
        assert isinstance(failure(lone, ADA, Secret("x" * 129)), SignInFailed)

    def test_composed_and_decomposed_forms_sign_in_alike(self, lone: World) -> None:
        lone.person(ADA)
        identity.change_password(lone.sign_in(ADA), PASSWORD, Secret("caf\u00e9 au lait toujours"))
        assert lone.session(lone.sign_in(ADA, Secret("cafe\u0301 au lait toujours"))).email == ADA

    @pytest.mark.parametrize(
        "password", ["fourteen chars", "password12345678", "ada@acme.example1", "aaaaaaaaaaaaaaaaaaa"]
    )
    def test_weak_passwords_are_refused_with_the_reason(self, lone: World, password: str) -> None:
        lone.person(ADA)
        with pytest.raises(FieldError, match="password"):
            identity.change_password(lone.sign_in(ADA), PASSWORD, Secret(password))
        assert lone.session(lone.sign_in(ADA)).email == ADA

    def test_a_hash_of_old_parameters_is_replaced_and_a_broken_one_is_refused(self, lone: World) -> None:
        user_id = lone.person(ADA)
        newer = replace(lone.host, hashing=HashParameters(16, 2, 1))
        lone.host = newer
        before = lone.value('SELECT password_hash FROM "user" WHERE id = :id', id=user_id)
        lone.sign_in(ADA)
        after = lone.value('SELECT password_hash FROM "user" WHERE id = :id', id=user_id)
        assert "m=8,t=1" in str(before)
        assert "m=16,t=2" in str(after)
        lone.change("UPDATE \"user\" SET password_hash = '$argon2id$broken' WHERE id = :id", id=user_id)
        assert isinstance(failure(lone, ADA, PASSWORD), SignInFailed)

    def test_banned_and_unverified_are_said_only_after_the_right_password(self, lone: World) -> None:
        lone.person(ADA)
        lone.change('UPDATE "user" SET banned = TRUE')
        assert isinstance(failure(lone, ADA, WRONG), SignInFailed)
        assert failure(lone, ADA, PASSWORD).message == "This account is banned."
        lone.change('UPDATE "user" SET banned = FALSE, verified = FALSE')
        assert failure(lone, ADA, PASSWORD).stable_code == "unverified"

    def test_a_member_without_a_password_does_not_come_in(self, lone: World) -> None:
        lone.person(ADA)
        lone.change('UPDATE "user" SET password_hash = NULL')
        assert isinstance(failure(lone, ADA, Secret("")), SignInFailed)


class TestWaiting:
    def test_five_are_free_then_thirty_seconds_doubling(self, everywhere: World) -> None:
        everywhere.person(ADA)
        everywhere.sign_in(ADA)  # an origin that is not known waits a minute
        for _ in range(5):
            failure(everywhere, ADA, WRONG)
        assert isinstance(failure(everywhere, ADA, PASSWORD), SignInFailed)
        everywhere.clock.move(seconds=31)
        failure(everywhere, ADA, WRONG)
        everywhere.clock.move(seconds=31)
        assert isinstance(failure(everywhere, ADA, PASSWORD), SignInFailed)
        everywhere.clock.move(seconds=60)
        assert everywhere.session(everywhere.sign_in(ADA)).email == ADA

    def test_the_failure_is_counted_although_the_check_raises_and_after_a_restart(self, everywhere: World) -> None:
        everywhere.person(ADA)
        failure(everywhere, ADA, WRONG)
        everywhere.host.database.close()
        assert everywhere.value("SELECT failures FROM throttle WHERE kind = 'pair'") == 1
        everywhere.sign_in(ADA)
        assert everywhere.value("SELECT count(*) FROM throttle WHERE kind IN ('pair', 'account', 'known')") == 0

    def test_an_attacker_does_not_lock_out_an_origin_that_signed_in_before(self, lone: World) -> None:
        lone.person(ADA)
        lone.sign_in(ADA)
        for _ in range(130):
            failure(lone, ADA, WRONG, ELSEWHERE)
            lone.clock.move(minutes=16)
        assert isinstance(failure(lone, ADA, PASSWORD, ELSEWHERE), SignInFailed)
        assert lone.session(lone.sign_in(ADA)).email == ADA

    def test_an_origin_has_thirty_tries_in_a_quarter_of_an_hour_over_all_accounts(self, lone: World) -> None:
        lone.person(ADA)
        for number in range(30):
            failure(lone, f"guess{number}@acme.example", WRONG)
        assert isinstance(failure(lone, ADA, PASSWORD), SignInFailed)
        lone.sign_in(ADA, PASSWORD, ELSEWHERE)
        lone.clock.move(minutes=16)
        assert lone.session(lone.sign_in(ADA)).email == ADA

    def test_a_hundred_failures_of_a_known_origin_disable_the_password_until_unlock(self, lone: World) -> None:
        lone.person(ADA)
        lone.sign_in(ADA)
        for _ in range(100):
            failure(lone, ADA, WRONG)
            lone.clock.move(minutes=16)
        assert isinstance(failure(lone, ADA, PASSWORD), SignInFailed)
        ways_back.unlock(lone.host, ADA)
        assert lone.session(lone.sign_in(ADA)).email == ADA

    def test_the_person_learns_of_failed_attempts_at_the_next_sign_in(self, lone: World) -> None:
        lone.person(ADA)
        failure(lone, ADA, WRONG)
        failure(lone, ADA, WRONG)
        ctx = lone.nobody
        assert identity.sign_in(ctx, ADA, PASSWORD).notice == "2 failed attempts to sign in."


class TestOneTimePasswords:
    def given(self, world: World) -> Secret:
        world.person(ADA)
        ((_, one_time),) = ways_back.reset_password(world.host, ADA)
        return one_time

    def test_it_opens_the_change_and_nothing_else(self, everywhere: World) -> None:
        console = everywhere.sign_in(ADA, self.given(everywhere))
        assert everywhere.session(console).must_change_password
        with pytest.raises(Forbidden) as caught:
            home.home(console)
        assert caught.value.stable_code == "password_change_needed"
        session = identity.change_password(console, Secret(""), Secret("my very own long password"))
        assert not session.must_change_password
        assert home.home(console).email == ADA

    def test_it_opens_once(self, lone: World) -> None:
        secret = self.given(lone)
        lone.sign_in(ADA, secret)
        assert isinstance(failure(lone, ADA, secret), SignInFailed)

    def test_it_is_good_for_72_hours(self, lone: World) -> None:
        secret = self.given(lone)
        lone.clock.move(hours=72, seconds=1)
        assert failure(lone, ADA, secret).stable_code == "expired"

    def test_a_reset_ends_the_sessions_of_that_person(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        ways_back.reset_password(lone.host, ADA)
        with pytest.raises(SessionOver):
            home.home(console)


class TestSessions:
    def test_changing_the_password_ends_the_others_and_keeps_this_one(self, lone: World) -> None:
        lone.person(ADA)
        here, there = lone.sign_in(ADA), lone.sign_in(ADA)
        identity.change_password(here, PASSWORD, Secret("my very own long password"))
        assert home.home(here).email == ADA
        with pytest.raises(SessionOver, match="changed: sign in again"):
            home.home(there)

    def test_the_old_password_is_not_guessed_at_an_open_session(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        fresh = Secret("my very own long password")
        for _ in range(5):
            with pytest.raises(FieldError, match="old password"):
                identity.change_password(console, WRONG, fresh)
        with pytest.raises(Forbidden, match="wait 15 minutes"):
            identity.change_password(console, PASSWORD, fresh)
        lone.clock.move(minutes=15)
        assert identity.change_password(console, PASSWORD, fresh).email == ADA

    def test_sign_out_ends_it_and_twice_is_no_error(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        identity.sign_out(console)
        identity.sign_out(console)
        with pytest.raises(SessionOver, match="signed out"):
            home.home(console)

    def test_an_hour_without_a_key_and_eight_hours_in_all(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        lone.clock.move(minutes=61)
        with pytest.raises(SessionOver, match="hour without a key"):
            home.home(console)
        console = lone.sign_in(ADA)
        for _ in range(9):
            lone.clock.move(minutes=52)
            identity.touch(console)
        lone.clock.move(minutes=30)
        with pytest.raises(SessionOver, match="8 hours"):
            identity.touch(console)

    def test_a_clock_that_goes_back_does_not_extend(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        lone.clock.ticks += 3700  # an hour by the monotonic clock
        lone.clock.at -= 10**10  # and the wall clock went back
        with pytest.raises(SessionOver):
            home.home(console)

    def test_the_token_is_nowhere_stored(self, lone: World) -> None:
        lone.person(ADA)
        console = lone.sign_in(ADA)
        token = console.proof.token.reveal().encode()
        assert token not in Path(lone.host.database.path).read_bytes()
        with lone.host.read(Verb.STATUS) as tx:
            assert all(token not in bytes(row["token_hash"]) for row in tx.rows("SELECT * FROM session"))

    def test_profile_names_the_field(self, lone: World) -> None:
        lone.person(ADA, role=Role.USER)
        console = lone.sign_in(ADA)
        assert home.set_profile(console, "Ada", "Byron", "Acme", "Europe/Vienna").time_zone == "Europe/Vienna"
        with pytest.raises(FieldError, match="time_zone"):
            home.set_profile(console, "Ada", "Byron", "Acme", "../../etc/passwd")
        with pytest.raises(FieldError, match="first_name"):
            home.set_profile(console, "A\x1b[31mda", "Byron", "Acme", "")
