"""What several modules of service tests begin with."""

import pytest

from tests.services.editing import Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(everywhere: World) -> Acme:
    """The organization, once on each database."""
    return acme_of(everywhere)


@pytest.fixture
def lite(lone: World) -> Acme:
    """The same on SQLite only: what is no matter of the database."""
    return acme_of(lone)
