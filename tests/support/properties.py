"""Properties that hold on both databases: fewer examples where an example costs more."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy


def for_all(sqlite: bool, check: Callable[..., None], **strategies: SearchStrategy[Any]) -> None:
    """Run `check` for examples of the strategies; on PostgreSQL a quarter as many (house.md: 20 and 5)."""
    examples = settings().max_examples

    @settings(max_examples=examples if sqlite else max(examples // 4, 1))
    @given(**strategies)
    def run(**values: Any) -> None:
        check(**values)

    run()
