"""What figures are given in (thousands, units, percent), the period of a table, and what cannot be by its kind."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckRun
from ckanext.ierwohnen.tables.load import copy_chunks, load_plan
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, is_setting, settings
from ckanext.ierwohnen.tables.roles import propose_roles

NAMES = load_catalogue().names()
UNITS = [f"{i:02d}" for i in range(1, 9)]
PLACES = [LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), dict.fromkeys(UNITS, ""))]


class Read:
    """A table read, its roles, and what was found and would be published."""

    def __init__(self, head: str, *columns, hints=None, offers=(), filename="t.csv"):
        rows = "".join(";".join([key, *(str(column(n)) for column in columns)]) + "\n" for n, key in enumerate(UNITS))
        hinted, _ = settings([offer for offer in offers if is_setting(offer)])
        table = read_table((head + "\n" + rows).encode(), filename, {**(hints or {}), **hinted})
        rest = [offer for offer in offers if not is_setting(offer)]
        repairs = Repairs.of(rest, table.names)
        self.table = repairs.apply(table)
        self.roles = {role.column: role for role in propose_roles(self.table, PLACES, NAMES)}
        run = CheckRun(self.table, [*self.roles.values()], PLACES, NAMES, notes=repairs.notes())
        plan = load_plan(self.table, [*self.roles.values()], PLACES)
        rows = b"".join(copy_chunks(self.table, plan, run)).decode().splitlines()
        names = [field.name for field in plan.fields]
        self.published = [dict(zip(names, row.split(","), strict=True)) for row in rows]
        self.report = run.report()
        self.problems = {(p.code, p.column): p for p in self.report.problems}
        self.codes = {problem.code for problem in self.report.problems}

    def column(self, name: str) -> list[float]:
        return [float(row[name]) for row in self.published]


def tenths(n: int) -> str:
    return f"{n + 1},{n}"


@pytest.mark.parametrize(
    ("head", "name", "power", "unit"),
    [
        ("Nr;Einwohner in 1000", "Einwohner in 1000", 3, "Personen"),
        ("Nr;Einwohner in Tsd.", "Einwohner in Tsd.", 3, "Personen"),
        ("Einwohner (in Tausend), 31.12.2033\n\nNr;Einwohner", "Einwohner", 3, "Personen"),
        ("Nr;Umsatz Mio. €", "Umsatz Mio. €", 6, "€"),
        ("Nr;Zuschuss (in 1.000 EUR)", "Zuschuss (in 1.000 EUR)", 3, "€"),
        ("Nr;Zuschuss TEUR", "Zuschuss TEUR", 3, "€"),
        ("Nr;Angebotsmiete in Cent/m²", "Angebotsmiete in Cent/m²", -2, "€/m²"),
        ("Nr;Kaufkraft Mio. €", "Kaufkraft Mio. €", 6, "€"),
        ("Nr;Sterbefälle je 100.000 EW", "Sterbefälle je 100.000 EW", 0, "je 100.000"),
        ("Nr;unter 1 000 EUR", "unter 1 000 EUR", 0, None),
        ("Nr;Wohnfläche 1 000 m²", "Wohnfläche 1 000 m²", 3, "m²"),
        ("Nr;Geburten je 1.000 Einwohner", "Geburten je 1.000 Einwohner", 0, "je 1.000"),
        ("Nr;Arbeitslose auf 1000 Einwohner", "Arbeitslose auf 1000 Einwohner", 0, "je 1.000"),
        ("Angaben in 1.000\n\nNr;Leerstand in %", "Leerstand in %", 0, "%"),
        ("Nr;Einwohner 2024 Tsd.", "Einwohner 2024 Tsd.", 3, "Personen"),
        ("Nr;Einwohner 31.12.2024 Tsd.", "Einwohner 31.12.2024 Tsd.", 3, "Personen"),
        ("Nr;Umsatz 2024 Mio. €", "Umsatz 2024 Mio. €", 6, "€"),
        ("Nr;Investition 2023/24 T€", "Investition 2023/24 T€", 3, "€"),
        ("Nr;Kosten 2024 1.000 €", "Kosten 2024 1.000 €", 3, "€"),
        ("Nr;Wohnfläche 2024 Tsd. m²", "Wohnfläche 2024 Tsd. m²", 3, "m²"),
        ("Nr;Wohnfläche 2024 (Tqm)", "Wohnfläche 2024 (Tqm)", 3, "m²"),
        ("Nr;Wohnfläche Tm²", "Wohnfläche Tm²", 3, "m²"),
        ("Nr;Wohnfläche 2024 in 100 m²", "Wohnfläche 2024 in 100 m²", 2, "m²"),
        ("Nr;Wohnungen 2024 in 10³", "Wohnungen 2024 in 10³", 3, "Wohnungen"),
        ("Nr;Einwohner 2024 (1.000 Pers.)", "Einwohner 2024 (1.000 Pers.)", 3, "Personen"),
        ("Nr;Firmen mit über 2000 Tsd. Euro", "Firmen mit über 2000 Tsd. Euro", 0, "€"),
        ("Nr;Firmen mit 1500 bis 2000 Tsd. Euro", "Firmen mit 1500 bis 2000 Tsd. Euro", 0, "€"),
        ("Nr;Haushalte mit über 2 Tausend Euro", "Haushalte mit über 2 Tausend Euro", 0, "€"),
    ],
)
def test_thousands_and_millions_become_whole_figures(head, name, power, unit):
    read = Read(head, tenths)
    assert (read.roles[name].power, read.roles[name].unit) == (power, unit)
    assert read.column(name) == pytest.approx([(n + 1 + n / 10) * 10**power for n in range(8)])
    assert ("values_scaled" in read.codes) is bool(power)


def test_a_row_of_units_below_the_names_is_no_row_of_data():
    read = Read("Nr;Einwohner;Leerstandsquote\n;1 000;%", tenths, tenths)
    assert {role.column: (role.power, role.unit) for role in read.roles.values() if role.role == "indicator"} == {
        "Einwohner – 1 000": (3, "Personen"), "Leerstandsquote – %": (0, "%"),
    }  # fmt: skip
    assert len(read.published) == 8


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Kaltmiete 2024 (DM/m²)", "DM/m²"),
        ("Kaltmiete 2024 in CHF je m²", "CHF/m²"),
        ("Angebotsmiete DM", "DM"),
        ("Kaufpreis 2024 in US$", "US$"),
        ("Kosten (£)", "£"),
        ("Kosten in € (bis 2001 in DM)", "€"),
    ],
)
def test_another_currency_is_no_euro(name, unit):
    read = Read(f"Nr;{name}", tenths)
    assert (read.roles[name].unit, read.roles[name].indicator) == (unit, None)


def test_a_single_letter_that_may_mean_thousands_is_asked_about():
    assert ("thousands_open", "Einwohner 2024 (T.)") in Read("Nr;Einwohner 2024 (T.)", tenths).problems


def test_figures_that_are_whole_already_stay_as_delivered_by_one_offer():
    read = Read("Nr;Einwohner in 1000", lambda n: 45_000 + n)
    told = read.problems["values_scaled", "Einwohner in 1000"]
    assert "45000 wird 45\u202f000\u202f000" in told.message("de")
    again = Read("Nr;Einwohner in 1000", lambda n: 45_000 + n, offers=[told.repair[0]])
    assert again.column("Einwohner in 1000")[0] == 45_000


def test_a_cell_says_its_own_scale():
    read = Read("Nr;Kosten", lambda n: f"{n + 1},5 Mio. €" if n % 2 else f"{n + 1} Tsd. €")
    assert read.column("Kosten")[:2] == [1_000, 2_500_000] and read.roles["Kosten"].unit == "€"
    cents = Read("Nr;Miete 2024", lambda n: f"{550 + n} ct")
    assert cents.column("Miete 2024")[:2] == [5.5, 5.51] and cents.roles["Miete 2024"].unit == "€"


def test_figures_with_a_foreign_unit_are_no_codes_with_a_name():
    read = Read("Nr;Miete 2024", lambda n: f"{550 + n} DM")
    assert read.table.names == ["Nr", "Miete 2024"] and read.roles["Miete 2024"].role == "unclear"


def test_repairs_of_scaled_columns_are_written_as_the_file_writes():
    read = Read("Nr;Einwohner in 1000", lambda n: "-3,2" if n == 4 else tenths(n))
    offer = read.problems["value_below", "Einwohner in 1000"].repair[0]
    assert offer["value"] == "3,2"
    assert (
        Read("Nr;Einwohner in 1000", lambda n: "-3,2" if n == 4 else tenths(n), offers=[offer]).column(
            "Einwohner in 1000"
        )[4]
        == 3200
    )


@pytest.mark.parametrize(("unit", "factor"), [("m²", "0.0001"), ("ha", "1"), ("km²", "100")])
def test_an_area_without_a_unit_is_asked_for(unit, factor):
    read = Read("Nr;FLAECHE", lambda n: 10_000 * (n + 1))
    asked = read.problems["unit_open", "FLAECHE"]
    assert asked.severity == "error"
    offer = next(offer for offer in asked.repair if offer["unit"] == unit)
    again = Read("Nr;FLAECHE", lambda n: 10_000 * (n + 1), offers=[offer])
    assert "unit_open" not in again.codes and again.column("FLAECHE")[0] == pytest.approx(10_000 * float(factor))


def test_a_density_without_a_unit_is_asked_for_and_converted():
    read = Read("Nr;Einwohnerdichte", lambda n: 1200 + n)
    offer = read.problems["unit_open", "Einwohnerdichte"].repair[1]
    assert (offer["unit"], offer["value"]) == ("je km²", "0.01")
    again = Read("Nr;Einwohnerdichte", lambda n: 1200 + n, offers=[offer])
    assert again.column("Einwohnerdichte")[0] == 12


def test_figures_that_cannot_be_read_are_no_note():
    assert Read("Nr;Einwohner", lambda n: f"{n + 1}.2k").roles["Einwohner"].role == "unclear"


def test_rents_and_prices_per_square_metre_are_no_areas():
    read = Read("Nr;Miete je m²;Kaufpreis pro qm", tenths, lambda n: 2000 + n)
    assert [read.roles[n].unit for n in ("Miete je m²", "Kaufpreis pro qm")] == ["€/m²", "€/m²"]
    assert read.roles["Miete je m²"].indicator is None


def test_two_columns_are_never_one_figure():
    read = Read("Nr;Einwohner;Einwohner männlich und weiblich;Bevölkerung", *[lambda n: 100 + n] * 3)
    assert [role.indicator for role in read.roles.values() if role.role == "indicator"] == [None] * 3
    assert read.problems["figure_open", "Einwohner"].severity == "warning"


def test_a_narrower_title_speaks_against_a_wide_name():
    read = Read("Baufertigstellungen 2033\n\nNr;Wohnungen;Gebäude", lambda n: 10 + n, lambda n: 5 + n)
    assert read.roles["Wohnungen"].indicator is None and ("figure_by_title", "Wohnungen") in read.problems
    read = Read("Leerstand 2033\n\nNr;Wohnungen;leer", lambda n: 100 + n, lambda n: 5 + n)
    assert [read.roles[name].indicator for name in ("Wohnungen", "leer")] == ["dwellings", "vacant_dwellings"]


@pytest.mark.parametrize("name", ["statistischer_Bezirk_Nr", "lfd. Nr.", "OBJECTID", "Nr.", "Gemeindekennziffer"])
def test_numbers_of_things_are_no_figures(name):
    read = Read(f"Schlüssel;{name};Einwohner", lambda n: 301 + 7 * n, lambda n: 100 + n)
    assert read.roles[name].role in ("unused", "unclear")


@pytest.mark.parametrize(
    ("name", "cell", "odd", "code", "offered"),
    [
        ("Einwohner", "{n}00", "-120", "value_below", "120"),
        ("Wohnungen", "{n}200", "3,2", "count_broken", "3200"),
        ("Durchschnittsalter", "4{n},5", "425", "value_above", "42,5"),
        ("Leerstandsquote", "{n},5", "512", "value_above", "51,2"),
        ("Anteil Ältere in %", "1{n},5", "-3", "value_below", "3"),
        ("Leerstandsquote", "{n},5 %", "0,051", "mixed_percent", "5,1"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_row(name, cell, odd, code, offered):
    read = Read(f"Nr;{name}", lambda n: odd if n == 4 else cell.format(n=n + 1))
    told = read.problems[code, name]
    assert (told.row, told.value, told.severity) == (6, odd, "error")
    assert [code for code, _ in read.problems].count(code) == 1
    assert told.repair[0]["value"] == offered and told.repair[-1]["action"] == "keep"
    kept = Read(f"Nr;{name}", lambda n: odd if n == 4 else cell.format(n=n + 1), offers=[told.repair[-1]])
    assert kept.report.publishable and "value_kept" in kept.codes


def test_estimates_of_counts_may_be_broken():
    assert Read("Nr;Wohnungen", lambda n: f"{n + 1},5 s").report.publishable


def test_a_column_that_is_not_what_it_seems_is_asked_about_as_a_whole():
    read = Read(
        "Nr;Einwohner;Leerstandsquote;Anteil Jüngere in %", tenths, lambda n: f"0,0{n + 1}", lambda n: 90 + 9 * n
    )
    asked = {
        column: code for code, column in read.problems if column and read.problems[code, column].severity == "error"
    }
    assert asked == {
        "Einwohner": "counts_broken", "Leerstandsquote": "share_of_one", "Anteil Jüngere in %": "values_above",
    }  # fmt: skip
    offers = [read.problems["counts_broken", "Einwohner"].repair[0]]
    offers.append(read.problems["share_of_one", "Leerstandsquote"].repair[0])
    again = Read("Nr;Einwohner;Leerstandsquote", tenths, lambda n: f"0,0{n + 1}", offers=offers)
    assert (again.column("Einwohner")[1], again.column("Leerstandsquote")[1]) == (2100, 2)


@pytest.mark.parametrize(
    "name", ["Wanderungssaldo", "Veränderung der Einwohner in %", "Jugendquotient", "Durchschnittsalter", "Altenquote"]
)
def test_what_may_be_negative_or_large_is_not_asked_about(name):
    read = Read(f"Nr;{name}", lambda n: f"{n * 20 - 3},5")
    assert {p.code for p in read.report.problems if p.severity == "error"} <= {"value_below"} & read.codes
    assert "value_above" not in read.codes


@pytest.mark.parametrize(
    ("head", "period"),
    [
        ("Einwohner am 31. Dezember 2033\n\nNr;Einwohner", "2033-12-31"),
        ("Einwohner, Stand: 2033\n\nNr;Einwohner", "2033"),
        ("Bestand zum 31.12.2033 (Gebietsstand 2033)\n\nNr;Einwohner", "2033-12-31"),
    ],
)
def test_the_period_of_the_title_is_that_of_all_figures(head, period):
    read = Read(head, lambda n: 100 + n)
    assert read.roles["Einwohner"].period == period and "period_taken" in read.codes
    assert "period_open" not in read.codes


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("III/2033", "2033-Q3"), ("IV. Quartal 2033", "2033-Q4"), ("Jan 33", "2033-01"), ("Dez. 98", "1998-12"),
        ("Wohnungen Baujahr vor 1949", None), ("Zuwachs seit 2015", None), ("Mietindex (2015=100)", None),
        ("Einwohner 2033", "2033"), ("'33", "2033"), ("Einwohner ’98", "1998"), ("Einwohner 33", None), ("Q'33", None),
    ],
)  # fmt: skip
def test_years_in_headings_are_periods_unless_they_say_something_else(name, period):
    assert Read(f"Nr;{name}", lambda n: 100 + n).roles[name].period == period


def test_a_year_that_cannot_be_read_is_no_figure():
    read = Read("Nr;Jahr;Einwohner", lambda n: 33 - n % 2, lambda n: 100 + n)
    assert read.roles["Jahr"].role == "unclear" and ("role_open", "Jahr") in read.problems


def test_a_table_without_a_period_is_asked_for_it():
    read = Read("Nr;Einwohner", lambda n: 100 + n, filename="EWO_20331231.csv")
    asked = read.problems["period_open", None]
    assert [offer["value"] for offer in asked.repair] == ["2033-12-31", "none"]
    again = Read("Nr;Einwohner", lambda n: 100 + n, offers=[asked.repair[0]])
    assert again.roles["Einwohner"].period == "2033-12-31" and "period_open" not in again.codes


@pytest.mark.parametrize(
    ("cells", "order", "first"),
    [
        (["31/12/2024", "30/06/2024"], None, "2024-12-31"), (["12/31/2024", "06/30/2024"], None, "2024-12-31"),
        (["31.12.24", "30.06.24"], None, "2024-12-31"), (["03/04/2024", "05/06/2024"], "mdy", "2024-03-04"),
    ],
)  # fmt: skip
def test_dates_in_other_writings_are_dates(cells, order, first):
    read = Read("Nr;Stand;Einwohner", lambda n: cells[n % 2], lambda n: 100 + n, hints={"dates": order})
    assert (read.roles["Stand"].role, read.published[0]["Stand"]) == ("period", first)
    assert read.report.publishable


def test_a_date_with_two_readings_is_asked_about():
    read = Read("Nr;Stand;Einwohner", lambda n: "03/04/2024", lambda n: 100 + n)
    asked = read.problems["dates_ambiguous", "Stand"]
    assert asked.severity == "error" and [offer["value"] for offer in asked.repair] == ["dmy", "mdy"]


def test_a_year_of_two_digits_between_the_centuries_is_asked_about():
    read = Read("Nr;Stand;Einwohner", lambda n: "31.12.49", lambda n: 100 + n)
    asked = read.problems["dates_ambiguous", "Stand"]
    assert [offer["date"] for offer in asked.repair] == ["31.12.1949", "31.12.2049"]
    assert not read.report.publishable and "period_far" in Read("Nr;Dez 23;Dez 49", tenths, tenths).codes
    again = Read("Nr;Stand;Einwohner", lambda n: "31.12.49", lambda n: 100 + n, offers=[asked.repair[1]])
    assert again.published[0]["Stand"] == "2049-12-31" and again.report.publishable


def test_columns_of_signs_only_keep_their_figure_or_are_asked_about():
    read = Read("Nr;Leerstand;Sonderfälle;Einwohner", lambda n: ".", lambda n: "x", lambda n: 100 + n)
    assert read.roles["Leerstand"].indicator == "vacant_dwellings"
    assert {row["Leerstand_status"] for row in read.published} == {"secret"}
    assert read.roles["Sonderfälle"].role == "unclear" and ("role_open", "Sonderfälle") in read.problems


@pytest.mark.parametrize(
    ("name", "form", "periods"),
    [
        ("Quartal", "{}/2024", {"2024-Q1", "2024-Q2"}),
        ("Halbjahr", "{}.2024", {"2024-H1", "2024-H2"}),
        ("Monat", "{}/2024", {"2024-01", "2024-02"}),
        ("KW", "{}/2024", None),
        ("Quartal", "0{}/2024", None),
    ],
)
def test_parts_of_a_year_are_counted_by_the_name_of_their_column(name, form, periods):
    read = Read(f"Nr;{name};Wohnungen", lambda n: form.format(n % 2 + 1), tenths)
    assert read.roles[name].role == ("period" if periods else "unclear")
    assert periods is None or {row[name] for row in read.published} == periods
