"""Settings of the platform (organization 0) and of organizations; declared in domain/settings."""

from sage_tui.domain import settings
from sage_tui.domain.permissions import Verb
from sage_tui.domain.settings import Setting, SettingValue
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.services import people
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Tx


def value(tx: Tx, key: str, organization_id: int = NO_ORGANIZATION) -> str:
    """A step: the value that holds: the organization's own, else the platform's, else the default."""
    found = tx.value(
        "SELECT value FROM setting WHERE organization_id IN (0, :org) AND key = :key"
        " ORDER BY organization_id DESC LIMIT 1",
        org=organization_id, key=key,
    )  # fmt: skip
    return settings.find(key).default if found is None else str(found)


def list_settings(ctx: Context, organization_id: int | None = None) -> tuple[SettingValue, ...]:
    """Every setting of the platform, or those that an organization may have for itself. Raises NotFound."""
    with ctx.read(Verb.SETTINGS_LIST) as tx:
        platform = _stored(tx, NO_ORGANIZATION)
        if organization_id is None:
            return tuple(_shown(each, platform, {}) for each in settings.SETTINGS.values())
        own = _stored(tx, people.organization_for(tx, organization_id))
        known = [each for each in settings.SETTINGS.values() if each.per_organization]
        return tuple(_shown(each, own, platform) for each in known)


def _stored(tx: Tx, organization_id: int) -> dict[str, str]:
    rows = tx.rows("SELECT key, value FROM setting WHERE organization_id = :org", org=organization_id)
    return {str(row["key"]): str(row["value"]) for row in rows}


def _shown(declared: Setting, own: dict[str, str], inherited: dict[str, str]) -> SettingValue:
    source = "set" if declared.key in own else "platform" if declared.key in inherited else "default"
    held = own.get(declared.key, inherited.get(declared.key, declared.default))
    return SettingValue(declared.key, held, declared.default, declared.meaning, source)


@retried
def put(ctx: Context, key: str, new: str | None, organization_id: int | None = None) -> SettingValue:
    """Change a setting; with None an organization's is the platform's again, the platform's its default.

    Raises NotFound, FieldError, WrongUse (an organization cannot have this one for itself).
    """
    declared = settings.find(key, per_organization=organization_id is not None)
    checked = None if new is None else declared.check(new)
    with ctx.write(Verb.SETTINGS_SET) as tx:
        place = NO_ORGANIZATION if organization_id is None else people.organization_for(tx, organization_id)
        before = _stored(tx, place).get(key)
        if checked is None:
            tx.run("DELETE FROM setting WHERE organization_id = :org AND key = :key", org=place, key=key)
        else:
            tx.run(
                "INSERT INTO setting (organization_id, key, value, changed_at, changed_by)"
                " VALUES (:org, :key, :value, :now, :by) ON CONFLICT (organization_id, key) DO UPDATE"
                " SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
                org=place, key=key, value=checked, now=tx.now, by=tx.actor.user_id,
            )  # fmt: skip
        audit.append(tx, organization_id=place, target=f"setting {key}", changes=((key, before, checked),))
        inherited = _stored(tx, NO_ORGANIZATION) if place else {}
        return _shown(declared, _stored(tx, place), inherited)
