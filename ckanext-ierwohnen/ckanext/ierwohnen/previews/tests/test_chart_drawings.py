"""Change, two indicators, composition, age structure, small multiples, histogram: what is drawn and what is said."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET

import pytest

from ckanext.ierwohnen.previews.change_plot import Change, change_chart
from ckanext.ierwohnen.previews.choropleth import classed_map, classed_maps
from ckanext.ierwohnen.previews.classes import Method, Wish, asked_classes
from ckanext.ierwohnen.previews.composition import Whole, composition_chart
from ckanext.ierwohnen.previews.course import Line, Part
from ckanext.ierwohnen.previews.ground import make_ground
from ckanext.ierwohnen.previews.histogram import histogram_svg
from ckanext.ierwohnen.previews.multiples import multiples_chart
from ckanext.ierwohnen.previews.pyramid import AgeGroup, pyramid_chart
from ckanext.ierwohnen.previews.raster import pdf_of
from ckanext.ierwohnen.previews.scatter import Scale, Spot, connection, scatter_chart
from ckanext.ierwohnen.previews.tests.town import NAMES, town, town_readings

YEARS = [f"{year}-12-31" for year in range(2015, 2026)]


def words(svg: str) -> list[str]:
    return [one.text for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") if one.text]


def changes() -> list[Change]:
    steps = [(index - 5) / 2 for index in range(len(NAMES))]
    return [
        Change(str(index), name, 10.0, 10.0 + step, f"{step:+.1f}".replace(".", ",") + " Prozentp.")
        for index, (name, step) in enumerate(zip(NAMES, steps, strict=True))
    ]


class TestChange:
    def chart(self):
        return change_chart(changes(), title="Leerstand", dates=("31.12.2020", "31.12.2025"), unit="%", selected="11")

    def test_from_the_strongest_rise_to_the_strongest_fall(self):
        found = words(self.chart().svg())
        assert [name for name in found if name in NAMES] == list(reversed(NAMES))
        assert {"31.12.2020", "31.12.2025", "+3,0 Prozentp."} <= set(found)

    def test_it_says_who_rose_and_who_fell(self):
        assert self.chart().alternative == (
            "Punktdiagramm der Veränderung: Leerstand. "
            "Stärkster Anstieg oder geringster Rückgang: Lerchenberg mit +3,0 Prozentp. "
            "Am anderen Ende: Altstadt mit -2,5 Prozentp. Gestiegen: 6, gefallen: 5, von 12."
        )

    def test_one_unit_is_no_comparison(self):
        assert change_chart(changes()[:1], title="x", dates=("a", "b")) is None


def spots(count: int, slope: float, noise: float, seed: int = 3) -> list[Spot]:
    rng = random.Random(seed)
    xs = [rng.uniform(0, 20) for _ in range(count)]
    return [
        Spot(str(index), NAMES[index % len(NAMES)], x, slope * x + rng.gauss(0, noise), f"{x:.1f}", "y")
        for index, x in enumerate(xs)
    ]


class TestTwoIndicators:
    def test_every_unit_is_a_dot_and_the_selected_one_is_named(self):
        chart = scatter_chart(spots(12, 1, 1), Scale("Quote", "%"), Scale("Miete"), title="x", selected="4")
        svg = chart.svg()
        assert svg.count('aria-roledescription="point"') == 0 and len(re.findall(r"<path[^>]*fill=", svg)) >= 12
        assert {NAMES[4], "Quote (%)", "Miete"} <= set(words(svg))

    def test_names_do_not_cover_each_other(self):
        near = [Spot(str(index), name, 1.0 + index / 1000, 1.0) for index, name in enumerate(NAMES)]
        far = Spot("far", "weit weg", 100.0, 100.0)
        found = words(scatter_chart([*near, far], Scale("a"), Scale("b"), title="x", selected="0").svg())
        assert [name for name in dict.fromkeys(found) if name in (*NAMES, "weit weg")] == ["Altstadt", "weit weg"]

    @pytest.mark.parametrize(
        ("slope", "noise", "said"),
        [(1, 0.5, "deutlicher gleichgerichteter"), (-1, 0.5, "deutlicher gegenläufiger"), (0, 5, "kein gesicherter")],
    )
    def test_the_note_says_how_far_they_go_together(self, slope, noise, said):
        note = connection(spots(24, slope, noise))
        assert said in note and "24 Raumeinheiten" in note
        assert ("Ursache" in note) == ("kein" not in said)

    def test_few_or_equal_units_carry_no_note(self):
        assert connection(spots(7, 1, 0.1)) == ""
        assert connection([Spot(str(index), "x", 1.0, index) for index in range(9)]) == ""
        assert scatter_chart(spots(4, 1, 1), Scale("a"), Scale("b"), title="x") is None

    def test_rank_correlation_ignores_one_outlier(self):
        outlier = [*spots(20, 0, 5), Spot("x", "weit weg", 1e6, 1e6)]
        assert "kein gesicherter" in connection(outlier)


def wholes() -> list[Whole]:
    return [
        Whole(str(index), name, {"bis 1918": 10.0 + index, "1919 bis 1990": 30.0, "ab 1991": 60.0 - index})
        for index, name in enumerate(NAMES)
    ]


class TestComposition:
    PARTS = ("bis 1918", "1919 bis 1990", "ab 1991")

    def test_each_bar_is_cut_in_shares(self):
        found = words(composition_chart(wholes(), self.PARTS, title="Wohnungen").svg())
        assert {"21\u202f%", "30\u202f%", "49\u202f%", *self.PARTS} <= set(found)

    def test_a_unit_with_a_hidden_part_is_left_out_and_told(self):
        hidden = [*wholes(), Whole("x", "Verdeckt", {"bis 1918": None, "1919 bis 1990": 1.0, "ab 1991": 2.0})]
        chart = composition_chart(hidden, self.PARTS, title="Wohnungen")
        assert "Verdeckt" not in words(chart.svg())

    def test_negative_parts_and_empty_wholes_are_none(self):
        odd = [Whole("a", "A", {"x": -1.0, "y": 2.0}), Whole("b", "B", {"x": 0.0, "y": 0.0})]
        assert composition_chart(odd, ("x", "y"), title="x") is None


def age_groups() -> list[AgeGroup]:
    return [
        AgeGroup(f"{age} bis {age + 4}", round(1000 * math.exp(-(((age - 45) / 40) ** 2))), float(age + 100))
        for age in range(0, 90, 5)
    ]


class TestPyramid:
    def test_the_youngest_stand_at_the_bottom(self):
        chart = pyramid_chart(age_groups(), ("männlich", "weiblich"), title="Bevölkerung, Neuwald")
        rows = [one for one in ET.fromstring(chart.svg()).iter("{http://www.w3.org/2000/svg}text") if one.text]
        heights = {one.text: float(re.search(r",\s*(-?[\d.]+)\)", one.get("transform"))[1]) for one in rows}
        assert heights["0 bis 4"] > heights["45 bis 49"] > heights["85 bis 89"]
        assert chart.alternative.startswith("Bevölkerungspyramide: Bevölkerung, Neuwald. männlich: zusammen ")

    def test_a_hidden_group_makes_no_total(self):
        groups = [*age_groups()[:-1], AgeGroup("85 bis 89", None, 5.0)]
        said = pyramid_chart(groups, ("männlich", "weiblich"), title="x").alternative
        assert "männlich: größte bekannte Altersgruppe 45 bis 49" in said and "weiblich: zusammen" in said

    def test_two_groups_are_no_pyramid(self):
        assert pyramid_chart(age_groups()[:2], ("m", "w"), title="x") is None


def courses(gap: int | None = None) -> list[Line]:
    return [
        Line(name, Part.OTHER, tuple(
            (period, None if index == gap and number == 4 else 5.0 + index + number / 10)
            for number, period in enumerate(YEARS)
        ))
        for index, name in enumerate(NAMES)
    ]  # fmt: skip


class TestSmallMultiples:
    def test_each_unit_has_its_own_drawing_with_the_last_value(self):
        found = words(multiples_chart(courses(), None, title="Quote", unit="%", precision=1).svg())
        assert {"Altstadt", "Lerchenberg", "6,0\u202f%", "17,0\u202f%"} <= set(found)

    def test_a_missing_value_breaks_the_line(self):
        whole, broken = (multiples_chart(courses(gap), None, title="x").svg() for gap in (None, 3))
        assert broken.count('fill="none"') + broken.count('stroke="#0072B2"') > 0
        assert (
            len(re.findall(r'<path[^>]*stroke="#0072B2"', broken))
            == len(re.findall(r'<path[^>]*stroke="#0072B2"', whole)) + 1
        )

    def test_of_very_many_the_chosen_one_is_drawn_too(self):
        many = [Line(f"U{index:03d}", Part.OTHER, courses()[0].points) for index in range(80)]
        found = words(multiples_chart(many, None, title="x", selected="U075").svg())
        assert [name for name in found if name.startswith("U")] == [*(f"U{n:03d}" for n in range(60)), "U075"]

    def test_one_course_is_not_many(self):
        assert multiples_chart(courses()[:1], None, title="x") is None


class TestMaps:
    GROUND = make_ground(town())

    def test_two_dates_share_their_classes(self):
        later = {key: (None if value is None else value + 5, sign) for key, (value, sign) in town_readings().items()}
        both = classed_maps(self.GROUND, [town_readings(), later], wish=Wish(precision=1))
        bounds = [[(one.lower, one.upper, one.colour) for one in each.classification.classes] for each in both]
        assert bounds[0] == bounds[1]
        assert all(each.classification.counts() == len(NAMES) for each in both)
        assert both[0].classification.index_of != both[1].classification.index_of

    def test_one_map_is_as_before(self):
        assert classed_map(self.GROUND, town_readings()) == classed_maps(self.GROUND, [town_readings()])[0]

    def test_a_reader_may_choose_the_classes(self):
        wish = Wish(breaks=(1.0, 2.0), middle=0.0)
        assert asked_classes(wish, "equal").effective() is Method.EQUAL
        assert asked_classes(wish, "fixed") == asked_classes(wish, None) == asked_classes(wish, "'; DROP") == wish

    def test_the_histogram_counts_each_value_once(self):
        classed = classed_map(self.GROUND, town_readings(), wish=Wish(precision=1))
        root = ET.fromstring(histogram_svg(classed, title="Quote"))
        assert root.get("aria-label") == "Verteilung: Quote. 9 Werte, höchstens 4 je Balken."
        most = max(float(one.get("height")) for one in root.iter("{http://www.w3.org/2000/svg}rect"))
        units = sum(float(one.get("height")) for one in root.iter("{http://www.w3.org/2000/svg}rect")) / 60 * 4
        assert most <= 60 and round(units) == 9

    def test_few_values_make_no_histogram(self):
        few = dict(list(town_readings().items())[:5])
        assert histogram_svg(classed_map(self.GROUND, few), title="x") is None


def test_a_drawing_becomes_a_pdf():
    made = pdf_of(multiples_chart(courses(), None, title="x").svg())
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF")
