"""The filter grammar: read, written back equal, refused at the right column, completed, matched in memory."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.errors import QueryError
from sage_tui.domain.queries import Compare, Edge, Flag, Has, Measure, Number, Op, Query, Range, Term, Word, write
from sage_tui.domain.queries_complete import completion
from sage_tui.domain.queries_fields import ACTIVITY, AUDIT, USERS, Takes, sort_names
from sage_tui.domain.queries_match import matches
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.units import MAX_TOKENS, Role
from sage_tui.domain.users import Balance, UserRow

TEXT = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
    .map(lambda s: unicodedata.normalize("NFC", s))
    .filter(lambda s: all(unicodedata.category(c) not in ("Cc", "Cs") for c in s))
)
EDGES = st.builds(Edge, st.integers(0, 2_900_000)) | st.builds(Edge, st.integers(0, 9_999), st.just(True))


def terms() -> st.SearchStrategy[Term]:
    """Any term of the users' fields."""
    names = {takes: [f.name for f in USERS.values() if f.takes is takes] for takes in Takes}
    flip = st.booleans()
    return st.one_of(
        st.builds(Word, TEXT, flip),
        st.builds(Has, st.sampled_from(names[Takes.TEXT]), TEXT, flip, flip),
        st.builds(Has, st.just("type"), st.sampled_from(USERS["type"].values), st.just(True), flip),
        st.builds(Flag, st.sampled_from(names[Takes.FLAG]), flip, flip),
        st.builds(Number, st.just("id"), st.integers(0, MAX_TOKENS), flip),
        st.builds(Range, st.just("created"), EDGES, EDGES | st.none(), flip),
        st.builds(Range, st.just("created"), st.none(), EDGES, flip),
        st.builds(
            Compare, st.sampled_from(["used", "emb.used"]), st.sampled_from(Op), st.integers(0, 9_999_999),
            st.just(Measure.PER_MILLE), flip,
        ),
        st.builds(
            Compare, st.sampled_from(["used", "max", "emb.max"]), st.sampled_from(Op), st.integers(0, MAX_TOKENS),
            st.just(Measure.TOKENS), flip,
        ),
        st.builds(Compare, st.just("idle"), st.sampled_from(Op), st.integers(0, 999_999), st.just(Measure.DAYS), flip),
    )  # fmt: skip


QUERIES = st.lists(terms(), max_size=6).map(lambda some: Query(tuple(some)))


@given(QUERIES)
def test_what_is_written_is_read_back_equal(query: Query) -> None:
    assert parse(write(query), USERS) == query


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_a_filter_or_is_refused_at_a_column(text: str) -> None:
    refused: QueryError | None = None
    try:
        query = parse(text, USERS)
    except QueryError as error:
        refused = error
    if refused is None:
        assert parse(write(query), USERS) == query
    else:
        assert 0 <= refused.column <= len(text)
        assert refused.why


def test_the_example_of_the_specification() -> None:
    query = parse('used>90% stopped:yes idle>7d max<1M paid:yes dept:research org:acme text -"two words"', USERS)
    assert query.terms == (
        Compare("used", Op.MORE, 900, Measure.PER_MILLE),
        Flag("stopped", True),
        Compare("idle", Op.MORE, 7, Measure.DAYS),
        Compare("max", Op.LESS, 1_000_000, Measure.TOKENS),
        Flag("paid", True),
        Has("dept", "research"),
        Has("org", "acme"),
        Word("text"),
        Word("two words", negated=True),
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("USED>=99.5%", Compare("used", Op.AT_LEAST, 995, Measure.PER_MILLE)),
        ("emb.max=0", Compare("emb.max", Op.EQUAL, 0, Measure.TOKENS)),
        ("-paid:no", Flag("paid", False, negated=True)),
        ("type:admin", Has("type", "admin", exact=True)),
        ('dept=""', Has("dept", "", exact=True)),
        ('name:"van den"', Has("name", "van den")),
        (r'"a \"b\" \\c"', Word(r'a "b" \c')),
        ('"-x"', Word("-x")),
        ("=cmd|'/c", Word("=cmd|'/c")),
        ("id:42", Number("id", 42)),
        ("created:2026-11", Range("created", Edge(20_758), Edge(20_787))),
        ("created:..yesterday", Range("created", None, Edge(1, ago=True))),
        ("created:7d", Range("created", Edge(7, ago=True), Edge(0, ago=True))),
        ("created:2026-11-01..2026-11-07", Range("created", Edge(20_758), Edge(20_764))),
    ],
)
def test_terms(text: str, term: Term) -> None:
    assert parse(text, USERS).terms == (term,)


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("paid:yes foo:bar", 9, "no field foo"),
        ("-foo:bar", 1, "no field foo"),
        ("used>many", 5, "not a number of tokens"),
        ("used>90.55%", 5, "one decimal"),
        ("used:90%", 4, "compared"),
        ("max<٣", 4, "not a number"),
        ("paid:maybe", 5, "neither yes nor no"),
        ("used>", 5, "used> needs a number"),
        ("paid:", 5, "paid: needs yes or no"),
        ("paid>yes", 4, "cannot be compared"),
        ("type:boss", 5, "none of user, admin"),
        ("idle>7", 5, "number of days"),
        ("id:x", 3, "whole number"),
        ("created:..", 8, "not a day"),
        ("created:2026-02-30", 8, "does not exist"),
        ('bo "open', 3, "never closed"),
        ('"a"b', 3, "a space must follow"),
        ("bo -", 4, "must follow the -"),
        ('""', 0, "nothing stands"),
        ("dept:", 5, "dept: needs a word to look for"),
        ("a\x1bb", 1, "control"),
        ("lasts<7", 6, "number of days"),
        ("x" * 1_001, 1_000, "at most 1000"),
    ],
)
def test_errors_point_at_the_column_where_it_stops_making_sense(text: str, column: int, why: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text, USERS)
    assert (refused.value.column, refused.value.exit_code) == (column, 2)
    assert why in refused.value.message


