"""A filter of statistics as a slice: each of its terms names one model, department, person or kind, whole."""

from collections.abc import Sequence

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.queries import Has, Query, fold, quoted
from sage_tui.domain.queries_fields import STATISTICS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Slice
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import statistics as store

NAMED = 3
"""Candidates that a refusal names."""


def narrowed(tx: Tx, text: str, span: Span, organization_id: int | None) -> Slice:
    """A step: what a filter narrows statistics to. A part of a name is enough where only one has it.

    Raises QueryError; WrongUse where a term finds nothing or several.
    """
    query = parse(text, STATISTICS)
    asked: dict[str, object] = {}
    for term in _terms(query):
        if term.field in asked:
            raise WrongUse(f"{term.field} stands there twice", "Statistics take one of each.")
        asked[term.field] = _found(tx, term, organization_id)
    return Slice(
        span,
        organization_id,
        department=asked.get("dept"),  # type: ignore[arg-type]
        kind=asked.get("kind"),  # type: ignore[arg-type]
        model=asked.get("model"),  # type: ignore[arg-type]
        user=asked.get("user"),  # type: ignore[arg-type]
    )


def _terms(query: Query) -> list[Has]:
    terms = []
    for term in query.terms:
        if not isinstance(term, Has):
            raise WrongUse(f"{clean(str(getattr(term, 'text', term.__class__.__name__)), limit=40)}: which of them?",
                           "Write model:, user:, dept: or kind: before it.")  # fmt: skip
        if term.negated:
            raise WrongUse(f"-{term.field}: statistics look at one, not at all others", "Leave the - out.")
        terms.append(term)
    return terms


def _found(tx: Tx, term: Has, organization_id: int | None) -> object:
    if term.field == "kind":
        return Kind(fold(term.value))
    if term.field == "model":
        return _one(term, store.models(tx))
    if term.field == "dept":
        return "" if term.exact and not term.value else _one(term, store.departments(tx, organization_id))
    people = store.people_like(tx, fold(term.value), organization_id, 50)
    number = {name: number for number, name in people}
    return number[_one(term, list(number))]


def _one(term: Has, names: Sequence[str]) -> str:
    wanted = fold(term.value)
    whole = [name for name in names if fold(name) == wanted]
    found = whole or ([] if term.exact else [name for name in names if wanted in fold(name)])
    if len(found) == 1:
        return found[0]
    told = clean(term.value, limit=60)
    if not found:
        raise WrongUse(
            f"{term.field}: there is none by the name of {told}", f"Example: {STATISTICS[term.field].example}"
        )
    some = ", ".join(f"{term.field}={quoted(clean(name, limit=60))}" for name in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise WrongUse(f"{term.field}: {told} is in several names", f"Which? {some}{more}")
