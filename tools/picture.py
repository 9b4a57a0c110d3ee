"""`python -m tools.picture`: draws docs/users.svg, the picture of the README, from the product over a demo."""

import asyncio
import tempfile
from pathlib import Path

from sage_tui import demo
from sage_tui.clock import FixedClock
from sage_tui.domain.actors import NoProof, Origin
from sage_tui.domain.demo import PASSWORD, totp_secret
from sage_tui.domain.units import Micros
from sage_tui.services.context import Context, open_context
from sage_tui.tui.app import Console, Services, Start

TOP = Path(__file__).parents[1]
ADMIN = "admin@acme.example"
NOW = Micros(1_795_435_200_000_000)
"""2026-11-23T12:00Z, as in all tests."""


async def draw(target: Path, size: tuple[int, int] = (120, 34)) -> None:
    """Sign in, enter admin mode, open User Management, take the picture."""
    import pyotp

    clock = FixedClock(NOW)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/demo.db"
        demo.build(path, now=NOW)

        def opened() -> Context:
            return open_context(path, f"{path}.key", NoProof(), Origin(0, terminal="terminal"), clock=clock)

        app = Console(Services.real(opened), clock=clock, start=Start("users"))
        async with app.run_test(size=size) as pilot:
            for words in (
                ADMIN,
                "\r",
                PASSWORD,
                "\r",
                "a",
                pyotp.TOTP(totp_secret(ADMIN).reveal()).at(NOW // 1_000_000),
                "\r",
            ):
                await pilot.press(*({" ": "space", "\r": "enter"}.get(letter, letter) for letter in words))
                await pilot.pause(2.0 if words == "\r" else 0.5)
            target.write_text(app.export_screenshot(title="sage-tui"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(TOP / "docs" / "users.svg"))
