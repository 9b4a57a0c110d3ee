"""The only place that asks what time it is."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sage_tui.domain.units import Micros

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Wall time in UTC and a monotonic time in seconds."""

    def now(self) -> Micros: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """This host's clock."""

    def now(self) -> Micros:
        return Micros(time.time_ns() // 1000)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class FixedClock:
    """A clock that stands until it is moved: for tests, and for a demo opened at a fixed time."""

    at: Micros
    ticks: float = 0.0

    def now(self) -> Micros:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def move(self, **by: float) -> None:
        """Move forward (or back) by a timedelta's keywords."""
        step = timedelta(**by)
        self.at = Micros(self.at + step // timedelta(microseconds=1))
        self.ticks += step.total_seconds()


def to_datetime(at: int) -> datetime:
    """Microseconds since 1970 as an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=at)


def to_micros(at: datetime) -> Micros:
    """An aware datetime as microseconds since 1970."""
    return Micros((at - EPOCH) // timedelta(microseconds=1))
