"""What a review says: one number everywhere, the name that is asked for, the times of what was kept and undone."""

from sage_tui.services import batches
from tests.services.editing import ADMIN, SECOND, Acme
from tests.tui.real import at_users, edit, to_column, to_person, words


async def test_heading_and_button_say_the_same_number_and_what_waits_is_told_beside_them(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        acme.set("a", inference="3M")
        await screen.press("ctrl+s")
        assert "Save 0 changes?" in screen.text
        assert "[ Save 0 ]" in screen.text
        assert "0 changes of 0 people · 1 to decide" in screen.text
        await screen.press("space")
        assert "Save 1 change?" in screen.text
        assert "[ Save 1 ]" in screen.text


async def test_the_button_of_an_undo_undoes(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s", "ctrl+s", "u")
        assert "[ Undo 1 ]" in screen.text
        assert "[ Save" not in screen.text
        await screen.press("ctrl+s")
        assert "Took back 1 change as batch 3 · U shows all batches" in screen.text


async def test_a_name_typed_wrongly_is_told_and_can_be_mended(acme: Acme) -> None:
    acme.crowd(30)
    async with at_users(acme) as screen:
        await screen.press("asterisk", "full_stop")
        await screen.write("department")
        await screen.press("enter")
        await screen.write("Lab")
        await screen.press("enter", "ctrl+s")
        assert "Type the organization's name: Acme" in words(screen)
        await screen.write("acm")
        await screen.press("ctrl+s")
        assert "'acm' is not the organization's name. Type it as it is written: Acme" in words(screen)
        assert "--yes" not in screen.text
        await screen.write("Acme")
        await screen.press("ctrl+s")
        assert "Saved 35 changes" in screen.text


async def test_one_cell_is_taken_back_by_a_key_and_by_name(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "b", "department", "Lab")
        await edit(screen, "a", "department", "Lab")
        await edit(screen, "a", "inference_allocation", "2M")
        await edit(screen, "a", "paid", "")
        await screen.press("minus")
        assert "3 edits staged" in screen.text
        await screen.press("minus")
        assert "Nothing is staged in this cell." in screen.text
        await to_column(screen, "email")
        await screen.press("minus")
        assert "2 edits staged" in screen.text
        await to_column(screen, "department")
        await screen.press("full_stop")
        await screen.write("of this cell")
        await screen.press("enter")
        assert "1 edit staged" in screen.text
        await to_person(screen, "b")
        assert "→Lab" in screen.line("b@acme.example")
        await screen.press("minus")
        assert "staged" not in screen.text


async def test_times_are_told_as_everywhere(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
    now = acme.world.clock
    async with at_users(acme) as screen:
        assert "1 staged edit of 12:01, not saved yet" in screen.text
        await screen.press("ctrl+s", "ctrl+s")
        now.move(days=1)
    async with at_users(acme) as screen:
        await screen.press("u")
        assert "1 change of 23 Nov 12:0" in words(screen)


async def test_what_is_left_is_named_with_its_field(acme: Acme) -> None:
    done = acme.set("a", "b", ctx=acme.world.admin(ADMIN), inference="2M")
    acme.set("a", ctx=acme.world.admin(SECOND), inference="3M")
    async with at_users(acme) as screen:
        await screen.press("u", "ctrl+s")
        assert "1 left: a@acme.example, inference: changed meanwhile" in words(screen)
    assert batches.show(acme.host, done.batch or 0).undone_by is not None
