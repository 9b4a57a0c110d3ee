"""The way from screens to services: opened and imported by the worker thread that first asks.

Sign-in is drawn before SQLModel is imported; this module therefore names services as text only.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from sage_tui.tui import verbs, verbs_distribution, verbs_statistics

if TYPE_CHECKING:
    from sage_tui.domain.actors import Proof
    from sage_tui.domain.sessions import Session
    from sage_tui.services.context import Context

Opener = Callable[[], "Context"]


class Connection:
    """The database, opened once, and the proof that goes with every question."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._opening = threading.Lock()
        self._context: Context | None = None
        self.proof: Proof | None = None

    def context(self) -> "Context":
        """The context with the present proof. Opens the database the first time: only in a thread."""
        from sage_tui.domain.actors import NoProof

        with self._opening:
            if self._context is None:
                self._context = self._opener()
        return self._context.with_proof(self.proof or NoProof())

    def interrupt(self) -> None:
        """Stop what is being read: nobody waits for it any more."""
        if self._context is not None:
            self._context.interrupt()


class Lazy:
    """A service module with the context bound: `Lazy(c, "users").summary(3)` is `services.users.summary(ctx, 3)`."""

    def __init__(self, connection: Connection, module: str) -> None:
        self._connection = connection
        self._module = module

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def ask(*args: object, **named: object) -> Any:
            context = self._connection.context()
            return getattr(import_module(f"sage_tui.services.{self._module}"), verb)(context, *args, **named)

        return ask


@dataclass
class Services:
    """All that screens may ask. Every call blocks: make it in a thread (`asking.answer`)."""

    connection: Connection
    identity: verbs.IdentityVerbs
    mfa: verbs.MfaVerbs
    enrolment: verbs.EnrolmentVerbs
    home: verbs.HomeVerbs
    users: verbs.UsersVerbs
    views: verbs.ViewsVerbs
    preferences: verbs.PreferencesVerbs
    identities: verbs.IdentitiesVerbs
    activity: verbs.ActivityVerbs
    audit: verbs.AuditVerbs
    today: verbs.TodayVerbs
    organizations: verbs.OrganizationsVerbs
    ways_back: verbs.WaysBackVerbs
    users_add: verbs.AddingVerbs
    exports: verbs.ExportsVerbs
    invite: verbs.InviteVerbs
    plans: verbs.PlansVerbs
    plan_exports: verbs.PlanExportsVerbs
    batches: verbs.BatchesVerbs
    drafts: verbs.DraftsVerbs
    requests: verbs.RequestsVerbs
    requests_decide: verbs.RequestsDecideVerbs
    requests_fitting: verbs.RequestsFittingVerbs
    auto_approval: verbs.AutoApprovalVerbs
    purchase_requests: verbs.PurchaseRequestsVerbs
    outlook: verbs_distribution.OutlookVerbs
    policies: verbs_distribution.PoliciesVerbs
    rebalancing: verbs_distribution.RebalancingVerbs
    overrides: verbs_distribution.OverridesVerbs
    raises: verbs_distribution.RaisesVerbs
    why: verbs_distribution.WhyVerbs
    what_if: verbs_distribution.WhatIfVerbs
    statistics: verbs_statistics.StatisticsVerbs
    forecasts: verbs_statistics.ForecastsVerbs
    settings: verbs_statistics.SettingsVerbs
    exporting: verbs_statistics.ExportingVerbs

    @classmethod
    def real(cls, opener: Opener) -> "Services":
        """The real services over a database that is opened when first needed."""
        connection = Connection(opener)

        def lazy(module: str) -> Any:
            return Lazy(connection, module)

        return cls(
            connection,
            identity=cast(verbs.IdentityVerbs, lazy("identity")),
            mfa=cast(verbs.MfaVerbs, lazy("mfa")),
            enrolment=cast(verbs.EnrolmentVerbs, lazy("enrolment")),
            home=cast(verbs.HomeVerbs, lazy("home")),
            users=cast(verbs.UsersVerbs, lazy("users")),
            views=cast(verbs.ViewsVerbs, lazy("views")),
            preferences=cast(verbs.PreferencesVerbs, lazy("preferences")),
            identities=cast(verbs.IdentitiesVerbs, lazy("identities")),
            activity=cast(verbs.ActivityVerbs, lazy("activity")),
            audit=cast(verbs.AuditVerbs, lazy("audit")),
            today=cast(verbs.TodayVerbs, lazy("today")),
            organizations=cast(verbs.OrganizationsVerbs, lazy("organizations")),
            ways_back=cast(verbs.WaysBackVerbs, lazy("ways_back")),
            users_add=cast(verbs.AddingVerbs, lazy("users_add")),
            exports=cast(verbs.ExportsVerbs, lazy("exports")),
            invite=cast(verbs.InviteVerbs, lazy("invite")),
            plans=cast(verbs.PlansVerbs, lazy("plans")),
            plan_exports=cast(verbs.PlanExportsVerbs, lazy("plan_exports")),
            batches=cast(verbs.BatchesVerbs, lazy("batches")),
            drafts=cast(verbs.DraftsVerbs, lazy("drafts")),
            requests=cast(verbs.RequestsVerbs, lazy("requests")),
            requests_decide=cast(verbs.RequestsDecideVerbs, lazy("requests_decide")),
            requests_fitting=cast(verbs.RequestsFittingVerbs, lazy("requests_fitting")),
            auto_approval=cast(verbs.AutoApprovalVerbs, lazy("auto_approval")),
            purchase_requests=cast(verbs.PurchaseRequestsVerbs, lazy("purchase_requests")),
            outlook=cast(verbs_distribution.OutlookVerbs, lazy("outlook")),
            policies=cast(verbs_distribution.PoliciesVerbs, lazy("policies")),
            rebalancing=cast(verbs_distribution.RebalancingVerbs, lazy("rebalancing")),
            overrides=cast(verbs_distribution.OverridesVerbs, lazy("overrides")),
            raises=cast(verbs_distribution.RaisesVerbs, lazy("raises")),
            why=cast(verbs_distribution.WhyVerbs, lazy("why")),
            what_if=cast(verbs_distribution.WhatIfVerbs, lazy("what_if")),
            statistics=cast(verbs_statistics.StatisticsVerbs, lazy("statistics")),
            settings=cast(verbs_statistics.SettingsVerbs, lazy("settings")),
            forecasts=cast(verbs_statistics.ForecastsVerbs, lazy("forecasts")),
            exporting=cast(verbs_statistics.ExportingVerbs, lazy("exporting")),
        )

    def leave(self) -> None:
        """Stop what is being read: somebody quits."""
        self.connection.interrupt()

    def prove(self, session: "Session | None") -> None:
        """From now on ask as this session (None: as nobody)."""
        from sage_tui.domain.actors import ConsoleProof

        self.connection.proof = None if session is None else ConsoleProof(session.token)
