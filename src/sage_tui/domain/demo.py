"""What a demo database tells on its doorstep (interfaces.md, "Demo accounts"). Nothing here opens a real one."""

import base64
import hashlib

from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import DemoAccount

PASSWORD = "correct horse battery staple"

ACCOUNTS = (
    DemoAccount("root@sage.example", "platform operator"),
    DemoAccount("admin@acme.example", "administrator of Acme Corp"),
    DemoAccount("member@acme.example", "member of Acme Corp, no second factor"),
    DemoAccount("new-admin@acme.example", "administrator who has yet to enrol"),
)


def totp_secret(email: str) -> Secret:
    """The authenticator secret of somebody in a demo: follows from the e-mail, so that every demo has the same."""
    return Secret(base64.b32encode(hashlib.sha256(f"sage-tui demo {email}".encode()).digest()[:20]).decode())
