"""Time zones by name, as the host knows them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sage_tui.domain.errors import FieldError
from sage_tui.domain.text import clean


def parse(name: str) -> str:
    """The name of a time zone that there is. Raises FieldError("time_zone", …)."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "Such as Europe/Vienna."
        raise FieldError("time_zone", f"{clean(name, limit=40)} is not a time zone", hint) from None
    return name
