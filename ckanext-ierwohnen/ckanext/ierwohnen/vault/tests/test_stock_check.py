"""A company's table is read, checked, matched and loaded in one pass; what is wrong is named without a value."""

# ruff: noqa: E501
from __future__ import annotations

import datetime as dt
import random

import pytest

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.addresses.writing import HouseNumber
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.door import stock_table, stock_versions
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.record import propose
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockRefused

from .stock import YEAR_END, company

GOOD = """Bestand der Wohnbau West eG
WE-Nr;Objekt;Straße;Haus-Nr.;PLZ;Zimmer;Wohnfläche (m²);Etage;Aufzug;Leerstand;Leerstandsgrund;NKM in €;Mietbeginn;Bindung bis;Modernisierungsstand;Farbe
001/01/01;001;Lindenstr.;5 a;04103;2,5;54,20;0;ja;nein;;412,34;01.03.2019;2027;teilsaniert;rot
001/01/02;001;Lindenstraße;5A;04103;3;1.054,2;1;x;ja;Sanierung;-;;31.12.2030;voll;blau
001/02/01;001;LINDENSTRASSE;7;04103;1;28;-1;nein;nein;;.;15.6.2001;;;
002/01/01;002;Goethestr.;1;04103;;;;;nein;;1.234,56;;;keine;grün
"""


def register() -> Register:
    return Register(
        [
            Address("a1", "Lindenstraße", HouseNumber(5, "a"), "04103", "", {"quarters/quarter": "01"}),
            Address("a2", "Lindenstraße", HouseNumber(7), "04103", "", {"quarters/quarter": "02"}),
        ]
    )


def check(text: str, **options) -> StockCheck:
    return StockCheck(read_table(text.encode("cp1252"), "bestand.csv"), YEAR_END, register=register(), **options)


def test_from_the_office_file_to_the_door(store):
    org, clerk = company()
    checked = check(GOOD.replace("1.054,2", "54,2"))
    loaded = load_stock(store, clerk, org, YEAR_END, checked.batches(), purpose="delivery")
    assert (loaded.rows, loaded.unmatched) == (4, 1)
    assert checked.addresses.unmatched == [(6, "no-street")] and dict(checked.addresses.ways) == {"exact": 3, "no-street": 1}
    table = stock_table(store, clerk, org, purpose="look").set_index("dwelling")
    assert table.rooms["001/01/01"] == 2.5 and table.floor_area["001/01/01"] == 54.2
    assert table.net_cold_rent.isna().tolist() == [False, True, True, False]
    assert table.net_cold_rent["002/01/01"] == 1234.56
    assert table.vacant.tolist() == [False, True, False, False] and table.lift.isna().sum() == 1
    assert table.subsidized_until["001/01/01"] == dt.date(2027, 12, 31)
    assert table.tenancy_since["001/02/01"] == dt.date(2001, 6, 15)
    assert table.modernization["001/01/01"] == "partly" and table.vacancy_reason["001/01/02"] == "renovation"
    assert table.units["001/02/01"] == '{"quarters/quarter": "02"}' and table.address_id["001/01/02"] == "a1"
    assert table.floor["001/02/01"] == -1
    (version,) = stock_versions(store, clerk, org, purpose="look")
    assert version.unmatched == 1 and "address_id" not in version.columns
    assert checked.columns()["Farbe"][0] == "unused"


@pytest.mark.parametrize(
    ("old", "new", "code", "column", "row"),
    [
        ("412,34", "viel", "no-number", "NKM in €", 3), ("412,34", "41234", "out-of-range", "NKM in €", 3),
        ("01.03.2019", "März", "no-date", "Mietbeginn", 3), (";ja;nein;;412", ";ja;vielleicht;;412", "no-yes-no", "Leerstand", 3),
        ("teilsaniert", "neu", "no-code", "Modernisierungsstand", 3), ("54,20;0", "54,20;0,5", "no-integer", "Etage", 3),
        ("001/01/02;", ";", "empty-id", "WE-Nr", 4), ("001/01/02;", "001/01/01;", "id-twice", "WE-Nr", (3, 4)),
        ("WE-Nr", "Kennung", "no-dwelling", "", None),
    ],
)  # fmt: skip
def test_an_error_refuses_the_whole_table_and_names_column_and_row(store, old, new, code, column, row):
    org, clerk = company()
    checked = check(GOOD.replace("1.054,2", "54,2").replace(old, new, 1))
    with pytest.raises(StockRefused) as refused:
        load_stock(store, clerk, org, YEAR_END, checked.batches(), purpose="p")
    errors = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert [(problem.code, problem.column) for problem in errors] == [(code, column)]
    assert errors[0].rows == (row if isinstance(row, tuple) else (row,) if row else ())
    assert stock_versions(store, clerk, org, purpose="p") == []
    for locale in ("de", "en"):
        told = errors[0].as_dict(locale)
        assert told["message"] and "{" not in told["message"] + told["remedy"]
        assert new not in told["message"] or new in ("Kennung", ";")


