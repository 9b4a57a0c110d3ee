"""What others changed since I was here (product.md, "Today")."""

from sage_tui.domain.plans import Field
from sage_tui.domain.staged import StagedChanges
from sage_tui.services import drafts, identity, today
from tests.services.editing import ADMIN, SECOND, acme_of
from tests.support.world import World


def changes(world: World, ctx: object) -> list[tuple[str, str, str]]:
    return [(item.text, item.more, item.query) for item in today.today(ctx).items if item.code == "changed"]


def test_others_since_my_session_before_and_never_my_own(everywhere: World) -> None:
    acme = acme_of(everywhere)
    first = everywhere.admin(ADMIN)
    assert today.today(first).since is None
    acme.set("c", ctx=everywhere.admin(SECOND), inference="1M")
    everywhere.clock.move(minutes=1)
    identity.touch(first)
    identity.sign_out(first)
    everywhere.clock.move(days=2)
    grace = everywhere.admin(SECOND)
    one = acme.set("a", "b", ctx=grace, inference="1M")
    back = everywhere.admin(ADMIN)
    acme.set("b", ctx=back, inference="2M")
    assert today.today(back).since is not None
    assert changes(everywhere, back) == [
        (f"{SECOND} changed 2 values", f"in batch {one.batch}", f"actor:{SECOND} at:2026-11-23..")
    ]
    more = acme.set("a", ctx=grace, paid=True)
    ((text, beside, _),) = changes(everywhere, back)
    assert (text, beside) == (f"{SECOND} changed 4 values", f"in 2 batches, the last is {more.batch}")


def test_the_host_is_told_nothing_of_the_kind(lone: World) -> None:
    acme = acme_of(lone)
    acme.set("a", inference="1M")
    assert changes(lone, lone.host) == []


def test_staged_edits_that_were_never_saved_are_told_to_their_author(lone: World) -> None:
    acme = acme_of(lone)
    admin = lone.admin(ADMIN)
    edits = StagedChanges().add_all(acme.edits(("a", Field.INFERENCE, None, 1), ("b", Field.PAID, 0, 1)).edits)
    drafts.keep(admin, edits)
    (item,) = [item for item in today.today(admin).items if item.code == "drafts"]
    assert (item.text, item.more, item.page) == ("2 edits of yours are staged, not saved", "in Acme", "users")
    assert not [item for item in today.today(lone.admin(SECOND)).items if item.code == "drafts"]
    drafts.keep(admin, StagedChanges(), before=edits)
    assert not [item for item in today.today(admin).items if item.code == "drafts"]
