"""Persons in what is stored of dwellings, one row each; and what is no person's there."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from .test_stock_check import screened

PERSONS = {
    "WE-Nr": ["EG li Schmidt", "Schmidt-EG", "SCHMIDT", "01711234567", "0171/1234567", "+491711234567", "+49171 1234567", "00491711234567",
              "EG li 01711234567", "0171 123 45 67"],
    "Objekt": ["Schmidt", "Yılmaz", "Nguyen", "100 Krüger", "01711234567", "0171/1234567", "+491711234567"],
    "Hausnr": ["2 (Müller)", "2 Schmidt", "01711234567"],
    "Ort": ["Schmidt", "Kowalczyk", "01711234567"],
    "Straße": ["bei Schmidt", "Schmidt", "Schmidt 12", "Lindenweg 01711234567"],
}  # fmt: skip
HONEST = {
    "Straße": ["Schmidtstraße", "Am Müllerhof", "Müllers Gasse", "Bei den Weiden", "Winkel", "Stein", "Beim Schmied", "Schulzweg 3", "Kochs Hof", "Otto-Schmidt-Ring"],
    "Ort": ["Neustadt", "Schmidtheim", "Müllrose", "Hagen", "Horn"],
    "Objekt": ["Haus Schmidt", "Schmidtstr. 5", "Winter 3", "Müllerhof", "15001234567", "01511", "0171-1234"],
    "WE-Nr": ["EG links {n}", "10017123456{n}", "WE-{n} VH re"],
    "Hausnr": ["12", "12a", "12 1/2", "12-14", "12 Hinterhaus", "12 a-c", "3 Haus B", "7 HH", "10 links", "5 Gartenhaus", "12 Aufgang 3", "o. Nr."],
}  # fmt: skip


@pytest.mark.parametrize("column", PERSONS)
def test_one_row_with_a_person_or_a_telephone_refuses_the_table(column):
    wrong = []
    for text in PERSONS[column]:
        found = screened({column: text})
        kind = "phone" if "171" in text else "name"
        if [(one.column, one.kind, one.rows) for one in found.personal] != [(column, kind, (19,))]:
            wrong.append((text, found.personal))
    assert not wrong, "\n".join(map(repr, wrong))


@pytest.mark.parametrize("column", HONEST)
def test_one_row_with_another_number_or_street_does_not(column):
    wrong = []
    for text in HONEST[column]:
        found = screened({column: text.format(n=3)})
        if not found.loadable:
            wrong.append((text, found.personal, [p.code for p in found.problems()]))
    assert not wrong, "\n".join(map(repr, wrong))


def test_a_house_number_with_other_words_is_none():
    for text in ("2 (gelb)", "2 Briefkasten oben", "12 neben Edeka"):
        found = screened({"Hausnr": text})
        assert [(p.code, p.column, p.rows) for p in found.problems() if p.severity == "error"] == [("no-identifier", "Hausnr", (19,))]


def test_long_numbers_of_an_office_are_no_telephone_numbers():
    for write in ("0171{n:04}{m:03}", "015{n:08}", "0049{n:09}", "1710{n:07}"):
        assert screened(every=True, Objekt=write).loadable, write
    found = screened({"Objekt": "Wohnpark Schmidt"}, Objekt="Lindenhof {n}")
    assert found.loadable
    assert screened({"Objekt": "Krause"}, Objekt="Lindenpark").loadable  # where objects have names one more may be such
