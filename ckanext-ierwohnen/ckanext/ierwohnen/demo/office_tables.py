"""The tables of the city's offices, written as such tables come: each in the format and with the habits of its own
software. Reading them back right is the portal's job, so nothing here is tidied."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Font

from . import quarters as q
from .housing import dwellings_by_age_and_rooms, housing, special_dwellings
from .population import AGE_GROUPS, by_age_and_sex, households, movements, population, unemployment

# Quarters with so few owners that vacancy is kept secret, and those kept back so that nobody can subtract.
SECRET = {"25", "34"}
SECRET_TO_PROTECT = {"23", "33"}
UNCERTAIN = {"44"}


@dataclass(frozen=True)
class OfficeTable:
    """One delivered file: its name, its bytes as the office's software wrote them."""

    filename: str
    content: bytes


def _german(value: float, decimals: int = 0) -> str:
    """A number as German office software prints it: thousands point, decimal comma."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def _text(rows: Iterable[Iterable[object]], separator: str, encoding: str, newline: str = "\r\n") -> bytes:
    return (newline.join(separator.join(str(cell) for cell in row) for row in rows) + newline).encode(encoding)


def _total(frame, column: str, year: int) -> int:
    return int(frame.loc[frame["year"] == year, column].sum())


def _vacancy_cells(row, year: int) -> list[str]:
    if row.unit in SECRET | SECRET_TO_PROTECT:
        remark = "zu wenige Datengeber" if row.unit in SECRET else "schützt andere Werte"
        return [".", ".", ".", remark]
    if row.unit in UNCERTAIN:
        return ["/", "/", "/", "nicht sicher genug"]
    if row.unit == "54" and year == q.LAST_YEAR:
        return ["…", "…", "…", "folgt bis 31.01.2027"]
    rate = _german(100 * row.vacant / row.dwellings, 1)
    if row.unit == "32" and year == q.LAST_YEAR:
        return [_german(row.vacant), _german(row.vacant_long), rate + " r", "berichtigt 03.02.2026"]
    return [_german(row.vacant), _german(row.vacant_long), rate, ""]


def vacancy() -> OfficeTable:
    """Vacancy by quarter, one row per quarter and year: semicolons, Windows-1252, titles above, notes below."""
    rows: list[list[object]] = [
        ["Wohnungsbestand und Leerstand nach Stadtteilen"],
        ["Stadt Neuwald an der Mulde, Stichtag jeweils 31.12."],
        [],
        ["Nr", "Stadtteil", "Stichtag", "Wohnungen", "davon leer", "leer über 6 Monate", "Leerst. in %", "Bem."],
    ]
    stock = housing()
    for year in range(2015, q.LAST_YEAR + 1):
        date = f"31.12.{year}"
        empty, all_ = _total(stock, "vacant", year), _total(stock, "dwellings", year)
        long_empty = _german(_total(stock, "vacant_long", year))
        rows.append([q.CITY_KEY, "Stadt insgesamt", date, _german(all_), _german(empty), long_empty,
                     _german(100 * empty / all_, 1), ""])  # fmt: skip
        for row in stock[stock["year"] == year].itertuples():
            name = q.BY_KEY[row.unit].name
            rows.append([row.unit, name, date, _german(row.dwellings), *_vacancy_cells(row, year)])
    rows += [
        [],
        ["Leerstand: ohne nennenswerten Stromverbrauch seit mehr als drei Monaten."],
        [". = geheim zu halten oder unbekannt; / = nicht sicher genug; … = Angabe folgt; r = berichtigt"],
    ]
    return OfficeTable("leerstand_stadtteile_2015_2025.csv", _text(rows, ";", "cp1252"))


def _workbook(sheet: str, rows: list[list[object]], merges: Iterable[str] = ()) -> bytes:
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    for area in merges:
        page.merge_cells(area)
    page["A1"].font = Font(bold=True)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def age_groups() -> OfficeTable:
    """People by age group: a workbook with merged head rows, totals per year and a note below."""
    groups = list(AGE_GROUPS)
    rows: list[list[object]] = [
        ["Einwohnerinnen und Einwohner am Ort der Hauptwohnung nach Altersgruppen"],
        ["Quelle: Melderegister, Stand 31.12. des Jahres"],
        [None],
        ["Jahr", "Stadtteil", None, "Insgesamt", "davon im Alter von … Jahren"],
        [None, "Nr.", "Name", None, *groups],
    ]
    people = population()
    for year in range(q.FIRST_YEAR, q.LAST_YEAR + 1):
        own = people[people["year"] == year]
        sums = [int(own[column].sum()) for column in ("people", *groups)]
        rows.append([year, q.CITY_KEY, "Neuwald insgesamt", *sums])
        for row in own.to_dict("records"):
            rows.append([year, row["unit"], q.BY_KEY[row["unit"]].name, row["people"], *(row[g] for g in groups)])
    rows += [[None], ["1) Ohne Nebenwohnungen. Abweichungen zur amtlichen Fortschreibung sind möglich."]]
    merges = ("A4:A5", "B4:C4", "D4:D5", "E4:J4", "A1:J1")
    return OfficeTable("einwohner_altersgruppen.xlsx", _workbook("Altersgruppen", rows, merges))


def age_and_sex() -> OfficeTable:
    """People by five years of age and sex: one row for each, as the register's software writes them."""
    rows: list[list[object]] = [
        ["Einwohnerinnen und Einwohner nach Alter und Geschlecht, 31.12.2025"],
        ["Stadtteil", "Altersgruppe", "Geschlecht", "Einwohner"],
    ]
    people = by_age_and_sex()
    whole = people.groupby("age", sort=False)[["women", "men"]].sum().reset_index()
    for row in [*whole.assign(unit=q.CITY_KEY).itertuples(), *people.itertuples()]:
        rows += [[row.unit, row.age, "weiblich", row.women], [row.unit, row.age, "männlich", row.men]]
    return OfficeTable("einwohner_alter_geschlecht.csv", _text(rows, ";", "utf-8"))


