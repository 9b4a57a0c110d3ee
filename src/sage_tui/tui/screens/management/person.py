"""One person's page: profile, balances, why the limits are what they are, usage, sign-ins, acts about them."""

from collections.abc import Callable

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions
from sage_tui.domain.activity import AuditRow
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.units import Kind
from sage_tui.domain.users import SIGNS, Person
from sage_tui.domain.why import Why
from sage_tui.tui import home_words, times
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack, OpenPage
from sage_tui.tui.numbers import sparkline, tokens
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting, batches, bulk, exceptions, explain, person_acts
from sage_tui.tui.screens.management.explain import why
from sage_tui.tui.text import Line, content, lines_of

SIGN_INS = 5
ENTRIES = 8


def profile(person: Person, zone: str) -> list[Line]:
    """Who it is, in four lines."""
    user = person.user
    kind = f"{user.type.value}{', read-only' if person.read_only else ''}"
    yes = {True: "yes", False: "no"}
    last = times.minute(user.last_sign_in_at, zone) if user.last_sign_in_at else "never"
    belongs = f"{user.organization or 'No organization'} · {user.department or 'no department'}"
    flags = f"paid {yes[user.paid]} · banned {yes[user.banned]} · verified {yes[user.verified]}"
    return [
        ((user.email, "bold"), f"   {user.name}   {SIGNS[user.state]} {user.state.value}"),
        (f"{belongs} · {kind} · plan {user.plan or '–'}",),
        (f"{flags} · MFA {yes[user.mfa]}{_codes(person)} · CAC {yes[user.cac]}",),
        (f"number {user.id} · gateway id {person.gateway_id or '–'} · payer {person.payer or 'themselves'}",),
        (f"created {times.minute(user.created_at, zone)} · last sign-in {last}",),
    ]


def _codes(person: Person) -> str:
    return f" ({person.recovery_codes_left} recovery codes)" if person.user.mfa else ""


def balances(person: Person, short: bool = False) -> list[Line]:
    """Both kinds: this month, the month before, since creation."""
    lines: list[Line] = [((f"{'':<12}{'This month':>13}{'Maximum':>15}{'Remaining':>15}{'Month before':>15}", "bold"),)]
    for name, of in (("Inference", person.user.inference), ("Embedding", person.user.embedding)):
        numbers = f"{tokens(of.used, short):>13}{tokens(of.allocation, short):>15}"
        lines.append((f"{name:<12}{numbers}{tokens(of.remaining, short):>15}{tokens(of.previous, short):>15}",))
    return lines


def usage(person: Person) -> list[Line]:
    """30 days as a line of bars."""
    top = max(person.days, default=0)
    head: Line = (("Last 30 days", "bold"), f"   {sum(person.days):,} charged, {top:,} on the busiest day")
    return [head, (f"  {sparkline(person.days)}",)]


def entries(rows: tuple[AuditRow, ...], zone: str) -> list[Line]:
    """Acts about the person, newest first."""
    if not rows:
        return [(("Acts about them", "bold"), "   none")]
    lines: list[Line] = [(("Acts about them", "bold"),)]
    for row in rows[:ENTRIES]:
        reason = f': "{row.reason}"' if row.reason else ""
        refused = " (refused)" if row.outcome != "done" else ""
        lines.append((f"  {times.minute(row.at, zone)}  {row.action}{refused}, by {row.actor}{reason}",))
    return lines