def test_personal_data_refuse_the_table_by_column(store):
    org, clerk = company()
    text = GOOD.replace("Farbe", "Mieter").replace(";rot", ";Anna Müller").replace(";blau", ";Paul Krause")
    checked = check(text.replace("1.054,2", "54,2"))
    with pytest.raises(StockRefused) as refused:
        load_stock(store, clerk, org, YEAR_END, checked.batches(), purpose="p")
    assert [(found.column, found.kind) for found in refused.value.personal] == [("Mieter", "name")]
    assert "Müller" not in repr((refused.value, refused.value.problems, refused.value.personal))
    assert checked.columns()["Mieter"][0] == "personal"
    assert stock_versions(store, clerk, org, purpose="p") == []


def test_warnings_do_not_refuse():
    text = GOOD.replace("1.054,2", "54,2").replace("01.03.2019", "01.03.2031").replace("nein;;412", "nein;Verkauf;412")
    checked = check(text).run()
    assert checked.loadable
    warnings = {problem.code for problem in checked.problems() if problem.severity == "warning"}
    assert warnings == {"after-date", "reason-but-let", "unmatched", "unused"}


def test_a_person_may_assign_columns():
    text = GOOD.replace("WE-Nr", "Kennung").replace("1.054,2", "54,2")
    names = read_table(text.encode("cp1252"), "x.csv").names
    assert check(text, mapping=propose(names) | {"Kennung": "dwelling"}).run().loadable
    twice = check(text, mapping={"Kennung": "dwelling", "Objekt": "dwelling"}).run()
    assert {problem.code for problem in twice.problems() if problem.severity == "error"} >= {"field-twice"}
    unknown = check(text, mapping={"Kennung": "dwelling", "Farbe": "colour", "Miete": "net_cold_rent"}).run()
    assert [p.column for p in unknown.problems() if p.code == "unknown-field"] == ["Farbe", "Miete"]


def test_what_is_said_of_some_columns_leaves_the_others_as_their_names_say():
    text = GOOD.replace("WE-Nr", "Kennung").replace("1.054,2", "54,2")
    names = read_table(text.encode("cp1252"), "x.csv").names
    found = check(text, mapping={"Kennung": "dwelling"}).run()
    assert found.loadable and found.mapping == propose(names) | {"Kennung": "dwelling"}
    assert [(p.column, str(p.severity)) for p in found.problems() if p.code == "unused"] == [("Farbe", "warning")]
    left = check(text, mapping={"Kennung": "dwelling", "Zimmer": "", "Farbe": ""}).run()
    assert "Zimmer" not in left.mapping and left.mapping["NKM in €"] == "net_cold_rent"
    assert not [p for p in left.problems() if p.code == "unused"]
    moved = check(text, mapping={"Kennung": "dwelling", "Farbe": "object"}).run()
    assert moved.mapping["Farbe"] == "object" and "Objekt" not in moved.mapping


def test_names_of_columns_as_companies_write_them():
    columns = ["Whg-Nr.", "Wfl. [m²]", "NKM (€)", "Nettokaltmiete in Euro", "leer seit", "Anzahl Zimmer", "Baujahr", "Str."]
    assert propose(columns) == {
        "Whg-Nr.": "dwelling", "Wfl. [m²]": "floor_area", "NKM (€)": "net_cold_rent", "leer seit": "vacant_since",
        "Anzahl Zimmer": "rooms", "Baujahr": "construction_year", "Str.": "street",
    }  # fmt: skip
    known = ("Wohnfläche in m²", "Wfl. m²", "Fläche in qm", "Miete € im Monat", "Energiebedarf kWh/(m²·a)")
    assert all(propose([column]) for column in known)
    per_area = ("Miete €/m²", "NKM in Euro je qm", "Nettokaltmiete € pro m²", "NKM (€/m²)", "Kaltmiete [EUR/qm]")
    assert not any(propose([column]) for column in per_area)


