"""Reading a filter: text to terms, or the column where it stops making sense."""

import re
import unicodedata
from dataclasses import dataclass

from sage_tui.domain import amounts, months
from sage_tui.domain.errors import QueryError, WrongUse
from sage_tui.domain.queries import Compare, Edge, Flag, Has, Measure, Number, Op, Query, Range, Term, Word
from sage_tui.domain.queries_fields import Field, Fields, Takes
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS

MAX_LENGTH = 1_000
MAX_TERMS = 40
_HEAD = re.compile(r"([A-Za-z][A-Za-z.]*)(<=|>=|<|>|=|:)")
_SHARE = re.compile(r"([0-9]{1,6})(?:\.([0-9]))?%")
_DAYS = re.compile(r"([0-9]{1,6})d")


@dataclass(frozen=True, slots=True)
class Piece:
    """A term's text before it is understood: where it begins, its minus, field, operator and value."""

    start: int
    negated: bool
    name: str
    op: str
    value: str
    value_at: int
    quoted: bool


def parse(text: str, fields: Fields) -> Query:
    """Read a filter with these fields. Raises QueryError with the 0-based column and why."""
    if len(text) > MAX_LENGTH:
        raise QueryError(text, MAX_LENGTH, f"a filter has at most {MAX_LENGTH} characters")
    found = pieces(text)
    if len(found) > MAX_TERMS:
        raise QueryError(text, found[MAX_TERMS].start, f"a filter has at most {MAX_TERMS} terms")
    return Query(tuple(_term(text, piece, fields) for piece in found))


def pieces(text: str) -> list[Piece]:
    """Cut a filter at its spaces, keeping what is in quotes together. Raises QueryError."""
    found: list[Piece] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        piece, at = _piece(text, at)
        found.append(piece)
    return found


def _piece(text: str, start: int) -> tuple[Piece, int]:
    negated = text[start] == "-"
    at = start + negated
    if at >= len(text) or text[at].isspace():
        raise QueryError(text, at, "something must follow the -")
    head = _HEAD.match(text, at)
    name, op = (head[1], head[2]) if head else ("", "")
    value_at = head.end() if head else at
    value, end, quoted = _value(text, value_at)
    return Piece(start, negated, name, op, value, value_at, quoted), end


def _value(text: str, at: int) -> tuple[str, int, bool]:
    if text[at : at + 1] == '"':
        return _quoted(text, at)
    end = at
    while end < len(text) and not text[end].isspace():
        _refuse_control(text, end)
        end += 1
    return unicodedata.normalize("NFC", text[at:end]), end, False


def _quoted(text: str, start: int) -> tuple[str, int, bool]:
    out: list[str] = []
    at = start + 1
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and at + 1 < len(text)
        _refuse_control(text, at)
        out.append(text[at])
        at += 1
    if at >= len(text):
        raise QueryError(text, start, "these quotes are never closed")
    if at + 1 < len(text) and not text[at + 1].isspace():
        raise QueryError(text, at + 1, "a space must follow the closing quotes")
    return unicodedata.normalize("NFC", "".join(out)), at + 1, True


def _refuse_control(text: str, at: int) -> None:
    if unicodedata.category(text[at]) in ("Cc", "Cs"):
        raise QueryError(text, at, "a control character cannot be searched for")


def _term(text: str, piece: Piece, fields: Fields) -> Term:
    if not piece.op:
        if not piece.value:
            raise QueryError(text, piece.value_at, "nothing stands between these quotes")
        return Word(piece.value, piece.negated)
    field = fields.get(piece.name.lower())
    if field is None:
        raise QueryError(
            text,
            piece.start + piece.negated,
            f"there is no field {clean(piece.name, limit=30)}",
            f"Fields: {', '.join(fields)}. Put quotes around a word that has a colon.",
        )
    try:
        return _READERS[field.takes](piece, field)
    except WrongUse as error:
        where = piece.value_at if not isinstance(error, _Operator) else piece.value_at - len(piece.op)
        raise QueryError(text, where, error.message, error.hint) from error


class _Operator(WrongUse):
    """The operator does not suit the field."""


def _bad(piece: Piece, field: Field, why: str, needs: str = "a value") -> WrongUse:
    shown = clean(piece.value, limit=40)
    told = f"{shown} {why}" if shown else f"{field.name}{piece.op} needs {needs}"
    return WrongUse(told, f"Write for example {field.example}")


