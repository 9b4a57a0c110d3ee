"""A small organization in memory behind the console's verbs: no database, no hashing, the rules that screens show.

What services really decide is tested with services; here stands what a screen must be able to meet.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sage_tui.clock import FixedClock, to_datetime, to_micros
from sage_tui.domain import queries_match, totp
from sage_tui.domain.activity import ActivityRow, AuditChange, AuditRow, Today, TodayItem
from sage_tui.domain.errors import (
    AdminModeNeeded,
    CodeRefused,
    FieldError,
    NotFound,
    SessionOver,
    SignInFailed,
    StoreUnavailable,
)
from sage_tui.domain.paging import After, Around, Ask, At, Before, Count, End, Key, Start, Window
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.requests import MyRequests, Status, Totals
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import DemoAccount, Door, Enrolment, Home, RecoveryCodes, Session
from sage_tui.domain.units import Kind, Role
from sage_tui.domain.users import (
    Balance,
    HistoryStep,
    Identity,
    Organization,
    Person,
    PoolStatus,
    SignIn,
    Summary,
    UserRow,
    View,
)  # fmt: skip
from sage_tui.tui.door import Services
from tests.tui.fake_economy import LASTS, Economy, Sums

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
CODE, RECOVERY = "123456", "ABCD-EFGH-IJKL-MNOP-QRST-UVWX"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(id: int, email: str, used: int = 0, allocation: int | None = 1_000_000, **more: Any) -> UserRow:
    """A member; what is not said is ordinary."""
    name = email.split("@")[0]
    first, _, last = name.partition(".")
    embedding = Balance(100_000, 4_000, 0, 9_000)
    row = UserRow(
        id=id, email=email, first_name=first.capitalize(), last_name=last.capitalize() or "Tester",
        organization_id=1, organization="Acme Corp", department="Research" if id % 2 else "Sales", company="Acme",
        type=Role.USER, plan="team", paid=True, banned=False, stopped=False, verified=True, mfa=bool(id % 3), cac=False,
        inference=Balance(allocation, used, used // 2, used * 3), embedding=embedding,
        last_sign_in_at=NOW - timedelta(hours=id), created_at=NOW - timedelta(days=300 + id),
    )  # fmt: skip
    return replace(row, **more)


def people(number: int = 60) -> list[UserRow]:
    """The first few are worth seeing, the others are many."""
    first = [
        person(1, "ada@acme.example", 1_365_000, 1_500_000, type=Role.ADMIN, mfa=True),
        person(2, "maria.oconnor@acme.example", 2_040_000, 2_000_000),
        person(3, "李伟@acme.example", 450_000, 500_000, first_name="伟", last_name="李"),
        person(4, "tom@acme.example", 700_000, 750_000, stopped=True),
        person(5, "old@acme.example", 10, 500_000, banned=True),
        person(6, "eve@acme.example", 0, None),
        person(7, "lin@acme.example", 0, 500_000, paid=False),
        person(8, "noor@acme.example", 0, 500_000, embedding=Balance(0, 0, 0, 0)),
    ]
    return first + [person(n, f"user{n:03}@acme.example", n * 1_000, 1_000_000) for n in range(9, number + 1)]


def _value(row: UserRow, column: str) -> Any:
    if "_" in column and column.split("_")[0] in ("inference", "embedding"):
        kind, _, what = column.partition("_")
        return getattr(getattr(row, kind), what)
    return {"share": row.inference.share, "state": row.state.value, "name": row.last_name}.get(
        column, getattr(row, column, "")
    )


@dataclass
class World:
    """One organization, its administrator, a clock. Tests change it and look at screens."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(to_micros(NOW)))
    users: list[UserRow] = field(default_factory=people)
    role: Role = Role.ADMIN
    email: str = "ada@acme.example"
    mfa_enrolled: bool = True
    must_change: bool = False
    read_only: bool = False
    demo: bool = False
    recovery_left: int = 8
    tries: int = 5
    admin_until: datetime | None = None
    idle_minutes: int = 15
    over: str = ""
    signed_in: bool = False
    identities: list[Identity] = field(default_factory=list)
    activity: list[ActivityRow] = field(default_factory=list)
    audit: list[AuditRow] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    views: list[View] = field(default_factory=list)
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    today_items: list[TodayItem] = field(default_factory=list)
    home_row: int = 0
    demo_code: str = CODE
    seen_before: datetime = NOW - timedelta(days=7)
    down: bool = False
    """Nothing can be read: another program holds the database."""

    def services(self) -> Services:
        """The verbs over this world."""
        verbs: dict[str, Any] = {
            "identity": _Identity(self), "mfa": _Mfa(self), "enrolment": _Enrolment(self),
            "home": _Home(self), "users": _Users(self), "what_if": SimpleNamespace(at_a_glance=lambda *_: None),
            "views": _Views(self), "preferences": _Preferences(self), "identities": _Identities(self),
            "activity": _Rows(self, "activity"), "audit": _Audit(self), "today": _Today(self),
            "organizations": _Organizations(self), "plans": _Nothing(self), "batches": _Nothing(self),
            "plan_exports": _Nothing(self), "ways_back": _Nothing(self), "users_add": _Nothing(self),
            "exports": _Nothing(self), "exporting": _Nothing(self), "invite": _Nothing(self),
            "drafts": _Nothing(self), "requests": _Requests(self), "requests_decide": _Nothing(self),
            "requests_fitting": _Nothing(self), "auto_approval": _Nothing(self), "purchase_requests": _Nothing(self),
            "outlook": Economy(), "policies": _NoPolicies(self), "rebalancing": _Nothing(self),
            "statistics": Sums(), "settings": _Nothing(self), "forecasts": SimpleNamespace(of_members=lambda *_: {}),
            "overrides": Economy(), "raises": Economy(), "why": Economy(),
        }  # fmt: skip
        return Services(connection=cast(Any, SimpleNamespace(proof=None, interrupt=lambda: None)), **verbs)

    @property
    def now(self) -> datetime:
        return to_datetime(self.clock.now())

    def session(self, notice: str = "") -> Session:
        operator = self.role is Role.SUPER_ADMIN
        return Session(
            token=Secret("token"), user_id=1, email=self.email, name="Ada Lovelace", role=self.role,
            organization_id=0 if operator else 1, organization=None if operator else "Acme Corp",
            read_only=self.read_only, must_change_password=self.must_change, mfa_enrolled=self.mfa_enrolled,
            admin_until=self.admin_until, expires_at=NOW + timedelta(hours=8), time_zone="", notice=notice,
        )  # fmt: skip

    def check(self, admin: bool = False) -> None:
        """What every verb asks first."""
        if self.over:
            raise SessionOver(self.over)
        if self.down:
            raise StoreUnavailable(
                "The database is locked by another program (waited 5 s).", "sage-tui doctor says who."
            )
        if admin and (self.admin_until is None or self.admin_until <= self.now):
            raise AdminModeNeeded("Admin mode is over.")


