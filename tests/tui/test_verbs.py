"""The verbs that screens ask are the services' own functions: same names, same arguments, same order."""

import inspect
import sys
from importlib import import_module
from subprocess import run

import pytest

from sage_tui.domain.actors import ConsoleProof, NoProof
from sage_tui.tui import verbs, verbs_distribution, verbs_statistics
from sage_tui.tui.door import Connection, Lazy, Services
from tests.tui.fakes import World

MODULES = {
    "identity": verbs.IdentityVerbs, "mfa": verbs.MfaVerbs, "enrolment": verbs.EnrolmentVerbs,
    "home": verbs.HomeVerbs, "users": verbs.UsersVerbs,
    "views": verbs.ViewsVerbs, "preferences": verbs.PreferencesVerbs, "identities": verbs.IdentitiesVerbs,
    "activity": verbs.ActivityVerbs, "audit": verbs.AuditVerbs, "today": verbs.TodayVerbs,
    "organizations": verbs.OrganizationsVerbs, "ways_back": verbs.WaysBackVerbs, "users_add": verbs.AddingVerbs,
    "exports": verbs.ExportsVerbs, "plans": verbs.PlansVerbs, "batches": verbs.BatchesVerbs,
    "plan_exports": verbs.PlanExportsVerbs, "invite": verbs.InviteVerbs,
    "drafts": verbs.DraftsVerbs, "requests": verbs.RequestsVerbs, "requests_decide": verbs.RequestsDecideVerbs,
    "requests_fitting": verbs.RequestsFittingVerbs, "auto_approval": verbs.AutoApprovalVerbs,
    "purchase_requests": verbs.PurchaseRequestsVerbs,
    "statistics": verbs_statistics.StatisticsVerbs, "forecasts": verbs_statistics.ForecastsVerbs,
    "settings": verbs_statistics.SettingsVerbs,
    "exporting": verbs_statistics.ExportingVerbs,
    "outlook": verbs_distribution.OutlookVerbs,
    "policies": verbs_distribution.PoliciesVerbs,
    "rebalancing": verbs_distribution.RebalancingVerbs,
    "overrides": verbs_distribution.OverridesVerbs,
    "raises": verbs_distribution.RaisesVerbs,
    "why": verbs_distribution.WhyVerbs,
    "what_if": verbs_distribution.WhatIfVerbs,
}  # fmt: skip
VERBS = [(module, name) for module, known in MODULES.items() for name in vars(known) if not name.startswith("_")]


@pytest.mark.parametrize(("module", "name"), VERBS)
def test_a_verb_is_the_services_function(module: str, name: str) -> None:
    ours = list(inspect.signature(getattr(MODULES[module], name)).parameters.values())[1:]
    theirs = list(inspect.signature(getattr(import_module(f"sage_tui.services.{module}"), name)).parameters.values())
    assert theirs[0].name == "ctx"
    assert [p.name for p in ours] == [p.name for p in theirs[1 : len(ours) + 1]]
    assert all(p.default is not p.empty for p in theirs[len(ours) + 1 :])
    assert all(p.default is p.empty or q.default is not q.empty for p, q in zip(ours, theirs[1:], strict=False))


def test_the_connection_is_opened_once_and_carries_the_proof() -> None:
    class Opened:
        times = 0

        def with_proof(self, proof: object) -> object:
            return proof

    def opener() -> Opened:
        Opened.times += 1
        return Opened()

    services = Services.real(opener)  # type: ignore[arg-type]
    assert isinstance(services.connection.context(), NoProof)
    services.prove(World().session())
    assert isinstance(services.connection.context(), ConsoleProof)
    services.prove(None)
    assert isinstance(services.connection.context(), NoProof)
    assert Opened.times == 1
    assert isinstance(services.users, Lazy)
    assert isinstance(Connection(opener), Connection)  # type: ignore[arg-type]


def test_sign_in_is_drawn_without_services_and_sqlmodel() -> None:
    code = (
        "import sys; from sage_tui.tui.app import Console; from sage_tui.tui.starting import run\n"
        "bad = [m for m in sys.modules if m.startswith(('sage_tui.services', 'sage_tui.store', 'sqlmodel',"
        " 'sqlalchemy', 'alembic', 'segno', 'plotext', 'argon2', 'openpyxl'))]\n"
        "assert not bad, bad"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
