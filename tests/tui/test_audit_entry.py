"""An audit entry of a batch says what it changed, before → after, and leads to the way back."""

from sage_tui.domain.plans import Field, PlanRow
from sage_tui.services import batches
from sage_tui.tui.screens.analytics.audit_entry import changed
from tests.services.editing import ADMIN, NO, Acme
from tests.tui.real import at_users, words
from tests.tui.seen import Screen


async def open_entry(screen: Screen, batch: int) -> None:
    """The entry of a batch, from the audit trail."""
    await screen.press("6", "right_square_bracket", "slash")
    await screen.write(f"batch:{batch}")
    await screen.press("enter", "enter")
    assert "Audit entry" in screen.text


async def test_it_draws_before_and_after_and_undoes_from_there(acme: Acme) -> None:
    acme.set("a", "b", inference="3M", department="research")
    async with at_users(acme) as screen:
        await open_entry(screen, 2)
        assert "1,000,000 → 3,000,000  +2,000,000" in screen.line("b@acme.example            inference")
        assert "– → research" in screen.line("a@acme.example            department")
        assert "inference allocated 2,000,000 → 6,000,000" in screen.text
        assert "u undoes it; or: sage-tui undo 2" in words(screen)
        await screen.press("u")
        assert "Undo batch 2?" in screen.text
        await screen.press("ctrl+s")
        assert "Took back 4 changes as batch 3" in screen.text
        await screen.press("enter")
        assert "Batch 2 was undone already, by batch 3." in words(screen)
        await screen.press("u")
        assert "Undo batch 2?" not in screen.text
    assert acme.allocation("b") == 1_000_000


async def test_of_one_person_each_field_stands_once(acme: Acme) -> None:
    acme.set("b", inference="3M")
    async with at_users(acme) as screen:
        await open_entry(screen, 2)
        assert screen.text.count("3,000,000") == 1
        assert "1,000,000 → 3,000,000  +2,000,000" in screen.text


async def test_many_rows_lead_to_the_page_of_the_batch(acme: Acme) -> None:
    acme.set("a", "b", "c", "grace", inference="100K", embedding="10K", paid=True, department="research")
    async with at_users(acme) as screen:
        await open_entry(screen, 2)
        await screen.press("end")
        assert "and 4 more: enter shows all" in screen.text
        await screen.press("enter")
        assert screen.lines[0].startswith("≡ Batch 2")
        await screen.press("escape")
        assert "Audit" in screen.text
        assert "batch:2" in screen.text


async def test_read_only_reads_it_and_is_told_why_not(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    acme.set("b", inference="3M")
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_users(acme, console=console) as screen:
        await open_entry(screen, 2)
        assert "You are read-only: you see and export, and change nothing." in words(screen)
        await screen.press("u")
        assert "Undo batch" not in screen.text


async def test_an_undo_says_which_batch_it_undid(acme: Acme) -> None:
    acme.set("b", inference="3M")
    batches.undo(acme.world.admin(ADMIN), 2, NO)
    async with at_users(acme) as screen:
        await open_entry(screen, 3)
        assert "3,000,000 → 1,000,000  -2,000,000" in screen.text
        assert "sage-tui undo 3" in words(screen)


async def test_help_lists_the_keys_that_change(acme: Acme) -> None:
    async with at_users(acme, size=(120, 60)) as screen:
        await screen.press("question_mark")
        for said in ("edit the cell in place", "review what is staged, and save it", "undo my last batch"):
            assert said in screen.text


def test_rows_of_one_person_have_no_address() -> None:
    row = PlanRow(1, "tom@acme.example", Field.INFERENCE, None, 5, "set")
    (line,) = changed((row,), 1)
    assert "tom@" not in str(line)
    assert "unset → " in str(line)
    assert len(changed((row,), 3)) == 2
