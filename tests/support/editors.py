"""Editors in processes of their own: each reads acts as lines of JSON and answers each with a line."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from sage_tui.clock import FixedClock
from sage_tui.domain.actors import ConsoleProof, HostProof
from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.errors import SageError
from sage_tui.domain.plan_commands import Bulk, Choice, Consent, Edits, Selection
from sage_tui.domain.plans import Done, Edit, Field
from sage_tui.domain.requests import Approve, Deny
from sage_tui.domain.secret import Secret
from sage_tui.services import batches, imports_people, plans, requests_decide, requests_fitting
from sage_tui.services.context import Context, open_context
from sage_tui.services.imports_people import UserLine
from tests.support.world import CHEAP, HERE, World

Json = dict[str, Any]
YES = Consent(yes=True)


# The parent's side ----------------------------------------------------------------------------------------------------


@dataclass
class Editor:
    """A process that edits."""

    process: subprocess.Popen[str]

    def tell(self, act: str, **more: object) -> None:
        """Let it do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"act": act, **more}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Json:
        """What it answers."""
        assert self.process.stdout is not None
        found: Json = json.loads(self.process.stdout.readline())
        return found

    def ask(self, act: str, **more: object) -> Json:
        self.tell(act, **more)
        return self.hear()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


def editor(world: World, console: Context | None = None) -> Editor:
    """A process on a world's database, as a console or (without one) the host's account."""
    database = world.host.database
    url = database.path if database.sqlite else database.url.set(drivername="postgresql").render_as_string(False)
    token = console.proof.token.reveal() if console is not None else ""  # type: ignore[union-attr]
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(url), str(world.host.keys.path), str(world.clock.at), token],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return Editor(process)


def at_once(editors: list[Editor], acts: list[Json]) -> list[Json]:
    """An act by each, all let go together; what they heard."""
    for one, act in zip(editors, acts, strict=True):
        one.tell(**act)
    return [one.hear() for one in editors]


# The child's side -----------------------------------------------------------------------------------------------------


def _set(ctx: Context, told: Json) -> Json:
    return _done(plans.act(ctx, _bulk(told), YES))


def _planned(ctx: Context, told: Json) -> Json:
    return _done(plans.apply(ctx, plans.make(ctx, _bulk(told)).id, YES))


def _bulk(told: Json) -> Bulk:
    amount = parse(told["amount"]) if "amount" in told else None
    return Bulk(SetFields(inference=amount, paid=told.get("paid")), Selection(numbers=tuple(told["who"])))


def _make(ctx: Context, told: Json) -> Json:
    made = plans.make(ctx, Edits(tuple(Edit(who, Field(field), *sides) for who, field, *sides in told["edits"])))
    rows = [
        {"seen": row.seen, "before": row.before, "after": row.after, "by": row.changed_by, "state": row.state.name}
        for row in plans.rows(ctx, made.id)[0]
    ]
    return {"plan": made.id, "rows": rows}


def _use_mine(ctx: Context, told: Json) -> Json:
    return {"changed": plans.choose(ctx, told["plan"], Choice(True)).changed}


def _apply(ctx: Context, told: Json) -> Json:
    return _done(plans.apply(ctx, told["plan"], YES))


def _undo(ctx: Context, told: Json) -> Json:
    return _done(batches.undo(ctx, told["batch"], YES))


def _import(ctx: Context, told: Json) -> Json:
    done = imports_people.users(ctx, [UserLine(1, told["line"])], told["org"])
    return {"batch": done.batch}


def _decide(ctx: Context, told: Json) -> Json:
    """Approve or deny one request."""
    ids = (told["request"],)
    if told.get("deny"):
        return {"batch": requests_decide.deny(ctx, Deny(ids)).done.batch}
    return {"batch": requests_decide.approve(ctx, Approve(ids, told.get("amount"))).done.batch}


def _fitting(ctx: Context, told: Json) -> Json:
    made = requests_fitting.approve_fitting(ctx, told["org"], "", YES)
    return {"batch": made.done.batch, "requests": [row.id for row in made.requests]}


def _stop_at(ctx: Context, told: Json) -> Json:
    """From now on stand still for ever before a statement that holds this text."""

    def wait(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if told["text"] in statement:
            print(json.dumps({"at": told["text"]}), flush=True)
            sys.stdin.read()

    event.listen(ctx.database.engine, "before_cursor_execute", wait)
    return {}


def _many(ctx: Context, told: Json) -> Json:
    return {"answers": [_answer(ctx, act) for act in told["acts"]]}


def _done(done: Done) -> Json:
    return {"batch": done.batch, "left": [row.why for row in done.left]}


ACTS = {
    "set": _set, "planned": _planned, "make": _make, "use mine": _use_mine, "apply": _apply, "undo": _undo,
    "import": _import, "stop at": _stop_at, "many": _many,
    "decide": _decide, "fitting": _fitting,
}  # fmt: skip


def _answer(ctx: Context, told: Json) -> Json:
    try:
        return ACTS[told["act"]](ctx, told)
    except SageError as error:
        return {"error": error.stable_code, "message": error.message}


def main() -> None:
    database, key, at, token = sys.argv[1:]
    proof = ConsoleProof(Secret(token)) if token else HostProof("owner")
    ctx = open_context(database, key, proof, HERE, clock=FixedClock(int(at)), hashing=CHEAP)
    for line in sys.stdin:
        print(json.dumps(_answer(ctx, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
