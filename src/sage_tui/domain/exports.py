"""What an export is asked for, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.reports import Period
from sage_tui.domain.spans import Span

FORECAST = "forecast"
"""Beside the views of statistics: until when things last."""

SORTS = ("name", "inference", "embedding", "share", "counted", "calls", "failures", "corrected")
"""What a view of sums can be sorted by: the page's columns."""


class What(StrEnum):
    """What can be exported besides people; the word of the command."""

    MONTHLY = "monthly"
    MODELS = "models"
    DEPARTMENTS = "departments"
    STATISTICS = "statistics"
    REQUESTS = "requests"
    ACTIVITY = "activity"
    BATCHES = "batches"
    REPORT = "report"

    @property
    def verb(self) -> Verb:
        """Who may is said there."""
        return Verb(f"export {self.value}")


@dataclass(frozen=True, slots=True)
class ExportUsers:
    """Which people, how much of each, and in which format."""

    query: str = ""
    organization_id: int | None = None
    full: bool = False
    format: str = "csv"
    numbers: tuple[int, ...] = ()
    """These people instead of a filter's."""
    sort: Sort | None = None
    """As on screen; by e-mail unless said."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is written, narrowed as the page or command narrows it."""

    what: What
    query: str = ""
    organization_id: int | None = None
    span: Span | None = None
    """The days, where the filter does not say them: of statistics and reports."""
    view: str = "days"
    """Of `statistics`: a view, or the forecast."""
    sort: Sort | None = None
    status: str = ""
    """Of requests; all of them without it."""
    period: Period = Period.MONTHLY
    """Of a report."""
    format: str = "csv"


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
