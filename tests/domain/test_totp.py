"""Authenticator codes: RFC 6238's vectors, entry, steps, the address of the QR code."""

import base64

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import totp
from sage_tui.domain.errors import FieldError
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Micros

RFC = Secret(base64.b32encode(b"12345678901234567890").decode())


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code(RFC, totp.step_of(Micros(seconds * 1_000_000))) == code


@given(st.integers(0, 4 * 10**9))
def test_other_programs_make_the_same_codes(seconds: int) -> None:
    assert totp.code(RFC, seconds // 30) == pyotp.TOTP(RFC.reveal()).at(seconds)


def test_one_step_either_side_is_taken() -> None:
    step = 1_000_000
    for offset in (-1, 0, 1):
        assert totp.match(RFC, totp.code(RFC, step + offset), step) == offset
    for offset in (-2, 2):
        assert totp.match(RFC, totp.code(RFC, step + offset), step) is None
    assert totp.match(RFC, "\ud800", step) is None


@pytest.mark.parametrize("entry", ["123456", "123 456", " 123-456 ", "123\u00a0456"])
def test_entries_that_are_six_digits(entry: str) -> None:
    assert totp.normalise(entry) == "123456"


@pytest.mark.parametrize(
    "entry", ["", "12345", "1234567", "123456\n", "１２３４５６", "١٢٣٤٥٦", "¹²³⁴⁵⁶", "①②③④⑤⑥", "12345a"]
)
def test_entries_that_are_not(entry: str) -> None:
    assert totp.normalise(entry) is None


def test_secrets_have_160_bits_and_do_not_print() -> None:
    secret = totp.make_secret()
    assert len(base64.b32decode(secret.reveal())) == 20
    assert secret.reveal() not in f"{secret!r} {secret}"
    assert totp.parse_secret(secret.reveal().lower()) == secret


@pytest.mark.parametrize("text", ["", "AAAA", "not base 32!", "A" * 16])
def test_short_or_broken_secrets_are_refused(text: str) -> None:
    with pytest.raises(FieldError):
        totp.parse_secret(text)


@pytest.mark.parametrize(
    "email", ["a@b.example", "x" * 64 + "@acme.example", "李" * 20 + "@" + "d" * 63 + ".example", ""]
)
def test_the_address_fits_the_picture_and_keeps_the_domain(email: str) -> None:
    url = totp.url(RFC, email).reveal()
    assert len(url.encode()) <= 106
    assert url.endswith(f"?secret={RFC.reveal()}&issuer=sage")
    parsed = pyotp.parse_uri(url)
    assert parsed.secret == RFC.reveal()
    if email.endswith("@acme.example"):
        assert "@acme.example?" in url


def test_recovery_codes_are_120_bits_and_forgive_typing() -> None:
    code = totp.make_recovery_code().reveal()
    letters = totp.normalise_recovery(code)
    assert letters is not None
    assert len(letters) == 24
    assert totp.normalise_recovery(f" {code.lower().replace('-', ' ')} ") == letters
    assert totp.normalise_recovery(letters.replace("O", "0").replace("I", "1").replace("B", "8")) == letters
    assert totp.normalise_recovery("123456") is None
    assert totp.normalise_recovery(letters + "A") is None
