"""One sample for each fault of boundary files: mended and said, or refused and said, in words a clerk can use."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.places import thinning
from ckanext.ierwohnen.places.boundaries import Boundaries, load_boundaries
from ckanext.ierwohnen.places.coverage import clean_coverage
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.drawing import feature_collections
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.mending import mend_shapes
from ckanext.ierwohnen.places.reprojection import WGS84, reproject
from ckanext.ierwohnen.places.simplify import Detail, simplify_level
from ckanext.ierwohnen.places.tests import towns


@pytest.fixture
def shapes() -> np.ndarray:
    return towns.quarters()


@pytest.fixture
def read(tmp_path):
    """Loads shapes as a GeoJSON file; with ``refused`` the findings of the refusal, else boundaries."""

    def load(shapes: np.ndarray, refused: bool = False, extra: str = "", **options):
        path = towns.write_geojson(tmp_path / "q.geojson", shapes, **options)
        text = towns.YAML.replace("FILE", path.name) + extra
        work = tmp_path / "work"
        work.mkdir()
        if not refused:
            return load_boundaries("s", parse_description(text), [(path.name, path)], work)
        with pytest.raises(BoundaryError) as caught:
            load_boundaries("s", parse_description(text), [(path.name, path)], work)
        return {finding.code: finding.text("de") for finding in caught.value.findings}

    return load


def told(boundaries: Boundaries) -> dict[str, str]:
    return {finding.code: finding.text("de") for finding in boundaries.findings}


def quarters_of(boundaries: Boundaries) -> np.ndarray:
    return boundaries.levels[1].shapes


def test_overlapping_units_are_cut_and_the_loser_is_named(read, shapes):
    shapes[5] = shapely.union(shapes[5], shapely.box(*shapely.centroid(shapes[6]).coords[0], *shapes[6].bounds[2:]))
    shapes[5] = shapely.union(shapes[5], shapely.intersection(shapes[6].buffer(-40), shapes[5].buffer(160)))
    loaded = read(shapes)
    assert {"coverage_mended", "overlap_large"} <= set(told(loaded))
    assert "m²" in told(loaded)["overlap_large"]
    assert shapely.coverage_is_valid(quarters_of(loaded))


def test_a_sliver_of_a_gap_goes_to_a_neighbour_and_is_measured(read, shapes):
    shapes[5] = shapes[5].buffer(-2)
    loaded = read(shapes)
    assert "Lücken wurden bereinigt" in told(loaded)["coverage_mended"]
    assert not shapely.union_all(quarters_of(loaded)).interiors


def test_a_lake_that_belongs_to_nobody_stays_and_is_told(read, shapes):
    lake = shapely.centroid(shapely.union_all(shapes)).buffer(150)
    loaded = read(np.array([shapely.difference(shape, lake) for shape in shapes], dtype=object))
    assert "1 größere Lücken" in told(loaded)["gaps_left"]
    assert len(shapely.union_all(quarters_of(loaded)).interiors) == 1


def test_the_same_area_twice_is_refused_with_both_keys(read, shapes):
    shapes[7] = shapes[2]
    refusal = read(shapes, refused=True)["unit_covered"]
    # Of two equal ones the first keeps the area.
    assert "08: liegt ganz unter anderen Einheiten (03)" in refusal


def test_degrees_under_the_label_of_a_projection_are_read_as_degrees(read, shapes):
    degrees = reproject(shapes, pyproj.CRS.from_epsg(25833), WGS84)
    loaded = read(degrees, crs="EPSG:25833")
    assert "EPSG:4326" in told(loaded)["crs_degrees"]
    assert shapely.area(quarters_of(loaded)).sum() == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)


def test_a_stated_system_that_cannot_be_is_refused(read, shapes):
    degrees = reproject(shapes, pyproj.CRS.from_epsg(25833), WGS84)
    assert "crs" in read(degrees, True, "\ncrs: EPSG:25833\n", crs=None)["coordinates_elsewhere"]


def test_an_unknown_system_is_refused_by_its_name(read, shapes):
    assert "EPSG:99999" in read(shapes, True, "\ncrs: EPSG:99999\n", crs=None)["crs_unknown"]


def test_lines_and_points_beside_areas_are_dropped_or_refused(read, shapes):
    line = shapely.LineString([(towns.EAST, towns.NORTH), (towns.EAST + 1, towns.NORTH)])
    shapes[3] = shapely.GeometryCollection([shapes[3], line])
    assert "04" in told(read(shapes))["geometry_mended"]


def test_a_line_is_refused_by_key(read, shapes):
    shapes[3] = shapely.LineString(shapes[3].exterior)
    assert "04: keine Fläche, sondern LineString" in read(shapes, refused=True)["geometry_no_area"]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("axis", [0, 1])
def test_a_corner_that_is_no_number_is_refused_by_key(shapes, axis):
    corners = shapely.get_coordinates(shapes[2])
    corners[1, axis] = np.nan
    broken = shapes.copy()
    broken[2] = shapely.polygons(corners)
    with pytest.raises(BoundaryError) as caught:
        mend_shapes(broken, [f"{n:02d}" for n in range(len(shapes))], "q.gpkg")
    assert [(one.code, one.params["unit"]) for one in caught.value.findings] == [("geometry_infinite", "02")]


def test_an_invalid_shape_whose_size_changes_asks_a_person_to_look(read, shapes):
    west, south, east, north = shapes[0].bounds
    shapes[0] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    loaded = read(shapes)
    assert "01" in told(loaded)["geometry_changed"] and "Prozent" in told(loaded)["geometry_changed"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 2.0))
def test_however_sloppily_drawn_neighbours_meet_afterwards(seed, metres):
    """Each corner of each unit moved by itself: borders overlap and gape everywhere, as if each were drawn alone."""
    dice = np.random.default_rng(seed)

    def sloppy(shape: shapely.Polygon) -> shapely.Polygon:
        ring = shapely.get_coordinates(shape)[:-1]
        return shapely.Polygon(ring + dice.uniform(-metres, metres, ring.shape))

    drawn = shapely.make_valid(np.array([sloppy(shape) for shape in towns.quarters(3, 2)], dtype=object))
    cleaned, report = clean_coverage(drawn)
    assert shapely.coverage_is_valid(cleaned)
    assert report.changed
    whole = shapely.area(shapely.union_all(cleaned))
    assert shapely.area(cleaned).sum() == pytest.approx(whole, rel=1e-9)
    simple = simplify_level(cleaned, 10.0)
    assert shapely.coverage_is_valid(simple)


def sloppy_town(corners: int, metres: float) -> np.ndarray:
    """Six quarters with so many corners on each border, each corner of each unit moved by itself."""
    dice = np.random.default_rng(5)
    fine = shapely.segmentize(towns.quarters(3, 2), 4 * towns.SIDE / corners)
    rings = [shapely.get_coordinates(shape)[:-1] for shape in fine]
    return np.array([shapely.Polygon(ring + dice.normal(0, metres, ring.shape)) for ring in rings], dtype=object)


def test_too_many_corners_apart_are_thinned_as_far_as_needed_and_that_is_told(read, monkeypatch):
    drawn = sloppy_town(1_600, 0.03)
    monkeypatch.setattr(thinning, "LOOSE_CORNERS", 1_000)
    loaded = read(drawn)
    words = next(finding for finding in loaded.findings if finding.code == "corners_thinned")
    assert words.severity == "warning" and "höchstens 0,2 m begradigt" in words.text("de")
    assert words.params["before"] > 5_000 and words.params["after"] <= 1_000
    cleaned = quarters_of(loaded)
    assert shapely.coverage_is_valid(cleaned)
    moved = shapely.area(shapely.symmetric_difference(cleaned, drawn)) / shapely.length(drawn)
    assert moved.max() < 0.2  # metres in the mean, along the whole border


def test_too_many_corners_apart_that_thinning_does_not_help_are_refused_with_the_remedy(read, monkeypatch):
    monkeypatch.setattr(thinning, "LOOSE_CORNERS", 20)
    told = read(sloppy_town(1_600, 0.03), refused=True)["borders_too_loose"]
    assert "v.clean" in told and "Eckpunkte" in told and "höchstens" in told


def test_many_corners_that_meet_are_all_kept(read, shapes, monkeypatch):
    monkeypatch.setattr(thinning, "LOOSE_CORNERS", 20)
    assert "corners_thinned" not in told(read(shapes))


def borders(collection: str) -> dict[str, set[tuple[tuple[float, float], ...]]]:
    """Key → its edges, each from its smaller to its larger corner, as the numbers stand in the file."""
    found = {}
    for feature in json.loads(collection)["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        rings = [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(shape)]
        edges = {tuple(sorted((tuple(a), tuple(b)))) for ring in rings for a, b in pairwise(ring)}
        found[feature["id"]] = edges
    return found


@pytest.mark.parametrize("detail", list(Detail))
def test_in_the_files_neighbours_have_identical_borders(read, shapes, detail):
    """Number for number: each edge belongs to two units, or to one and the rim of the place."""
    loaded = read(shapes)
    edges = borders(feature_collections(loaded, detail)["quartier"])
    rim = borders(feature_collections(loaded, detail)["bezirk"])
    outside = set.symmetric_difference(*rim.values())
    counted: dict = {}
    for own in edges.values():
        for edge in own:
            counted[edge] = counted.get(edge, 0) + 1
    assert set(counted.values()) == {1, 2}
    assert {edge for edge, times in counted.items() if times == 1} == outside


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_served_is_valid_even_if_one_unit_was_drawn_wildly(seed):
    """One unit whose corners were moved by up to 30 m: it crosses itself and its neighbours in hair-thin pieces."""
    dice = np.random.default_rng(seed)
    shapes = towns.quarters(3, 2)
    ring = shapely.get_coordinates(shapes[1])[:-1]
    shapes[1] = shapely.Polygon(ring + dice.uniform(-30, 30, ring.shape))
    with TemporaryDirectory() as folder:
        path = towns.write_geojson(Path(folder) / "q.geojson", shapes)
        work = Path(folder) / "work"
        work.mkdir()
        text = towns.YAML.replace("FILE", path.name)
        loaded = load_boundaries("s", parse_description(text), [(path.name, path)], work)
    for detail in Detail:
        for collection in feature_collections(loaded, detail).values():
            served = [shapely.from_geojson(json.dumps(f["geometry"])) for f in json.loads(collection)["features"]]
            assert shapely.is_valid(served).all()
