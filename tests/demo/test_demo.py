"""The demo's data: the same for the same numbers, believable, and every total equal to the sum of its events."""

import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sage_tui import demo
from sage_tui.demo.cast import CAST, HOSTILE
from sage_tui.demo.usage import reported
from sage_tui.domain import emails, months
from sage_tui.domain.demo import ACCOUNTS, PASSWORD, totp_secret
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.people import name_key
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import NAME_LIMIT, accept, clean
from sage_tui.domain.units import Kind, Micros
from sage_tui.domain.usage import STATUSES, UsageRecord
from sage_tui.services import hashing, keys, metering, sealing
from sage_tui.store.engine import Database
from tests.support import NOW

USERS, EVENTS = 600, 8_000
MONTH = months.month_of(NOW)
Ask = Callable[..., list[tuple]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small demo, read by the tests of this module."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    demo.build(str(path), USERS, EVENTS, 7, NOW)
    return path


@pytest.fixture
def ask(built: Path):
    """Ask the built demo in SQL."""
    connection = sqlite3.connect(built)
    yield lambda sql, *values: connection.execute(sql, values).fetchall()
    connection.close()


class TestSums:
    """Totals are what plain sums of the events say, to the token."""

    SUMS = "count(*), sum(status <> 0), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(charge)"
    KEPT = "sum(events), sum(failures), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(charge)"

    def test_all_events_are_there_and_none_lies_in_the_future(self, ask: Ask) -> None:
        assert ask("SELECT count(*), max(at) <= ?, min(day) FROM usage_event", NOW) == [
            (EVENTS, 1, months.first_day(MONTH - 13))
        ]

    def test_daily_totals(self, ask: Ask) -> None:
        keys = "organization_id, day, user_id, model_id, kind"
        counted = ask(f"SELECT {keys}, {self.SUMS} FROM usage_event GROUP BY {keys} ORDER BY {keys}")
        assert ask(f"SELECT {keys}, {self.KEPT} FROM usage_daily GROUP BY {keys} ORDER BY {keys}") == counted

    def test_organizations_daily_totals(self, ask: Ask) -> None:
        keys = "organization_id, day, model_id, kind"
        counted = ask(f"SELECT {keys}, {self.SUMS} FROM usage_event GROUP BY {keys} ORDER BY {keys}")
        assert (
            ask(f"SELECT {keys}, {self.KEPT} FROM usage_organization_daily GROUP BY {keys} ORDER BY {keys}") == counted
        )

    def test_monthly_totals(self, ask: Ask) -> None:
        counted: Counter[tuple[int, ...]] = Counter()
        events: Counter[tuple[int, ...]] = Counter()
        for organization, day, user, kind, charge in ask(
            "SELECT organization_id, day, user_id, kind, charge FROM usage_event"
        ):
            counted[organization, months.month_of_day(day), user, kind] += charge
            events[organization, months.month_of_day(day), user, kind] += 1
        rows = ask("SELECT organization_id, month, user_id, kind, charge, events FROM usage_month")
        assert {row[:4]: row[4:] for row in rows} == {key: (counted[key], events[key]) for key in counted}

    @pytest.mark.parametrize(("code", "kind"), list(enumerate(Kind)))
    def test_members_counters(self, ask: Ask, code: int, kind: str) -> None:
        totals = ask("SELECT user_id, month, charge FROM usage_month WHERE kind = ? AND user_id > 0", code)
        by_month = {(user, month): charge for user, month, charge in totals}
        lifetime: Counter[int] = Counter()
        for user, _, charge in totals:
            lifetime[user] += charge
        rows = ask(f"SELECT user_id, {kind}_month, {kind}_used, {kind}_previous, {kind}_lifetime FROM membership")
        assert len(rows) == USERS
        for user, month, used, previous, whole in rows:
            assert month == max([m for u, m in by_month if u == user], default=month)
            assert (used, previous) == (by_month.get((user, month), 0), by_month.get((user, month - 1), 0))
            assert whole == lifetime[user]

    def test_pools_counters(self, ask: Ask) -> None:
        for organization, kind, allocated, month, used, previous, lifetime in ask(
            "SELECT organization_id, kind, allocated, month, used, previous, lifetime FROM pool"
        ):
            sums = dict(
                ask(
                    "SELECT month, sum(charge) FROM usage_month WHERE organization_id = ? AND kind = ? GROUP BY month",
                    organization,
                    kind,
                )
            )
            assert (used, previous) == (sums.get(month, 0), sums.get(month - 1, 0))
            assert lifetime == sum(sums.values())
            column = f"{list(Kind)[kind]}_allocation"
            assert [(allocated,)] == ask(
                f"SELECT coalesce(sum({column}), 0) FROM membership WHERE organization_id = ?", organization
            )

    def test_members_are_counted(self, ask: Ask) -> None:
        counted = dict(ask("SELECT organization_id, count(*) FROM membership GROUP BY organization_id"))
        for organization, members in ask("SELECT id, members FROM organization WHERE id > 0"):
            assert members == counted.get(organization, 0)

    def test_history_ends_at_the_limit_and_has_no_gap(self, ask: Ask) -> None:
        for kind in Kind:
            limits = dict(ask(f"SELECT user_id, {kind}_allocation FROM membership"))
            steps: dict[int, list[tuple[int | None, int]]] = {}
            for user, before, after in ask(
                'SELECT user_id, "before", "after" FROM allocation_change WHERE field = ? ORDER BY at, id', kind.value
            ):
                steps.setdefault(user, []).append((before, after))
            for user, limit in limits.items():
                ends = [after for _, after in steps.get(user, [])]
                assert [before for before, _ in steps.get(user, [])] == [None, *ends][: len(ends)]
                assert (ends or [None])[-1] == limit

    def test_batches_count_their_rows(self, ask: Ask) -> None:
        rows = ask("SELECT organization_id, batch, count(*) FROM allocation_change GROUP BY organization_id, batch")
        assert sorted(rows) == sorted(ask("SELECT organization_id, id, rows FROM batch"))


class TestBelievable:
    """It looks like an organization's life."""

    def test_there_are_twelve_organizations_and_one_of_them_is_empty(self, ask: Ask) -> None:
        assert ask("SELECT count(*), sum(members = 0) FROM organization WHERE id > 0") == [(12, 1)]

    def test_acme_of_the_default_size_has_1204_users(self) -> None:
        from sage_tui.demo.people import organizations_of

        assert Counter(organizations_of(demo.DEFAULT_USERS, demo.DEFAULT_SEED))[1] == 1204

    @pytest.mark.parametrize(
        "state",
        [
            "banned = 1", "paid = 0", "verified = 0", "mfa = 0 AND type = 'admin'", "inference_allocation IS NULL",
            "inference_stopped_at IS NOT NULL", "inference_lifetime = 0", "read_only = 1",
            "inference_month = :month AND inference_share BETWEEN 900 AND 999",
            "inference_month = :month AND inference_share >= 1000", "organization_id = 0 AND type = 'user'",
        ],
    )  # fmt: skip
    def test_every_state_occurs(self, built: Path, state: str) -> None:
        with sqlite3.connect(built) as connection:
            people = '(SELECT id AS user_id, banned, verified, mfa FROM "user")'
            sql = f"SELECT count(*) FROM membership NATURAL JOIN {people} WHERE {state}"
            assert connection.execute(sql, {"month": MONTH}).fetchone()[0] > 0

    def test_names_are_of_several_scripts_also_right_to_left_and_combining(self, ask: Ask) -> None:
        letters = "".join(given + family for given, family in ask('SELECT first_name, last_name FROM "user"'))
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
        assert {"LATIN", "CJK", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "COMBINING"} <= scripts

    def test_every_text_is_one_that_services_would_take(self, ask: Ask) -> None:
        for email, key, given, family, folded in ask(
            'SELECT email, email_key, first_name, last_name, name_key FROM "user"'
        ):
            assert (emails.parse(email), emails.key(email)) == (email, key)
            assert name_key(given, family) == folded
            for name in (given, family):
                assert accept("name", name, NAME_LIMIT) == name
                assert clean(name) == name or name == HOSTILE

    def test_usage_has_a_weeks_rhythm_and_a_heavy_tail(self, ask: Ask) -> None:
        week = dict(ask("SELECT (day + 3) % 7, count(*) FROM usage_event GROUP BY 1"))
        assert max(week[5], week[6]) < min(week[day] for day in range(5)) / 2
        users = sorted((charge for (charge,) in ask("SELECT inference_lifetime FROM membership")), reverse=True)
        assert sum(users[: USERS // 10]) > sum(users) / 2

    def test_requests_wait_and_identities_belong_to_nobody(self, ask: Ask) -> None:
        assert ask("SELECT count(*) FROM request WHERE status = 'pending' AND organization_id = 1") == [(4,)]
        assert {status for (status,) in ask("SELECT status FROM request")} == {"pending", "approved", "denied"}
        held = ask("SELECT count(DISTINCT i.id) FROM identity i JOIN usage_event e ON e.user_id = -i.id")
        assert held[0][0] >= 2

    def test_the_eighth_is_over_committed_and_acmes_pool_shrinks_next_month(self, ask: Ask) -> None:
        def pool(organization: int, month: int) -> int:
            sql = "SELECT sum(inference) FROM purchase WHERE organization_id = ? AND ? BETWEEN first_month AND"
            return ask(f"{sql} coalesce(last_month, 99999)", organization, month)[0][0]

        allocated = dict(ask("SELECT organization_id, allocated FROM pool WHERE kind = 0"))
        assert pool(8, MONTH) < allocated[8] <= pool(8, MONTH - 1)
        assert pool(1, MONTH + 1) < allocated[1] < pool(1, MONTH)

    def test_the_cast_stands_where_the_documents_say(self, ask: Ask) -> None:
        wanted = 0 if 20 * len(CAST) * 8 > EVENTS else 1
        for number, part in enumerate(CAST, 1):
            email, used, limit = ask(
                'SELECT email, inference_used, inference_allocation FROM membership JOIN "user" ON id = user_id'
                " WHERE id = ?",
                number,
            )[0]
            assert (email, limit) == (part.email, part.allocation)
            assert used == wanted * (limit or 0) * part.share // 1000


class TestDoor:
    """The accounts open, and only what they should."""

    def test_accounts_have_the_password_and_others_have_none(self, ask: Ask) -> None:
        rows = dict(ask('SELECT email, password_hash FROM "user" WHERE password_hash IS NOT NULL'))
        assert set(rows) == {account.email for account in ACCOUNTS}
        assert hashing.verify(hashing.HashParameters(), next(iter(rows.values())), Secret(PASSWORD))
        assert len(set(rows.values())) == 1

    def test_authenticators_open_with_the_key_beside_the_database(self, ask: Ask, built: Path) -> None:
        ring = keys.load(f"{built}.key")
        enrolled = dict(ask('SELECT email, id FROM "user" WHERE mfa'))
        rows = {
            user: (secret, key) for user, secret, key in ask("SELECT user_id, secret, key_id FROM mfa WHERE confirmed")
        }
        assert set(rows) == set(enrolled.values())
        root = enrolled["root@sage.example"]
        assert sealing.unseal(ring, root, *rows[root]) == totp_secret("root@sage.example")
        assert "new-admin@acme.example" not in enrolled
        assert "member@acme.example" not in enrolled

    def test_it_says_what_it_is(self, ask: Ask) -> None:
        settings = dict(ask("SELECT key, value FROM setting WHERE organization_id = 0"))
        assert (settings["demo"], settings["demo_anchor"]) == ("true", str(NOW))

    def test_numbers_given_out_later_are_free(self, ask: Ask) -> None:
        for name, value in ask("SELECT name, value FROM counter"):
            (highest,) = ask(f'SELECT coalesce(max(id), 0) FROM "{name}"')[0]
            assert value >= highest, name


class TestFile:
    """How the file is made."""

    def test_it_is_sound_and_private(self, built: Path, ask: Ask) -> None:
        assert ask("PRAGMA integrity_check") == [("ok",)]
        assert ask("PRAGMA foreign_key_check") == []
        assert ask("PRAGMA journal_mode") == [("wal",)]
        assert {built.stat().st_mode & 0o777, Path(f"{built}.key").stat().st_mode & 0o777} == {0o600}

    def test_it_has_every_index_and_trigger_of_an_empty_database(self, ask: Ask, sqlite_template: Path) -> None:
        names = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1, 2"
        with sqlite3.connect(sqlite_template) as empty:
            assert ask(names) == empty.execute(names).fetchall()

    def test_the_audit_chain_is_whole(self, built: Path) -> None:
        from sage_tui.domain.actors import Actor, Door
        from sage_tui.domain.permissions import Reach
        from sage_tui.domain.units import Role
        from sage_tui.store import audit
        from sage_tui.store.transaction import Tx

        database = Database.open(str(built))
        ring = keys.load(f"{built}.key")
        who = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)
        with database.reading() as connection:
            tx = Tx(connection, True, NOW, who, reach=Reach.EVERYWHERE, audit_key=ring.audit_key())
            reports = audit.verify(tx)
        database.close()
        assert len(reports) > 5
        assert [report for report in reports if report.first_bad is not None] == []

    def test_the_last_sign_in_of_a_person_is_in_the_log(self, ask: Ask) -> None:
        told = ask('SELECT id, last_sign_in_at FROM "user" WHERE last_sign_in_at IS NOT NULL ORDER BY id')
        logged = ask("SELECT user_id, max(at) FROM sign_in WHERE outcome = 'in' GROUP BY user_id ORDER BY user_id")
        assert len(told) > USERS // 3
        assert logged == told

    def test_the_same_numbers_give_the_same_data(self, tmp_path: Path, ask: Ask) -> None:
        again = tmp_path / "again.db"
        demo.build(str(again), USERS, EVENTS, 7, NOW)
        with sqlite3.connect(again) as connection:
            for table in (
                "membership",
                "usage_event",
                "usage_daily",
                "request",
                "allocation_change",
                "purchase",
                "pool",
                "sign_in",
            ):
                assert connection.execute(f'SELECT * FROM "{table}"').fetchall() == ask(f'SELECT * FROM "{table}"'), (
                    table
                )
            people = 'SELECT id, email, name_key, banned, mfa, last_sign_in_at, created_at FROM "user" ORDER BY id'
            assert connection.execute(people).fetchall() == ask(people)

    def test_another_seed_gives_other_people(self, tmp_path: Path, ask: Ask) -> None:
        other = tmp_path / "other.db"
        demo.build(str(other), USERS, 500, 8, NOW)
        with sqlite3.connect(other) as connection:
            people = 'SELECT email FROM "user" ORDER BY id'
            assert connection.execute(people).fetchall() != ask(people)

    @pytest.mark.parametrize(
        "now",
        [Micros(months.month_start(MONTH)), Micros(months.month_start(MONTH + 2) - 1)],
    )
    def test_it_may_be_anchored_anywhere(self, tmp_path: Path, now: Micros) -> None:
        path = tmp_path / "demo.db"
        demo.build(str(path), 60, 400, 1, now)
        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT count(*), max(at) <= ? FROM usage_event", (now,)).fetchone() == (400, 1)

    def test_no_events_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "demo.db"
        demo.build(str(path), 60, 0, 1, NOW)
        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT sum(inference_lifetime) FROM membership").fetchone() == (0,)

    def test_an_existing_file_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "demo.db"
        path.write_text("precious")
        with pytest.raises(Refused):
            demo.build(str(path), 60, 100, 1, NOW)
        assert path.read_text() == "precious"

    def test_too_few_people_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(WrongUse):
            demo.build(str(tmp_path / "demo.db"), 10, 100, 1, NOW)

    def test_a_broken_off_build_leaves_no_database(self, tmp_path: Path) -> None:
        def stop(done: int, total: int, what: str) -> None:
            if done > 200:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            demo.build(str(tmp_path / "demo.db"), 100, 1_000, 1, NOW, stop)
        assert [path.name for path in tmp_path.iterdir()] == ["demo.db.key"]

    def test_progress_grows_to_the_end(self, tmp_path: Path) -> None:
        told: list[tuple[int, int]] = []
        demo.build(str(tmp_path / "demo.db"), 100, 1_000, 1, NOW, lambda done, total, what: told.append((done, total)))
        assert told == sorted(told)
        assert told[-1][0] == told[-1][1] == 1_200


def test_metering_knows_the_demos_calls_again(ask: Ask) -> None:
    """The same call, reported again by the gateway, is known and not charged twice."""
    keys_of = dict(ask("SELECT id, key FROM model"))
    rows = ask(
        "SELECT digest, content, at, user_id, model_id, kind, prompt_tokens, cached_tokens, completion_tokens, status,"
        " external_id FROM usage_event ORDER BY at LIMIT 200"
    )
    recorder = metering.Recorder("litellm")
    for digest, content, at, who, model, kind, prompt, cached, completion, status, external in rows:
        record = UsageRecord(
            1,
            external,
            Micros(at),
            reported(who),
            keys_of[model],
            list(Kind)[kind],
            prompt,
            cached,
            completion,
            STATUSES[status],
        )
        assert (recorder.digest(external), metering._content(record)) == (digest, content)


def test_doctor_finds_nothing_wrong_with_it(built: Path) -> None:
    """The product's own checks agree: totals, counters, memberships, audit, key."""
    from sage_tui.clock import FixedClock
    from sage_tui.domain.actors import HostProof, Origin
    from sage_tui.services import doctor
    from sage_tui.services.context import open_context

    ctx = open_context(str(built), f"{built}.key", HostProof("tester"), Origin(0), clock=FixedClock(NOW))
    checks = list(doctor.doctor(ctx))
    ctx.database.close()
    assert len(checks) > 8
    assert [check for check in checks if not check.ok] == []
