"""A company's whole file is looked through for personal data, stored or not; honest remarks raise no alarm."""

# ruff: noqa: E501
from __future__ import annotations

import datetime as dt
import io
import random
import zipfile

import pytest
from faker import Faker
from openpyxl import Workbook
from openpyxl.comments import Comment

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.persons import bare_mobile, person_in, phone_in
from ckanext.ierwohnen.vault.stock_check import StockCheck

from .stock import YEAR_END

REMARKS = ["Dach undicht", "Bad saniert 2011", "Fa. Krause beauftragt", "", "Balkon", "Heizung erneuert 2019", "Elektro Schulz GmbH", "s. Vertrag Nr. 0341-22"]
PERSONS = {
    "name": [
        "Müller, Anna", "ANNA MÜLLER", "Frau Dr. Schmidt-Lehmann", "Mehmet Yılmaz", "Ayşe Öztürk", "Nguyễn Thị Hoa", "Nguyen Van An",
        "Trần Văn Minh", "Zbigniew Kowalczyk", "Ahmad Al-Masri", "Schlüssel bei Anna Kowalczyk", "Mieter: Kowalczyk", "Fam. Öz",
        "K. Nowaczyk", "AnnaMüller", "Krause_Paul_07", "Анна Иванова", "Whg 3 Anna Müller", "müller anna", "Herrn u. Frau Schulz",
        "Dr. Anna Weber", "Mieter Schulze", "von der Heyde, Friedrich", "Rückruf Frau Lange", "Frau Waldheim", "Anna Steinberg", "Herr Neuhof", "Frau Müller-Steinberg", "Olena Shevchenko", "Bui Quang Huy",
    ],
    "phone": [
        "0375/12345", "+49 (0)375 1234", "0176 12345678", "17612345678", "0049 375 12345", "(0375) 12345", "Rückruf 0375/12345 abends",
        "Tel. 283401", "0375-283401", "+90 532 123 45 67",
    ],
    "iban": ["DE89 3704 0044 0532 0130 00", "Lastschrift DE89370400440532013000", "DE89-3704-0044-0532-0130-00"],
    "email": ["Rückfragen an a.mueller@example.org bitte", "anna.müller(at)gmx.de"],
    "birth_date": ["geb. 12.3.1951", "Mieterin geb. 1951", "*04.03.1955", "geboren am 4.3.55"],
    "private": ["Rentnerin, schwerbehindert", "bezieht Bürgergeld"],
}  # fmt: skip
HONEST = """Alter Amtshof 3|Käthe-Kollwitz-Hof|Haus Anna|Karl Marx Allee|Haus und Grund|Bad Elster|Rote Rose|Alte Post|Mark Brandenburg|Süd Ost|Balkon Loggia|Küche Bad|Jan Feb
Wohnbau West|Gas Therme|Linde Eiche|Villa Rosa|Schulz & Sohn GmbH|Elektro Krause|an Fa. Krause vergeben|s. Vertrag Nr. 0341-22|Anna-Seghers-Straße
Frau-Holle-Weg|Straße des 18. Oktober|Wohnpark Clara Zetkin|Robert-Koch-Str. 9|Vereinigte Wohnstätten eG|durch Mieter renoviert|Martin-Luther-Kirche
vom Mieter eingebaut|VH links|teilsaniert|Zwickau Marienthal|HV-0375-01|0351-00123|001/01/02|037/12/0034|12.03.1234|Fenster alt, Bad neu|Blau, Rosa
Familie mit Kindern|Frauenstraße 9|Geb. 1951|Dr.-Külz-Ring|Dr. Wilhelm-Külz-Straße|Betreutes Wohnen|Johann Sebastian Bach Straße 9|Frankfurt Oder
Ernst Thälmann Siedlung|Typ Erfurt|WBS 70 Dresden|04103|01.03.2019|DE88 3704 0044 0532 0130 00|An der Windmühle|Hausmeister|Stiftung Anna Amalia
06025528-65B6-481D-8A86-0A14CFF6C9F9|Peter und Paul Kirche|Max-Planck-Str.|100200300400|Telefonzelle vor dem Haus|5 * 12""".replace("\n", "|").split("|")


