"""Sums survive every crosswalk; what cannot go over is refused with the reason; quality says how much was split."""

from __future__ import annotations

import csv
from math import fsum

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.places.boundaries import Boundaries, load_boundaries
from ckanext.ierwohnen.places.carrying import carry_mean, carry_ratio, carry_sum, carry_unchanged
from ckanext.ierwohnen.places.crosswalk import Basis, Crosswalk, Share, crosswalk_from_table
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.overlay import crosswalk_by_area
from ckanext.ierwohnen.places.tests import towns

# Schachthalden (26) was dissolved: 62 % went to 45, 38 % to 43. 45 and 43 stayed, 11 is unchanged.
TABLE = [("26", "45", 0.62), ("26", "43", 0.38), ("45", "45", None), ("43", "43", 1.0), ("11", "11", 1.0)]
OLD, NEW = {"26", "45", "43", "11"}, {"45", "43", "11"}


@pytest.fixture
def table() -> Crosswalk:
    return crosswalk_from_table(TABLE, OLD, NEW)


def codes(rows, old=OLD, new=NEW) -> set[str]:
    with pytest.raises(BoundaryError) as refused:
        crosswalk_from_table(rows, old, new)
    return {finding.code for finding in refused.value.findings}


def test_counts_go_over_by_share(table):
    carried = carry_sum({"26": 100.0, "45": 1000.0, "43": 500.0, "11": 7.0}, table)
    assert carried.values == {"45": pytest.approx(1062), "43": pytest.approx(538), "11": 7.0}
    assert carried.split_share["45"] == pytest.approx(62 / 1062)
    assert carried.split_share["11"] == 0


def test_a_missing_part_leaves_the_sum_open_and_says_so(table):
    carried = carry_sum({"26": None, "45": 1000.0, "43": 500.0, "11": 7.0}, table)
    assert carried.values == {"45": None, "43": None, "11": 7.0}
    assert [finding.code for finding in carried.findings] == ["carry_missing"]


def test_a_value_of_an_unknown_unit_is_told(table):
    carried = carry_sum({"26": 1.0, "45": 1.0, "43": 1.0, "11": 1.0, "99": 5.0}, table)
    assert "99" in carried.findings[0].text("de")


def test_ratios_go_over_as_their_parts_not_as_their_mean(table):
    vacant = {"26": 50.0, "45": 10.0, "43": 10.0, "11": 1.0}
    dwellings = {"26": 100.0, "45": 1000.0, "43": 500.0, "11": 10.0}
    carried = carry_ratio(vacant, dwellings, table, factor=100)
    assert carried.values["45"] == pytest.approx(100 * (10 + 31) / 1062)
    assert carried.values["11"] == pytest.approx(10)


def test_means_are_weighted_and_a_unit_without_weight_does_not_matter(table):
    ages = {"26": None, "45": 40.0, "43": 50.0, "11": 60.0}
    people = {"26": 0.0, "45": 10.0, "43": 10.0, "11": 1.0}
    assert carry_mean(ages, people, table).values == {"45": 40.0, "43": 50.0, "11": 60.0}


def test_a_ratio_without_anything_below_has_no_value(table):
    nothing = dict.fromkeys(OLD, 0.0)
    assert carry_ratio(nothing, nothing, table).values == {"45": None, "43": None, "11": None}


def test_a_median_stays_only_where_nothing_changed(table):
    carried = carry_unchanged({"26": 5.1, "45": 6.0, "43": 7.0, "11": 8.0}, table)
    assert carried.values == {"45": None, "43": None, "11": 8.0}
    assert "43, 45" in carried.findings[0].text("de")


def test_quality_says_how_much_was_split(table):
    quality = table.quality({"26": 100.0, "45": 1000.0, "43": 500.0, "11": 400.0})
    assert (quality.units, quality.moved_whole, quality.split) == (4, 3, 1)
    assert quality.split_share == pytest.approx(0.05)


