"""Values over levels and time: the declared rule holds, signs travel, nothing is invented."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.values import Values, without_dimensions, without_doubt
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit

CATALOGUE = load_catalogue()
QUARTERS = {"01": "A", "02": "A", "03": "B", "04": "B"}


def system(quarters: dict[str, str] = QUARTERS) -> SpatialSystem:
    """A city of two districts with two quarters each."""
    units = [Unit("city", "0", "Neuwald")]
    units += [Unit("district", d, f"Bezirk {d}", "0") for d in sorted(set(quarters.values()))]
    units += [Unit("quarter", q, f"Stadtteil {q}", d) for q, d in quarters.items()]
    levels = (
        Level("city", "Stadt"),
        Level("district", "Bezirk", parent="city"),
        Level("quarter", "Stadtteil", parent="district"),
    )
    return SpatialSystem("neuwald", "Neuwald", date(2021, 1, 1), levels, tuple(units))


def readings(*rows: tuple) -> pd.DataFrame:
    """Rows of (unit, period, indicator, value or sign); quarters unless a level is named."""
    made = []
    for unit, period, indicator, value, *level in rows:
        number = value if isinstance(value, int | float) else None
        status = "ok" if number is not None else value
        if status in ("nothing", "below_half"):
            number = 0.0
        made.append((unit, level[0] if level else "quarter", "neuwald", period, indicator, number, status))
    columns = ["unit", "level", "system", "period", "indicator", "value", "status"]
    return pd.DataFrame(made, columns=columns).astype({"value": float})


def vacancy(**changed) -> pd.DataFrame:
    """Dwellings and vacant dwellings of four quarters in 2025; `changed` replaces a quarter's vacant ones."""
    empty = {"01": 10, "02": 90, "03": 5, "04": 5} | {k.strip("q"): v for k, v in changed.items()}
    dwellings = {"01": 1000, "02": 100, "03": 100, "04": 100}
    rows = [(q, "2025-12-31", "dwellings", n) for q, n in dwellings.items()]
    return readings(*rows, *[(q, "2025-12-31", "vacant_dwellings", n) for q, n in empty.items()])


def cell(table: pd.DataFrame, unit: str, period: str = "2025-12-31") -> tuple:
    row = table[(table["unit"] == unit) & (table["period"] == period)].iloc[0]
    return (None if pd.isna(row["value"]) else row["value"], row["status"], row["how"])


