"""Staged edits: a value. An edit back to what stood there first is no edit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sage_tui.domain.plans import BY_HAND, FLAGS, TEXTS, Edit, Field, PoolEffect
from sage_tui.domain.units import MAX_TOKENS, Kind

Cell = tuple[int, Field]
"""A person's number and a field."""


@dataclass(frozen=True, slots=True)
class StagedChanges:
    """Edits by cell, in the order in which they were first made."""

    edits: Mapping[Cell, Edit] = field(default_factory=dict)

    def add(self, edit: Edit) -> "StagedChanges":
        """With one more edit; of a cell that is staged already, the first `before` stays."""
        cell = (edit.user_id, edit.field)
        first = self.edits[cell].before if cell in self.edits else edit.before
        if edit.after == first:
            return self.revert(cell)
        return StagedChanges({**self.edits, cell: replace(edit, before=first)})

    def add_all(self, edits: Iterable[Edit]) -> "StagedChanges":
        """With many more edits."""
        made = dict(self.edits)
        for edit in edits:
            cell = (edit.user_id, edit.field)
            first = made[cell].before if cell in made else edit.before
            if edit.after == first:
                made.pop(cell, None)
            else:
                made[cell] = replace(edit, before=first)
        return StagedChanges(made)

    def revert(self, *cells: Cell) -> "StagedChanges":
        """Without the edits of these cells."""
        return StagedChanges({cell: edit for cell, edit in self.edits.items() if cell not in cells})

    def of(self, user_id: int, field: Field) -> Edit | None:
        """The edit of a cell."""
        return self.edits.get((user_id, field))

    def person(self, user_id: int) -> "StagedChanges":
        """Those of one person."""
        return StagedChanges({cell: edit for cell, edit in self.edits.items() if cell[0] == user_id})

    @property
    def people(self) -> int:
        """How many people they touch."""
        return len({user_id for user_id, _ in self.edits})

    def __len__(self) -> int:
        return len(self.edits)


@dataclass(frozen=True, slots=True)
class Effect:
    """What staged edits would do as things stand: to the pools; how many wait for a decision; how many a rule skips."""

    pool: Mapping[Kind, PoolEffect]
    changed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Draft:
    """Staged edits as they were kept for their author."""

    staged: StagedChanges
    saved_at: datetime
    organization_id: int
    organization: str


def dump(staged: StagedChanges) -> str:
    """The text that a draft is kept as."""
    rows = [[edit.user_id, edit.field.value, edit.before, edit.after] for edit in staged.edits.values()]
    return json.dumps(rows, ensure_ascii=True, separators=(",", ":"))


def load(text: str) -> StagedChanges:
    """A kept draft; rows that this program does not know are dropped."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return StagedChanges()
    edits = [edit for row in rows if (edit := _edit(row)) is not None] if isinstance(rows, list) else []
    return StagedChanges().add_all(edits)


def _edit(row: object) -> Edit | None:
    if not isinstance(row, list) or len(row) != 4 or not _whole(row[0]) or row[1] not in BY_HAND:
        return None
    field_ = Field(row[1])
    if not (fits(field_, row[2]) and fits(field_, row[3])):
        return None
    return Edit(row[0], field_, row[2], row[3])


def fits(field_: Field, value: object) -> bool:
    """Is it a value of a field that is edited by hand?"""
    if field_ in TEXTS:
        return isinstance(value, str)
    if field_ in FLAGS:
        return _whole(value, 1)
    return value is None or _whole(value)


def _whole(value: object, most: int = MAX_TOKENS) -> bool:
    """A whole number from 0 on; JSON's true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
