"""The looks of the console: four themes, and style sheets that are parsed once each.

The first frame waits for the sheets of the door alone; the others follow it, before a key can lead further.
"""

import os
from typing import TYPE_CHECKING

from textual import work
from textual.app import App
from textual.content import Content
from textual.css.stylesheet import Stylesheet

from sage_tui.tui.asking import answer
from sage_tui.tui.safe import SafeApp
from sage_tui.tui.themes import DARK, LABELS, MONOCHROME, STYLES, THEMES

if TYPE_CHECKING:
    from sage_tui.tui.door import Services

DOOR = ("base", "door")
"""Sheets of the first frame."""

INSIDE = ("parts", "frame", "table", "dialogs", "home", "pages")
"""Sheets of what comes behind it."""


class Sheets(Stylesheet):
    """Style sheets that are parsed again only when a variable has another value. Textual parses all of them whenever
    it puts on a theme, as it does when it starts."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """What did not change comes from the cache; where a sheet is wrong, the rules of before stay."""
        self.parse()


class Looks(SafeApp):
    """An app with our themes and sheets. Whoever is signed in keeps the theme they chose."""

    CSS_PATH = [STYLES / f"{name}.tcss" for name in DOOR]

    services: "Services"

    def __init__(self, theme: str) -> None:
        self._variables: dict[str, dict[str, str]] = {}
        super().__init__(ansi_color="NO_COLOR" in os.environ or None)
        for own in THEMES:
            self.register_theme(own)
        for name in [name for name in self.available_themes if name not in LABELS]:
            self.unregister_theme(name)
        self.set_reactive(App.theme, MONOCHROME if self.no_color else theme or DARK)
        self.stylesheet = Sheets(self.get_css_variables())
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES[0].variables)

    def get_css_variables(self) -> dict[str, str]:
        """The variables of the theme that is worn: computed once. Textual asks several times."""
        found = self._variables.get(self.theme)
        if found is None:
            found = self._variables[self.theme] = super().get_css_variables()
        self.theme_variables = found
        return found

    def read_inside_sheets(self) -> None:
        """Read what the first frame did not need."""
        self.stylesheet.read_all([STYLES / f"{name}.tcss" for name in INSIDE])
        self.stylesheet.parse()

    @work(group="theme")
    async def wear_chosen_theme(self) -> None:
        """The look that whoever signed in chose the last time."""
        got = await answer(self, lambda: self.services.preferences.get("theme"))
        if got and got.value and not self.no_color:
            import json

            name = json.loads(got.value)
            if name in LABELS:
                self.theme = name

    def action_theme(self, name: str) -> None:
        """Wear another look, from now on and at the next sign-in."""
        if self.no_color:
            self.say(Content("NO_COLOR is set: the look stays monochrome."))
            return
        self.theme = name
        if self.somebody:
            self._remember_theme(name)

    @property
    def somebody(self) -> bool:
        """Is somebody signed in?"""
        return False

    @work(group="theme")
    async def _remember_theme(self, name: str) -> None:
        import json

        await answer(self, lambda: self.services.preferences.put("theme", json.dumps(name)))
