"""What may not come in stays out, with a message that names file and remedy, and without filling the disk."""

from __future__ import annotations

import io
import re
import sqlite3
import string
import zipfile
from pathlib import Path

import pytest
import yaml

from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.intake import Limits, take_in
from ckanext.ierwohnen.places.rows import read_rows
from ckanext.ierwohnen.places.tests import towns


def refused(path: Path, folder: Path, limits: Limits | None = None) -> str:
    with pytest.raises(BoundaryError) as caught:
        for layer in take_in([(path.name, path)], folder, limits):
            read_rows(layer, [])
    return caught.value.findings[0].code


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.mark.parametrize(("content", "code"), [
    (b"", "file_empty"),
    (b"Nr;Name\n1;Mitte\n", "not_boundaries"),
    (b"%PDF-1.7", "not_boundaries"),
    (b"<?xml version='1.0'?><gml/>", "not_boundaries"),
    (b'{"type": "Topology", "arcs": [], "objects": {"q": {"type": "GeometryCollection", "geometries":'
     b' [{"type": "Point", "coordinates": [13, 52], "properties": {}}]}}}', "not_boundaries"),
    (b'{"type": "FeatureCollection", "features": []}', "no_features"),
    (b'{"type": "FeatureCollection", "features": [', "unreadable"),
    (b'{"a": 1}', "unreadable"),
    (b"SQLite format 3\x00" + b"\x00" * 200, "not_geopackage"),
    (b"PK\x03\x04 no zip", "zip_broken"),
])  # fmt: skip
def test_what_is_not_boundaries_is_refused(tmp_path, folder, content, code):
    assert refused(written(tmp_path / "grenzen.geojson", content), folder) == code


def test_a_file_above_the_limit_is_refused_unread(tmp_path, folder):
    path = tmp_path / "large.geojson"
    with path.open("wb") as sink:
        # A sparse file: 200 MB and one byte that take no room.
        sink.truncate(200_000_001)
    assert refused(path, folder) == "file_too_large"


def test_a_zip_bomb_is_refused_before_it_unfolds(tmp_path, folder):
    path = zipped(tmp_path / "bomb.zip", ("quartiere.shp", b"\0" * 50_000_000))
    assert refused(path, folder) == "zip_bomb"
    assert not [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size > 1_000_000]


def test_a_zip_whose_directory_lies_about_sizes_is_stopped(tmp_path, folder):
    path = zipped(tmp_path / "lie.zip", ("quartiere.shp", b"\0" * 900_000))
    raw = bytearray(path.read_bytes())
    # The size after unpacking, in the central directory: 1,000 bytes instead of 900,000.
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(raw)
    assert refused(path, folder) in ("zip_bomb", "zip_broken")
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 100_000


def test_many_members_together_may_not_exceed_the_limit(tmp_path, folder):
    members = [(f"q{n}.dbf", bytes(range(256)) * 400) for n in range(5)]
    assert refused(zipped(tmp_path / "much.zip", *members), folder, Limits(unpacked_bytes=400_000)) == "zip_bomb"


def test_too_many_entries(tmp_path, folder):
    path = zipped(tmp_path / "many.zip", *((f"{n}.txt", b"") for n in range(501)))
    assert refused(path, folder) == "zip_entries"


@pytest.mark.parametrize("name", ["../../etc/q.shp", "/etc/q.shp", "..\\q.shp", "C:\\q.shp"])
def test_paths_that_lead_out_are_refused(tmp_path, folder, name):
    assert refused(zipped(tmp_path / "path.zip", (name, b"x")), folder) == "zip_path"


def test_a_link_in_a_zip_is_refused(tmp_path, folder):
    path = tmp_path / "link.zip"
    info = zipfile.ZipInfo("q.shp")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refused(path, folder) == "zip_path"


def test_a_zip_within_a_zip_is_not_unpacked(tmp_path, folder):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("q.geojson", "{}")
    path = zipped(tmp_path / "outer.zip", ("inner.zip", inner.getvalue()))
    assert refused(path, folder) == "zip_without_boundaries"


def test_a_shapefile_without_its_table_names_what_is_missing(tmp_path, folder):
    with pytest.raises(BoundaryError) as caught:
        take_in([("q.zip", zipped(tmp_path / "q.zip", ("q.shp", b"x"), ("q.shx", b"x")))], folder)
    assert "fehlen .dbf" in caught.value.findings[0].text("de")


