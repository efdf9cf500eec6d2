"""Tables of points: coordinates are recognised in each usual system, and each point gets its units."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.coordinates import find_coordinates
from ckanext.ierwohnen.tables.load import convert_chunk, load_plan
from ckanext.ierwohnen.tables.located import LevelShapes, best_reading, locate
from ckanext.ierwohnen.tables.point_files import is_points, read_points
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import is_setting, settings
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

# Four quarters in two districts around 12.5° E, 50.7° N, where UTM 32 and 33 are both in use.
BOXES = {f"0{n + 1}": shapely.box(12.4 + n / 20, 50.7, 12.45 + n / 20, 50.75) for n in range(4)}
HALVES = {"1": shapely.box(12.4, 50.7, 12.5, 50.75), "2": shapely.box(12.5, 50.7, 12.6, 50.75)}
POINTS = [("Kita Nord", 12.41, 50.71, "01"), ("Schule", 12.46, 50.74, "02"), ("Arzt", 12.59, 50.72, "04")]


def level(code: str, shapes: dict[str, shapely.Geometry]) -> LevelShapes:
    keys = LevelKeys("stadt-2021", code, code.title(), date(2021, 1, 1), {key: f"Einheit {key}" for key in shapes})
    return LevelShapes(keys, list(shapes), shapely.STRtree(list(shapes.values())))


LEVELS = [level("district", HALVES), level("quarter", BOXES)]


def text(epsg: int, header: str = "Name;X;Y", prefix: float = 0.0, swapped: bool = False, comma: bool = True) -> str:
    to = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    lines = [header]
    for name, longitude, latitude, _ in POINTS:
        x, y = to.transform(longitude, latitude) if epsg != 4326 else (longitude, latitude)
        pair = (y, x + prefix) if swapped else (x + prefix, y)
        lines.append(";".join([name, *(f"{value:.6f}".replace(".", "," if comma else ".") for value in pair)]))
    return "\n".join(lines) + "\n"


def keys_of(csv: str) -> tuple[list[str], list[str], int]:
    table = read_table(csv.encode(), "p.csv")
    found = find_coordinates(table)
    assert found is not None
    reading, share = best_reading(table, found, LEVELS[-1])
    assert share == 1.0
    rows = list(locate(table, found, reading, LEVELS).table.rows())
    return [row.cells[-2] for row in rows], [row.cells[-1] for row in rows], reading.epsg


@pytest.mark.parametrize(("csv", "epsg"), [
    (text(4326, "Name;Längengrad;Breitengrad"), 4326),
    (text(4326, "Name;lon;lat", comma=False), 4326),
    (text(4326, "Name;lat;lon", swapped=True), 4326),
    (text(4326, "Name;lon;lat", swapped=True), 4326),
    (text(25832, "Einrichtung;Ostwert;Nordwert"), 25832),
    (text(25833), 25833),
    (text(25833, prefix=33e6), 25833),
    (text(25832, "Name;Rechtswert;Hochwert", swapped=True), 25832),
    (text(31468, "Name;Rechtswert;Hochwert"), 31468),
    (text(31469, "Name;GK_Rechts_RW;GK_HW"), 31469),
])  # fmt: skip
def test_each_usual_system_is_recognised(csv, epsg):
    districts, quarters, found = keys_of(csv)
    assert (quarters, districts, found) == (["01", "02", "04"], ["1", "1", "2"], epsg)


@pytest.mark.parametrize("csv", [
    "Nr;Breite;Länge\n1;5,2;10,1\n2;3,1;9,5\n",  # a room's width and length
    "Name;X;Y\nA;ja;nein\n",
    "Stadtteil;Wohnungen\nA;100\n",
])  # fmt: skip
def test_what_only_sounds_like_coordinates_is_none(csv):
    assert find_coordinates(read_table(csv.encode(), "p.csv")) is None


def placed(extra: str):
    table = read_table((text(4326, "Name;lon;lat", comma=False) + extra).encode(), "p.csv")
    found = find_coordinates(table)
    return locate(table, found, best_reading(table, found, LEVELS[-1])[0], LEVELS)


def test_points_outside_and_rows_without_coordinates_are_told_and_not_dropped():
    made = placed("Weit weg;9.1;48.7\nOhne;;\nArzt 2;12.59;50.72\n")
    proposed = propose_roles(made.table, [found.keys for found in LEVELS])
    roles = [made.roles.get(role.column, role) for role in proposed]
    places = [found.keys for found in LEVELS]
    report = check_table(made.table, roles, places)
    told = {problem.code: problem for problem in report.problems}
    assert told["points_outside"].row == 5 and told["points_without"].row == 6
    assert report.errors == 0, [problem.message("de") for problem in report.problems]
    assert [row.key for row in report.specials] == ["999", "999"]
    plan = load_plan(made.table, roles, places, keep_special=True)
    assert {field.name: field.type for field in plan.fields}["lon"] == "numeric"
    batch = convert_chunk(next(made.table.chunks()), plan).to_pydict()
    assert batch["lon"] == ["12.41", "12.46", "12.59", "9.1", None, "12.59"]
    assert batch["Quarter (Schlüssel)"][:3] == ["01", "02", "04"]


@pytest.mark.parametrize("epsg", [4326, 25833])
def test_points_with_swapped_axes_among_others_are_told_and_swapped_on_request(epsg):
    normal = text(epsg, "Name;X;Y").splitlines()
    mixed = "\n".join([*normal, *text(epsg, swapped=True).splitlines()[1:3], "Weit weg;9,1;48,7", ""]).encode()
    for hints, keys, codes in (
        ({}, ["01", "02", "04", "999", "999", "999"], {"points_turned", "points_outside"}),
        ({"axes": "by_row"}, ["01", "02", "04", "01", "02", "999"], {"points_turned_back", "points_outside"}),
    ):
        table = read_table(mixed, "p.csv", hints)
        found = find_coordinates(table)
        reading, share = best_reading(table, found, LEVELS[-1])
        assert not reading.swapped and share == pytest.approx(5 / 6)
        made = locate(table, found, reading, LEVELS).table
        rows = list(made.rows())
        assert [row.cells[-1] for row in rows] == keys
        told = {problem.code: problem for problem in made.body.problems}
        assert set(told) == codes and told["points_outside"].row == 7
    assert rows[3].cells[1:3] == rows[0].cells[1:3], "the coordinates themselves are put right, too"
    offer = {"action": "axes", "value": "by_row"}
    assert is_setting(offer) and settings([offer])[0] == {"axes": "by_row"}


def test_of_points_half_of_which_are_swapped_nothing_is_lost_in_silence():
    mixed = text(4326, "Name;X;Y") + "\n".join(text(4326, swapped=True).splitlines()[1:])
    table = read_table(mixed.encode(), "p.csv")
    found = find_coordinates(table)
    reading, share = best_reading(table, found, LEVELS[-1])
    made = locate(table, found, reading, LEVELS).table
    assert share == 1 and len(list(made.rows())) == 6
    assert "points_turned" in {problem.code for problem in made.body.problems}


def test_geojson_and_geopackage_of_points_are_tables(tmp_path):
    features = [
        {"type": "Feature", "properties": {"Name": name, "Plätze": 40},
         "geometry": {"type": "Point", "coordinates": [x, y]}}
        for name, x, y, _ in POINTS
    ]  # fmt: skip
    geojson = tmp_path / "kitas.geojson"
    geojson.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    package = tmp_path / "kitas.gpkg"
    moved = pyproj.Transformer.from_crs(4326, 25833, always_xy=True)
    shapes = shapely.points([moved.transform(x, y) for _, x, y, _ in POINTS])
    pyogrio.raw.write(
        package, geometry=shapely.to_wkb(shapes), field_data=[np.array([p[0] for p in POINTS], dtype=object)],
        fields=["Name"], geometry_type="Point", crs="EPSG:25833", layer="kitas",
    )  # fmt: skip
    for path in (geojson, package):
        assert is_points(path)
        table = read_points(path, path.name)
        found = find_coordinates(table)
        assert (found.x, found.y) == ("Längengrad", "Breitengrad")
        reading, share = best_reading(table, found, LEVELS[-1])
        assert share == 1 and [row.cells[0] for row in table.rows()] == [p[0] for p in POINTS]
        keys = [row.cells[-1] for row in locate(table, found, reading, LEVELS).table.rows()]
        assert keys == ["01", "02", "04"]


def test_areas_are_refused_with_where_they_belong(tmp_path):
    path = tmp_path / "flaechen.geojson"
    shape = json.loads(shapely.to_geojson(BOXES["01"]))
    feature = {"type": "Feature", "properties": {"Nr": "1"}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(TableUnreadable) as refused:
        read_points(path, path.name)
    assert "Raumgliederung" in refused.value.remedy("de")
