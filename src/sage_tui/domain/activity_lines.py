"""Model interactions as lines of a file, as quickly as Python can: whole blocks of stored rows (speed.md, row 6).

All that repeats (days, seconds of the day, models, organizations, people) is made a cell once and looked up.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sage_tui.domain.cells import cell
from sage_tui.domain.corrections import WORDS
from sage_tui.domain.months import DAY, day_text, time_text
from sage_tui.domain.units import Kind
from sage_tui.domain.usage import STATUSES

COLUMNS = (
    "id", "at", "email", "organization", "model", "kind", "prompt_tokens", "cached_tokens", "completion_tokens",
    "charge", "status", "latency_ms", "source", "external_id", "key", "as_of",
)  # fmt: skip
"""The JSON's fields (`activity list`) with cached tokens, the source's own id, what repeated rows are known by, and
when this was read."""

_KINDS = tuple(kind.value for kind in Kind)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*").fullmatch
"""Text that is a cell, and a JSON string, as it stands."""

_SECONDS = tuple(
    f"{hour:02d}:{minute:02d}:{second:02d}" for hour in range(24) for minute in range(60) for second in range(60)
)


def _csv(text: str) -> str:
    made = str(cell(text))
    return '"' + made.replace('"', '""') + '"' if any(ch in made for ch in ',"\n\r') else made


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


_CSV = "{},{}Z,{},{},{},{},{},{},{},{},{},{},{},{},{}.{},{}\n".format
_JSON = (
    '{{"id": "{}", "at": "{}Z", "email": {}, "organization": {}, "model": {}, "kind": {}, "prompt_tokens": {},'
    ' "cached_tokens": {}, "completion_tokens": {}, "charge": {}, "status": {}, "latency_ms": {}, "source": {},'
    ' "external_id": {}, "key": "{}.{}", "as_of": {}}}\n'
).format


class Lines:
    """Makes lines of one format. `small` are the names of organizations, models and sources by number."""

    def __init__(self, format_name: str, as_of: int, small: Sequence[Mapping[int, str]]) -> None:
        as_json = format_name == "jsonl"
        self._quoted: Callable[[str], str] = _json if as_json else _csv
        self._line = _JSON if as_json else _CSV
        self._nothing = "null" if as_json else ""
        self._plain: Callable[[str], str] = _json if as_json else str
        organizations, models, sources = small
        self._organizations = {number: self._quoted(name) if name else self._nothing
                               for number, name in organizations.items()}  # fmt: skip
        self._models = {number: self._quoted(key) for number, key in models.items()}
        self._sources = {number: self._quoted(name) for number, name in sources.items()}
        self._states = {(code, 0): self._plain(status) for code, status in enumerate(STATUSES)}
        self._states |= {
            (code, entry): self._plain(word)
            for code in range(len(STATUSES))
            for entry, word in enumerate(WORDS)
            if entry
        }
        self._kinds = tuple(map(self._plain, _KINDS))
        self._as_of = self._plain(time_text(as_of) or "")
        self._days: dict[int, str] = {}

    def person(self, email: str) -> str:
        """A person's e-mail, or an identity that belongs to nobody, as a cell."""
        return self._quoted(email)

    def block(self, rows: Iterable[Sequence[Any]], people: Mapping[int, str]) -> bytes:
        """Lines of rows as `store.windows.activity.RAW` names their columns; `people` are cells by number."""
        line, quoted, nothing, as_of = self._line, self._quoted, self._nothing, self._as_of
        organizations, models, sources = self._organizations, self._models, self._sources
        kinds, states, at_text = self._kinds, self._states, self._at
        bare = line is _CSV
        return "".join([
            line(
                id_.hex(), at_text(at), people[user], organizations[organization], models[model], kinds[kind],
                prompt, cached, completion, charge, states[status, entry],
                nothing if latency is None else latency, sources[source],
                external if bare and _PLAIN(external) else quoted(external),
                digest.hex(), content, as_of,
            )
            for id_, at, user, organization, model, kind, prompt, cached, completion, charge, status, entry, latency,
            source, external, digest, content in rows
        ]).encode()  # fmt: skip

    def _at(self, at: int) -> str:
        """`2026-11-23T14:02:00`, with a fraction where there is one."""
        day, rest = divmod(at, DAY)
        second, micros = divmod(rest, 1_000_000)
        days = self._days
        if day not in days:
            days[day] = day_text(day) + "T"
        if micros:
            return f"{days[day]}{_SECONDS[second]}.{micros:06d}".rstrip("0")
        return days[day] + _SECONDS[second]
