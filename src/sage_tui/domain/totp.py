"""Codes of an authenticator app: RFC 6238 by our own arithmetic (security.md, section 4).

SHA-1, six digits, thirty seconds. A code is worth one step: who accepts it must also move `last_step` on.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
from urllib.parse import quote

from sage_tui.domain.errors import FieldError
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Micros

PERIOD = 30
SECRET_BYTES = 20
MIN_SECRET_BYTES = 14
"""112 bits: shorter secrets are refused when they are imported."""
RECOVERY_LENGTH = 24
RECOVERY_COUNT = 10
ISSUER = "sage"
MAX_URL = 106
"""Bytes of an enrolment address whose QR code still fits 80×24 (screens.md)."""

_DIGITS = re.compile(r"[0-9]{6}")
_BASE32 = re.compile(r"[A-Z2-7]+")
_BASE32_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SPACES = str.maketrans("", "", " \u00a0-")


def make_secret() -> Secret:
    """A new secret of 160 bits, in base32."""
    return Secret(base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode())


def parse_secret(text: str) -> Secret:
    """A secret from elsewhere, in base32. Raises FieldError when it is no secret or too short."""
    try:
        raw = _raw(text.translate(_SPACES).upper())
    except (binascii.Error, ValueError) as error:
        raise FieldError("secret", "is not written in base32") from error
    if len(raw) < MIN_SECRET_BYTES:
        raise FieldError("secret", "is shorter than 112 bits")
    return Secret(base64.b32encode(raw).decode().rstrip("="))


def _raw(secret: str) -> bytes:
    if not _BASE32.fullmatch(secret):
        raise ValueError("not base32")
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def normalise(entry: str) -> str | None:
    """Six digits from what was typed or pasted (`123 456`, `123-456`); None when they are not six digits."""
    digits = entry.translate(_SPACES)
    return digits if _DIGITS.fullmatch(digits) else None


def step_of(at: Micros) -> int:
    """The step that an instant lies in."""
    return at // (PERIOD * 1_000_000)


def code(secret: Secret, step: int) -> str:
    """The six digits of one step."""
    digest = hmac.new(_raw(secret.reveal()), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number: int = struct.unpack_from(">I", digest, offset)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def match(secret: Secret, digits: str, now: int) -> int | None:
    """Which of -1, 0, +1 steps beside the step `now` has this code; None when none has.

    All three are compared, in constant time. Whether the step was used before is the store's to say.
    """
    hits = [
        offset
        for offset in (-1, 0, 1)
        if hmac.compare_digest(code(secret, max(now + offset, 0)).encode(), digits.encode("utf-8", "replace"))
    ]
    return min(hits, key=abs) if hits else None


def url(secret: Secret, email: str) -> Secret:
    """The `otpauth://` address for a QR code, at most 106 bytes: the e-mail's local part is cut to fit.

    The defaults of every app (SHA-1, six digits, thirty seconds) are left out.
    """
    head, tail = "otpauth://totp/", f"?secret={secret.reveal()}&issuer={ISSUER}"
    return Secret(head + _label(email, MAX_URL - len(head) - len(tail)) + tail)


def _label(email: str, room: int) -> str:
    local, at, domain = email.rpartition("@")
    end = _cut(at + domain, room - 1)
    return _cut(local, room - len(end)) + end


def _cut(text: str, room: int) -> str:
    """The beginning of the text that takes at most `room` bytes in an address."""
    out = ""
    for ch in text:
        part = quote(ch, safe="@", errors="replace")
        if len(out) + len(part) > room:
            break
        out += part
    return out


def make_recovery_code() -> Secret:
    """A recovery code: 24 base32 characters, 120 bits, in groups of four."""
    letters = "".join(secrets.choice(_BASE32_ALPHABET) for _ in range(RECOVERY_LENGTH))
    return Secret("-".join(letters[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)))


def normalise_recovery(entry: str) -> str | None:
    """A recovery code as it is digested: upper case, no spaces or hyphens; None when it has not the shape.

    0, 1 and 8 are not in base32: they are read as the letters that they are mistaken for.
    """
    letters = entry.translate(_SPACES).upper().translate(str.maketrans("018", "OIB"))
    return letters if len(letters) == RECOVERY_LENGTH and _BASE32.fullmatch(letters) else None
