"""The member home: one's own numbers as they are this month, and one's own profile."""

from dataclasses import replace

import pytest

from sage_tui.domain.errors import FieldError, Refused
from sage_tui.domain.months import DAY, month_start
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.domain.users import View
from sage_tui.services import audit, home, users, views
from tests.support.world import World

ADA, BO, ADMIN = "ada@acme.example", "bo@acme.example", "admin@acme.example"


@pytest.fixture
def acme(everywhere: World) -> World:
    """Two members of Acme with limits."""
    organization = everywhere.organization("Acme", 1_000_000, 1_000_000)
    for email in (ADA, BO):
        everywhere.person(email, organization)
    everywhere.change("UPDATE membership SET paid = TRUE, inference_allocation = 1000")
    return everywhere


class TestNumbers:
    def test_they_are_one_s_own_by_kind_and_day(self, acme: World) -> None:
        now = acme.clock.now()
        acme.record(
            acme.usage("1", ADA, 300),
            acme.usage("2", ADA, 50, at=Micros(now - 2 * DAY)),
            acme.usage("3", ADA, 7, kind=Kind.EMBEDDING),
            acme.usage("4", BO, 999),
            organization_id=1,
        )
        shown = home.home(acme.sign_in(ADA))
        assert (shown.inference.used, shown.inference.remaining, shown.inference.share) == (350, 650, 350)
        assert (shown.embedding.used, shown.embedding.allocation, shown.embedding.remaining) == (7, None, None)
        assert (shown.days[-1], shown.days[-3], sum(shown.days), len(shown.days)) == (307, 50, 357, 30)
        assert (shown.organization, shown.type, shown.days_left) == ("Acme", Role.USER, 8)

    def test_another_month_reads_as_nothing_used_and_the_last_as_previous(self, acme: World) -> None:
        acme.record(acme.usage("1", ADA, 300), organization_id=1)
        console = acme.sign_in(ADA)
        resets = home.home(console).resets_at
        acme.clock.move(days=8)
        console = acme.sign_in(ADA)
        shown = home.home(console)
        assert (shown.inference.used, shown.inference.previous, shown.inference.lifetime) == (0, 300, 300)
        assert shown.resets_at > resets
        assert users.show(acme.host, email=ADA).user.inference == shown.inference
        acme.clock.move(days=31)
        shown = home.home(acme.sign_in(ADA))
        assert (shown.inference.used, shown.inference.previous, shown.inference.lifetime) == (0, 0, 300)

    def test_the_last_microsecond_of_a_month_is_still_of_it(self, acme: World) -> None:
        acme.record(acme.usage("1", ADA, 300), organization_id=1)
        end = month_start(home.home(acme.sign_in(ADA)).resets_at.month - 1 + 12 * 2026)
        acme.clock.at = Micros(end - 1)
        assert home.home(acme.sign_in(ADA)).inference.used == 300
        acme.clock.at = Micros(end)
        assert home.home(acme.sign_in(ADA)).inference.used == 0

    def test_who_belongs_to_no_organization_has_a_home_too(self, everywhere: World) -> None:
        everywhere.person("root@sage.example", role=Role.SUPER_ADMIN)
        shown = home.home(everywhere.sign_in("root@sage.example"))
        assert (shown.organization, shown.type, shown.inference.allocation) == (None, Role.SUPER_ADMIN, None)

    def test_the_sign_ins_are_one_s_own_newest_first_and_ten_at_most(self, acme: World) -> None:
        acme.sign_in(BO)
        for _ in range(12):
            acme.clock.move(minutes=1)
            console = acme.sign_in(ADA)
        shown = home.home(console).sign_ins
        assert len(shown) == 10
        assert [entry.at for entry in shown] == sorted((entry.at for entry in shown), reverse=True)
        assert {entry.outcome for entry in shown} == {"in"}


class TestProfile:
    def test_it_is_found_under_the_new_name_and_the_audit_says_what_changed(self, acme: World) -> None:
        console = acme.sign_in(ADA)
        changed = home.set_profile(console, "Augusta Ada", "Byron", "Analytical Engines", "Europe/London")
        assert (changed.name, changed.company, changed.time_zone) == (
            "Augusta Ada Byron",
            "Analytical Engines",
            "Europe/London",
        )
        found = users.window(acme.host, Ask(1, "name:byron", Sort("email"))).rows
        assert [row.email for row in found] == [ADA]
        (entry,) = audit.about(acme.host, acme.people[ADA])
        assert entry.action == "profile set"
        assert {(change.field, change.after) for change in entry.changes} >= {("last_name", "Byron")}

    def test_what_stays_as_it_was_is_not_told_as_a_change(self, acme: World) -> None:
        console = acme.sign_in(ADA)
        home.set_profile(console, "Ada", "Byron", "", "")
        home.set_profile(console, "Ada", "King", "", "")
        newest, _ = audit.about(acme.host, acme.people[ADA])
        assert {change.field for change in newest.changes} == {"last_name"}

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("first_name", ("x" * 101, "", "", "")),
            ("last_name", ("", "a\x00", "", "")),
            ("company", ("", "", "x" * 201, "")),
            ("time_zone", ("", "", "", "Mars/Olympus")),
        ],
    )
    def test_one_field_that_is_wrong_and_nothing_is_saved(
        self, acme: World, field: str, values: tuple[str, str, str, str]
    ) -> None:
        console = acme.sign_in(ADA)
        before = home.home(console)
        with pytest.raises(FieldError, match=field):
            home.set_profile(console, *values)
        assert home.home(console) == before
        assert audit.about(acme.host, acme.people[ADA]) == ()


class TestViewsAtTheirLimit:
    def test_where_no_more_are_taken_an_own_one_can_still_be_replaced_and_no_other_added(
        self, lone: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "AT_MOST", 3)
        lone.person(ADMIN, lone.organization("Acme"), Role.ADMIN)
        console = lone.admin(ADMIN)
        view = View("", "used>90%", "", False, True, "")
        for name in "abc":
            views.save(console, "users", replace(view, name=name))
        with pytest.raises(Refused, match="3 views of yours"):
            views.save(console, "users", replace(view, name="d"))
        assert views.save(console, "users", replace(view, name="b", query="paid:no")).query == "paid:no"
        assert [(found.name, found.query) for found in views.list_views(console)] == [
            ("a", "used>90%"),
            ("b", "paid:no"),
            ("c", "used>90%"),
        ]
        views.delete(console, "users", "a")
        assert views.save(console, "users", replace(view, name="d")).name == "d"
