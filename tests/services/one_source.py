"""Usage through every door, and what it adds up to in plain Python: one event after the other, nothing stored."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sage_tui.domain.acts import Move
from sage_tui.domain.corrections import Recharge, Reverse
from sage_tui.domain.errors import SageError
from sage_tui.domain.months import DAY, day_of, month_of_day
from sage_tui.domain.plan_commands import Bulk, Consent, Selection
from sage_tui.domain.spending import Ask, Certainty, Settlement
from sage_tui.domain.statistics import EMPTY, NOTHING, Counted, Slice, Sums
from sage_tui.domain.units import Day, Kind, Micros
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.services import corrections, identities, imports, plans, policies, statistics, usage
from sage_tui.services.imports import UsageFile
from sage_tui.services.policies import SetPolicy
from tests.services.editing import Acme
from tests.support.world import World

KINDS = tuple(Kind)
MODELS = {
    "plain": (1_000_000, 1_000_000, None),
    "dear": (2_500_000, 10_000_000, 250_000),
    "cheap": (333_333, 100_000, 0),
}
"""Weights of prompt, completion and cached tokens, in millionths."""

PEOPLE, HELD = ("a", "b", "c", "d"), ("robot", "Bot Ünal")
PLACES = ("acme", "beta")
YES = Consent(yes=True)

Event = dict[str, Any]
Act = tuple[str, int, int, int]
"""What is done, and three numbers that say to whom, how much and when."""


@dataclass
class House:
    """Two organizations, four people, identities that belong to nobody; every door that usage comes through."""

    world: World
    number: int
    done: Counter[str] = field(default_factory=Counter)
    calls: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    orgs: list[int] = field(default_factory=list)
    next_id: int = 0

    def __post_init__(self) -> None:
        world = self.world
        self.orgs = [world.organization(f"{name} {self.number}", 500_000, 50_000) for name in PLACES]
        for key, (prompt, completion, cached) in MODELS.items():
            self.weigh(key, prompt, completion, cached)
        for name in PEOPLE:
            world.person(self.email(name), self.orgs[name == "d"])
        for org, names in zip(self.orgs, (PEOPLE[:3], PEOPLE[3:]), strict=True):
            Acme(world, org)
            emails = tuple(map(self.email, names))
            fields = Acme(world, org).fields(inference="9K", embedding="1K", paid=True)
            plans.act(world.host, Bulk(fields, Selection(emails=emails)), YES)
        research = Acme(world, self.orgs[0]).fields(department="research")
        plans.act(world.host, Bulk(research, Selection(emails=(self.email("a"), self.email("b")))), YES)
        policies.put(world.host, SetPolicy(self.orgs[1], "", (("day_percent", "2%"),)))

    def email(self, name: str) -> str:
        return f"{name}@one{self.number}.example"

    def user(self, name: str) -> int:
        return self.world.people[self.email(name)]

    def weigh(self, key: str, prompt: int, completion: int, cached: int | None) -> None:
        """A model's weights, in millionths, from now on."""
        values = {"key": key, "prompt": prompt, "completion": completion, "cached": cached}
        weights = "prompt_weight = :prompt, completion_weight = :completion, cached_weight = :cached"
        if not self.world.change(f"UPDATE model SET {weights} WHERE key = :key", **values):
            self.world.change(
                "INSERT INTO model (id, key, prompt_weight, completion_weight, cached_weight, known, created_at)"
                " VALUES ((SELECT coalesce(max(id), 0) + 100 FROM model), :key, :prompt, :completion, :cached, TRUE,"
                " 1)", **values,
            )  # fmt: skip

    def act(self, act: Act) -> None:
        """One act. What is refused changes nothing, and is part of the play."""
        what, who, amount, back = act
        try:
            getattr(self, what)(who, amount, back)
            self.done[what] += 1
        except SageError as error:
            self.done[f"{what}: {type(error).__name__}"] += 1

    def at(self, back: int) -> Micros:
        """Now, some hours ago, and in one of three cases weeks or months ago."""
        return Micros(self.world.clock.now() - (back * DAY if back % 3 == 0 else back * DAY // 48))

    def call(self, who: int, amount: int, back: int, id: str = "") -> UsageRecord:
        """A call of a person or of an identity that belongs to nobody."""
        self.next_id += 1
        name = (*map(self.email, PEOPLE), *PEOPLE[:2], *HELD)[who % 8]
        kind = KINDS[amount % 5 == 0]
        new = id or f"o{self.number}-{self.next_id}"
        self.calls.append(new)
        return self.world.usage(
            new, name, amount, self.at(back), kind=kind, model=list(MODELS)[(who + back) % 3],
            cached_tokens=amount // 3, completion_tokens=amount % 97, status=("success", "failure")[amount % 7 == 0],
        )  # fmt: skip

    # The doors --------------------------------------------------------------------------------------------------------

    def batch(self, who: int, amount: int, back: int) -> None:
        """Four calls, one of them twice, as a gateway brings them."""
        some = [self.call(who + n, amount + n, back + n) for n in range(4)]
        told = self.world.record(*some, some[0], organization_id=self.orgs[back % 2])
        assert (told.recorded, told.already) == (4, 1)

    def file(self, who: int, amount: int, back: int) -> None:
        """A file whose rows are partly wrong, and which is read twice."""
        rows = [self.call(who + n, amount * 2 + n, back + 5 * n) for n in range(5)]
        bad = RefusedRow(6, "at", "is no time")
        given = UsageFile("u.csv", f"file {self.number}", lambda: [*rows, bad, rows[2]])
        first = imports.usage(self.world.host, given, organization_id=self.orgs[0] if back % 2 else None)
        assert (first.sums.recorded, first.sums.already, first.refused) == (5, 1, 1)
        again = imports.usage(self.world.host, given, organization_id=self.orgs[0] if back % 2 else None)
        assert (again.sums.recorded, again.sums.already) == (0, 6)
        self.files.append(first.number or 0)

    def record(self, who: int, amount: int, back: int) -> None:
        """`usage record`, and the same again."""
        call = self.call(who, amount, back)
        for _ in range(2):
            usage.record(self.world.host, call, self.orgs[0])

    def reserve(self, who: int, amount: int, back: int) -> None:
        ask = Ask(self.email(PEOPLE[who % 4]), KINDS[amount % 5 == 0], list(MODELS)[back % 3], amount // 2, amount)
        held = usage.reserve(self.world.host, ask)
        if held.reservation:
            self.holds.append(held.reservation)

    def settle(self, who: int, amount: int, back: int) -> None:
        """The last one, or one before it: the first time, surer, or not surer."""
        handle = self.holds[-1 - who % len(self.holds[-3:])] if self.holds else "none"
        told = Settlement(amount, amount % 50, amount // 4, certainty=Certainty(back % 3))
        if not usage.settle(self.world.host, handle, told).already:
            self.done[f"settle {back % 3}"] += 1

    def release(self, who: int, amount: int, back: int) -> None:
        usage.release(self.world.host, self.holds[-1] if self.holds else "none")

    # Corrections ------------------------------------------------------------------------------------------------------

    def reverse(self, who: int, amount: int, back: int) -> None:
        """One call: recorded, or reserved and settled."""
        ids = self.calls if amount % 3 else self.holds
        corrections.reverse(self.why, Reverse(external_id=ids[-1 - back % len(ids)] if ids else "none"))

    def reverse_file(self, who: int, amount: int, back: int) -> None:
        corrections.reverse(self.why, Reverse(import_number=self.files[-1] if self.files else 0))

    def credit(self, who: int, amount: int, back: int) -> None:
        corrections.credit(self.why, self.email(PEOPLE[who % 4]), KINDS[amount % 5 == 0], amount % 300 + 1)

    def recharge(self, who: int, amount: int, back: int) -> None:
        """The weights were wrong, for all days or for the last ones."""
        key, today = list(MODELS)[who % 3], day_of(self.world.clock.now())
        self.weigh(key, amount * 5_000, amount * 7_777, None if back % 2 else amount * 1_000)
        corrections.recharge(self.why, Recharge(key, Day(today - back), Day(today)))

    # Who it belongs to, and when --------------------------------------------------------------------------------------

    def assign(self, who: int, amount: int, back: int) -> None:
        """A held identity and all its usage are a person's; elsewhere too, where no organization holds it."""
        waiting = identities.list_identities(self.world.host)
        names = [one for one in waiting if one.organization is None or str(self.number) in one.organization.split()]
        named = names[amount % len(names)] if names else None
        if named is not None:
            org = next((self.orgs[n] for n, p in enumerate(PLACES) if named.organization == f"{p} {self.number}"), 0)
            identities.assign(self.world.host, named.identity, self.email(PEOPLE[who % 4]), named.source, org)
            self.done[f"assign from {'none' if org == 0 else 'an organization'}"] += 1

    def move(self, who: int, amount: int, back: int) -> None:
        """To the other organization, or to none."""
        to = (*self.orgs, 0)[amount % 3]
        plans.act(self.world.host, Bulk(Move(to), Selection(emails=(self.email(PEOPLE[who % 4]),))), YES)

    def department(self, who: int, amount: int, back: int) -> None:
        fields = Acme(self.world, 0).fields(department=("research", "sales", "")[amount % 3])
        plans.act(self.world.host, Bulk(fields, Selection(emails=(self.email(PEOPLE[who % 4]),))), YES)

    def wait(self, who: int, amount: int, back: int) -> None:
        """Time goes by: what was reserved expires, days and months begin."""
        self.world.clock.move(hours=(1, 13, 60, 400)[amount % 4])

    @property
    def why(self) -> Any:
        return self.world.host.because("a test")


ACTS = ("batch", "file", "record", "reserve", "settle", "reserve", "settle", "settle", "release", "reverse",
        "reverse_file", "credit", "recharge", "assign", "move", "department", "wait")  # fmt: skip


@dataclass
class Plain:
    """Everything that was recorded, in memory, and who belongs where."""

    world: World
    events: list[Event] = field(default_factory=list)
    members: list[Event] = field(default_factory=list)
    identities: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events = self.world.rows("SELECT e.*, o.key AS model FROM usage_event e JOIN model o ON o.id = e.model_id")
        self.members = self.world.rows("SELECT * FROM membership")
        self.identities = self.world.rows("SELECT * FROM identity")
        where = {(m["organization_id"], m["user_id"]): m["department"] for m in self.members}
        for event in self.events:
            event["month"] = int(month_of_day(event["day"]))
            event["year"] = event["month"] // 12
            held = event["user_id"] < 0
            key = (event["organization_id"], event["user_id"])
            event["department"] = statistics.NOBODY if held else where.get(key, "")

    def live(self, org: int | None = None) -> list[Event]:
        """Memberships of now."""
        return [m for m in self.members if m["ended_at"] is None and org in (None, m["organization_id"])]

    def of(self, asked: Slice) -> list[Event]:
        """The events of a slice."""
        return [
            e
            for e in self.events
            if asked.span.first <= e["day"] <= asked.span.last
            and asked.organization_id in (None, e["organization_id"])
            and asked.kind in (None, KINDS[e["kind"]])
            and asked.model in (None, e["model"])
            and asked.user in (None, e["user_id"])
            and asked.department in (None, e["department"])
        ]

    def charge(self, **wanted: Any) -> int:
        """The charges of all events with these values."""
        return sum(e["charge"] for e in self.events if all(e[name] == value for name, value in wanted.items()))


def counted(events: Iterable[Event]) -> Sums:
    """What events add up to."""
    kinds = [NOTHING, NOTHING]
    for e in events:
        calls, corrected = (1, 0) if e["entry"] == 0 else (0, e["charge"])
        failed = int(e["entry"] == 0 and e["status"] != 0)
        tokens = (e["prompt_tokens"], e["cached_tokens"], e["completion_tokens"])
        kinds[e["kind"]] += Counted(e["charge"], *tokens, calls, failed, corrected)
    return Sums(*kinds)


def grouped(events: Sequence[Event], key: str) -> dict[Any, Sums]:
    """The same by a key, without those that add up to nothing at all."""
    parts: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        parts[event[key]].append(event)
    found = {name: counted(some) for name, some in parts.items()}
    return {name: sums for name, sums in found.items() if sums != EMPTY}