def asking_rents() -> OfficeTable:
    """Median asking rents, one column per year: UTF-8 with byte order mark, too few offers marked by a slash."""
    years = list(range(2015, q.LAST_YEAR + 1))
    prices = housing().pivot(index="unit", columns="year", values="rent")
    stock = housing().pivot(index="unit", columns="year", values="dwellings")
    rows: list[list[object]] = [["Schlüssel", "Stadtteil", *years]]
    city = [(prices[y] * stock[y]).sum() / stock[y].sum() for y in years]
    rows.append([q.CITY_KEY, "Neuwald an der Mulde", *(_german(value, 2) for value in city)])
    few = {"25", "34", "44", "54"}
    for key in prices.index:
        cells = ["/" if key in few else _german(prices.loc[key, y], 2) for y in years]
        rows.append([key, q.BY_KEY[key].name, *cells])
    return OfficeTable("angebotsmieten_median_eur_qm.csv", _text(rows, ";", "utf-8-sig"))


def moves_and_births() -> OfficeTable:
    """Births, deaths and moves: UTF-16 with tabs, as exported from the register's software."""
    rows: list[list[object]] = [
        ["Bevölkerungsbewegung nach Stadtteilen"],
        ["Jahr", "Stt", "Stadtteil", "Geburten", "Sterbefälle", "Zuzüge", "darunter innerhalb der Stadt", "Fortzüge",
         "Wanderungssaldo"],
    ]  # fmt: skip
    for row in movements().sort_values(["year", "unit"]).itertuples():
        rows.append([row.year, row.unit, q.BY_KEY[row.unit].name, row.births, row.deaths, row.moved_in, row.within_in,
                     row.moved_out, row.moved_in - row.moved_out])  # fmt: skip
    return OfficeTable("bevoelkerungsbewegung.txt", _text(rows, "\t", "utf-16"))


def building() -> OfficeTable:
    """Completed and demolished dwellings: commas, and a dash where exactly nothing was built."""
    rows: list[list[object]] = [["stadtteil_nr", "stadtteil", "jahr", "fertiggestellte_wohnungen", "abgaenge"]]
    stock = housing()
    for row in stock[stock["year"] >= 2015].sort_values(["year", "unit"]).itertuples():
        cells = [count if count else "-" for count in (row.completed, row.demolished)]
        rows.append([row.unit, q.BY_KEY[row.unit].name, row.year, *cells])
    return OfficeTable("baufertigstellungen_abgaenge.csv", _text(rows, ",", "utf-8", "\n"))


def jobless() -> OfficeTable:
    """Unemployed people: a workbook; small figures are kept secret by the employment agency."""
    rows: list[list[object]] = [
        ["Arbeitslose nach Stadtteilen, Stand 30.06."],
        ["Quelle: Statistik der Agentur für Arbeit. Zahlenwerte unter 10 und daraus ableitbare sind anonymisiert (.)"],
        ["Stadtteil", "Bezeichnung", "Stichtag", "Arbeitslose", "Einwohner 15 bis 64", "Arbeitslosenanteil in %"],
    ]
    for row in unemployment().sort_values(["year", "unit"]).itertuples():
        few = row.unemployed < 10
        share = round(100 * row.unemployed / row.aged_15_64, 1)
        rows.append([row.unit, q.BY_KEY[row.unit].name, f"30.06.{row.year}", "." if few else row.unemployed,
                     row.aged_15_64, "." if few else share])  # fmt: skip
    return OfficeTable("arbeitslose_stadtteile.xlsx", _workbook("SGB", rows))