def _compared(piece: Piece, field: Field) -> Op:
    if piece.op == ":":
        raise _Operator(f"{field.name} is compared with < <= > >= or =", f"Write for example {field.example}")
    if piece.quoted or not piece.value:
        raise _bad(piece, field, "is not a number", "a number")
    return Op(piece.op)


def _matched(piece: Piece, field: Field) -> None:
    if piece.op not in (":", "="):
        raise _Operator(f"{field.name} cannot be compared, only matched", f"Write for example {field.example}")


def _amount(piece: Piece, field: Field) -> Term:
    op = _compared(piece, field)
    if field.takes is Takes.TOKENS_OR_SHARE and piece.value.endswith("%"):
        found = _SHARE.fullmatch(piece.value)
        if not found:
            raise _bad(piece, field, "is not a share: a number with at most one decimal and %")
        return Compare(field.name, op, int(found[1]) * 10 + int(found[2] or 0), Measure.PER_MILLE, piece.negated)
    try:
        value = amounts.tokens(piece.value)
    except WrongUse as error:
        raise _bad(piece, field, "is not a number of tokens") from error
    return Compare(field.name, op, value, Measure.TOKENS, piece.negated)


def _days(piece: Piece, field: Field) -> Term:
    op = _compared(piece, field)
    found = _DAYS.fullmatch(piece.value)
    if not found:
        raise _bad(piece, field, "is not a number of days")
    return Compare(field.name, op, int(found[1]), Measure.DAYS, piece.negated)


def _number(piece: Piece, field: Field) -> Term:
    return Compare(field.name, _compared(piece, field), _whole(piece, field), Measure.NUMBER, piece.negated)


def _whole(piece: Piece, field: Field) -> int:
    value = None if piece.quoted else amounts.whole(piece.value)
    if value is None or value > MAX_TOKENS:
        raise _bad(piece, field, "is not a whole number", "a whole number")
    return value


def _flag(piece: Piece, field: Field) -> Term:
    _matched(piece, field)
    if piece.value.lower() not in ("yes", "no"):
        raise _bad(piece, field, "is neither yes nor no", "yes or no")
    return Flag(field.name, piece.value.lower() == "yes", piece.negated)


def _text(piece: Piece, field: Field) -> Term:
    _matched(piece, field)
    if not piece.value and not (piece.quoted and piece.op == "="):
        raise _bad(piece, field, "to look for", "a word to look for")
    return Has(field.name, piece.value, piece.op == "=", piece.negated)


def _word(piece: Piece, field: Field) -> Term:
    _matched(piece, field)
    if piece.value.lower() not in field.values:
        raise _bad(piece, field, f"is none of {', '.join(field.values)}")
    return Has(field.name, piece.value.lower(), True, piece.negated)


def _id(piece: Piece, field: Field) -> Term:
    _matched(piece, field)
    return Number(field.name, _whole(piece, field), piece.negated)


def _span(piece: Piece, field: Field) -> Term:
    _matched(piece, field)
    first, dots, last = piece.value.partition("..")
    if piece.quoted or not (first or last):
        raise _bad(piece, field, "is not a day or a span of days", "a day or a span of days")
    begin, end = _edge(first, False), _edge(last if dots else first, True)
    if not dots and begin and begin.ago and _DAYS.fullmatch(first):
        end = Edge(0, ago=True)
    return Range(field.name, begin, end, piece.negated)


def _edge(text: str, last: bool) -> Edge | None:
    """A day, a month (its first or last day), `7d`, `yesterday`, `today`; empty is open."""
    ago = {"today": 0, "yesterday": 1}.get(text.lower())
    if ago is not None:
        return Edge(ago, ago=True)
    if found := _DAYS.fullmatch(text):
        return Edge(int(found[1]), ago=True)
    return Edge(months.parse_day(text, 0, last=last)) if text else None


_READERS = {
    Takes.TOKENS: _amount,
    Takes.TOKENS_OR_SHARE: _amount,
    Takes.DAYS: _days,
    Takes.NUMBER: _number,
    Takes.FLAG: _flag,
    Takes.TEXT: _text,
    Takes.WORD: _word,
    Takes.ID: _id,
    Takes.SPAN: _span,
}
