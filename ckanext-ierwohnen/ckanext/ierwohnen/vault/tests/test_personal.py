"""Personal data are recognised in many writings, and in no real table of statistics, and in no stock without them."""

# ruff: noqa: E501
from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from faker import Faker

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.unreadable import TableUnreadable
from ckanext.ierwohnen.vault.personal import Screen, kind_by_name


def screened(**columns: list[str]) -> dict[str, tuple[str, str]]:
    screen = Screen(columns)
    for name, cells in columns.items():
        screen.take(name, Counter(cells))
    return {found.column: (found.kind, found.by) for found in screen.findings()}


@pytest.fixture(scope="module")
def people() -> Faker:
    Faker.seed(4)
    return Faker("de_DE")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("Mieter", "name"), ("Name des Mieters", "name"), ("Mieter_Name", "name"), ("NACHNAME", "name"),
        ("Vorname Mieter 1", "name"), ("Geburtsdatum", "birth_date"), ("Geb.-Datum", "birth_date"), ("geb. am", "birth_date"),
        ("Tel.", "phone"), ("Telefon privat", "phone"), ("Handy-Nr", "phone"), ("E-Mail", "email"), ("Mieter E-Mail", "name"),
        ("IBAN", "iban"), ("Konto-Nr.", "iban"), ("Mieternummer", "number"), ("Familienstand", "private"),
        ("Kontakt", "name"), ("Nutzer", "name"), ("Personen", "name"), ("Bewohner", "name"), ("Alter", "private"),
        ("Kontakt Hausmeister", None), ("Gebäudealter", None), ("Alter Preis", None), ("Nutzerart", None), ("Anzahl Personen", None),
        ("Mieterwechsel", None), ("letzter Mieterwechsel", None), ("Anzahl Mieter", None), ("Mieter (Anzahl)", None),
        ("Mieterhöhung", None), ("Straßenname", None), ("Objektname", None), ("Titel", None), ("Name", None),
        ("Mobilität", None), ("Geburten", None), ("Geburtenrate", None), ("Ausländer", None), ("Leerstand", None),
    ],
)  # fmt: skip
def test_names_of_columns(column, kind):
    assert kind_by_name(column) == kind


@pytest.mark.parametrize(
    "make",
    [
        lambda f: f.name(), lambda f: f"{f.last_name()}, {f.first_name()}", lambda f: f"{f.first_name()} {f.last_name()}",
        lambda f: f"Herr {f.last_name()}", lambda f: f"Fam. {f.last_name()}", lambda f: f.first_name(),
        lambda f: f"{f.first_name()} und {f.first_name()} {f.last_name()}", lambda f: f"Dr. {f.name()}",
    ],
)  # fmt: skip
def test_names_by_content(people, make):
    assert screened(Notiz=[make(people) for _ in range(200)]) == {"Notiz": ("name", "content")}


def test_surnames_alone(people):
    assert screened(Notiz=[people.last_name() for _ in range(600)]) == {"Notiz": ("name", "content")}


@pytest.mark.parametrize(
    "write", ["{a}/{n}", "{a} {n}", "({a}) {n}", "+49 {b} {n}", "0049 {b} {n}", "{a}-{n}", "Tel. {a} {n}", "{a}{n}"]
)
def test_phones_by_content(write):
    dice = random.Random(5)
    areas = ["0351", "0341", "030", "0375", "0171", "0152", "03771"]
    cells = [
        write.format(a=(area := dice.choice(areas)), b=area[1:], n=dice.randrange(2_000_000, 89_999_999))
        for _ in range(300)
    ]
    assert screened(Bemerkung=cells)["Bemerkung"] == ("phone", "content")


