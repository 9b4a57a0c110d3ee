"""Errors for people and scripts: one owner of what is said on standard error and of exit codes."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sage_tui.cli.state import current
from sage_tui.domain.errors import ManyErrors, SageError
from sage_tui.domain.text import clean

HINTS = {
    2: "Mend it and try again; --help says what is expected.",
    3: "See the name or number.",
    5: "Ask somebody who may.",
    6: "Nothing was saved; `sage-tui doctor` looks closer.",
}
"""What to do where the error itself does not say it, by exit code."""


def tell(error: SageError) -> int:
    """Say what happened and what to do; the exit code."""
    state = current()
    lines = [f"error: {clean(error.message)}"]
    if isinstance(error, ManyErrors):
        head = lines[0]  # the first of them may be a part of it
        lines += [f"  {said}" for each in error.errors[:20] if (said := clean(each.message)) not in head]
    hint = error.hint or HINTS.get(error.exit_code, "")
    if hint:
        lines.append(f"hint: {clean(hint)}")
    for line in lines:
        print(_red(line) if line.startswith("error:") and state.color else line, file=sys.stderr)
    if state.json:
        import json

        told = {"code": error.stable_code, "message": clean(error.message), "hint": clean(hint), **error.figures}
        print(json.dumps({"error": told}, ensure_ascii=True), file=sys.stderr)
    return error.exit_code


def tell_fault(error: BaseException) -> int:
    """A fault of ours: the traceback goes to the log file, a report's number to the person."""
    import secrets

    report = secrets.token_hex(4)
    log_file = _log(report, error)
    where = (
        f"the log {log_file} has the report {report}" if log_file else f"report {report}, and no log could be written"
    )
    return tell(Fault(f"Something in sage-tui is broken ({type(error).__name__}); {where}."))


class Fault(SageError):
    """A fault of the program itself."""

    code = "fault"
    default_hint = "Nothing that was not confirmed was saved. Please report it with the log."


def _red(line: str) -> str:
    return f"\x1b[31m{line}\x1b[0m"


def _log(report: str, error: BaseException) -> str:
    """Write the traceback, without values of variables; the file's name, or nothing where it cannot be written."""
    import logging

    logger = logging.getLogger("sage_tui.faults")
    with logging_to_file("sage_tui.faults") as path:
        if path:
            # The message of an exception may hold foreign text or a secret: the log has its class and the places only.
            logger.error("report %s %s\n%s", report, type(error).__name__, _places(error))
    return path


@contextmanager
def logging_to_file(name: str) -> Iterator[str]:
    """What this logger says goes to the log file (0600), and nowhere else; the file's name, or nothing where it cannot
    be written."""
    import logging
    from logging.handlers import RotatingFileHandler

    from sage_tui.config import load

    logger = logging.getLogger(name)
    logger.propagate = False
    handler: logging.Handler = logging.NullHandler()
    path = ""
    try:
        wanted = load(current().environ, current().database).log_file
        os.makedirs(os.path.dirname(wanted), mode=0o700, exist_ok=True)
        handler = RotatingFileHandler(
            wanted, maxBytes=1_000_000, backupCount=4, encoding="utf-8", errors="backslashreplace"
        )
        os.chmod(wanted, 0o600)
        path = wanted
    except (OSError, SageError):
        pass
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    try:
        yield path
    finally:
        logger.removeHandler(handler)
        handler.close()


def _places(error: BaseException) -> str:
    import traceback

    chain: list[str] = []
    at: BaseException | None = error
    while at is not None and len(chain) < 10:
        frames = traceback.extract_tb(at.__traceback__)
        lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
        chain.append("\n".join([type(at).__name__, *lines]))
        at = at.__cause__ or at.__context__
    return "\n".join(chain)
