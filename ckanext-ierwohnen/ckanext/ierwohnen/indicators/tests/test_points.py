"""A year that one table writes as a year and another one as a date is one point; quarters and months are their own."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import over_time
from ckanext.ierwohnen.indicators.points import dates_of_years, earlier_points, one_point_a_year, same_point
from ckanext.ierwohnen.indicators.tests.test_values import CATALOGUE, readings, system
from ckanext.ierwohnen.indicators.trace import Tracer
from ckanext.ierwohnen.indicators.values import Values

YEARS = ["2024", "2025"]


@pytest.mark.parametrize(
    ("tables", "meant"),
    [
        ([YEARS, ["2025-12-31"]], {"2025": "2025-12-31"}),
        ([YEARS, ["2024-12-31", "2025-12-31"]], {"2024": "2024-12-31", "2025": "2025-12-31"}),
        ([YEARS, ["2025-06-30"], ["2025-12-31"]], {"2025": "2025-12-31"}),
        ([YEARS, ["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"]], {}),
        ([YEARS, ["2024-03-31", "2024-06-30", "2025-03-31"]], {}),
        ([YEARS, ["2025-01", "2025-Q1"]], {}),
        ([["2025-06-30", "2025-12-31"]], {}),
        ([YEARS], {}),
    ],
)
def test_a_bare_year_means_the_date_of_a_yearly_table(tables, meant):
    assert dates_of_years(tables) == meant


def test_the_point_before_is_found_however_it_is_written():
    assert earlier_points(["2024", "2025-12-31"], 1) == {"2025-12-31": "2024"}
    assert earlier_points(["2018-12-31", "2019"], 1) == {"2019": "2018-12-31"}
    assert earlier_points(["2024-06-30", "2024-12-31", "2025", "2025-03"], 1) == {}
    assert same_point("2019", ["2019-12-31"]) == "2019-12-31" and same_point("2019-12-31", ["2019"]) == "2019"
    assert same_point("2019", ["2019-06-30", "2019-12-31"]) == "2019"


def two_tables() -> pd.DataFrame:
    """Dwellings of the quarters: first by year, then by date; the first counts."""
    quarters = ("01", "02", "03", "04")
    by_year = readings(*[(q, year, "dwellings", n) for q in quarters for year, n in (("2024", 100), ("2025", 110))])
    by_date = readings(*[(q, f"{y}-12-31", "dwellings", 7) for q in quarters for y in (2023, 2025)])
    return pd.concat([by_year.assign(resource_id="a"), by_date.assign(resource_id="b")], ignore_index=True)


def test_a_year_stands_once_and_the_first_table_counts():
    made = Values(CATALOGUE, system(), one_point_a_year(two_tables()))
    table = made.at("dwellings", "quarter")
    assert table["period"].unique().tolist() == ["2023-12-31", "2024", "2025-12-31"]
    assert set(table.loc[table["period"] == "2025-12-31", "value"]) == {110.0}
    assert made.at("dwellings", "district")["period"].tolist() == ["2023-12-31"] * 2 + ["2024"] * 2 + ["2025-12-31"] * 2


def test_change_and_index_find_the_year_before():
    figures = Values(CATALOGUE, system(), one_point_a_year(two_tables())).column("dwellings", "quarter")
    change = over_time.difference(figures, 1)
    assert change.loc[("01", "2025-12-31"), "value"] == 10 and change.loc[("01", "2024"), "value"] == 93
    assert c.change(figures, 2).loc[("01", "2025-12-31"), "value"] == pytest.approx(100 * 103 / 7)
    assert over_time.index_to(figures, 2024).loc[("01", "2025-12-31"), "value"] == pytest.approx(110)


def test_what_is_computed_and_what_is_read_are_one_point():
    stated = readings(("01", "2025", "vacancy_rate", 4.0), ("02", "2025", "vacancy_rate", 5.0))
    parts = readings(*[(q, "2025-12-31", code, n) for q in ("01", "02", "03", "04")
                       for code, n in (("dwellings", 100), ("vacant_dwellings", 8))])  # fmt: skip
    table = Values(CATALOGUE, system(), pd.concat([stated, parts])).at("vacancy_rate", "quarter")
    assert table["period"].unique().tolist() == ["2025"] and table["value"].tolist() == [4.0, 5.0, 8.0, 8.0]


def test_the_way_names_the_other_table_s_cell_with_its_own_date():
    rows = two_tables()
    cells = one_point_a_year(rows.assign(stated=rows["period"], row=range(len(rows)), column="w"))
    way = Tracer(Values(CATALOGUE, system(), one_point_a_year(rows)), cells).way(
        "dwellings", "quarter", "01", "2025-12-31"
    )
    assert [(one.resource_id, one.period, one.value) for one in way.cells] == [("a", "2025", 110.0)]
    assert [(one.resource_id, one.period, one.value) for one in way.others] == [("b", "2025-12-31", 7.0)]
