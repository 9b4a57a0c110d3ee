"""docs/commands.md, made from the commands: `python -m sage_tui.cli.docs [FILE]`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from sage_tui.cli import app, tree

TARGET = Path("docs/commands.md")
HEAD = """# Commands

Made from the program (`make docs`); `sage-tui COMMAND --help` says the same. Results stand on standard output,
everything else on standard error. With `--json` a result is one object, a list an object with its rows, `total`
and `next`.

Exit codes: 0 done · 1 refused by a rule or a difference found · 2 wrong use · 3 not found · 4 conflict ·
5 not permitted · 6 database unreachable, locked, full or broken · 130 interrupted.
"""


def render() -> str:
    """The whole document."""
    root = typer.main.get_command(app.app)
    parts = [HEAD, "## Options of every command\n\nThey stand before or after the command.\n", _options(root)]
    for name in tree.COMMANDS:
        parts += _command((name,), tree.load(name))
    return "\n".join(parts)


def _command(words: tuple[str, ...], command: Any, level: int = 2) -> Iterator[str]:
    below = getattr(command, "commands", {})
    title, *paragraphs = _paragraphs(command.help or "")
    yield f"{'#' * level} {' '.join(words)}\n"
    yield f"{title}\n"
    if not below or command.invoke_without_command:
        yield f"    sage-tui {' '.join(words)}{_arguments(command)}\n"
        options = _options(command)
        if options:
            yield options
    for paragraph in paragraphs:
        label, _, example = paragraph.partition("Example: ")
        yield f"{label}Example: `{example}`\n" if example else f"{paragraph}\n"
    for name, each in below.items():
        yield from _command((*words, name), each, level + 1)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _arguments(command: Any) -> str:
    words = [param.metavar or param.name.upper() for param in command.params if param.param_type_name == "argument"]
    return "".join(f" {word}" for word in words)


def _options(command: Any) -> str:
    lines = [_option(param) for param in command.params if param.param_type_name == "option"]
    return "".join(line for line in lines if line)


def _option(param: Any) -> str:
    names = [name for name in (*param.opts, *param.secondary_opts) if "completion" not in name]
    if not names:
        return ""
    value = "" if param.is_flag else f" {param.metavar or 'N'}"
    needed = " (needed)" if param.required else ""
    return f"- `{', '.join(names)}{value}`{needed}: {param.help or ''}\n".replace(": \n", "\n")


def main() -> None:
    """Write the document."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(render(), "utf-8")


if __name__ == "__main__":
    main()
