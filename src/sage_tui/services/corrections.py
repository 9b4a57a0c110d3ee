"""Usage is corrected, never changed: counter-entries that stand beside it, each its own line in every total.

A counter-entry lies on the day of what it corrects, so that the month comes out as it should have been. Only platform
operators correct: what is taken back is what an organization bought.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sage_tui.domain import text
from sage_tui.domain.charge import Weights
from sage_tui.domain.corrections import Corrected, Entry, Recharge, Reverse
from sage_tui.domain.errors import NotFound, Refused, WrongUse
from sage_tui.domain.months import DAY, day_start, month_of, month_of_day
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Kind
from sage_tui.services import charging, metering, people, sources
from sage_tui.services.context import Context, retried
from sage_tui.services.pools import KIND_CODES
from sage_tui.store import audit
from sage_tui.store import corrections as store
from sage_tui.store.recording import AT, CACHED, CHARGE, COMPLETION, KIND, MODEL, ORG, PROMPT, SOURCE, USER, Event
from sage_tui.store.recording import DAY as ON
from sage_tui.store.recording import ID as NUMBER
from sage_tui.store.transaction import Tx, uuid7

SOURCE_NAME = "correction"
CREDIT_MODEL = "(credit)"

Counter = Callable[[Event, int], Event | None]
"""The counter-entry of a call, given what was corrected of its charge; None where it is right as it is."""


@dataclass
class _Run:
    """What a correction did so far, whole and by organization; and whom it touched."""

    whole: Corrected = field(default_factory=Corrected)
    parts: dict[int, Corrected] = field(default_factory=dict)
    holders: set[tuple[int, int]] = field(default_factory=set)


@retried
def reverse(ctx: Context, what: Reverse) -> Corrected:
    """Take back what an import recorded, or one call. Raises NotFound, Refused (taken back already), WrongUse."""
    with ctx.write(Verb.USAGE_REVERSE) as tx:
        _ask_reason(tx)
        run, reversal = _Run(), _reversal(tx)
        if what.import_number is not None:
            _demand_import(tx, what.import_number)
            for organization in store.organizations(tx):
                for block in store.of_import(tx, organization, what.import_number):
                    _correct(tx, run, organization, block, reversal)
            target = f"import {what.import_number}"
        else:
            organization, number = _one(tx, what)
            _correct(tx, run, organization, store.one(tx, organization, number), reversal)
            target = f"activity {number.hex()}"
        if not run.whole.entries:
            why = "was reversed already" if run.whole.already else "recorded nothing"
            raise Refused(f"Nothing is left to take back: {target} {why}.", "See `sage-tui activity list`.",
                          code="reversed")  # fmt: skip
        return _told(tx, run, target)


@retried
def credit(ctx: Context, email: str, kind: Kind, amount: int) -> Corrected:
    """Give a person tokens of this month back, at most what they were charged. Raises NotFound, Refused, WrongUse."""
    with ctx.write(Verb.USAGE_CREDIT) as tx:
        _ask_reason(tx)
        person = people.find(tx, email)
        organization, user = int(person["organization_id"]), int(person["id"])
        # The row that recording locks too: what was charged stands while it is looked at.
        tx.lock("SELECT used FROM pool WHERE organization_id = :org AND kind = :kind",
                org=organization, kind=KIND_CODES[kind])  # fmt: skip
        used = store.charged(tx, organization, month_of(tx.now), KIND_CODES[kind], [user]).get(user, 0)
        if not 1 <= amount <= used:
            raise Refused(
                f"{person['email']} was charged {text.counted(used, kind.value + ' token')} this month:"
                f" {text.counted(amount, 'token')} cannot be credited.",
                "Credit from 1 token to what was charged.", code="too_much",
            )  # fmt: skip
        run = _Run()
        _write(tx, run, organization, [_credit(tx, organization, user, kind, amount)])
        return _told(tx, run, f"user {user}", user)


@retried
def recharge(ctx: Context, what: Recharge) -> Corrected:
    """Charge a model's calls of some days anew, at its present weights. Raises NotFound, WrongUse, Refused."""
    with ctx.write(Verb.USAGE_RECHARGE) as tx:
        _ask_reason(tx)
        if what.first_day > what.last_day:
            raise WrongUse("--from lies after --to")
        key = text.machine(what.model)
        model_id = tx.value("SELECT id FROM model WHERE key = :key", key=key)
        if model_id is None:
            raise NotFound(f"There is no model {text.clean(key, limit=60)}.", "Give its key as activities show it.")
        again = _recharging(tx, metering.weights_of(tx, int(model_id)))
        since, until = day_start(what.first_day), day_start(what.last_day + 1)
        run = _Run()
        for organization in store.organizations(tx):
            for block in store.of_model(tx, organization, int(model_id), since, until):
                _correct(tx, run, organization, block, again)
        return _told(tx, run, f"model {key}")


def _ask_reason(tx: Tx) -> None:
    if not tx.reason and not tx.dry_run:
        raise WrongUse("A correction needs a reason.", "Add --reason TEXT: the customer's audit tells it.")


def _demand_import(tx: Tx, number: int) -> None:
    where, values = tx.within("i")
    if tx.value(f"SELECT 1 FROM usage_import i WHERE i.id = :id AND {where}", id=number, **values) is None:
        raise NotFound(f"There is no import {number}.", "The audit names each import: sage-tui audit list.")


