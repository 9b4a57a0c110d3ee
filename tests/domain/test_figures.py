"""Definitions of all figures in one place: whatever a table, an export or a command shows stands there."""

from sage_tui.domain import figures, statistics_shapes
from sage_tui.domain.statistics import EMPTY, BandLine
from sage_tui.services import exporting

ALSO = {"inference": "charge", "embedding": "charge", "a_week": "week", "lasts_until": "lasts", "soonest": "band",
        "latest": "band", "enough_data": "days_of_data"}  # fmt: skip
"""Columns whose figure has another name."""

NAMES = {"of", "kind", "month", "used_of_allocation", "as_of"}
"""Columns that say what a row stands for."""


def test_every_column_of_statistics_and_forecasts_is_defined() -> None:
    columns = {*statistics_shapes.charges(EMPTY), *statistics_shapes.COUNTS, *statistics_shapes.COUNTS}
    columns |= {*exporting.ALLOCATION_COLUMNS, *exporting.FORECAST_COLUMNS} - NAMES
    columns |= {name for name in BandLine.__slots__ if name != "band"}
    assert {name for name in columns if ALSO.get(name, name) not in figures.BY_KEY} == set()


def test_every_figure_is_said_once_and_whole() -> None:
    assert len(figures.BY_KEY) == len(figures.FIGURES)
    assert len({figure.title for figure in figures.FIGURES}) == len(figures.FIGURES)
    for figure in figures.FIGURES:
        assert figure.meaning.endswith(".")
        assert not figure.sum.endswith(".")