class PersonPage(Page):
    """The page. It is made anew for each person and thrown away when left."""

    TITLE = "Person"
    BINDINGS = [
        bind("actions"),
        bind("undo"),
        bind("batches", show=False),
        bind("refresh"),
        bind("back"),
        bind("up", "scroll_up", show=False),
        bind("down", "scroll_down", show=False),
    ]

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id

        self._person: Person | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="person"):
            for part in ("profile", "balances", "why", "economy", "usage", "sign-ins", "entries"):
                yield Static(id=f"person-{part}", classes="part")

    def on_mount(self) -> None:
        self.query_one("#person-economy").display = False
        self.ask_all()

    def take_focus(self) -> None:
        self.query_one("#person").focus(scroll_visible=False)

    def ask_all(self) -> None:
        self._load()

    def action_back(self) -> None:
        self.post_message(GoBack())

    def action_scroll_up(self) -> None:
        self.query_one("#person", VerticalScroll).scroll_up(animate=False)

    def action_scroll_down(self) -> None:
        self.query_one("#person", VerticalScroll).scroll_down(animate=False)

    @work(group="person", exclusive=True)
    async def _load(self) -> None:
        services = self.console.services
        got = await self.ask(lambda: services.users.show(self.user_id))
        if got is None:
            self._unread()
            return
        self._show(got.value)
        await self._exceptions(got.value.user.email)
        acts = await self.ask(lambda: services.audit.about(self.user_id))
        if acts:
            self._part("entries", entries(acts.value, self.here.session.time_zone))

    async def _exceptions(self, email: str) -> None:
        """Their exception and their raises, and what would raise their limits next; nothing where there is none."""
        services, now = self.console.services, to_datetime(self.console.clock.now())
        held = await self.ask(lambda: services.overrides.get(email))
        raises = await self.ask(lambda: services.raises.list_raises(None, email))
        found = await self.ask(lambda: services.why.why(email))
        if held and raises and found:
            zone = self.here.session.time_zone
            lines = explain.economy(held.value, raises.value, now, zone)
            self._part("economy", lines)
            self.query_one("#person-economy").display = bool(lines)
            self._why(found.value)

    def _why(self, found: Why | None = None) -> None:
        """Each limit's steps, and what would raise it next."""
        person, now = self._person, to_datetime(self.console.clock.now())
        if person is not None:
            kinds = [Kind.INFERENCE, *([Kind.EMBEDDING] if person.user.embedding.allocation else [])]
            zone, limits = self.here.session.time_zone, found.limits if found else {}
            self._part("why", [row for kind in kinds for row in why(person, kind, now, zone, limits.get(kind))])

    def _show(self, person: Person) -> None:
        self._person = person
        zone = self.here.session.time_zone
        now = to_datetime(self.console.clock.now())
        self._part("profile", profile(person, zone))
        self._part("balances", balances(person))
        self._why()
        self._part("usage", usage(person))
        signed: list[Line] = [(("Sign-ins", "bold"), "" if person.sign_ins else "   none")]
        signed += [home_words.sign_in(entry, now, zone) for entry in person.sign_ins[:SIGN_INS]]
        self._part("sign-ins", signed)

    def _unread(self) -> None:
        """What is shown stays; a page that shows nothing yet says so."""
        if not self.query_one("#person-profile", Static).content:
            self._part("profile", [("This person could not be read. r tries again.",)])

    def _part(self, part: str, rows: list[Line]) -> None:
        self.query_one(f"#person-{part}", Static).update(lines_of(rows))

    # Acts ---------------------------------------------------------------------------------------------------------

    def why_not(self, action: str) -> str | None:
        """Why a key changes nothing here; the footer greys it."""
        verbs = {"actions": Verb.USERS_SET, "undo": Verb.UNDO}
        return permissions.why_not(self.here.actor, verbs[action]) if action in verbs else None

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        await batches.undo_mine(self)

    def action_batches(self) -> None:
        self.post_message(OpenPage("batches"))

    @work(group="dialog", exclusive=True)
    async def action_actions(self) -> None:
        refused, person = self.why_not("actions"), self._person
        if refused or person is None:
            self.say(content(refused or "Nobody is shown yet."))
            return
        wish = await self.app.push_screen_wait(Chooser(f"For {person.user.email}", bulk.for_person(self.here)))
        if wish is not None:
            await self._done(wish, person)

    def acts(self) -> list[Choice[Callable[[], object]]]:
        if self._person is None:
            return []
        return bulk.told(bulk.for_person(self.here), self._person.user.email, self._carry_out)

    @work(group="dialog", exclusive=True)
    async def _carry_out(self, wish: bulk.Wish) -> None:
        if self._person is not None:
            await self._done(wish, self._person)

    async def _done(self, wish: bulk.Wish, person: Person) -> None:
        email = person.user.email
        if wish.name in ("unlock", "password", "mfa", "cac"):
            await person_acts.help_back(self, wish.name, email)
            return
        if wish.name in ("exception", "raise"):
            done = exceptions.make if wish.name == "exception" else exceptions.raise_until
            if await done(self, email):
                self.ask_all()
            return
        act = await person_acts.completed(self, wish, person.user)
        if act is not None:
            about = person.user.organization_id if self.here.operator else None
            command = Bulk(act, Selection(numbers=(self.user_id,)), about)
            await acting.act(self, command, f"{wish.name[:1].upper()}{wish.name[1:]}: {email}")
