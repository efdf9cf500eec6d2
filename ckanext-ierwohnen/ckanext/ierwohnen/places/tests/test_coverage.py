"""Neighbours meet: after cleaning, and after simplifying at every detail."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.places.boundaries import Boundaries, load_boundaries
from ckanext.ierwohnen.places.coverage import clean_coverage
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.drawing import draw, extent, feature_collections, outline_svg, unit_facts
from ckanext.ierwohnen.places.simplify import Detail, dissolve, simplify_level
from ckanext.ierwohnen.places.tests import towns


def covers_once(shapes: np.ndarray) -> bool:
    """No two shapes overlap: the areas add up to the area of their union."""
    return shapely.area(shapes).sum() == pytest.approx(shapely.area(shapely.union_all(shapes)), rel=1e-9)


@pytest.mark.parametrize("metres", [1.0, 5.0, 20.0, 60.0])
def test_borders_meet_at_any_tolerance(metres):
    shapes = towns.quarters()
    simple = simplify_level(shapes, metres)
    assert shapely.coverage_is_valid(simple)
    assert covers_once(simple)
    assert len(shapely.get_parts(shapely.union_all(simple))) == 1
    assert not shapely.union_all(simple).interiors
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(shapes).sum()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.integers(2, 4), st.floats(0.5, 80.0))
def test_borders_meet_for_towns_of_any_size(across, down, metres):
    simple = simplify_level(towns.quarters(across, down), metres)
    assert shapely.is_valid(simple).all()
    assert shapely.coverage_is_valid(simple)


def test_simplifying_each_alone_would_tear_them_apart():
    """Why the shared way is needed at all; the same measure finds the gaps of the simple way."""
    alone = shapely.simplify(shapely.reverse(towns.quarters()), 9.0)
    alone[::2] = shapely.simplify(shapely.normalize(towns.quarters()), 14.0)[::2]
    assert not shapely.coverage_is_valid(alone)


def test_slivers_are_cleaned_and_measured():
    shapes = towns.quarters()
    shapes[0] = shapely.affinity.translate(shapes[0], 2.0, 0.0)
    assert not shapely.coverage_is_valid(shapes)
    cleaned, report = clean_coverage(shapes)
    assert shapely.coverage_is_valid(cleaned)
    assert covers_once(cleaned)
    assert report.overlap > 100
    assert report.gap >= 0
    assert shapely.area(shapely.symmetric_difference(cleaned, shapes)).max() < 0.02 * shapes[0].area


def test_a_narrow_gap_is_closed_and_a_real_hole_stays():
    whole = shapely.box(0, 0, 1000, 1000)
    lake = shapely.Point(300, 300).buffer(100)
    left = shapely.box(0, 0, 499, 1000) - lake
    right = shapely.box(500, 0, 1000, 1000)
    bridge = shapely.box(0, 1000, 1000, 1200)
    floor = shapely.box(0, -200, 1000, 0)
    cleaned, report = clean_coverage(np.array([left, right, bridge, floor], dtype=object))
    assert report.gap == pytest.approx(1000, rel=0.01)
    assert report.gaps_left == 1
    assert shapely.union_all(cleaned).area == pytest.approx(whole.area - lake.area + 2 * 200_000, rel=1e-3)


def test_an_enclave_drawn_over_its_neighbour_keeps_its_area():
    town, enclave = shapely.box(0, 0, 1000, 1000), shapely.box(400, 400, 500, 500)
    cleaned, report = clean_coverage(np.array([town, enclave], dtype=object))
    assert cleaned[1].area == pytest.approx(enclave.area)
    assert cleaned[0].area == pytest.approx(town.area - enclave.area)
    assert report.overlaps == {0: pytest.approx(enclave.area)}


def test_dissolving_keeps_the_outer_border():
    shapes = towns.quarters()
    joined = dissolve(shapes, np.zeros(len(shapes), dtype=int), 1)
    assert joined[0].area == pytest.approx(shapely.area(shapes).sum())
    assert not joined[0].interiors


def _load(path: Path, yaml: str, folder: Path) -> Boundaries:
    return load_boundaries("s", parse_description(yaml, "Stadt"), [(path.name, path)], folder)


@pytest.mark.parametrize("detail", list(Detail))
def test_districts_are_exactly_their_quarters_at_every_detail(tmp_path, detail):
    loaded = _load(
        towns.write_layer(tmp_path / "q.gpkg", towns.quarters()), towns.YAML.replace("file: FILE, ", ""), tmp_path
    )
    drawn = draw(loaded, detail)
    for number, key in enumerate(loaded.levels[0].keys):
        own = [parent == key for parent in loaded.levels[1].parents]
        union = shapely.union_all(drawn["quartier"][own])
        assert shapely.area(shapely.symmetric_difference(union, drawn["bezirk"][number])) < 1e-6


@pytest.mark.parametrize("detail", list(Detail))
def test_geojson_follows_the_standard_and_borders_still_meet(tmp_path, detail):
    loaded = _load(
        towns.write_layer(tmp_path / "q.gpkg", towns.quarters()), towns.YAML.replace("file: FILE, ", ""), tmp_path
    )
    collection = json.loads(feature_collections(loaded, detail)["quartier"])
    shapes = np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in collection["features"]])
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert all(shapely.is_ccw(shapely.get_exterior_ring(shapely.get_parts(shapes))))
    west, south, east, north = extent(loaded)
    assert shapely.box(west, south, east, north).buffer(1e-5).covers(shapely.union_all(shapes))
    facts = unit_facts(loaded, loaded.levels[1])
    assert all(
        shape.contains(shapely.Point(fact.longitude, fact.latitude)) for shape, fact in zip(shapes, facts, strict=True)
    )


def test_the_outline_is_small_and_well_formed(tmp_path):
    import xml.etree.ElementTree as ElementTree

    loaded = _load(
        towns.write_layer(tmp_path / "q.gpkg", towns.quarters()), towns.YAML.replace("file: FILE, ", ""), tmp_path
    )
    svg = outline_svg(loaded)
    assert len(ElementTree.fromstring(svg)) == 2
    assert len(svg) < 20_000


JENA = """
boundary_date: 2015-12-31
levels:
  - {code: ortsteil, title: Ortsteil, file: ortsteile.geojson, key: gid, name: name}
  - {code: statbez, title: Statistischer Bezirk, file: statbez.geojson, key: gid, name: statbez_name, parent: none}
