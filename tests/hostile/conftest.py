"""The demo and the world that hostile sessions are made in."""

from tests.services.conftest import everywhere
from tests.support.demos import built, demo

__all__ = ["built", "demo", "everywhere"]
