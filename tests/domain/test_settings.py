"""Settings as they are declared: bounds, names, who may have one for itself."""

import pytest

from sage_tui.domain.errors import FieldError, NotFound, WrongUse
from sage_tui.domain.settings import SETTINGS, find

WHOLE = [setting for setting in SETTINGS.values() if setting.whole]


def test_every_default_is_a_value_that_would_be_taken() -> None:
    for key, setting in SETTINGS.items():
        assert setting.key == key
        assert setting.check(setting.default) == setting.default
        assert setting.meaning


@pytest.mark.parametrize("setting", WHOLE, ids=lambda setting: setting.key)
def test_both_bounds_are_taken_and_what_lies_beyond_is_not(setting) -> None:
    low, high = setting.whole
    assert [setting.check(str(value)) for value in (low, high)] == [str(low), str(high)]
    assert setting.check(f"0{high}") == str(high)
    for bad in (low - 1, high + 1, "", "x", "1.5", "+5", " 5", "٥", "5" * 10, "0x5"):
        with pytest.raises(FieldError, match=f"{setting.key}.*whole number from {low} to {high}"):
            setting.check(str(bad))


def test_text_is_bounded_and_nothing_is_dropped_from_it_in_silence() -> None:
    notice = SETTINGS["sign_in_notice"]
    assert notice.check("Nur für Mitarbeiter · 社内限定") == "Nur für Mitarbeiter · 社内限定"
    for bad in ("x" * 501, "a\x1b[2J", "a\x00b"):
        with pytest.raises(FieldError, match="sign_in_notice"):
            notice.check(bad)


def test_a_name_that_is_none_is_told_cleaned() -> None:
    with pytest.raises(NotFound) as caught:
        find("no\x1b[31m_such\u202e")
    assert "\x1b" not in caught.value.message
    assert "settings list" in caught.value.hint


def test_only_what_is_declared_so_differs_by_organization() -> None:
    assert find("pool_warning_day", per_organization=True).per_organization
    for key in ("sign_in_notice", "admin_idle_minutes"):
        with pytest.raises(WrongUse, match=key):
            find(key, per_organization=True)