@pytest.mark.parametrize(("rows", "code"), [
    ([*TABLE, ("27", "45", 1.0)], "crosswalk_source_unknown"),
    ([*TABLE[:-1], ("11", "12", 1.0)], "crosswalk_target_unknown"),
    (TABLE[:-1], "crosswalk_source_missing"),
    ([*TABLE, ("11", "11", 1.0)], "crosswalk_pair_twice"),
    ([*TABLE[:-1], ("11", "11", 0.0)], "crosswalk_share"),
    ([*TABLE[:-1], ("11", "11", -1.0)], "crosswalk_share"),
    ([*TABLE[:-1], ("11", "11", 0.9)], "crosswalk_sum"),
])  # fmt: skip
def test_a_wrong_table_is_refused(rows, code):
    assert code in codes(rows)


def test_rounded_shares_are_evened_out():
    rows = [("a", "x", 0.33), ("a", "y", 0.33), ("a", "z", 0.33)]
    made = crosswalk_from_table(rows, {"a"}, {"x", "y", "z"})
    assert fsum(share.share for share in made.shares) == pytest.approx(1, abs=1e-15)


def _relative(a: float, b: float) -> float:
    return abs(a - b) / max(1.0, abs(b))


@given(st.data())
def test_sums_survive_there_and_back(data):
    """Whatever the shares: the total of all units is the same after going over, and after coming back."""
    old = [f"o{n}" for n in range(data.draw(st.integers(1, 8)))]
    new = [f"n{n}" for n in range(data.draw(st.integers(1, 8)))]

    def draw(sources, targets):
        rows = []
        for source in sources:
            chosen = data.draw(st.lists(st.sampled_from(targets), min_size=1, unique=True))
            raw = [data.draw(st.floats(0.01, 1)) for _ in chosen]
            rows += [(source, target, part / sum(raw)) for target, part in zip(chosen, raw, strict=True)]
        return crosswalk_from_table(rows, set(sources), set(targets))

    values = {key: data.draw(st.floats(0, 1e7)) for key in old}
    there = carry_sum(values, draw(old, new))
    received = {key: value for key, value in there.values.items() if value is not None}
    back = carry_sum(received, draw(sorted(received), old))
    total = fsum(values.values())
    assert _relative(fsum(received.values()), total) < 1e-9
    assert _relative(fsum(value for value in back.values.values() if value is not None), total) < 1e-9


def test_by_area_splits_where_the_border_moved():
    old = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], dtype=object)
    new = np.array([shapely.box(0, 0, 60, 100), shapely.box(60, 0, 200, 100)], dtype=object)
    made = crosswalk_by_area(["1", "2"], old, ["A", "B"], new)
    assert made.basis is Basis.AREA
    assert made.shares == (Share("1", "A", 0.6), Share("1", "B", 0.4), Share("2", "B", 1.0))


def test_weights_count_where_people_live_not_how_large_the_field_is():
    old = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], dtype=object)
    new = np.array([shapely.box(0, 0, 60, 100), shapely.box(60, 0, 200, 100)], dtype=object)
    points, weights = shapely.points([[10, 10], [80, 50]]), np.array([9.0, 1.0])
    made = crosswalk_by_area(["1", "2"], old, ["A", "B"], new, points, weights)
    assert made.shares == (Share("1", "A", 0.9), Share("1", "B", 0.1), Share("2", "B", 1.0))
    assert [finding.code for finding in made.findings] == ["crosswalk_by_area_only"]


def test_slivers_of_drawing_do_not_count_as_split():
    quarters = towns.quarters()
    keys = [str(n) for n in range(len(quarters))]
    moved = np.array([shapely.affinity.translate(shape, 1.5, -1.0) for shape in quarters], dtype=object)
    made = crosswalk_by_area(keys, quarters, keys, moved)
    assert made.quality().split == 0
    assert all(share.source == share.target for share in made.shares)


def test_a_unit_outside_the_new_system_is_refused():
    old = np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)], dtype=object)
    with pytest.raises(BoundaryError) as refused:
        crosswalk_by_area(["1", "2"], old, ["A"], np.array([shapely.box(0, 0, 2, 2)], dtype=object))
    assert "2" in refused.value.findings[0].text("de")


