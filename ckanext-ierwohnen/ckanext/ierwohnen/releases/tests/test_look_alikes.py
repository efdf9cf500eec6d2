"""Which titles people take for the same. Pure."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.demo.companies import companies
from ckanext.ierwohnen.releases.look_alikes import foreign_letter, outline

OFFICE = "Stadtplanungsamt"


@pytest.mark.parametrize("title", [
    "stadt planungs-amt", "STADTPLANUNGSAMT", " Stadtplanungsamt. ", "Stadt\u200bplanungs\u00adamt\u202e\u2800",
    "StadtpIanungsamt", "Stadtp1anungsamt", "Stadtp|anungsamt", "Stadtplanungsarnt", "Stadtplanungsạmt",
    "\U0001d412tadtplanungsamt", "\uff33tadtplanungsamt", "St\u0430dtplanungsamt",
])  # fmt: skip
def test_taken_for_the_same(title: str):
    assert outline(title) == outline(OFFICE)


def test_told_apart():
    others = ["Stadtplanungsamt II", "Amt für Stadtplanung", "Stadtbauamt", *(one.title for one in companies())]
    assert len({outline(one) for one in [OFFICE, *others]}) == len(others) + 1
    assert outline("\u0410\u0412\u0421") == outline("ABC"), "all of it written with Cyrillic letters"
    assert outline("!?") != outline("?!") and outline("") == ""


def test_letters_of_several_alphabets():
    assert foreign_letter("St\u0430dtplanungsamt") == "\u0430"
    assert foreign_letter("Stadtplanun\u0261samt") == "\u0261", "a Latin one that no language's names are written with"
    for title in (OFFICE, "Wohnen & Łódź – Česká 12 (ß)", "\u0410\u0412\u0421", "4711", ""):
        assert foreign_letter(title) == ""
