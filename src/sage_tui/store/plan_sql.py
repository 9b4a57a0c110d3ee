"""What the statements over plans share: columns, comparing, and which rows are a plan's."""

from sage_tui.domain.plans import FLAGS, WORDS, Field

IN_USER = {Field.BANNED, Field.VERIFIED, Field.EMAIL}
COLUMNS = {
    Field.INFERENCE: "inference_allocation",
    Field.EMBEDDING: "embedding_allocation",
    Field.PAID: "paid",
    Field.BANNED: "banned",
    Field.VERIFIED: "verified",
    Field.DEPARTMENT: "department",
    Field.ROLE: "type",
    Field.READ_ONLY: "read_only",
    Field.EMAIL: "email",
    Field.PAYER: "payer_id",
}
"""Fields that are a column of a person or of a membership."""

KEY = "p.organization_id = :org AND p.plan_id = :plan"
OURS = "organization_id = :org AND plan_id = :plan"


def column(field: Field, alias: str) -> str:
    """SQL of a field as plans compare it: flags are 0 or 1."""
    name = f"{alias}.{COLUMNS[field]}"
    return f"CAST({name} AS INTEGER)" if field in FLAGS else name


def same(sqlite: bool, left: str, right: str) -> str:
    """SQL: two values are the same; nothing is the same as nothing."""
    return f"{left} IS {right}" if sqlite else f"{left} IS NOT DISTINCT FROM {right}"


def sides(field: Field, alias: str = "p") -> tuple[str, str]:
    """The columns of a plan's row that hold a field's value before and after."""
    return (f"{alias}.before_text", f"{alias}.after_text") if field in WORDS else (f"{alias}.before", f"{alias}.after")
