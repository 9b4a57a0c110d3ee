"""`i`: people's exceptions to the policy and raises with an end: looked at, made, changed, ended. Run in workers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain import amounts, months, overrides, permissions
from sage_tui.domain.errors import SageError
from sage_tui.domain.overrides import FLAG_WORDS, FLAGS, GrantRaise, Override, SetOverride
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plans import Done
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.tui import times
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import distribution_words as words
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

if TYPE_CHECKING:
    from sage_tui.clock import Clock

EMPTY = "Nobody has an exception. A person's own is made on their page, or here."


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen of the list."""

    what: str
    email: str = ""


async def look(page: Page) -> bool:
    """The list of exceptions and raises; one is changed or ended, or another made. Was anything? Runs in a worker."""
    about, services = page.here.asks_about, page.console.services
    held = await page.ask(lambda: services.overrides.list_overrides(about))
    raises = await page.ask(lambda: services.raises.list_raises(about))
    if held is None or raises is None:
        return False
    now, zone = to_datetime(page.console.clock.now()), page.here.session.time_zone
    refused = permissions.why_not(page.here.actor, Verb.OVERRIDES_SET)
    choices = [
        Choice(Wish("set", row.email), clean(row.email, limit=60), words.exception(row, now, zone))
        for row in held.value
    ]
    choices += [
        Choice(Wish("raise", row.email), clean(row.email, limit=60), words.raised(row, now, zone))
        for row in raises.value
    ]
    choices.append(Choice(Wish("set"), "Make an exception …", "own floor or ceiling, pinned, exempt", refused))
    choices.append(Choice(Wish("raise"), "Raise a limit until a date …", "it falls back by itself", refused))
    wish = await page.app.push_screen_wait(Chooser("Exceptions and raises", choices, empty=EMPTY))
    if wish is None:
        return False
    return await (make(page, wish.email) if wish.what == "set" else raise_until(page, wish.email))


async def make(page: Page, email: str = "") -> bool:
    """Make or change a person's exception. Was it?"""
    held: Override | None = None
    if email:
        got = await page.ask(lambda: page.console.services.overrides.get(email))
        if got is None:
            return False
        held = got.value
    refused = permissions.why_not(page.here.actor, Verb.OVERRIDES_SET)
    done = await page.app.push_screen_wait(ExceptionForm(email, held, refused))
    return _told(page, done)


async def raise_until(page: Page, email: str = "") -> bool:
    """Raise somebody's limit until a date. Was it?"""
    refused = permissions.why_not(page.here.actor, Verb.RAISE)
    done = await page.app.push_screen_wait(RaiseForm(email, refused))
    return _told(page, done)


def _told(page: Page, done: Done | None) -> bool:
    if done is None:
        return False
    page.console.changes += 1
    page.say(content(f"Saved as batch {done.batch} · u undoes it"))
    return True


