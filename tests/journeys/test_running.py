"""docs/running.md is true: its drill is played as it stands, and its units are units."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
UNITS = sorted((TOP / "docs" / "systemd").iterdir())
pytestmark = pytest.mark.slow


def run(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-euc", script], env=environ, capture_output=True, text=True, check=False)


def test_the_drill_brings_everything_back(tmp_path: Path) -> None:
    home = {name: tmp_path / name.lower() for name in ("BACKUPS", "ELSEWHERE", "LOST", "DATA")}
    for name in ("BACKUPS", "ELSEWHERE", "DATA"):
        home[name].mkdir(mode=0o700)
    database = home["DATA"] / "sage-tui.db"
    environ = {
        **{name: str(path) for name, path in home.items()},
        **{f"XDG_{name}_HOME": str(tmp_path / f"xdg-{name.lower()}") for name in ("CONFIG", "DATA", "STATE")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE": str(database),
        "SAGE_TUI_DATABASE": str(database),
        "HOME": str(tmp_path),
    }
    began = run(
        "sage-tui init --admin-email root@sage.example --org Acme --quiet --json >/dev/null\n"
        "sage-tui users add ada@acme.example --org Acme --paid --quiet >/dev/null\n"
        "sage-tui usage record --user ada@acme.example --model m --prompt 7 --completion 3 --id x1 >/dev/null\n"
        "sage-tui users list --json",
        environ,
    )
    assert began.returncode == 0, began.stderr
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (TOP / "docs" / "running.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 3
    for block in blocks:
        done = run(block, environ)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    assert run("sage-tui users list --json", environ).stdout == began.stdout
    assert "already" in run(
        "sage-tui usage record --user ada@acme.example --model m --prompt 7 --completion 3 --id x1 --json", environ
    ).stdout  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_says_what_it_runs_and_when(unit: Path) -> None:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text("utf-8"))
    assert read["Unit"]["Description"]
    if unit.suffix == ".service":
        assert read["Service"]["Type"] == "oneshot"
        assert unit.with_suffix(".timer") in UNITS
    else:
        assert read["Install"]["WantedBy"] == "timers.target"
        assert read["Timer"]["OnCalendar"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this host")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With the program's path put where there is one, as an operator does."""
    program = shutil.which("true") or "/bin/true"
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/sage/bin/sage-tui", program).replace("User=sage", "User=root")
        (tmp_path / unit.name.replace("@", "@acme")).write_text(text)
    for unit in sorted(tmp_path.iterdir()):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
        )
        mine = [line for line in done.stderr.splitlines() if unit.name in line]
        assert (done.returncode, mine) == (0, []), done.stderr
    for unit in UNITS:
        for when in re.findall(r"^OnCalendar=(.+)$", unit.read_text("utf-8"), re.MULTILINE):
            assert (
                subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, check=False).returncode == 0
            )


def test_every_command_of_a_unit_is_one(tmp_path: Path) -> None:
    for unit in UNITS:
        for words in re.findall(r"/opt/sage/bin/sage-tui ((?:[a-z-]+ ?)+)", unit.read_text("utf-8")):
            command = [word for word in words.split() if not word.startswith("-")][:2]
            done = subprocess.run(
                [sys.executable, "-m", "sage_tui", *command[:1], "--help"], capture_output=True, check=False
            )
            assert done.returncode == 0, (unit.name, command)
