"""Which column gives which field: `--map field=COLUMN,…` and `--set field=VALUE,…`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean

USAGE_FIELDS = (
    "at", "user", "model", "kind", "prompt_tokens", "cached_tokens", "completion_tokens", "status", "latency_ms", "id",
)  # fmt: skip
USER_FIELDS = (
    "email", "first_name", "last_name", "company", "department", "organization", "inference", "embedding", "paid",
    "gateway_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldMap:
    """`columns`: field to column (or to a path with dots in JSON); `constants`: field to value. No field is in both."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.columns)

    def column(self, name: str) -> str:
        """The column of a field: as mapped, else of the field's own name."""
        return self.columns.get(name, name)


def parse(maps: Sequence[str], sets: Sequence[str], fields: Sequence[str] = USAGE_FIELDS) -> FieldMap:
    """Read the two options, each given any number of times. Raises WrongUse naming the part."""
    columns, constants = _pairs("--map", maps, fields), _pairs("--set", sets, fields)
    twice = [name for name in columns if name in constants]
    if twice:
        raise WrongUse(f"--map and --set: {twice[0]} is given twice", "Give each field once.")
    return FieldMap(columns, constants)


def _pairs(option: str, texts: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (part for text in texts for part in text.split(",") if part):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not value:
            raise WrongUse(f"{option}: {clean(part, limit=60)} is not FIELD=VALUE", f"Fields: {', '.join(fields)}.")
        if name not in fields:
            raise WrongUse(f"{option}: there is no field {clean(name, limit=40)}", f"Fields: {', '.join(fields)}.")
        if name in found:
            raise WrongUse(f"{option}: {name} is given twice", "Give each field once.")
        found[name] = value
    return found
