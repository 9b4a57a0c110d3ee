"""The demo that hostile sessions are made in."""

from tests.support.demos import built, demo

__all__ = ["built", "demo"]
