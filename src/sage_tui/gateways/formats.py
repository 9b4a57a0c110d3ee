"""The formats of usage files by name, and which one a file has."""

from collections.abc import Callable, Iterator
from os.path import basename

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, machine
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways import format_csv, format_jsonl, format_litellm, format_openai, format_otel
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import FieldMap

Reader = Callable[[Input, str, FieldMap], Iterator[UsageRecord | RefusedRow]]

FORMATS: dict[str, Reader] = {
    "litellm": format_litellm.read,
    "csv": format_csv.read,
    "jsonl": format_jsonl.read,
    "openai": format_openai.read,
    "otel": format_otel.read,
}


def choose(name: str | None, source: Input, fields: FieldMap) -> str:
    """The format's name: as given, else by the file's first character. Raises WrongUse for an unknown name."""
    if name is None:
        if source.peek() not in ("{", "["):
            return "csv"
        return "jsonl" if fields else "litellm"
    if name not in FORMATS:
        raise WrongUse(f"--format: there is no format {clean(name, limit=40)}", f"Formats: {', '.join(FORMATS)}.")
    return name


def source_name(given: str | None, path: str, format_name: str, fields: FieldMap) -> str:
    """The source's name: as given, else the format's, with mapped columns the file's base name. Raises WrongUse."""
    if given:
        return machine(given)
    if path == "-":
        raise WrongUse("--source is needed with standard input", "Add --source NAME: repeated rows are known by it.")
    return machine(basename(path)) if fields else format_name
