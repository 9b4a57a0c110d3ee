"""What the audit tells of one person: acts on them alone, and the batches that changed them among others."""

from sage_tui.domain.acts import Act, Move
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.units import Role
from sage_tui.services import audit, plans
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, YES, Acme

BOSS = "boss@beta.example"


def act(acme: Acme, what: Act, *names: str) -> int | None:
    acme.world.clock.move(seconds=1)
    emails = tuple(f"{name}@acme.example" for name in names)
    return plans.act(acme.host, Bulk(what, Selection(emails=emails)), YES).batch


def about(acme: Acme, name: str, ctx: Context | None = None) -> list[int | None]:
    return [entry.batch for entry in audit.about(ctx or acme.host, acme.number(name))]


def found(acme: Acme, query: str) -> list[int | None]:
    rows = [row.batch for row in audit.window(acme.host, Ask(0, query, Sort("at", True))).rows]
    assert audit.count(acme.host, query).number == len(rows)
    return rows


def test_a_batch_is_found_by_each_person_that_it_changed(acme: Acme) -> None:
    many = act(acme, acme.fields(inference="2M", paid=True), "a", "b")
    one = act(acme, acme.fields(inference="1M"), "a")
    other = act(acme, acme.fields(inference="1M"), "c")
    assert (about(acme, "a"), about(acme, "b"), about(acme, "c")) == ([one, many], [many], [other])
    assert found(acme, "target:a@acme.example") == [one, many]
    assert found(acme, "target:B@Acme.Example") == [many]
    assert found(acme, "b@acme.example") == [many]
    assert many not in found(acme, "-target:b@acme.example")
    assert one in found(acme, "-target:b@acme.example")


def test_a_move_is_told_in_both_chains_and_each_within_its_reach(acme: Acme) -> None:
    beta, gamma = acme.world.organization("Beta"), acme.world.organization("Gamma")
    acme.world.person(BOSS, beta, Role.ADMIN)
    first, second = act(acme, Move(beta), "a", "b"), act(acme, Move(gamma), "a")
    assert (about(acme, "a"), about(acme, "b")) == ([second, second, first, first], [first, first])
    assert found(acme, "target:b@acme.example") == [first, first]
    assert about(acme, "a", acme.world.admin(BOSS)) == [second, first]
    assert about(acme, "a", acme.world.admin(ADMIN)) == [first]
