"""Which kinds of chart a table allows: only what its readings bear out."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.previews.chart_kinds import ChartKind, ages, chart_kinds, divisible, sexes

COLUMNS = ["unit", "level", "period", "value", "status"]


def readings(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


MANY = readings(
    *((f"{unit:02d}", "quarter", year, float(unit), "ok") for unit in range(6) for year in ("2024", "2025"))
)
ONCE = MANY[MANY["period"] == "2025"]


def kinds(here: pd.DataFrame, now: pd.DataFrame, **more) -> list[str]:
    plain = {"earlier": False, "indicators": 1, "splits": [], "pyramid": False}
    return [kind.value for kind in chart_kinds(here, now, **{**plain, **more})]


def test_a_course_comes_first_and_one_date_is_ranked():
    assert kinds(MANY, ONCE, earlier=True) == ["course", "ranking", "change", "multiples"]
    assert kinds(ONCE, ONCE) == ["ranking"]


def test_two_indicators_need_enough_units():
    assert ChartKind.SCATTER in chart_kinds(ONCE, ONCE, earlier=False, indicators=2, splits=[], pyramid=False)
    assert "scatter" not in kinds(ONCE.head(4), ONCE.head(4), indicators=2)


def test_nothing_known_is_no_chart():
    empty = ONCE.assign(value=float("nan"))
    assert kinds(empty, empty, earlier=True, indicators=3) == []


def parts(name: str, cells: dict[str, float], unit: str = "01") -> pd.DataFrame:
    rows = [(unit, "quarter", "2025", value, "ok", text) for text, value in cells.items()]
    return pd.DataFrame(rows, columns=[*COLUMNS, name])


@pytest.mark.parametrize(
    ("name", "cells", "is_whole"),
    [
        ("building_years", {"bis 1918": 1, "1919 bis 1948": 2, "ab 1949": 3}, True),
        ("building_years", {"bis 1918": 1, "1910 bis 1948": 2}, False),  # overlapping
        ("herkunft", {"Deutsche": 8, "mit Migrationshintergrund": 4}, False),  # no list, no total
        ("herkunft", {"insgesamt": 12, "Deutsche": 8, "Sonstige": 4}, True),
        ("herkunft", {"insgesamt": 10, "Deutsche": 8, "mit Migrationshintergrund": 4}, False),
        ("nationality", {"insgesamt": 10, "Deutsche": 8, "Ausländer": 4}, False),  # the table's own total decides
        ("nationality", {"Deutsche": 8, "Ausländer": 4}, True),
        ("art", {"insgesamt": 10, "eins": 10}, False),  # one part is no composition
    ],
)
def test_only_parts_of_one_whole_are_stacked(name, cells, is_whole):
    assert divisible(parts(name, cells), {name: tuple(cells)}) == ([name] if is_whole else [])


def test_one_wrong_sum_is_enough_to_refuse():
    right = parts("art", {"insgesamt": 3, "a": 1, "b": 2})
    wrong = parts("art", {"insgesamt": 4, "a": 1, "b": 2}, unit="02")
    assert divisible(right, {"art": ("insgesamt", "a", "b")}) == ["art"]
    assert divisible(pd.concat([right, wrong]), {"art": ("insgesamt", "a", "b")}) == []


def test_ages_stand_from_young_to_old():
    assert ages(["65 und älter", "insgesamt", "unter 18", "18 bis unter 65"]) == [
        "unter 18", "18 bis unter 65", "65 und älter",
    ]  # fmt: skip
    assert ages(["unter 18", "0 bis 5", "18 bis 64"]) is None
    assert ages(["unter 18", "Altstadt", "ab 65"]) is None


def test_both_sexes_are_needed():
    assert sexes(["insgesamt", "weiblich", "männlich"]) == ("männlich", "weiblich")
    assert sexes(["Frauen", "Männer", "divers"]) == ("Männer", "Frauen")
    assert sexes(["weiblich", "insgesamt"]) is None