def test_one_mail_address_or_account_or_contact_is_enough():
    for text, kind in (
        ("bitte an anna.mueller@example.org", "email"), ("DE89 3704 0044 0532 0130 00", "iban"),
        ("Konto DE89370400440532013000", "iban"), ("Schlüssel bei Meyer, Tel. 0351 123456", "phone"),
        ("Mieterin geb. 12.3.1951", "birth_date"), ("65 170839 J 003", "number"), ("RV-Nr. 65 17 08 39 j 003", "number"),
    ):  # fmt: skip
        assert screened(Bemerkung=["Dach undicht"] * 5000 + [text]) == {"Bemerkung": (kind, "content")}
    assert screened(Alter=["45", "71", ""]) == {"Alter": ("private", "name")}
    assert screened(Personen=["2", "1", "3"], Nr=["65 170839 J 004", "65 991399 J 003"]) == {}
    assert screened(Bemerkung=["DE88 3704 0044 0532 0130 00", "a@b", "@home", "Telefonzelle vor dem Haus"]) == {}


@pytest.mark.parametrize(
    "column",
    ["Versicherungsnummer", "SV-Nummer", "SV-Nr.", "VSNR", "Rentenversicherungsnummer", "Sozialversicherungsnummer",
     "Versichertennummer", "KV-Nummer", "Versicherungs-Nr. neu"],
)  # fmt: skip
def test_names_of_columns_of_insurance_numbers(column):
    assert screened(**{column: ["4711", "4712", "12"]}) == {column: ("number", "name")}


PENSION = ("50080675S171", "65170839J003", "15090559P021", "04140295H273", "53250972E814")
HEALTH = ("A123456780", "B052059443", "T000000017", "K904567893", "M112233440", "W550010021")


def checked_by_itself(number: str) -> bool:
    """The check digit, reckoned anew."""
    digits = "".join(c if c.isdigit() else f"{ord(c) - 64:02}" for c in number)
    weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1] if len(number) == 12 else [1, 2] * 5
    return sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits[:-1], weights, strict=True)) % 10 == int(digits[-1])


@pytest.mark.parametrize("write", ["{0}", "{0[0]}{0[1]}-{1}-{2}-{3}", "{0[0]}{0[1]}/{1}/{2}/{3}", "{0[0]}{0[1]} {1} {2}{3}", "Nr. {0} (neu)"])
def test_pension_numbers_however_they_are_written(write):
    cells = [write.format(number, number[2:8], number[8], number[9:]) for number in PENSION]
    assert all(map(checked_by_itself, PENSION))
    for text in (cells, cells[:1], [cells[0].lower(), "", "Bad neu"]):
        assert screened(Objektnummer=text) == {"Objektnummer": ("number", "content")}, text
    assert screened(Objektnummer=[f"{number[:-1]}{9 - int(number[-1])}" for number in PENSION if number[-1] not in "45"]) == {}


def test_health_numbers_in_a_column():
    right = [number for number in (f"{n[:-1]}{d}" for n in HEALTH for d in range(10)) if checked_by_itself(number)]
    assert len(right) == len(HEALTH) and "A123456780" in right
    assert screened(Objektnummer=right) == {"Objektnummer": ("number", "content")}
    assert screened(Objektnummer=right[:1]) == {}, "one alone may be a number of anything"


def test_numbers_of_objects_that_look_like_insurance_numbers_raise_no_alarm():
    number = range(2000)
    columns = {
        "Haus": [f"{10 + n // 900:02}01020{n % 9}{'ABCDEFGH'[n % 8]}{n // 8 % 900 + 100}" for n in number],
        "Objekt": [f"{10 + n // 90:02}-010203-A-{n % 90 + 100}" for n in number],
        "WE": [f"W{n + 10_000:09}" for n in number], "Akte": [f"{'ABCDEFGH'[n % 8]}{n * 37 + 10_000:09}" for n in number],
        "Id": [f"{n * 977:08}-e17{n % 10}-4fde-adbe-0242ac{n:06x}" for n in number],
    }  # fmt: skip
    assert any(map(checked_by_itself, columns["Haus"])) and any(map(checked_by_itself, columns["WE"]))
    assert screened(**columns) == {}


