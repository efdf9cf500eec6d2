"""A picture that stands alone says all that the page says: whole texts, both maps, what is not drawn, the licence."""

from __future__ import annotations

import re

from ckanext.ierwohnen.previews.choropleth import classed_maps
from ckanext.ierwohnen.previews.classes import Wish
from ckanext.ierwohnen.previews.course import Line, Part
from ckanext.ierwohnen.previews.ground import make_ground
from ckanext.ierwohnen.previews.left_out import left_out
from ckanext.ierwohnen.previews.multiples import multiples_chart
from ckanext.ierwohnen.previews.origin import origin
from ckanext.ierwohnen.previews.picture import chart_picture, map_picture
from ckanext.ierwohnen.previews.tests.town import town, town_readings

LONG = "Haushalte und Personen, die in einer Wohnung mit weniger Räumen als Personen leben, je Kalenderjahr " * 4
DRAWING = '<svg width="790" height="100"><g/></svg>'


def texts(svg: str) -> list[str]:
    return re.findall(r"<(?:text|tspan)[^>]*>([^<]+)", svg)


def test_source_and_definition_take_lines_and_are_not_cut():
    made = chart_picture(DRAWING, title="x", sub=LONG, source=LONG, alternative="x", note=LONG)
    found = texts(made)
    assert not any("…" in text for text in found)
    assert " ".join(found).count("je Kalenderjahr") == 12
    low = max(float(y) for y in re.findall(r'<text x="20" y="([\d.]+)"', made))
    assert low < float(re.search(r'height="([\d.]+)"', made)[1]), "the last line stands on the sheet"


def test_two_dates_are_two_maps_with_the_counts_of_both():
    ground = make_ground(town())
    higher = {key: (None if value is None else value + 5, sign) for key, (value, sign) in town_readings().items()}
    now, then = classed_maps(ground, [higher, town_readings()], wish=Wish(precision=1), unit="%")
    made = map_picture(now, title="x", sub="y", unit_word="Prozent", source=None, alternative="x", compared=then,
                       dates=("31.12.2015", "31.12.2025"))  # fmt: skip
    assert made.count('class="iw-units"') == 2
    found = texts(made)
    assert {"31.12.2015", "31.12.2025", "31.12.2015 | 31.12.2025"} <= set(found)
    assert "2 | 2" in found, "two protected units at both dates"


def test_units_that_are_not_drawn_are_named():
    names = {str(number): f"Ort {number:02d}" for number in range(24)}
    drawn = set(names) - {"3", "7"}
    assert left_out(names, drawn, level="Stadtteil", dates=["31.12.2025"]) == (
        "22 von 24 Stadtteilen; ohne Wert für 31.12.2025: Ort 03, Ort 07."
    )
    assert left_out(names, names, level="Stadtteil", dates=["2025"]) == ""
    many = left_out(names, {"0"}, level="Quarter", dates=["2020", "2025"], locale="en")
    assert many.startswith("1 of 24 quarters; without a value for 2020 or 2025: Ort 01,") and "and 15 more" in many


def test_an_older_value_carries_its_year():
    years = ("2023-12-31", "2024-12-31", "2025-12-31")
    lines = [Line("Altstadt", Part.OTHER, tuple(zip(years, (1.0, 2.0, 3.0), strict=True))),
             Line("Königsholz", Part.OTHER, tuple(zip(years, (3.0, 3.8, None), strict=True)))]  # fmt: skip
    found = texts(multiples_chart(lines, None, title="x", unit="%", precision=1).svg())
    assert "3,8\u202f% (2024)" in found and "3,0\u202f%" in found


def test_the_licence_stands_beside_the_source():
    one = {"organization": {"title": "Amt"}, "title": "Leerstand", "license_id": "dl-zero-de/2.0"}
    assert origin([one]) == "Amt, Leerstand · Lizenz: Datenlizenz Deutschland – Zero 2.0"
    other = {"title": "Mieten", "license_id": "eigen", "license_title": "Nur mit Zustimmung"}
    assert origin([one, {**one, "title": "B"}]) == "Amt, Leerstand; Amt, B · Lizenz: Datenlizenz Deutschland – Zero 2.0"
    assert origin([one, other], "en") == (
        "Amt, Leerstand (Licence: Data licence Germany – Zero 2.0); Mieten (Licence: Nur mit Zustimmung)"
    )
    assert origin([{"title": "Ohne", "license_id": "notspecified"}]) == "Ohne"
