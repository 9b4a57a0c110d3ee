"""The entry of the command line. Imports the standard library and our own plain modules only, until told what to do."""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from sage_tui import start

INTERRUPTED = 130


def main() -> None:
    """Run and exit."""
    start.prepare(sys.argv[1:])
    mind_signals()
    sys.exit(run(sys.argv[1:]))


def mind_signals() -> None:
    """From now on a signal ends the command in order."""
    for ends in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ends) is signal.SIG_DFL:  # nohup ignores one of them, and that holds
            signal.signal(ends, _ended)


def _ended(number: int, _: object) -> None:
    """A signal ends a command as an error does: what is half-done is rolled back, an unfinished file goes."""
    raise SystemExit(128 + number)


def run(argv: Sequence[str]) -> int:
    """Run one call; its exit code. Never raises."""
    from sage_tui.cli.state import begin, split
    from sage_tui.domain.errors import SageError

    try:
        state, rest = split(argv)
        begin(state)
        code = _dispatch(rest)
        sys.stdout.flush()
    except BrokenPipeError:
        return _broken_pipe()
    except SageError as error:
        return _told(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _told(_not_written(error) or error)
    return code


def _not_written(error: Exception) -> Exception | None:
    """A result that standard output did not take (a full disk) is no fault of ours. What is left of it is dropped:
    the interpreter would try again at its end."""
    if not (isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO)):
        return None
    from sage_tui.domain.errors import StoreUnavailable

    _to_nowhere(sys.stdout)
    return StoreUnavailable(
        f"The result could not be written: {error.strerror}.",
        "What was asked for may have been done: look before you repeat it.",
        code="not_written",
    )


def _dispatch(rest: list[str]) -> int:
    if rest == ["--version"]:
        from sage_tui import __version__

        print(f"sage-tui {__version__}")
        return 0
    if not rest:
        from sage_tui.cli.showing import open_default

        return open_default()
    if rest == ["demo"]:
        from sage_tui.cli.demo_start import begin as begin_demo

        return begin_demo()
    from sage_tui.cli.app import call

    return call(rest)


def _told(error: Exception) -> int:
    from sage_tui.cli import failing
    from sage_tui.domain.errors import SageError

    try:
        return failing.tell(error) if isinstance(error, SageError) else failing.tell_fault(error)
    except BrokenPipeError:
        return _broken_pipe()


def _broken_pipe() -> int:
    """Whoever read us is gone: end quietly, also in the interpreter's own last flush."""
    _to_nowhere(sys.stdout, sys.stderr)
    return 0


def _to_nowhere(*streams: TextIO) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        try:
            os.dup2(devnull, stream.fileno())
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    main()
