"""Bar 24: secrets that are typed or made appear in nothing that is kept, written, logged, exported or thrown."""

import base64
import html
import re
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from sage_tui.domain.demo import totp_secret
from sage_tui.domain.errors import SageError
from sage_tui.domain.exports import ExportUsers
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role
from sage_tui.services import audit, enrolment, exports, identity, mfa, users, ways_back
from sage_tui.services.context import Context
from sage_tui.services.export_files import FileSink
from sage_tui.store.engine import Database
from tests.contracts.test_services import NEWEST
from tests.support import world
from tests.support.demos import ADMIN, PASSWORD, House, code
from tests.support.terminal import ENTER, TOP
from tests.support.world import World

CANARY = "a yellow canary that sings at noon"


def found_in(directory: Path, secrets: Iterable[str]) -> list[tuple[str, str]]:
    """In which files of a directory secrets stand, in clear or as base64 or hex."""
    hits: list[tuple[str, str]] = []
    for path in directory.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()
            hits += [(path.name, secret) for secret in secrets for form in _forms(secret) if form in kept]
    return hits


def _forms(secret: str) -> list[bytes]:
    plain = secret.encode()
    forms = [plain, base64.b64encode(plain)[:-4], plain.hex().encode(), ascii(secret)[1:-1].encode()]
    if len(secret) == 32 and secret.isalnum() and secret.isupper():
        forms.append(base64.b32decode(secret))
    return forms


@pytest.mark.pty
@pytest.mark.slow
def test_no_secret_is_in_anything_that_is_kept_or_shown(demo: House) -> None:
    wrong_code = "739105"
    with demo.console("--crash-at", "redraw", "demo") as screen:
        screen.see("E-mail")
        screen.send(ADMIN, ENTER)
        screen.settle(0.2)
        screen.send(CANARY, ENTER)
        screen.see("Sign-in failed.")
        screen.send(PASSWORD, ENTER)
        screen.see("admin panel")
        screen.send("a")
        screen.see("Enter admin mode")
        screen.send("QQQQ-2222-7777-AAAA-BBBB-CCCC", ENTER)
        screen.see("not right")
        screen.send(wrong_code, ENTER)
        screen.settle(0.3)
        screen.send(code(), ENTER)
        screen.see("Today")
        screen.send(b"\x0c")
        assert screen.ended() == 1
    typed = [CANARY, "QQQQ-2222-7777-AAAA-BBBB-CCCC", "QQQQ22227777AAAABBBBCCCC", wrong_code]
    assert CANARY.encode() not in screen.bytes
    assert found_in(demo.home, [*typed, PASSWORD, totp_secret(ADMIN).reveal()]) == []
    assert demo.log.exists()


class Used:
    """A world in which every secret was made and used; they are listed."""

    def __init__(self, lone: World, directory: Path) -> None:
        self.world, self.directory = lone, directory
        lone.person(ADMIN, lone.organization("Acme"), Role.ADMIN)
        self.console = lone.sign_in(ADMIN)
        codes = lone.enrol(self.console, ADMIN)
        session = identity.change_password(self.console, world.PASSWORD, Secret(CANARY))
        self.console = lone.sign_in(ADMIN, Secret(CANARY))
        mfa.enter_admin(self.console, codes[0].reveal())
        lone.clock.move(seconds=60)
        pending = enrolment.begin(self.console)
        lone.person("bo@acme.example", 1)
        ((_, one_time),) = ways_back.reset_password(lone.host, "bo@acme.example")
        secrets = [Secret(CANARY), *codes, lone.secrets[ADMIN], pending.secret, one_time, session.token]
        secrets += [self.console.proof.token, Secret(mfa.demo_code(lone.host, ADMIN) or "no demo, no code")]
        self.secrets = [each.reveal() for each in secrets]


@pytest.fixture
def used(sqlite_database: object, tmp_path: Path, clock: FixedClock) -> Used:
    return Used(world.make(str(tmp_path / "sage-sqlite.db"), tmp_path, clock), tmp_path)


def test_no_secret_is_in_the_store_an_export_or_the_audit(used: Used, tmp_path: Path) -> None:
    with FileSink(str(tmp_path / "out.csv")) as sink:
        exports.users(used.world.host, ExportUsers(full=True), sink)
    shown = repr(audit.window(used.world.host, NEWEST).rows) + repr(users.show(used.world.host, email=ADMIN))
    assert [secret for secret in used.secrets if secret in shown] == []
    used.world.host.database.close()
    assert found_in(tmp_path, used.secrets) == []


def acts(used: Used) -> list[Callable[[Context], object]]:
    """Acts that take a secret."""
    codes = [secret for secret in used.secrets if "-" in secret or len(secret) == 24]
    return [
        lambda ctx: identity.sign_in(ctx, ADMIN, Secret(CANARY)),
        lambda ctx: identity.sign_in(ctx, CANARY, Secret(CANARY)),
        lambda ctx: identity.change_password(ctx, Secret(CANARY + "x"), Secret(CANARY)),
        lambda ctx: identity.change_password(ctx, Secret(CANARY), Secret(CANARY)),
        lambda ctx: mfa.enter_admin(ctx, codes[0]),
        lambda ctx: enrolment.confirm(ctx, codes[-1]),
        lambda ctx: mfa.step_up(ctx, codes[0]),
        lambda ctx: enrolment.renew_recovery_codes(ctx, codes[0]),
    ]


def break_database(used: Used) -> None:
    with used.world.host.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")


def break_table(used: Used) -> None:
    with used.world.host.database.engine.connect() as connection:
        for table in ("session", "throttle", "mfa", "recovery_code", "sign_in"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO gone_{table}")


@pytest.mark.parametrize("fault", [lambda used: None, break_database, break_table])
def test_no_secret_is_in_the_text_of_an_error(used: Used, fault: Callable[[Used], None]) -> None:
    fault(used)
    told: list[str] = []
    for act in acts(used):
        for ctx in (used.console, used.world.nobody):
            try:
                act(ctx)
            except SageError as error:
                told += [str(error), repr(error), error.hint, "".join(traceback.format_exception(error))]
    assert len(told) > 8
    assert [(secret, each) for secret in used.secrets for each in told if secret in each] == []


def test_secrets_do_not_print_pickle_or_become_json(used: Used) -> None:
    import json
    import pickle

    for secret in (Secret(CANARY), used.console.proof.token):
        assert secret.reveal() not in f"{secret}{secret!r}{secret!s}" + f"{secret} {secret!r} {secret!s}"
        with pytest.raises(TypeError):
            json.dumps({"x": secret})
        with pytest.raises(TypeError):
            pickle.dumps(secret)
    assert used.console.proof.token.reveal() not in repr(used.console)
    assert isinstance(used.world.host.database, Database)


SHAPES = {
    "a recovery code": r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}",
    "an authenticator's secret": r"(?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}|[A-Z2-7]{32}|otpauth",
    "a one-time password": r"(?<![A-Za-z0-9])[a-z0-9]{20}(?![A-Za-z0-9])",
}


def test_no_secret_is_in_a_picture_that_is_kept() -> None:
    """Every picture's words, as they would be read; the codes that tests use would be found in this shape."""
    pictures = sorted((TOP / "snapshots").rglob("*.svg")) + sorted((TOP / "docs").rglob("*.svg"))
    assert len(pictures) > 30
    for picture in pictures:
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text("utf-8"))
        words = html.unescape(" ".join(texts)).replace("\u00a0", " ")
        for what, shape in SHAPES.items():
            assert not re.search(shape, words), f"{picture.name} shows {what}"
