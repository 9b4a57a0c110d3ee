"""Column types and constraints that hold on SQLite and PostgreSQL alike (security.md, section 6)."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, SmallInteger, Text, text

from sage_tui.domain.units import MAX_TOKENS

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere. On SQLite INTEGER is 64 bits; the plain type would be 32 on PostgreSQL."""

SMALL = SmallInteger
BYTES = LargeBinary
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted by code point on both engines, whatever the server's locale: indexes answer ORDER BY."""


def tokens(*columns: str, least: int = 0) -> list[CheckConstraint]:
    """CHECKs that each column holds a whole number from `least` to 2**53 - 1 (or nothing, where it may be NULL).

    SQLite would store 1.5 and 'abc' in an INTEGER column: there `typeof` is asked too.
    """
    checks = []
    for column in columns:
        bounds = f"{column} BETWEEN {least} AND {MAX_TOKENS}"
        lite = f"{column} IS NULL OR (typeof({column}) = 'integer' AND {bounds})"
        checks.append(CheckConstraint(bounds, name=f"ck_{column}").ddl_if(dialect="postgresql"))
        checks.append(CheckConstraint(lite, name=f"ck_{column}").ddl_if(dialect="sqlite"))
    return checks


def whole(*columns: str) -> list[CheckConstraint]:
    """CHECKs that each column holds a whole number: only SQLite needs to be told."""
    return [
        CheckConstraint(f"{column} IS NULL OR typeof({column}) = 'integer'", name=f"ck_{column}").ddl_if(
            dialect="sqlite"
        )
        for column in columns
    ]


def one_of(column: str, *values: str) -> CheckConstraint:
    """A CHECK that a text column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"ck_{column}")


def partial(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """An index over the rows for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
