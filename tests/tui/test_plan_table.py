"""A plan's rows as they are drawn."""

import pytest

from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import Outlook
from sage_tui.domain.plans import Field, PlanRow
from sage_tui.domain.units import Kind
from sage_tui.tui.screens.management import distribution_words
from sage_tui.tui.screens.management.plan_table import COLUMNS, Line, detail, draw


def row(field: Field, item: str = "") -> PlanRow:
    return PlanRow(1, "tom@acme.example", field, "pending", "denied", "offboard", item=item)


def test_of_what_hangs_on_a_person_the_field_says_which_one() -> None:
    (field,) = [column for column in COLUMNS if column.key == "field"]
    assert draw(Line(0, row(Field.REQUEST, "12")), field) == ("request 12", "")
    assert draw(Line(0, row(Field.OVERRIDE)), field) == ("override", "")
    assert draw(Line(0, row(Field.VIEW, "\x1b[31mnear")), field)[0].endswith("[31mnear")
    assert "\x1b" not in draw(Line(0, row(Field.VIEW, "\x1b[31mnear")), field)[0]


def test_a_name_that_the_column_cuts_stands_in_the_line_below() -> None:
    named = row(Field.VIEW, "everybody who was near in November")
    assert detail(named, "").startswith("view everybody who was near in November: ")
    assert detail(row(Field.OVERRIDE), "") == detail(named, "").partition(": ")[2]


def test_a_requests_number_is_whole_in_the_narrow_column() -> None:
    column = next(one for one in COLUMNS if one.key == "field")
    for number in ("7", "143", "144", "100143", "1234567"):
        told = draw(Line(0, row(Field.REQUEST, number)), column)[0]
        assert told.endswith(number)
        assert len(told) <= column.width


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("people", [0, 1_204, 999_999])
def test_what_an_action_would_do_is_whole_at_80_columns(action: Action, people: int) -> None:
    kinds = dict.fromkeys(Kind, people)
    outlook = Outlook(action, people, kinds, dict.fromkeys(Kind, 123_400_000), 999_999, 999_999)
    name, said, changes = distribution_words.action(action, outlook, 79)
    assert isinstance(said, str)
    assert "…" not in said
    assert len(f"{name}{said}{changes}") <= 79
