"""Policies: versions, what holds, who made it (product.md, "Token Distribution")."""

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import NotFound, PoolTooSmall, WrongUse
from sage_tui.domain.overrides import SetOverride
from sage_tui.domain.plans import Field
from sage_tui.domain.policies import PRESETS, Preset
from sage_tui.domain.requests import Approve, Ask
from sage_tui.domain.units import Kind
from sage_tui.domain.users import AddUsers
from sage_tui.services import audit, overrides, plans, policies, pools, requests, requests_decide, users_add
from tests.services.editing import ADMIN, YES, Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return acme_of(everywhere)


def test_every_organization_begins_with_the_standard(acme: Acme) -> None:
    held = policies.get(acme.host, acme.id)
    assert (held.policy, held.version) == (PRESETS[Preset.STANDARD], 0)
    found = policies.status(acme.host, acme.id)
    assert (found.preset, found.pools[Kind.INFERENCE].purchased) == (Preset.STANDARD, 10_000_000)


def test_versions_are_kept_told_and_come_back(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    first = policies.put(console, SetPolicy(preset="dynamic"))
    second = policies.put(console, SetPolicy(fields=(("cap_percent", "120%"), ("ceiling", "8M"))))
    assert (first.version, first.policy.preset, second.version, second.policy.preset) == (
        1, Preset.DYNAMIC, 2, Preset.CUSTOM,
    )  # fmt: skip
    back = policies.put(console, SetPolicy(version=1))
    assert back.policy == first.policy
    assert [(one.version, one.actor) for one in policies.versions(console)] == [
        (3, ADMIN), (2, ADMIN), (1, ADMIN), (0, ""),
    ]  # fmt: skip
    (entry,) = acme.world.rows("SELECT body FROM audit_entry WHERE action = 'distribution policy set' AND body LIKE"
                               " '%version 2%'")  # fmt: skip
    assert '["cap_percent",100,120]' in str(entry["body"])
    assert all(report.first_bad is None for report in audit.verify(acme.host))


def test_a_preset_keeps_what_no_preset_says_anything_of(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, fields=(("cap_percent", "150"), ("day_percent", "20"))))
    held = policies.put(acme.host, SetPolicy(acme.id, preset="conservative")).policy
    assert (held.preset, held.cap_percent, held.day_percent, held.ceiling) == (Preset.CONSERVATIVE, 150, 20, 1_000_000)


def test_the_cap_goes_as_far_as_the_policy_says(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, fields=(("cap_percent", "120"),)))
    acme.set("a", inference="12M")
    assert acme.allocated() == 12_000_000
    with pytest.raises(PoolTooSmall):
        acme.set("b", inference="1")


def test_a_first_allocation_is_the_policy_s_floor(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, preset="conservative"))
    acme.set("a", paid=True)
    assert (acme.allocation("a"), acme.allocation("a", Kind.EMBEDDING)) == (200_000, 200_000)
    added = users_add.add(acme.host, AddUsers(("new@acme.example",), acme.id, paid=True))
    assert added.stays_unset == ()
    assert acme.allocation("new") == 200_000


def test_what_makes_no_sense_changes_nothing(acme: Acme) -> None:
    for command in (
        SetPolicy(acme.id, preset="lavish"), SetPolicy(acme.id, fields=(("ceiling", "1"),)), SetPolicy(acme.id),
        SetPolicy(acme.id, preset="standard"),
    ):  # fmt: skip
        with pytest.raises(WrongUse):
            policies.put(acme.host, command)
    with pytest.raises(NotFound):
        policies.put(acme.host, SetPolicy(acme.id, version=7))
    assert policies.get(acme.host, acme.id).version == 0


def test_of_another_organization_there_is_none(acme: Acme) -> None:
    other = acme.world.organization("Other", 5_000_000)
    with pytest.raises(NotFound):
        policies.get(acme.world.admin(ADMIN), other)
    with acme.host.read(policies.Verb.POLICY_GET) as tx:
        assert pools.cap(tx, other, 5_000_000) == 5_000_000


class TestFirstAllocations:
    """Who may spend from now on begins with their own floor, else their department's, else the organization's."""

    @pytest.mark.parametrize("way", ["act", "edits", "add", "request"])
    def test_a_first_allocation_is_the_floor_that_holds_for_them(self, everywhere: World, way: str) -> None:
        acme = acme_of(everywhere)
        policies.put(acme.host, SetPolicy(acme.id, fields=(("inference_floor", "300K"),), department="Lab"))
        acme.set("a", "b", department="Lab")
        overrides.put(acme.host, SetOverride("b@acme.example", inference_floor=50_000))
        if way == "act":
            acme.set("a", "b", "c", paid=True)
        elif way == "edits":
            staged = [(who, Field.PAID, 0, 1) for who in "abc"]
            plans.act(acme.host, acme.edits(*staged), YES)
        elif way == "add":
            users_add.add(acme.host, AddUsers(("a2@acme.example",), acme.id, paid=True, department="Lab"))
            assert acme.allocation("a2") == 300_000
            return
        else:
            for who in "abc":
                asked = requests.create(everywhere.sign_in(f"{who}@acme.example"), Ask(Kind.INFERENCE, 1_000, "x"))
                requests_decide.approve(acme.host, Approve((asked.id,), activate=True))
        more = 1_000 if way == "request" else 0
        first = [acme.allocation(who) for who in "abc"]
        assert first == [300_000 + more, 50_000 + more, 500_000 + more]

    def test_who_changes_department_in_the_same_act_begins_with_the_new_ones(self, lone: World) -> None:
        acme = acme_of(lone)
        policies.put(acme.host, SetPolicy(acme.id, fields=(("inference_floor", "300K"),), department="Lab"))
        acme.set("a", department="Lab", paid=True)
        staged = (("b", Field.DEPARTMENT, "", "Lab"), ("b", Field.PAID, 0, 1))
        plans.act(acme.host, acme.edits(*staged), YES)
        assert (acme.allocation("a"), acme.allocation("b")) == (300_000, 300_000)