@dataclass
class _Verbs:
    world: World

    def note(self, verb: str, *args: object) -> None:
        self.world.asked.append((verb, args))


class _Identity(_Verbs):
    def door(self) -> Door:
        if not self.world.demo:
            return Door((), "", "")
        accounts = (
            DemoAccount("root@sage.example", "platform operator"),
            DemoAccount("admin@acme.example", "administrator of Acme Corp"),
            DemoAccount("member@acme.example", "member of Acme Corp, no second factor"),
            DemoAccount("new-admin@acme.example", "administrator who has yet to enrol"),
        )
        return Door(accounts, PASSWORD, "This demo is of October 2026: `make demo-reset` makes a fresh one.")

    def sign_in(self, email: str, password: Secret) -> Session:
        self.note("sign_in", email)
        if password.reveal() != PASSWORD:
            raise SignInFailed
        self.world.signed_in = True
        return self.world.session()

    def change_password(self, old: Secret, new: Secret) -> Session:
        if len(new.reveal()) < 15:
            raise FieldError("password", "has fewer than 15 characters")
        self.world.must_change = False
        return self.world.session()

    def session(self) -> Session:
        self.world.check()
        return self.world.session()

    def touch(self) -> Session:
        self.note("touch")
        self.world.check()
        if self.world.admin_until is not None:
            self.world.admin_until = self.world.now + timedelta(minutes=self.world.idle_minutes)
        return self.world.session()

    def sign_out(self) -> None:
        self.note("sign_out")
        self.world.signed_in = False
        self.world.admin_until = None

    def lock(self) -> Session:
        self.world.admin_until = None
        return self.world.session()


