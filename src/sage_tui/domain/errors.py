"""What can go wrong, in words for people and codes for scripts.

Every error that a person may meet is one of these: a sentence (what happened and why), a stable
code, a hint (what to do), and the exit code of the command line (interfaces.md, "Exit codes").
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class SageError(Exception):
    """An error with a message for people, a stable code for scripts, and a hint."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, hint: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint
        self.stable_code = code or type(self).code

    @property
    def figures(self) -> Mapping[str, int | str]:
        """Numbers of the message by name, for scripts; most errors have none."""
        return {}


class Refused(SageError):
    """A rule says no: nothing was changed."""

    code = "refused"


class PoolTooSmall(Refused):
    """A raise would pass the organization's cap. `shortfall` is missing, `fits` may be had, in tokens of `kind`."""

    code = "pool_too_small"

    def __init__(self, message: str, hint: str = "", *, kind: str, shortfall: int, fits: int) -> None:
        super().__init__(message, hint)
        self.kind, self.shortfall, self.fits = kind, shortfall, fits

    @property
    def figures(self) -> dict[str, int | str]:
        """What scripts need to ask again."""
        return {"kind": self.kind, "shortfall": self.shortfall, "fits": self.fits}


class WrongUse(SageError):
    """The call itself is wrong: an option, an amount, a filter, a file's shape."""

    code = "wrong_use"
    exit_code = 2


class FieldError(WrongUse):
    """One field of an input is not acceptable. `place` names it ("row 3, first_name")."""

    code = "bad_field"

    def __init__(self, field: str, why: str, hint: str = "") -> None:
        super().__init__(f"{field}: {why}", hint)
        self.field = field
        self.why = why


class QueryError(WrongUse):
    """A filter stops making sense at `column` (0-based), because of `why`."""

    code = "bad_query"

    def __init__(self, text: str, column: int, why: str, hint: str = "") -> None:
        super().__init__(f"filter, column {column + 1}: {why}", hint)
        self.text = text
        self.column = column
        self.why = why


class NotFound(SageError):
    """No such thing, or none within the caller's reach: both answer alike."""

    code = "not_found"
    exit_code = 3


class Conflict(SageError):
    """Somebody changed it meanwhile."""

    code = "conflict"
    exit_code = 4


class Forbidden(SageError):
    """The caller may not do this."""

    code = "forbidden"
    exit_code = 5


class SignInFailed(Forbidden):
    """Wrong, unknown or locked: one message for all three (security.md, section 3)."""

    code = "sign_in_failed"

    def __init__(self) -> None:
        super().__init__("Sign-in failed. After several failures, wait before trying again.")


class SessionOver(Forbidden):
    """The session has ended: sign in again. `why` is a sentence for the sign-in screen."""

    code = "session_over"
    default_hint = "Sign in again."


class AdminModeNeeded(Forbidden):
    """The act needs admin mode, which is not on (or no longer)."""

    code = "admin_mode_needed"
    default_hint = "Press a on the member home and enter a code."


class StepUpNeeded(Forbidden):
    """The act needs a fresh code, at most five minutes old."""

    code = "step_up_needed"
    default_hint = "Enter a fresh code from your authenticator app."


class CodeRefused(Forbidden):
    """A TOTP or recovery code was not accepted; `tries_left` before a pause."""

    code = "code_refused"

    def __init__(self, message: str, hint: str = "", *, tries_left: int | None = None, code: str = "") -> None:
        super().__init__(message, hint, code=code)
        self.tries_left = tries_left


class StoreUnavailable(SageError):
    """The database is unreachable, locked, full or broken; nothing was saved."""

    code = "database"
    exit_code = 6


class Interrupted(SageError):
    """The person stopped it."""

    code = "interrupted"
    exit_code = 130


class ManyErrors(WrongUse):
    """Several places of one input are not acceptable; nothing was changed."""

    code = "bad_input"

    def __init__(self, message: str, errors: Sequence[SageError]) -> None:
        super().__init__(message, errors[0].hint if errors else "")
        self.errors = tuple(errors)
