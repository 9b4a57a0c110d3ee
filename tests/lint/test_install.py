"""Installing on a fresh machine: one clear line when Python is too old or has no venv; nothing done twice."""

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


def python(folder: Path, name: str, version: str, venv: bool) -> None:
    """A pretended Python: says its version, knows whether it is new enough, may lack venv."""
    old = version.startswith("3.9")
    script = folder / name
    script.write_text(
        "#!/bin/sh\n"
        f'case "$*" in --version) echo "Python {version}" ;;\n'
        f"*version_info*) exit {1 if old else 0} ;;\n"
        f"*ensurepip*) exit {0 if venv else 1} ;;\n"
        '*"-m venv"*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; echo made >> "$LOG" ;;\n'
        '*"-m pip"*) echo "$*" >> "$LOG"; [ -z "$OFFLINE" ] ;;\n'
        "esac\n"
    )
    script.chmod(0o755)


def run(folder: Path, tmp_path: Path, extra: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "mkdir").symlink_to("/bin/mkdir") if not (folder / "mkdir").exists() else None
    (folder / "cp").symlink_to("/bin/cp") if not (folder / "cp").exists() else None
    return subprocess.run(
        ["/bin/sh", str(TOP / "tools/venv.sh"), str(tmp_path / "venv"), extra],
        env={"PATH": str(folder), "LOG": str(tmp_path / "log"), **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bin"
    made.mkdir()
    return made


def test_too_old_is_one_line_that_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    python(folder, "python3", "3.9.2", venv=True)
    done = run(folder, tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, found Python 3.9.2" in done.stderr


def test_no_python_at_all(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path)
    assert done.returncode == 1
    assert "found no python3" in done.stderr


def test_without_venv_is_one_line_that_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    python(folder, "python3", "3.11.2", venv=False)
    done = run(folder, tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "python3 has no venv" in done.stderr


def test_a_newer_one_beside_an_old_one_is_found(folder: Path, tmp_path: Path) -> None:
    python(folder, "python3", "3.9.2", venv=True)
    python(folder, "python3.12", "3.12.1", venv=True)
    done = run(folder, tmp_path, "dev")
    assert done.returncode == 0
    log = (tmp_path / "log").read_text()
    assert log.startswith("made\n")
    assert "-c constraints.txt -e .[dev]" in log


def test_an_environment_that_is_there_is_used(folder: Path, tmp_path: Path) -> None:
    python(folder, "python3", "3.12.1", venv=True)
    run(folder, tmp_path)
    run(folder, tmp_path)
    assert (tmp_path / "log").read_text().count("made") == 1


def test_without_the_network_it_says_so(folder: Path, tmp_path: Path) -> None:
    python(folder, "python3", "3.12.1", venv=True)
    done = run(folder, tmp_path, OFFLINE="1")
    assert done.returncode == 1
    assert "try again when the network is there" in done.stderr


def test_pins_and_ranges_name_the_same_packages() -> None:
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]
    lines = [line for line in (TOP / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pins = {Requirement(line).name.lower().replace("_", "-"): line.partition("==")[2] for line in lines}
    for requirement in wanted:
        version = pins[requirement.name.lower()]
        assert requirement.specifier.contains(version), requirement


def test_ci_is_lint_and_test_and_can_be_run() -> None:
    script = TOP / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().split("\n")[-3:] == ["make lint", "make test", ""]
