"""THE list of pages: sidebar, keys, palette, help and documents read it. Roles are not in it."""

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import cast

from sage_tui.domain.actors import Actor
from sage_tui.domain.permissions import Verb, may


class Group(StrEnum):
    """Where a page stands in the sidebar."""

    TOP = ""
    MANAGEMENT = "Management"
    ANALYTICS = "Analytics"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the panel. `number` is its key, fixed for good; `body` is imported when first opened."""

    id: str
    number: int
    title: str
    group: Group
    needs: Verb
    body: str

    def load(self) -> type:
        """The class of the page's body."""
        return _loaded(self.body)


def _loaded(body: str) -> type:
    module, _, name = body.partition(":")
    return cast(type, getattr(import_module(f"sage_tui.tui.screens.{module}"), name))


PAGES: tuple[Page, ...] = (
    Page("today", 1, "Today", Group.TOP, Verb.TODAY, "today:TodayPage"),
    Page("users", 2, "User Management", Group.MANAGEMENT, Verb.USERS_LIST, "management.users:UsersPage"),
    Page(
        "distribution",
        3,
        "Token Distribution",
        Group.MANAGEMENT,
        Verb.DISTRIBUTION_STATUS,
        "management.distribution:DistributionPage",
    ),
    Page("requests", 4, "Token Requests", Group.MANAGEMENT, Verb.REQUESTS_LIST, "management.requests:RequestsPage"),
    Page(
        "statistics",
        5,
        "Token Statistics",
        Group.ANALYTICS,
        Verb.STATS,
        "analytics.statistics:StatisticsPage",
    ),
    Page("activity", 6, "Activity Logs", Group.ANALYTICS, Verb.ACTIVITY_LIST, "analytics.activity:ActivityPage"),
)


@dataclass(frozen=True, slots=True)
class Inside:
    """A page that is reached from another one, and stands under it in the sidebar. `person:42`: of number 42."""

    under: str
    body: str
    without: str
    """Where one is led who cannot see this one: of another organization."""

    def load(self) -> type:
        """The class of the page's body."""
        return _loaded(self.body)


INSIDE: dict[str, Inside] = {
    "settings": Inside("today", "settings:SettingsPage", "settings"),
    "person": Inside("users", "management.person:PersonPage", "users"),
    "batches": Inside("users", "management.batches_page:BatchesPage", "batches"),
    "batch": Inside("users", "management.batch_page:BatchPage", "batches"),
}

BY_ID = {page.id: page for page in PAGES}


def pages_for(actor: Actor) -> list[Page]:
    """The pages that this actor may open."""
    return [page for page in PAGES if may(actor, page.needs)]