def test_every_example_is_a_filter_and_every_field_is_explained() -> None:
    for fields in (USERS, ACTIVITY, AUDIT):
        for field in fields.values():
            query = parse(field.example, fields)
            assert query.terms[0].field == field.name  # type: ignore[union-attr]
            assert parse(write(query), fields) == query
            assert field.meaning
    assert sort_names(USERS)["used"] == "inference_used"


def test_completion_of_names_and_values() -> None:
    def offered(text: str) -> list[str]:
        return [one.applied(text) for one in completion(text, len(text), USERS)]

    assert offered("pa") == ["paid:"]
    assert offered("dept:research -sto") == ["dept:research -stopped:"]
    assert offered("paid:") == ["paid:yes", "paid:no"]
    assert offered("type:a") == ["type:admin"]
    assert offered("used>") == ["used>90%"]
    assert offered("nothing:") == []
    assert offered('name:"a b" ema') == ['name:"a b" email:']
    assert len(offered("")) == len(USERS)
    assert completion("us paid:yes", 2, USERS)[0].applied("us paid:yes") == "used> paid:yes"


TODAY = 20_780
ROW = UserRow(
    id=42, email="Ada@Acme.example", first_name="Ada", last_name="van den Berg", organization_id=1, organization="Acme",
    department="Research", company="Acme Ltd", type=Role.ADMIN, plan="team", paid=True, banned=False, stopped=False,
    verified=True, mfa=False, cac=False, inference=Balance(1_000, 909, 5, 2_000), embedding=Balance(None, 0, 0, 0),
    last_sign_in_at=None, created_at=datetime(2026, 11, 1, 23, 59, 59, 999_999, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ADA", '"van den"', "acme.example", "used>90%", "used<910", "used=909", "max>=1K", "emb.used=0",
     "paid:yes", "-paid:no", "mfa:no", "unset:no", "stopped:no", "type:admin", "org:acm", "org=ACME", "dept:search",
     "name:den", "company:ltd", "plan=team", "id:42", "created:2026-11-01", "created:2026-11", "-created:2026-11-02..",
     "-emb.max<1M", "idle<21d", "ada paid:yes used>90%"],
)  # fmt: skip
def test_filters_that_find_the_row(text: str) -> None:
    assert matches(parse(text, USERS), ROW, TODAY, last_used=TODAY - 20)


@pytest.mark.parametrize(
    "text",
    ["bo", "-ada", "used>91%", "max<1K", "emb.max<1M", "emb.used>0%", "paid:no", "type:user", "org=acm", "id:4",
     "created:2026-11-02", "created:..2026-10-31", "idle>20d", "dept:research paid:no"],
)  # fmt: skip
def test_filters_that_do_not(text: str) -> None:
    assert not matches(parse(text, USERS), ROW, TODAY, last_used=TODAY - 20)


def test_who_never_used_anything_is_idle_since_they_were_added() -> None:
    assert matches(parse("idle=22d", USERS), ROW, 20_780, last_used=None)


@given(terms())
def test_a_negated_term_is_the_opposite(term: Term) -> None:
    opposite = replace(term, negated=not term.negated)
    assert matches(Query((term,)), ROW, TODAY) is not matches(Query((opposite,)), ROW, TODAY)
