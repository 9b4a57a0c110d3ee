"""Rows as JSON and flat columns."""

from sage_tui.domain import shapes
from sage_tui.services.exports import FULL, SHORT
from tests.domain.test_queries import ROW


def test_a_user_has_both_kinds_as_objects_and_remaining() -> None:
    found = shapes.user(ROW)
    assert found["inference"] == {"allocation": 1_000, "used": 909, "previous": 5, "lifetime": 2_000, "remaining": 91}
    assert found["embedding"]["remaining"] is None
    assert found["created_at"] == "2026-11-01T23:59:59.999999Z"


def test_export_columns_are_the_json_s_fields() -> None:
    assert tuple(shapes.flat(shapes.user(ROW))) == FULL
    assert set(SHORT) <= set(FULL)