BERLIN = "boundary_date: 2021-01-01\nlevels: [{code: plr, title: Planungsraum, key: KEY, name: NAME}]"
BERLIN_OLD = BERLIN.replace("KEY", "broker Dow").replace("NAME", "PLANUNGSRA")
BERLIN_NEW = BERLIN.replace("KEY", "PLR_ID").replace("NAME", "PLR_NAME")


def berlin(real_data, folder, file, yaml) -> Boundaries:
    path = real_data / "berlin_lor" / "derived" / f"lor_plr_{file}_wgs84_simpl3m.geojson"
    (folder / file).mkdir()
    return load_boundaries("berlin", parse_description(yaml, "Berlin"), [(path.name, path)], folder / file)


def test_two_streets_of_one_name_and_one_key_are_noticed(real_data, tmp_path):
    """The file gives both planning areas called Schloßstraße the key of one: refused, or merged under protest."""
    with pytest.raises(BoundaryError) as refused:
        berlin(real_data, tmp_path, "pre2021", BERLIN_OLD)
    assert "06010102 (2×)" in refused.value.findings[0].text("de")
    (tmp_path / "merged").mkdir()
    loaded = berlin(real_data, tmp_path / "merged", "pre2021", BERLIN_OLD.replace("}]", ", merge: true}]"))
    told = {finding.code: finding.text("de") for finding in loaded.findings}
    assert "06010102 Schloßstraße" in told["parts_apart"]


def test_berlin_before_and_from_2021(real_data, tmp_path):
    """447 planning areas became 542; sums are kept to nine digits there and back."""
    old = berlin(real_data, tmp_path, "pre2021", BERLIN_OLD.replace("}]", ", merge: true}]")).levels[0]
    new = berlin(real_data, tmp_path, "2021", BERLIN_NEW).levels[0]
    there = crosswalk_by_area(old.keys, old.shapes, new.keys, new.shapes)
    back = crosswalk_by_area(new.keys, new.shapes, old.keys, old.shapes)
    assert set(there.by_source) == set(old.keys)
    assert set(there.by_target) == set(new.keys)
    values = {key: float(3000 + 17 * number) for number, key in enumerate(old.keys)}
    carried = carry_sum(values, there)
    returned = carry_sum(carried.values, back)
    total = fsum(values.values())
    assert _relative(fsum(carried.values.values()), total) < 1e-9
    assert _relative(fsum(returned.values.values()), total) < 1e-9
    quality = there.quality(values)
    assert (quality.units, quality.moved_whole) == (447, 339)
    assert quality.split_share == pytest.approx(0.235, abs=0.01)


JENA = """
boundary_date: 2015-12-31
levels:
  - {code: ortsteil, title: Ortsteil, file: ortsteile.geojson, key: gid, name: name}
  - {code: statbez, title: Statistischer Bezirk, file: statbez.geojson, key: gid, name: statbez_name, parent: none}
"""


def test_jena_between_its_two_systems(real_data, tmp_path):
    """41 statistical districts and 30 quarters of one city, drawn apart: households keep their sum there and back."""
    files = [(name, real_data / "jena" / name) for name in ("ortsteile.geojson", "statbez.geojson")]
    quarters, districts = load_boundaries("jena", parse_description(JENA, "Jena"), files, tmp_path).levels
    there = crosswalk_by_area(districts.keys, districts.shapes, quarters.keys, quarters.shapes)
    back = crosswalk_by_area(quarters.keys, quarters.shapes, districts.keys, districts.shapes)
    with (real_data / "jena" / "hh_priv.csv").open(encoding="utf-8-sig") as stream:
        counted = {row["statistischer_Bezirk_Nr"]: float(row["31.12.2015"]) for row in csv.DictReader(stream)}
    values = {key: counted[key] for key in districts.keys}
    total = fsum(values.values())
    carried = carry_sum(values, there)
    returned = carry_sum(carried.values, back)
    assert set(carried.values) == set(quarters.keys)
    assert _relative(fsum(carried.values.values()), total) < 1e-9
    assert _relative(fsum(returned.values.values()), total) < 1e-9
    quality = there.quality(values)
    assert (quality.units, quality.split) == (41, 10)
