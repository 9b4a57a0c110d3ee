"""Foreign text: the one cleaner on the way out, the checks on the way in (security.md, section 1)."""

import re
import unicodedata

from sage_tui.domain.errors import FieldError

BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as letters or marks and show as nothing."""

NAME_LIMIT = 200
NOTE_LIMIT = 500
IDENTITY_LIMIT = 300
NOBODY = "(none)"
"""How a record without any identity is held."""


def clean(s: str, *, multiline: bool = False, limit: int = 2000) -> str:
    """Any text as text that is safe to draw: no control, bidi or invisible character comes out.

    `limit` is in code points; what is cut is marked with an ellipsis. Controls show as their pictures
    (ESC is seen as ␛), other unsafe characters as the replacement character.
    """
    if s.isascii() and s.isprintable() and len(s) <= limit:
        return s
    out: list[str] = []
    marks = 0
    for ch in s[:limit]:
        cat, o = unicodedata.category(ch), ord(ch)
        marks = marks + 1 if cat in ("Mn", "Me") else 0
        if ch == "\n" and multiline:
            out.append(ch)
        elif ch == "\t" or cat == "Zs":
            out.append(" ")
        elif o < 0x20:
            out.append(chr(0x2400 + o))
        elif o == 0x7F:
            out.append("\u2421")
        elif _unsafe(ch, cat, o) or marks > 4:
            out.append("\ufffd")
        else:
            out.append(ch)
    return "".join(out) + ("…" if len(s) > limit else "")


def _unsafe(ch: str, cat: str, o: int) -> bool:
    return (
        cat in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        or ch in BLANK
        or 0xFE00 <= o <= 0xFE0E
        or 0xE0100 <= o <= 0xE01EF
    )


def accept(field: str, s: str, limit: int, multiline: bool = False) -> str:
    """Text as it may enter the store: NFC, at most `limit` code points, no surrogate, NUL or control.

    Line ends are allowed with `multiline` (notes and reasons) and become `\\n`. Raises FieldError naming the field.
    """
    if len(s) > limit * 4:
        raise FieldError(field, f"is {len(s):,} characters long, at most {limit:,} are allowed")
    if multiline:
        s = s.replace("\r\n", "\n").replace("\r", "\n")
    for place, ch in enumerate(s):
        cat = unicodedata.category(ch)
        if cat in ("Cc", "Cs") and not (multiline and ch == "\n"):
            raise FieldError(field, f"has {_named(ch)} at character {place + 1}", "Remove that character.")
    s = unicodedata.normalize("NFC", s)
    if len(s) > limit:
        raise FieldError(field, f"is {len(s):,} characters long, at most {limit:,} are allowed")
    return s


def _named(ch: str) -> str:
    o = ord(ch)
    if o == 0:
        return "a NUL character"
    if 0xD800 <= o <= 0xDFFF:
        return f"half a character (U+{o:04X})"
    return {0x09: "a tab", 0x0A: "a line end", 0x0D: "a line end", 0x1B: "an escape character"}.get(
        o, f"a control character (U+{o:04X})"
    )


def half(s: str) -> bool:
    """Has it half a character (a lone surrogate), which no database and no terminal takes?"""
    return not s.isascii() and any(0xD800 <= ord(ch) <= 0xDFFF for ch in s)


_TO_ESCAPE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|x([0-9a-f]{2})|u([0-9a-f]{4}))")


def escape(s: str) -> str:
    """Machine text as it is stored: controls as `\\x1b`, half characters as `\\ud800`, backslash doubled."""
    if s.isascii() and s.isprintable() and "\\" not in s:
        return s
    return _TO_ESCAPE.sub(_escape_one, s)


def _escape_one(found: re.Match[str]) -> str:
    o = ord(found[0])
    if o == 0x5C:
        return "\\\\"
    return f"\\x{o:02x}" if o < 0x100 else f"\\u{o:04x}"


def unescape(s: str) -> str:
    """What `escape` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[2] or found[3], 16)) if found[1] != "\\" else "\\", s)


def identity(s: str, limit: int = IDENTITY_LIMIT) -> str:
    """A gateway's identity as it is stored and compared: escaped, never refused, an empty one is `(none)`.

    What is longer than `limit` keeps its beginning and is told apart by a digest of the whole.
    """
    return machine(s, limit) or NOBODY


def machine(s: str, limit: int = IDENTITY_LIMIT) -> str:
    """A model key, source or other machine text as it is stored: escaped and bounded, never refused."""
    escaped = escape(s)
    if len(escaped) <= limit:
        return escaped
    import hashlib  # for what is long alone: the console's first frame does without

    digest = hashlib.sha256(escaped.encode()).hexdigest()[:32]
    return f"{_beginning(s, limit - len(digest) - 1)}…{digest}"


def _beginning(s: str, room: int) -> str:
    """As many whole characters, escaped, as there is room for: no escape is cut in two."""
    out = ""
    for ch in s[:room]:
        if len(out) + len(escape(ch)) > room:
            break
        out += escape(ch)
    return out


def counted(number: int, one: str, many: str = "") -> str:
    """`1 entry`, `1,204 entries`: a number with its word; the plural is the word and an s unless given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
