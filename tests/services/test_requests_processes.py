"""Bars 28 and 29 with real processes on both databases: one decision a request, and never above the cap."""

import pytest

from sage_tui.services import doctor
from tests.services.asking import ask, states
from tests.services.editing import ADMIN, SECOND, Acme, acme_of
from tests.services.test_editing_processes import Hire, counters_are_exact_and_never_passed_the_cap, entries, hire
from tests.support.editors import Json, at_once
from tests.support.world import World

__all__ = ["hire"]


@pytest.fixture
def acme(everywhere: World) -> Acme:
    made = acme_of(everywhere, "abcdefgh")
    made.set(*"abcdefgh", inference="1M", paid=True)
    return made


@pytest.mark.slow
def test_of_four_processes_one_decides_each_request_and_the_others_learn_who(acme: Acme, hire: Hire) -> None:
    """Two administrators and the host's account, twenty requests, each tried by all of them at once."""
    numbers = [ask(acme, name, 1_000 + turn).id for turn in range(2) for name in "abcdefgh"]
    numbers += [ask(acme, name, 1_000).id for name in "abcd"]
    four = [hire(acme.world.admin(ADMIN)), hire(acme.world.admin(SECOND)), hire(), hire()]
    before = entries(acme)

    def acts(start: int) -> Json:
        mine = numbers[start:] + numbers[:start]
        return {"act": "many", "acts": [{"act": "decide", "request": n, "deny": n % 3 == 0} for n in mine]}

    heard = [answer for all_ in at_once(four, [acts(5 * n) for n in range(4)]) for answer in all_["answers"]]
    assert len(heard) == 80
    won = [answer for answer in heard if "batch" in answer]
    lost = [answer for answer in heard if "error" in answer]
    assert (len(won), {answer["error"] for answer in lost}) == (20, {"decided"})
    assert all("was already" in answer["message"] and " by " in answer["message"] for answer in lost)
    assert entries(acme) == before + 20
    assert {row[1] for row in states(acme)} == {"approved", "denied"}
    counters_are_exact_and_never_passed_the_cap(acme)
    assert doctor.doctor(acme.host)[0].ok


@pytest.mark.slow
def test_grants_from_every_path_never_pass_the_cap(acme: Acme, hire: Hire) -> None:
    """Room for two of many: decisions, all that fit, and edits by hand together."""
    numbers = [ask(acme, name, 400_000).id for name in "abcdefgh"]
    four = [hire() for _ in range(4)]
    who = [acme.number(name) for name in "abcd"]

    def acts(n: int) -> Json:
        return {
            "act": "many",
            "acts": [
                {"act": "decide", "request": numbers[n]},
                {"act": "set", "who": [who[n]], "amount": "+300K"},
                {"act": "fitting", "org": acme.id},
                {"act": "decide", "request": numbers[7 - n], "amount": 100_000},
            ],
        }

    heard = [answer for all_ in at_once(four, [acts(n) for n in range(4)]) for answer in all_["answers"]]
    assert {answer["error"] for answer in heard if "error" in answer} <= {
        "pool_too_small",
        "decided",
        "nobody",
        "moved",
    }
    counters_are_exact_and_never_passed_the_cap(acme)
    granted = sum(int(str(row[2])) for row in states(acme) if row[1] == "approved")
    assert 0 < granted <= 2_000_000
    assert doctor.doctor(acme.host)[0].ok
