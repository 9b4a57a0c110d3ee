"""Pastes give text and never keys, however they are cut into reads (security.md, section 2)."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers import linux_driver

from sage_tui.tui.pastes import END, START, PasteGuard, SafeParser

HOSTILE = "700K\x1b]0;x\x07\r\x13\x13y\x1b[A\x11\x9b6n"


def fed(parts: list[str]) -> list[object]:
    parser = SafeParser()
    return [message for part in parts for message in parser.feed(part)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_what_is_pasted_is_text_and_no_key(size: int) -> None:
    whole = f"a{START}{HOSTILE}{END}b"
    found = fed([whole[at : at + size] for at in range(0, len(whole), size)])
    assert [message.key for message in found if isinstance(message, events.Key)] == ["a", "b"]
    (paste,) = [message for message in found if isinstance(message, events.Paste)]
    assert paste.text == "700K]0;x\ry[A6n"


@given(st.text(st.sampled_from("ab\x1b[~0123201~\x13\r\n"), max_size=40), st.lists(st.integers(1, 9), max_size=20))
def test_however_it_is_cut_the_same_comes_out(inner: str, cuts: list[int]) -> None:
    inner = inner.replace(END, "")
    whole = f"x{START}{inner}{END}y"
    once = PasteGuard().clean(whole)
    guard, parts, rest = PasteGuard(), [], whole
    for cut in cuts:
        parts.append(guard.clean(rest[:cut]))
        rest = rest[cut:]
    parts.append(guard.clean(rest))
    assert "".join(parts) == once


def keys(messages: list[object]) -> list[str]:
    return [message.key for message in messages if isinstance(message, events.Key)]


def texts(messages: list[object]) -> list[str]:
    return [message.text for message in messages if isinstance(message, events.Paste)]


def test_an_end_inside_of_a_paste_lets_no_key_through() -> None:
    found = fed([f"a{START}700K{END}\x11\ru\x13{START}x\x1b[A{END}b"])
    assert (keys(found), texts(found)) == (["a", "b"], ["700K[201~\ru[200~x[A"])


def test_nor_where_the_paste_is_longer_than_a_read() -> None:
    long = "x" * 1_500
    parser = SafeParser()
    found: list[object] = []
    for part in (f"{START}{long}{END}\x11", f"\x11{long}\x1b[20", f"1~\x13{END}b"):
        found += [*parser.feed(part), *parser.tick()]
    assert (keys(found), texts(found)) == (["b"], [f"{long}{long}[201~"])


def test_keys_behind_a_long_paste_come_when_nothing_more_does() -> None:
    parser = SafeParser()
    found = [*parser.feed(f"{START}{'x' * 1_500}{END}\r"), *parser.tick()]
    assert (keys(found), texts(found)) == ([], [])
    found += parser.tick()
    assert (keys(found), texts(found)) == (["enter"], ["x" * 1_500])
    assert keys([*parser.feed("u"), *parser.tick()]) == ["u"]


def test_keys_behind_a_short_paste_come_at_once() -> None:
    assert keys(fed([f"{START}700K{END}\r\x13"])) == ["enter", "ctrl+s"]


def test_outside_of_pastes_nothing_is_changed() -> None:
    keys = "\x1b[A\x1b\x1bOP\x13\x1b[200;5uq"
    assert PasteGuard().clean(keys) == keys


def test_the_driver_makes_its_parser_by_the_name_that_is_replaced() -> None:
    assert "XTermParser(self._debug)" in inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
