"""Contracts over all services: two kinds of function, one permission table, nobody unproved gets through."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sage_tui import services
from sage_tui.clock import FixedClock
from sage_tui.domain.actors import HostProof
from sage_tui.domain.acts import Act, Disable, Move, Offboard, SetEmail, SetFields, SetPayer, SetRole
from sage_tui.domain.auto_approval import SetRule
from sage_tui.domain.corrections import Recharge, Reverse
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import AdminModeNeeded, Forbidden, NotFound, SageError, SessionOver, StepUpNeeded
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.overrides import GrantRaise, SetOverride
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.permissions import READ_ONLY_MAY, TABLE, Reach, Verb
from sage_tui.domain.plan_commands import Bulk, Choice, Consent, Distribute, Edits, Selection
from sage_tui.domain.plans import Edit, Field
from sage_tui.domain.purchase_requests import AskOperator
from sage_tui.domain.requests import Approve, Deny
from sage_tui.domain.requests import Ask as AskForMore
from sage_tui.domain.secret import Secret
from sage_tui.domain.spans import Span
from sage_tui.domain.spending import Ask as AskToSpend
from sage_tui.domain.spending import Settlement
from sage_tui.domain.staged import StagedChanges
from sage_tui.domain.statistics import Question, Slice
from sage_tui.domain.statistics import View as Seen
from sage_tui.domain.units import NO_ORGANIZATION, Day, Kind, Micros, Role
from sage_tui.domain.usage import UsageRecord
from sage_tui.domain.users import AddUsers, View
from sage_tui.services import (
    activity,
    audit,
    auto_approval,
    backups,
    batches,
    corrections,
    doctor,
    drafts,
    enrolment,
    forecasts,
    home,
    identities,
    identity,
    metrics,
    mfa,
    organizations,
    outlook,
    overrides,
    plan_files,
    plans,
    policies,
    preferences,
    purchase_requests,
    raises,
    rebalancing,
    requests,
    requests_decide,
    requests_fitting,
    settings,
    statistics,
    status,
    today,
    usage,
    users,
    users_add,
    views,
    ways_back,
    what_if,
    why,
)
from sage_tui.services.context import Context
from sage_tui.services.organizations import AddOrganization
from tests.support import NOW, world
from tests.support.world import World

MODULES = [
    importlib.import_module(f"sage_tui.services.{found.name}") for found in pkgutil.iter_modules(services.__path__)
]
ASK = Ask(1, "", Sort("email"))
NEWEST = Ask(1, "", Sort("at", True))
MONTH = month_of(NOW)
LAST_WEEK = Slice(Span(day_of(NOW) - 7, day_of(NOW)))
ADMIN, MEMBER, OTHER = "admin@acme.example", "member@acme.example", "bo@globex.example"

Call = Callable[[Context], object]


def _withdraw(ctx: Context) -> object:
    """Of an own request: the one that was made last."""
    own = requests.mine(ctx).requests
    return requests.withdraw(ctx, own[0].id if own else 0)


CALLS: dict[Verb, list[Call]] = {
    Verb.HOME_SHOW: [home.home, requests.mine],
    Verb.PROFILE_SET: [lambda c: home.set_profile(c, "A", "B", "C", "")],
    Verb.PASSWORD_CHANGE: [lambda c: identity.change_password(c, world.PASSWORD, Secret("another one that is long"))],
    Verb.MFA_BEGIN: [enrolment.begin],
    Verb.MFA_CONFIRM: [lambda c: enrolment.confirm(c, "123456")],
    Verb.RECOVERY_RENEW: [lambda c: enrolment.renew_recovery_codes(c, "123456")],
    Verb.ADMIN_ENTER: [lambda c: mfa.enter_admin(c, "123456")],
    Verb.STEP_UP: [lambda c: mfa.step_up(c, "123456")],
    Verb.ADMIN_LEAVE: [identity.lock],
    Verb.SIGN_OUT: [identity.sign_out],
    Verb.SESSION_TOUCH: [identity.session, identity.touch],
    Verb.PREFERENCES: [lambda c: preferences.get(c, "k"), lambda c: preferences.put(c, "k", "{}")],
    Verb.TODAY: [today.today],
    Verb.STATS: [
        lambda c: statistics.look(c, Question(Seen.DAYS, LAST_WEEK)),
        lambda c: statistics.ask(c, Seen.USERS, LAST_WEEK.span, "model:gpt", 1, 5),
        lambda c: statistics.allocations(c),
        lambda c: statistics.narrowed(c, "kind:inference", LAST_WEEK.span, 1),
        lambda c: statistics.filters(c),
        lambda c: statistics.prove(c, LAST_WEEK),
    ],
    Verb.STATS_FORECAST: [lambda c: forecasts.forecast(c, 1), lambda c: forecasts.of_members(c, (1, 2))],
    Verb.USERS_LIST: [lambda c: users.window(c, ASK), lambda c: users.count(c, ""), users.summary],
    Verb.USERS_SHOW: [lambda c: users.show(c, email=MEMBER)],
    Verb.USERS_ADD: [lambda c: users_add.add(c, AddUsers(("new@acme.example",), organization_id=1))],
    Verb.USERS_UNLOCK: [lambda c: ways_back.unlock(c, MEMBER)],
    Verb.USERS_RESET_MFA: [lambda c: ways_back.reset_mfa(c, MEMBER)],
    Verb.USERS_RESET_PASSWORD: [lambda c: ways_back.reset_password(c, MEMBER)],
    Verb.USERS_RESET_CAC: [lambda c: ways_back.reset_cac(c, MEMBER)],
    Verb.USERS_SET: [lambda c: plans.act(c, _set(SetFields(department="x")), Consent())],
    Verb.USERS_DISABLE: [lambda c: plans.act(c, _set(Disable()), Consent())],
    Verb.USERS_OFFBOARD: [lambda c: plans.act(c, _set(Offboard()), Consent())],
    Verb.USERS_ROLE: [lambda c: plans.act(c, _set(SetRole(Role.ADMIN)), Consent())],
    Verb.USERS_MOVE: [lambda c: plans.act(c, _set(Move(2)), Consent())],
    Verb.USERS_EMAIL: [lambda c: plans.act(c, _set(SetEmail("other@acme.example")), Consent())],
    Verb.USERS_PAYER: [lambda c: plans.act(c, _set(SetPayer(ADMIN)), Consent())],
    Verb.PLANS: [
        lambda c: plans.look(c, 1),
        lambda c: plans.rows(c, 1),
        lambda c: plans.effect(c, Edits((Edit(1, Field.BANNED, 0, 1),), 1)),
        lambda c: plans.choose(c, 1, Choice(True)),
        lambda c: plans.keep_what_fits(c, 1),
        lambda c: plans.discard(c, 1),
        lambda c: list(plan_files.lines(c, 1)),
    ],
    Verb.BATCHES_LIST: [
        batches.list_batches,
        batches.mine,
        lambda c: batches.window(c, NEWEST),
        lambda c: batches.count(c, ""),
        lambda c: batches.show(c, 1),
        lambda c: batches.rows(c, 1),
    ],
    Verb.UNDO: [lambda c: batches.undo(c, 1, Consent())],
    Verb.DRAFTS: [lambda c: drafts.keep(c, StagedChanges(), 1), drafts.list_drafts],
    Verb.DISTRIBUTION_STATUS: [
        lambda c: policies.status(c, 1),
        lambda c: outlook.overview(c, 1),
        lambda c: outlook.outlook(c, Action.RECLAIM, 1),
    ],
    Verb.POLICY_GET: [
        lambda c: policies.get(c, 1),
        lambda c: policies.versions(c, 1),
        policies.mine,
        policies.departments,
        lambda c: outlook.of_policy(c, SetPolicy(1, preset="dynamic")),
    ],
    Verb.DISTRIBUTION_APPLY: [lambda c: plans.act(c, Distribute(Action.SHARE_EVENLY, 1), Consent())],
    Verb.DISTRIBUTION_RUNS: [lambda c: rebalancing.runs(c, 1), rebalancing.waiting],
    Verb.WHAT_IF: [lambda c: what_if.replay(c, 1), lambda c: what_if.at_a_glance(c, 1)],
    Verb.REBALANCE: [lambda c: rebalancing.run_due(c, 1)],
    Verb.OVERRIDES_LIST: [overrides.list_overrides, raises.list_raises, lambda c: overrides.get(c, MEMBER)],
    Verb.OVERRIDES_SET: [lambda c: overrides.put(c, SetOverride(MEMBER, pinned=True))],
    Verb.OVERRIDES_CLEAR: [lambda c: overrides.clear(c, MEMBER)],
    Verb.RAISE: [lambda c: raises.grant(c, GrantRaise(MEMBER, Kind.INFERENCE, 5, 10**17))],
    Verb.WHY: [lambda c: why.why(c, MEMBER)],
    Verb.POLICY_SET: [lambda c: policies.put(c, SetPolicy(1, preset="dynamic"))],
    Verb.REQUESTS_CREATE: [lambda c: requests.create(c, AskForMore(Kind.INFERENCE, 5, "more"))],
    Verb.REQUESTS_WITHDRAW: [_withdraw],
    Verb.REQUESTS_LIST: [
        lambda c: requests.window(c, NEWEST),
        lambda c: requests.count(c, ""),
        lambda c: requests.totals(c, 1),
        requests.waiting,
        lambda c: requests.named(c, (1,)),
        lambda c: requests.show(c, 1),
    ],
    Verb.REQUESTS_APPROVE: [lambda c: requests_decide.approve(c, Approve((1,)))],
    Verb.REQUESTS_DENY: [lambda c: requests_decide.deny(c, Deny((1,)))],
    Verb.REQUESTS_FITTING: [lambda c: requests_fitting.approve_fitting(c, 1)],
    Verb.AUTO_APPROVAL_GET: [
        lambda c: auto_approval.get(c, 1),
        lambda c: auto_approval.would_be(c, 5, Kind.INFERENCE, 1),
    ],
    Verb.AUTO_APPROVAL_SET: [lambda c: auto_approval.put(c, SetRule(1, on=True))],
    Verb.PURCHASES_LIST: [lambda c: purchase_requests.list_requests(c, 1)],
    Verb.PURCHASES_REQUEST: [lambda c: purchase_requests.ask(c, AskOperator(5, 0, MONTH, "launch", 1))],
    Verb.VIEWS_LIST: [views.list_views],
    Verb.VIEWS_SAVE: [lambda c: views.save(c, "users", View("near", "used>90%", "", False, True, ""))],
    Verb.VIEWS_DELETE: [lambda c: views.delete(c, "users", "near")],
    Verb.IDENTITIES_LIST: [identities.list_identities],
    Verb.IDENTITIES_ASSIGN: [lambda c: identities.assign(c, "svc", MEMBER)],
    Verb.ACTIVITY_LIST: [lambda c: activity.window(c, NEWEST), lambda c: activity.count(c, "")],
    Verb.AUDIT_LIST: [lambda c: audit.window(c, NEWEST), lambda c: audit.count(c, ""), lambda c: audit.about(c, 1)],
    Verb.AUDIT_VERIFY: [audit.verify],
    Verb.AUDIT_ANCHOR: [audit.anchor],
    Verb.ORGS_SET: [lambda c: organizations.set_time_zone(c, 1, "Europe/Vienna")],
    Verb.ORGS_LIST: [organizations.list_organizations, lambda c: organizations.find(c, "Acme")],
    Verb.ORGS_ADD: [lambda c: organizations.add(c, AddOrganization("New"))],
    Verb.CHECK: [lambda c: usage.check(c, usage.May(MEMBER, "gpt", 5))],
    Verb.USAGE_RECORD: [
        lambda c: usage.record(c, UsageRecord(1, "x", Micros(1), MEMBER, "gpt", Kind.INFERENCE, 1, 0, 1))
    ],
    Verb.USAGE_RESERVE: [lambda c: usage.reserve(c, AskToSpend(MEMBER, Kind.INFERENCE, "gpt", completion=5))],
    Verb.USAGE_SETTLE: [lambda c: usage.settle(c, "no such key", Settlement(1, 1))],
    Verb.USAGE_RELEASE: [lambda c: usage.release(c, "no such key")],
    Verb.USAGE_REVERSE: [lambda c: corrections.reverse(c, Reverse(external_id="1"))],
    Verb.USAGE_CREDIT: [lambda c: corrections.credit(c, MEMBER, Kind.INFERENCE, 5)],
    Verb.USAGE_RECHARGE: [lambda c: corrections.recharge(c, Recharge("gpt", Day(0), Day(1)))],
    Verb.SETTINGS_LIST: [settings.list_settings],
    Verb.SETTINGS_SET: [lambda c: settings.put(c, "sign_in_notice", "hello")],
    Verb.STATUS: [status.status],
    Verb.DOCTOR_REPAIR: [doctor.repair],
    Verb.METRICS: [metrics.metrics],
    Verb.BACKUP: [lambda c: backups.backup(c, f"{c.database.path}.copy")],
    Verb.RESTORE: [lambda c: backups.restored(c, "copy.db")],
    Verb.DOCTOR: [doctor.doctor],
    Verb.MFA_RESET: [lambda c: mfa.reset(c, MEMBER)],
}


def _set(act: Act) -> Bulk:
    return Bulk(act, Selection(emails=(MEMBER,)))


ELSEWHERE = {Verb.USERS_INVITE} | {verb for verb in Verb if verb.startswith(("import ", "export ", "report"))}
"""Verbs of files: tests/contracts/test_file_services.py calls them."""


@pytest.fixture
def acme(sqlite_database: object, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    made = world.make(str(tmp_path / "sage-sqlite.db"), tmp_path, clock)
    first, second = made.organization("Acme", 10_000_000), made.organization("Globex", 10_000_000)
    made.person(ADMIN, first, Role.ADMIN)
    made.person(MEMBER, first)
    made.person(OTHER, second)
    made.person("root@sage.example", role=Role.SUPER_ADMIN)
    made.record(made.usage("1", "svc", 5), organization_id=first)
    plans.act(made.host, _set(SetFields(department="first", paid=True)), Consent())  # batch 1, for whoever undoes it
    overrides.put(made.host, SetOverride(MEMBER, no_reclaim=True))
    asking = made.host.with_proof(HostProof("owner", MEMBER))
    requests.create(asking, AskForMore(Kind.INFERENCE, 5, "more"))  # request 1
    yield made
    made.host.database.close()


def test_every_verb_is_in_the_table_and_has_a_call() -> None:
    assert set(TABLE) == set(Verb)
    assert set(CALLS) | ELSEWHERE == set(Verb)
    assert all(permission.says for permission in TABLE.values())


def test_every_public_function_of_a_service_is_a_verb_or_a_step() -> None:
    """A verb takes ctx first, a step takes tx; other helpers are private, or in the modules named."""
    plain = {"keys", "codes", "hashing", "sealing", "context", "authority", "setup", "restoring"}
    for module in MODULES:
        if module.__name__.rpartition(".")[2] in plain:
            continue
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            first = next(iter(inspect.signature(function).parameters), "")
            assert first in ("ctx", "tx") or (module.__name__, name) in PLAIN, (
                f"{module.__name__}.{name} takes {first!r} first"
            )


PLAIN = {
    ("sage_tui.services.backups", "dump_line"),
    ("sage_tui.services.backups", "restore_line"),
    ("sage_tui.services.exports", "written"),
    ("sage_tui.services.home", "balance"),
    ("sage_tui.services.metering", "digest_of"),
    ("sage_tui.services.plan_rules", "under_the_cap"),
    ("sage_tui.services.requests_hanging", "decision_of"),
}
"""Pure functions that services share."""


@pytest.mark.parametrize("verb", sorted(set(Verb) - ELSEWHERE))
class TestEveryVerb:
    def test_nobody_may(self, acme: World, verb: Verb) -> None:
        for call in CALLS[verb]:
            if verb is Verb.SIGN_OUT:
                assert call(acme.nobody) is None
                continue
            with pytest.raises((SessionOver, Forbidden)):
                call(acme.nobody)

    def test_a_member_may_only_what_the_table_says(self, acme: World, verb: Verb) -> None:
        console = acme.sign_in(MEMBER)
        allowed = TABLE[verb].user is not Reach.NOWHERE
        for call in CALLS[verb]:
            assert _forbidden(call, console) is not allowed

    def test_an_administrator_needs_admin_mode(self, acme: World, verb: Verb) -> None:
        console = acme.sign_in(ADMIN)
        if not TABLE[verb].admin_mode or TABLE[verb].admin is Reach.NOWHERE:
            return
        for call in CALLS[verb]:
            with pytest.raises(AdminModeNeeded):
                call(console)

    def test_in_admin_mode_it_is_as_the_table_says(self, acme: World, verb: Verb) -> None:
        console = acme.stepped_up(ADMIN)
        allowed = TABLE[verb].admin is not Reach.NOWHERE
        for call in CALLS[verb]:
            assert _forbidden(call, console) is not allowed

    @pytest.mark.parametrize(
        "meanwhile",
        [
            'UPDATE "user" SET banned = TRUE WHERE id = :id',
            'UPDATE "user" SET epoch = epoch + 1 WHERE id = :id',
            "UPDATE session SET ended_at = 1 WHERE user_id = :id",
        ],
    )
    def test_what_changed_since_the_screen_was_drawn_refuses_and_writes_nothing(
        self, acme: World, verb: Verb, meanwhile: str
    ) -> None:
        console = acme.stepped_up(ADMIN)
        acme.change(meanwhile, id=acme.people[ADMIN])
        before = acme.value("SELECT count(*) FROM audit_entry")
        for call in CALLS[verb]:
            if verb is Verb.SIGN_OUT:
                continue
            with pytest.raises((SessionOver, Forbidden)):
                call(console)
        assert acme.value("SELECT count(*) FROM audit_entry") == before

    def test_read_only_changes_nothing(self, acme: World, verb: Verb) -> None:
        console = acme.stepped_up(ADMIN)
        acme.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.people[ADMIN])
        if (
            not TABLE[verb].writes
            or verb in READ_ONLY_MAY
            or TABLE[verb].admin is Reach.NOWHERE
            or TABLE[verb].host_only
        ):
            return
        for call in CALLS[verb]:
            with pytest.raises(Forbidden, match="read-only"):
                call(console)
        for call in CALLS[verb]:
            with pytest.raises(Forbidden, match="read-only"):
                call(replace(acme.host, read_only=True))


def _forbidden(call: Call, console: Context) -> bool:
    """Was the call refused for who calls it? A wrong code, or nothing to delete, is another refusal."""
    try:
        call(console)
    except (AdminModeNeeded, StepUpNeeded):
        return True
    except Forbidden as error:
        return error.stable_code == "forbidden"
    except SageError:
        return False
    return False


STEP_UP = sorted(verb for verb, permission in TABLE.items() if permission.step_up and verb not in ELSEWHERE)


@pytest.mark.parametrize("verb", STEP_UP)
def test_each_item_of_the_step_up_list_refuses_a_stale_code(acme: World, verb: Verb) -> None:
    fresh = acme.stepped_up(ADMIN if TABLE[verb].admin is not Reach.NOWHERE else "root@sage.example")
    acme.clock.move(minutes=6)
    identity.touch(fresh)
    for call in CALLS[verb]:
        with pytest.raises(StepUpNeeded):
            call(fresh)


_BY_EMAIL: list[Callable[[Context, str], object]] = [
    lambda c, email: users.show(c, email=email),
    ways_back.unlock,
    ways_back.reset_mfa,
    ways_back.reset_password,
    ways_back.reset_cac,
    lambda c, email: identities.assign(c, "svc", email),
]


@pytest.mark.parametrize("call", _BY_EMAIL)
def test_another_organization_s_person_answers_like_nobody(acme: World, call: Callable[[Context, str], object]) -> None:
    console = acme.stepped_up(ADMIN)
    answers = []
    for email in (OTHER, "root@sage.example", "unknown@nowhere.example"):
        with pytest.raises(NotFound) as caught:
            call(console, email)
        answers.append((caught.value.message, caught.value.hint, caught.value.stable_code))
    assert len(set(answers)) == 1


def test_another_organization_s_numbers_answer_like_unknown_ones(acme: World) -> None:
    console = acme.admin(ADMIN)
    for user_id in (acme.people[OTHER], 999_999):
        with pytest.raises(NotFound, match="no user with this number"):
            users.show(console, user_id)
    for organization_id in (2, 999, NO_ORGANIZATION):
        assert users.window(console, ASK, organization_id).rows == ()
        assert users.count(console, "", organization_id).number == 0
        assert users.summary(console, organization_id).users == 0
        assert activity.window(console, NEWEST, organization_id).rows == ()
        assert audit.window(console, NEWEST, organization_id).rows == ()
        assert identities.list_identities(console, organization_id) == ()
        with pytest.raises(NotFound):
            users_add.add(console, AddUsers(("x@acme.example",), organization_id))
    assert [o.name for o in organizations.list_organizations(console)] == ["Acme"]
    with pytest.raises(NotFound):
        organizations.find(console, "Globex")


def test_as_narrows_the_rights_and_never_widens_them(acme: World) -> None:
    as_admin = acme.host.with_proof(HostProof("owner", ADMIN))
    assert {row.email for row in users.window(as_admin, ASK).rows} == {ADMIN, MEMBER}
    with pytest.raises(Forbidden):
        organizations.add(as_admin, AddOrganization("New"))
    with pytest.raises(Forbidden):
        users.window(acme.host.with_proof(HostProof("owner", MEMBER)), ASK)
    with pytest.raises(NotFound):
        users.window(acme.host.with_proof(HostProof("owner", "unknown@x.example")), ASK)
    acme.change('UPDATE "user" SET banned = TRUE WHERE id = :id', id=acme.people[ADMIN])
    with pytest.raises(Forbidden, match="banned"):
        users.window(as_admin, ASK)


def test_a_refused_act_is_audited_once(acme: World) -> None:
    console = acme.admin(ADMIN)
    before = int(str(acme.value("SELECT count(*) FROM audit_entry WHERE organization_id = 1")))
    with pytest.raises(Forbidden):
        organizations.add(console, AddOrganization("New"))
    rows = audit.window(acme.host, NEWEST, 1).rows
    assert acme.value("SELECT count(*) FROM audit_entry WHERE organization_id = 1") == before + 1
    assert (rows[0].action, rows[0].outcome, rows[0].actor) == ("orgs add", "refused", ADMIN)


WRITES = [
    verb
    for verb in CALLS
    if TABLE[verb].writes and not TABLE[verb].host_only and TABLE[verb].admin is not Reach.NOWHERE
]
SILENT = {
    Verb.SESSION_TOUCH,
    Verb.SIGN_OUT,
    Verb.ADMIN_LEAVE,
    Verb.PREFERENCES,
    Verb.MFA_BEGIN,
    Verb.PLANS,
    Verb.DRAFTS,
    Verb.USAGE_RECORD,
    Verb.USAGE_RESERVE,
    Verb.USAGE_SETTLE,
    Verb.USAGE_RELEASE,
}
"""No acts of administration: they leave no entry (sessions stand in the sign-in log, calls
among the activities)."""


@pytest.mark.parametrize(
    "verb", sorted(set(WRITES) - SILENT - {Verb.MFA_CONFIRM, Verb.STEP_UP, Verb.ADMIN_ENTER, Verb.RECOVERY_RENEW})
)
def test_every_writing_verb_leaves_exactly_one_entry_and_a_dry_run_none(acme: World, verb: Verb) -> None:
    console = acme.stepped_up(ADMIN)
    if verb is Verb.VIEWS_DELETE:
        CALLS[Verb.VIEWS_SAVE][0](console)
    if verb is Verb.REQUESTS_WITHDRAW:
        CALLS[Verb.REQUESTS_CREATE][0](console)
    if verb is Verb.USERS_RESET_MFA:
        acme.enrol(acme.sign_in(MEMBER), MEMBER)
    if verb is Verb.USERS_RESET_CAC:
        acme.change('UPDATE "user" SET cac = TRUE WHERE id = :id', id=acme.people[MEMBER])

    def entries() -> int:
        return int(str(acme.value("SELECT count(*) FROM audit_entry")))

    (call,) = CALLS[verb]
    before = entries()
    if verb is not Verb.PASSWORD_CHANGE:
        call(console.dry())
        assert entries() == before
    call(console)
    assert entries() == before + 1
    action = acme.value("SELECT action FROM audit_entry ORDER BY at DESC, seq DESC LIMIT 1")
    assert action == verb.value
