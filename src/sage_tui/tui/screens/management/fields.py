"""Fields of people that are edited, and how their values read."""

from sage_tui.domain.plans import FLAGS, TEXTS, TOKENS, Field, Value
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.domain.users import UserRow
from sage_tui.tui.numbers import tokens

EDITED = {
    "inference_allocation": Field.INFERENCE,
    "embedding_allocation": Field.EMBEDDING,
    "paid": Field.PAID,
    "banned": Field.BANNED,
    "verified": Field.VERIFIED,
    "department": Field.DEPARTMENT,
}
"""Columns that are edited in place."""


def value_of(row: UserRow, field: Field) -> Value:
    """What stands in a field of a row, as plans compare it."""
    if field in TOKENS:
        return (row.inference if TOKENS[field] is Kind.INFERENCE else row.embedding).allocation
    found = getattr(row, field.value)
    return int(found) if field in FLAGS else str(found)


def shown(field: Field, value: Value, short: bool = False) -> str:
    """A value as the table reads it."""
    if field in FLAGS:
        return "yes" if value else "no"
    if field in TEXTS:
        return clean(str(value or "–"), limit=60)
    return "unset" if value is None else tokens(int(value), short)
