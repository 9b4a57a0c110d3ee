"""Today: what needs me, without a key (product.md, "Today"). First form: what can be known so far."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.activity import Today, TodayItem
from sage_tui.domain.amounts import short
from sage_tui.domain.months import day_of, day_start, first_day, month_name, month_of, month_start
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.queries import quoted
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.units import Kind
from sage_tui.domain.users import NEAR
from sage_tui.services import forecasts, pools, purchase_requests, requests_granting, settings, today_changes
from sage_tui.services.context import Context
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows import requests as windows_of_requests
from sage_tui.store.windows import trouble
from sage_tui.store.windows import users as windows_of_users


def today(ctx: Context, organization_id: int | None = None) -> Today:
    """What waits, in sentences with counts; each leads to its page, filtered."""
    with ctx.read(Verb.TODAY) as tx:
        one = organization_id if organization_id is not None else tx.actor.organization_id
        items = [*people_in_trouble(tx, organization_id), *_waiting(tx, organization_id)]
        if one is None and tx.reach is Reach.EVERYWHERE:
            items += _organizations(tx)
        items = [*today_changes.drafts(tx, organization_id), *items]
        since = today_changes.since(tx)
        if since is not None:
            items += today_changes.changed(tx, organization_id, since)
        requests = sum(item.count for item in items if item.code in ("requests", "purchases"))
        return Today(
            items=tuple(items),
            sentences=tuple(pool_sentences(tx, one)) if one is not None else (),
            gateway_last_heard_at=_heard(tx, organization_id),
            checked_at=_checked(tx),
            waiting=requests,
            since=None if since is None else to_datetime(since),
        )


def people_in_trouble(tx: Tx, organization_id: int | None) -> list[TodayItem]:
    """A step: who is stopped, near their limit or idle, and administrators without an authenticator."""
    found = trouble.people(tx, organization_id, month_of(tx.now), NEAR)
    items = []
    if found["stopped"]:
        since = to_datetime(found["stopped_since"])
        items.append(
            _item(
                "stopped",
                found["stopped"],
                None,
                f"{_people_are(found['stopped'])} stopped at their limit",
                f"{found['refused']:,} calls refused since {since:%a %-d %b}",
                "stopped:yes",
            )
        )
    items += _will_be_stopped(tx, organization_id, others=bool(found["stopped"]))
    if found["near"]:
        items.append(
            _item(
                "near",
                found["near"],
                None,
                f"{_people_are(found['near'])} near or at their limit",
                "90% or more of the allocation used",
                "used>=90%",
            )
        )
    if found["idle"]:
        items.append(_item("idle", found["idle"], found["idle_tokens"], f"{_people_have(found['idle'])} used under 10%",
                           f"{short(found['idle_tokens'])} stands idle", "used<10% max>0 paid:yes"))  # fmt: skip
    if found["bare_admins"]:
        items.append(_item("no_mfa", found["bare_admins"], None, _admins_have(found["bare_admins"]),
                           "and cannot enter the panel", "type:admin mfa:no"))  # fmt: skip
    return items


WILL_BE = "lasts<32d stopped:no paid:yes banned:no"
"""Those whose inference tokens are used up before the month ends: whose last beyond it are above every number."""


def _will_be_stopped(tx: Tx, organization_id: int | None, *, others: bool) -> list[TodayItem]:
    """Who will be stopped before the month ends, of one organization (of all it would read all of four weeks)."""
    one = organization_id if organization_id is not None else tx.actor.organization_id
    if one is None:
        return []
    number = windows_of_users.count(tx, parse(WILL_BE, USERS), organization_id, exact=True).number
    if not number:
        return []
    who = "more will be" if others else "person will be stopped" if number == 1 else "people will be stopped"
    until = to_datetime(month_start(month_of(tx.now) + 1))
    return [
        _item("will_be_stopped", number, None, f"{number:,} {who} before {until:%-d %B}",
              "at the pace of their last 28 days", WILL_BE)
    ]  # fmt: skip


def _item(
    code: str, count: int, tokens: int | None, text: str, more: str, query: str, page: str | None = "users"
) -> TodayItem:
    return TodayItem(code, count, tokens, text, page, query, more)


def _people_are(count: int) -> str:
    return "1 person is" if count == 1 else f"{count:,} people are"


def _people_have(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _admins_have(count: int) -> str:
    return "1 administrator has no authenticator" if count == 1 else f"{count:,} administrators have no authenticator"


def _requests(tx: Tx, organization_id: int | None) -> list[TodayItem]:
    """Requests that wait, and of one organization whether they fit."""
    where, values = tx.within("r", organization_id)
    row = tx.row(
        f"SELECT count(*) AS number, min(r.created_at) AS oldest FROM request r WHERE r.status = 'pending' AND {where}",
        **values,
    )
    items = []
    if row and row["number"]:
        number = int(row["number"])
        days = (tx.now - int(row["oldest"])) // (86_400 * 1_000_000)
        waits = "1 request waits" if number == 1 else f"{number:,} requests wait"
        age = "since today" if days == 0 else f"the oldest {days} {'day' if days == 1 else 'days'}"
        asked = windows_of_requests.asked(tx, organization_id)
        said = _asked(tx, organization_id, asked)
        items.append(_item("requests", number, sum(asked.values()), f"{waits}, {age}", said, "", "requests"))
    purchases = purchase_requests.waiting(tx)
    if purchases:
        asks = "1 organization asks" if purchases == 1 else f"{purchases:,} asks wait"
        items.append(_item("purchases", purchases, None, f"{asks} for a larger pool", "`sage-tui purchases list`", "",
                           "requests"))  # fmt: skip
    return items


def _asked(tx: Tx, organization_id: int | None, asked: Mapping[Kind, int]) -> str:
    """`3.2M asked, 87.6M unallocated`, or what is missing; of both kinds `asked 3.2M of 87.6M, emb. 200K of 40M`.

    Kinds are never added up. Where the pools are several, only what is asked.
    """
    one = organization_id if organization_id is not None else tx.actor.organization_id
    kinds = {Kind.INFERENCE: "", Kind.EMBEDDING: "emb. "}
    wanted = [kind for kind in Kind if asked[kind]]
    if one is None:
        return f"{', '.join(kinds[kind] + short(asked[kind]) for kind in wanted)} asked"
    room = {kind: max(left, 0) for kind, left in requests_granting.room_of(tx, one)}
    if len(wanted) > 1:
        return f"asked {', '.join(f'{kinds[kind]}{short(asked[kind])} of {short(room[kind])}' for kind in wanted)}"
    kind = wanted[0]
    missing, head = asked[kind] - room[kind], f"{kinds[kind]}{short(asked[kind])} asked"
    if missing > 0:
        return f"{head}, {short(missing)} more than the pool has"
    return f"{head}, {short(pools.status(tx, one)[kind].unallocated)} unallocated"


def _waiting(tx: Tx, organization_id: int | None) -> list[TodayItem]:
    items = _requests(tx, organization_id)
    held, values = tx.within("i", organization_id)
    rows = tx.row(
        "SELECT count(*) AS number, sum((SELECT sum(t.charge) FROM usage_month t WHERE t.organization_id ="
        " i.organization_id"
        f" AND t.user_id = -i.id AND t.month = :month)) AS charge FROM identity i WHERE i.user_id IS NULL AND {held}",
        month=month_of(tx.now), **values,
    )  # fmt: skip
    if rows and rows["number"]:
        number, charge = int(rows["number"]), int(rows["charge"] or 0)
        text = (
            "1 gateway identity belongs to nobody" if number == 1 else f"{number:,} gateway identities belong to nobody"
        )
        items.append(_item("unassigned", number, charge, text, f"{short(charge)} this month", "", "identities"))
    return items


def _organizations(tx: Tx) -> list[TodayItem]:
    """Operators: organizations by trouble, most first."""
    rows = trouble.organizations(tx, month_of(tx.now), NEAR)
    return [
        _item(
            "organization",
            int(row["stopped"]),
            None,
            str(row["name"]),
            _trouble(row),
            f"org={quoted(str(row['name']))}",
        )
        for row in rows[:8]
    ]


def _trouble(row: Row) -> str:
    parts = []
    if row["stopped"]:
        parts.append(f"{row['stopped']:,} stopped")
    if row["near"]:
        parts.append(f"{row['near']:,} near or at the limit")
    if row["over"]:
        parts.append(f"over-committed by {short(row['over'])}")
    return ", ".join(parts)


def pool_sentences(tx: Tx, organization_id: int) -> list[str]:
    """A step: whether the pool and next month's hold what is allocated."""
    status, month = pools.status(tx, organization_id), month_of(tx.now)
    following = pools.purchased(tx, organization_id, month + 1)
    sentences = [*_lasting(tx, organization_id)]
    day = day_of(tx.now) - first_day(month) + 1
    warning_day = int(settings.value(tx, "pool_warning_day", organization_id))
    for kind in Kind:
        pool = status[kind]
        if pool.unallocated < 0:
            sentences.append(
                f"{kind.value.capitalize()} is over-committed by {short(-pool.unallocated)}:"
                f" {short(pool.allocated)} allocated of {short(pool.purchased)}."
            )
        short_of = pool.allocated - following[kind]
        if day >= warning_day and short_of > 0 and pool.unallocated >= 0:
            sentences.append(
                f"{month_name(month + 1)}: the {kind.value} pool is {short(following[kind])},"
                f" {short(short_of)} below what is allocated."
            )
    return sentences


def _lasting(tx: Tx, organization_id: int) -> Iterator[str]:
    """Until when each pool lasts; that it lasts beyond the month only where it is known and used."""
    beyond = []
    for kind, one in forecasts.of_organization(tx, organization_id).items():
        if one.lasting is None or not one.lasting.a_week:
            continue
        if one.remaining <= 0:
            yield f"The {kind.value} pool is used up."
        elif one.day is None:
            beyond.append(kind.value)
        else:
            yield f"The {kind.value} pool lasts until {to_datetime(day_start(one.day)):%A %-d %B}."
    if beyond:
        pools_ = "pools last" if len(beyond) > 1 else "pool lasts"
        yield f"The {' and '.join(beyond)} {pools_} beyond the month."


def _heard(tx: Tx, organization_id: int | None) -> datetime | None:
    where, values = tx.within("e", organization_id)
    found = tx.value(f"SELECT e.at FROM usage_event e WHERE {where} ORDER BY e.at DESC LIMIT 1", **values)
    return None if found is None else to_datetime(int(found))


def _checked(tx: Tx) -> datetime | None:
    found = tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = 'checked_at'")
    return None if found is None else to_datetime(int(found))
