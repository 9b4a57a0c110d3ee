"""The forecast tried on the demo's history: what docs/forecast.md says of it is so."""

from pathlib import Path

from sage_tui.domain.forecast import HISTORY
from tools import backtest


def test_the_document_has_what_the_backtest_finds(tmp_path: Path) -> None:
    found = backtest.run(str(tmp_path))
    assert backtest.printed(found) in backtest.TARGET.read_text("utf-8")
    held = sum(one.held for one in found) / len(found)
    assert 0.70 < held < 0.90
    assert sum(abs(one.off) for one in found if one.morning == 25) / len([1 for one in found if one.morning == 25]) < 2


def test_a_steady_history_is_forecast_to_the_day() -> None:
    steady = dict.fromkeys(range(20_000, 20_400), 1_000)
    found = list(backtest.cases(steady))
    assert len(found) > 100
    assert all(one.off == 0 and one.held for one in found)


def test_the_first_four_weeks_are_only_looked_back_on() -> None:
    assert list(backtest.cases(dict.fromkeys(range(20_000, 20_000 + HISTORY), 5))) == []
