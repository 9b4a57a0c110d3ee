"""Settings: they act, are audited, and an organization's own goes before the platform's."""

import pytest

from sage_tui.domain.errors import FieldError, NotFound, WrongUse
from sage_tui.domain.months import month_of
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Role
from sage_tui.domain.users import AddUsers
from sage_tui.services import audit, identity, settings, today, users_add
from tests.support.world import World

ADMIN = "admin@acme.example"


class TestSettings:
    def test_a_setting_acts_and_is_audited(self, lone: World) -> None:
        settings.put(lone.host, "sign_in_notice", "Acme staff only.")
        assert identity.door(lone.nobody).notice == "Acme staff only."
        (entry,) = audit.window(lone.host, Ask(1, "", Sort("at", True))).rows
        assert [(c.field, c.before, c.after) for c in entry.changes] == [("sign_in_notice", None, "Acme staff only.")]
        settings.put(lone.host, "sign_in_notice", None)
        assert identity.door(lone.nobody).notice == ""

    def test_admin_mode_is_as_short_as_the_setting_says(self, lone: World) -> None:
        lone.person("root@sage.example", role=Role.SUPER_ADMIN)
        settings.put(lone.host, "admin_idle_minutes", "5")
        console = lone.admin("root@sage.example")
        session = lone.session(console)
        assert session.admin_until is not None
        lone.clock.move(minutes=5)
        assert lone.session(console).admin_until is None

    def test_an_organization_s_own_value_goes_before_the_platform_s(self, everywhere: World) -> None:
        host = everywhere.host
        acme, other = everywhere.organization("Acme"), everywhere.organization("Other")

        def held(organization_id: int | None) -> tuple[str, str]:
            (found,) = [s for s in settings.list_settings(host, organization_id) if s.key == "pool_warning_day"]
            return found.value, found.source

        settings.put(host, "pool_warning_day", "20")
        settings.put(host, "pool_warning_day", "3", acme)
        assert [held(place) for place in (None, acme, other)] == [("20", "set"), ("3", "set"), ("20", "platform")]
        with host.read(Verb.TODAY) as tx:
            assert [settings.value(tx, "pool_warning_day", place) for place in (0, acme, other)] == ["20", "3", "20"]
        (entry,) = audit.window(host, Ask(1, "action:settings", Sort("at", True)), acme).rows
        assert [(c.before, c.after) for c in entry.changes] == [(None, "3")]
        assert settings.put(host, "pool_warning_day", None, acme).source == "platform"
        assert settings.put(host, "pool_warning_day", None).value == held(acme)[0] == "15"

    def test_an_organization_has_no_value_of_its_own_where_the_platform_s_holds_for_all(self, lone: World) -> None:
        acme = lone.organization("Acme")
        own = ["pool_warning_day", "reservation_minutes", "orphans"]
        assert [s.key for s in settings.list_settings(lone.host, acme)] == own
        with pytest.raises(WrongUse, match="whole platform"):
            settings.put(lone.host, "sign_in_notice", "x", acme)
        for missing in (99, -1):
            with pytest.raises(NotFound):
                settings.put(lone.host, "pool_warning_day", "3", missing)
            with pytest.raises(NotFound):
                settings.list_settings(lone.host, missing)

    def test_an_administrator_sees_their_own_organization_s_and_no_other_s(self, lone: World) -> None:
        acme, other = lone.organization("Acme"), lone.organization("Other")
        lone.person(ADMIN, acme, Role.ADMIN)
        settings.put(lone.host, "pool_warning_day", "3", acme)
        console = lone.admin(ADMIN)
        assert settings.list_settings(console, acme)[0].value == "3"
        with pytest.raises(NotFound):
            settings.list_settings(console, other)

    def test_the_day_of_the_pool_s_warning_is_the_organization_s(self, lone: World) -> None:
        acme = lone.organization("Acme", 1_000_000)
        users_add.add(lone.host, AddUsers(("ada@acme.example",), acme, paid=True))
        month = month_of(lone.clock.now())
        lone.change("UPDATE purchase SET last_month = :month WHERE organization_id = :acme", month=month, acme=acme)
        assert any("below what is allocated" in words for words in today.today(lone.host, acme).sentences)
        settings.put(lone.host, "pool_warning_day", "31", acme)
        assert not any("below what is allocated" in words for words in today.today(lone.host, acme).sentences)

    @pytest.mark.parametrize(
        ("key", "value"), [("admin_idle_minutes", "16"), ("admin_idle_minutes", "٥"), ("sign_in_notice", "a\x1b[2J")]
    )
    def test_bad_values_are_refused_by_name(self, lone: World, key: str, value: str) -> None:
        with pytest.raises(FieldError, match=key):
            settings.put(lone.host, key, value)
        with pytest.raises(NotFound):
            settings.put(lone.host, "no_such_setting", "1")
