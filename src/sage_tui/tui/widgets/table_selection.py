"""Which rows are selected: a value. All that match is a rule with exceptions, not a million ids."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sage_tui.domain.paging import Count
from sage_tui.tui.widgets.table_cache import RowId


@dataclass(frozen=True, slots=True)
class Selected:
    """The selected ids; with `all_of` a query, everything that matches it except the ids."""

    ids: frozenset[RowId] = frozenset()
    all_of: str | None = None

    def has(self, id: RowId | None) -> bool:
        """Is the row selected?"""
        return id is not None and (id in self.ids) is (self.all_of is None)

    def toggled(self, id: RowId) -> "Selected":
        """With the row changed over."""
        return replace(self, ids=self.ids ^ {id})

    def with_rows(self, ids: Iterable[RowId]) -> "Selected":
        """With these rows selected too."""
        found = frozenset(ids)
        return replace(self, ids=self.ids | found if self.all_of is None else self.ids - found)

    def under(self, query: str) -> "Selected":
        """What stays selected under another filter: named rows do, "all that match" does not."""
        return self if self.all_of is None or self.all_of == query else NONE

    def count(self, total: Count | None) -> Count | None:
        """How many are selected; None while "all" was not counted yet."""
        if self.all_of is None:
            return Count(len(self.ids))
        return None if total is None else Count(max(total.number - len(self.ids), 0), total.exact)

    def __bool__(self) -> bool:
        return bool(self.ids) or self.all_of is not None


NONE = Selected()


def every(query: str) -> Selected:
    """All that match the query."""
    return Selected(all_of=query)
