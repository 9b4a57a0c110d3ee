"""E-mail addresses: RFC 6531, NFC, at most 254 characters, compared case-folded."""

import ipaddress
import re
import unicodedata

from sage_tui.domain.errors import FieldError
from sage_tui.domain.text import clean

LIMIT = 254
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LABEL = re.compile(r"[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\-\u0080-\U0010ffff]*[A-Za-z0-9\u0080-\U0010ffff])?")


def parse(text: str, field: str = "email") -> str:
    """The address as it is stored: NFC, spaces around it removed. Raises FieldError.

    Invisible and direction-changing characters are refused: two addresses must not look alike and differ.
    """
    if len(text) > LIMIT * 4:
        raise FieldError(field, f"an e-mail has at most {LIMIT} characters")
    address = unicodedata.normalize("NFC", text.strip(" \u00a0"))
    why = _why_not(address)
    if why:
        raise FieldError(field, why)
    return address


def is_valid(text: str) -> bool:
    """Is the text an address?"""
    try:
        parse(text)
    except FieldError:
        return False
    return True


def key(address: str) -> str:
    """What addresses are compared by: NFC and case-folded. Takes any text, for lookups."""
    folded = unicodedata.normalize("NFC", address.strip(" \u00a0")).casefold()
    return unicodedata.normalize("NFC", folded)


def domain_of(address: str) -> str:
    """The part after the last @, case-folded."""
    return key(address).rpartition("@")[2]


def _why_not(address: str) -> str | None:
    if not address:
        return "is empty"
    if len(address) > LIMIT:
        return f"an e-mail has at most {LIMIT} characters"
    if clean(address) != address:
        return "has a control or invisible character"
    local, at, domain = address.rpartition("@")
    if not at:
        return "is not an e-mail address: it has no @"
    return _local_why_not(local) or _domain_why_not(domain)


def _local_why_not(local: str) -> str | None:
    if not local:
        return "is not an e-mail address: nothing stands before the @"
    if len(local.encode()) > 64:
        return "the part before the @ is longer than 64 bytes"
    if _QUOTED.fullmatch(local) or all(_ATOM.fullmatch(atom) for atom in local.split(".")):
        return None
    return "is not an e-mail address: the part before the @ has a character (or a dot) where none may stand"


def _domain_why_not(domain: str) -> str | None:
    if domain.startswith("[") and domain.endswith("]"):
        return None if _is_literal(domain[1:-1]) else "is not an e-mail address: no such network address"
    if not domain or len(domain.encode()) > 255:
        return "is not an e-mail address: its domain is missing or too long"
    for label in domain.split("."):
        if not _LABEL.fullmatch(label) or len(label) > 63:
            return "is not an e-mail address: its domain has a part that is empty, too long or oddly written"
    return None


def _is_literal(literal: str) -> bool:
    try:
        if literal[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(literal[5:])
        else:
            ipaddress.IPv4Address(literal)
    except ValueError:
        return False
    return True