class TestAddingUp:
    """Each indicator adds up as it declares."""

    def test_a_ratio_comes_from_its_summed_parts_never_as_the_mean_of_ratios(self):
        table = Values(CATALOGUE, system(), vacancy()).at("vacancy_rate", "district")
        value, status, how = cell(table, "A")
        assert value == pytest.approx(100 * 100 / 1100)  # not (1 % + 90 %) / 2
        assert (status, how) == ("ok", "computed")

    def test_a_sum_with_a_secret_cell_is_secret(self):
        values = Values(CATALOGUE, system(), vacancy(q02="secret"))
        assert cell(values.at("vacant_dwellings", "district"), "A")[:2] == (None, "secret")
        assert cell(values.at("vacancy_rate", "district"), "A")[:2] == (None, "secret")
        assert cell(values.at("vacant_dwellings", "district"), "B")[0] == 10
        assert cell(values.at("vacant_dwellings", "city"), "0")[:2] == (None, "secret")

    def test_a_sum_is_only_made_of_all_units(self):
        rows = vacancy()
        rows = rows[~((rows["unit"] == "04") & (rows["indicator"] == "vacant_dwellings"))]
        assert cell(Values(CATALOGUE, system(), rows).at("vacant_dwellings", "district"), "B")[:2] == (None, "missing")

    def test_preliminary_stays_preliminary(self):
        rows = vacancy()
        rows.loc[rows["unit"] == "01", "status"] = "preliminary"
        assert cell(Values(CATALOGUE, system(), rows).at("vacancy_rate", "city"), "0")[1] == "preliminary"

    def test_nothing_and_below_half_count_as_zero(self):
        values = Values(CATALOGUE, system(), vacancy(q03="nothing", q04="nothing"))
        assert cell(values.at("vacant_dwellings", "district"), "B")[:2] == (0, "nothing")
        values = Values(CATALOGUE, system(), vacancy(q03="nothing", q04="below_half"))
        assert cell(values.at("vacant_dwellings", "district"), "B")[:2] == (0, "below_half")
        assert cell(values.at("vacancy_rate", "district"), "B")[:2] == (0, "ok")

    def test_a_weighted_mean_is_weighted(self):
        rows = readings(
            ("01", "2025", "population", 900), ("02", "2025", "population", 100),
            ("01", "2025", "mean_age", 40), ("02", "2025", "mean_age", 60),
        )  # fmt: skip
        assert cell(Values(CATALOGUE, system(), rows).at("mean_age", "district"), "A", "2025")[0] == pytest.approx(42)

    def test_a_median_is_not_shown_on_a_higher_level(self):
        rows = readings(*[(q, "2025", "rent_asking_median", 7.5) for q in QUARTERS])
        values = Values(CATALOGUE, system(), rows)
        assert len(values.at("rent_asking_median", "quarter")) == 4
        assert values.at("rent_asking_median", "district").empty
        assert values.total("rent_asking_median").empty

    def test_what_a_table_says_for_a_level_comes_before_what_is_computed(self):
        stated = readings(("A", "2025-12-31", "vacant_dwellings", 99, "district"))
        table = Values(CATALOGUE, system(), pd.concat([vacancy(), stated])).at("vacant_dwellings", "district")
        assert cell(table, "A") == (99, "ok", "read")
        assert cell(table, "B") == (10, "ok", "added_up")

    def test_moves_between_quarters_cancel_in_the_balance(self):
        rows = readings(
            ("01", "2025", "moves_in", 50), ("02", "2025", "moves_in", 10), ("01", "2025", "moves_out", 20),
            ("02", "2025", "moves_out", 30),
        )  # fmt: skip
        values = Values(CATALOGUE, system(), rows)
        assert cell(values.at("migration_balance", "district"), "A", "2025")[0] == 10
        assert values.at("moves_in", "district").empty

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5000)), min_size=2, max_size=12), st.randoms())
    def test_any_partition_gives_the_same_total(self, pairs, random):
        keys = [f"{i:02d}" for i in range(len(pairs))]
        rows = [(k, "2025", "vacant_dwellings", v) for k, (v, _) in zip(keys, pairs, strict=True)]
        rows += [(k, "2025", "dwellings", n) for k, (_, n) in zip(keys, pairs, strict=True)]
        districts = {k: random.choice("ABC") for k in keys}
        total = Values(CATALOGUE, system(districts), readings(*rows)).total("vacancy_rate")
        expected = 100 * sum(v for v, _ in pairs) / sum(n for _, n in pairs)
        assert total["value"].iloc[0] == pytest.approx(expected)


class TestFormulas:
    """Formulas, periods and changes."""

    def test_a_flow_meets_the_stock_at_the_end_of_its_year(self):
        rows = readings(("01", "2025", "births", 9), ("01", "2025-12-31", "population", 1000))
        assert cell(Values(CATALOGUE, system(), rows).at("birth_rate", "quarter"), "01", "2025")[0] == pytest.approx(9)

    def test_change_against_the_year_before(self):
        rows = readings(("01", "2024-12-31", "population", 1000), ("01", "2025-12-31", "population", 980))
        table = Values(CATALOGUE, system(), rows).at("population_change_1y", "quarter")
        assert len(table) == 1
        assert cell(table, "01")[0] == pytest.approx(-2)

    def test_the_change_of_a_district_comes_from_its_summed_population(self):
        rows = [("01", 1000, 1100), ("02", 100, 50)]
        frames = [(k, "2024-12-31", "population", a) for k, a, _ in rows]
        frames += [(k, "2025-12-31", "population", b) for k, _, b in rows]
        table = Values(CATALOGUE, system(), readings(*frames)).at("population_change_1y", "district")
        assert cell(table, "A")[0] == pytest.approx(100 * 50 / 1100)

    def test_division_by_zero_makes_no_sense(self):
        rows = readings(("01", "2025", "vacant_dwellings", 0), ("01", "2025", "dwellings", 0))
        assert cell(Values(CATALOGUE, system(), rows).at("vacancy_rate", "quarter"), "01", "2025")[:2] == (
            None,
            "blocked",
        )

    def test_the_city_is_what_the_table_states_else_the_sum(self):
        stated = readings(("0", "2025-12-31", "vacant_dwellings", 111, "city"))
        assert (
            Values(CATALOGUE, system(), pd.concat([vacancy(), stated])).total("vacant_dwellings")["value"].iloc[0]
            == 111
        )
        assert Values(CATALOGUE, system(), vacancy()).total("vacant_dwellings")["value"].iloc[0] == 110