"""

BERLIN = """
boundary_date: 01.01.2021
levels:
  - {code: bezirk, title: Bezirk, dissolve: plr, key: BEZ}
  - {code: pgr, title: Prognoseraum, dissolve: plr, key_prefix: 4, parent: {prefix: 2}}
  - {code: plr, title: Planungsraum, key: PLR_ID, name: PLR_NAME, parent: {prefix: 4}}
"""


def test_jena(real_data, tmp_path):
    files = [(name, real_data / "jena" / name) for name in ("ortsteile.geojson", "statbez.geojson")]
    loaded = load_boundaries("jena", parse_description(JENA, "Jena"), files, tmp_path)
    assert [len(level.keys) for level in loaded.levels] == [30, 41]
    assert loaded.system.units_of("statbez")["12"].name == "Beutenberg / Winzerlaer Straße"
    assert sum(fact.area for fact in unit_facts(loaded, loaded.levels[0])) == pytest.approx(114.8e6, rel=0.01)
    for detail in Detail:
        assert all(shapely.coverage_is_valid(shapes) for shapes in draw(loaded, detail).values())


def test_berlin(real_data, tmp_path):
    """542 planning areas, each simplified alone by somebody: they overlap and leave gaps everywhere."""
    path = real_data / "berlin_lor" / "derived" / "lor_plr_2021_wgs84_simpl3m.geojson"
    loaded = _load(path, BERLIN, tmp_path)
    assert [len(level.keys) for level in loaded.levels] == [12, 58, 542]
    assert "01100101" in loaded.system.units_of("plr")
    assert "coverage_mended" in {finding.code for finding in loaded.findings}
    assert sum(fact.area for fact in unit_facts(loaded, loaded.levels[2])) == pytest.approx(891.1e6, rel=0.005)
    for detail in Detail:
        drawn = draw(loaded, detail)
        assert all(shapely.coverage_is_valid(shapes) for shapes in drawn.values())
        assert covers_once(drawn["plr"])