class _Mfa(_Verbs):
    def _prove(self, code: str) -> str:
        world = self.world
        if code.replace(" ", "") == CODE:
            world.tries = 5
            return ""
        if code.upper() == RECOVERY:
            world.recovery_left -= 1
            return "A recovery code was used. A fresh one was made: see Recovery codes on the member home."
        if totp.normalise(code) is None and totp.normalise_recovery(code) is None:
            raise CodeRefused("Six digits, please (or a recovery code of 24 letters and digits).")
        world.tries -= 1
        if world.tries <= 0:
            raise CodeRefused("Too many wrong codes: wait 15 minutes.", tries_left=0)
        raise CodeRefused(f"That code was not right. {world.tries} tries left, then a pause of 15 minutes.")

    def enter_admin(self, code: str) -> Session:
        notice = self._prove(code)
        self.world.admin_until = self.world.now + timedelta(minutes=self.world.idle_minutes)
        return self.world.session(notice)

    def demo_code(self, email: str = "") -> str | None:
        return self.world.demo_code if self.world.demo else None


class _Enrolment(_Mfa):
    def begin(self) -> Enrolment:
        secret = Secret(SECRET)
        url = totp.url(secret, self.world.email)
        return Enrolment(secret, url, NOW + timedelta(minutes=10), needs_old_code=self.world.mfa_enrolled)

    def demo_code(self) -> str | None:  # type: ignore[override]
        return "654321" if self.world.demo else None

    def confirm(self, code: str, old_code: str = "") -> RecoveryCodes:
        self.note("confirm", code, old_code)
        if code != "654321":
            raise CodeRefused("That code was not right. Look at the app again.")
        self.world.mfa_enrolled = True
        self.world.recovery_left = 10
        return RecoveryCodes(tuple(Secret(f"AAAA-BBBB-CCCC-DDDD-EEEE-{n:04}") for n in range(10)))

    def renew_recovery_codes(self, code: str) -> RecoveryCodes:
        self._prove(code)
        self.world.recovery_left = 10
        return RecoveryCodes(tuple(Secret(f"ZZZZ-BBBB-CCCC-DDDD-EEEE-{n:04}") for n in range(10)))


class _Home(_Verbs):
    def home(self) -> Home:
        self.world.check()
        row = self.world.users[self.world.home_row]
        return Home(
            email=self.world.email, name=row.name, first_name=row.first_name, last_name=row.last_name,
            company=row.company, organization=None if self.world.role is Role.SUPER_ADMIN else "Acme Corp",
            type=self.world.role, inference=row.inference, embedding=row.embedding, paid=row.paid,
            stopped=row.stopped, resets_at=datetime(2026, 12, 1, tzinfo=UTC), days_left=8,
            days=tuple(range(0, 60_000, 2_000)), mfa_enrolled=self.world.mfa_enrolled,
            recovery_codes_left=self.world.recovery_left,
            sign_ins=(
                SignIn(NOW - timedelta(minutes=1), "terminal uid 1000 10.0.0.7", "in"),
                SignIn(NOW - timedelta(days=1), "terminal uid 1000", "failed"),
            ),
            time_zone="Europe/Vienna" if self.world.kept.get("zone") else "", lasts={Kind.INFERENCE: LASTS},
        )  # fmt: skip

    def set_profile(self, first_name: str, last_name: str, company: str, time_zone: str) -> Home:
        if time_zone not in ("", "Europe/Vienna"):
            raise FieldError("time_zone", "Mars is not a time zone", "Such as Europe/Vienna, or nothing for UTC.")
        row = self.world.users[0]
        self.world.users[0] = replace(row, first_name=first_name, last_name=last_name, company=company)
        return self.home()


