"""Secrets at rest: AES-256-GCM with a fresh nonce, bound to the person and the key (security.md, section 4).

Not Fernet: it has no associated data, so that a secret could be moved to another person's row.
"""

import hashlib
import hmac
import secrets

from sage_tui.domain.errors import StoreUnavailable
from sage_tui.domain.secret import Secret
from sage_tui.services.keys import KeyRing


def seal(keys: KeyRing, user_id: int, secret: Secret) -> tuple[bytes, str]:
    """The secret sealed under the current key, and that key's id. Raises KeyMissing."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    sealed = AESGCM(keys.subkey("totp")).encrypt(nonce, secret.reveal().encode(), _bound(user_id, keys.current))
    return nonce + sealed, keys.current


def unseal(keys: KeyRing, user_id: int, sealed: bytes, key_id: str) -> Secret:
    """The secret. Raises KeyMissing; StoreUnavailable when it was moved, changed or sealed with another key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = keys.subkey("totp", key_id)
    try:
        return Secret(AESGCM(key).decrypt(sealed[:12], sealed[12:], _bound(user_id, key_id)).decode())
    except InvalidTag:
        raise StoreUnavailable(
            f"The authenticator's secret does not open with the key {key_id}: admin mode is not possible.",
            "Put the right key file back, or reset this person's authenticator on the host: sage-tui mfa reset EMAIL",
            code="key_wrong",
        ) from None


def _bound(user_id: int, key_id: str) -> bytes:
    return f"totp|{user_id}|{key_id}".encode()


def recovery_digest(keys: KeyRing, normalised: str, key_id: str = "") -> bytes:
    """What the database keeps of a recovery code: 120 random bits need no slow hash (SP 800-63B-4)."""
    return hmac.new(keys.subkey("recovery", key_id), normalised.encode(), hashlib.sha256).digest()
