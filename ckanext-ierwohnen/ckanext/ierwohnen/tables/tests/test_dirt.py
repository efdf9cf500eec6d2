"""The dirt of real shared drives, kind by kind: each is read right, or told in plain words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.columns_of_text import one_byte
from ckanext.ierwohnen.tables.declared_signs import declared_signs, legend_signs
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, settings
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.tests.dirt import HEAD, ROWS, UNITS, cells, checked, codes, numbers, text
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx
from ckanext.ierwohnen.tables.twice_encoded import mended
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

# --- encodings, separators, numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("large", [False, True], ids=["small", "streamed"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"), ("cp1252", b""), ("latin-1", b""), ("mac_roman", b""), ("cp850", b""),
    ],
)  # fmt: skip
def test_every_encoding_gives_the_same_rows(monkeypatch, encoding, mark, large):
    if large:
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 10_000)
    rows = [["Nr", "Straße", "Größe"], *([f"{i:05d}", "Mühlenstraße", f"{i},5"] for i in range(1500))]
    data = mark + (text(rows) + "Quelle: Amt für Statistik, Übersicht;;\n").encode(encoding)
    table = read_table(data, "t.csv")
    assert cells(table) == [list(map(str, row)) for row in rows[1:]]
    assert [line.text for line in table.foot] == ["Quelle: Amt für Statistik, Übersicht"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "streamed"])
@pytest.mark.parametrize("page", ["cp1252", "latin-1", "mac_roman", "cp850"])
def test_texts_that_were_encoded_twice_are_put_right_and_told(monkeypatch, page, kind):
    def seen(cell):
        return "".join(bytes([b]).decode(page, "replace").replace("\ufffd", chr(b)) for b in str(cell).encode())

    rows = [["Nr", "Straße", "Größe (m²)"], *([f"{i:03d}", "Mühlgäßchen – Süd", i] for i in range(400))]
    twice = [list(map(seen, row)) for row in rows]
    if kind == "streamed":
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 1_000)
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading_lines.BLOCK", 1_021)  # sequences lie across blocks
    made = {"xlsx": xlsx, "ods": ods}[kind]({"T": twice}) if kind in ("xlsx", "ods") else text(twice).encode()
    table = read_table(made, f"t.{kind}")
    assert table.names == rows[0] and [row[1] for row in cells(table)] == ["Mühlgäßchen – Süd"] * 400
    [told] = [p for p in table.problems if p.code == "encoded_twice"]
    assert told.params["now"] in ("Straße", "Größe")
    if kind == "csv":
        assert read_table(made, "t.csv", {"encoding": "utf-8"}).names == twice[0]


@pytest.mark.parametrize("word", ["Süd", "Ça va", "Ã", "Âge", "naïve – „Größe“ 5 m² · 3 °C", "â", "√2"])
def test_other_texts_are_left_as_they_are(word):
    assert mended(word) == word
    table = read_table(text([["Nr", f"Straße {word} 5"], ["1", word], ["2", "x"]]).encode(), "t.csv")
    assert "encoded_twice" not in {problem.code for problem in table.problems}


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\n\x1a\x1a\r\n", "\r\n\x1a\r\n"])
def test_the_sign_with_which_dos_ended_files_is_no_row(end):
    table = read_table((text([HEAD, *ROWS]).rstrip("\n") + end).encode(), "t.csv")
    assert cells(table) == [list(map(str, row)) for row in ROWS]
    assert "control_character" not in codes(checked(table))


@pytest.mark.parametrize(
    "notes",
    [
        ["Ost ist in Nord enthalten."], ["Nord einschließlich Ost"], ["Werte ohne Heime", "Süd siehe West."],
        ["-1: gesperrt"], ["999 = geheim"], ["Grünanlagen"], ["", "Ost ist in Nord enthalten."],
    ],
    ids=lambda notes: notes[-1][:12],
)  # fmt: skip
def test_sentences_right_below_the_data_are_notes(notes):
    below = [notes] if not notes[0] else [[note] for note in notes]
    table = read_table(text([HEAD, *ROWS, *below]).encode(), "t.csv")
    assert cells(table) == [list(map(str, row)) for row in ROWS]
    assert [line.text for line in table.foot] == [note for note in notes if note]
    told = [p for p in table.problems if p.code == "unit_within_other"]
    assert len(told) == sum("Ost" in note or "siehe" in note for note in notes)


@pytest.mark.parametrize("row", [["07 Höhe 12"], ["", "Höhe"], ["Insgesamt", "", 4566], ["", "ohne Angabe", 3]])
def test_rows_that_may_be_data_are_no_notes(row):
    table = read_table(text([HEAD, *ROWS, row]).encode(), "t.csv")
    assert cells(table)[-1] == [*map(str, row), *[""] * (3 - len(row))]


def test_which_encodings_have_a_byte_for_each_character():
    one = ["cp1252", "latin-1", "iso8859-15", "mac_roman", "cp850", "cp437", "iso8859-2", "koi8-r", "ascii"]
    more = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gbk", "gb18030", "big5", "cp932", "shift_jis", "euc_jp",
            "iso2022_jp", "hz", "utf-7", "cp037", "cp949"]  # fmt: skip
    assert [name for name in [*one, *more] if one_byte(name)] == one


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
@pytest.mark.parametrize("encoding", ["utf-8", "mac_roman", "utf-16"])
def test_ends_of_lines_in_large_files(monkeypatch, encoding, end):
    data = text([["Größen"], HEAD, *([f"{i:04d}", "Südost", i] for i in range(900))]).replace("\n", end)
    small = read_table(data.encode(encoding), "t.csv")
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    large = read_table(data.encode(encoding), "t.csv")
    assert cells(large) == cells(small) and len(cells(small)) == 900
    assert [row.number for row in large.rows()] == [row.number for row in small.rows()]


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_large_files_of_any_bytes_are_read_as_small_ones(monkeypatch, quote):
    letters = [bytes([n]).decode("mac_roman") for n in range(128, 256)]
    body = [[f"{i:04d}", f"{quote}{sign} {sign}{quote}", i] for i, sign in enumerate(letters)]
    rows = [["Nr", "Zeichen", "Zahl"], *body]
    rows.insert(50, ["0999", "zu", "viele", "Felder"])
    data = text(rows).encode("mac_roman")
    small = read_table(data, "t.csv", {"encoding": "mac_roman", "separator": ";"})
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    large = read_table(data + b"\x00" * 50, "t.csv", {"encoding": "mac_roman", "separator": ";"})
    rows_of_small = [row for row in cells(small) if row[0] != "0999"]
    assert cells(large) == rows_of_small and len(rows_of_small) == 128
    assert "ragged_row" in codes(checked(large)) and "ragged_row" in codes(checked(small))


def test_a_byte_that_is_no_character_far_below_is_refused_in_words(monkeypatch):
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    data = text([["Nr", "Ort"], *([f"{i:05d}", "Südost"] for i in range(60_000))]).encode("cp1252")
    table = read_table(data + b"60001;\x81\n", "t.csv", {"encoding": "cp1252"})
    with pytest.raises(TableUnreadable) as caught:
        list(table.chunks())
    assert (caught.value.code, caught.value.params["row"]) == ("undecodable", 60_002)


@pytest.mark.parametrize("sign", [".", " ", "\u00a0", "\u2009", "\u202f", "'", "’"])
def test_every_sign_of_thousands_with_a_decimal_comma(sign):
    written = [f"1{sign}234{sign}567,8", f"12{sign}345,6", "987,0", "5,5"]
    table = read_table(
        text([["Nr", "Fläche"], *([f"{i:02d}", cell] for i, cell in enumerate(written))]).encode(), "t.csv"
    )
    assert numbers(table, "Fläche") == [1234567.8, 12345.6, 987.0, 5.5]


def test_percent_and_units_in_the_cells():
    rows = [
        ["Nr", "Leerstand", "Miete"],
        ["01", "5,2 %", "7,10 €/m²"],
        ["02", "6,1%", "8,00 EUR/m²"],
        ["03", "7 v.H.", "9,5 €/qm"],
    ]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert numbers(table, "Leerstand", report) == [5.2, 6.1, 7.0]
    assert numbers(table, "Miete", report) == [7.1, 8.0, 9.5]
    assert "mixed_units" not in codes(report)


def test_two_units_in_one_column_are_an_error():
    rows = [["Nr", "Kosten"], ["01", "5,2 €"], ["02", "6,1 ha"], ["03", "7,0 €"]]
    assert "mixed_units" in codes(checked(read_table(text(rows).encode(), "t.csv")))


def test_the_line_that_excel_writes_for_itself_is_no_title():
    table = read_table(("sep=;\n" + text([HEAD, *ROWS])).encode(), "t.csv")
    assert (table.title, table.header_rows, len(cells(table))) == ((), (2,), 3)


# --- what spreadsheets do to cells --------------------------------------------------------------------------------


def test_formulas_without_a_stored_value_are_an_error():
    report = checked(
        read_table(xlsx({"T": [[*HEAD, "Summe"], *([*row, f"=C{n}*2"] for n, row in enumerate(ROWS, 2))]}), "t.xlsx")
    )
    problem = next(p for p in report.problems if p.code == "formula_without_value")
    assert (problem.column, problem.row, problem.params["count"], report.publishable) == ("Summe", 2, 3, False)


def test_formulas_with_a_stored_value_are_values():
    import io
    import zipfile

    data = xlsx({"T": [[*HEAD, "Summe"], *([*row, "=C2*2"] for row in ROWS)]})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b"</f><v></v>", b"</f><v>42</v>").replace(b"</f><v/>", b"</f><v>42</v>")
            new.writestr(name, content)
    table = read_table(stream.getvalue(), "t.xlsx")
    assert [row[3] for row in cells(table)] == ["42", "42", "42"]
    assert "formula_without_value" not in codes(checked(table))


@pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
def test_days_as_numbers_are_dates_in_a_column_that_is_called_so(make):
    rows = [["Nr", "Stichtag", "Wohnungen"], ["01", 42735, 20001], ["02", 42735, 20002], ["01", 43100, 20003]]
    table = read_table(make({"T": rows}), "t.xlsx")
    assert [row[1] for row in cells(table)] == ["31.12.2016", "31.12.2016", "31.12.2017"]
    assert checked(table).periods == ["2016-12-31", "2017-12-31"]
    assert "31.12.2016" in next(p for p in table.problems if p.code == "dates_from_numbers").message("de")


def test_counts_in_a_column_that_names_a_date_stay_counts():
    rows = [["Nr", "Einwohner am Stichtag"], ["01", 42735], ["02", 42736], ["03", 43100]]
    assert [row[1] for row in cells(read_table(xlsx({"T": rows}), "t.xlsx"))] == ["42735", "42736", "43100"]


def test_keys_that_became_numbers_get_their_zeros():
    rows = [["Schlüssel", "Wohnungen"], [1, 10], [2, 20], [3, 30], [4, 5], [5, 6], [6, 7]]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    assert (report.units_found, report.errors) == (6, 0) and "keys_repaired" in codes(report)


def test_keys_that_became_dates_are_asked_about():
    level = LevelKeys(
        "stadt", "block", "Block", date(2021, 1, 1), {"01.01": "a", "01.02": "b", "02.02": "c", "13.01": "d"}
    )
    rows = [
        ["Schlüssel", "Wohnungen"],
        ["01.01", 10],
        [datetime(2026, 2, 1), 20],
        [datetime(2026, 2, 2), 30],
        ["13.01", 40],
    ]
    table = read_table(xlsx({"T": rows}), "t.xlsx")
    role = ColumnRole("Schlüssel", "key", level="block", system="stadt")
    report = check_table(table, [role, ColumnRole("Wohnungen", "indicator")], [level])
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.row, p.value, p.repair[0]["value"]) for p in found] == [
        (3, "01.02.2026", "01.02"),
        (4, "02.02.2026", "02.02"),
    ]


def test_age_groups_that_became_dates_are_asked_about():
    ages = ["unter 3", datetime(2026, 5, 3), datetime(2026, 10, 6), "11-17"]
    rows = [["Nr", "Alter", "Personen"], *([key, age, 5] for key in ("01", "02") for age in ages)]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.value, p.repair[0]["value"]) for p in found] == [("03.05.2026", "3-5"), ("06.10.2026", "6-10")]


# --- totals -------------------------------------------------------------------------------------------------------


def test_totals_above_between_and_below_are_set_aside():
    rows = [
        HEAD, ["", "Stadt insgesamt", 1000], ["", "Innenstadt zusammen", 300], ["01", "Nord", 100], ["02", "Ost", 200],
        ["", "Außen zusammen", 700], ["03", "Süd", 300], ["04", "West", 400], ["", "Insgesamt", 1000],
    ]  # fmt: skip
    report = checked(read_table(text(rows).encode(), "t.csv"))
    assert [row.row for row in report.specials] == [2, 3, 6, 9]
    assert (report.units_found, report.errors) == (4, 0)
    assert "total_differs" not in codes(report)


# --- signs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "sign", "legend", "status"),
    [
        ("Wohnungen", 999, "999 = geheim", "secret"),
        ("Wohnungen", 9999, "9999 = Wert geheim zu halten", "secret"),
        ("Wohnungen", -1, "-1 = keine Angabe", "missing"),
        ("Wohnungen (- = geheim)", "-", "", "secret"),
        ("Wohnungen", 100, "Index: 2015 = 100\n100 = alle Wohnungen", "ok"),
    ],
)
def test_numbers_that_a_legend_calls_secret_are_no_numbers(head, sign, legend, status):
    rows = [["Nr", "Name", head], ["01", "Nord", 1100], ["02", "Ost", sign], ["03", "Süd", 900], ["04", "West", 800]]
    report = checked(read_table(f"{text(rows)}\n{legend}\n".encode(), "t.csv"))
    assert report.signs[head] == {"ok", status}
    assert ("sign_declared" in codes(report)) == (status != "ok")


@pytest.mark.parametrize(("seal", "mark"), [("Sperrvermerk", "ja"), ("Geheim", "x"), ("Sperre", "1")])
def test_a_figure_under_seal_is_an_error_until_its_sign_stands_there(seal, mark):
    rows = [[*HEAD, seal], ["01", "Nord", 100, ""], ["02", "Ost", 200, mark], ["03", "Süd", 300, ""]]
    table = read_table(text(rows).encode(), "t.csv")
    told = [p for p in checked(table).problems if p.code == "value_sealed"]
    assert [(p.row, p.column, str(p.severity), p.repair[0]["value"]) for p in told] == [(3, HEAD[-1], "error", ".")]
    report = checked(Repairs.of([told[0].repair[0]], table.names).apply(table))
    assert "value_sealed" not in codes(report) and "secret" in report.signs[HEAD[-1]]


def test_a_status_of_other_things_is_no_column_of_signs():
    rows = [[*HEAD, "Status"], ["01", "Nord", 100, "fertig"], ["02", "Ost", 200, "p"], ["03", "Süd", 300, "p"]]
    assert "signs_apart" not in codes(checked(read_table(text(rows).encode(), "t.csv")))


def test_the_office_declares_its_signs():
    rows = [
        [*HEAD, "Leerstand"],
        ["01", "Nord", 100, "*"],
        ["02", "Ost", 200, "2,5"],
        ["03", "Süd", "-", "3,5"],
        ["04", "West", 7, "1,5r"],
    ]
    legend = "\n* = geheim gehalten\n- = keine Angabe\nr = geschätzt\n"
    table = read_table((text(rows) + legend).encode(), "t.csv")
    report = checked(table)
    assert report.errors == 0
    assert report.signs["Leerstand"] == {"ok", "secret", "estimated"}
    assert report.signs["Wohnungen"] == {"ok", "missing"}
    told = {p.message("de") for p in report.problems if p.code == "sign_declared"}
    assert any("„-“: keine Angabe" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("legend", "signs"),
    [
        ("x = nichts vorhanden; . = kein Wert vorhanden", {"x": "nothing", ".": "missing"}),
        ("- = 0, x = Wert nicht ermittelt", {"-": "nothing", "x": "missing"}),
        ("„.“ bedeutet: Wert ist null", {".": "nothing"}), ("-1: gesperrt", {"-1": "blocked"}),
    ],
)  # fmt: skip
def test_each_sign_of_a_legend_is_understood(legend, signs):
    assert {sign: status for sign, status in legend_signs([legend]).items() if sign in signs} == signs


def test_an_explanation_that_is_not_understood_is_asked_about():
    rows = [HEAD, ["01", "Nord", 100], ["02", "Ost", "."], ["03", "Süd", "x"], ["04", "West", "5 p"], ["05", "Au", 7]]
    legend = "\n„.“ = siehe Anlage | x = Sonderfall | - = Prüffall | p = Prognose\n"
    data = f"{text(rows)}{legend}".encode()
    told = [p for p in checked(read_table(data, "t.csv")).problems if p.code == "legend_open"]
    assert [(p.value, p.severity, p.params["text"]) for p in told] == [
        (".", "error", "siehe anlage"), ("x", "error", "sonderfall"), ("p", "error", "prognose"),
    ]  # fmt: skip
    hints, _ = settings([told[0].repair[0], told[1].repair[1], told[2].repair[0]])
    report = checked(read_table(data, "t.csv", hints))
    assert report.publishable and report.signs["Wohnungen"] == {"ok", "secret", "missing", "preliminary"}


def test_a_sign_that_nobody_explains_is_asked_about_once_for_the_whole_file():
    rows = [[key, "n.e." if n % 3 == 1 else 5 + n, 9 if n else "n.e."] for n, key in enumerate(UNITS)]
    data = text([["Nr", "Wohnungen", "Haushalte"], *rows]).encode()
    asked = [p for p in checked(read_table(data, "t.csv")).problems if p.severity == "error"]
    assert [(p.code, p.value, p.params["count"]) for p in asked] == [("sign_open", "n.e.", 3)]
    hints, _ = settings([asked[0].repair[1]])
    report = checked(read_table(data, "t.csv", hints))
    assert report.publishable and report.statuses["secret"] == 3


def test_brackets_that_may_mean_minus_are_asked_about():
    data = text([["Nr", "Wanderungssaldo"], ["01", "(5)"], ["02", 12], ["03", "(7)"], ["04", 3]]).encode()
    problem = next(p for p in checked(read_table(data, "t.csv")).problems if p.code == "brackets_open")
    assert [offer["value"] for offer in problem.repair] == ["negative", "limited"]
    table = read_table(data, "t.csv", {"signs": {"()": "negative"}})
    report = checked(table)
    assert "brackets_open" not in codes(report) and report.signs["Wanderungssaldo"] == {"ok"}


def test_brackets_in_a_column_of_shares_are_limited_validity():
    data = text([["Nr", "Anteil"], ["01", "(5)"], ["02", 12], ["03", "(7)"], ["04", 3]]).encode()
    report = checked(read_table(data, "t.csv"))
    assert report.signs["Anteil"] == {"ok", "limited"} and report.errors == 0


LEGENDS = {
    "verb": ["„-“ bedeutet geheim"],
    "bracket": ["Ein Strich (-) bedeutet: aus Datenschutzgründen nicht ausgewiesen"],
    "name": ["Strich = geheim"],
    "two lines": ["Zeichenerklärung: . = nichts vorhanden", " - = geheim"],
    "two cells": ["Zeichenerklärung", "-;geheim", ".;nichts vorhanden"],
    "no sign between": ["-  Zahlenwert geheim zu halten   .  nichts vorhanden"],
    "other dash": ["– = geheim, . = nichts vorhanden"],
}


@pytest.mark.parametrize("above", [False, True], ids=["below", "above"])
@pytest.mark.parametrize("legend", LEGENDS)
def test_a_legend_is_understood_in_whatever_words_and_cells(legend, above):
    rows = text([HEAD, *([key, name, {"02": "-", "03": "."}.get(key, 70)] for key, name in UNITS.items())])
    words = "\n".join(LEGENDS[legend]) + "\n"
    if above and legend == "two cells":
        words = "Zeichenerklärung: . = nichts vorhanden; - = geheim\n"
    table = read_table((words + "\n" + rows if above else rows + "\n" + words).encode(), "t.csv")
    report = checked(table)
    assert table.names == HEAD and report.publishable and len(cells(table)) == len(UNITS)
    assert report.signs["Wohnungen"] >= {"secret"} and report.statuses["secret"] >= 1
    signs = declared_signs(table)
    assert signs["-"] == "secret" and signs.get(".", "nothing") == "nothing"


def test_a_zero_that_stands_for_a_secret_is_one():
    rows = [HEAD, *([key, name, 0 if key == "02" else 70] for key, name in UNITS.items())]
    table = read_table((text(rows) + "\n0 = Wert geheim (kleiner als 3)\n").encode(), "t.csv")
    assert checked(table).statuses["secret"] == 1


def test_commas_that_part_columns_and_decimals_are_refused():
    rows = [f"{key},{name},6,{n}0,50{n}" for n, (key, name) in enumerate(UNITS.items())]
    table = read_table("\n".join(["Nr,Stadtteil,Miete 2024,Wohnungen 2024", *rows, ""]).encode(), "t.csv")
    report = checked(table)
    assert "fields_beyond_names" in codes(report) and not report.publishable


def test_the_point_of_a_list_is_no_sign():
    notes = ["- Angaben aus Datenschutzgründen gerundet", "- Einwohner mit Nebenwohnsitz sind nicht enthalten"]
    assert legend_signs(notes) == {}


@pytest.mark.parametrize(
    ("cells_", "legend", "zero"),
    [
        (["-", "0", "5,2", "1,0"], "", "below_half"),  # beside a dash in a column with decimals
        (["-", "0", "52", "10"], "", "ok"),  # whole numbers: nothing lies between 0 and 1
        (["0", "3", "52", "10"], "0 = Weniger als die Hälfte von 1 in der letzten Stelle", "below_half"),
        (["0", "3,1", "52", "10"], "", "ok"),  # no dash: an ordinary zero
    ],
)
def test_zero_beside_dash_by_rule_and_by_declaration(cells_, legend, zero):
    rows = [["Nr", "Zahl"], *([f"{i:02d}", cell] for i, cell in enumerate(cells_, 1))]
    report = checked(read_table((text(rows) + f"\n{legend}\n").encode(), "t.csv"))
    assert str(report.zero["Zahl"]) == zero
