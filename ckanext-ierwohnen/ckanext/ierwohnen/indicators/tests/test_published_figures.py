"""Recomputed from their parts: figures that statistical offices published, for all units.

What differs is listed here one by one, with what is known of the cause in docs/indicators.md.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import standardized
from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.composite import Composite, Part, computed
from ckanext.ierwohnen.indicators.values import Values
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit

CATALOGUE = load_catalogue()
HALF = 0.005 + 1e-5  # published with two decimals, from shares of which five decimals are published


def table(path: Path, delimiter: str) -> list[dict[str, str]]:
    if not path.exists():
        pytest.skip(f"no {path.name} here")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=delimiter)
        return [{str(k).strip(): (v or "").strip() for k, v in row.items()} for row in rows]


def number(text: str) -> float:
    return float(text.replace(".", "").replace(",", ".")) if "," in text else float(text)


def reading(unit: str, period: str, code: str, value: float, level: str = "quarter") -> dict:
    return {"unit": unit, "period": period, "indicator": code, "value": value, "status": "ok", "level": level}


def flat(names: dict[str, str]) -> SpatialSystem:
    """The units right below the city."""
    units = (Unit("city", "0", "Stadt"), *(Unit("quarter", key, name, "0") for key, name in names.items()))
    levels = (Level("city", "Stadt"), Level("quarter", "Raum", parent="city"))
    return SpatialSystem("stadt", "Stadt", date(2021, 1, 1), levels, units)


class TestBerlin:
    """Monitoring Soziale Stadtentwicklung 2021: 542 planning areas, 536 with shares; z-scores and the two indices."""

    @pytest.fixture(scope="class")
    def shares(self, real_data) -> dict[str, pd.DataFrame]:
        folder = real_data / "berlin_lor" / "plr_tesch" / "monitoring_soziale_stadtentwicklung_2021"
        rows = table(folder / "raw" / "mss_2021_index_indikatoren.csv", ",")
        return {
            code: c.column(
                pd.DataFrame(
                    [
                        {
                            "unit": row["PLR_ID"],
                            "period": "2020-12-31",
                            "status": "ok",
                            "value": number(row[code]) if number(row[code]) > -9000 else float("nan"),
                        }
                        for row in rows
                    ]
                )
            )
            for code in ("S1", "S3", "S4", "D1", "D3", "D4")
        }

    @pytest.fixture(scope="class")
    def published(self, real_data) -> pd.DataFrame:
        rows = table(real_data / "berlin_lor" / "mss2021_jascha" / "mss_2021_index-indikatoren_z-werte_plr.csv", ";")
        given = pd.DataFrame(rows).set_index("PLR-ID")
        return given.drop(columns=[name for name in given if name.startswith(("PLR", "EW", "Zuordnung"))]).apply(
            pd.to_numeric, errors="coerce"
        )

    def differences(self, ours: pd.DataFrame, theirs: pd.Series, times: float = 1.0) -> pd.Series:
        return (ours["value"].droplevel(1) * times - theirs).dropna()

    @pytest.mark.parametrize("code", ["S1", "S3", "S4", "D1", "D3", "D4"])
    def test_z_scores(self, shares, published, code):
        made = standardized.z_score(shares[code])
        apart = self.differences(made, published[f"z{code}"])
        assert len(apart) == 536 and apart.abs().max() <= HALF
        without = made[made["value"].isna()]
        assert len(without) == 6 and set(without["rank"]) == {c.RANK["missing"]}

    @pytest.mark.parametrize(("name", "letter"), [("Status", "S"), ("Dynamik", "D")])
    def test_indices(self, shares, published, name, letter):
        parts = {f"{letter}{i}": shares[f"{letter}{i}"] for i in (1, 3, 4)}
        made = computed(parts, Composite(tuple(Part(code) for code in parts)))
        total = next(column for column in published if column.lower() == f"{name}-summe".lower())
        index = next(column for column in published if column.startswith(f"{name}-Index"))
        apart = self.differences(made, published[total], times=3.0)  # a sum of three, ours is their mean
        assert len(apart) == 536 and apart.abs().max() <= HALF
        apart = self.differences(standardized.z_score(made), published[index])
        assert len(apart) == 536 and apart.abs().max() <= HALF


class TestJena:
    """Households by statistical district, 2006 to 2016, with the city's total in the same table."""

    FILES: ClassVar = {
        "households": "hh_priv",
        "households_one_person": "hh_priv_1",
        "households_alone_60_plus": "hh_priv_1_60plus",
    }
    # Persons aged 60 and over who live alone: the published total is higher than the sum of the districts.
    HIGHER: ClassVar = {
        2006: 3,
        2007: 5,
        2008: 1,
        2009: 7,
        2010: 4,
        2011: 7,
        2012: 1,
        2013: 1,
        2014: 1,
        2015: 3,
        2016: 2,
    }

    @pytest.fixture(scope="class")
    def jena(self, real_data) -> tuple[Values, dict[tuple[str, int], float]]:
        readings, totals, names = [], {}, {}
        for code, file in self.FILES.items():
            for row in table(real_data / "jena" / f"{file}.csv", ","):
                key = row["statistischer_Bezirk_Nr"]
                given = {name[6:]: float(value) for name, value in row.items() if name[:5] == "31.12" and value}
                if key == "0":
                    totals |= {(code, int(year)): value for year, value in given.items()}
                    continue
                names[key] = row["statistischer_Bezirk_Name"]
                readings += [reading(key, f"{year}-12-31", code, value) for year, value in given.items()]
        return Values(CATALOGUE, flat(names), pd.DataFrame(readings)), totals

    @pytest.mark.parametrize("code", list(FILES))
    def test_sums_of_the_districts(self, jena, code):
        values, totals = jena
        made = values.at(code, "city")
        apart = {int(row.period[:4]): totals[code, int(row.period[:4])] - row.value for row in made.itertuples()}
        expected = self.HIGHER if code == "households_alone_60_plus" else dict.fromkeys(self.HIGHER, 0)
        assert apart == expected and set(made["how"]) == {"added_up"}

    def test_the_share_of_the_city_is_that_of_the_totals(self, jena):
        values, totals = jena
        made = values.at("share_one_person", "city")
        for row in made.itertuples():
            year = int(row.period[:4])
            assert row.value == pytest.approx(100 * totals["households_one_person", year] / totals["households", year])
        assert len(made) == 11