def checked(column: str, cells: list[str], stored: str = "") -> StockCheck:
    text = "\n".join([f"WE-Nr;Zimmer;{column}", *(f"{n:04};3;{cell}" for n, cell in enumerate(cells, 1))]).encode()
    mapping = {"WE-Nr": "dwelling", "Zimmer": "rooms"} | ({column: stored} if stored else {})
    return StockCheck(read_table(text, "b.csv"), YEAR_END, mapping, content=text).run()


def told(found: list[PersonalColumn]) -> str:
    return "".join(one.message(locale) + one.remedy(locale) + repr(one) for one in found for locale in ("de", "en"))


@pytest.mark.parametrize("kind", PERSONS)
def test_one_row_of_a_column_that_is_not_stored_refuses_the_file_and_is_named(kind):
    wrong = []
    for text in PERSONS[kind]:
        cells = [REMARKS[n % len(REMARKS)] for n in range(40)]
        cells[17] = text
        found = checked("Notiz", cells)
        one = [(p.where, p.column, p.kind, p.count, p.rows) for p in found.personal]
        quoted = [word for word in text.split() if len(word) > 4 and word in told(found.personal).replace("Mietern", "")]
        if one != [("column", "Notiz", kind, 1, (19,))] or found.loadable or quoted:
            wrong.append((text, one, quoted))
    assert not wrong, "\n".join(map(repr, wrong))


def test_what_houses_streets_firms_and_offices_write_raises_no_alarm():
    assert [text for text in HONEST if person_in(text) or phone_in(text) or bare_mobile(text)] == []
    for n, text in enumerate(HONEST):
        found = checked("Notiz", [REMARKS[i % len(REMARKS)] for i in range(20)] + [text] * (1 + n % 2))
        assert found.loadable, (text, found.personal)


def test_numbers_that_an_office_gives_are_no_telephone_numbers():
    for write in ("0375-{n}", "176{n:08}", "0{n:010}", "0375/{n}", "HV-0375-{n}"):
        found = checked("Kennung alt", [write.format(n=20_000 + n) for n in range(60)])
        assert found.loadable, (write, found.personal)
    dice = random.Random(3)
    for write in ("0375/{n}", "0176{n:08}", "176{n:08}", "0172 {n:08}"):
        found = checked("Kennung alt", [write.format(n=dice.randrange(20_000, 99_999_999)) for n in range(60)])
        assert [(p.kind, p.count > 30) for p in found.personal] == [("phone", True)], write


@pytest.mark.parametrize(("locale", "share"), [("de_DE", 0.93), ("pl_PL", 0.89), ("vi_VN", 0.85), ("tr_TR", 0.65)])
def test_most_names_of_people_are_told_in_any_single_row(locale, share):
    """A share, as no list holds all names; columns full of them are told by the next test."""
    Faker.seed(11)
    people = Faker(locale)
    names = [f"{people.first_name()} {people.last_name()}" for _ in range(400)]
    assert sum(bool(person_in(name)) for name in names) >= share * len(names)
    turned = [f"{b}, {a}" for a, b in (name.split(" ", 1) for name in names)]
    assert sum(bool(person_in(name)) for name in turned) >= (share - 0.2) * len(names)


def test_columns_of_names_numbers_and_days_are_told_with_all_their_rows():
    Faker.seed(12)
    people = Faker("de_DE")
    found = checked("Notiz", [people.last_name() for _ in range(60)])
    assert [(p.kind, p.count, p.rows[:2]) for p in found.personal] == [("name", 60, (2, 3))]
    found = checked("Notiz", ["Müller", "", "Krüger", "Lehmann"])
    assert [(p.kind, p.count, p.rows) for p in found.personal] == [("name", 3, (2, 4, 5))]
    found = checked("Datum", ["12.03.1951", "7.11.1948", "28.02.1977"])
    assert [(p.kind, p.count) for p in found.personal] == [("birth_date", 3)]
    assert checked("Datum", ["01.03.1981", "01.11.1998", "15.02.1977", "31.12.2001"]).loadable
    assert checked("Farbe", ["braun", "weiß", "schwarz", "rot", "braun"]).loadable


