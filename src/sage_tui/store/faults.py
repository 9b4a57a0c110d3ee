"""The driver's errors put into our words (security.md, section 10). The driver's own text is never shown."""

from sqlalchemy import exc

from sage_tui.domain.errors import SageError, StoreUnavailable

_BUSY = "The database is locked by another program (waited 5 s). Nothing was saved."
_LOST = "The connection to the database was lost. Nothing was saved."
_DAMAGED = "The database is damaged: restore a backup."

_SQLITE: dict[str, tuple[str, str, str]] = {
    "SQLITE_FULL": (
        "disk_full",
        "Nothing was saved: the disk is full.",
        "Free space on the database's disk and try again.",
    ),
    "SQLITE_IOERR": (
        "disk_error",
        "Nothing was saved: disk error.",
        "Look at the disk's health and its quota, then try again.",
    ),
    "SQLITE_READONLY": (
        "read_only",
        "The database is read-only: nothing was saved.",
        "Make file and directory writable.",
    ),
    "SQLITE_CANTOPEN": ("cannot_open", "The database cannot be opened.", "Look at path, owner and mode of the file."),
    "SQLITE_CORRUPT": ("damaged", _DAMAGED, "Stop writing; run `sage-tui doctor`."),
    "SQLITE_NOTADB": ("damaged", _DAMAGED, "Stop writing; run `sage-tui doctor`."),
    "SQLITE_BUSY": ("busy", _BUSY, "Try again, or see who holds it: sage-tui doctor"),
    "SQLITE_LOCKED": ("busy", _BUSY, "Try again, or see who holds it: sage-tui doctor"),
    "SQLITE_INTERRUPT": ("interrupted", "The question was interrupted.", ""),
}
_POSTGRES: dict[str, tuple[str, str, str]] = {
    "55P03": ("busy", "The database is busy: nothing was saved.", "Try again."),
    "57014": ("busy", "The database is busy: nothing was saved.", "Try again."),
    "57P01": ("lost", _LOST, "Try again."),
    "57P03": ("lost", "The database server is starting: nothing was saved.", "Try again in a moment."),
    "53100": ("disk_full", "Nothing was saved: the disk is full.", "Free space on the database's disk and try again."),
    "42501": ("not_granted", "The database role may not do this.", "Run `sage-tui migrate` with the owner's role."),
    "25006": ("read_only", "The database is read-only: nothing was saved.", "Connect to the primary."),
}

RETRIED = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the whole function may run again."""


def code_of(error: BaseException) -> str:
    """The engine's own code of an error: SQLITE_… or SQLSTATE, or nothing."""
    orig = getattr(error, "orig", error)
    return getattr(orig, "sqlite_errorname", None) or getattr(orig, "sqlstate", None) or ""


def _known(code: str) -> tuple[str, str, str] | None:
    if code in _POSTGRES:
        return _POSTGRES[code]
    return next((words for name, words in _SQLITE.items() if code == name or code.startswith(name + "_")), None)


def translate(error: exc.SQLAlchemyError) -> SageError:
    """Our error for the driver's: a sentence, a stable code, what to do."""
    code = code_of(error)
    known = _known(code)
    if known:
        stable, message, hint = known
        return StoreUnavailable(message, hint, code=stable)
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        silent = "The database server does not answer: nothing was saved."
        return StoreUnavailable(silent, "See whether the server runs and is reachable, then try again.", code="lost")
    return StoreUnavailable(
        f"The database refused the write ({code or type(error).__name__}).", "Run `sage-tui doctor`."
    )
