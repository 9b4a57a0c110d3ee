"""Is a file a demo database? Asked of the file itself, before anything opens it as ours."""

from urllib.parse import quote


def is_demo(path: str) -> bool:
    """True for a demo database, also one of an older schema; False for anything else."""
    import sqlite3

    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
        try:
            row = connection.execute("SELECT value FROM setting WHERE organization_id = 0 AND key = 'demo'").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return row is not None and row[0] == "true"
