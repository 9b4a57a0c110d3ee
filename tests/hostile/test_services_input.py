"""Services given what no person should give: half characters, NUL, numbers beyond 64 bits. Answered in our errors."""

from collections.abc import Callable

import pytest

from sage_tui.domain.auto_approval import SetRule
from sage_tui.domain.errors import SageError, SignInFailed
from sage_tui.domain.paging import Around, Ask, At, Sort, Start
from sage_tui.domain.purchase_requests import AskOperator
from sage_tui.domain.requests import Approve, Deny, Lasts
from sage_tui.domain.requests import Ask as AskForMore
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind, Micros, Month, Role
from sage_tui.domain.users import View
from sage_tui.services import (
    auto_approval,
    enrolment,
    home,
    identities,
    identity,
    mfa,
    preferences,
    purchase_requests,
    requests,
    requests_decide,
    requests_fitting,
    settings,
    users,
    users_add,
    views,
    ways_back,
)
from sage_tui.services.context import Context
from tests.support.world import World

ADMIN = "admin@acme.example"
TEXTS = ("", "\ud800", "a\x00b", "x" * 100_000, "%", "' OR 1=1--", "[/]", "\U0010ffff", "ﷺ" * 400, "\u202e\n", "\x1b")
NUMBERS = (10**30, 2**63, 2**63 - 1, 2**31, -1)

TAKES_TEXT: list[Callable[[Context, str], object]] = [
    mfa.enter_admin,
    mfa.demo_code,
    enrolment.confirm,
    lambda c, s: users.show(c, email=s),
    ways_back.unlock,
    users.count,
    lambda c, s: users.window(c, Ask(1, s, Sort("email"))),
    lambda c, s: users.window(c, Ask(1, "", Sort(s))),
    lambda c, s: users_add.add(c, users_add.AddUsers((s,), 1)),
    lambda c, s: users_add.add(c, users_add.AddUsers(("new@acme.example",), 1, department=s)),
    lambda c, s: identities.assign(c, s, s, s),
    lambda c, s: views.save(c, "users", View(s, "paid:yes", "", False, True, "")),
    lambda c, s: views.save(c, "users", View("n", s, "", False, True, "")),
    lambda c, s: views.save(c, "users", View("n", "", s, False, True, "")),
    lambda c, s: views.save(c, s, View("n", "", "", False, True, "")),
    lambda c, s: preferences.put(c, s, "{}"),
    lambda c, s: preferences.put(c, "k", s),
    preferences.get,
    lambda c, s: home.set_profile(c, s, s, s, s),
    lambda c, s: settings.put(c, s, s),
    lambda c, s: identity.change_password(c, Secret(s), Secret(s)),
    lambda c, s: requests.create(c, AskForMore(Kind.INFERENCE, 1, s)),
    requests.count,
    lambda c, s: requests.window(c, Ask(1, s, Sort("at")), None, "pending"),
    lambda c, s: requests_decide.approve(c, Approve((1,), note=s)),
    lambda c, s: requests_decide.deny(c, Deny((2,), s, s)),
    lambda c, s: requests_fitting.approve_fitting(c, None, s),
    lambda c, s: purchase_requests.ask(c, AskOperator(1, 1, Month(30_000), s)),
]
TAKES_NUMBERS: list[Callable[[Context, int], object]] = [
    lambda c, n: users.show(c, user_id=n),
    users.summary,
    lambda c, n: users.count(c, "", n),
    lambda c, n: users.window(c, Ask(1, "", Sort("email")), n),
    lambda c, n: users.window(c, Ask(1, "", Sort("email"), Around(n), 50)),
    lambda c, n: users.window(c, Ask(1, "", Sort("email"), At(n), 50)),
    lambda c, n: users.window(c, Ask(1, "", Sort("email"), Start(), n)),
    identities.list_identities,
    lambda c, n: requests.create(c, AskForMore(Kind.EMBEDDING, n, "x")),
    requests.withdraw,
    requests.show,
    requests.totals,
    lambda c, n: requests.named(c, (n,)),
    lambda c, n: requests.window(c, Ask(1, "", Sort("at"), Around(n), 50)),
    lambda c, n: requests.window(c, Ask(1, "", Sort("at")), n),
    lambda c, n: requests_decide.approve(c, Approve((n,), n, Lasts.UNTIL, Micros(n))),
    lambda c, n: requests_decide.approve(c, Approve((1,), n)),
    lambda c, n: requests_decide.deny(c, Deny((n, n + 1))),
    lambda c, n: auto_approval.put(c, SetRule(None, True, n, n)),
    lambda c, n: auto_approval.would_be(c, n, Kind.INFERENCE),
    lambda c, n: purchase_requests.ask(c, AskOperator(n, n, Month(n), "x")),
]


@pytest.fixture
def console(everywhere: World) -> Context:
    everywhere.organization("Acme", 1_000_000)
    everywhere.person(ADMIN, 1, Role.ADMIN)
    return everywhere.admin(ADMIN)


def test_every_answer_is_one_of_our_errors_or_none(console: Context) -> None:
    refusals: list[SageError] = []
    for take, values in ((TAKES_TEXT, TEXTS), (TAKES_NUMBERS, NUMBERS)):
        for call in take:
            for value in values:
                try:
                    call(console, value)  # type: ignore[operator, arg-type]
                except SageError as error:
                    refusals.append(error)
    assert len(refusals) > len(TAKES_TEXT)
    shown = "".join(error.message + error.hint for error in refusals)
    assert not any(0xD800 <= ord(ch) <= 0xDFFF for ch in clean(shown, limit=len(shown)))


def test_at_the_door_they_are_told_like_any_stranger(everywhere: World) -> None:
    everywhere.person(ADMIN, 0)
    told = set()
    for text in TEXTS:
        for email, password in ((text, "x" * 20), (ADMIN, text), (text, text)):
            everywhere.clock.move(hours=1)
            with pytest.raises(SignInFailed) as caught:
                identity.sign_in(everywhere.nobody, email, Secret(password))
            told.add((caught.value.message, caught.value.hint, caught.value.exit_code))
    assert len(told) == 1
