"""What stands above a table tells when it holds another figure under the same headings."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.titles import another_title, stated_title

HEADINGS = ["Nr", "Stadtteil", "Jahr", "Kaltmiete (€/m²)"]
TITLE = "Kaltmieten nach Stadtteilen 2024 (geprüft)"


@pytest.mark.parametrize(
    "now, before, other",
    [
        (TITLE, TITLE.replace("2024", "2023").replace("geprüft", "vorläufig"), False),
        ("Warmmieten nach Stadtteilen 2024", TITLE, True),
        ("Kaltmieten nach Stadtteilen, Angaben in DM", TITLE, True),
        ("Kaltmieten nach Stadtteilen in 1.000 €", TITLE, True),
        ("Kaltmieten für Neubau nach Stadtteilen", TITLE, True),
        (TITLE, TITLE.replace("Kaltmieten", "Kaltmieten für Neubau"), True),
        ("", TITLE, False),
        (TITLE, None, False),
        (TITLE, "", False),
        ("Warmmiete nach Stadtteilen", "", True),
        ("Kaltmiete in DM je m²", "", True),
        ("Kaltmiete, Stand 31.12.2024", "", False),
    ],
)
def test_another_title_is_told_from_the_same_of_another_year(now, before, other):
    assert another_title(now, before, HEADINGS) is other


def test_dates_of_print_sources_and_legends_are_no_title():
    above = f"{TITLE};;\nErstellt am 12.03.2025;;\n- = nichts vorhanden;;\n"
    text = f"{above}Nr;Stadtteil;Kaltmiete\n11;Altstadt;6,2\n12;Ost;7,1\n"
    assert stated_title(read_table(text.encode(), "m.csv")) == TITLE