def test_birth_dates_are_told_from_the_dates_of_contracts():
    dice = random.Random(6)
    born = [date(1930, 1, 1) + timedelta(days=dice.randrange(27_000)) for _ in range(400)]
    assert screened(Datum=[f"{d:%d.%m.%Y}" for d in born]) == {"Datum": ("birth_date", "content")}
    begun = [date(dice.randrange(1965, 2025), dice.randrange(1, 13), dice.choice([1, 1, 1, 1, 15])) for _ in range(400)]
    ended = [date(2018, 1, 1) + timedelta(days=dice.randrange(2500)) for _ in range(400)]
    assert screened(seit=[f"{d:%d.%m.%Y}" for d in begun], leer=[f"{d}" for d in ended]) == {}


def test_the_report_names_the_column_and_never_a_value(people):
    names = [people.name() for _ in range(100)]
    screen = Screen(["Bemerkung"])
    screen.take("Bemerkung", Counter(names))
    (found,) = screen.findings()
    told = f"{found!r} {found.place()} {found.message('de')} {found.message('en')} {found.remedy('de')} {found.remedy('en')}"
    assert "„Bemerkung“" in told and not any(name in told for name in names)


def test_stock_without_persons_raises_no_alarm():
    dice = random.Random(8)
    number = range(3000)
    streets = ["Anna-Seghers-Straße", "Clara-Zetkin-Str.", "Karl Marx Allee", "Hans-Böckler-Platz", "Rosa-Luxemburg-Ring"]
    assert screened(
        **{
            "WE-Nr": [f"{n // 40:04}/{n % 40 // 4:03}/{n % 4 + 1:02}" for n in number],
            "VO-Nr": [f"03{n:08}" for n in number],
            "Objekt": [f"0351-{n // 40:05}" for n in number],
            "Straße": [dice.choice(streets) for _ in number],
            "Lage": [f"{dice.choice(streets)} {n % 90}" for n in number],
            "Wohnlage": [dice.choice(["VH links", "HH rechts", "Mitte", "Dachgeschoss"]) for _ in number],
            "Quartier": [dice.choice(["Marienthal", "Johannstadt", "Lindenau", "Rosental", "Mitte", "Süd"]) for _ in number],
            "Wohnanlage": ["Käthe-Kollwitz-Quartier", "Wohnpark Amalie", "Residenz Elisabeth", "Hof Sophie"] * 5,
            "Heizung": [dice.choice(["Fernwärme", "Gas", "Öl", "Erdwärme"]) for _ in number],
            "Baujahr": [str(dice.randrange(1890, 2020)) for _ in number],
            "NKM": [f"{dice.randrange(20000, 90000) / 100:.2f}".replace(".", ",") for _ in number],
            "PLZ": [f"0{dice.randrange(8056, 8066)}" for _ in number],
            "LOR": [f"0{dice.randrange(1100101, 1200999)}" for _ in number],
            "ARS": ["145240330330"] * 3000,
            "Mieter": [str(dice.randrange(0, 7)) for _ in number],
            "Bindung bis": [f"31.12.{dice.randrange(2024, 2045)}" for _ in number],
            "Verwalter": ["Wohnbau West eG", "Stadtbau GmbH", "Vereinigte Wohnstätten eG", "Haus und Grund"] * 10,
            "Bemerkung": ["Dach undicht", "Bad saniert 2011", "s. Vertrag Nr. 0341-22", "an Fa. Krause vergeben"] * 20,
        }
    ) == {}


def test_real_tables_raise_no_alarm(real_data):
    """Registers of addresses and lists of measures, which really name persons in charge, are no tables of figures."""
    alarms: list[tuple] = []
    looked: Counter = Counter()
    for file in sorted(real_data.rglob("*")):
        if file.suffix not in (".csv", ".xlsx", ".xls") or "adressen" in file.name or file.stat().st_size > 3_000_000:
            continue
        if looked[file.parent] == 2:  # the others of a folder are alike
            continue
        try:
            table = read_table(file, file.name)
        except TableUnreadable:
            continue
        looked[file.parent] += 1
        screen = Screen(table.names)
        for name in table.names:
            screen.take(name, Counter(table.sample_of(name)))
        alarms += [(file.name, found.column, found.kind, found.by) for found in screen.findings()]
    assert looked.total() >= 25 and alarms == []
