"""What a person's console remembers: columns and their order, number style, time zone of the header."""

from sage_tui.domain.errors import FieldError
from sage_tui.domain.permissions import Verb
from sage_tui.services.context import Context

LIMIT = 20_000


def get(ctx: Context, key: str) -> str | None:
    """The remembered JSON text, or None."""
    with ctx.read(Verb.PREFERENCES) as tx:
        found = tx.value(
            "SELECT value FROM preference WHERE user_id = :user AND key = :key", user=tx.actor.user_id or 0, key=key
        )
        return None if found is None else str(found)


def put(ctx: Context, key: str, value: str) -> None:
    """Remember JSON text. No act of administration: not audited."""
    if len(value) > LIMIT or len(key) > 100:
        raise FieldError("preference", f"is longer than {LIMIT:,} characters")
    with ctx.write(Verb.PREFERENCES) as tx:
        tx.run(
            "INSERT INTO preference (user_id, key, value) VALUES (:user, :key, :value)"
            " ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value",
            user=tx.actor.user_id or 0, key=key, value=value,
        )  # fmt: skip
