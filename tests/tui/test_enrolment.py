"""Enrolment: the QR code is drawn so that a camera reads it; where it cannot be, the secret and why."""

import pytest
import zxingcpp

from sage_tui.domain import totp
from sage_tui.domain.secret import Secret
from sage_tui.tui.screens.totp_enrolment import grouped, why_no_picture
from sage_tui.tui.widgets.qr_code import half_blocks
from tests.tui.fakes import CODE, SECRET, World
from tests.tui.seen import WIDE, at_home


def read(rows: list[str]) -> str:
    """What a camera reads: each half block as two modules of 8 × 8 pixels."""
    width = max(len(row) for row in rows) * 8
    pixels = bytearray(b"\xff" * (width * len(rows) * 16))
    for y, row in enumerate(rows):
        for x, ch in enumerate(row):
            for half, dark in enumerate({"█": (1, 1), "▀": (1, 0), "▄": (0, 1)}.get(ch, (0, 0))):
                for line in range(8 * dark):
                    at = (y * 16 + half * 8 + line) * width + x * 8
                    pixels[at : at + 8] = b"\x00" * 8
    found = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (len(rows) * 16, width)))
    return str(found[0].text) if found else ""


async def test_the_code_on_the_screen_is_the_address() -> None:
    async with at_home(World(mfa_enrolled=False)) as screen:
        await screen.press("a")
        picture = [line.ljust(80)[:41] for line in screen.lines[:21]]
        assert read(picture) == totp.url(Secret(SECRET), "ada@acme.example").reveal()
        assert "JBSW Y3DP EHPK 3PXP" in screen.text
        assert all(len(line) <= 80 for line in screen.lines)
        assert "[ Confirm ]" in screen.text


async def test_confirming_shows_recovery_codes_once_and_then_asks_for_a_fresh_code() -> None:
    async with at_home(World(mfa_enrolled=False)) as screen:
        await screen.press("a")
        await screen.write("111111")
        await screen.press("enter")
        assert "That code was not right." in screen.text
        await screen.write("654321")
        await screen.press("enter")
        assert "Recovery codes: write them down" in screen.text
        assert "AAAA-BBBB-CCCC-DDDD-EEEE-0009" in screen.text
        await screen.press("enter")
        assert "AAAA" not in screen.text
        assert "Enter admin mode" in screen.text
        await screen.write(CODE)
        await screen.press("enter")
        assert "Today" in screen.lines[0]


async def test_a_demo_shows_the_code_of_the_new_secret_and_nothing_else_does() -> None:
    async with at_home(World(mfa_enrolled=False, demo=True)) as screen:
        await screen.press("a")
        assert "This is a demo: the code is 654321" in screen.text
        assert "[ Confirm ]" in screen.text
    async with at_home(World(mfa_enrolled=False)) as screen:
        await screen.press("a")
        assert "the code is" not in screen.text


async def test_replacing_an_authenticator_asks_for_a_code_of_the_old_one() -> None:
    async with at_home() as screen:
        await screen.click("[ Authenticator ]")
        assert "A code of the app used until now" in screen.text
        await screen.write("654321")
        await screen.press("enter")
        await screen.write(CODE)
        await screen.press("enter", "enter")
        assert ("confirm", ("654321", CODE)) in screen.world.asked
        assert "The authenticator is set up." in screen.text


async def test_leaving_enrolment_changes_nothing() -> None:
    async with at_home(World(mfa_enrolled=False)) as screen:
        await screen.press("a", "escape")
        assert "Hello Ada" in screen.text
        assert not screen.world.mfa_enrolled


async def test_under_24_lines_there_is_the_secret_and_why() -> None:
    async with at_home(World(mfa_enrolled=False), size=(80, 20)) as screen:
        await screen.press("a")
        assert "No picture: it needs 24 lines, this terminal has 20." in screen.text
        assert "JBSW Y3DP EHPK 3PXP" in screen.text
        await screen.resize(*WIDE)
        assert "No picture" not in screen.text
        assert "▀" in screen.text


async def test_black_on_white_in_every_theme_and_by_reverse_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_tui.tui.widgets.qr_code import QrCode

    async with at_home(World(mfa_enrolled=False)) as screen:
        for theme in ("sage-dark", "sage-light", "sage-high-contrast"):
            screen.app.theme = theme
            await screen.press("a")
            style = screen.app.screen.query_one(QrCode).rich_style
            assert style.color is not None
            assert style.bgcolor is not None
            assert (style.color.name, style.bgcolor.name) == ("#000000", "#ffffff")
            await screen.press("escape")
    monkeypatch.setenv("NO_COLOR", "1")
    async with at_home(World(mfa_enrolled=False)) as screen:
        await screen.press("a")
        assert screen.app.screen.query_one(QrCode).rich_style.reverse


@pytest.mark.parametrize(
    ("columns", "rows", "term", "why"),
    [
        (80, 24, "xterm", ""),
        (80, 23, "xterm", "needs 24 lines"),
        (70, 24, "xterm", "needs 80 columns"),
        (80, 24, "linux", "'linux'"),
        (200, 60, "dumb", "'dumb'"),
    ],
)
def test_why_no_picture(columns: int, rows: int, term: str, why: str) -> None:
    said = why_no_picture(columns, rows, term)
    assert why in said if why else said == ""


def test_the_longest_address_still_has_21_lines() -> None:
    rows = half_blocks(totp.url(Secret(SECRET), "x" * 200 + "@example.com").reveal())
    assert (len(rows), len(rows[0])) == (21, 41)
    assert grouped(SECRET).count("\n") == 1
