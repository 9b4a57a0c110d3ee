"""The member home in words: balances, pace, security, sign-ins. Values in, lines out."""

from datetime import UTC, datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import full
from sage_tui.domain.forecast import HISTORY, Forecast
from sage_tui.domain.months import day_start
from sage_tui.domain.sessions import Home
from sage_tui.domain.units import Kind, Role
from sage_tui.domain.users import NEAR, Balance, SignIn
from sage_tui.tui import times
from sage_tui.tui.numbers import bar, sparkline
from sage_tui.tui.text import Line, Part

OUTCOMES = {
    "in": "signed in",
    "failed": "wrong password",
    "waiting": "refused, too many failures",
    "banned": "refused, banned",
    "admin": "entered admin mode",
    "recovery": "entered admin mode with a recovery code",
    "code failed": "wrong code",
}


def greeting(home: Home) -> Line:
    """Hello, and where one belongs."""
    belongs = {
        Role.SUPER_ADMIN: "platform operator",
        Role.ADMIN: f"administrator of {home.organization}",
        Role.USER: f"member of {home.organization}",
    }[home.type]
    if home.organization is None and home.type is not Role.SUPER_ADMIN:
        belongs = "in no organization"
    return ((f"Hello {home.first_name or home.name or home.email}", "bold"), f"   {belongs}")


UNSET = "no limit was set: ask your administrator"
NO_LIMIT = "You belong to no organization: no limit applies here."


def balance(name: str, of: Balance, width: int, unset: str = UNSET) -> Line:
    """`Inference ▓▓▓▓▓▓▓▓▓░ 1,365,000 of 1,500,000 used · 135,000 left`."""
    head = f"{name:<10}{bar(of.share)} "
    if of.allocation is None:
        return (head, f"{full(of.used):>{width}} used{' · ' if unset else ''}{unset}")
    words: list[Part] = [head, f"{full(of.used):>{width}} of {full(of.allocation):>{width}} used · "]
    left = of.remaining or 0
    if left <= 0 and of.used > 0:
        over = f"■ at limit, {full(-left)} over" if left < 0 else "■ at limit"
        return (*words, (over, "$bad bold"))
    near = of.share is not None and of.share >= NEAR
    return (*words, (("▲ " if near else "") + f"{full(left)} left", "$near" if near else ""))


def pace(of: Balance, lasts: Forecast | None, now: datetime) -> str:
    """Until when it lasts at the pace of the last 28 days; nothing where nothing was used or there is no limit."""
    if not of.used or of.remaining is None:
        return ""
    if of.remaining <= 0:
        return "calls are refused until the month resets, or more is granted"
    if lasts is None or lasts.lasting is None:
        days = 0 if lasts is None else lasts.history
        return f"until when it lasts cannot be said yet: {days} of {HISTORY} days of use"
    if lasts.day is None:
        return "at your present pace it lasts beyond the month"
    return f"at your present pace it lasts until {times.long_day(to_datetime(day_start(lasts.day)), now, 'UTC')}"


def resets(home: Home, now: datetime, zone: str) -> str:
    """`resets 1 Dec 00:00 UTC, in 8 days (16:00 on 30 Nov here)`."""
    at = home.resets_at
    words = f"resets {times.day(at, now, 'UTC')} 00:00 UTC, in {home.days_left} day{'s' if home.days_left != 1 else ''}"
    here = times.zone(zone)
    if here is UTC:
        return words
    local = at.astimezone(here)
    return f"{words} ({local:%H:%M} on {local.day} {local:%b} here)"


def balances(home: Home, now: datetime) -> list[Line]:
    """Both kinds with bars, the pace, the day of the reset."""
    width = max(
        len(full(number)) for of in (home.inference, home.embedding) for number in (of.used, of.allocation or 0)
    )
    lines: list[Line] = []
    unlimited = home.type is Role.SUPER_ADMIN and home.organization is None
    for name, of in (("Inference", home.inference), ("Embedding", home.embedding)):
        lines.append(balance(name, of, width, "" if unlimited else UNSET))
        if words := pace(of, home.lasts.get(Kind(name.lower())), now):
            lines.append((" " * 10 + words,))
        lines += [
            (" " * 10 + f"{full(amount)} of it until {times.day(until, now, home.time_zone)}",)
            for kind, amount, until in home.raised
            if kind.value == name.lower()
        ]
    if unlimited:
        return [*lines, (" " * 10 + NO_LIMIT,)]
    return [*lines, (" " * 10 + resets(home, now, home.time_zone),)]


def days(home: Home) -> list[Line]:
    """The last 30 days as a line of bars, with the sum and the largest day."""
    total, top = sum(home.days), max(home.days, default=0)
    if not total:
        return [(("Your last 30 days", "bold"), "   nothing was used")]
    return [
        (("Your last 30 days", "bold"), f"   {full(total)} charged, {full(top)} on the busiest day"),
        (f"  {sparkline(home.days)}",),
    ]


def security(home: Home, now: datetime) -> list[Line]:
    """Authenticator, recovery codes, the own sign-ins."""
    codes = home.recovery_codes_left
    mfa = f"on · {codes} recovery code{'s' if codes != 1 else ''} left" if home.mfa_enrolled else "off"
    few: Part = (" ▲ few: make new ones", "$near") if home.mfa_enrolled and codes <= 3 else ""
    lines: list[Line] = [(("Security", "bold"), f"   MFA {mfa}", few)]
    return lines + [sign_in(entry, now, home.time_zone) for entry in home.sign_ins[:5]]


def sign_in(entry: SignIn, now: datetime, zone: str) -> Line:
    """`  08:12         signed in              terminal uid 1000 10.0.0.7`."""
    return (
        f"  {times.clock_or_day(entry.at, now, zone):<18} {OUTCOMES.get(entry.outcome, entry.outcome):<28}",
        (entry.origin, "$quiet"),
    )
