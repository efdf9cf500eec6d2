"""What only a whole column tells, crosses beside blank cells and figures of another unit, never loads in silence."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.file_view import to_decide
from ckanext.ierwohnen.vault.record import fields, propose
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockProblem
from ckanext.ierwohnen.vault.stock_repairs import fitting

from .stock import YEAR_END

NO = {"action": "value", "column": "leer", "value": "", "becomes": "nein"}
UNKNOWN = {**NO, "becomes": ""}


def crossed(marks: str = "x", last: str = "", repairs=()) -> StockCheck:
    """Sixty dwellings, three of them with a mark."""
    lines = [f"{n};{marks if n % 20 == 0 else ''};70;400;rot" for n in range(1, 61)]
    content = "\n".join(["Wohnung;leer;Wohnfläche;Kaltmiete;Farbe", *lines, last]).encode()
    return StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, repairs=repairs)


def errors(check: StockCheck) -> list[StockProblem]:
    return [one for one in check.problems() if one.severity == "error"]


def test_crosses_beside_blank_cells_ask_what_blank_means():
    check = crossed().run()
    (asked,) = errors(check)
    assert (asked.code, asked.column, asked.count, asked.rows[:2]) == ("one-mark", "leer", 57, (2, 3))
    kept = StockProblem.of(asked.stored())
    assert "3 Wohnungen mit Angabe, 57 leer" in kept.as_dict()["message"] and "„nein“" in kept.as_dict()["remedy"]
    assert "dwellings with an entry: 3, blank: 57" in kept.as_dict("en")["message"]
    assert to_decide(check, None)["values"] == [{"column": "leer", "value": "", "count": 57, "may": ["nein", ""]}]
    (told,) = [one for one in crossed("nein").run().problems() if one.code == "one-mark"]
    assert told.severity == "warning", "no rate is too high by it"
    assert told.as_dict()["message"].startswith("In „leer“ steht nur „nein“")


def test_where_no_rate_depends_on_it_blank_is_not_known_and_said_so():
    content = b"Wohnung;Fahrstuhl;Adresse\n1;x;Talweg 1\n2;;Talweg 1\n"
    check = StockCheck(read_table(content, "b.csv"), YEAR_END, content=content).run()
    (told,) = check.problems()
    assert check.loadable and (told.code, told.severity) == ("one-mark", "warning")
    assert "Sonst zählt es als nicht bekannt" in StockProblem.of(told.stored()).as_dict()["remedy"]


@pytest.mark.parametrize(("repair", "blank"), [(NO, "f"), (UNKNOWN, None)])
def test_what_blank_means_is_decided_once_and_counted(repair, blank):
    check = crossed(repairs=[repair, {"action": "row", "row": 2}], last=";;;;nur Farbe")
    (batch,) = check.batches()
    assert check.loadable and not any(one.code == "one-mark" for one in check.problems())
    assert batch.column("vacant").to_pylist().count("t") == 3 and batch.column("vacant")[0].as_py() == blank
    assert batch.num_rows == 59, "a row in which nothing else stands is no dwelling"
    assert check.repairs.counted()[0]["cells"] == 56
    assert fitting([repair], ["leer"]) == ([], [repair]), "blank cells of another file are others"
    assert errors(crossed(repairs=[{**NO, "becomes": "evtl."}]).run())[0].code == "one-mark"


def test_where_both_are_said_or_nothing_is_blank_nobody_is_asked():
    assert not errors(crossed(last="61;nein;70;400;rot").run())
    assert not errors(crossed("").run()), "of a column without a mark nothing is known"
    content = b"Wohnung;leer\n1;x\n2;ja\n"
    assert not errors(StockCheck(read_table(content, "b.csv"), YEAR_END, content=content).run())
    decided = [{"action": "value", "column": "leer", "value": "evtl.", "becomes": ""}]
    content = b"Wohnung;leer\n1;x\n2;evtl.\n"
    assert StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, repairs=decided).run().loadable


def test_what_blank_means_is_known_before_the_row_is_looked_at_as_a_whole():
    content = b"Wohnung;leer;Leerstandsgrund;Adresse\n1;x;Sanierung;Talweg 1\n2;;Verkauf;Talweg 1\n"
    check = StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, repairs=[NO]).run()
    assert [(one.code, one.rows) for one in check.problems()] == [("reason-but-let", (3,))]


OTHER = {
    "net_cold_rent": ["NKM €/m²", "Kaltmiete je m²", "NKM (T€)", "Miete in Cent", "Jahreskaltmiete", "NKM € p. a.",
                      "Quadratmetermiete", "Miete €/m² im Monat", "Wohnfläche m²", "Miete in 1.000 €", "Miete [%]"],
    "operating_costs": ["Betriebskosten € im Jahr", "BK €/qm", "Nebenkosten %"],
    "maintenance": ["Instandhaltung €/Monat", "Instandhaltung TEUR"],
    "floor_area": ["Fläche %", "Miete €"],
    "rooms": ["Zimmer m²"],
}  # fmt: skip
SAME = {
    "net_cold_rent": ["NKM in €", "Kaltmiete mtl.", "Monatsmiete EUR", "NKM (€/Monat)", "Miete m. BK",
                      "Nettokaltmiete im Jahr 2024", "Nettokaltmiete (zzgl. 19 % USt)", "Miete ab 1.000 €"],
    "maintenance": ["Instandhaltung € p.a.", "Instandhaltung 2024"],
    "floor_area": ["Wohnfläche / m²", "Wfl. [m²]", "qm", "Wohnfläche (Balkon 25 %)"],
    "energy_demand": ["Energiebedarf kWh/(m²·a)", "kWh/m²"],
    "rooms": ["Anzahl Zimmer"],
    "vacant": ["Leerstand %"],
}  # fmt: skip


@pytest.mark.parametrize(("headings", "other"), [(OTHER, True), (SAME, False)])
def test_the_unit_of_a_heading(headings, other):
    wrong = [one for name, all_of in headings.items() for one in all_of if fields()[name].contradicted_by(one) != other]
    assert not wrong


def test_a_column_of_another_unit_is_neither_proposed_nor_taken():
    assert propose(["NKM €/m²", "Betriebskosten (jährlich)", "NKM in €"]) == {"NKM in €": "net_cold_rent"}
    content = "Wohnung;NKM €/m²;Wohnfläche\n1;5,50;60\n2;6,50;60\n".encode()
    chosen = [{"action": "column", "column": "NKM €/m²", "field": "net_cold_rent"}]
    for options in ({"repairs": chosen}, {"mapping": {"Wohnung": "dwelling", "NKM €/m²": "net_cold_rent"}}):
        check = StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, **options).run()
        (refused,) = errors(check)
        assert (refused.code, refused.column) == ("other-unit", "NKM €/m²")
        assert "„Nettokaltmiete“ (€ im Monat)" in refused.as_dict()["message"]


@pytest.mark.parametrize(("rents", "odd"), [
    (("5,50", "6,00", "400"), 2), (("12000", "9800,5", "400"), 2), (("5,50", "410", "400"), 0), (("", "0", "0,5"), 1),
])  # fmt: skip
def test_rents_that_cannot_be_those_of_the_dwellings_are_told_where_most_are_so(rents, odd):
    lines = "".join(f"{n};60;{rent}\n" for n, rent in enumerate(rents, 1))
    content = ("Wohnung;Wohnfläche;Kaltmiete\n" + lines).encode()
    check = StockCheck(read_table(content, "b.csv"), YEAR_END, content=content).run()
    told = [one for one in check.problems() if one.code == "rent-per-area"]
    assert check.loadable and [one.count for one in told] == [odd] * bool(odd)
    for one in told:
        sentences = StockProblem.of(one.stored()).as_dict()
        assert f"{odd} von {sum(rent not in ('', '0') for rent in rents)} Wohnungen" in sentences["message"]
        assert sentences["severity"] == "warning" and "je m²" in sentences["remedy"]
