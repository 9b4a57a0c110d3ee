"""Where things lie, and files that others could change or read."""

import os
from pathlib import Path

import pytest

from sage_tui import config_files
from sage_tui.config import Config, load
from sage_tui.config_files import Unsafe
from sage_tui.domain.errors import WrongUse
from tests.cli.conftest import Cli


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment whose configuration lies in the test's directory."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": str(tmp_path / "d"), **more}


def configured(tmp_path: Path, text: str) -> Config:
    """The configuration with this file."""
    file = tmp_path / "c" / "sage-tui" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return load(environ(tmp_path))


def test_defaults(tmp_path: Path) -> None:
    found = load({"HOME": str(tmp_path)})
    assert found.database == f"{tmp_path}/.local/share/sage-tui/sage-tui.db"
    assert found.key_file == f"{found.database}.key"
    assert found.log_file == f"{tmp_path}/.local/state/sage-tui/sage-tui.log"
    assert found.config_file == f"{tmp_path}/.config/sage-tui/config.toml"
    assert found.demo_database == f"{tmp_path}/.local/share/sage-tui/demo.db"


def test_the_option_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    assert (
        configured(tmp_path, 'database = "/srv/a.db"\nkey_file = "/srv/k"\ntime_zone = "Europe/Vienna"').database
        == "/srv/a.db"
    )
    found = load(environ(tmp_path, SAGE_TUI_DATABASE="/srv/b.db", SAGE_TUI_EXPORT_DIR="~/out"))
    assert (found.database, found.key_file, found.time_zone) == ("/srv/b.db", "/srv/k", "Europe/Vienna")
    assert found.export_dir == f"{tmp_path}/out"
    found = load(environ(tmp_path, SAGE_TUI_DATABASE="/srv/b.db"), "/srv/c.db")
    assert (found.database, found.key_file) == ("/srv/c.db", "/srv/c.db.key")


def test_postgresql_has_its_key_in_the_data_directory(tmp_path: Path) -> None:
    found = load(environ(tmp_path), "postgresql://sage@host/sage")
    assert (found.is_file, found.key_file) == (False, f"{tmp_path}/d/sage-tui/key")
    assert found.with_database("/x/demo.db").key_file == "/x/demo.db.key"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("database = ", "not TOML"),
        ("data = 1", "data is no setting"),
        ("database = 5", "database is no setting"),
        ("\x1b = 1", "not TOML"),
    ],
)
def test_a_config_file_that_is_none_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(WrongUse, match=why) as refused:
        configured(tmp_path, text)
    assert "\x1b" not in refused.value.message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A private file in a private directory."""
    path = tmp_path / "own" / "file"
    path.parent.mkdir(mode=0o700)
    path.write_text("x")
    path.chmod(0o600)
    return path


def test_a_private_file_and_an_absent_one_pass(file: Path) -> None:
    config_files.check(str(file), "database")
    config_files.check(str(file.with_name("absent")), "database")


@pytest.mark.parametrize(
    ("mode", "why"), [(0o644, "read by others"), (0o640, "read by others"), (0o620, "changed"), (0o602, "changed")]
)
def test_open_files_are_refused_with_the_command_that_mends_it(file: Path, mode: int, why: str) -> None:
    file.chmod(mode)
    with pytest.raises(Unsafe, match=why) as refused:
        config_files.check(str(file), "key file")
    assert refused.value.hint == f"chmod 600 {file}"
    assert refused.value.exit_code == 1


def test_a_config_file_may_be_read_by_others(file: Path) -> None:
    file.chmod(0o644)
    config_files.check(str(file), "config file", private=False)


def test_a_directory_that_others_may_change_is_refused_unless_it_is_sticky(file: Path) -> None:
    file.parent.chmod(0o777)
    with pytest.raises(Unsafe, match=r"directory .* above the database can be changed") as refused:
        config_files.check(str(file), "database")
    assert refused.value.hint == f"chmod go-w {file.parent}"
    file.parent.chmod(0o1777)
    config_files.check(str(file), "database")


def test_links_and_other_things_are_refused(file: Path) -> None:
    link, pipe = file.with_name("link"), file.with_name("pipe")
    link.symlink_to(file)
    os.mkfifo(pipe)
    for path, why in ((link, "symbolic link"), (pipe, "not a regular"), (file.parent, "not a regular")):
        with pytest.raises(Unsafe, match=why):
            config_files.check(str(path), "database")


def test_another_s_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    if file.stat().st_uid == 0:
        os.chown(file, 12_345, -1)
    with pytest.raises(Unsafe, match="belongs to somebody else"):
        config_files.check(str(file), "database")


def test_every_command_refuses_an_open_database_or_key(cli: Cli, house: Path) -> None:
    database = house / "data" / "sage-tui" / "sage-tui.db"
    for path in (database, Path(f"{database}.key")):
        path.chmod(0o644)
        said = cli("status")
        assert said.code == 1
        assert f"chmod 600 {path}" in said.err
        path.chmod(0o600)
    assert cli("status").code == 0


def test_an_absent_database_is_not_created(cli: Cli, home: Path) -> None:
    assert cli("status").code == 6
    assert list(home.rglob("*.db")) == []