def household_sizes() -> OfficeTable:
    """Households: semicolons, the key and the name in one cell."""
    rows: list[list[object]] = [["Stadtteil", "Stichtag", "Haushalte", "Einpersonenhaushalte"]]
    for row in households().sort_values(["year", "unit"]).itertuples():
        name = f"{row.unit} {q.BY_KEY[row.unit].name}"
        rows.append([name, f"31.12.{row.year}", _german(row.households), _german(row.one_person)])
    return OfficeTable("haushalte.csv", _text(rows, ";", "utf-8"))


def dwelling_stock() -> OfficeTable:
    """Dwellings by construction year and rooms: Latin-1, the quarter given once and left blank below."""
    rows: list[list[object]] = [
        ["Wohnungen nach Baualter und Räumen am 31.12.2025"],
        ["Nr", "Stadtteil", "Baualter", "Räume", "Wohnungen"],
    ]
    previous = None
    for row in dwellings_by_age_and_rooms().itertuples():
        head = [row.unit, q.BY_KEY[row.unit].name] if row.unit != previous else ["", ""]
        previous = row.unit
        years = row.building_years.replace("–", "-")
        rows.append([*head, years, row.rooms.replace("–", "-"), row.dwellings or "-"])
    return OfficeTable("wohnungen_baualter_raeume_2025.csv", _text(rows, ";", "latin-1"))


def barrier_reduced() -> OfficeTable:
    """Barrier-reduced and subsidized dwellings by quarter since 2019."""
    rows: list[list[object]] = [
        ["Stadtteilnummer", "Jahr", "Wohnungen", "barrierearme Wohnungen", "gebundene Mietwohnungen"]
    ]
    for row in special_dwellings().sort_values(["year", "unit"]).itertuples():
        bound = _german(row.subsidized) if row.subsidized else "-"
        rows.append([row.unit, row.year, _german(row.dwellings), _german(row.barrier_reduced), bound])
    return OfficeTable("besondere_wohnungen.csv", _text(rows, ";", "utf-8"))


def vacancy_by_building_age() -> OfficeTable:
    """A fresh delivery that still needs a person: an outdated key, one wrong rate, a column without a role."""
    rows: list[list[object]] = [
        ["Wohnungsbestand und Leerstand nach Baualter"],
        ["Stadt Neuwald an der Mulde, Stand: 31.12.2025"],
        [],
        ["Nr", "Stadtteil", "Stichtag", "Baualter", "Wohnungen", "davon leer", "Leerst. in %", "Bem."],
    ]
    date = "31.12.2025"
    stock = dwellings_by_age_and_rooms().groupby(["unit", "building_years"], sort=False)[["dwellings", "vacant"]].sum()
    empty, all_ = int(stock["vacant"].sum()), int(stock["dwellings"].sum())
    counts = [_german(all_), _german(empty), _german(100 * empty / all_, 1)]
    rows.append([q.CITY_KEY, "Stadt insgesamt", date, "alle", *counts, ""])
    for (unit, years), row in stock.iterrows():
        key, name = (q.FORMER_KEY, q.FORMER_NAME) if unit == "45" else (unit, q.BY_KEY[unit].name)
        rate = 100 * row["vacant"] / row["dwellings"] if row["dwellings"] else 0.0
        cells = [_german(row["dwellings"]), _german(row["vacant"]), _german(rate, 1), ""]
        if unit == "13" and years == "ab 1991":
            cells[2] = _german(rate + 2.9, 1)
        if unit == "45" and years == "bis 1918":
            cells[3] = "geschätzt"
        if unit in SECRET:
            cells[1:3] = [".", "."]
        if unit in UNCERTAIN:
            cells[2] = "/"
        rows.append([key, name, date, years, *cells])
    rows += [
        ["99", "nicht zuordenbar", date, "alle", "18", "2", "x", ""],
        [],
        ["Leerstand: ohne nennenswerten Stromverbrauch seit mehr als drei Monaten."],
    ]
    # The dash of a span of years does not survive in this office's software.
    plain = [[str(cell).replace("–", "-") for cell in row] for row in rows]
    return OfficeTable("Leerstand_Baualter_2025_endg.csv", _text(plain, ";", "cp1252"))


TABLES: dict[str, Callable[[], OfficeTable]] = {
    "wohnungsleerstand-stadtteile": vacancy,
    "einwohner-altersgruppen": age_groups,
    "angebotsmieten-stadtteile": asking_rents,
    "bevoelkerungsbewegung-stadtteile": moves_and_births,
    "baufertigstellungen-abgaenge": building,
    "arbeitslose-stadtteile": jobless,
    "haushalte-stadtteile": household_sizes,
    "wohnungen-baualter-raeume": dwelling_stock,
    "barrierearme-gebundene-wohnungen": barrier_reduced,
}
