"""Every kind of chart and map as it looks: at the desk and on the phone, German and English, with signs.

Each picture is compared with one that somebody has looked at; see pictures.py for a new one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews.change_plot import Change, change_chart
from ckanext.ierwohnen.previews.charts import Chart
from ckanext.ierwohnen.previews.choropleth import classed_map, classed_maps, map_svg
from ckanext.ierwohnen.previews.classes import Method, Wish
from ckanext.ierwohnen.previews.composition import Whole, composition_chart
from ckanext.ierwohnen.previews.course import Line, Part, course_chart
from ckanext.ierwohnen.previews.ground import make_ground
from ckanext.ierwohnen.previews.histogram import histogram_svg
from ckanext.ierwohnen.previews.multiples import multiples_chart
from ckanext.ierwohnen.previews.picture import map_picture
from ckanext.ierwohnen.previews.pyramid import AgeGroup, pyramid_chart
from ckanext.ierwohnen.previews.ranking import Bar, ranking_chart
from ckanext.ierwohnen.previews.scatter import Scale, Spot, scatter_chart
from ckanext.ierwohnen.previews.tests.pictures import assert_same_picture
from ckanext.ierwohnen.previews.tests.town import NAMES, SIGNS, VALUES, town, town_readings

DESK, PHONE = 790, 340
YEARS = [f"{year}-12-31" for year in range(2015, 2026)]


def ranking(width: float, locale: str) -> Chart:
    """Values, two that are protected, one that comes later, one below zero; the city's line; one chosen."""
    values = [*VALUES[:-1], -2.4]
    figures = [Figure.of(value, SIGNS.get(index), precision=1, unit="%", locale=locale)
               for index, value in enumerate(values)]  # fmt: skip
    bars = [Bar(f"{index + 1:02d}", name, figures[index]) for index, name in enumerate(NAMES)]
    city = Bar("city", "Neuwald insgesamt", Figure.of(8.7, precision=1, unit="%", locale=locale))
    return ranking_chart(bars, title="x", city=city, selected="06", width=width, locale=locale)


def long_ranking(width: float, locale: str) -> Chart:
    """Thousands, and more units than are drawn."""
    bars = [Bar(str(index), f"{NAMES[index % 12]} {index}", Figure.of(89614.0 - 777 * index, locale=locale))
            for index in range(60)]  # fmt: skip
    return ranking_chart(bars, title="x", width=width, locale=locale)


def change(width: float, locale: str) -> Chart:
    changes = [
        Change(str(index), name, 10.0, 10.0 + (index - 5) / 2,
               format_number((index - 5) / 2, precision=1, signed=True, locale=locale))
        for index, name in enumerate(NAMES)
    ]  # fmt: skip
    return change_chart(changes, title="x", dates=("31.12.2020", "31.12.2025"), unit="%", selected="11",
                        width=width, locale=locale)  # fmt: skip


def course(width: float, locale: str) -> Chart:
    """A gap, names that would meet at the end, thousands, below zero."""

    def line(name: str, part: Part, first: float, last: float, gaps: tuple[int, ...] = ()) -> Line:
        values = [None if at in gaps else first + (last - first) * at / 10 for at in range(11)]
        return Line(name, part, tuple(zip(YEARS, values, strict=True)))

    lines = [
        line("Bahnhofsvorstadt", Part.SUBJECT, 1950, -440),
        line("Industriepark Nord", Part.OTHER, 1090, -420),
        line("Neuwald insgesamt", Part.CITY, 1150, 870),
        line("Muldeufer", Part.OTHER, 650, 820, (4, 5)),
    ]
    return course_chart(lines, title="x", unit=None, precision=0, signed=True, width=width, locale=locale)


def multiples(width: float, locale: str) -> Chart:
    def values(index: int) -> tuple[tuple[str, float | None], ...]:
        return tuple((period, None if index == 3 and at == 4 else 5 + index + 2 * math.sin(at + index))
                     for at, period in enumerate(YEARS))  # fmt: skip

    lines = [Line(name, Part.OTHER, values(index)) for index, name in enumerate(NAMES)]
    city = Line("Neuwald insgesamt", Part.CITY, values(5))
    return multiples_chart(lines, city, title="x", unit="%", precision=1, selected="Eichgrund", width=width,
                           locale=locale)  # fmt: skip


def composition(width: float, locale: str) -> Chart:
    parts = ("bis 1918", "1919 bis 1949", "1950 bis 1990", "1991 bis 2010", "ab 2011")
    wholes = [
        Whole(str(index), name, dict(zip(parts, (4.0 + 5 * index, 20.0, 45.0, 30.0 - index, 0.5), strict=True)))
        for index, name in enumerate(NAMES)
    ]
    return composition_chart(wholes, parts, title="x", selected="4", width=width, locale=locale)


