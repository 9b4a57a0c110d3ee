"""Passwords: length, normal form, block list with its reason."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import passwords
from sage_tui.domain.errors import FieldError
from sage_tui.domain.secret import Secret

GOOD = "violet tram counts pebbles"


def why(text: str, **about: str) -> str:
    with pytest.raises(FieldError) as refused:
        passwords.check(Secret(text), **about)
    assert refused.value.field == "password"
    assert not text.strip() or text not in refused.value.message
    return refused.value.why


def test_fifteen_to_128_code_points() -> None:
    assert "has 14 characters" in why("kX9#mQ2$vL7&wZ")
    assert passwords.check(Secret("kX9#mQ2$vL7&wZ4")).reveal() == "kX9#mQ2$vL7&wZ4"
    varied = (GOOD + " and dry clouds hum, ") * 3
    assert passwords.check(Secret(varied[:128]))
    assert "longer than 128" in why(varied[:129])
    assert "longer than 128" in why("x" * 1_000_000)
    assert passwords.is_too_long(Secret("x" * 129))
    assert not passwords.is_too_long(Secret("x" * 128))


def test_composed_and_decomposed_are_one() -> None:
    composed, decomposed = "déjà vu tramway über", unicodedata.normalize("NFD", "déjà vu tramway über")
    assert passwords.check(Secret(composed)) == passwords.check(Secret(decomposed))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Password12345678", "commonly used"),
        ("Correct-Horse-Battery-Staple", "commonly used"),
        ("ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", "commonly used"),
        ("aaaaaaaaaaaaaaaaaaaa", "few different"),
        ("xk4zwxk4zwxk4zwxk4zw", "repeats one short piece"),
        ("abcdefghijklmnopqrst", "commonly used|run of"),
        ("zyxwvutsrqponmlkjihg", "run of"),
        ("qwertyuiopasdfgh123", "run of"),
        ("with a \x07bell inside it", "control"),
    ],
)
def test_weak_passwords_are_refused_by_name(text: str, reason: str) -> None:
    assert any(part in why(text) for part in reason.split("|"))


def test_the_person_s_own_words_are_refused() -> None:
    assert "e-mail" in why("ada.lovelace@acme.example", email="Ada.Lovelace@acme.example")
    assert "e-mail" in why("adalovelace12345", email="ada.lovelace@acme.example")
    assert "organization" in why("NorthwindTraders99", organization="Northwind Traders")
    assert "product" in why("sage-tui-sage-tui-1")
    assert passwords.check(Secret("northwind pays for violet trams"), organization="Northwind")


def test_a_sentence_is_taken_in_any_script() -> None:
    for good in (GOOD, "шесть слонов едят жёлтый суп", "紫色の電車は小石を数えながら歩いて行く"):
        assert passwords.check(Secret(good))


def test_the_list_is_shipped_and_long_enough() -> None:
    entries = passwords.blocklist()
    assert len(entries) > 500
    assert "thequickbrownfox" in entries


def test_one_time_passwords_are_twenty_random_characters() -> None:
    made = {passwords.make_one_time().reveal() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 20 and one.isalnum() and one.isascii() and not set(one) & set("0O1lI") for one in made)


@given(st.text(st.characters(codec=None), max_size=160))
def test_any_text_is_taken_or_refused(text: str) -> None:
    try:
        taken = passwords.check(Secret(text))
    except FieldError:
        return
    assert passwords.check(taken) == taken
    assert 15 <= len(taken.reveal()) <= 128
