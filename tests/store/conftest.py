"""The store's tests may act through services too."""

from tests.services.conftest import everywhere, lone

__all__ = ["everywhere", "lone"]