def test_cells_that_a_stored_column_does_not_take_are_looked_at_as_well():
    for column, field, text, kind in (
        ("NKM", "net_cold_rent", "Anna Müller", "name"), ("Mietbeginn", "tenancy_since", "0375/12345", "phone"),
        ("Aufzug", "lift", "Frau Lange", "name"), ("Straße", "street", "Goethestr. 5 (0375/12345)", "phone"),
        ("Straße", "street", "Goethestr. 5, Anna Müller", "name"), ("Heizung", "heating", "Gas, Anna Müller", "name"),
        ("Straße", "street", "Lindenweg 3, a.mueller@example.org", "email"),
    ):  # fmt: skip
        found = checked(column, ["", "", text], stored=field)
        assert [(p.column, p.kind, p.rows) for p in found.personal] == [(column, kind, (4,))], text
    for name in ("Geburtsdatum", "geb.", "Telefon", "Vorname"):  # whatever somebody says that it means
        found = checked(name, ["12.03.1951", "1.2.1988"], stored="tenancy_since")
        assert [(p.column, p.by) for p in found.personal] == [(name, "name")]


def test_a_heading_that_is_somebodys_name_is_told_by_its_letter():
    found = checked("Müller, Anna", ["x", "y"])
    assert [(p.where, p.column, p.kind) for p in found.personal] == [("heading", "C", "name")]
    assert "Müller" not in told(found.personal) + repr((found.columns(), [p.as_dict() for p in found.problems()]))
    both = checked("Müller, Anna", ["x", "Rückruf Frau Lange"])
    assert [(p.where, p.column, p.rows) for p in both.personal] == [("column", "C", (3,)), ("heading", "C", (1,))]
    assert "Müller" not in told(both.personal) + repr((both.columns(), [p.as_dict() for p in both.problems()]))
    for heading in ("0375/12345", "a.mueller@example.org", "Frau Lange"):
        assert not checked(heading, ["x", "y"]).loadable, heading
    for heading in ("Max. Miete", "Bad Balkon", "Mark Brandenburg", "Haus Anna", "Baujahr 1951"):
        assert checked(heading, ["x", "y"]).loadable, heading


def workbook(change) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "Bestand"
    sheet.append(["WE-Nr", "Zimmer", "Notiz"])
    for n in range(1, 31):
        sheet.append([f"{n:04}", 3, REMARKS[n % len(REMARKS)]])
    change(book, sheet)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def second(state: str):
    def change(book, sheet):
        other = book.create_sheet("Notizen")
        other.append(["Nr", "was"])
        for n in range(5):
            other.append([n, "Anna Müller" if n == 3 else "Bad neu"])
        other.sheet_state = state

    return change


def white(book, sheet):
    from openpyxl.styles import Font

    sheet["C9"] = "Anna Müller"
    sheet["C9"].font = Font(color="FFFFFFFF")


def shape(book, sheet):
    sheet["E40"] = "Anna Müller"


def comment(book, sheet):
    sheet["C5"].comment = Comment("Frau Lange zieht aus", "Verwaltung")


def harmless(book, sheet):
    sheet["C5"].comment = Comment("Anna Müller:\nBad erneuern", "Anna Müller")
    book.create_sheet("Erläuterung").append(["Stand 31.12.2024", "Wohnbau West eG"])


def title(book, sheet):
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Bestand, Rückfragen an Frau Lange"


def hidden_column(book, sheet):
    sheet.column_dimensions["D"].hidden = True
    sheet["D1"], sheet["D7"] = "intern", "0176 12345678"


def days(book, sheet):
    sheet["D1"] = "geb."
    for n in range(2, 8):
        sheet[f"D{n}"] = dt.date(1950 + n, 3, n)


