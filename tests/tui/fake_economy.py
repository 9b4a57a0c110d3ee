"""The token economy where nothing happens: limits are tested over a real store (tests/tui/test_distribution.py)."""

from datetime import UTC, datetime

from sage_tui.clock import to_micros
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import Outlook, Overview, PolicyVersion
from sage_tui.domain.forecast import HISTORY, Forecast, Lasting
from sage_tui.domain.months import DAY, day_of
from sage_tui.domain.policies import PRESETS, Preset
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import EMPTY, Question, Slice, Statistics, View
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus
from sage_tui.domain.why import Why

TODAY = int(day_of(to_micros(datetime(2026, 11, 23, 12, tzinfo=UTC))))
LASTS = Forecast(135_000, 1_365_000, Lasting(2, 1, 4, 400_000), HISTORY, TODAY, TODAY + 7)
"""Until Wednesday the 25th."""


class Sums:
    """Nobody used anything; statistics are tested over a real store (tests/tui/test_statistics.py)."""

    def ask(
        self, view: View, span: Span, query: str = "", organization_id: int | None = None, top: int | None = None
    ) -> Statistics:
        return Statistics(Question(view, Slice(span), top), (), EMPTY, EMPTY, span, TODAY * DAY)


class Economy:
    """Nobody has an exception or a raise; limits are tested over a real store (tests/tui/test_distribution.py)."""

    def get(self, email: str) -> None:
        return None

    def list_raises(self, organization_id: int | None = None, email: str = "") -> tuple[object, ...]:
        return ()

    def overview(self, organization_id: int | None = None) -> Overview:
        pools = {kind: PoolStatus(kind, 400_000_000, 300_000_000, 200_000_000) for kind in Kind}
        held = PolicyVersion(PRESETS[Preset.STANDARD], 0)
        return Overview(pools, dict.fromkeys(Kind, 400_000_000), held, None, "UTC")

    def outlook(self, action: Action, organization_id: int | None = None, progress: object = None) -> Outlook:
        return Outlook(action, 0, dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0), 0)

    def why(self, email: str) -> Why:
        return Why(email, 1, 1, {})
