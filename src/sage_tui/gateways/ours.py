"""Our own exports, read back: `export activity` as usage, `export users` as a list of people (docs/statistics.md).

They are known by their columns; nothing has to be mapped. Machine text stands in them as it is stored, escaped, and in
CSV guarded against spreadsheets; both are taken off. A row is known again by its `key`, wherever it came from first.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from sage_tui.domain import emails
from sage_tui.domain.cells import unguard
from sage_tui.domain.corrections import WORDS
from sage_tui.domain.text import unescape
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways.mapping import FieldMap
from sage_tui.gateways.records import Get, record

MARKS = frozenset({"email", "external_id", "key", "source", "as_of"})
"""Columns that foreign files do not have together."""

COLUMNS = {"user": "email", "id": "external_id"}
"""Where our fields stand under another name."""

PEOPLE = {"inference": "inference_allocation", "embedding": "embedding_allocation"}
"""The same of people's exports."""

_KEY = re.compile(r"([0-9a-f]{32})\.(-?[0-9]{1,19})")
_LARGEST = 2**63


def is_ours(columns: Collection[str], fields: FieldMap) -> bool:
    """Are these the columns of our own export, and did nobody say how they are to be read?"""
    return not fields.columns and not fields.constants and set(columns) >= MARKS


def usage(line: int, get: Get, *, guarded: bool) -> UsageRecord | RefusedRow:
    """A record of a row of ours; `get` gives its values by column."""

    def text(column: str) -> str:
        value = get(column)
        found = value if isinstance(value, str) else ""
        return unguard(found) if guarded else found

    if text("status") in WORDS[1:]:
        return RefusedRow(
            line, "status", f"is a {text('status')}: corrections are made anew, by usage reverse, credit or recharge"
        )
    found = _KEY.fullmatch(text("key"))
    if found is None or not -_LARGEST <= int(found[2]) < _LARGEST:
        return RefusedRow(line, "key", "is not one of our exports'")
    key = (bytes.fromhex(found[1]), int(found[2]))

    def field(name: str) -> object:
        if name == "user":
            return _identity(text("email"))
        column = COLUMNS.get(name, name)
        return unescape(text(column)) if name in ("model", "id") else get(column)

    made = record(line, field, lambda: text("key"))
    return made if isinstance(made, RefusedRow) else replace(made, key=key, source=unescape(text("source")))


def _identity(stored: str) -> str:
    """What was reported: an address stands as it is, an identity escaped."""
    return stored if "\\" not in stored or emails.is_valid(stored) else unescape(stored)
