import pytest

from engine.clinical import PlanNumbers, Quantity, compare_plans
from engine.errors import ClinicalInputError


def number(key, value, group="g"):
    return Quantity(key=key, group=group, title=key.title(), unit="mL", value=value)


def test_every_plan_is_compared_with_the_first():
    table = compare_plans(
        [
            PlanNumbers(name="a", quantities=(number("liver", 900.0),)),
            PlanNumbers(name="b", quantities=(number("liver", 870.0),)),
            PlanNumbers(name="c", quantities=(number("liver", 930.0),)),
        ]
    )
    assert table.rows[0].values == (900.0, 870.0, 930.0)
    assert table.rows[0].differences == (0.0, -30.0, 30.0)


def test_a_number_that_a_plan_lacks_stays_empty_and_keeps_its_neighbours():
    table = compare_plans(
        [
            PlanNumbers(name="a", quantities=(number("one", 1.0), number("three", 3.0))),
            PlanNumbers(name="b", quantities=(number("one", 1.5), number("two", 2.0), number("three", None))),
        ]
    )
    assert [row.key for row in table.rows] == ["one", "two", "three"]
    assert table.rows[1].values == (None, 2.0)
    assert table.rows[1].differences == (None, None)
    assert table.rows[2].differences == (0.0, None)


def test_two_files_of_one_name_are_told_apart():
    plans = [PlanNumbers(name=name, quantities=()) for name in ("plan", "plan", "other")]
    assert compare_plans(plans).names == ("plan (1)", "plan (2)", "other")


def test_one_plan_alone_is_refused():
    with pytest.raises(ClinicalInputError):
        compare_plans([PlanNumbers(name="a", quantities=())])
