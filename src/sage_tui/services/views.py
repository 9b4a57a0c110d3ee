"""Saved views: a filter with a name, own or shared with the organization's administrators."""

from sage_tui.domain import text
from sage_tui.domain.errors import FieldError, NotFound, Refused
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import ACTIVITY, AUDIT, USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.users import View
from sage_tui.services.context import Context
from sage_tui.store import audit
from sage_tui.store.transaction import Tx

PAGES = {"users": USERS, "activity": ACTIVITY, "audit": AUDIT}
AT_MOST = 200


def _home(tx: Tx) -> int:
    """Views of operators hang on organization 0."""
    return tx.actor.organization_id or 0


def list_views(ctx: Context, page: str = "users") -> tuple[View, ...]:
    """Own views and those shared in the organization, by name."""
    with ctx.read(Verb.VIEWS_LIST) as tx:
        rows = tx.rows(
            'SELECT v.*, u.email FROM saved_view v LEFT JOIN "user" u ON u.id = v.owner_id'
            " WHERE v.organization_id = :org AND v.page = :page AND (v.owner_id = :me OR v.shared) ORDER BY"
            " v.name, v.owner_id",
            org=_home(tx), page=page, me=tx.actor.user_id or 0,
        )  # fmt: skip
        mine = tx.actor.user_id or 0
        return tuple(
            View(
                str(r["name"]),
                str(r["query"]),
                str(r["sort"]),
                bool(r["shared"]),
                r["owner_id"] == mine,
                str(r["email"] or "host"),
            )
            for r in rows
        )


def save(ctx: Context, page: str, view: View) -> View:
    """Save (or replace) an own view. Raises QueryError for a filter that makes no sense, FieldError."""
    if page not in PAGES:
        raise FieldError("page", "has no views")
    name = text.accept("name", view.name.strip(), 60)
    if not name:
        raise FieldError("name", "is empty")
    parse(view.query, PAGES[page])
    with ctx.write(Verb.VIEWS_SAVE) as tx:
        have = tx.value(
            "SELECT count(*) FROM saved_view WHERE organization_id = :org AND owner_id = :me"
            " AND NOT (page = :page AND name = :name)",
            org=_home(tx), me=tx.actor.user_id or 0, page=page, name=name,
        )  # fmt: skip
        if int(have) >= AT_MOST:
            raise Refused(f"There are {AT_MOST} views of yours already.", "Delete some that are not needed.")
        tx.run(
            "INSERT INTO saved_view (organization_id, owner_id, page, name, query, sort, shared, created_at)"
            " VALUES (:org, :me, :page, :name, :query, :sort, :shared, :now) ON CONFLICT (organization_id,"
            " owner_id, page, name)"
            " DO UPDATE SET query = excluded.query, sort = excluded.sort, shared = excluded.shared",
            org=_home(tx),
            me=tx.actor.user_id or 0,
            page=page,
            name=name,
            query=view.query,
            sort=view.sort,
            shared=view.shared,
            now=tx.now,
        )
        audit.append(
            tx,
            organization_id=_home(tx),
            target=f"view of {page}",
            personal=[audit.Personal("after view", f"{name}: {view.query}")],
        )
        return View(name, view.query, view.sort, view.shared, True, tx.actor.name)


def delete(ctx: Context, page: str, name: str) -> None:
    """Delete an own view. Raises NotFound."""
    with ctx.write(Verb.VIEWS_DELETE) as tx:
        gone = tx.run(
            "DELETE FROM saved_view WHERE organization_id = :org AND owner_id = :me AND page = :page AND name = :name",
            org=_home(tx), me=tx.actor.user_id or 0, page=page, name=name,
        )  # fmt: skip
        if not gone:
            raise NotFound("There is no view of yours with this name.", "See `sage-tui views list`.")
        audit.append(
            tx, organization_id=_home(tx), target=f"view of {page}", personal=[audit.Personal("before view", name)]
        )