def mobiles(book, sheet):
    sheet["D1"] = "Nr. alt"
    sheet["D4"] = 17612345678


def named(book, sheet):
    book.create_sheet("Müller Anna").append(["leer", "ja"])


def described(book, sheet):
    book.properties.description = "Mieterin Erika Müller 0171 1234567"


def headed(book, sheet):
    sheet.oddHeader.center.text = "Mieterliste Anna Müller"


def defined(book, sheet):
    from openpyxl.workbook.defined_name import DefinedName

    book.defined_names["x"] = DefinedName("x", attr_text='"Anna Müller"')


def offered(book, sheet):
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.add_data_validation(DataValidation(type="list", formula1='"Anna Müller,Paul Krause"', sqref="C2:C9"))


def usual(book, sheet):
    from openpyxl.worksheet.datavalidation import DataValidation

    book.properties.creator, book.properties.title = "Anna Müller", "Bestand 31.12.2024 Wohnbau West eG"
    book.properties.keywords = "Bestand, Mieten"
    sheet.oddHeader.left.text, sheet.oddFooter.right.text = "Wohnbau West eG", "Seite &P von &N"
    sheet.add_data_validation(DataValidation(type="list", formula1='"ja,nein,unbekannt"', sqref="C2:C9"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (described, ("property", "", "", "name", ())), (headed, ("page", "", "", "name", ())), (usual, None),
        (defined, ("list", "", "", "name", ())), (offered, ("list", "", "", "name", ())),
        (second("visible"), ("sheet", "B", "Notizen", "name", (5,))), (second("hidden"), ("sheet", "B", "Notizen", "name", (5,))),
        (second("veryHidden"), ("sheet", "B", "Notizen", "name", (5,))), (white, ("outside", "C", "", "name", (9,))),
        (shape, ("outside", "E", "", "name", (40,))), (comment, ("note", "", "", "name", (5,))), (harmless, None),
        (title, ("outside", "A", "", "name", (1,))), (hidden_column, ("column", "intern", "", "phone", (7,))),
        (days, ("column", "geb.", "", "birth_date", (2, 3, 4, 5, 6, 7))), (mobiles, ("column", "Nr. alt", "", "phone", (4,))),
        (named, ("sheet_name", "", "2", "name", ())),
    ],
)  # fmt: skip
def test_all_of_a_workbook_is_looked_through(change, expected):
    content = workbook(change)
    found = StockCheck(read_table(content, "b.xlsx"), YEAR_END, content=content).run()
    assert [(p.where, p.column, p.sheet, p.kind, p.rows) for p in found.personal] == ([expected] if expected else [])
    assert found.loadable is (expected is None)
    assert not any(word in told(found.personal) for word in ("Müller", "Lange", "12345678"))


def test_text_boxes_are_looked_through():
    content = io.BytesIO(workbook(lambda book, sheet: None))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/drawings/drawing1.xml", '<d xmlns:a="u"><a:p><a:t>Frau </a:t><a:t>Lange</a:t></a:p></d>')
    found = StockCheck(read_table(content.getvalue(), "b.xlsx"), YEAR_END, content=content.getvalue()).run()
    assert [(p.where, p.kind) for p in found.personal] == [("shape", "name")]


@pytest.mark.parametrize("rows", [30, 40_000])
def test_fields_beyond_a_tables_columns_are_looked_at_and_refuse_it(rows):
    lines = ["WE-Nr;Zimmer;Wohnfläche;Objekt", *(f"{n:06};3;54,20;Wohnanlage {n // 40:05} Nord" for n in range(rows))]
    lines[21] += ";Anna Müller"
    content = "\n".join(lines).encode()
    found = StockCheck(read_table(content, "b.csv"), YEAR_END, content=content).run()
    assert ("E", "name", (22,)) in [(p.column, p.kind, p.rows) for p in found.personal]
    assert [(p.code, p.rows) for p in found.problems() if p.severity == "error"] == [("ragged-row", (22,))]
