"""The own name, company and time zone."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Static

from sage_tui.domain.sessions import Home
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

FIELDS = (("first_name", "First name", 100), ("last_name", "Last name", 100), ("company", "Company", 200))


class Profile(Dialog[Home]):
    """Returns the home with the new profile; None when it was left."""

    HEADING = "Your profile"

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home

    def body(self) -> ComposeResult:
        for id, label, limit in FIELDS:
            yield Static(content(label), classes="label")
            yield Field(str(getattr(self._home, id)), id=id, limit=limit)
        yield Static(Content("Time zone, such as Europe/Vienna; empty is UTC"), classes="label")
        yield Field(self._home.time_zone, id="time_zone", limit=60, suggester=SuggestFromList(_zones()))

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Save", id="save")

    @on(Field.Submitted)
    def _next(self, event: Field.Submitted) -> None:
        if event.input.id == "time_zone":
            self._save()
        else:
            self.focus_next("Field")

    @on(Press.Pressed, "#save")
    def _save(self) -> None:
        self._set(
            *(self.query_one(f"#{id}", Field).value for id in ("first_name", "last_name", "company", "time_zone"))
        )

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @work(exclusive=True)
    async def _set(self, first: str, last: str, company: str, zone: str) -> None:
        self.complain(Content(""))
        got = await answer(self, lambda: self.console.services.home.set_profile(first, last, company, zone))
        if got:
            self.dismiss(got.value)


def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(available_timezones())
