"""What is asked for: an act for many, or edits staged by hand. Frozen; services make plans of them."""

from dataclasses import dataclass

from sage_tui.domain.acts import Act, Disable, Move, Offboard, SetEmail, SetFields, SetPayer, SetRole
from sage_tui.domain.distributing import Action
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plans import Edit
from sage_tui.domain.units import Kind


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom an act is for: people by e-mail, by number, or all that match a filter."""

    emails: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    query: str | None = None

    @property
    def alone(self) -> bool:
        """Is it one person, by name?"""
        return self.query is None and len(self.emails) + len(self.numbers) == 1


@dataclass(frozen=True, slots=True)
class Bulk:
    """One act for many."""

    act: Act
    selection: Selection
    organization_id: int | None = None

    @property
    def verb(self) -> Verb:
        """The verb that applying it is."""
        return VERBS[type(self.act)]


@dataclass(frozen=True, slots=True)
class Edits:
    """Edits staged by hand."""

    edits: tuple[Edit, ...]
    organization_id: int | None = None

    @property
    def verb(self) -> Verb:
        """The verb that applying them is."""
        return Verb.USERS_SET


@dataclass(frozen=True, slots=True)
class Distribute:
    """A distribution action for an organization: both kinds unless said. `amount` is what is shared out, in tokens."""

    action: Action
    organization_id: int | None = None
    kind: Kind | None = None
    amount: int | None = None

    @property
    def verb(self) -> Verb:
        """The verb that applying it is."""
        return Verb.DISTRIBUTION_APPLY


VERBS: dict[type[object], Verb] = {
    SetFields: Verb.USERS_SET, Disable: Verb.USERS_DISABLE, Offboard: Verb.USERS_OFFBOARD,
    SetRole: Verb.USERS_ROLE, SetEmail: Verb.USERS_EMAIL, SetPayer: Verb.USERS_PAYER, Move: Verb.USERS_MOVE,
}  # fmt: skip

Command = Bulk | Edits | Distribute


@dataclass(frozen=True, slots=True)
class Consent:
    """What the author confirms beyond the plan itself: the organization's name, typed; or `--yes` on the host."""

    name: str = ""
    yes: bool = False
    reason: str = ""
    """Goes into the audit; on the command line the context has it already."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Take rows of a plan in or out: one cell, or all that match a text. In, for a changed one, means: use mine."""

    into: bool
    cell: tuple[int, str] | None = None
    text: str = ""
