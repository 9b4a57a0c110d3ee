"""`p`: another preset, own fields, an earlier version, a department's policy.

What differs and what it would do is shown before it is saved.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions, policy_fields
from sage_tui.domain.distribution import FOLLOWS, PolicyLook, PolicyVersion, SetPolicy
from sage_tui.domain.errors import Interrupted, SageError
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import PRESETS, Policy
from sage_tui.domain.text import accept, clean
from sage_tui.tui import times
from sage_tui.tui.asking import Got, answer, attempt
from sage_tui.tui.screens.ask import Ask
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting, what_if, what_if_words
from sage_tui.tui.screens.management import distribution_words as words
from sage_tui.tui.text import content, lines_of
from sage_tui.tui.widgets.fields import Field, Press

CUSTOM, EARLIER, DEPARTMENT = "custom", "earlier", "department"


class PolicyForm(Dialog[Mapping[str, str]]):
    """Every field of a policy, as typed. Returns those that were changed."""

    AUTO_FOCUS = "Field"

    def __init__(self, policy: Policy, heading: str) -> None:
        super().__init__()
        self.HEADING = heading
        self._policy = policy
        self._shown = policy_fields.shown(policy)

    def body(self) -> ComposeResult:
        with VerticalScroll(id="policy-fields"):
            for name, value in self._shown.items():
                with Horizontal(classes="row"):
                    yield Static(content(name.replace("_", " ")), classes="label")
                    yield Field(value, id=f"field-{name}", limit=100)
        yield Static(id="meaning")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Look", id="look")

    def on_descendant_focus(self) -> None:
        """What the field under the cursor means, and how it is written."""
        focused = self.focused
        name = (focused.id or "").removeprefix("field-") if focused is not None else ""
        known = policy_fields.FIELDS.get(name)
        said = f"{known.meaning}. Such as {known.example}." if known else ""
        self.query_one("#meaning", Static).update(content(said))

    @on(Field.Submitted)
    @on(Press.Pressed, "#look")
    def _entered(self) -> None:
        typed = {name: self.query_one(f"#field-{name}", Field).value.strip() for name in self._shown}
        changed = {name: text for name, text in typed.items() if text != self._shown[name]}
        if not changed:
            self.complain(Content("Nothing was changed. esc goes back."))
            return
        policy = self._policy
        for name, text in changed.items():
            try:
                policy = policy_fields.changed(policy, name, text)
            except SageError as error:
                self.complain(content(f"{error.message}. {error.hint}"))
                self.query_one(f"#field-{name}").focus()
                return
        self.dismiss(changed)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


WHAT_IF: Literal["what-if"] = "what-if"


class LookAtPolicy(Dialog[PolicyVersion | Literal["what-if"]]):
    """A policy before it is saved. Returns the version that was made, or that last month is to be looked at."""

    AUTO_FOCUS = "#save"

    def __init__(self, look: PolicyLook, command: SetPolicy, heading: str) -> None:
        super().__init__()
        self.HEADING = heading
        self._look = look
        self._command = command

    def body(self) -> ComposeResult:
        with VerticalScroll(id="policy-look"):
            yield Static(lines_of(words.look(self._look)))
        yield Static(lines_of(what_if_words.WORKING), id="policy-what-if")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Back", id="back")
            yield Press("What-if", id="what-if")
            yield Press("Save", id="save")

    def on_mount(self) -> None:
        self._replay()

    @work(group="what-if", exclusive=True)
    async def _replay(self) -> None:
        """What last month would have been with it; of no use to anybody when the dialog is closed."""
        replay, command = self.console.services.what_if.at_a_glance, self._command
        got = await attempt(lambda: replay(command.organization_id, command, self._still))
        if isinstance(got, Got) and self.is_mounted:
            self.query_one("#policy-what-if", Static).update(lines_of(what_if_words.looked_at(got.value)))

    def _still(self, _: int) -> None:
        if not self.is_attached:
            raise Interrupted("Given up: it was closed.")

    @on(Press.Pressed, "#what-if")
    def _side_by_side(self) -> None:
        self.dismiss(WHAT_IF)

    @on(Press.Pressed, "#save")
    def _save(self) -> None:
        self._put()

    @work(group="put", exclusive=True)
    async def _put(self) -> None:
        policies, command = self.console.services.policies, self._command
        got = await answer(self, lambda: policies.put(command))
        if got:
            self.dismiss(got.value)

    @on(Press.Pressed, "#back")
    def _back(self) -> None:
        self.dismiss(None)


async def change(page: Page, department: str = "") -> bool:
    """Choose a policy, look at it, save it. Was one saved? Runs in a worker."""
    about, policies = page.here.asks_about, page.console.services.policies
    got = await page.ask(lambda: policies.get(about, department))
    if got is None:
        return False
    held = got.value
    wanted = await page.app.push_screen_wait(Chooser(_heading(held, department), _choices(page, held, department)))
    match wanted:
        case None:
            return False
        case "earlier":
            command = await _earlier(page, department)
        case "custom":
            command = await _custom(page, held, department)
        case "department":
            return await _department(page)
        case preset:
            command = SetPolicy(about, preset, department=department)
    return command is not None and await _looked_at(page, command)


def _heading(held: PolicyVersion, department: str) -> str:
    whose = f"Policy of {clean(department, limit=30)}" if department else "Policy"
    return f"{whose}: {held.policy.preset.value}, version {held.version}"


def _choices(page: Page, held: PolicyVersion, department: str) -> list[Choice[str]]:
    refused = permissions.why_not(page.here.actor, Verb.POLICY_SET)
    listed = [
        Choice(preset.value, preset.value, _says(policy, held.policy.preset is preset), refused)
        for preset, policy in PRESETS.items()
    ]
    listed.append(Choice(CUSTOM, "custom: change fields …", "floors, ceiling, tiers, schedule, cap", refused))
    listed.append(Choice(EARLIER, "an earlier version …", "who made it, and when", None))
    if department:
        listed.append(Choice(FOLLOWS, "none of its own", "it follows the organization's again", refused))
    else:
        listed.append(Choice(DEPARTMENT, "a department's policy …", "it overrides the organization's", None))
    return listed


def _says(policy: Policy, holds: bool) -> str:
    shown = policy_fields.shown(policy)
    ceiling = shown["ceiling"]
    now = "holds now · " if holds else ""
    return f"{now}floor {shown['inference_floor']}, ceiling {ceiling}, {shown['tiers']}"


async def _custom(page: Page, held: PolicyVersion, department: str) -> SetPolicy | None:
    changed = await page.app.push_screen_wait(PolicyForm(held.policy, _heading(held, department)))
    if not changed:
        return None
    return SetPolicy(page.here.asks_about, fields=tuple(changed.items()), department=department)


async def _earlier(page: Page, department: str) -> SetPolicy | None:
    about, policies = page.here.asks_about, page.console.services.policies
    got = await page.ask(lambda: policies.versions(about, department))
    if got is None:
        return None
    now, zone = to_datetime(page.console.clock.now()), page.here.session.time_zone
    choices = [
        Choice(one.version, f"version {one.version}  {one.policy.preset.value}", _made(one, now, zone))
        for one in got.value
    ]
    version = await page.app.push_screen_wait(Chooser("Go back to which version?", choices))
    return None if version is None else SetPolicy(about, version=version, department=department)


def _made(one: PolicyVersion, now: datetime, zone: str) -> str:
    if one.at is None:
        return "what every organization begins with"
    return f"{clean(one.actor, limit=60) or 'the host'}, {times.day(one.at, now, zone)}"


async def _department(page: Page) -> bool:
    """Whose: a department that has a policy of its own, or another one by name."""
    about, policies = page.here.asks_about, page.console.services.policies
    got = await page.ask(lambda: policies.departments(about))
    if got is None:
        return False
    choices = [Choice(name, clean(name, limit=60), held.policy.preset.value) for name, held in got.value.items()]
    refused = permissions.why_not(page.here.actor, Verb.POLICY_SET)
    choices.append(Choice("", "another department …", "by its name", refused))
    name = await page.app.push_screen_wait(Chooser("Which department?", choices))
    if name == "":
        ask = Ask("Department", "Its name, as its people have it.", _named, go="Next", limit=100)
        name = await page.app.push_screen_wait(ask)
    return await change(page, name) if name else False


def _named(text: str) -> str:
    return accept("department", text, 100)


async def _looked_at(page: Page, command: SetPolicy) -> bool:
    outlook = page.console.services.outlook
    look = await acting.long(page, "Working it out …", lambda progress: outlook.of_policy(command, progress))
    if look is None:
        return False
    if not look.differences and command.preset != FOLLOWS and not command.department:
        page.say(Content("The policy is so already."))
        return False
    heading = f"{look.wanted.preset.value if command.preset != FOLLOWS else 'the organization’s'}: save it?"
    made = await page.app.push_screen_wait(LookAtPolicy(look, command, heading.capitalize()))
    while made == WHAT_IF:
        if await what_if.look(page, command):
            return False
        made = await page.app.push_screen_wait(LookAtPolicy(look, command, heading.capitalize()))
    if not isinstance(made, PolicyVersion):
        return False
    page.console.changes += 1
    whose = f" of {clean(command.department, limit=40)}" if command.department else ""
    page.say(content(f"Saved the policy{whose} as version {made.version}: {made.policy.preset.value}. p goes back."))
    return True
