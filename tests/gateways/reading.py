"""Reading a file as the import does: its records and its refused rows."""

from collections.abc import Sequence
from pathlib import Path

from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways import formats, mapping
from sage_tui.gateways.files import open_input


def read(
    path: Path | str, maps: Sequence[str] = (), sets: Sequence[str] = (), format_name: str | None = None
) -> tuple[list[UsageRecord], list[RefusedRow]]:
    """Records and refused rows of a file."""
    fields = mapping.parse(maps, sets)
    with open_input(str(path)) as source:
        chosen = formats.choose(format_name, source, fields)
        name = formats.source_name(None, str(path), chosen, fields)
        rows = list(formats.FORMATS[chosen](source, name, fields))
    return (
        [row for row in rows if isinstance(row, UsageRecord)],
        [row for row in rows if isinstance(row, RefusedRow)],
    )