ONE = "Heinrichstr. 5"
PERSONS = {
    "Objekt": [
        "12 Anna Müller", "Fam. Müller 12", "Frau Nguyen", "Müller, Anna", "Nguyen Thi Hoa", "Yıldız Öztürk A",
        "Kowalczyk Zbigniew", "Al-Masri Rania", "Popescu Ioana B", "anna.müller(at)gmx.de", "a.meier [at] gmx [punkt] de",
        "DE89-3704-0044-0532-0130-00", "DE89.3704.0044.0532.0130.00", "Lastschrift DE89370400440532013000 Müller",
        "O1 0171 23456001", "0371 445566", "04.03.1955 Müller", "Rentnerin", "Mieter: Müller", "Hr. Schulz", "AnnaMüller",
        "K. Nowaczyk", "Müller, A.", "Dr. Schulz", "Whg Müller Anna", "Анна Иванова",
    ],
    "WE-Nr": ["WE0001-Müller-Anna", "0172/3456789", "Bewohner 3", "Krause_Paul_07"],
    "Heizung": ["Gas, Frau Anna Müller", "Mieter: Müller", "Bürgergeldempfänger", "Rentner, schwerbehindert", "Müller"],
    "Straße": ["Frau Müller, Goethestr.", "Goethestr. 5 Bewohner Krause", "Goethestr. (0171 2345678)"],
    "Ort": ["Herr Schulz"], "Hausnr": ["5 Anna Müller"], "Baujahresklasse": ["bis 1918, Müller"],
}  # fmt: skip
HONEST = {
    "WE-Nr": "{n:04}/{m:03}/02", "Objekt": "0351-{n:05}", "Heizung": "Gas-Etagenheizung", "Straße": "Anna-Seghers-Straße",
    "Ort": "Bad Frankenhausen", "Hausnr": "5 a", "Baujahresklasse": "1919 bis 1948",
}  # fmt: skip


def screened(change: dict[str, str] | None = None, every: bool = False, **honest: str) -> StockCheck:
    lines = [";".join(HONEST)]
    for n in range(40):
        cells = {name: text.format(n=n, m=n % 7) for name, text in (HONEST | honest).items()}
        lines.append(";".join((cells | (change or {} if every or n == 17 else {})).values()))
    return StockCheck(read_table("\n".join(lines).encode(), "bestand.csv"), YEAR_END).run()


@pytest.mark.parametrize("column", PERSONS)
def test_one_row_that_tells_of_a_person_refuses_the_table_and_is_named(column):
    wrong = []
    for text in PERSONS[column]:
        found = screened({column: text})
        told = {one.column: one.rows for one in found.personal}
        told |= {p.column: p.rows for p in found.problems() if p.severity == "error"}
        sentences = f"{[one.message() for one in found.personal]}{[p.as_dict() for p in found.problems()]}"
        quoted = [word for word in text.split() if len(word) > 4 and word in sentences]
        everywhere = column != "WE-Nr" and screened({column: text}, every=True).loadable
        if found.loadable or told != {column: (19,)} or quoted or everywhere:
            wrong.append((text, found.loadable, told, quoted, everywhere))
    assert not wrong, "\n".join(map(repr, wrong))


LANDLINES = ["(0341) {a}{b}{c}-{a}{c}-{d}1", "0049 341 91{a}{b}{c}{d}6", "0341 {a}{b}{c} {d}{c}{b}1", "0341/{a}{b}{c}-{d}{c}{b}1",
             "0341.91{a}{b}{c}{d}8", "0341.{a}{b}{c}.{d}{c}{b}1", "0341-91 {a}{b} {c}{d}6"]  # fmt: skip


@pytest.mark.parametrize("write", LANDLINES)
def test_columns_of_landline_numbers_are_told_like_single_ones(write):
    dice = random.Random(7)
    numbers = [write.format(**{name: dice.randrange(2, 10) for name in "abcd"}) for _ in range(40)]
    for cells in (numbers, [numbers[0], *("O1" for _ in range(39))]):
        lines = ["WE-Nr;Objektnummer", *(f"{n:04};{cell}" for n, cell in enumerate(cells, 1))]
        found = StockCheck(read_table("\n".join(lines).encode(), "b.csv"), YEAR_END).run()
        assert [(one.column, one.kind) for one in found.personal] == [("Objektnummer", "phone")], cells[0]


