"""Roles and payers of all whom a filter finds, on both databases: looked up as those of people who are named."""

import pytest

from sage_tui.domain.acts import Act, SetEmail, SetPayer, SetRole
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.plans import Done, Field
from sage_tui.domain.units import Role
from sage_tui.services import batches, plans
from tests.services.editing import NO, YES, Acme


def do(acme: Acme, act: Act, query: str) -> Done:
    """An act for all whom a filter finds."""
    return plans.act(acme.host, Bulk(act, Selection(query=query), acme.id), YES)


def test_a_role_for_all_who_are_found_and_back(acme: Acme) -> None:
    acme.set("a", "b", department="lab")
    done = do(acme, SetRole(Role.ADMIN, read_only=True), "dept:lab")
    assert {(row.email, row.field) for row in done.rows} == {
        (f"{name}@acme.example", field) for name in "ab" for field in (Field.ROLE, Field.READ_ONLY)
    }
    with pytest.raises(WrongUse, match="read-only"):
        do(acme, SetRole(Role.USER, read_only=True), "dept:lab")
    assert batches.undo(acme.host, done.batch or 0, NO).left == ()


def test_a_payer_for_all_who_are_found_is_looked_up(acme: Acme) -> None:
    acme.set("a", "b", department="lab")
    done = do(acme, SetPayer("c@acme.example"), "dept:lab")
    assert [(row.email, row.after) for row in done.rows] == [
        ("a@acme.example", "c@acme.example"), ("b@acme.example", "c@acme.example"),
    ]  # fmt: skip
    with pytest.raises(WrongUse, match="own payer"):
        do(acme, SetPayer("a@acme.example"), "dept:lab")
    beta = acme.world.organization("Beta")
    acme.world.person("dee@beta.example", beta)
    with pytest.raises(Refused, match="another organization"):
        do(acme, SetPayer("dee@beta.example"), "dept:lab")
    assert do(acme, SetPayer(""), "dept:lab").changes == 2


def test_an_address_is_one_person_s(acme: Acme) -> None:
    acme.set("a", "b", department="lab")
    with pytest.raises(WrongUse, match="one person"):
        do(acme, SetEmail("new@acme.example"), "dept:lab")
    acme.set("b", department="hall")
    assert do(acme, SetEmail("new@acme.example"), "dept:lab").changes == 1
