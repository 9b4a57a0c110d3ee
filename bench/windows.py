"""Users by the window (speed.md, rows 14 and 16): page, sort and filter in the store."""

from bench.measure import Line, bounded, median
from bench.world import Demo
from sage_tui.clock import SystemClock
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.paging import After, Ask, Before, End, Place, Sort, Start
from sage_tui.domain.permissions import Reach
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.units import Role
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import users

ROWS = 40
INDEXED = ("id", "email", "name", "inference_allocation", "inference_used", "share", "last_sign_in_at", "created_at")
OTHERS = ("state", "department", "embedding_used", "usage", "paid", "company", "organization")
FILTERS = (
    ("a frequent word, in the order's index", "a", "email", 0.1),
    ("a word of few hits", "kovalchuk1", "email", 0.1),
    ("a word of few hits, sorted by share", "kovalchuk1", "share", 0.5),
    ("a word that nobody has", "zzzz", "email", 0.1),
    ("a word that nobody has, sorted by share", "zzzz", "share", 0.1),
    ("two letters that nobody has", "zz", "email", 0.1),
    ("a word of many hits, all sorted", "kovalchuk", "email", 0.1),
    ("near the limit", "used>90% paid:yes", "share", 0.1),
    ("a department", "dept:research", "email", 0.1),
    ("stopped", "stopped:yes", "email", 0.1),
    ("new this week", "created:7d..", "email", 0.1),
    ("banned, sorted by use", "banned:yes", "inference_used", 0.5),
)


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Pages at every depth, sorts and filters; the worst of each kind is shown."""
    database = Database.open(str(demo.path))
    times = 5 if quick else 9
    who = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)
    found: list[Line] = []
    with database.reading() as connection:
        tx = Tx(connection, True, SystemClock().now(), who, reach=Reach.EVERYWHERE)

        def ask(column: str, place: Place, text: str = "", organization: int | None = None, descending: bool = True):
            question = Ask(1, text, Sort(column, descending), place, ROWS)
            return users.window(tx, parse(text, USERS), question, organization)

        for where, organization in (("all", None), ("the largest organization", 1), ("a small organization", 9)):
            worst = max(_pages(ask, column, organization, times) for column in INDEXED)
            found.append(
                bounded(f"{demo.users:,} users, {where}: a page of an indexed sort, any depth, worst", worst, 0.003)
            )
        sorts = [median(lambda c=column: ask(c, Start()), 3) for column in OTHERS]
        found.append(bounded(f"{demo.users:,} users: a sort without an index, worst", max(sorts), 1.0))
        for name, text, column, budget in FILTERS:
            taken = median(lambda t=text, c=column: ask(c, Start(), t), times)
            found.append(bounded(f"{demo.users:,} users, filter {text!r}: {name}", taken, budget))
    database.close()
    return found


def _pages(ask, column: str, organization: int | None, times: int) -> float:
    """The slowest of first, next, last, and the page before the last; amid ties too."""
    first, last = ask(column, Start(), organization=organization), ask(column, End(), organization=organization)
    places: list[Place] = [Start(), End()]
    places += [After(first.keys[-1])] if first.keys else []
    places += [Before(last.keys[0])] if last.keys else []
    return max(median(lambda p=place: ask(column, p, organization=organization), times) for place in places)
