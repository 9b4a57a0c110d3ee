"""Usage files as the import service gets them."""

from collections.abc import Sequence
from pathlib import Path

from sage_tui.gateways import formats, mapping
from sage_tui.gateways.files import Input, open_input
from sage_tui.services.imports import UsageFile


def usage_file(path: Path, maps: Sequence[str] = (), sets: Sequence[str] = (), source: str | None = None) -> UsageFile:
    """A file read by its own format, as the command line does it."""
    fields = mapping.parse(maps, sets)
    with open_input(str(path)) as probe:
        chosen = formats.choose(None, probe, fields)
    name = formats.source_name(source, str(path), chosen, fields)
    opened: list[Input] = []

    def rows():
        opened.append(open_input(str(path)))
        return formats.FORMATS[chosen](opened[-1], name, fields)

    return UsageFile(path.name, name, rows, lambda: opened[-1].sha256 if opened else "")
