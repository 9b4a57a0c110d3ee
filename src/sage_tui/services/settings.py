"""Settings of the platform (organization 0); declared in domain/settings."""

from dataclasses import dataclass

from sage_tui.domain import settings
from sage_tui.domain.permissions import Verb
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A setting as it stands. `source` is `default` or `set`."""

    key: str
    value: str
    default: str
    meaning: str
    source: str


def value(tx: Tx, key: str) -> str:
    """A step: the setting's value, or its default."""
    found = tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = :key", key=key)
    return settings.find(key).default if found is None else str(found)


def list_settings(ctx: Context) -> tuple[SettingValue, ...]:
    """Every setting with its meaning and where its value comes from."""
    with ctx.read(Verb.SETTINGS_LIST) as tx:
        stored = {
            str(r["key"]): str(r["value"]) for r in tx.rows("SELECT key, value FROM setting WHERE organization_id = 0")
        }
    return tuple(
        SettingValue(s.key, stored.get(s.key, s.default), s.default, s.meaning, "set" if s.key in stored else "default")
        for s in settings.SETTINGS.values()
    )


@retried
def put(ctx: Context, key: str, new: str | None) -> SettingValue:
    """Change a setting, or set it back to its default with None. Raises NotFound, FieldError."""
    declared = settings.find(key)
    checked = None if new is None else declared.check(new)
    with ctx.write(Verb.SETTINGS_SET) as tx:
        before = tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = :key", key=key)
        if checked is None:
            tx.run("DELETE FROM setting WHERE organization_id = 0 AND key = :key", key=key)
        else:
            tx.run(
                "INSERT INTO setting (organization_id, key, value, changed_at, changed_by) VALUES (0, :key,"
                " :value, :now, :by)"
                " ON CONFLICT (organization_id, key) DO UPDATE SET value = excluded.value, changed_at ="
                " excluded.changed_at,"
                " changed_by = excluded.changed_by",
                key=key, value=checked, now=tx.now, by=tx.actor.user_id,
            )  # fmt: skip
        audit.append(tx, organization_id=0, target=f"setting {key}", changes=((key, before, checked),))
    shown = declared.default if checked is None else checked
    return SettingValue(key, shown, declared.default, declared.meaning, "default" if checked is None else "set")
