"""Each format of a download, read back by a library that is not ours, holds what was published."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from frictionless import Package, Schema, validate
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ckanext.ierwohnen.look.formula import guarded
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.exports import csv_file, formats, package, workbook
from ckanext.ierwohnen.tables.exports.published import About, OutOfRange, PublishedTable
from ckanext.ierwohnen.tables.meaning import ColumnMeaning
from ckanext.ierwohnen.tables.roles import Role

ATTACK = "=cmd|' /C calc'!A0"
COLUMNS = (
    ColumnMeaning("Nr", "text", "Nr", Role.KEY, system="neuwald-2021", level="quarter", total_keys=("00",)),
    ColumnMeaning("Stadtteil", "text", "Stadtteil", Role.NAME),
    ColumnMeaning("Stichtag", "text", "Stichtag", Role.PERIOD),
    ColumnMeaning("Quote", "numeric", "Leerstand in %", Role.INDICATOR, unit="%", notes="<b>geprüft</b>"),
    ColumnMeaning("Quote_status", "text", "Leerstand in %", Role.STATUS, status_of="Quote"),
    ColumnMeaning("Saldo", "numeric", "Saldo; gesamt", Role.INDICATOR),
    ColumnMeaning("Notiz", "text", '=HYPERLINK("x")', Role.NOTE),
)
ROWS = [
    ("00", "Stadt insgesamt", "2025-12-31", "8.70", None, "-123456789012.5", None),
    ("01", "Südöstliche Höhe „Mühle“", "2025-12-31", "10.9", "preliminary", "0.000001", "mit, Komma; und Semikolon"),
    ("02", "Schlossvorstadt", "2025-12-31", "4", "secret", "-7", 'Zeile 1\nZeile "2"'),
    ("03", "Straße <script>alert(1)</script>", "2025", None, None, "0", ATTACK),
    ("04", "ﾊﾝ 漢字 🏠", "2024-Q3", "0", "nothing", "999999999999999", ""),
]
SHOWN = [None if row[4] == "secret" else row[3] and float(row[3]) for row in ROWS]
ABOUT = About(
    "Leerstand", "Tabelle", "@SUM(1)", "Stadt Neuwald", "CC BY 4.0", "CC-BY-4.0", page="https://example.org/x"
)
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": f"0{number}",
            "properties": {"key": f"0{number}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[number, 50], [number + 1, 50], [number + 1, 51], [number, 51], [number, 50]]],
            },
        }
        for number in (1, 2, 3, 4)
    ],
}


def published(rows: list[tuple] = ROWS, columns: tuple[ColumnMeaning, ...] = COLUMNS) -> PublishedTable:
    """A table in batches of two rows."""

    def batches() -> Any:
        for start in range(0, len(rows), 2):
            cells = list(zip(*rows[start : start + 2], strict=True))
            arrays = [pa.array(column, pa.string()) for column in cells]
            yield pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])

    return PublishedTable(columns, len(rows), batches, ABOUT)


def written(code: str, folder: Path, table: PublishedTable | None = None, locale: str = "de") -> Path:
    form = formats.FORMATS[code]
    path = folder / formats.filename("leerstand", form)
    formats.write(table or published(), form, path, "leerstand", FEATURES, locale)
    return path


def texts(column: str) -> list[str | None]:
    return [row[[one.name for one in COLUMNS].index(column)] for row in ROWS]


def test_csv_read_by_pandas_and_duckdb(tmp_path):
    path = written("csv", tmp_path)
    assert path.read_bytes().startswith(b"Nr,Stadtteil,Stichtag,Quote,Quote_status,Saldo,Notiz\r\n")
    frame = pd.read_csv(path, dtype={"Nr": str, "Stichtag": str}, keep_default_na=False, na_values={"Quote": [""]})
    assert frame["Nr"].tolist() == texts("Nr") and frame["Stadtteil"].tolist() == texts("Stadtteil")
    assert frame["Saldo"].tolist() == [float(text or "nan") for text in texts("Saldo")]
    assert [None if value != value else value for value in frame["Quote"]] == SHOWN
    assert frame["Quote_status"].tolist() == ["", "preliminary", "secret", "", "nothing"]
    assert frame["Notiz"].tolist() == ["", "mit, Komma; und Semikolon", 'Zeile 1\nZeile "2"', "'" + ATTACK, ""]
    query = f"SELECT Nr, Quote, Saldo FROM read_csv('{path}', types={{'Nr': 'VARCHAR', 'Saldo': 'DOUBLE'}})"
    assert duckdb.sql(query).fetchall() == [
        (row[0], shown, float(row[5])) for row, shown in zip(ROWS, SHOWN, strict=True)
    ]


def test_csv_tells_an_empty_text_from_no_value(tmp_path):
    lines = written("csv", tmp_path).read_bytes().decode().split("\r\n")
    assert lines[1].endswith("-123456789012.5,") and lines[5].endswith('999999999999999,""')


def test_csv_for_excel_has_mark_semicolons_commas_and_words(tmp_path):
    path = written("csv-excel", tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfNr;Stadtteil;Stichtag;")
    frame = pd.read_csv(path, sep=";", decimal=",", dtype={"Nr": str, "Stichtag": str}, encoding="utf-8-sig")
    assert list(frame.columns[3:6]) == ["Leerstand in %", "Leerstand in % (Zeichen)", "Saldo; gesamt"]
    assert frame.columns[6] == '\'=HYPERLINK("x")'
    assert frame["Nr"].tolist() == texts("Nr")
    assert frame["Saldo; gesamt"].tolist() == [float(text or "nan") for text in texts("Saldo")]
    assert frame.iloc[:, 4].fillna("").tolist() == ["", "vorläufig", "geschützt", "", "nichts vorhanden"]


@pytest.mark.parametrize("code", ["csv", "csv-excel", "xlsx", "geojson", "gpkg", "parquet"])
def test_a_secret_number_is_in_no_format(tmp_path, code):
    rows = [("02", "Mitte", "2025", "4711.25", str(status), "1", "") for status in Status if not status.has_value]
    path = written(code, tmp_path, published(rows))
    if code == "xlsx":
        content = str([list(sheet.values) for sheet in openpyxl.load_workbook(path)])
    elif code == "parquet":
        content = str(pq.read_table(path).to_pylist())
    else:
        content = path.read_bytes().decode("utf-8", "replace")
        if code == "gpkg":
            content += str(geopandas.read_file(path, layer="Daten").to_dict())
    assert "4711" not in content


def test_workbook_read_by_openpyxl(tmp_path):
    book = openpyxl.load_workbook(written("xlsx", tmp_path))
    assert book.sheetnames == ["Daten", "Zeichen", "Spalten", "Metadaten"]
    sheet = book["Daten"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[3:] == ["Leerstand in %", "Leerstand in % (Zeichen)", "Saldo; gesamt", '=HYPERLINK("x")']
    cells = list(sheet.iter_rows(min_row=2))
    assert [row[0].value for row in cells] == texts("Nr") and {row[0].data_type for row in cells} == {"s"}
    assert [row[3].value for row in cells] == SHOWN and cells[0][3].data_type == "n"
    assert [row[5].value for row in cells] == [float(text or "nan") for text in texts("Saldo")]
    assert cells[0][3].number_format == "#,##0.00" and cells[0][5].number_format == "#,##0.000000"
    assert [row[4].value for row in cells] == [None, "vorläufig", "geschützt", None, "nichts vorhanden"]
    assert cells[0][2].value == dt.datetime(2025, 12, 31) and cells[3][2].value == "2025"
    assert sheet.freeze_panes == "A2" and cells[2][6].value == 'Zeile 1\nZeile "2"'


def test_nothing_in_a_workbook_is_a_formula_or_a_link(tmp_path):
    book = openpyxl.load_workbook(written("xlsx", tmp_path))
    met = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in met if cell.data_type == "f" or cell.hyperlink]
    dangerous = {cell.value: cell for cell in met if str(cell.value).startswith(("=", "@"))}
    assert set(dangerous) == {ATTACK, '=HYPERLINK("x")', "@SUM(1)"}
    assert dangerous[ATTACK].quotePrefix and dangerous[ATTACK].number_format == "@"


def test_workbook_explains_signs_columns_and_itself_in_both_languages(tmp_path):
    book = CalamineWorkbook.from_path(str(written("xlsx", tmp_path)))
    signs = book.get_sheet_by_name("Zeichen").to_python()
    assert [".", "geschützt", "secret"] in [row[:3] for row in signs]
    columns = book.get_sheet_by_name("Spalten").to_python()
    assert columns[4][0] == "Leerstand in %" and "<b>geprüft</b>" in columns[4] and "00 (insgesamt)" in columns[1]
    about = dict(row[:2] for row in book.get_sheet_by_name("Metadaten").to_python())
    assert about["Datensatz"] == "Leerstand" and about["Lizenz"] == "CC BY 4.0" and about["Zeilen"] == "5"
    english = openpyxl.load_workbook(written("xlsx", tmp_path, locale="en"))
    assert english.sheetnames == ["Data", "Signs", "Columns", "About"]
    assert english["Data"]["E4"].value == "protected"


def test_a_text_too_long_for_excel_is_cut_and_told(tmp_path):
    rows = [("01", "x" * 40_000, "2025", "1", None, "1", "")]
    book = openpyxl.load_workbook(written("xlsx", tmp_path, published(rows)))
    assert len(book["Daten"]["B2"].value) == workbook.LONGEST_TEXT
    assert "gekürzt" in str([row for row in book["Spalten"].values])


def test_excel_holds_no_more_than_it_can():
    long = PublishedTable(COLUMNS, 1_048_576, published().batches)
    reason = formats.why_not(long, formats.FORMATS["xlsx"], None, "de")
    assert "1\u202f048\u202f576" in reason and "CSV" in reason
    fitting = PublishedTable(COLUMNS, 1_048_575, published().batches)
    assert formats.why_not(fitting, formats.FORMATS["xlsx"], None, "de") == ""
    assert formats.why_not(long, formats.FORMATS["csv"], None, "de") == ""


def test_parquet_read_by_pyarrow_and_duckdb(tmp_path):
    path = written("parquet", tmp_path)
    table = pq.read_table(path)
    assert table["Nr"].to_pylist() == texts("Nr") and table["Quote"].to_pylist() == SHOWN
    assert table["Saldo"].to_pylist() == [float(text or "nan") for text in texts("Saldo")]
    assert table["Notiz"].to_pylist() == texts("Notiz") and table["Quote_status"].to_pylist() == texts("Quote_status")
    meaning = json.loads(table.schema.field("Quote").metadata[b"ierwohnen"])
    assert meaning["ierwohnen:unit"] == "%" and meaning["title"] == "Leerstand in %"
    assert json.loads(table.schema.metadata[b"about"])["licence"] == "CC BY 4.0"
    assert duckdb.sql(f"SELECT sum(Saldo) FROM '{path}' WHERE Nr >= '01'").fetchall() == [
        (pytest.approx(999999999999992.0),)
    ]


def test_geojson_read_by_geopandas_and_as_json(tmp_path):
    path = written("geojson", tmp_path)
    features = json.loads(path.read_text("utf-8"))["features"]
    assert [one["properties"]["Nr"] for one in features] == texts("Nr")
    assert [one["properties"]["Quote"] for one in features] == SHOWN
    assert features[0]["geometry"] is None and features[3]["properties"]["Notiz"] == ATTACK
    assert '"Saldo":-123456789012.5' in path.read_text("utf-8")
    frame = geopandas.read_file(path)
    assert frame.crs.to_epsg() == 4326 and frame.geometry[1].bounds == (1, 50, 2, 51)


def test_geopackage_read_by_geopandas(tmp_path):
    path = written("gpkg", tmp_path)
    assert {name for name, _ in pyogrio.list_layers(path)} == {"Daten", "Spalten", "Zeichen"}
    frame = geopandas.read_file(path, layer="Daten")
    assert frame["Nr"].tolist() == texts("Nr") and frame["Notiz"].tolist()[3] == ATTACK
    assert [None if value != value else value for value in frame["Quote"]] == SHOWN
    assert frame["Saldo"].tolist() == [float(text or "nan") for text in texts("Saldo")]
    assert frame.geometry[0] is None and frame.geometry[4].bounds == (4, 50, 5, 51)
    assert frame.crs.to_epsg() == 4326
    signs = pyogrio.read_dataframe(path, layer="Zeichen")
    assert "geschützt" in signs["label"].tolist()


def test_borders_are_refused_where_the_file_would_be_enormous():
    many = PublishedTable(COLUMNS, 10_000_000, published().batches)
    assert "MB" in formats.why_not(many, formats.FORMATS["geojson"], FEATURES, "de")
    assert "Schlüssel" in formats.why_not(many, formats.FORMATS["gpkg"], None, "de")


def test_data_package_is_valid_and_so_is_the_csv_beside_it(tmp_path, monkeypatch):
    written("csv", tmp_path)
    written("tableschema", tmp_path)
    descriptor = written("datapackage", tmp_path)
    monkeypatch.chdir(tmp_path)
    report = validate(descriptor.name, type="package")
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])
    rows = Package(descriptor.name).resources[0].read_rows()
    assert [row["Nr"] for row in rows] == texts("Nr")
    assert [row["Quote"] and float(row["Quote"]) for row in rows] == SHOWN
    assert Schema.from_descriptor("tableschema.json").field_names == [column.name for column in COLUMNS]


def test_a_number_that_breaks_the_schema_is_found(tmp_path, monkeypatch):
    path = written("csv", tmp_path)
    path.write_bytes(path.read_bytes().replace(b",preliminary,", b",somehow,").replace(b",-7,", b",sieben,"))
    written("datapackage", tmp_path)
    monkeypatch.chdir(tmp_path)
    found = {row[0] for row in validate("datapackage.json", type="package").flatten(["type"])}
    assert found == {"constraint-error", "type-error"}


def test_the_schema_follows_from_the_meaning_and_names_the_units():
    schema = package.table_schema(COLUMNS)
    assert schema["ierwohnen:unitReferences"] == [
        {"field": "Nr", "system": "neuwald-2021", "level": "quarter", "boundaryDate": None, "notUnits": ["00"]}
    ]
    status = schema["fields"][4]
    assert status["ierwohnen:statusOf"] == "Quote" and "secret" in status["constraints"]["enum"]
    assert schema == package.table_schema(published(ROWS[:1]).columns)


TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = (ColumnMeaning("Eins", "text", "Eins", Role.NOTE), ColumnMeaning("Zwei", "text", "Zwei", Role.NOTE))


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@FEW
@pytest.mark.parametrize("dialect", [csv_file.PLAIN, csv_file.EXCEL], ids=["plain", "excel"])
def test_any_text_comes_back_from_csv(rows, dialect):
    out = io.BytesIO()
    csv_file.write_csv(published(rows, WORDS), out, dialect)
    text = out.getvalue().decode("utf-8-sig" if dialect.mark else "utf-8")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter))
    assert read[1:] == [[guarded(cell or "", dialect.delimiter) for cell in row] for row in rows]


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@FEW
def test_any_text_comes_back_from_parquet_and_json(rows, tmp_path):
    keyed = tuple(dataclasses.replace(one, role=Role.KEY, system="x", level="y") for one in WORDS)
    table = published(rows, keyed)
    assert [tuple(row.values()) for row in pq.read_table(written("parquet", tmp_path, table)).to_pylist()] == rows
    features = json.loads(written("geojson", tmp_path, table).read_text("utf-8"))["features"]
    assert [tuple(one["properties"].values()) for one in features] == rows


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
@FEW
@example(text="_x0041_")
@example(text="=1+1")
@example(text="https://example.org")
@example(text=" 01 ")
def test_any_text_comes_back_from_a_workbook(text, tmp_path):
    sheet = CalamineWorkbook.from_path(
        str(written("xlsx", tmp_path, published([(text, "x")], WORDS)))
    ).get_sheet_by_index(0)
    assert sheet.to_python()[1] == [text, "x"]


def test_numbers_beyond_what_excel_holds_are_not_dropped(tmp_path):
    column = (ColumnMeaning("Zahl", "numeric", "Zahl", Role.INDICATOR),)
    table = published([("1" + "0" * 400,), ("NaN",), ("1e-300",), ("-0.5",)], column)
    sheet = openpyxl.load_workbook(written("xlsx", tmp_path, table)).worksheets[0]
    assert [cell.value for cell in sheet["A"][1:]] == ["1" + "0" * 400, None, 1e-300, -0.5]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Leerstand Süd & Höhe 2025.csv", "leerstand-sued-hoehe-2025"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"; filename="x.exe', "a-filename-x-exe"),
        ("CON", "tabelle-con"),
        ("漢字", "tabelle"),
        ("x" * 300, "x" * 60),
    ],
)
def test_file_names_are_safe(name, stem):
    assert formats.file_stem(name) == stem


@pytest.mark.parametrize("code", formats.FORMATS)
def test_the_name_of_a_file_says_its_format(code):
    form = formats.FORMATS[code]
    assert formats.format_of(formats.filename("was-auch-immer", form)) == form
    assert formats.format_of("x.exe") is None


def test_a_table_without_rows_has_its_columns_in_every_format(tmp_path):
    for code in formats.FORMATS:
        assert written(code, tmp_path, published([])).stat().st_size > 0
    assert pq.read_table(tmp_path / "leerstand.parquet").column_names == [column.name for column in COLUMNS]
    assert json.loads((tmp_path / "leerstand.geojson").read_text())["features"] == []


@pytest.mark.parametrize("code", ["parquet", "gpkg"])
def test_what_a_format_has_no_room_for_is_told_and_never_infinite(tmp_path, code):
    rows = [("01", "Mitte", "2025", "1" + "0" * 400, None, "1", "")]
    with pytest.raises(OutOfRange, match="Quote"):
        written(code, tmp_path, published(rows))
    assert "0" * 400 in written("csv", tmp_path, published(rows)).read_text("utf-8")
    assert json.loads(written("geojson", tmp_path, published(rows)).read_text("utf-8"))["features"]


def test_days_without_end_are_empty_and_years_beyond_9999_told(tmp_path):
    columns = (*COLUMNS[:2], ColumnMeaning("Tag", "date", "Tag", Role.NOTE))
    rows = [("01", "Mitte", "infinity"), ("02", "Süd", "-infinity"), ("03", "Ost", "2025-12-31")]
    typed = pq.read_table(written("parquet", tmp_path, published(rows, columns))).column("Tag").to_pylist()
    assert typed == [None, None, dt.date(2025, 12, 31)]
    assert b"infinity" not in written("csv", tmp_path, published(rows, columns)).read_bytes()
    with pytest.raises(OutOfRange, match="Tag"):
        written("parquet", tmp_path, published([("01", "Mitte", "12025-12-31")], columns))
