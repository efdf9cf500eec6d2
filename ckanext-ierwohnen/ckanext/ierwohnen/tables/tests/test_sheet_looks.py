"""What an XLSX shows and its bare values do not say: number formats, raised marks, merged, hidden and struck cells."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from ckanext.ierwohnen.tables.number_formats import look
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.problems import Severity
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.tests.dirt import HEAD, UNITS, cells, checked, codes, numbers, text
from ckanext.ierwohnen.tables.tests.sheets import ods

VALUES = [123, 45, 300, 400, 500, 600]


def book(change: Callable[[Any, Any], Any], values: list[Any] = VALUES) -> bytes:
    """The table of quarters as XLSX; `change` gets workbook and sheet and overwrites cells."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream)
    sheet = made.add_worksheet("Daten")
    sheet.write_row(0, 0, HEAD)
    for n, ((key, name), value) in enumerate(zip(UNITS.items(), values, strict=True), 1):
        sheet.write_row(n, 0, [key, name, value])
    change(made, sheet)
    made.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("form", "number", "read", "told"),
    [
        ('"."', "5", ".", "shown_as_sign"), (";;;", "7", "", "hidden_by_format"),
        ("[White]0", "7", "", "hidden_by_format"), ('#,##0"p"', "123", "123 p", "format_beside"),
        ('#,##0;-#,##0;"."', "0", ".", "shown_as_sign"), ('#,##0;-#,##0;"."', "4", None, None),
        ('0;-0;"-"', "0", "-", None), ('_-* #,##0 "€"_-;-* #,##0 "€"_-;_-* "-"?? "€"_-;_-@_-', "0", "-", None),
        ('_-* #,##0 "€"_-;-* #,##0 "€"_-;_-* "-"?? "€"_-;_-@_-', "-5,5", "-5,5 €", None),
        ("#,##0;-#,##0;", "0", "", "zero_not_shown"), ('[<5]".";0', "3", ".", "shown_as_sign"),
        ('[<5]".";0', "8", None, None), ('"<"0', "5", "<5", "shown_as_sign"),
        ("\\(0\\)", "5", "(5)", "format_beside"), ("#,##0;(#,##0)", "-8", None, None),
        ('#,##0 "T€"', "120", "120 T€", "format_beside"), ("#,##0,", "1234567", "1234,567 Tsd.", "shown_scaled"),
        ('0.0,,"Mio. €"', "3200000", "3,2 Mio. €", "shown_scaled"), ("0.0%", "0,057", "5,7%", None),
        ('0.0"%"', "5,7", "5,7%", None), ("00000000", "1100101", "01100101", None), ("dd.mm.yyyy", "5", None, None),
        ('0.0,"k"', "1234", "1,234 Tsd.", "shown_scaled"), ('#,##0," Tsd €"', "1234000", "1234 Tsd. €", "shown_scaled"),
        ('0," in Tsd."', "12000", "12 Tsd.", "shown_scaled"), ('0.0,,"M"', "5000000", "5 Mio.", "shown_scaled"),
        ('0," €"', "1234", "1234", "scale_open"), ('0.0,," Mrd"', "1234", "1234", "scale_open"),
        ('0" Stk."', "3", "3", "format_beside"), ("#,##0;[Red]-#,##0", "-3", None, None), ("", "3", None, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_format_shows_it(form, number, read, told):
    seen = look(form, number)
    assert (seen and seen.text.lstrip("\ue000"), seen and seen.told) == (read, told)


def test_what_formats_hide_is_not_published_and_told_without_its_value():
    forms = ['"."', ";;;", '#,##0"p"', "\\(0\\)", '#,##0;-#,##0;"."', "#,##0,"]

    def change(made, sheet):
        for n, (form, value) in enumerate(zip(forms, [123, 45, 300, 400, 0, 1_234_567], strict=True), 1):
            sheet.write(n, 2, value, made.add_format({"num_format": form}))

    table = read_table(book(change), "t.xlsx")
    report = checked(table)
    assert numbers(table, "Wohnungen", report) == [None, None, 300, 400, None, 1_234_567]
    assert {"preliminary", "limited"} <= report.signs["Wohnungen"] and report.statuses["secret"] == 2
    told = {p.code: p for p in report.problems}
    assert told["shown_as_sign"].params["count"] == 2 and told["hidden_by_format"].row == 3
    for code in ("shown_as_sign", "hidden_by_format"):
        assert told[code].severity is Severity.WARNING
        assert not any(value in told[code].message(lang) for value in ("123", "45") for lang in ("de", "en"))


def test_units_of_formats_are_those_of_their_cells():
    def change(made, sheet):
        for n in range(1, 7):
            form = made.add_format({"num_format": '#,##0 "T€"' if n == 2 else '#,##0 "€"'})
            sheet.write(n, 2, 10 * n, form)
        sheet.write(0, 2, "Miete in €")

    table = read_table(book(change), "t.xlsx")
    assert numbers(table, "Miete in €") == [10, 20_000, 30, 40, 50, 60]
    assert "format_beside" in codes(checked(table))


def test_a_shortened_number_with_an_open_word_waits_for_a_persons_choice():
    def change(made, sheet):
        for n in range(1, 7):
            sheet.write(n, 2, 1_000 * n, made.add_format({"num_format": '0," SKE"'}))

    told = next(p for p in checked(read_table(book(change), "t.xlsx")).problems if p.code == "scale_open")
    assert (told.severity, told.params["count"]) == (Severity.ERROR, 6) and "SKE" in told.message("de")
    for offer, value in zip(told.repair, (1_000, 1), strict=True):
        table = read_table(book(change), "t.xlsx", {"scale": {"Wohnungen": offer["value"]}})
        report = checked(table)
        assert numbers(table, "Wohnungen", report)[0] == value and report.publishable


@pytest.mark.parametrize("form", ["yyyy", "mm/yyyy", "[$-407]mmmm\\ yyyy;@", "mmm yy"])
def test_a_date_of_which_the_year_or_month_is_shown_is_that_year_or_month(form):
    wanted = "2024" if form == "yyyy" else "2024-03"

    def change(made, sheet):
        looks = made.add_format({"num_format": form})
        sheet.write(0, 3, "Zeitpunkt")
        sheet.write_datetime(0, 2, datetime(2024, 3, 1), looks)
        for n in range(1, 7):
            sheet.write_datetime(n, 3, datetime(2024, 3, 1), looks)

    table = read_table(book(change), "t.xlsx")
    assert {parse_period(row[3]).text for row in cells(table)} == {parse_period(table.names[2]).text} == {wanted}


def test_an_ods_shows_percent_and_years_as_they_are_meant():
    rows = [["Nr", "Jahr", "Veränderung in %"], *([key, date(2024, 12, 31), -0.045] for key in UNITS)]
    shown = {
        'value-type="float" office:value="-0.045"><text:p>-0.045': (
            'value-type="percentage" office:value="-0.045"><text:p>-4,5 %'
        ),
        "<text:p>31.12.2024": "<text:p>2024",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods({"Daten": rows}))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            for before, after in shown.items():
                content = content.replace(before, after)
            new.writestr(name, content)
    table = read_table(stream.getvalue(), "t.ods")
    report = checked(table)
    assert numbers(table, "Veränderung in %", report) == [-4.5] * 6 and report.periods == ["2024"]


def test_raised_marks_are_footnotes_in_values_keys_names_and_headings():
    def change(made, sheet):
        up = made.add_format({"font_script": 1})
        sheet.write_rich_string(0, 2, "Fläche 2022 in m", up, "2", " ", up, "1")
        sheet.write_rich_string(1, 2, "1234", up, "1")
        sheet.write_rich_string(2, 1, "Ost", up, "a)")
        sheet.write_rich_string(3, 0, "03", up, "1")
        sheet.write_rich_string(4, 2, "77", up, "p")

    table = read_table(book(change), "t.xlsx")
    column = "Fläche 2022 in m²"
    assert table.names[2] == column and [row[0] for row in cells(table)] == list(UNITS)
    report = checked(table)
    assert numbers(table, column, report)[:4] == [1234, 45, 300, 77]
    assert "preliminary" in report.signs[column] and cells(table)[1][1] == "Ost"
    assert {(p.column, p.row) for p in report.problems if p.code == "mark_cut"} == {
        (column, 1), ("Stadtteil", 3), ("Nr", 4),
    }  # fmt: skip


def test_a_merged_value_is_nobodys_and_a_merged_key_is_filled_down():
    report = checked(read_table(book(lambda made, sheet: sheet.merge_range(2, 2, 3, 2, 120)), "t.xlsx"))
    found = next(p for p in report.problems if p.code == "merged_value")
    assert (found.severity, found.row, found.last_row, found.value) == (Severity.ERROR, 3, 4, "120")
    assert "3, 4" in found.message("de")
    beside = read_table(book(lambda m, s: (s.write(0, 3, "Haushalte"), s.merge_range(2, 2, 2, 3, 120))), "t.xlsx")
    assert "merged_value_columns" in codes(checked(beside))

    def keys(made, sheet):
        for n in range(1, 7, 2):
            sheet.merge_range(n, 0, n + 1, 0, f"0{n}")

    assert not codes(checked(read_table(book(keys), "t.xlsx"))) & {"merged_value", "merged_value_columns"}


def test_hidden_by_width_struck_white_commented_and_never_computed_cells_are_told():
    def change(made, sheet):
        sheet.set_column(1, 1, 0)
        sheet.set_row(4, 0)
        sheet.write(1, 2, 55, made.add_format({"font_strikeout": True}))
        sheet.write(2, 2, 66, made.add_format({"font_color": "white"}))
        sheet.write_comment(3, 2, "intern: Herr M.")
        sheet.write(0, 3, "Haushalte")
        for n in range(1, 7):
            sheet.write_formula(n, 3, f"=C{n + 1}*2")

    table = read_table(book(change), "t.xlsx")
    report = checked(table)
    told = {p.code: p for p in report.problems}
    assert (told["hidden_column"].column, told["hidden_rows"].row) == ("Stadtteil", 5)
    assert (told["struck_out"].row, told["hidden_by_format"].row) == (2, 3)
    assert numbers(table, "Wohnungen", report)[:2] == [55, None]
    assert told["formulas_all_zero"].column == "Haushalte"
    assert "1" in told["cell_comments"].message("de") and "Herr" not in told["cell_comments"].message("de")


def test_an_ods_is_read_as_it_shows_its_cells():
    rows = [HEAD, *([key, name, 100 * n] for n, (key, name) in enumerate(UNITS.items(), 1))]
    style = '<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/></style:style>'
    raised = '<text:span text:style-name="T1">1</text:span>'
    changes = {
        "</office:automatic-styles>": style + "</office:automatic-styles>",
        "<text:p>100</text:p>": "<text:p>.</text:p>",
        "<text:p>200</text:p>": "<text:p>200p</text:p>",
        "<text:p>300</text:p>": "<office:annotation><text:p>geheim</text:p></office:annotation><text:p>(300)</text:p>",
        'office:value-type="float" office:value="400"><text:p>400': f'office:value-type="string"><text:p>1234{raised}',
        "<text:p>05</text:p>": f"<text:p>05{raised}</text:p>",
        "<text:p>500</text:p>": "<text:p/>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods({"Daten": rows}))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            for before, after in changes.items() if name == "content.xml" else ():
                assert before in content
                content = content.replace(before, after)
            at = content.rfind("<table:table-row>") + len("<table:table-row")
            hidden = content[:at] + ' table:visibility="collapse"' + content[at:]
            new.writestr(name, hidden if name == "content.xml" else content)
    table = read_table(stream.getvalue(), "t.ods")
    report = checked(table)
    assert numbers(table, "Wohnungen", report) == [None, 200, 300, 1234, None, 600]
    assert {"secret", "preliminary", "limited"} <= report.signs["Wohnungen"] and cells(table)[4][0] == "05"
    told = {p.code: p.row for p in report.problems}
    assert (told["shown_as_sign"], told["hidden_by_format"], told["hidden_rows"], told["cell_comments"]) == (2, 6, 7, 4)


@pytest.mark.parametrize(
    ("head", "rows", "code"),
    [
        (["Nr", "Einheit", "Miete"], [[k, "TEUR" if k == "03" else "EUR", 12] for k in UNITS], "units_by_row"),
        (["Nr", "Einheit", "Miete"], [[k, "TEUR", 12] for k in UNITS], "scale_beside"),
        (["Nr", "Einheit", "Miete"], [[k, "EUR", 12] for k in UNITS], None),
        (
            ["Nr", "Merkmal", "Einheit", "Wert"],
            [[k, m, e, 7] for k in UNITS for m, e in (("Einwohner", "Personen"), ("Leerstand", "%"))],
            "units_by_row",
        ),
    ],
)
def test_units_in_a_column_of_their_own(head, rows, code):
    found = codes(checked(read_table(text([head, *rows]).encode(), "t.csv"))) & {"units_by_row", "scale_beside"}
    assert found == ({code} if code else set())
