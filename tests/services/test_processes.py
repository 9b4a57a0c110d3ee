"""Bars 15, 18, 22 with real processes: the throttle, a code and a recovery code are shared by all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from sage_tui.domain import totp
from sage_tui.domain.errors import SignInFailed
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Role
from sage_tui.services import identity, mfa
from tests.support.world import ELSEWHERE, World

ROOT = "root@sage.example"
TOP = Path(__file__).parents[2]

_ACT = """
import sys
from sage_tui.clock import FixedClock
from sage_tui.domain.actors import ConsoleProof, NoProof, Origin
from sage_tui.domain.errors import CodeRefused, SignInFailed
from sage_tui.domain.secret import Secret
from sage_tui.services import identity, mfa
from sage_tui.services.context import open_context
from tests.support.world import CHEAP
act, database, key, at, token, *words = sys.argv[1:]
proof = ConsoleProof(Secret(token)) if token else NoProof()
ctx = open_context(database, key, proof, Origin(1000, "192.0.2.66"), clock=FixedClock(int(at)), hashing=CHEAP)
print("ready", flush=True)
sys.stdin.readline()
try:
    if act == "enter":
        mfa.enter_admin(ctx, words[0])
    else:
        identity.sign_in(ctx, words[0], Secret(words[1]))
    print("in")
except (CodeRefused, SignInFailed):
    print("refused")
"""


def at_once(world: World, act: str, tokens: list[str], *words: str) -> list[str]:
    """The same act by as many processes as there are tokens, all let go together; what they heard."""
    database = world.host.database
    url = database.path if database.sqlite else database.url.set(drivername="postgresql").render_as_string(False)
    key = world.host.keys.path
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _ACT, act, str(url), str(key), str(world.clock.at), token, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP,
        )
        for token in tokens
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return sorted(process.communicate(timeout=60)[0].strip() for process in processes)


def enrolled(world: World) -> tuple[list[str], tuple[Secret, ...]]:
    """Two sessions of an operator with an authenticator; its recovery codes."""
    world.person(ROOT, role=Role.SUPER_ADMIN)
    console = world.sign_in(ROOT)
    codes = world.enrol(console, ROOT)
    return [world.sign_in(ROOT).proof.token.reveal() for _ in range(2)], codes  # type: ignore[union-attr]


@pytest.mark.slow
def test_one_code_is_one_success(everywhere: World) -> None:
    tokens, _ = enrolled(everywhere)
    assert at_once(everywhere, "enter", tokens, everywhere.code(ROOT)) == ["in", "refused"]


@pytest.mark.slow
def test_one_recovery_code_is_one_success(everywhere: World) -> None:
    tokens, codes = enrolled(everywhere)
    assert at_once(everywhere, "enter", tokens, codes[0].reveal()) == ["in", "refused"]
    assert everywhere.value("SELECT count(*) FROM recovery_code WHERE used_at IS NOT NULL") == 1
    assert everywhere.value("SELECT count(*) FROM recovery_code WHERE used_at IS NULL") == 10


@pytest.mark.slow
def test_failures_of_two_processes_are_counted_together_and_outlive_them(everywhere: World) -> None:
    everywhere.person(ROOT, role=Role.SUPER_ADMIN)
    everywhere.sign_in(ROOT)
    heard = at_once(everywhere, "sign-in", [""] * 3, ROOT, "a wrong password of some length")
    heard += at_once(everywhere, "sign-in", [""] * 3, ROOT, "a wrong password of some length")
    assert heard == ["refused"] * 6
    counted = everywhere.value("SELECT max(failures) FROM throttle WHERE kind = 'pair'")
    assert int(str(counted)) >= 5
    with pytest.raises(SignInFailed):  # the right password, from there, while it waits
        everywhere.sign_in(ROOT, origin=ELSEWHERE)
    everywhere.sign_in(ROOT)  # who signed in here before is not locked out by them


def test_a_code_of_the_step_before_the_last_is_refused_for_ever(lone: World) -> None:
    tokens, _ = enrolled(lone)
    assert len(tokens) == 2
    console = lone.sign_in(ROOT)
    lone.clock.move(minutes=2)
    old = totp.code(lone.secrets[ROOT], totp.step_of(lone.clock.now()) - 1)
    mfa.enter_admin(console, lone.code(ROOT))
    with pytest.raises(Exception, match="used already"):
        mfa.enter_admin(console, old)
    assert identity.session(console).admin_until is not None
