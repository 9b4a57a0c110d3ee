"""Adding people, their page, summary, ways back (product.md, "User Management")."""

import pytest

from sage_tui.domain.errors import FieldError, ManyErrors, Refused, WrongUse
from sage_tui.domain.units import Kind, Role
from sage_tui.domain.users import AddUsers
from sage_tui.services import organizations, users, users_add
from sage_tui.services.organizations import AddOrganization
from tests.support.world import World

ADMIN = "admin@acme.example"


class TestAdding:
    def test_each_address_is_answered(self, everywhere: World) -> None:
        acme, other = everywhere.organization("Acme"), everywhere.organization("Other")
        everywhere.person("old@acme.example", acme)
        everywhere.person("theirs@other.example", other)
        told = users_add.add(
            everywhere.host,
            AddUsers(("new@acme.example", "NEW@acme.example", "old@acme.example", "theirs@other.example"), acme),
        )
        assert told.added == ("new@acme.example",)
        assert told.already == ("old@acme.example",)
        assert [email for email, _ in told.refused] == ["theirs@other.example"]
        assert users.summary(everywhere.host, acme).users == 2

    def test_one_address_that_is_none_and_nobody_is_added(self, lone: World) -> None:
        acme = lone.organization("Acme")
        with pytest.raises(ManyErrors, match="email 2") as caught:
            users_add.add(lone.host, AddUsers(("a@acme.example", "not an address", "b@", "c@acme.example"), acme))
        assert [error.message.partition(":")[0] for error in caught.value.errors] == ["email 2", "email 3"]
        assert users.summary(lone.host, acme).users == 0
        with pytest.raises(ManyErrors, match=r"^1 of 1 is no e-mail address; nobody was added"):
            users_add.add(lone.host, AddUsers(("not an address",), acme))

    def test_paid_gives_the_floor_as_far_as_the_pool_allows(self, everywhere: World) -> None:
        acme = organizations.add(everywhere.host, AddOrganization("Acme", inference=1_200_000, embedding=600_000))
        told = users_add.add(everywhere.host, AddUsers(tuple(f"p{n}@acme.example" for n in range(3)), acme, paid=True))
        assert told.stays_unset == ("p2@acme.example",)
        shown = [users.show(everywhere.host, email=f"p{n}@acme.example").user for n in range(3)]
        assert [u.inference.allocation for u in shown] == [500_000, 500_000, None]
        assert [u.embedding.allocation for u in shown] == [500_000, None, None]
        status = users.summary(everywhere.host, acme)
        assert (status.inference.allocated, status.inference.unallocated) == (1_000_000, 200_000)
        (step,) = [s for s in users.show(everywhere.host, email="p0@acme.example").history if s.kind is Kind.INFERENCE]
        assert (step.before, step.after, step.rule, step.batch) == (None, 500_000, "floor", told.batch)

    def test_one_time_passwords_open_the_door(self, lone: World) -> None:
        acme = lone.organization("Acme")
        told = users_add.add(lone.host, AddUsers(("new@acme.example",), acme, password=True))
        ((email, secret),) = told.one_time_passwords
        assert lone.session(lone.sign_in(email, secret)).must_change_password

    def test_an_administrator_adds_to_the_own_organization_and_an_operator_says_which(self, lone: World) -> None:
        acme = lone.organization("Acme")
        lone.person(ADMIN, acme, Role.ADMIN)
        users_add.add(lone.admin(ADMIN), AddUsers(("new@acme.example",)))
        assert users.show(lone.host, email="new@acme.example").user.organization == "Acme"
        with pytest.raises(WrongUse, match="which organization"):
            users_add.add(lone.host, AddUsers(("x@acme.example",)))


class TestThePage:
    def test_it_says_who_they_are_and_what_they_used(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme", 1_000_000)
        everywhere.person("ada@acme.example", acme, first_name="Ada", last_name="Lovelace", department="Research")
        everywhere.record(everywhere.usage("1", "ada@acme.example", 123))
        person = users.show(everywhere.host, email="Ada@ACME.example")
        assert (person.user.name, person.user.department, person.days[-1]) == ("Ada Lovelace", "Research", 123)
        assert len(person.days) == 30


class TestOrganizations:
    def test_a_pool_is_bought_from_this_month_on(self, everywhere: World) -> None:
        organizations.add(everywhere.host, AddOrganization("Acme", 5_000_000, 1_000))
        found = organizations.find(everywhere.host, "acme")
        assert (found.inference.purchased, found.embedding.purchased) == (5_000_000, 1_000)
        everywhere.clock.move(days=400)
        assert organizations.find(everywhere.host, "Acme").inference.purchased == 5_000_000

    @pytest.mark.parametrize(
        ("command", "error"),
        [
            (AddOrganization(" "), FieldError),
            (AddOrganization("A\x00"), FieldError),
            (AddOrganization("A", -1), FieldError),
            (AddOrganization("A", 2**63), FieldError),
            (AddOrganization("A", time_zone="Mars/Olympus"), FieldError),
            (AddOrganization("ACME"), Refused),
        ],
    )
    def test_what_is_wrong_is_named_and_changes_nothing(
        self, lone: World, command: AddOrganization, error: type
    ) -> None:
        lone.organization("Acme")
        with pytest.raises(error):
            organizations.add(lone.host, command)
        assert len(organizations.list_organizations(lone.host)) == 1