def window(rows: list[Any], ask: Ask, key: Any) -> Window[Any]:
    """Rows in order as a window: keys are (position, id), enough for a list."""
    ids = [key(row) for row in rows]
    match ask.place:
        case Start():
            first = 0
        case End():
            first = max(len(rows) - ask.count, 0)
        case After(place):
            first = ids.index(place[-1]) + 1
        case Before(place):
            first = max(ids.index(place[-1]) - ask.count, 0)
        case Around(id):
            first = max((ids.index(id) if id in ids else 0) - ask.count // 2, 0)
        case At(offset):
            first = offset
    found = rows[first : first + ask.count]
    keys: tuple[Key, ...] = tuple((ids[first + n],) for n in range(len(found)))
    return Window(tuple(found), keys, first > 0, first + len(found) < len(rows), first)


class _Users(_Verbs):
    def _matching(self, query: str) -> list[UserRow]:
        self.world.check(admin=True)
        parsed = parse(query, USERS)
        today = int(to_micros(NOW) // 86_400_000_000)
        return [row for row in self.world.users if queries_match.matches(parsed, row, today)]

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[UserRow]:
        self.note("users", ask, organization_id)
        rows = self._matching(ask.query)

        def order(row: UserRow) -> tuple[bool, Any, int]:
            value = _value(row, ask.sort.column)
            return value is not None, value if value is not None else 0, row.id

        return window(sorted(rows, key=order, reverse=ask.sort.descending), ask, lambda row: row.id)

    def count(self, query: str, organization_id: int | None = None) -> Count:
        return Count(len(self._matching(query)))

    def summary(self, organization_id: int | None = None) -> Summary:
        self.world.check(admin=True)
        return Summary(
            len(self.world.users),
            PoolStatus(Kind.INFERENCE, 400_000_000, 312_400_000, 201_700_000),
            PoolStatus(Kind.EMBEDDING, 80_000_000, 40_000_000, 3_100_000),
            len(self.world.identities), sum(i.charge for i in self.world.identities),
        )  # fmt: skip

    def show(self, user_id: int | None = None, email: str = "") -> Person:
        self.world.check(admin=True)
        row = next(row for row in self.world.users if row.id == user_id)
        steps = (
            HistoryStep(NOW - timedelta(days=320), Kind.INFERENCE, None, 500_000, "floor", "system", "", None),
            HistoryStep(NOW - timedelta(days=40), Kind.INFERENCE, 500_000, 1_500_000, "set", "grace@acme.example",
                        'for the "board" [red]demo[/]', 102),
        )  # fmt: skip
        return Person(
            row, "gw-" + str(row.id), None, False, steps, tuple(range(30)),
            (SignIn(NOW - timedelta(hours=4), "terminal uid 1000", "in"),), 8,
        )  # fmt: skip


class _Views(_Verbs):
    def list_views(self, page: str) -> tuple[View, ...]:
        return tuple(self.world.views)

    def save(self, page: str, view: View) -> None:
        self.world.views = [v for v in self.world.views if v.name != view.name] + [view]

    def delete(self, page: str, name: str) -> None:
        self.world.views = [v for v in self.world.views if v.name != name]


class _Preferences(_Verbs):
    def get(self, key: str) -> str | None:
        return self.world.kept.get(key)

    def put(self, key: str, json_text: str) -> None:
        self.world.kept[key] = json_text


class _Identities(_Verbs):
    def list_identities(self, organization_id: int | None = None) -> tuple[Identity, ...]:
        self.world.check(admin=True)
        return tuple(self.world.identities)

    def assign(self, identity: str, email: str, source: str = "", organization_id: int | None = None) -> object:
        if not any(row.email == email for row in self.world.users):
            raise FieldError("email", "nobody has this e-mail", "See User Management.")
        self.note("assign", identity, email, source)
        self.world.identities = [i for i in self.world.identities if (i.identity, i.source) != (identity, source)]
        return SimpleNamespace(events=3, charge=1_200)


@dataclass
class _Rows(_Verbs):
    what: str = "activity"

    def _rows(self, query: str) -> list[Any]:
        self.world.check(admin=True)
        rows = list(getattr(self.world, self.what))
        return [row for row in rows if query.split(":")[-1] in repr(row)]

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[Any]:
        self.note(self.what, ask, organization_id)
        rows = sorted(self._rows(ask.query), key=lambda row: row.at, reverse=ask.sort.descending)
        return window(rows, ask, lambda row: row.id if self.what == "activity" else row.seq)

    def count(self, query: str, organization_id: int | None = None) -> Count:
        return Count(len(self._rows(query)))


class _Audit(_Rows):
    def __init__(self, world: World) -> None:
        super().__init__(world, "audit")

    def about(self, user_id: int) -> tuple[AuditRow, ...]:
        return tuple(self.world.audit[:3])


class _Today(_Verbs):
    def today(self, organization_id: int | None = None) -> Today:
        self.world.check(admin=True)
        return Today(
            tuple(self.world.today_items), ("The pool lasts beyond the month.",), NOW - timedelta(seconds=40),
            NOW - timedelta(hours=10), 4, self.world.seen_before,
        )  # fmt: skip


class _Requests(_Verbs):
    """Nobody asked for anything: requests are tested over a real store (tests/tui/test_requests.py)."""

    def mine(self, count: int = 10) -> MyRequests:
        return MyRequests((), {})

    def totals(self, organization_id: int | None = None) -> Totals:
        return Totals(dict.fromkeys(Status, 0), {})


class _NoPolicies(_Verbs):
    """Nobody made a version."""

    def mine(self, organization_id: int | None = None, since: object = None) -> None:
        return None


class _Nothing(_Verbs):
    """Nothing is staged, nothing was done: editing is tested over a real store (tests/tui/test_editing.py)."""

    def list_drafts(self) -> tuple[object, ...]:
        return ()

    def list_batches(self, organization_id: int | None = None, **_: object) -> tuple[object, ...]:
        return ()

    def mine(self, organization_id: int | None = None) -> tuple[None, int]:
        return None, 0

    def show(self, batch: int) -> object:
        raise NotFound(f"There is no batch {batch}.")

    def rows(self, *_: object) -> object:
        return (), 0

    def keep(self, edits: object, organization_id: int | None = None, before: object = None) -> None:
        self.note("draft", edits)


class _Organizations(_Verbs):
    def list_organizations(self) -> tuple[Organization, ...]:
        pool = PoolStatus(Kind.INFERENCE, 400_000_000, 312_400_000, 201_700_000)
        names = ("Acme Corp", "Globex [b]Inc[/b]", "Initech")
        return tuple(Organization(n, name, 10 * n, "UTC", pool, pool) for n, name in enumerate(names, 1))


def interaction(n: int, **more: Any) -> ActivityRow:
    """The n-th interaction, a minute apart, newest first."""
    row = ActivityRow(
        id=f"0193-{n:06}", at=NOW - timedelta(minutes=n), email="ada@acme.example", user_id=1, organization="Acme Corp",
        model="gpt-large", kind=Kind.INFERENCE, prompt_tokens=1_000 + n, cached_tokens=100, completion_tokens=50,
        charge=1_050 + n, status="success", latency_ms=420, source="litellm",
    )  # fmt: skip
    return replace(row, **more)


def act(n: int, **more: Any) -> AuditRow:
    """The n-th administrative act, an hour apart, newest first."""
    row = AuditRow(
        chain="organization 1", seq=1_000 - n, at=NOW - timedelta(hours=n), actor="grace@acme.example", on_behalf_of="",
        origin="terminal", action="users add", target="tom@acme.example", organization="Acme Corp", batch=200 + n,
        rows=1, reason="quarter", outcome="done",
        changes=(AuditChange("department", "Sales", "Research"), AuditChange("email", None, "tom@acme.example")),
    )  # fmt: skip
    return replace(row, **more)
