"""The entry of the command line. Imports the standard library and our own plain modules only, until told what to do."""

import os
import sys
from collections.abc import Sequence

from sage_tui import start

INTERRUPTED = 130


def main() -> None:
    """Run and exit."""
    start.prepare(sys.argv[1:])
    sys.exit(run(sys.argv[1:]))


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
        return _told(error)
    return code


def _dispatch(rest: list[str]) -> int:
    if rest == ["--version"]:
        from sage_tui import __version__

        print(f"sage-tui {__version__}")
        return 0
    if not rest:
        from sage_tui.cli.showing import open_default

        return open_default()
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
    devnull = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(devnull, stream.fileno())
        except (OSError, ValueError):
            continue
    return 0


if __name__ == "__main__":
    main()
