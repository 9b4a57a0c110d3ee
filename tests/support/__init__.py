"""What tests share: the fixed time, databases, small worlds."""

from datetime import UTC, datetime

from sage_tui.clock import to_micros

NOW = to_micros(datetime(2026, 11, 23, 12, tzinfo=UTC))
"""The time of all tests (issue: tests use 2026-11-23T12:00Z)."""
