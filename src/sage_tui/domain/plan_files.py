"""A plan as a file: made by one person, reviewed by another, applied by a third (interfaces.md, "distribution plan").

JSON, a row a line, so that a million rows are read and written one by one. The digest covers every value in a canonical
form, under a key of the installation: a changed file is refused, a file of another installation too. Reformatting a
file changes nothing that the digest covers; such a file is read whole.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.units import MAX_TOKENS, Kind

VERSION = 1
ROW = ("email", "kind", "before", "after", "rule", "reason")
WHOLE = 20 * 1024 * 1024
"""Characters of a file that was reformatted: such a one is not read row by row."""

Json = Mapping[str, Any]


class Digest:
    """The seal of a plan: HMAC-SHA-256 over its head and its rows in order."""

    def __init__(self, key: bytes, head: Json) -> None:
        self._mac = hmac.new(key, _canonical({**head, "digest": None, "rows": None}), "sha256")

    def row(self, row: Json) -> None:
        """One more row."""
        self._mac.update(b"\n" + _canonical(row))

    @property
    def hex(self) -> str:
        """The digest, in hex."""
        return self._mac.hexdigest()


def _canonical(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def written(head: Json, rows: Iterable[Json], key: bytes) -> Iterator[str]:
    """The lines of a file."""
    digest = Digest(key, head)
    opened = json.dumps(head, ensure_ascii=True, allow_nan=False)
    yield f'{opened[:-1]}, "rows": ['
    before = ""
    for row in rows:
        digest.row(row)
        if before:
            yield before + ","
        before = json.dumps(row, ensure_ascii=True, allow_nan=False)
    if before:
        yield before
    yield f'], "digest": "{digest.hex}"}}'


def read(lines: Iterable[str], key: bytes, take: Callable[[Json, Iterator[Json]], None]) -> None:
    """Read a file: `take` is given its head and its rows, which must be used up. Raises WrongUse.

    The digest is known at the end only: whoever takes rows must be able to forget them when this raises.
    """
    source = iter(lines)
    first = next(source, "").rstrip("\n")
    head, rows, said = _by_lines(first, source) if first.endswith('"rows": [') else _whole(first, source)
    if head.get("version") != VERSION:
        raise WrongUse("This file is not a plan of this program", "Make one: sage-tui distribution plan --output FILE.")
    digest = Digest(key, head)
    take(head, _sound(rows, digest))
    if not hmac.compare_digest(digest.hex.encode(), said().encode()):
        raise WrongUse(
            "The plan was changed since it was made, or it is another installation's: nothing was done.",
            "Make it again: sage-tui distribution plan.",
            code="plan_altered",
        )


def _by_lines(first: str, source: Iterator[str]) -> tuple[dict[str, Any], Iterator[Any], Callable[[], str]]:
    head = _object(first.removesuffix(', "rows": [') + "}")
    last: list[str] = []

    def rows() -> Iterator[Any]:
        for line in source:
            if line.startswith("]"):
                last.append(line)
                return
            yield _json(line.rstrip("\n").removesuffix(","))

    def said() -> str:
        end = _object('{"rows": [' + (last[0].rstrip("\n") if last else "]}"))
        if any(line.strip() for line in source):
            return ""
        return str(end.get("digest", ""))

    return head, rows(), said


def _whole(first: str, source: Iterator[str]) -> tuple[dict[str, Any], Iterator[Any], Callable[[], str]]:
    parts, size = [first], len(first)
    for line in source:
        parts.append(line)
        size += len(line)
        if size > WHOLE:
            raise WrongUse("The plan was reformatted and is too large to be read so", "Apply the file as it was made.")
    found = _object("\n".join(parts))
    rows = found.pop("rows", None)
    said = str(found.pop("digest", ""))
    if not isinstance(rows, list):
        raise WrongUse("The file has no rows: it is not a plan", "Make one: sage-tui distribution plan --output FILE.")
    return found, iter(rows), lambda: said


def _object(text: str) -> dict[str, Any]:
    found = _json(text)
    if not isinstance(found, dict):
        raise WrongUse("The file is not a plan", "Make one: sage-tui distribution plan --output FILE.")
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        hint = "Make one: sage-tui distribution plan --output FILE."
        raise WrongUse("The file is not JSON: it is not a plan", hint) from None


def _sound(rows: Iterator[Any], digest: Digest) -> Iterator[Json]:
    """Rows that have the shape of rows, each counted into the digest. Raises WrongUse naming the row."""
    for number, row in enumerate(rows, 1):
        good = (
            isinstance(row, dict)
            and set(row) == set(ROW)
            and all(isinstance(row[name], str) for name in ("email", "kind", "rule", "reason"))
            and row["kind"] in set(Kind)
            and all(_amount(row[side]) for side in ("before", "after"))
        )
        if not good:
            raise WrongUse(f"Row {number:,} of the plan is none: nothing was done", "Apply the file as it was made.")
        digest.row(row)
        yield row


def _amount(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MAX_TOKENS)
