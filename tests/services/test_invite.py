"""Inviting many: one-time passwords in a file that is there whole or not at all."""

import csv
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sage_tui.domain.errors import FieldError, NotFound, Refused, SageError, StoreUnavailable, WrongUse
from sage_tui.domain.invite import Invite
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role
from sage_tui.services import export_files, invite
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, Acme


def read(path: Path) -> dict[str, str]:
    with path.open(newline="") as file:
        return {row["email"]: row["one_time_password"] for row in csv.DictReader(file)}


def state(acme: Acme) -> list[object]:
    """All that inviting writes."""
    people = acme.world.rows('SELECT id, password_hash, password_one_time, password_expires_at, verified FROM "user"')
    return [people, acme.world.value("SELECT count(*) FROM audit_entry")]


def test_those_who_never_signed_in_get_one_and_can_sign_in_with_it(lite: Acme, tmp_path: Path) -> None:
    lite.world.sign_in("a@acme.example")
    lite.set("b", banned=True)
    other = lite.world.organization("Other")
    lite.world.person("x@other.example", other)
    file = tmp_path / "invited.csv"
    done = invite.invite(lite.host, Invite("type:user", lite.id), str(file))
    given = read(file)
    assert (list(given), done.rows, done.changed) == (["c@acme.example"], 1, 0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (done.bytes, os.listdir(tmp_path).count("invited.csv")) == (file.stat().st_size, 1)
    signed_in = lite.world.session(lite.world.sign_in("c@acme.example", Secret(given["c@acme.example"])))
    assert signed_in.must_change_password
    with pytest.raises(WrongUse, match="nobody who has never"):
        invite.invite(lite.host, Invite("type:user", lite.id), str(tmp_path / "again.csv"))
    assert not (tmp_path / "again.csv").exists()


def test_it_is_one_entry_with_the_file_s_digest_and_no_password(lite: Acme, tmp_path: Path) -> None:
    file = tmp_path / "invited.csv"
    done = invite.invite(lite.host.because("start"), Invite("", lite.id), str(file))
    entries = lite.world.rows("SELECT * FROM audit_entry WHERE action = 'users invite'")
    assert len(entries) == 1
    assert (f'"digest":"{done.sha256}"' in entries[0]["body"], f'"rows":{done.rows}' in entries[0]["body"]) == (
        True,
        True,
    )
    kept = str(lite.world.rows("SELECT * FROM audit_detail")) + str(entries)
    assert "c@acme.example" in kept
    assert not any(password in kept for password in read(file).values())


def test_a_dry_run_counts_and_does_nothing(lite: Acme, tmp_path: Path) -> None:
    before = state(lite)
    done = invite.invite(lite.host.dry(), Invite("", lite.id), str(tmp_path / "invited.csv"))
    assert (done.rows, state(lite), [name for name in os.listdir(tmp_path) if "invited" in name]) == (5, before, [])


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def appears(path: Path) -> Callable[..., str]:
    def hashed(*_: object) -> str:
        path.touch()
        return "$argon2id$"

    return hashed


@pytest.mark.parametrize("fault", ["disk", "exists", "directory", "unknown", "audit"])
def test_what_fails_leaves_no_password_and_no_file(
    lite: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    file, ctx, organization, raised = tmp_path / "invited.csv", lite.host, lite.id, type[SageError]
    before, raised = state(lite), Refused
    if fault == "disk":
        monkeypatch.setattr(export_files.os, "fsync", full)
        raised = StoreUnavailable
    elif fault == "exists":
        file.write_text("mine")
    elif fault == "directory":
        file, raised = tmp_path / "nowhere" / "invited.csv", WrongUse
    elif fault == "unknown":
        organization, raised = 99, NotFound
    else:
        monkeypatch.setattr(invite.audit, "append", lambda *_, **__: full())
        raised = OSError
    with pytest.raises(raised):
        invite.invite(ctx, Invite("", organization), str(file))
    assert state(lite) == before
    assert [name for name in os.listdir(tmp_path) if "invited" in name] == (
        ["invited.csv"] if fault == "exists" else []
    )


def test_who_signs_in_while_passwords_are_made_is_left_out(
    lite: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def progress(number: int) -> None:
        if number == 1:
            lite.world.change('UPDATE "user" SET last_sign_in_at = 1 WHERE id = :id', id=lite.number("c"))

    file = tmp_path / "invited.csv"
    done = invite.invite(lite.host, Invite("type:user", lite.id), str(file), progress)
    assert (sorted(read(file)), done.rows, done.changed) == (["a@acme.example", "b@acme.example"], 2, 1)


def test_too_many_at_once_are_refused(lite: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invite, "AT_ONCE", 4)
    with pytest.raises(FieldError, match="more than 4"):
        invite.invite(lite.host, Invite("", lite.id), str(tmp_path / "invited.csv"))


def test_an_administrator_invites_their_own_and_a_formula_is_no_formula(lite: Acme, tmp_path: Path) -> None:
    lite.world.person("=cmd@acme.example", lite.id)
    lite.world.person("boss@acme.example", role=Role.SUPER_ADMIN)
    file = tmp_path / "invited.csv"
    console: Context = lite.world.stepped_up(ADMIN)
    invite.invite(console, Invite(""), str(file))
    assert sorted(read(file)) == sorted(
        ["'=cmd@acme.example", "a@acme.example", "b@acme.example", "c@acme.example", "grace@acme.example"]
    )
