"""What several modules of console tests begin with."""

import pytest

from tests.services.editing import Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(lone: World) -> Acme:
    made = acme_of(lone)
    made.set("a", "b", inference="1M", paid=True)
    return made
