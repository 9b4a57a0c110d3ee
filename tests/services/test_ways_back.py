"""Ways back in: for one or for many, all or nothing, each person with an entry of their own."""

from collections.abc import Callable

import pytest

from sage_tui.domain.errors import FieldError, NotFound, Refused
from sage_tui.domain.units import Role
from sage_tui.services import audit, ways_back
from tests.support.world import World

ADMIN, ADA, BO = "admin@acme.example", "ada@acme.example", "bo@acme.example"
ACTS = [ways_back.unlock, ways_back.reset_mfa, ways_back.reset_password]
Act = Callable[..., object]


@pytest.fixture
def acme(lone: World) -> World:
    """An administrator and two members; Ada has an authenticator, Bo has none."""
    organization = lone.organization("Acme")
    lone.person(ADMIN, organization, Role.ADMIN)
    for email in (ADA, BO):
        lone.person(email, organization)
    lone.enrol(lone.sign_in(ADA), ADA)
    return lone


def state(acme: World) -> list[object]:
    """All that the three acts change."""
    kept = [acme.rows(f"SELECT * FROM {table}") for table in ("mfa", "recovery_code", "throttle", "session")]
    people = acme.rows('SELECT id, epoch, password_hash, password_one_time, password_disabled, verified FROM "user"')
    return [*kept, people, acme.value("SELECT count(*) FROM audit_entry")]


class TestMany:
    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("others", [(ADA, BO, "nobody@acme.example"), ("nobody@acme.example", ADA)])
    def test_one_who_is_missing_and_nothing_was_done(self, acme: World, act: Act, others: tuple[str, ...]) -> None:
        before = state(acme)
        with pytest.raises(NotFound, match=r"nobody@acme[.]example: nothing was done"):
            act(acme.host, *others)
        assert state(acme) == before

    def test_one_that_is_refused_and_nothing_was_done(self, acme: World) -> None:
        console = acme.stepped_up(ADMIN)
        before = state(acme)
        for act in (ways_back.reset_mfa, ways_back.reset_password):
            with pytest.raises(Refused, match="your own account"):
                act(console, ADA, ADMIN)
        assert state(acme) == before

    @pytest.mark.parametrize("act", ACTS)
    def test_nobody_and_too_many_are_refused(self, acme: World, act: Act) -> None:
        with pytest.raises(FieldError, match="none was given"):
            act(acme.host)
        with pytest.raises(FieldError, match="at most 1,000 at once"):
            act(acme.host, *[ADA] * 1_001)

    def test_each_gets_a_password_of_their_own_and_an_entry(self, acme: World) -> None:
        given = ways_back.reset_password(acme.host, BO, ADA)
        assert [email for email, _ in given] == [BO, ADA]
        assert len({secret.reveal() for _, secret in given}) == 2
        for email, secret in given:
            assert acme.session(acme.sign_in(email, secret)).must_change_password
            assert [e.action for e in audit.about(acme.host, acme.people[email])] == ["users reset-password"] + (
                ["mfa confirm"] if email == ADA else []
            )

    def test_named_twice_is_done_once(self, acme: World) -> None:
        assert ways_back.unlock(acme.host, ADA, ADA.upper(), BO).changed == (ADA, BO)
        assert len(ways_back.reset_password(acme.host, ADA, ADA.upper())) == 1

    def test_who_has_no_authenticator_is_skipped_and_the_others_are_not(self, acme: World) -> None:
        done = ways_back.reset_mfa(acme.host, BO, ADA)
        assert (done.changed, done.skipped) == ((ADA,), (BO,))
        assert audit.about(acme.host, acme.people[BO]) == ()

    @pytest.mark.parametrize("act", ACTS)
    def test_a_dry_run_changes_nothing(self, acme: World, act: Act) -> None:
        before = state(acme)
        act(acme.host.dry(), ADA, BO)
        assert state(acme) == before


class TestOne:
    def test_resets_are_for_others(self, lone: World) -> None:
        acme = lone.organization("Acme")
        lone.person(ADMIN, acme, Role.ADMIN)
        console = lone.stepped_up(ADMIN)
        for act in (ways_back.reset_mfa, ways_back.reset_password):
            with pytest.raises(Refused, match="your own account"):
                act(console, ADMIN)
        with pytest.raises(NotFound):
            ways_back.reset_mfa(console, "nobody@acme.example")

    def test_what_was_done_to_a_person_stands_in_their_audit(self, lone: World) -> None:
        user_id = lone.person("ada@acme.example", lone.organization("Acme"))
        ways_back.reset_password(lone.host.because("lost it"), "ada@acme.example")
        (entry,) = audit.about(lone.host, user_id)
        assert (entry.action, entry.actor, entry.target, entry.reason) == (
            "users reset-password",
            "owner",
            "ada@acme.example",
            "lost it",
        )
