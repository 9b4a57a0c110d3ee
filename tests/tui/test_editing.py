"""Editing on screen, over a real database: staged, seen, saved, taken back (product.md, "User Management")."""

import re

from sage_tui.domain.plans import Field
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role
from sage_tui.services import drafts, users
from tests.services.editing import ADMIN, SECOND, Acme
from tests.tui.real import at_users, edit, to_column, words


async def test_edits_are_staged_seen_saved_and_undone(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await edit(screen, "b", "inference_allocation", "+500K")
        await edit(screen, "b", "banned", "")
        assert "→yes" in screen.line("b@acme.example")
        await to_column(screen, "inference_allocation")
        assert "→2,000,000" in screen.line("a@acme.example")
        assert "→1,500,000" in screen.line("b@acme.example")
        assert "3 edits staged, +1.5M, unallocated then 6.5M   ctrl+s review" in screen.text
        assert acme.allocation("a") == 1_000_000
        await screen.press("ctrl+s")
        assert "Save 3 changes?" in screen.text
        assert "Inference: 2M → 3.5M of 10M allocated, 6.5M unallocated then" in screen.text
        assert "1,000,000 → 2,000,000" in screen.line("a@acme.example")
        assert "+1,000,000" in screen.line("a@acme.example")
        assert "no → yes" in screen.text
        await screen.press("ctrl+s")
        assert "Saved 3 changes as batch 2 · u undoes it" in screen.text
        assert (acme.allocation("a"), acme.allocation("b"), acme.row("b").banned) == (2_000_000, 1_500_000, True)
        assert "staged" not in screen.text
        await screen.press("u")
        assert "Undo batch 2?" in screen.text
        assert "2,000,000 → 1,000,000" in screen.text
        await screen.press("ctrl+s")
        assert (acme.allocation("a"), acme.allocation("b"), acme.row("b").banned) == (1_000_000, 1_000_000, False)


async def test_what_makes_no_sense_is_not_staged_and_the_first_number_is_no_edit(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "lots")
        assert "'lots' is not an amount" in screen.text
        await screen.press("escape")
        assert "'lots' is not an amount" not in screen.text
        await edit(screen, "a", "inference_allocation", "2M")
        await edit(screen, "a", "inference_allocation", "1000000")
        assert "staged" not in screen.text
        assert drafts.list_drafts(acme.world.admin(ADMIN)) == ()


async def test_saving_from_the_cell_takes_what_is_typed_there(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("g", "e")
        await screen.write("2M")
        await screen.press("ctrl+s")
        assert "Save 1 change?" in screen.text
        assert "1,000,000 → 2,000,000" in screen.text


async def test_columns_that_are_not_edited_say_so(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await to_column(screen, "inference_used")
        await screen.press("e")
        assert "Monthly Inference is not edited here" in screen.text


async def test_the_smallest_terminal_shows_what_changes(acme: Acme) -> None:
    async with at_users(acme, size=(60, 15)) as screen:
        await screen.press("g", "e")
        await screen.write("2M")
        await screen.press("ctrl+s")
        assert "1,000,000 → 2,000,000" in screen.text
        assert "+1,000,000" in screen.text
        assert all(len(line) <= 60 for line in screen.lines)
        await screen.resize(80, 24)
        assert "inference" in screen.line("a@acme.example")


async def test_escape_leaves_the_cell_as_it_was(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "")
        await screen.write("5M")
        await screen.press("escape")
        assert "staged" not in screen.text
        assert "1,000,000" in screen.line("a@acme.example")


async def test_a_line_is_taken_out_and_stays_staged(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await edit(screen, "b", "inference_allocation", "3M")
        await screen.press("ctrl+s", "space")
        assert "✕ a@acme.example" in screen.text
        assert "1 change of 1 person · 1 out" in screen.text
        await screen.press("ctrl+s")
        assert "Saved 1 change" in screen.text
        assert "1 edit staged, +1M" in screen.text
        assert (acme.allocation("a"), acme.allocation("b")) == (1_000_000, 3_000_000)


async def test_somebody_changed_it_meanwhile_three_values_and_a_choice(acme: Acme) -> None:
    grace = acme.world.admin(SECOND)
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "1.5M")
        await edit(screen, "b", "inference_allocation", "2M")
        acme.set("a", ctx=grace, inference="750K")
        await screen.press("ctrl+s")
        assert "1 change of 1 person · 1 to decide" in screen.text
        assert "before 1,000,000 · theirs 750,000 · yours 1,500,000" in words(screen)
        assert "changed by grace@acme.example" in screen.text
        await screen.press("ctrl+s")
        assert "1 change waits for your decision" in screen.text
        await screen.press("space")
        assert "2 changes of 2 people" in screen.text
        await screen.press("ctrl+s")
        assert (acme.allocation("a"), acme.allocation("b")) == (1_500_000, 2_000_000)


async def test_keeping_theirs_saves_the_others(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "1.5M")
        await edit(screen, "b", "inference_allocation", "2M")
        acme.set("a", inference="750K")
        await screen.press("ctrl+s", "minus", "ctrl+s")
        assert "Saved 1 change" in screen.text
        assert (acme.allocation("a"), acme.allocation("b")) == (750_000, 2_000_000)


async def test_changed_between_review_and_save_it_is_reviewed_again(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        acme.set("a", inference="3M")
        await screen.press("ctrl+s")
        assert "Somebody changed some of it just now: nothing was saved." in screen.text
        assert "1 to decide" in screen.text
        assert acme.allocation("a") == 3_000_000


async def test_a_cap_too_small_says_what_is_missing_and_keeps_what_fits(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "6M")
        await edit(screen, "b", "inference_allocation", "6M")
        await screen.press("ctrl+s")
        assert "2,000,000 over the cap" in screen.text
        await screen.press("ctrl+s")
        assert "The inference pool is too small: 2,000,000 tokens are missing." in words(screen)
        await screen.press("f")
        assert "1 change of 1 person · 1 out" in screen.text
        await screen.press("ctrl+s")
        assert (acme.allocation("a"), acme.allocation("b")) == (6_000_000, 1_000_000)


async def test_drafts_come_back_after_lock_and_a_killed_console(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("1", "2")
        assert "1 edit staged" in screen.text
        await screen.resize(120, 40)
        assert "1 edit staged" in screen.text
    # The console is gone without a word; a second one opens.
    async with at_users(acme) as screen:
        assert "1 staged edit of" in screen.text
        assert "→2,000,000" in screen.line("a@acme.example")
        acme.set("a", inference="900K")
        await screen.press("ctrl+s")
        assert "1 to decide" in screen.text
        await screen.press("escape")
        await screen.press("full_stop")
        await screen.write("take back all")
        await screen.press("enter")
        assert "staged" not in screen.text
    assert drafts.list_drafts(acme.world.admin(ADMIN)) == ()


async def test_a_draft_is_its_author_s(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
    async with at_users(acme, SECOND) as screen:
        assert "staged" not in screen.text


async def test_many_by_selection_with_a_preview(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("slash")
        await screen.write("paid:yes")
        await screen.press("enter", "asterisk", "full_stop")
        assert "For 2 selected" in screen.text
        await screen.write("inference")
        await screen.press("enter")
        await screen.write("+10%")
        await screen.press("enter")
        assert "2 changes of 2 people" in screen.text
        assert "1,000,000 → 1,100,000" in screen.text
        await screen.press("ctrl+s")
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocation("c")) == (1_100_000, 1_100_000, None)


async def test_by_a_pasted_list_each_is_answered(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write("pasted")
        await screen.press("enter")
        screen.app.screen.query_one("#list").insert("a@acme.example, B@acme.example\nwho@nowhere.example\n")
        await screen.press("tab", "tab", "enter")
        assert "2 of 3 are here." in screen.text
        assert "not here: who@nowhere.example" in screen.text
        await screen.press("enter")
        assert "2 selected" in screen.text
        await screen.press("full_stop")
        await screen.write("disable")
        await screen.press("enter", "ctrl+s")
        assert (acme.allocation("a"), acme.allocation("b")) == (1_000, 1_000)


async def test_offboard_and_take_back(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write("offboard")
        await screen.press("enter")
        assert "Offboard: a@acme.example" in screen.text
        await screen.press("ctrl+s")
        row = acme.row("a")
        assert (row.banned, row.paid, row.inference.allocation) == (True, False, 0)
        assert "✕ banned" in screen.line("a@acme.example")
        await screen.press("U")
        assert "offboarded" in screen.line("you")
        await screen.press("u", "ctrl+s")
        row = acme.row("a")
        assert (row.banned, row.paid, row.inference.allocation) == (False, True, 1_000_000)


async def test_banning_an_administrator_asks_for_a_fresh_code(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "grace", "banned", "")
        await screen.press("ctrl+s", "ctrl+s")
        assert "Banning an administrator needs a fresh code." in screen.text
        acme.world.clock.move(seconds=30)
        await screen.write(acme.world.code(ADMIN))
        await screen.press("enter")
        assert acme.row("grace").banned


async def test_read_only_greys_each_writing_key_and_says_why(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_users(acme, console=console) as screen:
        for key in ("e", "ctrl+s", "u"):
            await screen.press(key)
            assert "You are read-only: you see and export, and change nothing." in screen.text
        await screen.press("r")


async def test_the_draft_is_kept_in_the_store_at_each_edit(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "department", "Research")
        (draft,) = drafts.list_drafts(acme.world.admin(ADMIN))
        assert [(e.field, e.before, e.after) for e in draft.staged.edits.values()] == [
            (Field.DEPARTMENT, "", "Research")
        ]
        assert "→Research" in screen.text


async def test_quitting_asks_while_edits_are_staged(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+q")
        assert "1 edit is staged and not saved: kept" in words(screen)
        await screen.press("escape")
        assert screen.app.is_running
        await screen.press("ctrl+q", "tab", "enter")
    assert len(drafts.list_drafts(acme.world.admin(ADMIN))) == 1


class TestPersonPage:
    """Acts for one person, on their page."""

    async def test_an_act_is_previewed_applied_and_undone(self, acme: Acme) -> None:
        async with at_users(acme) as screen:
            await screen.press("g", "enter", "full_stop")
            assert "For a@acme.example" in screen.text
            await screen.write("disable")
            await screen.press("enter")
            assert "Disable: a@acme.example" in screen.text
            await screen.press("ctrl+s")
            assert "Saved 3 changes as batch 2" in screen.text
            assert "paid no" in screen.text
            await screen.press("u", "ctrl+s")
            assert "paid yes" in screen.text
            assert acme.allocation("a") == 1_000_000

    async def test_a_password_is_reset_after_a_fresh_code_and_shown_once(self, acme: Acme) -> None:
        async with at_users(acme) as screen:
            await screen.press("g", "enter", "full_stop")
            await screen.write("reset password")
            await screen.press("enter")
            assert "A fresh code" in screen.text
            acme.world.clock.move(seconds=30)
            await screen.write(acme.world.code(ADMIN))
            await screen.press("enter")
            assert "One-time password" in screen.text
            (secret,) = re.findall(r"│ +(\S{20}) +│", screen.text)
            await screen.press("escape")
            assert secret not in screen.text
        assert acme.world.session(acme.world.sign_in("a@acme.example", Secret(secret))).must_change_password

    async def test_an_operator_changes_role_e_mail_payer_and_place(self, acme: Acme) -> None:
        acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
        acme.world.organization("Beta", 1_000_000)
        console = acme.world.stepped_up("root@sage.example")
        async with at_users(acme, console=console) as screen:
            await screen.press("o")
            await screen.write("acme")
            await screen.press("enter", "s", "g", "enter")
            for words_, more, seen in (
                ("role", ("read-only", "enter"), "read_only  no → yes"),
                ("their sessions", ("new@acme.example", "enter"), "a@acme.example → new@acme.example"),
                ("payer", ("b@acme.example", "enter"), "payer"),
            ):
                await screen.press("full_stop")
                await screen.write(words_)
                await screen.press("enter")
                await screen.write(more[0])
                await screen.press(more[1])
                assert " ".join(seen.split()) in words(screen), words(screen)
                await screen.press("ctrl+s")
                assert "Saved" in screen.text
            assert "new@acme.example" in screen.text
            assert "admin, read-only" in screen.text
            assert "payer b@acme.example" in screen.text
            await screen.press("full_stop")
            await screen.write("move")
            await screen.press("enter")
            await screen.write("beta")
            await screen.press("enter", "ctrl+s")
            assert "Saved" in screen.text
        moved = users.show(acme.host, email="new@acme.example").user
        assert (moved.organization, moved.inference.allocation) == ("Beta", None)


async def test_people_are_added_by_a_list_each_answered(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write("add people")
        await screen.press("enter")
        screen.app.screen.query_one("#list").insert("new@acme.example\nA@acme.example")
        await screen.press("tab", "tab", "enter", "tab", "enter", "tab", "tab", "enter")
        assert "1 added" in screen.text
        assert "1 here already" in screen.text
        (secret,) = re.findall(r"(\S{20})  new@acme.example", screen.text)
        await screen.press("escape")
        assert "6 users" in screen.text
        assert secret not in screen.text
    assert acme.allocation("new") == 500_000
