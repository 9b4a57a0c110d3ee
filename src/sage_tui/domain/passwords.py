"""What a password must be (NIST SP 800-63B-4, security.md section 3) and one-time passwords."""

import secrets
import unicodedata
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from sage_tui.domain import emails
from sage_tui.domain.errors import FieldError
from sage_tui.domain.secret import Secret

SHORTEST = 15
LONGEST = 128
ONE_TIME_LENGTH = 20
ONE_TIME_HOURS = 72
PRODUCT_NAMES = ("sage-tui", "sage tui", "sagetui")

_ONE_TIME_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""Without 0 O 1 l I: it is read from a screen and typed."""


def normalise(password: Secret) -> Secret:
    """NFKC, as it is hashed: two ways of typing one character sign in alike."""
    return Secret(unicodedata.normalize("NFKC", password.reveal()))


def is_too_long(password: Secret) -> bool:
    """Refused before hashing."""
    text = password.reveal()
    return len(text) > LONGEST * 4 or len(unicodedata.normalize("NFKC", text)) > LONGEST


def check(password: Secret, email: str = "", organization: str = "", names: tuple[str, ...] = ()) -> Secret:
    """The password as it is hashed. Raises FieldError("password", why) naming the reason; never repeats it."""
    if len(password.reveal()) > LONGEST * 4:
        raise FieldError("password", f"is longer than {LONGEST} characters")
    normal = normalise(password)
    text = normal.reveal()
    if len(text) > LONGEST:
        raise FieldError("password", f"is longer than {LONGEST} characters")
    if len(text) < SHORTEST:
        raise FieldError(
            "password", f"has {len(text)} characters, at least {SHORTEST} are needed.", "A sentence is easy."
        )
    if any(unicodedata.category(ch) in ("Cc", "Cs") for ch in text):
        raise FieldError("password", "has a control character")
    why = _why_weak(_fold(text), email, organization, names)
    if why:
        raise FieldError("password", f"{why}.", "Take several words that do not belong together.")
    return normal


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _why_weak(text: str, email: str, organization: str, names: tuple[str, ...]) -> str | None:
    squeezed = _squeeze(text)
    if text in blocklist() or squeezed in blocklist():
        return "is one of the commonly used passwords"
    if len(set(squeezed)) < 5:
        return "repeats very few different characters"
    if _repeats(squeezed):
        return "repeats one short piece"
    if _is_run(squeezed):
        return "is a run of neighbouring keys or characters"
    for what, part in _personal(email, organization, names):
        if _is_mostly(squeezed, part):
            return f"is mostly {what}"
    return None


def _squeeze(text: str) -> str:
    return "".join(ch for ch in text if ch.isalnum()) or text


def _personal(email: str, organization: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    local, _, domain = emails.key(email).rpartition("@")
    parts = [("the e-mail address", emails.key(email)), ("the e-mail address", local), ("the e-mail address", domain)]
    parts += [("the organization's name", organization)]
    parts += [("the product's name", name) for name in PRODUCT_NAMES]
    parts += [("the person's name", name) for name in names]
    return [(what, _squeeze(_fold(part))) for what, part in parts if len(_squeeze(_fold(part))) >= 4]


def _is_mostly(text: str, part: str) -> bool:
    """Would fewer than eight characters be left without it?"""
    return part in text and len(text.replace(part, "")) < 8


def _repeats(text: str) -> bool:
    """Is it one piece of at most six characters, again and again?"""
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, 7) if size * 2 < len(text)
    )


_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


def _is_run(text: str) -> bool:
    """Is nearly every step a step to a neighbour, forwards or backwards?"""
    near = {pair for run in _RUNS for way in (run, run[::-1]) for pair in pairwise(way)}
    steps = list(pairwise(text))
    return bool(steps) and sum(step in near for step in steps) * 10 >= len(steps) * 8


@lru_cache(maxsize=1)
def blocklist() -> frozenset[str]:
    """Common passwords of at least fifteen characters, folded (package data, one a line, # is a comment)."""
    text = resources.files("sage_tui.domain").joinpath("blocklist.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    folded = {_fold(line) for line in lines if line and not line.startswith("#")}
    return frozenset(folded | {_squeeze(line) for line in folded})


def make_one_time() -> Secret:
    """A one-time password: 20 random characters, without those that are mistaken for each other."""
    return Secret("".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(ONE_TIME_LENGTH)))
