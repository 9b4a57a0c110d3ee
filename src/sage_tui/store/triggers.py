"""Append-only triggers, a schema of their own for each engine (security.md, section 7)."""

from sage_tui.store import words

SQLITE = (
    (
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit is"
        " append-only'); END"
    ),
    (
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit is"
        " append-only'); END"
    ),
    (
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry"
        " WHERE organization_id = NEW.organization_id AND seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    ),
)
POSTGRESQL = (
    (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'restrict_violation'; END $$"
    ),
    (
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION"
        " audit_append_only()"
    ),
    (
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION"
        " audit_append_only()"
    ),
)
NAMES = {
    "sqlite": ("audit_no_delete", "audit_no_replace", "audit_no_update", *words.NAMES),
    "postgresql": ("audit_no_change", "audit_no_truncate"),
}
