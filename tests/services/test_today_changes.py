"""What others changed since I was here (product.md, "Today")."""

from sage_tui.services import identity, today
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
