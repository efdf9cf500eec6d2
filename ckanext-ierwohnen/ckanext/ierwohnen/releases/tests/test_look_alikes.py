"""Which titles people take for the same. Pure."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.demo.companies import companies
from ckanext.ierwohnen.releases.look_alikes import named, odd_sign, outline

OFFICE = "Stadtplanungsamt"


@pytest.mark.parametrize("title", [
    "stadt planungs-amt", "STADTPLANUNGSAMT", " Stadtplanungsamt. ", "Stadt\u200bplanungs\u00adamt\u202e\u2800",
    "StadtpIanungsamt", "Stadtp1anungsamt", "Stadtp|anungsamt", "Stadtplanungsarnt", "Stadtplanungsạmt",
    "5tadtplanungsamt", "\U0001d412tadtplanungsamt", "\uff33tadtplanungsamt", "St\u0430dtplanungsamt",
])  # fmt: skip
def test_taken_for_the_same(title: str):
    assert outline(title) == outline(OFFICE)


def test_told_apart():
    others = ["Stadtplanungsamt II", "Amt für Stadtplanung", "Stadtbauamt", *(one.title for one in companies())]
    assert len({outline(one) for one in [OFFICE, *others]}) == len(others) + 1
    assert outline("\u0410\u0412\u0421") == outline("ABC"), "all of it written with Cyrillic letters"
    assert outline("!?") != outline("?!") and outline("") == ""


@pytest.mark.parametrize("sign", [
    "\u202e", "\u2066", "\u200b", "\u200f", "\u00ad", "\ufeff", "\0", "\ue000", "\ud800", "\u2028", "\u2800", "\u3164",
    "\u0430", "\u03bf", "\ua4d0", "\u13aa", "\u0261", "\u0ce6", "\u0ed0", "\u0660", "\u237a", "\u2502",
])  # fmt: skip
def test_signs_of_no_title(sign: str):
    """What turns or cannot be seen; letters, digits and signs that look like Latin letters and usual digits."""
    assert odd_sign(f"Stadt{sign}amt") == sign == odd_sign(sign * 3)
    assert f"U+{ord(sign):04X}" in named(sign) and named(sign).isprintable()


def test_titles_of_this_country():
    titles = [
        OFFICE, "Wohnen & Łódź – Česká 12 (ß)", "4711", "", "Bau½ „Süd“ e.\u00a0V. §9 №2…", "Żó\u0302rawina", "100 % €",
    ]  # fmt: skip
    assert [one for one in (*titles, *(one.title for one in companies())) if odd_sign(one)] == []
