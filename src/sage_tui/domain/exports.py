"""What an export is asked for, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportUsers:
    """Which people, how much of each, and in which format."""

    query: str = ""
    organization_id: int | None = None
    full: bool = False
    format: str = "csv"
    numbers: tuple[int, ...] = ()
    """These people instead of a filter's."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: str
    rows: int
    bytes: int
    sha256: str


def first_line(columns: Sequence[str]) -> bytes:
    """The first line of a CSV file: names of ours, without commas.

    >>> first_line(["email", "used"])
    b'email,used\\n'
    """
    return (",".join(columns) + "\n").encode("ascii")
