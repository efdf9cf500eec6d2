"""Boundaries in three formats become one system; what is wrong is mended and said, or refused and said."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from ckanext.ierwohnen.places.boundaries import Boundaries, load_boundaries
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.reprojection import WGS84, metric_crs, reproject
from ckanext.ierwohnen.places.tests import towns


def load(path: Path, folder: Path, yaml: str = towns.YAML, extra: str = "") -> Boundaries:
    text = yaml.replace("FILE", path.name) + extra
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return load_boundaries("musterstadt", parse_description(text), [(path.name, path)], work)


def refusal(path: Path, folder: Path, yaml: str = towns.YAML, extra: str = "") -> dict[str, str]:
    with pytest.raises(BoundaryError) as refused:
        load(path, folder, yaml, extra)
    return {finding.code: finding.text("de") for finding in refused.value.findings}


def codes(boundaries: Boundaries) -> set[str]:
    return {finding.code for finding in boundaries.findings}


@pytest.fixture
def shapes() -> np.ndarray:
    return towns.quarters()


def test_geojson_gives_levels_keys_names_and_parents(tmp_path, shapes):
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", shapes), tmp_path)
    system = loaded.system
    assert [level.code for level in system.levels] == ["bezirk", "quartier"]
    assert system.units_of("quartier")["01"].name == "Quartier 1"
    assert system.ancestors("quartier", "03") == {"quartier": "03", "bezirk": "2"}
    assert [unit.key for unit in system.children("bezirk", "1")] == ["01", "02", "05", "06", "09", "10"]


@pytest.mark.parametrize("name", ["q.gpkg", "zip"])
def test_geopackage_and_zipped_shapefile_give_the_same_as_geojson(tmp_path, shapes, name):
    first = load(towns.write_geojson(tmp_path / "q.geojson", shapes), tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    made = towns.zip_shapefile(other, shapes) if name == "zip" else towns.write_layer(other / name, shapes)
    second = load(made, other)
    assert second.system.units == first.system.units
    different = shapely.symmetric_difference(first.levels[1].shapes, second.levels[1].shapes)
    assert shapely.area(different).max() < 0.1


@pytest.mark.parametrize("epsg", [25832, 25833, 31468, 3068, 4258])
def test_coordinate_systems_of_german_offices_arrive_at_the_same_place(tmp_path, shapes, epsg):
    there = reproject(shapes, pyproj.CRS.from_epsg(25833), pyproj.CRS.from_epsg(epsg))
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", there, crs=f"EPSG:{epsg}"), tmp_path)
    expected = shapely.centroid(reproject(shapes, pyproj.CRS.from_epsg(25833), WGS84))
    got = shapely.centroid(reproject(loaded.levels[1].shapes, loaded.crs, WGS84))
    assert shapely.distance(expected, got).max() < 1e-6
    assert codes(loaded) & {"reprojected", "reprojected_about"}


def test_an_odd_prj_is_read_by_its_content(tmp_path, shapes):
    path = towns.zip_shapefile(tmp_path, shapes)
    odd = (
        'PROJCS["Berlin_Netz",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,'
        '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
        'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        'PARAMETER["Central_Meridian",15.0],PARAMETER["Scale_Factor",0.9996],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    (tmp_path / "shape" / "quartiere.prj").write_text(odd)
    with zipfile.ZipFile(path, "w") as archive:
        for part in (tmp_path / "shape").iterdir():
            archive.write(part, part.name)
    loaded = load(path, tmp_path)
    assert abs(shapely.area(loaded.levels[1].shapes).sum() - shapely.area(shapes).sum()) < 1


def test_without_coordinate_system_it_is_refused_unless_the_description_states_it(tmp_path, shapes):
    path = towns.zip_shapefile(tmp_path, shapes, crs=None)
    assert "quartiere.zip nennt kein Koordinatensystem" in refusal(path, tmp_path)["no_crs"]
    assert "crs_stated" in codes(load(path, tmp_path, extra="\ncrs: EPSG:25833\n"))


def test_geojson_with_metres_but_no_statement_counts_as_without(tmp_path, shapes):
    path = towns.write_geojson(tmp_path / "q.geojson", shapes, crs=None)
    assert set(refusal(path, tmp_path)) == {"no_crs"}


def test_a_wrong_coordinate_system_is_refused(tmp_path, shapes):
    path = towns.write_geojson(tmp_path / "q.geojson", shapes, crs="EPSG:3068")
    assert set(refusal(path, tmp_path)) == {"coordinates_elsewhere"}


@pytest.mark.parametrize("crs", ["EPSG:25833", "EPSG:4326"])
def test_swapped_axes_are_put_right_and_said(tmp_path, shapes, crs):
    there = reproject(shapes, pyproj.CRS.from_epsg(25833), pyproj.CRS.from_user_input(crs))
    swapped = shapely.transform(there, lambda xy: xy[:, ::-1])
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", swapped, crs=crs), tmp_path)
    assert "axes_swapped" in codes(loaded)
    assert loaded.crs == metric_crs(13.2, 52.4)


def test_a_zone_number_before_the_eastings_is_taken_off(tmp_path, shapes):
    there = shapely.transform(shapes, lambda xy: xy + np.array([33_000_000.0, 0.0]))
    assert "zone_prefix" in codes(load(towns.write_geojson(tmp_path / "q.geojson", there), tmp_path))


def test_heights_are_dropped_and_a_bow_tie_is_mended(tmp_path, shapes):
    rows = towns.properties(len(shapes))
    tie = shapely.Polygon([(0, 0), (0, 300), (300, 300), (300, 299), (-1, 299), (-1, 0)])
    place = np.array([towns.EAST + 9000, towns.NORTH])
    shapes[-1] = shapely.force_3d(shapely.transform(tie, lambda xy: xy + place), 12.0)
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", shapes, rows), tmp_path)
    assert "third_dimension" in codes(loaded)
    assert codes(loaded) & {"geometry_changed", "geometry_mended"}
    assert shapely.is_valid(loaded.levels[1].shapes).all()
    assert not shapely.has_z(loaded.levels[1].shapes).any()


@pytest.mark.parametrize(("shape", "code"), [
    (None, "geometry_missing"),
    (shapely.Polygon(), "geometry_missing"),
    (shapely.Point(towns.EAST, towns.NORTH), "geometry_no_area"),
])  # fmt: skip
def test_a_feature_without_area_is_named(tmp_path, shapes, shape, code):
    shapes[4] = shape
    assert "05" in refusal(towns.write_geojson(tmp_path / "q.geojson", shapes), tmp_path)[code]


def test_numbers_lose_their_zeros_and_pad_puts_them_back(tmp_path, shapes):
    rows = [dict(row, NR=1_100_001 + n if n < 6 else 11_000_001 + n) for n, row in enumerate(towns.properties(12))]
    path = towns.write_geojson(tmp_path / "q.geojson", shapes, rows)
    assert "zeros_lost" in codes(load(path, tmp_path))
    padded = load(path, tmp_path, towns.YAML.replace("key: NR", "key: NR, pad: 8"))
    assert "01100001" in padded.system.units_of("quartier")


@pytest.mark.parametrize(("change", "code", "words"), [
    ({"NR": ""}, "key_empty", "Objekt 3"),
    ({"NR": None}, "key_empty", "Spalte „NR“"),
    ({"NR": "01"}, "key_twice", "01 (2×)"),
    ({"BEZ": ""}, "key_empty", "Spalte „BEZ“"),
])  # fmt: skip
def test_wrong_keys_are_refused_by_feature_and_column(tmp_path, shapes, change, code, words):
    rows = towns.properties(len(shapes))
    rows[2].update(change)
    assert words in refusal(towns.write_geojson(tmp_path / "q.geojson", shapes, rows), tmp_path)[code]


def test_an_unknown_parent_is_named(tmp_path, shapes):
    yaml = """
