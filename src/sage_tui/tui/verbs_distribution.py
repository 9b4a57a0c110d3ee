"""What the distribution page and its dialogs ask of the services (see verbs.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the first frame is drawn before any of these is imported
    from datetime import datetime

    from sage_tui.domain.distributing import Action
    from sage_tui.domain.distribution import Outlook, Overview, PolicyAct, PolicyLook, PolicyVersion, Runs, SetPolicy
    from sage_tui.domain.hindsight import WhatIf
    from sage_tui.domain.overrides import GrantRaise, Override, OverrideRow, SetOverride, TokenRaise
    from sage_tui.domain.plans import Done
    from sage_tui.domain.progress import Progress
    from sage_tui.domain.why import Why


class OutlookVerbs(Protocol):
    """services/outlook"""

    def overview(self, organization_id: int | None = None) -> Overview: ...
    def outlook(self, action: Action, organization_id: int | None = None, progress: Progress = ...) -> Outlook: ...
    def of_policy(self, command: SetPolicy, progress: Progress = ...) -> PolicyLook: ...


class PoliciesVerbs(Protocol):
    """services/policies"""

    def get(self, organization_id: int | None = None, department: str = "") -> PolicyVersion: ...
    def departments(self, organization_id: int | None = None) -> dict[str, PolicyVersion]: ...
    def versions(self, organization_id: int | None = None, department: str = "") -> tuple[PolicyVersion, ...]: ...
    def mine(self, organization_id: int | None = None, since: datetime | None = None) -> PolicyAct | None: ...
    def put(self, command: SetPolicy) -> PolicyVersion: ...


class RebalancingVerbs(Protocol):
    """services/rebalancing"""

    def runs(self, organization_id: int | None = None, count: int = 50) -> Runs: ...


class OverridesVerbs(Protocol):
    """services/overrides"""

    def list_overrides(self, organization_id: int | None = None, count: int = 1_000) -> tuple[OverrideRow, ...]: ...
    def get(self, email: str) -> Override | None: ...
    def put(self, command: SetOverride) -> Done: ...
    def clear(self, email: str) -> Done: ...


class RaisesVerbs(Protocol):
    """services/raises"""

    def list_raises(self, organization_id: int | None = None, email: str = "") -> tuple[TokenRaise, ...]: ...
    def grant(self, command: GrantRaise) -> Done: ...


class WhyVerbs(Protocol):
    """services/why"""

    def why(self, email: str) -> Why: ...


class WhatIfVerbs(Protocol):
    """services/what_if"""

    def replay(
        self, organization_id: int | None = None, month: int | None = None, command: SetPolicy | None = None,
        progress: Progress = ...,
    ) -> WhatIf: ...  # fmt: skip
    def at_a_glance(
        self, organization_id: int | None = None, command: SetPolicy | None = None, progress: Progress = ...
    ) -> WhatIf | None: ...
