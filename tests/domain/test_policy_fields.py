"""A policy as fields: typed, kept, shown, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import policy_bounds
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.policies import PRESETS, Of, Preset, Tier
from sage_tui.domain.policy_fields import FIELDS, changed, kept, restored, values
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_comes_back_as_it_was_kept(preset: Preset) -> None:
    assert restored(preset.value, kept(PRESETS[preset])) == PRESETS[preset]


def test_the_standard_reads_as_the_table_says() -> None:
    found = values(PRESETS[Preset.STANDARD])
    assert (found["tiers"], found["cooldown"], found["ceiling"], found["cap_percent"]) == (
        "80%:+25%,95%:+50%", "1h", 5_000_000, 100,
    )  # fmt: skip
    assert values(PRESETS[Preset.DYNAMIC])["tiers"] == "75%:pool+25%,85%:pool+25%,95%:pool+25%,99.9%:pool+25%"
    assert values(PRESETS[Preset.AGGRESSIVE])["tiers"] == "75%:+500000"


def test_a_changed_field_makes_it_custom_and_changed_back_it_is_the_preset() -> None:
    standard = PRESETS[Preset.STANDARD]
    custom = changed(standard, "tiers", "70%:+500K, 90.5%:+10%")
    assert custom.preset is Preset.CUSTOM
    assert custom.tiers == (Tier(700, Of.FLAT, 500_000), Tier(905, Of.CURRENT, 100))
    assert changed(custom, "tiers", "80%:+25%,95%:+50%") == standard


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ceiling", "400K"), ("ceiling", "+1"), ("tiers", "80:"), ("tiers", "95%:+1%,80%:+2%"), ("tiers", "101%:+1%"),
        ("cooldown", "1 hour"), ("cap_percent", "0"), ("cap_percent", "1001"), ("month_start", "maybe"),
        ("day_percent", "101%"), ("under", "-1"), ("reclamation", "1"), ("inference_floor", "5.5"), ("nothing", "1"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(name: str, text: str) -> None:
    with pytest.raises(WrongUse):
        changed(PRESETS[Preset.STANDARD], name, text)


@given(
    st.integers(0, 10**9), st.none() | st.integers(10**9, 10**12), st.integers(1, 44_640), st.integers(1, 1_000),
    st.none() | st.integers(1, 100), st.booleans(), st.integers(1, 31),
)  # fmt: skip
def test_any_policy_comes_back(
    floor: int, ceiling: int | None, cooldown: int, cap: int, day: int | None, stays: bool, by_day: int
) -> None:
    policy = PRESETS[Preset.CONSERVATIVE]
    for name, text in (
        ("ceiling", "unlimited" if ceiling is None else str(ceiling)), ("inference_floor", str(floor)),
        ("cooldown", f"{cooldown}m"), ("cap_percent", str(cap)), ("day_percent", "off" if day is None else str(day)),
        ("month_start", "stay" if stays else "fall_back"), ("by_day", str(by_day)),
    ):  # fmt: skip
        policy = changed(policy, name, text)
    assert restored(policy.preset.value, kept(policy)) == policy


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("tiers", "80%:+0%", "from \\+1% to \\+1,000%"), ("tiers", "80%:+1001%", "\\+1,000%"),
        ("tiers", "80%:+0", "\\+0 is none"), ("tiers", "80%:pool+0%", "from \\+1% to \\+100%"),
        ("tiers", "80%:pool+9999%", "from \\+1% to \\+100%"),
        ("tiers", ",".join(f"{n}%:+1%" for n in range(50, 61)), "10"),
        ("cooldown", "0m", "1m to 31d"), ("cooldown", "99999d", "1m to 31d"), ("cooldown", "32d", "1m to 31d"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_its_bounds(name: str, text: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        changed(PRESETS[Preset.STANDARD], name, text)


def test_the_bounds_themselves_are_allowed_and_what_was_kept_before_them_is_still_read() -> None:
    standard = PRESETS[Preset.STANDARD]
    for name, text in (("tiers", "80%:+1%,90%:+1000%"), ("tiers", "80%:pool+100%"), ("cooldown", "31d")):
        assert changed(standard, name, text).preset is Preset.CUSTOM
    before = kept(standard) | {"tiers": "80%:+0%", "cooldown": "99999d"}
    assert restored("custom", before).cooldown == 99_999 * 1_440


def test_what_is_allowed_and_surprising_is_told() -> None:
    pools = {kind: PoolStatus(kind, 1_000_000, 300_000, 0) for kind in Kind}
    standard = PRESETS[Preset.STANDARD]
    assert policy_bounds.warnings(standard, pools) == ()
    for name, text, says in (
        ("cap_percent", "20", "100K below what is allocated"), ("cap_percent", "40", "more than the whole cap of 400K"),
        ("cap_percent", "300", "300% of the pool"), ("tiers", "49.9%:+5%", "from 49.9% used"),
        ("day_percent", "3", "at most 93% of it"),
    ):  # fmt: skip
        assert says in " ".join(policy_bounds.warnings(changed(standard, name, text), pools)), name


def test_every_field_has_an_example_and_a_meaning() -> None:
    assert all(field.meaning and field.example for field in FIELDS.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [("inference_floor", "-1"), ("embedding_floor", "x"), ("ceiling", "abc"), ("tiers", "90%:abc"), ("schedule", "x"),
     ("month_start", "x"), ("cooldown", "x"), ("reclamation", "x"), ("keep", "x"), ("day_percent", "x")],
)  # fmt: skip
def test_a_refusal_names_the_field(name: str, text: str) -> None:
    with pytest.raises(WrongUse) as refused:
        changed(PRESETS[Preset.STANDARD], name, text)
    assert refused.value.message.startswith(f"{name}:")
    assert "unset" not in refused.value.hint