@pytest.mark.parametrize("order", ["as it is", "shuffled"])
def test_numbers_of_objects_that_begin_like_an_area_code_raise_no_alarm(order):
    def of(write: str, n: int) -> str:
        dice = random.Random(n // 8)
        return write.format(a=n // 16 + 1, b=n % 16 + 1, c=200 + n // 100, d=n // 10 % 10 + 11, e=n % 10 + 1, f=100 + n // 9, g=1200 + n // 9 * 3,
                            h=dice.randrange(100, 999), i=dice.randrange(1000, 9999))  # fmt: skip

    for write in ("0234/{a:03}/{b:02}", "0234.{a:03}.{b:03}", "{c:04}/{d}/{e:02}", "0371-{f}-{g}", "0371.{f}.{g}", "0371/{h}/{i}"):
        number = list(range(3000))
        if order == "shuffled":
            random.Random(1).shuffle(number)
        lines = ["WE-Nr;Objektnummer", *(f"{n:05};{of(write, n)}" for n in number)]
        found = StockCheck(read_table("\n".join(lines).encode(), "b.csv"), YEAR_END).run()
        assert found.loadable, (write, found.personal)


def test_many_names_beside_numbers_or_buildings_are_persons():
    people = ["Müller", "Schmidt", "Kaya", "Weber", "Nguyen", "Becker", "Schulz", "Koch", "Krause", "Lehmann"]
    for write in ("{name} {n}", "{n} {name}", "Whg {n} Anna {name}"):
        lines = ["WE-Nr;Objekt", *(f"{n};{write.format(name=people[n % 10], n=n)}" for n in range(200))]
        found = StockCheck(read_table("\n".join(lines).encode(), "b.csv"), YEAR_END).run()
        assert [one.column for one in found.personal] == ["Objekt"], write


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ("Objekt", ["Wohnpark Goethestraße", "Haus Anna", "Hof Sophie", "Käthe-Kollwitz-Quartier {n}", "Block C Süd", "WBG-OST-{n}",
                    "Karl-Marx-Allee {m}", "Sonnenhang 3", "Wohnanlage Clara Zetkin", "Robert-Koch-Str. {n}", "19{n:06}", "Lindenhof", "Alte Post 3", "Betreutes Wohnen", "Haus der Jugend",
                    "Gartenstadt Hellerau", "A{n}", "0371/{m:03}/{n:04}", "Frauenstraße {m}", "12.{m:02}.{n:04}"]),
        ("WE-Nr", ["WE-{n}", "W-{m}-{n}", "{n:08x}-9b1d-4fde-adbe-0242ac{n:06x}", "10000.{n:03}", "Whg. {n} rechts", "01.02.{n:04}",
                   "{n:04}-Mitte links", "0{n:04}.1003", "37{n:06}", "VH {n} OG li"]),
        ("Heizung", ["Fernwärme", "Gas-Zentralheizung", "Ölofen", "Wärmepumpe (Luft/Wasser)", "Zentralheizung mit Warmwasser",
                     "Nahwärme BHKW", "Nachtspeicherheizung", "Gasbrennwerttherme", "Elektroheizung", "Erdwärme", "Kohleöfen", "keine",
                     "Fußbodenheizung", "sonstige Heizungsart", "Heizkörper", "Pelletheizung 2015", "Kachelofen", "Gaskessel"]),
        ("Baujahresklasse", ["vor 1919", "1949-1978", "ab 2011", "B (1919–1948)", "Nachkriegsbau", "Gründerzeit", "2001 und später"]),
        ("Straße", [ONE, "Straße des 18. Oktober", "Frau-Holle-Weg", "Unter den Linden", "Mietersteg", "Herrenstraße", "Am Rentnerweg"]),
        ("Hausnr", ["5", "12-14", "7 HH", "3 Haus B", "1/2", "10 links"]),
    ],
)  # fmt: skip
def test_honest_identifiers_raise_no_alarm(column, texts):
    wrong = []
    for text in texts:
        found = screened(**{column: text})
        errors = [(p.code, p.column) for p in found.problems() if p.severity == "error" and p.code != "id-twice"]
        if found.personal or errors:
            wrong.append((text, found.personal, errors))
    assert not wrong, "\n".join(map(repr, wrong))
