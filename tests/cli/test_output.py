"""Tables, CSV, JSON, progress, pages of long lists, confirmation."""

import json

import pytest

from sage_tui.cli import common, output, progress, state, world
from sage_tui.cli.output import Col
from sage_tui.cli.state import State
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import After, Ask, Sort, Start, Window, parse_cursor
from sage_tui.domain.queries_fields import USERS

ROWS = [
    {"name": "李伟", "size": 1_234_567, "on": True, "more": {"at": None}},
    {"name": "\x1b[31m=1+1", "size": None, "on": False, "more": {"at": "x" * 100}},
]
COLUMNS = (Col("NAME", "name"), Col("SIZE", "size", right=True), Col("ON", "on"), Col("AT", "more_at"))


@pytest.fixture(autouse=True)
def plain() -> State:
    """No option is given."""
    state.begin(State())
    return state.current()


def test_a_table_is_aligned_by_terminal_cells(capsys: pytest.CaptureFixture[str]) -> None:
    output.listing("things", ROWS, COLUMNS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NAME            SIZE  ON   AT"
    assert lines[1] == "李伟       1,234,567  yes  ·"
    assert lines[2].startswith("␛[31m=1+1          ·  no   xxx")
    assert lines[2].endswith("…")


def test_the_same_as_csv_and_json(plain: State, capsys: pytest.CaptureFixture[str]) -> None:
    plain.csv = True
    output.listing("things", ROWS, COLUMNS)
    assert capsys.readouterr().out.splitlines()[:2] == ["name,size,on,more_at", "李伟,1234567,yes,"]
    plain.csv, plain.json = False, True
    output.listing("things", ROWS, COLUMNS, total=2, next=None)
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"things": ROWS, "total": 2, "next": None}


def test_an_answer_in_three_forms(plain: State, capsys: pytest.CaptureFixture[str]) -> None:
    output.answer({"a": 1, "b": {"c": "=x"}}, "one \x07", "two")
    assert capsys.readouterr().out == "one ␇\ntwo\n"
    plain.csv = True
    output.answer({"a": 1, "b": {"c": "=x"}})
    assert capsys.readouterr().out == "a,b_c\n1,'=x\n"


def test_wide_and_combining_signs_are_measured() -> None:
    assert [output.cells(text) for text in ("abc", "李伟", "e\u0301", "ａ")] == [3, 4, 1, 2]


def test_notes_are_silent_with_quiet(plain: State, capsys: pytest.CaptureFixture[str]) -> None:
    output.say("note \x1b")
    assert capsys.readouterr() == ("", "note ␛\n")
    plain.quiet = True
    output.say("note")
    assert capsys.readouterr() == ("", "")


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_progress_is_a_line_every_ten_seconds_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Watch()
    monkeypatch.setattr(progress, "time", watch)
    with progress.Progress("recording f", 2_000) as bar:
        for done in range(0, 2_000, 100):
            watch.now += 1.0
            bar.at(done, f"{done} rows")
    assert capsys.readouterr().err == "recording f: 900 of 2,000 900 rows\nrecording f: 1,900 of 2,000 1900 rows\n"


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch()
    monkeypatch.setattr(progress, "time", watch)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with progress.Progress("recording f", 100) as bar:
        watch.now = 1.0
        bar.at(50)
    shown = capsys.readouterr().err
    assert f"[{'█' * 15}{'·' * 15}]  50% recording f" in shown
    assert shown.endswith("\r\x1b[K")


def window(rows: list[int]):
    """A source over numbers."""

    def ask(question: Ask) -> Window[int]:
        match question.place:
            case After(key):
                rest = [row for row in rows if row > int(key[-1] or 0)]
            case _:
                assert question.place == Start()
                rest = rows
        shown = rest[: question.count]
        return Window(tuple(shown), tuple((row,) for row in shown), False, len(rest) > len(shown))

    return ask


@pytest.mark.parametrize(("limit", "last"), [(1, 1), (3, 3), (7, 7), (9, 9)])
def test_pages_join_and_tell_where_to_go_on(monkeypatch: pytest.MonkeyPatch, limit: int, last: int) -> None:
    monkeypatch.setattr(common, "PAGE", 3)
    rows, cursor = common.pages(window(list(range(1, 11))), "", Sort("id"), limit)
    assert rows == list(range(1, last + 1))
    assert cursor is not None
    assert parse_cursor(cursor) == (last,)
    rest, end = common.pages(window(list(range(1, 11))), "", Sort("id"), 100, cursor)
    assert (rows + rest, end) == (list(range(1, 11)), None)


def test_sorting_takes_columns_and_filter_names() -> None:
    columns = ("email", "inference_used")
    assert common.sort_of("", Sort("email"), USERS, columns) == Sort("email")
    assert common.sort_of("used:desc", Sort("email"), USERS, columns) == Sort("inference_used", True)
    assert common.sort_of("email:asc", Sort("email"), USERS, columns) == Sort("email")
    for wrong in ("shoe", "used:down", "\x1b"):
        with pytest.raises(WrongUse) as refused:
            common.sort_of(wrong, Sort("email"), USERS, columns)
        assert "\x1b" not in refused.value.message


def test_amounts_of_options_name_the_option() -> None:
    assert common.amount("", "--inference") == 0
    assert common.amount("1.5M", "--inference") == 1_500_000
    with pytest.raises(WrongUse, match="--inference"):
        common.amount("+5", "--inference")


@pytest.mark.parametrize(("typed", "goes"), [("yes", True), ("y", False), ("", False), ("YES", False)])
def test_a_question_on_a_terminal_wants_the_word(monkeypatch: pytest.MonkeyPatch, typed: str, goes: bool) -> None:
    monkeypatch.setattr(world, "_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    if goes:
        world.confirm("All is removed.", False)
    else:
        with pytest.raises(WrongUse, match="Nothing was done"):
            world.confirm("All is removed.", False)


def test_yes_answers_and_no_terminal_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "_terminal", lambda: False)
    world.confirm("All is removed.", True)
    with pytest.raises(WrongUse, match="cannot be undone"):
        world.confirm("All is removed.", False)
