"""Names of those who report usage, by number. Steps."""

from sage_tui.domain import text
from sage_tui.store.transaction import Tx


def number_of(tx: Tx, source: str) -> int:
    """The number of a source, made where it is new. A step."""
    return known(tx, source)[0]


def known(tx: Tx, source: str) -> tuple[int, int | None]:
    """The same, and when it was heard of last. A step."""
    asked, name = "SELECT id, last_heard_at FROM usage_source WHERE name = ?", text.escape(source)
    found = tx.tuples(asked, (name,))
    if not found:
        tx.run(
            "INSERT INTO usage_source (id, name) VALUES (:id, :name) ON CONFLICT (name) DO NOTHING",
            id=tx.numbers("usage_source"), name=name,
        )  # fmt: skip
        found = tx.tuples(asked, (name,))
    number, heard_at = found[0]
    return int(number), heard_at


def heard(tx: Tx, source_id: int, before: int | None) -> None:
    """A source was heard of. Once a minute is enough: its row would make all calls of a gateway queue. A step."""
    past = tx.now - 60 * 1_000_000
    if before is None or before < past:
        tx.many(
            "UPDATE usage_source SET last_heard_at = ? WHERE id = ? AND (last_heard_at IS NULL OR last_heard_at < ?)",
            [(tx.now, source_id, past)],
        )