title: Musterstadt
boundary_date: 2021-01-01
levels:
  - {code: stadt, title: Stadt, dissolve: quartier, unit: {key: "0", name: Musterstadt}}
  - {code: quartier, title: Quartier, file: FILE, key: NR, name: NAME, parent: BEZ}
"""
    told = refusal(towns.write_geojson(tmp_path / "q.geojson", shapes), tmp_path, yaml)
    assert "01 Quartier 1 → 1" in told["parent_unknown"]


def test_a_missing_column_lists_those_there_are(tmp_path, shapes):
    path = towns.write_geojson(tmp_path / "q.geojson", shapes)
    told = refusal(path, tmp_path, towns.YAML.replace("key: NR", "key: Nummer"))
    assert "„Nummer“ gibt es nicht. Vorhanden: NR, NAME, BEZ" in told["column_unknown"]


def test_parts_of_one_unit_are_merged_on_request(tmp_path, shapes):
    rows = towns.properties(len(shapes))
    rows[1].update(NR="01", NAME="Quartier 1")
    path = towns.write_geojson(tmp_path / "q.geojson", shapes, rows)
    loaded = load(path, tmp_path, towns.YAML.replace("key: NR", "key: NR, merge: true"))
    assert len(loaded.system.units_of("quartier")) == 11
    assert loaded.levels[1].shapes[0].area == pytest.approx(shapes[0].area + shapes[1].area, rel=1e-6)


def test_umlauts_of_a_shapefile_without_character_set(tmp_path, shapes):
    rows = [dict(row, NAME=f"Königsflöße {n}") for n, row in enumerate(towns.properties(12))]
    path = towns.zip_shapefile(tmp_path, shapes, rows=rows, encoding="cp1252")
    (tmp_path / "shape" / "quartiere.cpg").unlink(missing_ok=True)
    table = tmp_path / "shape" / "quartiere.dbf"
    raw = bytearray(table.read_bytes())
    raw[29] = 0
    table.write_bytes(raw)
    with zipfile.ZipFile(path, "w") as archive:
        for part in (tmp_path / "shape").iterdir():
            archive.write(part, part.name)
    loaded = load(path, tmp_path)
    assert loaded.system.units_of("quartier")["01"].name == "Königsflöße 0"
    assert "encoding_guessed" in codes(loaded)


def test_parents_by_geometry_and_from_prefix_agree(tmp_path, shapes):
    rows = [dict(row, NR=row["BEZ"] + row["NR"]) for row in towns.properties(12)]
    path = towns.write_geojson(tmp_path / "q.geojson", shapes, rows)
    parents = []
    for rule in ("{by: geometry}", "{prefix: 1}"):
        loaded = load(path, tmp_path, towns.YAML.replace("name: NAME}", "name: NAME, parent: " + rule + "}"))
        parents.append([unit.parent for unit in loaded.system.units_of("quartier").values()])
    assert parents[0] == parents[1]


def test_curves_become_short_straight_lines(tmp_path, shapes):
    path = towns.write_layer(tmp_path / "curve.gpkg", shapes[:1], layer="curve", rows=towns.properties(1))
    towns.make_circle(path, "curve", (towns.EAST, towns.NORTH), 500.0)
    loaded = load(path, tmp_path)
    assert "curves" in codes(loaded)
    assert loaded.levels[1].shapes[0].area == pytest.approx(np.pi * 500**2, rel=0.01)


FAR = shapely.box(towns.EAST + 90_000, towns.NORTH, towns.EAST + 90_400, towns.NORTH + 400)


def test_a_unit_far_from_all_others_is_told_by_key_and_distance(tmp_path, shapes):
    shapes[4] = FAR
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", shapes), tmp_path)
    (told,) = [finding for finding in loaded.findings if finding.code == "units_far"]
    assert told.params["units"] == ["05"] and "88 km abseits der übrigen 11" in told.text("de")


def test_two_units_far_apart_are_told_and_an_exclave_is_not(tmp_path, shapes):
    yaml = "\n".join(line for line in towns.YAML.splitlines() if "dissolve" not in line)
    two = load(towns.write_geojson(tmp_path / "q.geojson", np.array([shapes[0], FAR])), tmp_path, yaml)
    assert "units_far" in codes(two)
    shapes[4] = shapely.transform(FAR, lambda xy: xy - [75_000, 0])  # 14 km beside
    assert "units_far" not in codes(load(towns.write_geojson(tmp_path / "q2.geojson", shapes), tmp_path))


@pytest.mark.parametrize("crs", ["EPSG:25833", "EPSG:4326"])
def test_features_with_swapped_axes_among_others_are_put_right_by_number(tmp_path, shapes, crs):
    there = reproject(shapes, pyproj.CRS.from_epsg(25833), pyproj.CRS.from_user_input(crs))
    there[[2, 7]] = shapely.transform(there[[2, 7]], lambda xy: xy[:, ::-1])
    loaded = load(towns.write_geojson(tmp_path / "q.geojson", there, crs=crs), tmp_path)
    (told,) = [finding for finding in loaded.findings if finding.code == "axes_swapped_some"]
    assert told.params["features"] == ["3", "8"] and "units_far" not in codes(loaded)
    assert abs(shapely.area(loaded.levels[1].shapes).sum() - shapely.area(shapes).sum()) < 1


def test_a_unit_in_another_country_is_refused_by_key(tmp_path, shapes):
    there = reproject(shapes, pyproj.CRS.from_epsg(25833), pyproj.CRS.from_epsg(4326))
    there[4] = shapely.transform(there[4], lambda xy: xy - [13, 52])  # into the sea beside Africa
    path = towns.write_geojson(tmp_path / "q.geojson", there, crs=None)
    assert "05" in refusal(path, tmp_path)["units_abroad"]
    kept = load(path, tmp_path, towns.YAML.replace("title: Musterstadt", "title: Musterstadt\naxes: keep"))
    assert "units_far" in codes(kept)


@pytest.mark.parametrize("sign", ["\x00", "\x01"])
@pytest.mark.parametrize("column", ["NR", "NAME"])
def test_a_control_character_in_key_or_name_is_refused_by_feature(tmp_path, shapes, sign, column):
    rows = towns.properties(len(shapes))
    rows[2][column] = f"0{sign}3"
    told = refusal(towns.write_geojson(tmp_path / "q.geojson", shapes, rows), tmp_path)["control_character"]
    assert "Objekt 3" in told and f"„{column}“" in told and f"0⟨U+000{ord(sign)}⟩3" in told


@pytest.mark.parametrize("column", ["NR", "NAME"])
def test_zeros_in_a_geopackage_are_refused_and_not_cut_off(tmp_path, shapes, column):
    path = towns.write_layer(tmp_path / "q.gpkg", shapes)
    with closing(sqlite3.connect(path)) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute(f"UPDATE q SET {column} = '0' || char(0) || '3' WHERE NR = '03'")
        connection.commit()
    told = refusal(path, tmp_path)["control_character"]
    assert "Objekt 3" in told and f"„{column}“" in told and "0⟨U+0000⟩3" in told
