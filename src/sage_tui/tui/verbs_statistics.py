"""What the statistics page asks of the services (see verbs)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the first frame is drawn before any of these is imported
    from collections.abc import Sequence

    from sage_tui.domain.exports import Export, Exported
    from sage_tui.domain.forecast import Forecast, Forecasts
    from sage_tui.domain.progress import Progress
    from sage_tui.domain.settings import SettingValue
    from sage_tui.domain.spans import Span
    from sage_tui.domain.statistics import Allocations, Proof, Slice, Statistics, View
    from sage_tui.domain.units import Kind


class StatisticsVerbs(Protocol):
    """services/statistics"""

    def ask(
        self, view: View, span: Span, query: str = "", organization_id: int | None = None, top: int | None = None
    ) -> Statistics: ...
    def narrowed(self, query: str, span: Span, organization_id: int | None = None) -> Slice: ...
    def allocations(
        self, organization_id: int | None = None, kind: Kind = ..., month: int | None = None,
        department: str | None = None,
    ) -> Allocations: ...  # fmt: skip
    def filters(self, organization_id: int | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]: ...
    def prove(self, asked: Slice) -> Proof: ...


class SettingsVerbs(Protocol):
    """services/settings"""

    def list_settings(self, organization_id: int | None = None) -> tuple[SettingValue, ...]: ...
    def put(self, key: str, new: str | None, organization_id: int | None = None) -> SettingValue: ...


class ForecastsVerbs(Protocol):
    """services/forecasts"""

    def forecast(self, organization_id: int | None = None) -> Forecasts: ...
    def of_members(
        self, numbers: Sequence[int], organization_id: int | None = None, kinds: Sequence[Kind] = ...
    ) -> dict[int, dict[Kind, Forecast]]: ...


class ExportingVerbs(Protocol):
    """services/exporting"""

    def to_file(self, command: Export, progress: Progress = ...) -> Exported: ...
