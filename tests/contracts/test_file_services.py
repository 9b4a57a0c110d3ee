"""The same contracts for the verbs of files: imports and exports (bars 25, 26, 38)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from sage_tui.domain.errors import AdminModeNeeded, Forbidden, SageError, SessionOver, StepUpNeeded
from sage_tui.domain.exports import Export, ExportUsers, What
from sage_tui.domain.invite import Invite
from sage_tui.domain.permissions import TABLE, Verb
from sage_tui.domain.reports import Period
from sage_tui.domain.units import Role
from sage_tui.domain.usage import RefusedRow
from sage_tui.services import (
    audit_files,
    exporting,
    exports,
    identity,
    imports,
    imports_people,
    invite,
    mfa,
    reports,
    ways_back,
)
from sage_tui.services.context import Context
from sage_tui.services.export_files import StreamSink
from sage_tui.services.imports import UsageFile
from sage_tui.services.imports_people import UserLine
from tests.contracts.test_services import ELSEWHERE
from tests.support import world
from tests.support.world import World

ADMIN, MEMBER, OTHER = "admin@acme.example", "member@acme.example", "bo@globex.example"


def import_usage(acme: World, ctx: Context, organization_id: int | None = None, user: str = MEMBER) -> object:
    record = acme.usage("x1", user, 7)
    return imports.usage(ctx, UsageFile("f.csv", "f", lambda: [record]), organization_id=organization_id)


def import_users(_: World, ctx: Context, organization_id: int | None = None) -> object:
    return imports_people.users(ctx, [UserLine(2, {"email": "new@acme.example"})], organization_id)


def export_users(_: World, ctx: Context, organization_id: int | None = None) -> bytes:
    parts: list[bytes] = []
    exports.users(ctx, ExportUsers(organization_id=organization_id), StreamSink(parts.append))
    return b"".join(parts)


def exported(what: What) -> "Call":
    """An export of its bytes, whoever's organization it is of."""

    def call(_: World, ctx: Context, organization_id: int | None = None) -> bytes:
        parts: list[bytes] = []
        exporting.export(ctx, Export(what, organization_id=organization_id), StreamSink(parts.append))
        return b"".join(parts)

    return call


def export_audit(_: World, ctx: Context, organization_id: int | None = None) -> bytes:
    parts: list[bytes] = []
    audit_files.export(ctx, StreamSink(parts.append), organization_id)
    return b"".join(parts)


def report(_: World, ctx: Context, organization_id: int | None = None) -> object:
    return reports.report(ctx, Period.WEEKLY, organization_id)


def invite_users(acme: World, ctx: Context, organization_id: int | None = None) -> object:
    directory = Path(acme.host.database.path).parent
    file = directory / f"invited-{len(list(directory.glob('invited-*')))}.csv"
    return invite.invite(ctx, Invite("type:user", organization_id), str(file))


Call = Callable[..., object]
CALLS: dict[Verb, Call] = {
    Verb.IMPORT_USAGE: import_usage, Verb.IMPORT_USERS: import_users, Verb.EXPORT_USERS: export_users,
    Verb.USERS_INVITE: invite_users, Verb.REPORT: report, Verb.EXPORT_AUDIT: export_audit,
    **{what.verb: exported(what) for what in What},
}  # fmt: skip


