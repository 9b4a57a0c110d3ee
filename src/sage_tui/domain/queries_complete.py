"""What could stand next in a filter: for completion while typing."""

import re
from dataclasses import dataclass

from sage_tui.domain.queries_fields import Field, Fields, Takes

_SKIP = re.compile(r'"(?:[^"\\]|\\.)*"?|\s', re.DOTALL)
_HEAD = re.compile(r"(-?)([A-Za-z][A-Za-z.]*)(<=|>=|<|>|=|:)(.*)$", re.DOTALL)
_OPERATOR = {Takes.TOKENS: ">", Takes.TOKENS_OR_SHARE: ">", Takes.DAYS: ">", Takes.NUMBER: ">"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Replace `text[start:end]` by `insert`; `meaning` explains it in a few words."""

    start: int
    end: int
    insert: str
    meaning: str

    def applied(self, text: str) -> str:
        """The filter with the suggestion taken."""
        return text[: self.start] + self.insert + text[self.end :]


def completion(text: str, position: int, fields: Fields) -> tuple[Suggestion, ...]:
    """Suggestions for the term that ends at `position`, in the fields' order."""
    before = text[:position]
    start = max((found.end() for found in _SKIP.finditer(before) if found[0].isspace()), default=0)
    term = before[start:]
    head = _HEAD.match(term)
    if head:
        field = fields.get(head[2].lower())
        return _values(field, head[4], position) if field else ()
    start += term.startswith("-")
    typed = term.removeprefix("-").lower()
    return tuple(
        Suggestion(start, position, field.name + _OPERATOR.get(field.takes, ":"), field.meaning)
        for field in fields.values()
        if field.name.startswith(typed)
    )


def _values(field: Field, typed: str, position: int) -> tuple[Suggestion, ...]:
    start = position - len(typed)
    known = ("yes", "no") if field.takes is Takes.FLAG else field.values
    if not known and not typed:
        _, value = re.split(r"<=|>=|<|>|=|:", field.example, maxsplit=1)
        return (Suggestion(start, position, value, f"for example; {field.meaning}"),)
    return tuple(
        Suggestion(start, position, value, field.meaning)
        for value in known
        if value.startswith(typed.lower()) and value != typed
    )
