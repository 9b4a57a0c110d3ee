"""Imports that are cut, and pipes that close: real processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "at,user,model,prompt_tokens,completion_tokens,id\n"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a fresh database."""
    found = {**os.environ, **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}}
    found.pop("SAGE_TUI_DATABASE", None)
    assert sage(found, "init", "--admin-email", "root@sage.example", "--org", "Acme").returncode == 0
    return found


def sage(env: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sage_tui", *argv], env=env, capture_output=True, text=True, timeout=120, check=False
    )


def rows(first: int, last: int) -> str:
    return "".join(f"2026-11-{1 + n % 20:02d},u{n % 7},m,{n % 50},1,i{n}\n" for n in range(first, last))


def cut(env: dict[str, str], tmp_path: Path, how: signal.Signals) -> subprocess.Popen[bytes]:
    """An import that has recorded its first batch and waits for more; then it gets a signal."""
    child = subprocess.Popen(
        [sys.executable, "-m", "sage_tui", "import", "usage", "-", "--source", "gateway", "--org", "acme"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=env,
    )  # fmt: skip
    assert child.stdin is not None
    child.stdin.write((HEAD + rows(0, 25_000)).encode())
    child.stdin.flush()
    while json.loads(sage(env, "status", "--json").stdout)["events"] < 10_000:
        assert child.poll() is None
    child.send_signal(how)
    return child


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_was_cut_is_repeated_and_every_row_counts_once(
    env: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    child = cut(env, tmp_path, how)
    _, err = child.communicate(timeout=60)
    if how is signal.SIGINT:
        assert child.returncode == 130
        assert b"error: Stopped at line 10,001." in err or b"error: Stopped at line 20,001." in err
        assert b"hint: Run it again to go on" in err
    part = json.loads(sage(env, "status", "--json").stdout)["events"]
    assert part in (10_000, 20_000)
    whole = tmp_path / "whole.csv"
    whole.write_text(HEAD + rows(0, 26_000))
    said = json.loads(sage(env, "import", "usage", str(whole), "--source", "gateway", "--org", "acme", "--json").stdout)
    assert (said["recorded"], said["already"], said["refused"]) == (26_000 - part, part, [])
    assert json.loads(sage(env, "status", "--json").stdout)["events"] == 26_000
    checked = json.loads(sage(env, "doctor", "--json").stdout)
    assert [check["name"] for check in checked["checks"] if not check["ok"]] == []


def test_a_list_into_a_closed_pipe_ends_quietly(env: dict[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    child = subprocess.Popen(
        [sys.executable, "-m", "sage_tui", "users", "list", "--json"], env=env, stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert child.communicate(timeout=60)[1] == b""
    assert child.returncode == 0


def test_a_full_disk_leaves_no_export_behind(env: dict[str, str], tmp_path: Path) -> None:
    import resource

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    people = tmp_path / "people.csv"
    people.write_text("email\n" + "".join(f"person-{n:04d}@acme.example\n" for n in range(3_000)))
    assert sage(env, "import", "users", str(people), "--org", "acme").returncode == 0
    target = tmp_path / "out" / "people.csv"
    target.parent.mkdir()
    said = subprocess.run(
        [sys.executable, "-m", "sage_tui", "export", "users", "--full", "--output", str(target)],
        env=env, capture_output=True, text=True, timeout=60, preexec_fn=small, check=False,
    )  # fmt: skip
    assert said.returncode == 6
    assert "was not written" in said.stderr
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams_harm_nothing(env: dict[str, str], closed: tuple[int, ...]) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    argv = [sys.executable, "-m", "sage_tui", "orgs", "add", "Beta", "--json"]
    said = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, preexec_fn=close, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    assert json.loads(sage(env, "status", "--json").stdout)["organizations"] == 2
    assert sage(env, "audit", "verify").returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_result_that_cannot_be_written_says_so(env: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "sage_tui", "users", "list", "--json"]
    with open("/dev/full", "w") as full:
        said = subprocess.run(argv, env=env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert said.returncode == 6
    assert said.stderr.startswith("error: The result could not be written: No space left on device.\nhint: ")
    assert "Exception ignored" not in said.stderr


@pytest.mark.parametrize(
    "url", ["postgresql://u:secretpw@h:notaport/x", "postgresql://u:secretpw@[bad/x", "mysql://u:secretpw@h/x"]
)
def test_a_url_that_is_none_is_wrong_use_without_its_password(env: dict[str, str], url: str) -> None:
    said = sage(env, "--database", url, "status")
    assert said.returncode in (2, 6)
    assert said.stderr.startswith("error: ")
    assert "secretpw" not in said.stderr
    assert "broken" not in said.stderr


def test_a_demo_beyond_reason_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    said = sage(env, "demo", "--users", "99999999999", "--no-open", "--path", str(tmp_path / "d.db"))
    assert said.returncode == 2
    assert not (tmp_path / "d.db").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_file_that_is_being_written_goes_with_a_signal(tmp_path: Path, how: signal.Signals) -> None:
    script = (
        "import os, sys; from sage_tui.cli import main; from sage_tui.services.export_files import FileSink\n"
        "main.mind_signals()\n"
        "with FileSink(sys.argv[1]) as sink:\n"
        "    sink.write(b'half')\n"
        "    os.kill(os.getpid(), int(sys.argv[2]))\n"
        "    sink.publish()\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "x.csv"), str(int(how))], check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (128 + how, [])
