"""Approving all that fit, and the operator's queue, from the page. Run in workers."""

from typing import TYPE_CHECKING

from sage_tui.domain import months
from sage_tui.domain.amounts import short
from sage_tui.domain.purchase_requests import PurchaseRequest
from sage_tui.domain.requests import Waiting
from sage_tui.domain.text import counted
from sage_tui.tui import times
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.management.review import review
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.text import Line

if TYPE_CHECKING:
    from sage_tui.tui.screens.management.requests_table import RequestsTable

NOTE = "For this month, the oldest first. Space takes a person's requests of a kind out together."


async def approve(page: "RequestsTable") -> bool:
    """Preview what approving all that fit would do, and do it; pool by pool. Was it done?"""
    number = page.here.asks_about
    if page.here.operator and number is None:
        number = await _whose(page)
        if number is None:
            return False
    made = await page.ask(lambda: page.console.services.requests_fitting.plan_fitting(number))
    if made is None:
        return False
    return acting.told(page, await review(page, made.value, heading="Approve all that fit?", note=NOTE))


async def _whose(page: "RequestsTable") -> int | None:
    """Which pool: of all organizations with requests that wait, the longest waiting first."""
    got = await page.ask(page.console.services.requests.waiting)
    if got is None:
        return None
    choices = [Choice(one.organization_id, one.organization, _says(one)) for one in got.value]
    return await page.app.push_screen_wait(Chooser("All that fit, pool by pool: which organization?", choices))


def _says(one: Waiting) -> str:
    """`4 requests ask 3.2M, 87.6M fit`"""
    parts = [
        f"{short(asked)} {kind.value} of {short(max(one.room[kind], 0))}" for kind, asked in one.asked.items() if asked
    ]
    return f"{counted(one.number, 'request')}: {', '.join(parts)}"


async def show_asked(page: "RequestsTable") -> None:
    """What organizations asked the operator for."""
    about = page.here.asks_about
    got = await page.ask(lambda: page.console.services.purchase_requests.list_requests(about))
    if got is None:
        return
    lines = [row for one in got.value for row in asked(one, page.here.session.time_zone)]
    await page.app.push_screen_wait(Notice("Asked of the operator", lines or [("Nobody asked for a larger pool.",)]))


def asked(one: PurchaseRequest, zone: str) -> list[Line]:
    """One ask, in two lines."""
    amounts = [f"{short(amount)} {kind}" for kind, amount in
               (("inference", one.inference), ("embedding", one.embedding)) if amount]  # fmt: skip
    who = f" by {one.asked_by}" if one.asked_by else ""
    since = months.month_name(one.from_month)
    return [
        ((one.organization, "bold"), f"  {' and '.join(amounts)} a month more from {since} · {one.status}"),
        (f'  "{one.reason}"{who}, {times.minute(one.created_at, zone)}',),
    ]
