"""Control characters in a file: told with row and column, never stored, and never dropped in silence."""

from __future__ import annotations

import json
from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckRun, check_table
from ckanext.ierwohnen.tables.load import copy_chunks, load_plan
from ckanext.ierwohnen.tables.point_files import read_points
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.sheet_rows import column_text

COUNT = 400
UNITS = LevelKeys("stadt", "block", "Block", date(2021, 1, 1), {f"{n:03d}": f"Ort {n}" for n in range(COUNT)})
ROLES = [ColumnRole("Nr", "key", "block", "stadt"), ColumnRole("Ort", "name"), ColumnRole("Wohnungen", "indicator")]


def table(key: str = "012", name: str = "Ort 12", end: str = "", rows: int = COUNT):
    lines = [f"{n % COUNT:03d};Ort {n % COUNT};{n}" for n in range(rows)]
    lines[12] = f"{key};{name};12"
    return "Nr;Ort;Wohnungen\n" + "\n".join(lines) + "\n" + end


def problems(data: bytes):
    found = read_table(data, "t.csv")
    return check_table(found, ROLES, [UNITS]).problems


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x1b", "\x7f"])
def test_a_key_with_a_control_character_is_told_with_its_row(sign, encoding):
    (told,) = [p for p in problems(table(f"0{sign}12").encode(encoding)) if p.code == "control_character"]
    assert (told.row, told.column, told.severity) == (14, "Nr", "error")
    assert f"„0⟨U+{ord(sign):04X}⟩12“" in told.message("de") and sign not in told.message("de")
    assert told.repair == ({"action": "replace", "row": 14, "column": "Nr", "value": "012"},)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_far_down_in_a_large_file_no_zero_character_reaches_the_database(tmp_path, encoding):
    text = table(rows=700_000).replace("399;Ort 399;699999", "39\x009;Örtchen;69\x009999")
    path = tmp_path / "gross.csv"
    path.write_bytes(text.encode(encoding) + b"\x00" * 3_000_000)  # the end of the file is padded
    found = read_table(path, path.name)
    check = CheckRun(found, ROLES, [UNITS])
    copied = b"".join(copy_chunks(found, load_plan(found, ROLES, [UNITS], keep_special=True), check))
    assert b"\x00" not in copied and copied.count(b"\n") == 700_000
    told = {(p.code, p.row, p.column) for p in check.report().problems if p.row == 700_001 and p.severity == "error"}
    assert {("control_character", 700_001, "Nr"), ("not_a_number", 700_001, "Wohnungen")} <= told


def test_padding_at_the_end_of_a_small_file_is_no_row():
    data = table().encode() + b"\x00" * 2
    assert [row.cells[0] for row in read_table(data, "t.csv").rows()][-1] == f"{COUNT - 1:03d}"
    assert not [p for p in problems(data) if p.code == "control_character"]


def test_marks_that_turn_the_writing_are_told_and_plain_text_is_not():
    codes = [p.code for p in problems(table(name="Ort\u202e 12").encode())]
    assert "control_character" in codes
    plain = table(name="Ört\u00ad „12“ – ‚Weg‘ …")
    assert "control_character" not in [p.code for p in problems(plain.encode())]


def test_cells_of_sheets_and_attributes_of_points_show_it_too(tmp_path):
    assert column_text(["1\x002", "a"]).to_pylist() == ["1␀2", "a"]
    shape = {"type": "Point", "coordinates": [12, 51]}
    feature = {"type": "Feature", "properties": {"Nr": "1\x072"}, "geometry": shape}
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, feature]}))
    points = read_points(path, path.name)
    report = check_table(points, propose_roles(points), [])
    assert "control_character" in {p.code for p in report.problems}


def test_a_heading_with_one_is_a_plain_name_of_a_field():
    text = table().replace("Wohnungen", "Woh\x01nungen\x00").encode()
    found = read_table(text, "t.csv")
    roles = [*ROLES[:2], ColumnRole(found.names[2], "indicator")]
    assert [field.name for field in load_plan(found, roles, [UNITS]).fields][2] == "Wohnungen"
