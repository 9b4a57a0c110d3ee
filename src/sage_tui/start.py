"""The first acts of the program, before anything that is not the standard library is imported.

Sources: security.md, sections 2 and 9. Textual reads its environment when it is imported, libpq when it connects.
"""

import os
import sys
from collections.abc import MutableMapping, Sequence

LOGIN_KEEPS = frozenset({"TERM", "COLORTERM", "LANG", "TZ", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY"})
"""What a restricted login keeps, with LC_*."""

_DROPPED = frozenset({"PYTHONINSPECT", "COLUMNS", "LINES"})
_KEPT_PG = frozenset({"PGPASSFILE", "PGSSLROOTCERT"})


def prepare(argv: Sequence[str], environ: MutableMapping[str, str] | None = None) -> None:
    """Files are ours alone; what the environment could make libraries do is dropped."""
    os.umask(0o077)
    open_standard_streams()
    scrub(os.environ if environ is None else environ, restricted="login" in argv[:1])
    for stream in (sys.stdout, sys.stderr):
        # Whatever the locale says: a sign that cannot be written must not be a crash.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def open_standard_streams() -> None:
    """Whoever closed 0, 1 or 2 gets the null device there: else a database would be opened in their place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def scrub(environ: MutableMapping[str, str], *, restricted: bool) -> None:
    """Drop variables by name; in a restricted login keep only a short list."""
    for name in list(environ):
        if _keeps(name) if restricted else not _drops(name):
            continue
        del environ[name]


def _keeps(name: str) -> bool:
    return name in LOGIN_KEEPS or name.startswith("LC_")


def _drops(name: str) -> bool:
    return name in _DROPPED or name.startswith("TEXTUAL") or (name.startswith("PG") and name not in _KEPT_PG)
