"""E-mail addresses: RFC 6531, NFC, at most 254, compared case-folded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import emails
from sage_tui.domain.errors import FieldError


@pytest.mark.parametrize(
    "address",
    [
        "ada@acme.example",
        "محمد@alnoor.example",
        "李伟@huaxing.example",
        "maría-josé.o'connor@una-empresa-con-nombre-larguísimo.example",
        "bjørn.ødegård@nordlys.example",
        '"a b"@acme.example',
        "a+tag@localhost",
        "x@[192.0.2.1]",
        "x@[IPv6:2001:db8::1]",
    ],
)
def test_addresses_are_taken(address: str) -> None:
    assert emails.parse(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "", "u-1007", "=cmd|'/c calc'!A1", "a@", "@b", "a@b@c", "a..b@c", ".a@c", "a@-b.c", "a@b..c", "a b@c",
        "naïvé\u200bzwsp@x", "a@\u202eb", "a\x00@b", "\ud800@b", "x@[999.0.0.1]", "x@[hello]", "l" * 65 + "@b",
        "a@" + "b" * 64, "a@" + "b." * 140 + "c", "x" * 100_000,
    ],
)  # fmt: skip
def test_others_are_refused(address: str) -> None:
    with pytest.raises(FieldError) as refused:
        emails.parse(address)
    assert refused.value.field == "email"
    assert not emails.is_valid(address)


def test_254_characters_are_the_end() -> None:
    domain = ".".join(["d" * 61] * 3)
    longest = "l" * 64 + "@" + domain + ".e"
    longest += "x" * (254 - len(longest))
    assert emails.parse(longest) == longest
    with pytest.raises(FieldError):
        emails.parse(longest + "x")


def test_case_and_composition_make_no_difference() -> None:
    assert emails.key("JOSE\u0301@Acme.Example") == emails.key("josé@acme.example")
    assert emails.key("STRASSE@x") == emails.key("straße@x")
    assert emails.domain_of("Ada@ACME.example") == "acme.example"


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_is_taken_or_refused(foreign: str) -> None:
    emails.key(foreign)
    if emails.is_valid(foreign):
        assert emails.parse(emails.parse(foreign)) == emails.parse(foreign)
