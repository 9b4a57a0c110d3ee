"""UI sessions: named lists of keys with what is expected after them; replayed live by `sage-tui demo --play NAME`.

A step's keys are names of keys, words after `type:`, or text after `paste:`. `meanwhile:EMAIL AMOUNT` is somebody else
who sets an inference allocation, `wait:SECONDS` lets time pass until the next code. `{code}` is the demo's current code
of the session's own account, `{recovery}` the first recovery code that was on screen. A bug report can be such a list.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.pilot import Pilot

from sage_tui.domain import demo, totp
from sage_tui.domain.errors import WrongUse
from sage_tui.tui.asking import under_way

if TYPE_CHECKING:
    from sage_tui.tui.app import Console

RECOVERY = re.compile(r"\b(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}\b")
SIGNS = {
    " ": "space", "@": "at", ".": "full_stop", "-": "minus", ">": "greater_than_sign", "%": "percent_sign",
    ":": "colon", "=": "equals_sign", "<": "less_than_sign", ",": "comma", "+": "plus",
}  # fmt: skip
LIVE_PAUSE = 0.06
"""Seconds between keys when somebody looks on."""

LIVE_STEP = 1.2
"""Seconds for reading after a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """Keys, and what the screen then says (or does not). `picture` names a picture worth keeping."""

    keys: tuple[str, ...]
    says: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """A session. `email` is the demo account that it signs in as."""

    name: str
    title: str
    email: str
    steps: tuple[Step, ...]
    size: tuple[int, int] = (80, 24)
    monochrome: bool = False


@dataclass
class Replay:
    """Plays a session on a console, and says where it differs."""

    pilot: Pilot[Any]
    play: Play
    pause: float = 0.0
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    """How time passes: tests move their clock."""
    recovery: str = ""
    differences: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The screen as a person reads it: in one line, without frames."""
        strips = self.pilot.app.screen._compositor.render_strips()
        return " ".join(re.sub(r"[│╭╮╰╯─]", " ", " ".join(strip.text for strip in strips)).split())

    async def run(self, seen: "Callable[[Step], Awaitable[None]] | None" = None) -> list[str]:
        """All steps; the differences found, none when it went as written."""
        await self.rest()
        for number, step in enumerate(self.play.steps, start=1):
            for entry in step.keys:
                if not await self._happens(entry):
                    for key in await self._keys(entry):
                        await self.pilot.press(key)
                        await asyncio.sleep(self.pause)
                await self.rest()
            self._compare(number, step)
            if seen is not None:
                await seen(step)
        return self.differences

    async def _happens(self, entry: str) -> bool:
        """What no key does: a paste, somebody else, time."""
        what, _, words = entry.partition(":")
        if what == "paste":
            self.pilot.app.screen.post_message(events.Paste(words))
        elif what == "meanwhile":
            await asyncio.to_thread(self._meanwhile, *words.split(" "))
        elif what == "wait":
            await self.wait(float(words))
        else:
            return False
        return True

    def _meanwhile(self, email: str, tokens: str) -> None:
        """Somebody else sets a limit."""
        from sage_tui.domain.actors import HostProof
        from sage_tui.domain.acts import SetFields
        from sage_tui.domain.amounts import parse
        from sage_tui.domain.plan_commands import Bulk, Consent, Selection
        from sage_tui.services import plans

        console = cast("Console", self.pilot.app)
        context = console.services.connection.context().with_proof(HostProof("grace"))
        plans.act(context, Bulk(SetFields(parse(tokens)), Selection(emails=(email,))), Consent())

    async def _keys(self, entry: str) -> list[str]:
        if not entry.startswith("type:"):
            return [entry]
        words = entry.removeprefix("type:")
        if "{code}" in words:
            words = words.replace("{code}", await self._code())
        words = words.replace("{recovery}", self.recovery)
        return [SIGNS.get(ch, ch) for ch in words]

    async def _code(self) -> str:
        """The code that an authenticator app would show; for one that is being set up, of the secret on screen."""
        console = cast("Console", self.pilot.app)
        pending = re.search(r"\b((?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}).*?((?:[A-Z2-7]{4} ){3}[A-Z2-7]{4})\b", self.text)
        if pending:
            secret = totp.parse_secret(pending[1] + pending[2])
            return totp.code(secret, totp.step_of(console.clock.now()))
        code = await asyncio.to_thread(console.services.mfa.demo_code)
        return code or ""

    def _compare(self, number: int, step: Step) -> None:
        text = self.text
        if found := RECOVERY.search(text):
            self.recovery = found[0]
        missing = [words for words in step.says if words not in text]
        unwanted = [words for words in step.silent if words in text]
        self.differences += [f"step {number}: does not say {words!r}" for words in missing]
        self.differences += [f"step {number}: says {words!r}" for words in unwanted]

    async def rest(self) -> None:
        """Until nothing is under way."""
        quiet = 0
        for _ in range(3_000):
            await self.pilot.pause()
            threads = [w for w in self.pilot.app.workers if w._thread_worker and not w.is_finished]
            quiet = 0 if under_way() or threads else quiet + 1
            if quiet >= 2:
                return
            await asyncio.sleep(0.002)


def sign_in(email: str) -> Step:
    """The first step of every session."""
    return Step((f"type:{email}", "enter", f"type:{demo.PASSWORD}", "enter"), ("Hello",))


def find(name: str) -> Play:
    """The session of this name. Raises WrongUse."""
    from sage_tui.tui.play.plays import PLAYS

    known = {play.name: play for play in PLAYS}
    if name not in known:
        raise WrongUse(f"play: there is no session {name!r}", f"Sessions: {', '.join(known)}.")
    return known[name]


def autopilot(name: str) -> Callable[[Pilot[Any]], Coroutine[Any, Any, None]]:
    """Replays a session live, then gives the keyboard over. Raises WrongUse."""
    play = find(name)

    async def drive(pilot: Pilot[Any]) -> None:
        async def look(step: Step) -> None:
            await asyncio.sleep(LIVE_STEP)

        await Replay(pilot, play, pause=LIVE_PAUSE).run(look)

    return drive