def _one(tx: Tx, what: Reverse) -> tuple[int, bytes]:
    """The one call that an id means: a source's own, a reservation's, or the key of a reservation."""
    ids = store.reserved_under(tx, text.machine(what.external_id, 200))
    if len(what.external_id) == 32 and all(ch in "0123456789abcdef" for ch in what.external_id):
        ids.append(bytes.fromhex(what.external_id))
    found = store.of_id(tx, text.escape(what.external_id)[:200], ids) if what.external_id else []
    found = [one for one in found if not what.source or one[2] == text.escape(what.source)]
    if not found:
        raise NotFound("No call of this id was recorded.", "See `sage-tui activity list`.")
    if len(found) > 1:
        named = text.clean(", ".join(sorted({name for _, _, name in found})))
        raise WrongUse(f"Several calls have this id: {named}", "Say whose: --source S.", code="ambiguous")
    return found[0][0], found[0][1]


def _reversal(tx: Tx) -> Counter:
    def counter(event: Event, corrected: int) -> Event:
        hex_ = bytes(event[NUMBER]).hex()
        tokens = (-int(event[PROMPT]), -int(event[CACHED]), -int(event[COMPLETION]))
        return _entry(tx, event, Entry.REVERSAL, tokens, -(int(event[CHARGE]) + corrected), f"reverse {hex_}")

    return counter


def _recharging(tx: Tx, weights: Weights) -> Counter:
    def counter(event: Event, corrected: int) -> Event | None:
        right = weights.charge(int(event[PROMPT]), int(event[CACHED]), int(event[COMPLETION]))
        more = int(right) - int(event[CHARGE]) - corrected
        return _entry(tx, event, Entry.RECHARGE, (0, 0, 0), more, f"recharge {uuid7(tx.now).hex()}") if more else None

    return counter


def _entry(tx: Tx, event: Event, entry: Entry, tokens: tuple[int, int, int], charge: int, key: str) -> Event:
    """A counter-entry of a call: on its day, for its holder; found again by the call's id."""
    return (
        event[ORG], uuid7(tx.now), event[ON], metering.digest_of(SOURCE_NAME, key), 0, event[AT], event[USER],
        event[MODEL], event[KIND], *tokens, charge, 0, 2, int(entry), None, event[SOURCE], None,
        bytes(event[NUMBER]).hex(), None,
    )  # fmt: skip


def _credit(tx: Tx, organization_id: int, user_id: int, kind: Kind, amount: int) -> Event:
    recorder = metering.Recorder(SOURCE_NAME)
    metering.load_models(tx, recorder, {CREDIT_MODEL})
    id = uuid7(tx.now)
    return (
        organization_id, id, tx.now // DAY, metering.digest_of(SOURCE_NAME, f"credit {id.hex()}"), 0, tx.now, user_id,
        recorder.models[CREDIT_MODEL][0], KIND_CODES[kind], 0, 0, 0, -amount, 0, 2, int(Entry.CREDIT), None,
        sources.number_of(tx, SOURCE_NAME), None, "", None,
    )  # fmt: skip


def _correct(tx: Tx, run: _Run, organization_id: int, events: Sequence[Event], counter: Counter) -> None:
    """Counter-entries of a block of calls; those that were reversed are left alone."""
    before = store.before(tx, organization_id, events)
    made = []
    for event in events:
        corrected, reversed_ = before.get(bytes(event[NUMBER]).hex(), (0, False))
        entry = None if reversed_ else counter(event, corrected)
        if entry is None:
            run.whole.already += 1
        else:
            made.append(entry)
    _write(tx, run, organization_id, made)


def _write(tx: Tx, run: _Run, organization_id: int, entries: Sequence[Event]) -> None:
    _never_below_zero(tx, organization_id, entries)
    charging.write(tx, entries)
    part = run.parts.setdefault(organization_id, Corrected()) if entries else Corrected()
    for one in (run.whole, part):
        one.entries += len(entries)
        one.prompt_tokens += sum(entry[PROMPT] for entry in entries)
        one.completion_tokens += sum(entry[COMPLETION] for entry in entries)
        one.charge += sum(entry[CHARGE] for entry in entries)
    run.holders.update((organization_id, entry[USER]) for entry in entries)


def _never_below_zero(tx: Tx, organization_id: int, entries: Iterable[Event]) -> None:
    """Whoever was given tokens back cannot be given them twice. Raises Refused."""
    change: dict[tuple[int, int], dict[int, int]] = {}
    for entry in entries:
        part = change.setdefault((month_of_day(entry[ON]), entry[KIND]), {})
        part[entry[USER]] = part.get(entry[USER], 0) + entry[CHARGE]
    for (month, kind), by_user in change.items():
        stands = store.charged(tx, organization_id, month, kind, sorted(by_user))
        if any(stands.get(user, 0) + more < 0 for user, more in by_user.items()):
            raise Refused(
                "This takes back more than was charged: somebody was credited for some of it already.",
                "Nothing was changed. See the credits: sage-tui activity list.", code="below_zero",
            )  # fmt: skip


def _told(tx: Tx, run: _Run, target: str, user_id: int | None = None) -> Corrected:
    """One entry in the chain of each organization that is concerned."""
    for organization in sorted(run.parts):
        part = run.parts[organization]
        audit.append(
            tx, organization_id=organization, target=target, target_user_id=user_id, rows=part.entries,
            changes=(("entries", 0, part.entries), ("charge", 0, part.charge)),
        )  # fmt: skip
    run.whole.people = len(run.holders)
    return run.whole
