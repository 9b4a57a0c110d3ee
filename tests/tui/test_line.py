"""What is written to a line that dropped is dropped too, and holds nobody up."""

import os
import pty

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

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
