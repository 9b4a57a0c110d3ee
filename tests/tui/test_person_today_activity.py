"""The person's page, Today, and Activity Logs."""

from datetime import timedelta

from sage_tui.domain.activity import AuditChange, TodayItem
from sage_tui.domain.units import Role
from tests.tui.fakes import NOW, World, act, interaction
from tests.tui.seen import WIDE, in_panel


async def test_a_person_with_balances_history_days_sign_ins_and_acts() -> None:
    world = World(audit=[act(0, reason="quarter [b]x[/b]")])
    async with in_panel(world, size=WIDE) as screen:
        await screen.press("down", "down", "enter")
        assert "ada@acme.example   Ada Tester   ▲ near" in screen.text
        assert "Acme Corp · Research · admin · plan team" in screen.text
        assert "MFA yes (8 recovery codes)" in screen.text
        assert "Inference       1,365,000      1,500,000        135,000        682,500" in screen.text
        assert "Why 1,500,000?" in screen.text
        assert "set by hand, by grace" in screen.text
        assert "435 charged, 29 on the busiest day" in screen.text
        assert "signed in" in screen.text
        assert 'users add, by grace@acme.example: "quarter [b]x[/b]"' in screen.text
        await screen.press("backspace")
        assert "ada@acme.example" in screen.line("›")


async def test_today_names_the_year_of_a_visit_that_was_not_this_year() -> None:
    async with in_panel(World(seen_before=NOW - timedelta(days=400)), page="today") as screen:
        assert "since you were here on Sunday 19 October 2025, " in screen.text


async def test_today_says_what_needs_me_and_leads_there() -> None:
    items = [
        TodayItem("stopped", 1, None, "1 person is stopped at their limit", "users", "stopped:yes", "26 refused"),
        TodayItem("idle", 61, 94_200_000, "61 people used under 10%", "users", "used<10%", "94.2M stands idle"),
        TodayItem("requests", 4, 3_200_000, "4 requests wait", None, "", "3.2M asked"),
        TodayItem("unassigned", 2, 1_200_000, "2 gateway identities belong to nobody", "identities", ""),
    ]
    async with in_panel(World(today_items=items), page="today") as screen:
        assert screen.line("needs you") == " What needs you  since you were here on Monday 16 November, 12:00"
        assert screen.line("1 person") == "› 1 person is stopped at their limit      26 refused"
        assert screen.line("61 people") == " 61 people used under 10%                 94.2M stands idle"
        assert screen.line("2 gateway") == "  2 gateway identities belong to nobody   1.2M tokens"
        assert "The pool lasts beyond the month." in screen.text
        assert "Gateway heard 40 s ago · numbers checked 10 h ago" in screen.text
        assert screen.lines[0].startswith("≡ 4 Today")
        await screen.press("enter")
        assert "stopped:yes" in screen.line("/ ")
        assert "tom@acme.example" in screen.text
        await screen.press("backspace", "down", "down")
        assert screen.line("›").startswith("› 2 gateway")  # the line that opens nothing was passed over
        await screen.press("enter")
        assert "Identities that belong to nobody" in screen.text


async def test_operators_see_organizations_by_trouble() -> None:
    items = [
        TodayItem("stopped", 5, None, "5 people are stopped at their limit", "users", "stopped:yes", "since Friday"),
        TodayItem("organization", 3, None, "Globex [b]\u202eInc[/b]", "users", 'org="Globex"', "3 stopped"),
        TodayItem("organization", 2, None, "Acme Corp", "users", 'org="Acme Corp"', "2 stopped, 1 near"),
    ]
    world = World(today_items=items, role=Role.SUPER_ADMIN)
    async with in_panel(world, page="today") as screen:
        at = screen.lines.index(" Organizations, those with most trouble first")
        assert screen.lines[at - 1].startswith("›5 people")
        assert screen.lines[at + 1].split("   ")[0] == " Globex [b]\ufffdInc[/b]"
        assert screen.lines[at + 2].split() == ["Acme", "Corp", "2", "stopped,", "1", "near"]
        await screen.press("down", "down", "enter")
        assert 'org="Acme Corp"' in screen.line("/ ")
        await screen.press("backspace")
        await screen.click("Acme Corp                 ")  # the line of the cursor takes clicks too
        assert 'org="Acme Corp"' in screen.line("/ ")


