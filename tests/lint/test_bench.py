"""The bench runs and says what it measured; whether a budget is kept is judged on a quiet machine, not here."""

from pathlib import Path

from bench import measure, recording, spending, windows, world


def test_windows_and_recording_give_a_line_for_each_budget(tmp_path: Path) -> None:
    demo = world.build(tmp_path, 60, 300)
    lines = windows.lines(demo, quick=True)
    assert [line.name for line in lines if "any depth" in line.name]
    assert len(lines) == 4 + len(windows.FILTERS)
    assert all(line.ours.endswith(" ms") for line in lines)


def test_recording_is_measured_against_a_bare_insert_of_the_same_rows(tmp_path: Path) -> None:
    ours, bare, again = recording._rates(tmp_path / "rates", 50, 2)
    assert min(ours, bare, again) > 0


def test_may_this_user_spend_is_measured_against_a_select_by_key(tmp_path: Path) -> None:
    assert spending._may_spend(tmp_path / "may.db", 20).ours.endswith("/s")


def test_the_table_marks_what_is_over_its_budget() -> None:
    text = measure.table([measure.compared("start", 0.1, 0.3, 1.2), measure.bounded("page", 0.001, 0.003)])
    assert text.splitlines()[1].split() == ["✕", "start", "100.0", "ms", "300.0", "ms", "3.00", "≤", "1.2"]
    assert text.splitlines()[2].startswith("✓  page")


def test_floor_and_ours_are_measured_in_turn() -> None:
    asked: list[str] = []

    def one(name: str, value: float) -> float:
        asked.append(name)
        return value

    assert measure.interleaved(lambda: one("floor", 1.0), lambda: one("ours", 2.0), 3) == (1.0, 2.0)
    assert asked == ["floor", "ours"] * 3
