"""The root of the command line: its options, and calling what the words name."""

from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException

from sage_tui.cli.tree import Tree
from sage_tui.domain.errors import WrongUse

EXAMPLE = "Example: sage-tui users list --org acme --query 'used>90%' --json"

app = typer.Typer(
    name="sage-tui",
    cls=Tree,
    epilog=f"Without a command, on a terminal: the console. {EXAMPLE}",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    database: Annotated[
        str, typer.Option(metavar="PATH|URL", help="the database; else SAGE_TUI_DATABASE, the config file")
    ] = "",
    as_: Annotated[str, typer.Option("--as", metavar="EMAIL", help="act with this person's rights")] = "",
    json: Annotated[bool, typer.Option("--json", help="one JSON object on standard output")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="lists as CSV")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="no notes on standard error")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="no colours; also the variable NO_COLOR")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="this sign-in changes nothing")] = False,
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    """The admin panel of a GenAI platform's enterprise accounts, in the terminal.

    These options may stand before or after the command.
    """


def call(argv: list[str]) -> int:
    """Run the command that the words name; its exit code. Raises SageError."""
    try:
        result: Any = app(args=argv, prog_name="sage-tui", standalone_mode=False)
    except typer.Exit as exit_:
        return int(exit_.exit_code)
    except typer.Abort:
        return 130
    except SystemExit as left:  # Typer leaves like this when whoever reads us is gone
        raise BrokenPipeError from left
    except ClickException as error:
        from sage_tui.domain.text import clean

        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "sage-tui"
        raise WrongUse(clean(error.format_message()), f"See: {path} --help") from error
    return result if isinstance(result, int) else 0
