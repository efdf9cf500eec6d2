"""Indicators that are a class of another one are read from its tables by classes, where these make it up exactly."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import pytest

from ckanext.ierwohnen.indicators.lacking import divided_otherwise, lacking
from ckanext.ierwohnen.indicators.part import Part, fed, with_parts
from ckanext.ierwohnen.indicators.tests.test_values import CATALOGUE, readings
from ckanext.ierwohnen.indicators.values import without_dimensions

PLAIN = ["unit", "level", "system", "period", "indicator", "value", "status", "resource_id"]
FIVE_YEARS = [f"{first}-{first + 4}" for first in range(0, 90, 5)]
AGES = [*FIVE_YEARS, "90-"]


class Table(NamedTuple):
    """What is known of a table."""

    package_title: str
    indicators: tuple[str, ...]
    divided: tuple[tuple[str, str, tuple[str, ...]], ...]


@pytest.mark.parametrize(
    ("first", "last", "known", "wanted"),
    [
        (None, 17, ["-17", "18-24", "25-"], ("-17",)),
        (None, 17, ["0-5", "6-17", "18-"], ("0-5", "6-17")),
        (None, 17, AGES, None),
        (None, 17, ["-14", "15-17", "-17", "18-"], ("-17",)),
        (75, None, AGES, ("75-79", "80-84", "85-89", "90-")),
        (75, None, ["75-99"], None),
        (15, 64, ["-14", "15-39", "41-64"], None),
        (15, 64, ["15-40", "40-64"], None),
        (18, 24, [str(year) for year in range(30)], tuple(str(year) for year in range(18, 25))),
        (65, 74, ["total", "65-74"], ("65-74",)),
    ],
)
def test_classes_make_up_a_range_exactly_or_not_at_all(first, last, known, wanted):
    assert Part("population", "age_groups", first, last).classes(known) == wanted


def test_a_table_feeds_what_its_classes_give():
    divided = [("population", "age_groups", tuple(AGES)), ("dwellings", "rooms", ("1-2", "3", "4", "5-")),
               ("dwellings", "building_years", ("-1918", "1919-1948"))]  # fmt: skip
    given = set(fed(divided, CATALOGUE.divisions))
    assert {"working_age_population", "age_65_74", "age_75_plus", "age_under_15", "age_15_49"} <= given
    assert {"dwellings_1_2_rooms", "dwellings_3_rooms", "dwellings_5_rooms", "dwellings_built_before_1919"} <= given
    assert not {"age_under_18", "age_18_24", "dwellings_built_1919_1949", "households_one_person"} & given


def test_a_class_may_stand_in_either_of_two_code_lists():
    assert fed([("households", "household_type", ("single",))], CATALOGUE.divisions) == ["households_one_person"]
    rows = readings(("01", "2025", "households", 100), ("01", "2025", "households", 40)).assign(
        resource_id="r", household_type=[None, "single"]
    )
    assert values(rows, "households_one_person") == {"01": (40.0, "ok")}
    assert values(rows, "households") == {"01": (100.0, "ok")}


def by_age_and_sex(**changed: float | str) -> pd.DataFrame:
    """Ten people in each class of five years and sex in two quarters; `f70` changes the women from 70 to 74 of 01."""
    cells = [(unit, sex, first) for unit in ("01", "02") for sex in "fm" for first in range(0, 95, 5)]
    rows = readings(*[
        (unit, "2025", "population", changed.get(f"{sex}{first}", 10) if unit == "01" else 10)
        for unit, sex, first in cells
    ])  # fmt: skip
    ages = [f"{first}-{first + 4}" if first < 90 else "90 u. ä." for _, _, first in cells]
    return rows.assign(resource_id="r", age_groups=ages, sex=[sex for _, sex, _ in cells])


def values(rows: pd.DataFrame, code: str) -> dict[str, tuple]:
    found = without_dimensions(with_parts(rows, CATALOGUE.divisions, PLAIN), CATALOGUE)
    own = found[found["indicator"] == code]
    return {u: (None if pd.isna(v) else v, s) for u, v, s in zip(own["unit"], own["value"], own["status"], strict=True)}


def test_the_classes_are_added_up_over_the_other_dimension():
    rows = by_age_and_sex()
    assert values(rows, "age_65_74") == {"01": (40.0, "ok"), "02": (40.0, "ok")}
    assert values(rows, "working_age_population") == {"01": (200.0, "ok"), "02": (200.0, "ok")}
    assert values(rows, "population")["01"] == (380.0, "ok")
    assert values(rows, "age_under_18") == {}


def test_a_sign_or_a_missing_class_leaves_no_number():
    assert values(by_age_and_sex(f70="secret"), "age_65_74") == {"01": (None, "secret"), "02": (40.0, "ok")}
    rows = by_age_and_sex()
    lacking = rows[~((rows["unit"] == "02") & (rows["age_groups"] == "70-74"))]
    assert values(lacking, "age_65_74") == {"01": (40.0, "ok"), "02": (None, "missing")}


def test_totals_of_the_other_dimension_are_not_counted_twice():
    rows = by_age_and_sex()
    totals = rows.groupby(["unit", "age_groups"], as_index=False).first().assign(value=20.0, sex="insgesamt")
    assert values(pd.concat([rows, totals], ignore_index=True), "age_65_74")["01"] == (40.0, "ok")

def test_what_no_table_tells_is_named_and_classes_that_do_not_fit():
    share, dwellings = CATALOGUE.find("share_under_18"), CATALOGUE.find("dwellings")
    assert [one.code for one in lacking(share, {"population"}, CATALOGUE)] == ["age_under_18"]
    assert lacking(dwellings, {"dwellings"}, CATALOGUE) == []
    table = Table("Alter", ("population", "age_65_74"), (("population", "age_groups", tuple(AGES)),))
    assert divided_otherwise(CATALOGUE.find("age_under_18"), [table]) == ["Alter"]
    assert divided_otherwise(CATALOGUE.find("age_65_74"), [table]) == []
