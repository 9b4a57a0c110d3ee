"""How people's names are kept for sorting and searching."""

from sage_tui.domain.queries import fold

APART = "\x1f"
"""Stands between last and first name in a key: no name holds it (controls are refused), and it sorts first."""


def name_key(first_name: str, last_name: str) -> str:
    """What the column Name sorts by: last name, then first, folded. Writers of `user` store it.

    >>> name_key("Ada", "Lovelace")
    'lovelace\\x1fada'
    """
    return f"{fold(last_name)}{APART}{fold(first_name)}"