async def test_lines_that_open_nothing_are_not_offered_and_long_ones_are_cut() -> None:
    items = [TodayItem("requests", 4, None, "4 requests " + "wait " * 20, None, "", "beside it words")]
    async with in_panel(World(today_items=items), page="today", size=(60, 15)) as screen:
        assert "›" not in screen.text
        assert screen.line("4 requests").endswith("…   beside it words")
        await screen.press("enter")
        assert screen.lines[0].startswith("≡ 4 Today")
        await screen.resize(80, 24)
        assert screen.line("4 requests").endswith("…   beside it words")


async def test_a_quiet_today_says_so() -> None:
    async with in_panel(page="today") as screen:
        assert "Nothing needs you." in screen.text


async def test_activity_newest_first_with_detail() -> None:
    world = World(activity=[interaction(n, status="failure" if n == 2 else "success") for n in range(200)])
    world.activity[1] = interaction(1, user_id=None, email="svc[b]", charge=5_000, latency_ms=None)
    async with in_panel(world, page="activity") as screen:
        rows = [line for line in screen.lines if "gpt-large" in line]
        assert rows[0].startswith("› 23 Nov 12:00")
        assert "? svc[b]" in rows[1]
        assert "✕ failure" in rows[2]
        assert "200 interactions" in screen.text
        await screen.press("down", "enter")
        assert "1,001 in (100 cached) → 50 out, charged 5,000" in screen.text
        assert "an identity that belongs to nobody yet" in screen.text
        assert "latency   not reported" in screen.text


async def test_the_audit_tab_shows_before_and_after() -> None:
    world = World(audit=[act(n) for n in range(30)])
    world.audit[0] = act(0, outcome="refused", changes=(AuditChange("email", "x", None, erased=True),))
    world.audit[2] = act(2, changes=(), rows=282, batch=353)
    world.audit[3] = act(3, changes=(), batch=None)
    async with in_panel(world, page="activity", size=WIDE) as screen:
        await screen.press("right_square_bracket")
        assert "✕ refused users add" in screen.text
        await screen.press("enter")
        assert "email          (erased)" in screen.text
        await screen.press("escape", "down", "enter")
        assert "department     Sales → Research" in screen.text
        assert "email          – → tom@acme.example" in screen.text
        assert "batch     201 · 1 row" in screen.text
        await screen.press("escape", "down", "enter")
        assert "282 rows, batch 353" in screen.text
        assert "It changed no field" not in screen.text
        await screen.press("escape", "down", "enter")
        assert "It changed no field." in screen.text
        await screen.press("escape", "left_square_bracket")
        assert "interactions" in screen.text


async def test_new_rows_are_announced_and_never_pushed_under_the_cursor() -> None:
    world = World(activity=[interaction(n) for n in range(5, 100)])
    async with in_panel(world, page="activity") as screen:
        await screen.press("down")
        before = screen.line("›")
        world.activity = [interaction(n) for n in range(100)]
        screen.app.screen.query_one("#log-interactions").look_for_new()  # type: ignore[attr-defined]
        await screen.rest()
        assert "5 new · r shows them" in screen.text
        assert screen.line("›") == before
        await screen.press("r")
        assert "new ·" not in screen.text
        assert "23 Nov 12:00" in screen.line("›")


async def test_the_log_filter_and_its_error() -> None:
    world = World(activity=[interaction(n, model="tiny" if n % 2 else "gpt-large") for n in range(50)])
    async with in_panel(world, page="activity") as screen:
        await screen.press("slash")
        await screen.write("model:tiny")
        assert "25 interactions" in screen.text
        assert "gpt-large" not in screen.text
        await screen.write(" used>1")
        assert "▲" in screen.text
        await screen.press("escape")
        assert "50 interactions" in screen.text


async def test_empty_logs() -> None:
    async with in_panel(page="activity") as screen:
        assert "No calls yet. They come from the gateway, or by sage-tui import usage FILE." in screen.text
        await screen.press("slash")
        await screen.write("model:tiny")
        assert "No interactions match. esc clears the filter." in screen.text
        await screen.click("Audit")
        assert "No entries yet. What administrators change is kept here." in screen.text
