"""Why somebody may not: a sentence wherever the table says no."""

import pytest

from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.permissions import Verb, may, why_not
from sage_tui.domain.units import Role


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", list(Verb))
def test_why_not_agrees_with_may_and_says_a_sentence(role: Role, verb: Verb) -> None:
    actor = Actor(Door.CONSOLE, role, 1, "x@y.example", 1)
    reason = why_not(actor, verb)
    assert may(actor, verb) is (reason is None)
    assert reason is None or reason.endswith(".")
