"""Every setting in one place: its meaning, default, bounds, and who may change it."""

from dataclasses import dataclass

from sage_tui.domain.errors import FieldError, NotFound, WrongUse
from sage_tui.domain.text import accept, clean


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting. `whole` gives the bounds of a number; else it is text of at most `longest` characters.

    An organization may have its own value where `per_organization` says so; else the platform's holds for all.
    """

    key: str
    default: str
    meaning: str
    whole: tuple[int, int] | None = None
    longest: int = 500
    per_organization: bool = False
    words: tuple[str, ...] = ()
    """The words that it may be, where it is a choice."""

    def check(self, value: str) -> str:
        """The value as it is stored. Raises FieldError."""
        if self.words and value not in self.words:
            raise FieldError(self.key, f"{clean(value, limit=40) or 'nothing'} is none of {', '.join(self.words)}")
        if self.whole is None:
            return accept(self.key, value, self.longest)
        low, high = self.whole
        if not (value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high):
            raise FieldError(
                self.key, f"{clean(value, limit=40) or 'nothing'} is not a whole number from {low} to {high}"
            )
        return str(int(value))


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A setting as it holds. `source`: `default`, `set` (where it was asked for), or `platform` (inherited)."""

    key: str
    value: str
    default: str
    meaning: str
    source: str


SETTINGS: dict[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting("sign_in_notice", "", "a sentence on the sign-in screen, such as who may use this system"),
        Setting("admin_idle_minutes", "15", "admin mode ends after so many minutes without a key", whole=(1, 15)),
        Setting(
            "pool_warning_day",
            "15",
            "from this day of the month Today compares next month's pool with the allocations",
            whole=(1, 31),
            per_organization=True,
        ),
        Setting(
            "reservation_minutes",
            "10",
            "a reservation that is never settled ends after so many minutes",
            whole=(1, 1_440),
            per_organization=True,
        ),
        Setting(
            "orphans",
            "charge_estimate",
            "what becomes of a reservation that was never settled: charge_estimate or release",
            per_organization=True,
            words=("charge_estimate", "release"),
        ),
    )
}


def find(key: str, *, per_organization: bool = False) -> Setting:
    """The declaration of a setting. Raises NotFound; WrongUse where an organization cannot have it for itself."""
    if key not in SETTINGS:
        raise NotFound(f"There is no setting {clean(key, limit=60)}.", "See `sage-tui settings list`.")
    if per_organization and not SETTINGS[key].per_organization:
        raise WrongUse(f"{key} holds for the whole platform.", "Leave --org out.", code="platform_setting")
    return SETTINGS[key]