def pyramid(width: float, locale: str) -> Chart:
    groups = [
        AgeGroup(f"{age} bis {age + 4}", round(2400 * math.exp(-(((age - 45) / 40) ** 2))), float(1400 - 9 * age))
        for age in range(0, 90, 5)
    ]
    groups[16] = AgeGroup("80 bis 84", None, None)
    return pyramid_chart(groups, ("männlich", "weiblich"), title="x", width=width, locale=locale)


def scatter(width: float, locale: str) -> Chart:
    spots = [
        Spot(str(at), NAMES[at % 12], 3 + at * 0.6 + 2 * math.sin(at), 1200 + 90 * math.cos(at) * at)
        for at in range(24)
    ]
    return scatter_chart(spots, Scale("Leerstandsquote", "%"), Scale("Bevölkerung"), title="x", selected="4",
                         width=width, locale=locale)  # fmt: skip


CHARTS: dict[str, Callable[[float, str], Chart]] = {
    "ranking": ranking, "ranking-long": long_ranking, "change": change, "course": course, "multiples": multiples,
    "composition": composition, "pyramid": pyramid, "scatter": scatter,
}  # fmt: skip


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize(("width", "locale"), [(DESK, "de"), (PHONE, "en")])
def test_a_chart_looks_as_it_did(kind, width, locale):
    made = CHARTS[kind](width, locale)
    assert_same_picture(made.svg(), f"{kind}-{width}-{locale}")


GROUND, NARROW_GROUND = make_ground(town()), make_ground(town(), 320.0)


def map_of(wish: Wish, locale: str = "de", readings=None, **options) -> str:
    drawn = classed_map(GROUND, readings or town_readings(), wish=wish, unit=options.pop("unit", "%"), locale=locale)
    words = {"title": "Leerstandsquote nach Stadtteilen, 31.12.2025", "sub": "Leere Wohnungen · Gebietsstand 2021",
             "unit_word": "Prozent", "source": "Fachstelle Statistik"}  # fmt: skip
    return map_picture(drawn, alternative="x", **{**words, **options})


def diverging() -> str:
    """Changes around zero; to fall is good; protected and later units beside them."""
    readings = town_readings().items()
    changes = {key: (None if value is None else (value - 9) / 4, sign) for key, (value, sign) in readings}
    return map_of(Wish(middle=0.0, more_is_better=False, signed=True, precision=1), readings=changes,
                  unit_word="Veränderung in Prozentpunkten", unit=None)  # fmt: skip


def thousands() -> str:
    """English, natural breaks, signs of all kinds, a title that is too long."""
    signs = [
        "ok",
        "ok",
        "preliminary",
        "secret",
        "uncertain",
        "ok",
        "limited",
        "nothing",
        "later",
        "ok",
        "blocked",
        "ok",
    ]
    readings = {f"{index + 1:02d}": (12345.0 * index, sign) for index, sign in enumerate([*signs, "ok"])}
    title = "Inhabitants with main residence in private households by quarter, 31 December 2025, first results"
    words = {"title": title, "unit_word": "Inhabitants with main residence, total"}
    return map_of(Wish(Method.NATURAL), "en", readings, unit=None, **words)


def phone() -> str:
    """As wide as a phone: no name over another, chosen unit outlined."""
    drawn = classed_map(NARROW_GROUND, town_readings(), wish=Wish(precision=1))
    return map_svg(drawn, alternative="x", selected="05")


def no_values() -> str:
    """Nothing but signs."""
    readings = {f"{index + 1:02d}": (None, "secret" if index % 2 else "later") for index in range(12)}
    return map_of(Wish(), readings=readings)


def compared() -> str:
    """Two dates side by side in the classes of both."""
    later = {key: (None if value is None else value + 5, sign) for key, (value, sign) in town_readings().items()}
    then, drawn = classed_maps(GROUND, [town_readings(), later], wish=Wish(precision=1), unit="%")
    return map_picture(drawn, title="x", sub="y", unit_word="Prozent", source=None, alternative="x", selected="12",
                       compared=then, dates=("31.12.2015", "31.12.2025"))  # fmt: skip


def histogram() -> str:
    return histogram_svg(classed_map(GROUND, town_readings(), wish=Wish(precision=1)), title="x")


MAPS = {
    "map-diverging": diverging, "map-signs": thousands, "map-phone": phone, "map-no-values": no_values,
    "map-compared": compared, "histogram": histogram,
}  # fmt: skip


@pytest.mark.parametrize("kind", MAPS)
def test_a_map_looks_as_it_did(kind):
    assert_same_picture(MAPS[kind](), kind)
