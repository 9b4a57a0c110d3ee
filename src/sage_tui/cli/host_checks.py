"""doctor's look at the host: who may read and change our files."""

import os

from sage_tui import config_files
from sage_tui.config import Config
from sage_tui.domain.activity import Check


def files(found: Config) -> Check:
    """Owner and mode of database, key, config and log, and of the directories above them."""
    places = [
        (found.database if found.is_file else "", "database", True),
        (f"{found.database}-wal" if found.is_file else "", "write-ahead log", True),
        (found.key_file, "key file", True),
        (found.config_file, "config file", False),
        (found.log_file, "log", True),
    ]
    bad: list[dict[str, object]] = []
    for path, what, private in places:
        try:
            if path:
                config_files.check(path, what, private=private)
        except config_files.Unsafe as unsafe:
            bad.append({"file": path, "what": unsafe.message, "mend": unsafe.hint})
    if not os.path.exists(found.key_file):
        bad.append({"file": found.key_file, "what": "There is no key file: admin mode is not possible.", "mend": ""})
    return Check("files", not bad, "owners and modes are right" if not bad else f"{len(bad)} are not safe", tuple(bad))