class TestDimensions:
    """Tables divided by rooms or age."""

    def test_parts_of_a_sum_are_added_up(self):
        rows = readings(("01", "2025", "dwellings", 40), ("01", "2025", "dwellings", 60))
        rows["rooms"] = ["1", "2 und mehr"]
        assert without_dimensions(rows, CATALOGUE)["value"].tolist() == [100]

    @pytest.mark.parametrize(
        ("dimension", "classes", "value"),
        [
            ("rooms", {"1": 40, "2+": 60, "insgesamt": 101}, 101),
            ("sex", {"m": 40, "w": 60, "zus.": 100}, 100),
            ("sex", {"w": 60}, None),
            ("rooms", {"1": 40, "2": 60}, None),
            ("age_groups", {"0-17": 20, "3-5": 6, "18-64": 50, "65 u. ä.": 30}, None),
            ("monat", {"1": 90, "2": 95}, None),
            ("heizung", {"Gas": 40, "Fernwärme": 60}, 100),
        ],
        ids=["total", "abbreviated", "women-only", "open-end-lacks", "overlap", "months", "unknown-list"],
    )
    def test_a_total_counts_once_and_parts_only_where_they_are_all(self, dimension, classes, value):
        rows = readings(*[("01", "2025", "dwellings", count) for count in classes.values()])
        rows[dimension] = list(classes)
        assert without_dimensions(rows, CATALOGUE)["value"].tolist() == ([] if value is None else [value])

    def test_a_table_that_says_two_figures_of_one_cell_says_none(self):
        rows = readings(("01", "2025", "dwellings", 40), ("01", "2025", "dwellings", 60),
                        ("02", "2025", "dwellings", 7), ("03", "2025", "dwellings", 8),
                        ("03", "2025", "dwellings", 8))  # fmt: skip
        assert without_doubt(rows)["unit"].tolist() == ["02", "03", "03"]

    def test_of_two_dimensions_the_total_of_either_goes_first(self):
        cells = {("0-17", "m"): 10, ("0-17", "w"): 11, ("18-", "m"): 40, ("18-", "w"): 42}
        sums = {("0-17", "insgesamt"): 21, ("18-", "insgesamt"): 82}
        for known, value in ((cells, 103), (cells | sums, 103), (cells | sums | {("alle", "insgesamt"): 103}, 103),
                             (sums | {("alle", "m"): 50, ("alle", "w"): 53}, 103)):  # fmt: skip
            rows = readings(*[("01", "2025", "dwellings", count) for count in known.values()])
            rows["age_groups"], rows["sex"] = zip(*known, strict=True)
            assert without_dimensions(rows, CATALOGUE)["value"].tolist() == [value]

    def test_a_secret_part_keeps_the_whole_secret(self):
        rows = readings(("01", "2025", "dwellings", 40), ("01", "2025", "dwellings", "secret"))
        rows["rooms"] = ["1", "2+"]
        whole = without_dimensions(rows, CATALOGUE)
        assert whole["value"].isna().all() and whole["status"].tolist() == ["secret"]

    def test_parts_of_a_ratio_make_no_whole(self):
        rows = readings(("01", "2025", "vacancy_rate", 4.0))
        rows["rooms"] = ["1"]
        assert without_dimensions(rows, CATALOGUE).empty


class TestWithoutDates:
    """A table without dates has values all the same, and no number for a period."""

    def test_the_period_is_none(self):
        undated = readings(*[(q, None, "dwellings", 100) for q in QUARTERS], ("01", "2025-12-31", "dwellings", 7))
        for table in (Values(CATALOGUE, system(), undated).at("dwellings", "quarter"),
                      Values(CATALOGUE, system(), undated).at("dwellings", "district"),
                      Values(CATALOGUE, system(), undated).total("dwellings")):  # fmt: skip
            assert set(table["period"]) <= {None, "2025-12-31"}
            assert None in set(table["period"])
