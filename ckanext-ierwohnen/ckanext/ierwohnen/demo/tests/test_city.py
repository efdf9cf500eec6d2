"""The demonstration city: its figures add up, agree with each other, and come out the same every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from ckanext.ierwohnen.demo import geometry, housing, office_tables, population
from ckanext.ierwohnen.demo import quarters as q


def latest(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["year"] == q.LAST_YEAR].set_index("unit")


class TestFigures:
    def test_the_last_year_is_the_table_of_quarters(self):
        stock, people = latest(housing.housing()), latest(population.population())
        for quarter in q.QUARTERS:
            assert stock.loc[quarter.key, "dwellings"] == quarter.dwellings
            assert stock.loc[quarter.key, "vacant"] == quarter.vacant
            assert people.loc[quarter.key, "people"] == quarter.population

    def test_the_city_has_the_size_that_it_claims(self):
        assert len(q.QUARTERS) == 24
        assert sum(quarter.population for quarter in q.QUARTERS) == 89_614
        assert sum(quarter.dwellings for quarter in q.QUARTERS) == 52_316

    def test_dwellings_change_by_what_is_built_and_demolished(self):
        for _, own in housing.housing().groupby("unit"):
            change = own["dwellings"].diff().iloc[1:]
            assert (change == (own["completed"] - own["demolished"]).iloc[1:]).all()

    def test_people_change_by_births_deaths_and_moves(self):
        moved = population.movements().set_index(["unit", "year"])
        balance = moved["births"] - moved["deaths"] + moved["moved_in"] - moved["moved_out"]
        people = population.population().set_index(["unit", "year"])["people"]
        change = people.groupby("unit").diff().dropna()
        assert (balance.reindex(change.index) == change).all()

    def test_age_groups_add_up_to_all_people(self):
        people = population.population()
        assert (people[list(population.AGE_GROUPS)].sum(axis=1) == people["people"]).all()
        assert (people[list(population.AGE_GROUPS)] >= 0).all().all()

    def test_parts_stay_within_their_whole(self):
        stock = housing.housing()
        assert (stock["vacant_long"] <= stock["vacant"]).all() and (stock["vacant"] < stock["dwellings"]).all()
        special = housing.special_dwellings()
        assert (special[["barrier_reduced", "subsidized"]].max(axis=1) < special["dwellings"]).all()
        matrix = housing.dwellings_by_age_and_rooms()
        assert (matrix["vacant"] <= matrix["dwellings"]).all()
        assert matrix["dwellings"].sum() == 52_316 and matrix["vacant"].sum() == 4_568

    def test_an_analyst_finds_correlations(self):
        stock, people = latest(housing.housing()), latest(population.population())
        rate = stock["vacant"] / stock["dwellings"]
        old = (people["65–74"] + people["75 und älter"]) / people["people"]
        jobless = latest(population.unemployment())
        share = jobless["unemployed"] / jobless["aged_15_64"]
        assert np.corrcoef(rate, stock["rent"])[0, 1] < -0.3
        assert np.corrcoef(rate, share)[0, 1] > 0.7
        assert old["42"] > old["13"] + 0.1

    def test_rounding_keeps_the_total(self):
        assert housing.whole_numbers(np.array([0.4, 0.4, 0.2]), 10).tolist() == [4, 4, 2]
        assert housing.whole_numbers(np.array([1.0, 1.0, 1.0]), 10).sum() == 10
        assert housing.whole_numbers(np.zeros(4), 7).sum() == 7


class TestGeometry:
    def test_every_level_is_free_of_gaps_and_overlaps(self):
        for shapes in (geometry.blocks(), geometry.quarters(), geometry.quarters(2015), geometry.districts()):
            assert shapely.coverage_is_valid(shapes.geometry.values)

    def test_levels_fit_into_each_other(self):
        whole = geometry.city().area.iloc[0]
        for shapes in (geometry.blocks(), geometry.quarters(), geometry.quarters(2015), geometry.districts()):
            assert shapes.area.sum() == pytest.approx(whole, rel=1e-9)

    def test_quarters_are_the_ones_of_the_table(self):
        shapes = geometry.quarters().set_index("key")
        assert set(shapes.index) == set(q.BY_KEY)
        assert (shapes.geom_type == "Polygon").all()
        assert (shapes["district"] == shapes.index.str[0]).all()

    def test_the_former_quarter_went_to_two_neighbours(self):
        former = geometry.quarters(2015).set_index("key").geometry[q.FORMER_KEY]
        now = geometry.quarters().set_index("key").geometry
        shares = [former.intersection(now[key]).area / former.area for key in q.FORMER_HEIRS]
        assert sum(shares) == pytest.approx(1)
        assert shares[0] == pytest.approx(0.62, abs=0.04)

    def test_the_river_runs_through_the_city(self):
        city = geometry.city().geometry.iloc[0]
        assert geometry.river().length > 8_000 and city.buffer(1).contains(geometry.river())


class TestOfficeTables:
    def test_tables_are_the_same_every_time(self):
        assert office_tables.vacancy().content == office_tables.vacancy().content

    def test_each_table_has_the_dirt_of_its_software(self):
        assert "Leerst. in %;Bem.\r\n" in office_tables.vacancy().content.decode("cp1252")
        assert office_tables.asking_rents().content.startswith(b"\xef\xbb\xbf")
        assert office_tables.moves_and_births().content.startswith(b"\xff\xfe")
        assert ",-," in office_tables.building().content.decode("utf-8")
        assert "\r\n;;bis 1918;" in office_tables.dwelling_stock().content.decode("latin-1")

    def test_protected_quarters_show_no_vacancy(self):
        lines = office_tables.vacancy().content.decode("cp1252").splitlines()
        for key in office_tables.SECRET | office_tables.SECRET_TO_PROTECT:
            own = [line.split(";") for line in lines if line.startswith(f"{key};")]
            assert own and all(line[4:7] == [".", ".", "."] for line in own)
