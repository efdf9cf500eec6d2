"""German addresses in all their writings."""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.addresses.writing import HouseNumber, house_number, part_of_town, split_address, street_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hauptstraße", "Hauptstr."), ("Hauptstraße", "HAUPTSTRASSE"), ("Hauptstraße", "Haupt Str"),
        ("Hauptstraße", "Hauptstr"), ("Hauptstraße", "Haupt-Straße"), ("Roßmäßlerstraße", "Rossmaesslerstrasse"),
        ("ROẞMÄẞLERSTRAẞE", "Roßmäßlerstr."), ("Straße des 17. Juni", "Str. des 17. Juni"),
        ("Karl-Marx-Platz", "Karl Marx Pl."), ("Karl-Marx-Platz", "Karl-Marx-Pl"), ("Sankt-Georgen-Weg", "St. Georgen-Weg"),
        ("An den Tierkliniken", "AndenTierkliniken"), ("Große Fleischergasse", "Gr. Fleischergasse"),
        ("Lindenstraße", "Lindenstr. (OT Grünau)"), ("Lindenstraße", "Lindenstraße, OT Grünau"),
        ("Doktor-Külz-Ring", "Dr.-Külz-Ring"), ("Ärztehaus-Weg", "A\u0308rztehaus Weg"), ("Straße 604", "Str. 604"),
    ],
)  # fmt: skip
def test_writings_of_one_street(one, other):
    assert street_key(one) == street_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lindenstraße", "Lindenweg"), ("Am Markt", "Markt"), ("Straße 604", "Straße 64"), ("Strehlener Straße", "Strehler Straße"),
     ("Astrid-Lindgren-Weg", "Asstrasseid-Lindgren-Weg")],
)  # fmt: skip
def test_different_streets_stay_different(one, other):
    assert street_key(one) != street_key(other)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", HouseNumber(5)), ("005", HouseNumber(5)), ("5a", HouseNumber(5, "a")), ("5 A", HouseNumber(5, "a")),
        ("5-7", HouseNumber(5, "", 7)), ("5 – 7a", HouseNumber(5, "", 7, "a")), ("5a-c", HouseNumber(5, "a", 5, "c")),
        ("5/7", HouseNumber(5, "", 7)), ("12 1/2", HouseNumber(12, "1/2")), ("12½", HouseNumber(12, "1/2")),
        ("5 HH", HouseNumber(5)), ("5a, Hinterhaus", HouseNumber(5, "a")), ("5 links", HouseNumber(5)), ("5 2. OG", None),
        ("", None), ("ohne", None), ("0", None), ("12345", None), ("5ab", None),
    ],
)  # fmt: skip
def test_house_numbers(text, number):
    assert house_number(text) == number


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Lindenstr. 5 a", ("Lindenstr.", "5 a")), ("Straße des 17. Juni 135", ("Straße des 17. Juni", "135")),
        ("Str. 604", ("Str. 604", "")), ("Straße 604 12", ("Straße 604", "12")), ("Am Markt", ("Am Markt", "")),
        ("Lindenstraße 5-7 (OT Grünau)", ("Lindenstraße", "5-7")), ("Lindenstraße, 5", ("Lindenstraße", "5")),
        ("Lindenstraße Nr. 5", ("Lindenstraße", "5")), ("Platz des 20. Juli 3", ("Platz des 20. Juli", "3")),
    ],
)  # fmt: skip
def test_whole_addresses(text, parts):
    assert split_address(text) == parts


def test_part_of_town():
    assert part_of_town("Lindenstr. 5 (OT Grünau)") == "Grünau"
    assert part_of_town("Lindenstr. 5, Ortsteil Alt-Grünau") == "Alt-Grünau"
    assert part_of_town("Lindenstr. 5") == ""


@given(st.text(max_size=60))
def test_nothing_breaks_and_a_key_is_its_own_key(text):
    key = street_key(text)
    assert street_key(key) == key or "str" in key or "pl" in key
    house_number(text)
    split_address(text)


@given(st.integers(1, 9999), st.sampled_from(["", "a", "k"]), st.one_of(st.none(), st.integers(1, 9999)))
def test_a_number_written_out_is_read_back(number, suffix, last):
    house = HouseNumber(number, suffix, last)
    if last == number:
        return
    assert house_number(house.text()) == house