def test_a_geopackage_that_reaches_elsewhere_is_refused(tmp_path, folder):
    path = towns.write_layer(tmp_path / "q.gpkg", towns.quarters())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'evil', 'evil', 0,"
        " 'CREATE VIRTUAL TABLE evil USING VirtualOGR(''/etc/passwd'')')"
    )
    connection.commit()
    connection.close()
    assert refused(path, folder) == "geopackage_unsafe"


def test_a_geojson_in_a_zip_is_read(tmp_path, folder):
    content = towns.write_geojson(tmp_path / "q.geojson", towns.quarters()).read_bytes()
    layers = take_in([("q.zip", zipped(tmp_path / "q.zip", ("ordner/q.geojson", content)))], folder)
    assert [(layer.file, layer.layer) for layer in layers] == [("q.geojson", "q")]
    assert len(read_rows(layers[0], ["NR"])) == 12


def test_a_geojson_called_otherwise_is_known_by_its_content(tmp_path, folder):
    content = towns.write_geojson(tmp_path / "q.geojson", towns.quarters()).read_bytes()
    layers = take_in([("grenzen.txt", written(tmp_path / "grenzen.txt", b"\xef\xbb\xbf" + content))], folder)
    assert len(read_rows(layers[0], ["NR"])) == 12


def test_too_many_features(tmp_path, folder):
    path = towns.write_geojson(tmp_path / "q.geojson", towns.quarters())
    layer = take_in([("q.geojson", path)], folder)[0]
    with pytest.raises(BoundaryError) as caught:
        read_rows(layer, [], limits=Limits(features=5))
    assert caught.value.findings[0].code == "too_many_features"


@pytest.mark.parametrize(("text", "code"), [
    ("", "yaml_not_mapping"),
    ("- 1", "yaml_not_mapping"),
    ("a: [", "yaml_unreadable"),
    ("a: &x [1]\nb: *x", "yaml_alias"),
    ("x" * 200_001, "yaml_too_long"),
    ("boundary_date: 2021-01-01", "no_levels"),
    ("boundary_date: gestern\nlevels: [{code: a, title: A, key: k}]", "yaml_date"),
    ("boundary_date: 2021-01-01\nlevels: [{code: A b, title: A, key: k}]", "level_code"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A}]", "level_without_key"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A, key: k, ebene: 1}]", "yaml_unknown"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A, key: k, dissolve: b}]", "dissolve_order"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A, key: k, parent: {level: b, prefix: 1}}]",
     "parent_level_order"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A, key: k}, {code: a, title: A, key: k}]", "level_twice"),
    ("boundary_date: 2021-01-01\nlevels: [{code: a, title: A, key: k, pad: viel}]", "yaml_number"),
    ("boundary_date: 2021-01-01\nlevels: [x]", "yaml_level_shape"),
])  # fmt: skip
def test_a_wrong_description_is_refused_with_its_place(text, code):
    with pytest.raises(BoundaryError) as caught:
        parse_description(text, "Stadt")
    assert code in {finding.code for finding in caught.value.findings}


def test_keys_in_a_description_keep_their_zeros():
    level = "{code: a, title: A, key: NO, names: {01: Mitte}, unit: {key: 00, name: S}}"
    told = parse_description(f"boundary_date: 31.12.2020\nlevels: [{level}]", "Stadt")
    assert told.boundary_date.isoformat() == "2020-12-31"
    assert (told.levels[0].key, told.levels[0].unit, told.levels[0].names) == ("NO", ("00", "S"), {"01": "Mitte"})


def test_every_message_has_words_in_both_languages_and_no_hole_left_open():
    room = Path(__file__).parents[1]
    words = yaml.safe_load((room / "findings.yaml").read_text("utf-8"))
    source = "".join(file.read_text("utf-8") for file in room.glob("*.py"))
    raised = set(re.findall(r'\b(?:error|warning|hint)\(\s*"(\w+)"', source))
    assert raised <= set(words)
    assert not {code for code in words if f'"{code}"' not in source}
    for code, texts in words.items():
        fields = {lang: {f for _, f, _, _ in string.Formatter().parse(text) if f} for lang, text in texts.items()}
        assert fields["de"] == fields["en"], code
