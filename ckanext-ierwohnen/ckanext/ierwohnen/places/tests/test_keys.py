"""Keys stay text; what a spreadsheet did to them is noticed; special rows are told apart."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.places.keys import (
    KeyKind,
    LevelKeys,
    match_keys,
    rank_levels,
)


def level(*keys: str, on: date = date(2021, 1, 1)) -> LevelKeys:
    return LevelKeys("stadt", "quartier", "Stadtteil", on, {key: f"Quartier {key}" for key in keys})


def test_exact_keys_are_units_and_missing_ones_are_named():
    report = match_keys(["011", "012", "012"], level("011", "012", "013"))
    assert report.fits
    assert report.matches["012"].rows == 2
    assert report.missing == ("013",)


def test_lost_leading_zeros_are_restored_and_reported():
    report = match_keys([1100101, "12500929", 1100102.0], level("01100101", "12500929", "01100102"))
    assert report.repaired == {"1100101": "01100101", "1100102": "01100102"}
    assert report.key_of(1100101) == "01100101"


def test_keys_written_as_numbers_are_read_where_they_mean_one_unit():
    report = match_keys(["1.100.101", "11.0", "12.000", "1.5", "0.0"], level("1100101", "11", "12", "12000", "15"))
    assert report.repaired == {"1.100.101": "1100101", "11.0": "11"} and not report.padded
    assert report.unknown == ["12.000", "1.5"]


def test_zeros_are_not_padded_where_key_lengths_differ():
    report = match_keys(["1"], level("01", "111"))
    assert report.unknown == ["1"]


def test_total_and_not_assignable_are_set_aside():
    report = match_keys(["000", "0", "999", "11", ""], level("11", "12"))
    kinds = {value: match.kind for value, match in report.matches.items()}
    assert kinds == {
        "000": KeyKind.TOTAL,
        "0": KeyKind.TOTAL,
        "999": KeyKind.NOT_ASSIGNABLE,
        "11": KeyKind.UNIT,
        "": KeyKind.EMPTY,
    }
    assert report.fits


def test_a_unit_of_nines_is_a_unit():
    assert match_keys(["99"], level("98", "99")).matches["99"].kind is KeyKind.UNIT


def test_the_fitting_boundary_date_comes_first():
    old, new = level("01", "02", on=date(2006, 1, 1)), level("01", "03", on=date(2021, 1, 1))
    ranked = rank_levels(["01", "03"], [old, new])
    assert [report.keys.boundary_date.year for report in ranked] == [2021, 2006]
    assert [report.found for report in ranked] == [2, 1]


@given(st.lists(st.text(alphabet="0123456789", min_size=5, max_size=5), min_size=1, unique=True), st.data())
def test_no_value_is_lost_and_repairs_only_give_known_keys(known, data):
    cells = st.one_of(st.sampled_from(known), st.text(max_size=6), st.none(), st.integers())
    values = data.draw(st.lists(cells))
    report = match_keys(values, level(*known))
    assert sum(match.rows for match in report.matches.values()) == len(values)
    assert all(match.key in report.keys.units for match in report.matches.values() if match.key is not None)
