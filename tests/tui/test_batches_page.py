"""`U`: all batches on a page, what each changed on another, and the way back from both."""

import re

from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Role
from tests.services.editing import ADMIN, SECOND, Acme
from tests.services.test_batches import many
from tests.tui.real import at_users, words
from tests.tui.seen import Screen


def two(acme: Acme) -> None:
    """Batch 2 by Grace with a reason, batch 3 by the administrator."""
    grace = acme.world.admin(SECOND)
    acme.set("a", "b", ctx=grace.because("end of [quarter]"), inference="2M", department="research")
    acme.set("b", ctx=acme.world.admin(ADMIN), banned=True)


def batch(screen: Screen, number: int) -> str:
    """The line of a batch."""
    return next((line for line in screen.lines if re.match(rf"›? +{number} ", line)), screen.text)


async def test_batches_are_listed_opened_undone_and_left(acme: Acme) -> None:
    two(acme)
    async with at_users(acme) as screen:
        await screen.press("U")
        assert screen.lines[0].startswith("≡ Batches")
        assert "3 batches" in screen.text
        assert "you" in batch(screen, 3)
        assert "changed fields" in batch(screen, 2)
        await screen.press("down")
        assert 'grace@acme.example: "end of [quarter]"' in screen.text
        await screen.press("enter")
        assert screen.lines[0].startswith("≡ Batch 2")
        assert "changed fields · 4 rows · Acme" in screen.text
        assert '"end of [quarter]"' in screen.text
        assert "u undoes it; or: sage-tui undo 2" in screen.text
        assert "1,000,000 → 2,000,000" in screen.line("a@acme.example              inference")
        await screen.press("slash")
        await screen.write("depart")
        await screen.press("enter")
        assert "2 rows" in screen.line("depart")
        await screen.press("escape", "u")
        assert "Undo batch 2?" in screen.text
        await screen.press("ctrl+s")
        assert "Took back 4 changes as batch 4" in screen.text
        assert "Batch 2 was undone already, by batch 4." in screen.text
        await screen.press("u")
        assert screen.text.count("was undone already") == 2
        await screen.press("escape")
        assert screen.lines[0].startswith("≡ Batches")
        assert "4 batches" in screen.text
        assert "undid batch 2" in batch(screen, 4)
        assert "by 4" in batch(screen, 2)
        await screen.press("escape")
        assert "Max Inference" in screen.text
        assert "1,000,000" in screen.line("a@acme.example")
    assert acme.allocation("b") == 1_000_000


async def test_the_batch_under_the_cursor_is_undone_from_the_list(acme: Acme) -> None:
    two(acme)
    async with at_users(acme, size=(120, 40)) as screen:
        await screen.press("U")
        await screen.press("g", "u", "ctrl+s")
        assert "Took back 1 change as batch 4" in screen.text
        assert not acme.row("b").banned
        await screen.press("g", "down", "u")
        assert "Batch 3 was undone already, by batch 4." in screen.text
        await screen.press("g", "u", "ctrl+s")
        assert acme.row("b").banned, "an undo can be undone"


async def test_more_than_two_hundred_are_all_there(acme: Acme) -> None:
    many(acme, 450)
    async with at_users(acme) as screen:
        await screen.press("U")
        assert "451 batches" in screen.text
        await screen.press("G")
        assert batch(screen, 1).startswith("›")
        await screen.press("slash")
        await screen.write("batch:77")
        await screen.press("enter")
        assert "1 batch" in screen.text
        await screen.press("escape")
        assert "451 batches" in screen.text


async def test_nothing_changed_yet_says_so(acme: Acme) -> None:
    with acme.host.write(Verb.ORGS_ADD) as tx:
        tx.run("DELETE FROM batch WHERE organization_id = :org", org=acme.id)
    async with at_users(acme, size=(60, 15)) as screen:
        await screen.press("U")
        assert "Nothing was changed yet that could be undone." in words(screen)
        await screen.press("u")
        assert "There is no batch here." in screen.text
        assert all(len(line) <= 60 for line in screen.lines)


async def test_read_only_looks_and_undoes_nothing(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_users(acme, console=console) as screen:
        await screen.press("U", "u")
        assert "You are read-only: you see and export, and change nothing." in screen.text
        await screen.press("enter")
        assert "1,000,000" in screen.text
        assert "You are read-only" in screen.text
        await screen.press("u")
        assert "Undo batch" not in screen.text


async def test_operators_see_whose_and_stay_on_the_list_when_they_choose_another_organization(acme: Acme) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    other = acme.world.organization("Globex", 10_000_000)
    acme.world.person("bo@globex.example", other)
    async with at_users(acme, "root@sage.example", size=(200, 40)) as screen:
        await screen.press("U")
        assert "Acme" in screen.line("changed fields")
        await screen.press("enter")
        assert screen.lines[0].split("Batch 1")[1]
        from sage_tui.tui.session import Scope

        screen.app.choose_scope(Scope(other, "Globex"))
        await screen.rest()
        assert "Nothing was changed yet" in screen.text
        await screen.press("escape")
        assert "bo@globex.example" in screen.text


async def test_added_people_are_no_rows_and_it_says_so(acme: Acme) -> None:
    with acme.host.write(Verb.ORGS_ADD) as tx:
        tx.run(
            "INSERT INTO batch (organization_id, id, at, actor, action, rows, reason)"
            " VALUES (:org, 900, :now, 'grace@acme.example', 'users add', 2, '')",
            org=acme.id, now=tx.now,
        )  # fmt: skip
    async with at_users(acme, size=(120, 40)) as screen:
        await screen.press("U", "enter")
        assert "added people · 2 rows" in screen.text
        assert "It changed no field that could be taken back." in screen.text
        await screen.press("u")
        assert "changed nothing that can be taken back" in screen.text
