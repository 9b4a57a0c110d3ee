"""A demo's current code, where codes are asked for: nobody has the authenticator of a demo account."""

from textual import work
from textual.content import Content
from textual.widgets import Static

from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import console_of, tell
from sage_tui.tui.text import content

EVERY = 10.0
"""Seconds after which the code is asked for again."""

WAIT = "This is a demo: the next code comes within 30 seconds"


class DemoCode(Static):
    """One line in a demo, else nothing. `pending`: of the authenticator that is being set up."""

    def __init__(self, *, pending: bool = False) -> None:
        super().__init__(id="demo")
        self._pending = pending
        self.display = False

    def on_mount(self) -> None:
        self.ask()
        self.set_interval(EVERY, self.ask)

    @work(group="demo", exclusive=True)
    async def ask(self) -> None:
        """Ask for the code that would be taken now."""
        services = console_of(self).services
        got = await answer(self, services.enrolment.demo_code if self._pending else services.mfa.demo_code)
        if got is None or got.value is None:
            tell(self, Content(""))
        else:
            tell(self, content(f"This is a demo: the code is {got.value}" if got.value else WAIT))
