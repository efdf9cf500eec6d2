"""A table of parts begins with the whole where its parts make one; else the part is named."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_kinds import divisible, tiles
from ckanext.ierwohnen.previews.shape import ALL, choose
from ckanext.ierwohnen.previews.subject import plain_subject
from ckanext.ierwohnen.previews.sums import with_sums
from ckanext.ierwohnen.previews.unit_table import Names, as_csv

COLUMNS = ["unit", "level", "system", "period", "indicator", "value", "status"]
PEOPLE = plain_subject("people", "Bevölkerung", None, 0, counted=True)


def table(cells: dict[tuple[str, str, str], tuple[float | None, str]], period: str = "2025") -> pd.DataFrame:
    """Readings by unit, age group and sex."""
    rows = [(unit, "quarter", "s", period, "people", value, status, age, sex)
            for (unit, age, sex), (value, status) in cells.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=[*COLUMNS, "age_groups", "sex"])


PARTS = {
    (unit, age, sex): (float(100 * u + 10 * a + s), "ok")
    for u, unit in enumerate(("11", "12"))
    for a, age in enumerate(("0-17", "18-64", "65 und älter"))
    for s, sex in enumerate(("weiblich", "männlich"))
}


def shown(frame: pd.DataFrame, **asked: str) -> dict[str, tuple[float, str]]:
    choice = choose(Ask(dimensions=asked), "people", frame)
    for name, text in choice.dimensions.items():
        frame = frame[frame[name] == text]
    return {row.unit: (row.value, row.status) for row in frame.itertuples()}


def test_the_first_figure_of_a_table_of_parts_is_their_sum():
    frame = with_sums(table(PARTS), {"people"})
    assert choose(Ask(), "people", frame).dimensions == {"age_groups": ALL, "sex": ALL}
    assert shown(frame) == {"11": (63.0, "ok"), "12": (663.0, "ok")}
    assert shown(frame, sex="weiblich") == {"11": (30.0, "ok"), "12": (330.0, "ok")}
    assert shown(frame, sex="weiblich", age_groups="18-64") == {"11": (10.0, "ok"), "12": (110.0, "ok")}


def test_a_sum_with_a_hidden_part_is_hidden_and_a_preliminary_part_stays_so():
    cells = PARTS | {("11", "0-17", "weiblich"): (3.0, "secret"), ("12", "0-17", "weiblich"): (100.0, "preliminary")}
    found = shown(with_sums(table(cells), {"people"}))
    assert found["11"][0] != found["11"][0] and found["11"][1] == "secret"
    assert found["12"] == (663.0, "preliminary")


def test_what_does_not_add_up_is_not_added_up():
    frame = table(PARTS)
    assert len(with_sums(frame, ())) == len(frame)


def test_a_published_total_comes_first_and_nothing_is_added_beside_it():
    both = [(unit, sex) for unit in ("11", "12") for sex in ("weiblich", "männlich")]
    cells = PARTS | {(unit, "insgesamt", sex): (999.0, "ok") for unit, sex in both}
    frame = with_sums(table(cells), {"people"})
    assert choose(Ask(), "people", frame).dimensions == {"age_groups": "insgesamt", "sex": ALL}
    assert shown(frame)["11"] == (1998.0, "ok")


def test_a_date_that_lacks_a_category_has_no_sum():
    older = table({key: cell for key, cell in PARTS.items() if key[1] != "65 und älter"}, "2020")
    frame = with_sums(pd.concat([table(PARTS), older]), {"people"})
    assert set(frame[frame["age_groups"] == ALL]["period"]) == {"2025"}


def test_the_undivided_column_of_a_wide_table_is_its_whole():
    rows = [("11", "quarter", "s", "2025", "people", value, "ok", code) for value, code in ((7.0, "-17"), (9.0, None))]
    frame = with_sums(pd.DataFrame(rows, columns=[*COLUMNS, "age_groups"]), {"people"})
    assert choose(Ask(), "people", frame).dimensions == {"age_groups": ""}


@pytest.mark.parametrize(
    ("name", "texts", "whole"),
    [
        ("age_groups", ["0–4", "5 bis unter 65", "65 und älter"], True),
        ("age_groups", ["65 bis 74", "75 und älter"], False),  # begins too late
        ("age_groups", ["unter 18", "25 und älter"], False),  # a gap
        ("age_groups", ["unter 18", "0 bis 5", "18 und älter"], False),  # overlap
        ("building_years", ["bis 1918", "1919–1948", "1949–1990", "ab 1991"], True),
        ("rooms", ["1–2", "3", "4", "5+"], True),
        ("sex", ["weiblich", "männlich"], True),
        ("nationality", ["Deutsche"], False),
        ("household_type", ["Alleinlebende", "Alleinerziehende"], False),  # couples are missing
        ("herkunft", ["Deutsche", "mit Migrationshintergrund"], False),  # no list says what these are
    ],
)
def test_only_categories_without_gap_and_overlap_are_a_whole(name, texts, whole):
    assert tiles(name, texts) is whole


def test_the_file_says_in_a_column_which_part_it_holds():
    frame = table({("11", "0-17", "weiblich"): (5.0, "ok")})
    text = as_csv(frame, PEOPLE, Names({}, "Stadtteil", "Stadt"), parts={"Alter": "0-17", "Geschlecht": "weiblich"})
    heads, row = text.decode("utf-8-sig").splitlines()
    assert heads.split(";")[3:6] == ["Alter", "Geschlecht", "Bevölkerung"]
    assert row.split(";")[3:6] == ["0-17", "weiblich", "5"]


def test_a_forgotten_category_is_no_total():
    frame = table(PARTS)
    frame.loc[0, "age_groups"] = None
    assert choose(Ask(), "people", with_sums(frame, {"people"})).dimensions["age_groups"] == "0-17"


def test_the_groups_of_a_wide_table_are_parts_of_its_undivided_column():
    cells = {None: 60.0, "-17": 10.0, "18-64": 30.0, "65-": 20.0}
    rows = [("11", "quarter", "s", "2025", "people", value, "ok", code) for code, value in cells.items()]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "age_groups"])
    choice = choose(Ask(), "people", frame)
    assert divisible(frame, choice.categories) == ["age_groups"]
