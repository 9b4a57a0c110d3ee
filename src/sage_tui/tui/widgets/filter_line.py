"""The filter of a table: asks as one types, completes, and points at the column where it stops making sense."""

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Static

from sage_tui.domain.errors import QueryError, WrongUse
from sage_tui.domain.queries_complete import Suggestion, completion
from sage_tui.domain.queries_fields import Fields
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.text import clean
from sage_tui.tui.keys import bind
from sage_tui.tui.text import Part, content, line
from sage_tui.tui.widgets.fields import Field

SIGN = 3
"""Cells before the field's text: the slash, a blank, the field's own padding."""

HINTS = 5
"""Completions that are named at once."""


def first_hint(text: str, fields: Fields) -> Suggestion | None:
    """What the right arrow would take; nothing before the first letter of a word."""
    if not text or text.endswith(" "):
        return None
    found = completion(text, len(text), fields)
    return found[0] if found else None


class Completing(Suggester):
    """Completes the term at the end of the filter."""

    def __init__(self, fields: Fields) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._fields = fields

    async def get_suggestion(self, value: str) -> str | None:
        hint = first_hint(value, self._fields)
        return hint.applied(value) if hint and hint.applied(value).startswith(value) else None


class FilterField(Field):
    """The field itself, with its keys for the footer."""

    BINDINGS = [bind("open", "submit", label="keep", does="keep the filter and go to the table")]


class FilterLine(Vertical):
    """`/ used>80% paid:yes      37 of 1,204 users`, and below it what could stand next or what is wrong."""

    BINDINGS = [bind("close", "clear", label="clear", does="clear the filter, and back to the table")]

    class Filtered(Message):
        """The filter reads differently, and makes sense."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Left(Message):
        """The filter is done: back to the table."""

    class Doubted(Message):
        """What stands in the field has stopped making sense, or makes sense again."""

        def __init__(self, doubted: bool) -> None:
            super().__init__()
            self.doubted = doubted

    def __init__(self, fields: Fields, *, noun: str = "all", id: str | None = None) -> None:
        """`noun` stands in the empty field."""
        super().__init__(id=id)
        self._noun = noun
        self._fields = fields
        self._told = ""
        self._doubted = False
        self._counted = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="filter-row"):
            yield Static(Content("/"), id="filter-sign")
            yield FilterField(id="filter", limit=1000, suggester=Completing(self._fields), placeholder=self._noun)
            yield Static(id="filter-count")
        yield Static(id="filter-hint")

    @property
    def text(self) -> str:
        """The filter that holds."""
        return self._told

    @property
    def typed(self) -> str:
        """What stands in the field, whether it makes sense or not."""
        return self.query_one("#filter", Field).value

    def count(self, words: str) -> None:
        """How many match, at the right; a dash while nobody can say."""
        self._counted = words
        self.query_one("#filter-count", Static).update(content("–" if self._doubted else words))

    def _doubt(self, doubted: bool) -> None:
        if doubted != self._doubted:
            self._doubted = doubted
            self.count(self._counted)
            self.post_message(self.Doubted(doubted))

    def set(self, query: str) -> None:
        """Fill in a filter, as if it had been typed."""
        self.query_one("#filter", Field).value = clean(query, limit=1000)

    def edit(self) -> None:
        """The focus to the field."""
        field = self.query_one("#filter", Field)
        if field.value and not field.value.endswith(" "):
            field.value += " "
        field.cursor_position = len(field.value)
        field.focus()

    def complain(self, error: WrongUse) -> None:
        """Point at the column where the filter stops making sense; until it does, nothing is claimed of it."""
        at = error.column if isinstance(error, QueryError) else 0
        why = error.why if isinstance(error, QueryError) else error.message
        typed = clean(self.query_one("#filter", Field).value)
        hint = f" {error.hint}" if error.hint else ""
        self._hint(line(" " * (SIGN + cell_len(typed[:at])), (f"▲ {why}.{hint}", "$bad")))
        self._doubt(True)

    @on(Field.Changed, "#filter")
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        try:
            parse(event.value, self._fields)
        except WrongUse as error:
            self.complain(error)
            return
        self._doubt(False)
        self._suggest(event.value)
        if event.value.strip() != self._told:
            self._told = event.value.strip()
            self.post_message(self.Filtered(self._told))

    def _suggest(self, value: str) -> None:
        field = self.query_one("#filter", Field)
        hint = first_hint(value, self._fields)
        if not field.has_focus or hint is None:
            self._hint(Content(""))
            return
        others = completion(value, len(value), self._fields)[1:HINTS]
        parts: list[Part] = [" " * SIGN, (f"→ {hint.insert}", "bold"), f"  {hint.meaning}"]
        if others:
            parts.append("   also " + "  ".join(other.insert for other in others))
        self._hint(line(*parts))

    def _hint(self, words: Content) -> None:
        hint = self.query_one("#filter-hint", Static)
        hint.update(words)
        hint.display = bool(words.plain.strip())

    def on_descendant_blur(self) -> None:
        """The field is left, by whatever way: nothing is completed any more, but what is wrong stays said."""
        if not self._doubted:
            self._hint(Content(""))

    @on(Field.Submitted, "#filter")
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        self.post_message(self.Left())

    def action_clear(self) -> None:
        field = self.query_one("#filter", Field)
        if field.value:
            field.value = ""
        self._hint(Content(""))
        self.post_message(self.Left())
