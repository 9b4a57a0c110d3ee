"""A plan's rows as they are drawn."""

from sage_tui.domain.plans import Field, PlanRow
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
