"""The key file: lines of `key_id base64`, the first is current (security.md, section 4)."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sage_tui.domain.errors import Refused, StoreUnavailable


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys by id, the current one's id, and where they came from. May be empty: then there is no admin mode."""

    keys: Mapping[str, bytes]
    current: str
    path: str

    def __repr__(self) -> str:
        return f"KeyRing({len(self.keys)} keys)"

    @staticmethod
    def empty(path: str = "") -> "KeyRing":
        """No key at all: sign-in and member pages work, admin mode says what is missing."""
        return KeyRing({}, "", path)

    def of(self, database_id: str, check: bytes) -> "KeyRing":
        """This ring if it is the database's; else an empty one. A database that knows no key yet takes any."""
        key_id = check.split(b":")[0].decode("ascii", "replace")
        right = not check or (key_id in self.keys and self.check_value(database_id, key_id) == check)
        return self if right else KeyRing.empty(self.path)

    def subkey(self, use: str, key_id: str = "") -> bytes:
        """32 bytes for one use (`totp`, `recovery`, `audit`, `check`). Raises KeyMissing."""
        wanted = key_id or self.current
        if wanted not in self.keys:
            raise KeyMissing(wanted, self.path)
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), 32, salt=None, info=f"sage-tui/{use}".encode()).derive(self.keys[wanted])

    def audit_key(self) -> bytes:
        """The audit's subkey; empty bytes without a key (verify then says that the seals cannot be checked)."""
        return self.subkey("audit") if self.current else b""

    def check_value(self, database_id: str, key_id: str = "") -> bytes:
        """What the database keeps to tell a wrong key from a broken secret: `key_id:mac`."""
        wanted = key_id or self.current
        mac = hmac.new(self.subkey("check", wanted), database_id.encode(), hashlib.sha256).hexdigest()
        return f"{wanted}:{mac}".encode()


class KeyMissing(StoreUnavailable):
    """The key file lacks a key that the database's secrets were sealed with."""

    code = "key_missing"

    def __init__(self, key_id: str, path: str) -> None:
        named = f"the key {key_id}" if key_id else "any key"
        super().__init__(
            f"The key file {path or ''} does not hold {named}: admin mode is not possible.",
            "Put the key file back. If it is lost for good: `sage-tui mfa reset --all` on the host.",
        )


def load(path: str) -> KeyRing:
    """Read a key file; an absent one gives an empty ring. Raises StoreUnavailable for one that is no key file."""
    try:
        with open(path, encoding="ascii") as lines:
            pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        keys = {key_id: base64.b64decode(text, validate=True) for key_id, text in pairs}
    except FileNotFoundError:
        return KeyRing.empty(path)
    except (OSError, ValueError, binascii.Error):
        raise StoreUnavailable(
            f"The key file {path} cannot be read.", "Put the right file back; see its owner and mode.", code="key_file"
        ) from None
    if not keys or any(len(key) != 32 for key in keys.values()):
        raise StoreUnavailable(f"{path} is not a key file.", "Put the right file back.", code="key_file")
    return KeyRing(keys, pairs[0][0], path)


def create(path: str) -> KeyRing:
    """Make a key file of mode 0600 with one fresh key. Raises Refused where a file is: a key is never made over one."""
    key_id, key = f"k{secrets.token_hex(4)}", secrets.token_bytes(32)
    os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Refused(
            f"There is already a key file at {path}",
            "A key is never written over another: move it away if it is not needed.",
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as lines:
        lines.write(f"{key_id} {base64.b64encode(key).decode()}\n")
        lines.flush()
        os.fsync(lines.fileno())
    return KeyRing({key_id: key}, key_id, path)
