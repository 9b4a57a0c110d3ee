"""What is written to a line that dropped is dropped too, and holds nobody up."""

import os
import pty

import pytest
from textual import events
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.geometry import Size

from sage_tui.tui.line import Line, LineDriver
from sage_tui.tui.safe import SafeApp


def test_a_closed_line_takes_any_number_of_frames() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as file:
        line = Line(file)
        line.write("x")
        line.flush()
        os.close(master)
        writer = WriterThread(line)  # type: ignore[arg-type]
        writer.start()
        for _ in range(3 * MAX_QUEUED_WRITES):
            writer.write("frame " * 2000)
        writer.stop()
        assert not writer.is_alive()
        assert line.fileno() == slave


def test_no_variable_of_the_environment_chooses_the_driver() -> None:
    assert SafeApp().get_driver_class() is LineDriver


@pytest.fixture
async def driver(monkeypatch: pytest.MonkeyPatch) -> LineDriver:
    """On a terminal that claims 30,000 columns and 2,000 rows."""
    monkeypatch.setenv("COLUMNS", "30000")
    monkeypatch.setenv("LINES", "2000")
    return LineDriver(SafeApp())


async def test_no_terminal_is_larger_than_500_by_200(driver: LineDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert driver._get_terminal_size() == (500, 200)
    assert driver._size == (500, 200)
    monkeypatch.setenv("COLUMNS", "120")
    assert driver._get_terminal_size() == (120, 200)


@pytest.mark.parametrize(("told", "drawn"), [((65_535, 24), (500, 24)), ((80, 9_999), (80, 200)), ((80, 24), (80, 24))])
async def test_a_size_told_in_band_is_cut_as_well(
    driver: LineDriver, monkeypatch: pytest.MonkeyPatch, told: tuple[int, int], drawn: tuple[int, int]
) -> None:
    sent: list[events.Resize] = []
    monkeypatch.setattr(driver, "send_message", sent.append)
    driver.process_message(events.Resize.from_dimensions(told, (8_000, 4_800)))
    assert [(event.size, event.virtual_size, event.pixel_size) for event in sent] == [
        (Size(*drawn), Size(*drawn), Size(8_000, 4_800))
    ]