class TestLeipzig:
    """Inhabitants, area and density of ten city districts and the city, in five years."""

    # Published density, and the one that follows from the published parts.
    APART: ClassVar = {
        ("2003", "Nordost"): (1680, 2098), ("2003", "Südwest"): (22024, 975),
        ("2009", "Nordost"): (1564, 1540), ("2009", "Süd"): (3515, 3499), ("2009", "Nord"): (1561, 1576),
        ("2011", "Mitte"): (3897, 3860), ("2011", "Nordost"): (1581, 1605), ("2011", "Ost"): (1722, 1719),
        ("2011", "Alt-West"): (1866, 1858), ("2011", "Nordwest"): (792, 731), ("2011", "Nord"): (1633, 1606),
    }  # fmt: skip
    CITY = "Stadt Leipzig"
    ROWS: ClassVar = {"Fläche": "area", "Wohnbevölkerung": "population", "Einwohner (pro": "density"}

    @pytest.fixture(scope="class")
    def given(self, real_data) -> dict[tuple[str, str, str], float]:
        path = real_data / "leipzig" / "CSV-Daten" / "Ortsteilkatalog_2004-2012.csv"
        if not path.exists():
            pytest.skip("no tables of Leipzig here")
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file, delimiter="|")
        found: dict[tuple[str, str, str], float] = {}
        year = ""
        for label, *cells in rows:
            year = label[5:9] if label.startswith("Jahr") else year
            code = next((code for start, code in self.ROWS.items() if label.startswith(start)), None)
            if code:
                found |= {(year, name.strip(), code): number(cell) for name, cell in zip(head[1:], cells, strict=True)}
        return found

    def test_density_from_its_parts(self, given):
        names = {name: name for _, name, _ in given if name != self.CITY}
        hectares = {"area": 100.0, "population": 1.0}
        readings = [
            reading(name if name != self.CITY else "0", year, code, value * hectares[code],
                    "quarter" if name != self.CITY else "city")
            for (year, name, code), value in given.items() if code in hectares
        ]  # fmt: skip
        values = Values(CATALOGUE, flat(names), pd.DataFrame(readings))
        apart = {}
        for level in ("quarter", "city"):
            for row in values.at("population_density", level).itertuples():
                name = row.unit if level == "quarter" else self.CITY
                theirs, area = given[row.period, name, "density"], given[row.period, name, "area"]
                ours = 100 * row.value
                if abs(ours - theirs) > 0.5 + ours * 0.05 / (area - 0.05):  # the area comes in tenths of km²
                    apart[row.period, name] = (round(theirs), round(ours))
        assert len({(year, name) for year, name, _ in given}) == 55
        assert apart == self.APART