class PersonForm(Dialog[Done]):
    """A form about one person, by their e-mail. Returns what was done."""

    def __init__(self, email: str, refused: str | None, call: Callable[[], Callable[[], Done]]) -> None:
        """`call` gives what saving does, from what was typed; raises WrongUse."""
        super().__init__()
        self._email = email
        self._why_not = refused
        self._call = call

    def person(self) -> ComposeResult:
        """The field of whose it is; known already, it is not asked."""
        with Horizontal(classes="row"):
            yield Static(Content("Person, by e-mail"), classes="label")
            if self._email:
                yield Static(content(self._email))
            else:
                yield Field(id="email", limit=254)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Save", id="save")

    @property
    def email(self) -> str:
        """Whose it is."""
        return self._email or self.query_one("#email", Field).value.strip()

    def text(self, id: str) -> str:
        """What was typed into a field."""
        return self.query_one(f"#{id}", Field).value.strip()

    def tokens(self, id: str) -> int | None:
        """Tokens that were typed; nothing is None. Raises WrongUse."""
        return amounts.tokens(self.text(id).replace(",", "")) if self.text(id) else None

    def until(self, clock: "Clock") -> int | None:
        """An end that was typed, in microseconds; nothing is None. Raises WrongUse."""
        return months.parse_end(self.text("until"), clock.now()) if self.text("until") else None

    @on(Field.Submitted)
    @on(Press.Pressed, "#save")
    def _entered(self) -> None:
        if self._why_not:
            self.complain(content(self._why_not))
            return
        try:
            call = self._call()
        except SageError as error:
            self.complain(content(f"{error.message}. {error.hint}".replace("..", ".")))
            return
        self.put(call)

    @work(group="put", exclusive=True)
    async def put(self, call: Callable[[], Done]) -> None:
        """Do it; a refusal is said here."""
        got = await answer(self, call)
        if got:
            self.dismiss(got.value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


class ExceptionForm(PersonForm):
    """A person's exception: own floors and ceilings, three flags, an end, a note."""

    HEADING = "Exception to the policy"
    AUTO_FOCUS = "Field"

    def __init__(self, email: str, held: Override | None, refused: str | None) -> None:
        super().__init__(email, refused, self._saves)
        self._held = held
        self._flags = {name: bool(getattr(held, name, False)) for name in FLAGS}

    def body(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield from self.person()
            for name in overrides.AMOUNTS:
                value = getattr(self._held, name, None)
                with Horizontal(classes="row"):
                    yield Static(content(f"Own {name.replace('_', ' ')}"), classes="label")
                    yield Field(overrides.shown(name, value), placeholder=self._hint(name), id=name, limit=30)
            with Horizontal(classes="row"):
                yield Static(Content("Until (nothing is for good)"), classes="label")
                yield Field(self._until(), id="until", limit=30)
            with Horizontal(classes="row"):
                yield Static(Content("Note"), classes="label")
                yield Field(self._held.note if self._held else "", id="note", limit=500)
            for name in FLAGS:
                yield Press(self._flag(name), id=name)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            if self._held is not None:
                yield Press("End it", id="clear")
            yield Press("Cancel", id="cancel")
            yield Press("Save", id="save")

    def _hint(self, name: str) -> str:
        return "the policy's, or unlimited" if name.endswith("ceiling") else "the policy's"

    def _own(self, name: str) -> int | None:
        """An own amount that was typed; nothing is the policy's. Raises WrongUse."""
        return overrides.typed(name, self.text(name)) if self.text(name) else None

    def _until(self) -> str:
        until = self._held.until if self._held else None
        return "" if until is None else times.minute(to_datetime(until), "UTC")

    def _flag(self, name: str) -> str:
        return f"{FLAG_WORDS[name].capitalize()}: {'yes' if self._flags[name] else 'no'}"

    @on(Press.Pressed)
    def _turn(self, event: Press.Pressed) -> None:
        name = event.button.id or ""
        if name in self._flags:
            self._flags[name] = not self._flags[name]
            event.button.call(self._flag(name))

    def _saves(self) -> Callable[[], Done]:
        command = SetOverride(
            self.email,
            inference_floor=self._own("inference_floor"),
            inference_ceiling=self._own("inference_ceiling"),
            embedding_floor=self._own("embedding_floor"),
            embedding_ceiling=self._own("embedding_ceiling"),
            **self._flags,
            until=self.until(self.console.clock),
            note=self.text("note"),
            dropped=tuple(name for name in (*overrides.AMOUNTS, "until") if not self.text(name)),
        )
        return lambda: self.console.services.overrides.put(command)

    @on(Press.Pressed, "#clear")
    def _clear(self) -> None:
        email = self.email
        self.put(lambda: self.console.services.overrides.clear(email))


class RaiseForm(PersonForm):
    """A raise with an end."""

    HEADING = "Raise a limit until a date"
    AUTO_FOCUS = "Field"

    def __init__(self, email: str, refused: str | None) -> None:
        super().__init__(email, refused, self._saves)
        self._kind = Kind.INFERENCE

    def body(self) -> ComposeResult:
        yield from self.person()
        with Horizontal(classes="row"):
            yield Static(Content("So many tokens more"), classes="label")
            yield Field(placeholder="500K", id="amount", limit=20)
        with Horizontal(classes="row"):
            yield Static(Content("Until, such as 2026-12-24"), classes="label")
            yield Field(id="until", limit=30)
        yield Press(self._of(), id="kind")

    def _of(self) -> str:
        return f"Of: {self._kind.value}"

    @on(Press.Pressed, "#kind")
    def _turn(self, event: Press.Pressed) -> None:
        self._kind = Kind.EMBEDDING if self._kind is Kind.INFERENCE else Kind.INFERENCE
        event.button.call(self._of())

    def _saves(self) -> Callable[[], Done]:
        until = self.until(self.console.clock)
        amount = self.tokens("amount")
        command = GrantRaise(self.email, self._kind, amount or 0, until or 0)
        return lambda: self.console.services.raises.grant(command)
