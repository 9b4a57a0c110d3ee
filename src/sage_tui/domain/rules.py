"""Rules in words: why a number is what it is, from the code that history and plans keep."""

from datetime import datetime

from sage_tui.domain.text import clean

WORDS = {
    "set": "set by hand",
    "edit": "edited by hand",
    "unset": "unset",
    "floor": "floor of the policy",
    "import": "from a file",
    "bump": "raised automatically",
    "reclaim": "taken back, idle",
    "request": "for the month",
    "request_good": "for good",
    "request_until": "until a date",
    "raise": "raised until a date",
    "raise_end": "a raise ended",
    "month_start": "the month began",
    "floors": "floor of the policy",
    "share_evenly": "shared out evenly",
    "share_by_use": "shared out by use",
    "rebalance": "shared out by use, from what was reclaimed",
    "disable": "disabled: at most 1,000 tokens",
    "offboard": "offboarded",
    "role": "another role",
    "email": "another e-mail address",
    "payer": "another payer",
    "decided": "decided",
    "move": "moved to another organization",
}

REQUESTS = ("request", "request_good", "request_until")


def words(rule: str, until: datetime | None = None, change: tuple[object, object] = (None, None)) -> str:
    """A rule's code, `scale:2500` or `undo:241:bump:800`, as people read it.

    `until` is the end of what it gave; `change` is the value before and after, from which a bump's share is told.

    >>> words("scale:2500"), words("add:-500000"), words("undo:241:bump:800"), words("floor")
    ('+25% of the value before', '-500,000 tokens', 'undo of batch 241', 'floor of the policy')
    >>> words("floors:own"), words("raise:7"), words("raise:7", datetime(2026, 12, 24))
    ('their own floor', 'raised until a date', 'raised until 2026-12-24')
    >>> words("request_good:88"), words("request_until:9", datetime(2026, 12, 24)), words("request:12:500")
    ('request 88, for good', 'request 9, until 2026-12-24', 'request 12, for the month')
    >>> words("bump:800:6", None, (500_000, 625_000))
    '80% reached, +25% (policy v6)'
    """
    code, _, number = rule.partition(":")
    value = int(number) if number.lstrip("-").isdigit() else 0
    if code == "bump" and number:
        return _bump(number.split(":"), *change)
    if code in REQUESTS:
        of = number.partition(":")[0]
        return f"{f'request {of}' if of else 'granted request'}, {_ending(WORDS[code], until)}"
    if code == "scale":
        return f"{value / 100:+g}% of the value before"
    if code == "add":
        return f"{value:+,} tokens" if number else "when added"
    if code in ("floor", "floors") and number == "own":
        return "their own floor"
    if code == "raise":
        return _ending(WORDS[code], until)
    if code == "reclaim" and number:
        return _reclaim(number.split(":"))
    if code in ("share_by_use", "rebalance") and number:
        return f"{WORDS[code]}: {value:,} tokens in the last 30 days"
    if code == "undo":
        return f"undo of batch {number.partition(':')[0]}" if number else "undone"
    return WORDS.get(code, clean(rule, limit=60))


def _ending(told: str, until: datetime | None) -> str:
    """`raised until a date`, with the date where it is known."""
    if until is None or not told.endswith("a date"):
        return told
    return told.removesuffix("a date") + f"{until:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def _bump(parts: list[str], before: object, after: object) -> str:
    """The trigger, by how much of the value before it went up, and by which version of the policy.

    >>> _bump(["950", "3"], 4_900_000, 5_000_000), _bump(["999"], None, None), _bump(["750", "0"], 0, 500_000)
    ('95% reached, +2% (policy v3)', '99.9% reached', '75% reached, +500,000 tokens (policy v0)')
    """
    told = f"{int(parts[0]) / 10:g}% reached" if parts[0].isdecimal() else WORDS["bump"]
    if isinstance(before, int) and isinstance(after, int) and after != before:
        grown = after - before
        share = f"{(2_000 * grown + before) // (2 * before) / 10:+g}%" if before else ""
        told += f", {share or f'{grown:+,} tokens'}"
    return f"{told} (policy v{clean(parts[1], limit=10)})" if len(parts) > 1 else told


def giver(rule: str) -> str:
    """What gave a step, by its code: `raise:7:0` is the raise 7, to somebody who had no limit.

    >>> giver("raise:7:0"), giver("request_until:12"), giver("set")
    ('raise:7', 'request_until:12', 'set')
    """
    return ":".join(rule.split(":")[:2])


def request_of(rule: str) -> str:
    """The number of the request that a step granted; empty where it granted none.

    >>> request_of("request_good:88:500"), request_of("undo:7:request:12"), request_of("set")
    ('88', '', '')
    """
    code, _, rest = rule.partition(":")
    return rest.partition(":")[0] if code in REQUESTS else ""


def _reclaim(parts: list[str]) -> str:
    """`idle:23:floor`, `used:15:20:keep:1200` in words.

    >>> _reclaim(["idle", "23", "floor"])
    'idle for 23 days; down to the floor'
    >>> _reclaim(["used", "15", "20", "keep", "1200"])
    'used 1.5% by day 20; down to what was used × 1.2'
    """
    if parts[0] == "idle":
        because, to = f"idle for {parts[1]} days", parts[2:]
    else:
        because, to = f"used {int(parts[1]) / 10:g}% by day {parts[2]}", parts[3:]
    return f"{because}; down to {'the floor' if to[0] == 'floor' else f'what was used × {int(to[1]) / 1_000:g}'}"
