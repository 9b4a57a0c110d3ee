"""Two hundred calls of one user by several processes at once, on both databases: never more than the contract allows.

The contract (docs/gateways.md): what is spent passes the allocation by at most what the calls in flight took above
their estimates.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.spending import Ask, Settlement
from sage_tui.domain.units import Kind
from sage_tui.services import policies, usage
from tests.services.editing import Acme, acme_of
from tests.services.test_metering import all_well
from tests.support.world import World

TOP = Path(__file__).parents[2]
PROCESSES, THREADS, CALLS = 4, 5, 10
ESTIMATE, ROOM = 1_000, 100_000

_SPEND = """
import json, sys, threading
from sage_tui.clock import FixedClock
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.spending import Ask, Settlement
from sage_tui.domain.units import Kind
from sage_tui.services import usage
from sage_tui.services.context import open_context
from tests.support.world import CHEAP
database, key, at, me, actual, threads, calls = sys.argv[1:]
ctx = open_context(database, key, HostProof("owner"), Origin(1000, ""), clock=FixedClock(int(at)), hashing=CHEAP)
told = {"granted": 0, "refused": 0, "faults": []}
lock = threading.Lock()

def spend(thread):
    try:
        for n in range(int(calls)):
            held = usage.reserve(ctx, Ask("a@acme.example", Kind.INFERENCE, "gpt", completion=1000))
            if held.allowed:
                usage.settle(ctx, held.reservation, Settlement(0, int(actual)))
            with lock:
                told["granted" if held.allowed else "refused"] += 1
    except Exception as fault:
        with lock:
            told["faults"].append(repr(fault))

print("ready", flush=True)
sys.stdin.readline()
running = [threading.Thread(target=spend, args=(n,)) for n in range(int(threads))]
for one in running: one.start()
for one in running: one.join()
print(json.dumps(told))
"""


@pytest.fixture
def acme(everywhere: World) -> Acme:
    made = acme_of(everywhere)
    made.set("a", inference=str(ROOM), paid=True)
    policies.put(everywhere.host, SetPolicy(made.id, "", (("tiers", "off"),)))
    usage.settle(everywhere.host, _held(made), Settlement(0, 0))  # the model and the source are known now
    return made


def _held(acme: Acme) -> str:
    held = usage.reserve(acme.host, Ask("a@acme.example", Kind.INFERENCE, "gpt", completion=1))
    return held.reservation or ""


def all_at_once(acme: Acme, actual: int) -> list[dict[str, object]]:
    """All processes let go together; what each of them was granted."""
    database = acme.host.database
    url = database.path if database.sqlite else database.url.set(drivername="postgresql").render_as_string(False)
    words = (str(url), str(acme.host.keys.path), str(acme.world.clock.at))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SPEND, *words, str(me), str(actual), str(THREADS), str(CALLS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP,
        )
        for me in range(PROCESSES)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=120)[0]) for process in processes]


@pytest.mark.slow
@pytest.mark.parametrize("above", [0, 250])
def test_the_limit_is_passed_by_no_more_than_calls_in_flight_took_above_their_estimates(acme: Acme, above: int) -> None:
    told = all_at_once(acme, ESTIMATE + above)
    assert [one["faults"] for one in told] == [[]] * PROCESSES
    granted, refused = (sum(int(str(one[name])) for one in told) for name in ("granted", "refused"))
    assert granted + refused == PROCESSES * THREADS * CALLS == 200
    (row,) = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))
    in_flight = PROCESSES * THREADS
    assert row["inference_used"] == granted * (ESTIMATE + above)
    assert row["inference_used"] <= ROOM + in_flight * above
    assert granted >= ROOM // (ESTIMATE + above)
    assert (row["inference_reserved"], row["inference_refused"]) == (0, refused)
    assert all_well(acme.world)