@pytest.fixture
def acme(sqlite_database: object, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    made = world.make(str(tmp_path / "sage-sqlite.db"), tmp_path, clock)
    first, second = made.organization("Acme", 10_000_000), made.organization("Globex", 10_000_000)
    made.person(ADMIN, first, Role.ADMIN)
    made.person(MEMBER, first)
    made.person(OTHER, second)
    yield made
    made.host.database.close()


def test_every_verb_that_is_called_here_is_missing_there() -> None:
    assert set(CALLS) == ELSEWHERE


def written(acme: World) -> list[object]:
    """How much there is of all that these verbs write."""
    return [
        acme.value(f"SELECT count(*) FROM {table}")
        for table in ('"user"', "membership", "usage_event", "usage_import", "audit_entry", "batch", "identity")
    ]


@pytest.mark.parametrize("verb", sorted(CALLS))
class TestEveryVerbOfFiles:
    def test_nobody_and_members_are_refused(self, acme: World, verb: Verb) -> None:
        console = acme.sign_in(MEMBER)
        for ctx in (acme.nobody, console):
            with pytest.raises((SessionOver, Forbidden)):
                CALLS[verb](acme, ctx)

    def test_an_administrator_needs_admin_mode(self, acme: World, verb: Verb) -> None:
        with pytest.raises(AdminModeNeeded):
            CALLS[verb](acme, acme.sign_in(ADMIN))

    @pytest.mark.parametrize(
        "meanwhile",
        [
            'UPDATE "user" SET banned = TRUE, epoch = epoch + 1 WHERE id = :id',
            "UPDATE membership SET type = 'user' WHERE user_id = :id",
            'UPDATE "user" SET organization_id = 2 WHERE id = :id',
            'UPDATE "user" SET epoch = epoch + 1 WHERE id = :id',
            "UPDATE session SET ended_at = 1 WHERE user_id = :id",
            "UPDATE session SET admin_until = 1 WHERE user_id = :id",
        ],
    )
    def test_what_changed_since_the_screen_was_drawn_refuses_and_writes_nothing(
        self, acme: World, verb: Verb, meanwhile: str
    ) -> None:
        console = acme.stepped_up(ADMIN)
        acme.change(meanwhile, id=acme.people[ADMIN])
        before = written(acme)
        with pytest.raises(SageError):
            CALLS[verb](acme, console)
        after = written(acme)
        after[4] = before[4]  # a refusal may be audited
        assert after == before

    @pytest.mark.parametrize("reset", [mfa.reset, ways_back.reset_mfa, ways_back.reset_password])
    def test_a_reset_by_somebody_else_ends_it(self, acme: World, verb: Verb, reset: Call) -> None:
        console = acme.stepped_up(ADMIN)
        reset(acme.host, ADMIN)
        before = written(acme)
        with pytest.raises(SessionOver):
            CALLS[verb](acme, console)
        assert written(acme) == before

    def test_idle_and_expired_sessions_are_refused(self, acme: World, verb: Verb) -> None:
        console = acme.stepped_up(ADMIN)
        acme.clock.move(minutes=16)
        with pytest.raises((AdminModeNeeded, SessionOver)):
            CALLS[verb](acme, console)
        acme.clock.move(hours=8)
        with pytest.raises(SessionOver):
            CALLS[verb](acme, console)
        with pytest.raises(SessionOver):
            identity.session(console)

    def test_exactly_one_entry_and_none_in_a_dry_run(self, acme: World, verb: Verb) -> None:
        console = acme.stepped_up(ADMIN)
        before = written(acme)
        CALLS[verb](acme, console.dry())
        assert written(acme) == before
        CALLS[verb](acme, console)
        after = written(acme)
        assert int(str(after[4])) == int(str(before[4])) + TABLE[verb].writes
        if not TABLE[verb].writes:
            return
        assert acme.value("SELECT action FROM audit_entry ORDER BY at DESC, seq DESC LIMIT 1") == verb.value

    def test_another_organization_s_number_answers_like_an_unknown_one(self, acme: World, verb: Verb) -> None:
        console = acme.stepped_up(ADMIN)
        answers = []
        for organization_id in (2, 999):
            try:
                answers.append((CALLS[verb](acme, console, organization_id), ""))
            except SageError as error:
                answers.append((error.message, error.hint))
        assert answers[0] == answers[1]
        assert acme.value("SELECT count(*) FROM usage_event WHERE organization_id = 2") == 0
        assert acme.value("SELECT count(*) FROM membership WHERE organization_id = 2") == 1


def test_inviting_needs_a_fresh_code(acme: World) -> None:
    console = acme.stepped_up(ADMIN)
    acme.clock.move(minutes=6)
    identity.touch(console)
    with pytest.raises(StepUpNeeded):
        invite_users(acme, console)


def test_usage_of_another_organization_s_people_stays_with_nobody(acme: World) -> None:
    """An administrator who imports a neighbour's e-mail charges nobody there and learns nothing."""
    console = acme.admin(ADMIN)
    done = import_usage(acme, console, user=OTHER)
    unknown = imports.usage(console, UsageFile("f.csv", "f", lambda: [acme.usage("x2", "unknown@nowhere.example", 7)]))
    assert len(done.sums.unassigned) == len(unknown.sums.unassigned) == 1  # type: ignore[attr-defined]
    assert acme.value("SELECT inference_lifetime FROM membership WHERE user_id = :id", id=acme.people[OTHER]) == 0


def test_a_list_that_names_a_neighbour_s_person_is_answered_like_an_unknown_one(acme: World) -> None:
    console = acme.admin(ADMIN)
    taken = imports_people.users(console, [UserLine(2, {"email": OTHER})])
    assert taken.added == 0
    assert taken.refused == (RefusedRow(2, taken.refused[0].field, taken.refused[0].why),)
    assert "Globex" not in taken.refused[0].why
