"""Charts: gaps stay gaps, names stand at the lines' ends, numbers are German, bars begin at zero."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import round_ticks, spread
from ckanext.ierwohnen.previews.course import Line, Part, course_chart
from ckanext.ierwohnen.previews.periods import before, ordered, position, same_day
from ckanext.ierwohnen.previews.picture import chart_picture
from ckanext.ierwohnen.previews.ranking import Bar, ranked, ranking_chart
from ckanext.ierwohnen.previews.tests.pictures import assert_same_svg

YEARS = [f"{year}-12-31" for year in range(2015, 2026)]


def line(name, part, first, last, gaps=()):
    values = [None if index in gaps else first + (last - first) * index / 10 for index in range(11)]
    return Line(name, part, tuple(zip(YEARS, values, strict=True)))


def course(**options):
    lines = [
        line("Eichgrund", Part.SUBJECT, 19.5, 14.4),
        line("Bahnhofsvorstadt", Part.OTHER, 10.9, 14.2),
        line("Neuwald insgesamt", Part.CITY, 11.5, 8.7),
        line("Muldeufer", Part.OTHER, 6.5, 5.2, gaps=(4, 5)),
    ]
    return course_chart(lines, title="Leerstandsquote", unit="%", precision=1, **options)


def words(svg):
    return [text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") if text.text]


def test_the_axes_are_round_and_german():
    found = words(course().svg())
    assert found[:6] == ["2015", "2017", "2019", "2021", "2023", "2025"]
    assert {"0", "5", "10", "15", "20\u202f%"} <= set(found)


def test_thousands_and_decimals_follow_the_language():
    lines = [Line("Stadt", Part.CITY, (("2020", 89614.5), ("2021", 91000.0)))]
    german = words(course_chart(lines, title="x", precision=0).svg())
    english = words(course_chart(lines, title="x", precision=0, locale="en").svg())
    assert any(re.fullmatch(r"\d{2}\u202f\d{3}(,5)?", text) for text in german)
    assert any(re.fullmatch(r"\d{2},\d{3}(\.5)?", text) for text in english)


def test_a_missing_value_is_a_gap():
    svg = course().svg()
    broken = next(path for path in re.findall(r'd="([^"]+)"[^>]*stroke="#00805c"', svg))
    assert broken.count("M") == 2


def test_the_city_is_dashed_and_the_subject_strong():
    svg = course().svg()
    assert re.search(r'stroke="#1f2a30"[^>]*stroke-dasharray="5,3"|stroke-dasharray="5,3"[^>]*stroke="#1f2a30"', svg)
    assert re.search(r'stroke="#0072B2" stroke-width="3"', svg)


def test_names_stand_apart_at_the_ends():
    names = {"Eichgrund", "Bahnhofsvorstadt", "Neuwald insgesamt", "Muldeufer"}
    assert names <= set(words(course().svg()))


def test_one_date_or_no_value_is_no_course():
    single = [Line("A", Part.SUBJECT, (("2025", 1.0),))]
    empty = [Line("A", Part.SUBJECT, (("2024", None), ("2025", None)))]
    assert course_chart(single, title="x") is None
    assert course_chart(empty, title="x") is None


def test_the_alternative_tells_each_line():
    assert course().alternative == (
        "Liniendiagramm: Leerstandsquote. Eichgrund: von 19,5\u202f% (31.12.2015) auf 14,4\u202f% (31.12.2025). "
        "Bahnhofsvorstadt: von 10,9\u202f% (31.12.2015) auf 14,2\u202f% (31.12.2025). "
        "Neuwald insgesamt: von 11,5\u202f% (31.12.2015) auf 8,7\u202f% (31.12.2025). "
        "Muldeufer: von 6,5\u202f% (31.12.2015) auf 5,2\u202f% (31.12.2025)."
    )


def test_the_drawing_is_one_labelled_image():
    root = ET.fromstring(course().svg(ident="here"))
    assert root.get("role") == "img" and root.get("aria-label").startswith("Liniendiagramm")
    assert not [one for one in root.iter() if one is not root and (one.get("role") or one.get("aria-label"))]
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert all(found.startswith("here") for found in ids)


BARS = [
    Bar("1", "Altstadt", Figure.of(9.8, precision=1, unit="%")),
    Bar("2", "Dreieichen", Figure.of(None, "secret")),
    Bar("3", "Eichgrund", Figure.of(14.4, precision=1, unit="%")),
    Bar("4", "Cainhof", Figure.of(4.0, precision=1, unit="%")),
]


def test_bars_go_from_the_highest_down_and_signs_come_last():
    assert [bar.name for bar in ranked(BARS)] == ["Eichgrund", "Altstadt", "Cainhof", "Dreieichen"]


def test_what_is_protected_is_hatched_and_a_class_of_its_own():
    bars = [Bar("1", "Aue", Figure.of(None, "blocked")), Bar("5", "Berg", Figure.of(None, "secret")), *BARS]
    assert [bar.name for bar in ranked(bars)][-3:] == ["Berg", "Dreieichen", "Aue"]
    hatched = re.findall(rf'stroke="{palette.PROTECTED}"', ranking_chart(bars, title="x").svg())
    bare = [bar for bar in bars if bar.figure.status != "secret"]
    assert len(hatched) > 2 and palette.PROTECTED not in ranking_chart(bare, title="x").svg()


def test_bars_begin_at_zero_and_carry_their_values():
    chart = ranking_chart(BARS, title="x", city=Bar("city", "Neuwald", Figure.of(8.7, unit="%")))
    found = words(chart.svg())
    assert {"14,4\u202f%", "9,8\u202f%", "4,0\u202f%", ".", "Neuwald 8,7\u202f%"} <= set(found)
    domains = re.findall(r'"domain": \[(-?[\d.]+),', json.dumps(chart.spec))
    assert set(domains) == {"0.0"}


def test_a_long_name_of_the_city_gives_way_to_a_word_for_the_whole_on_the_phone():
    name = "Neustadt am Rübenberge an der Leine insgesamt"
    bars = ranking_chart(BARS, title="x", city=Bar("city", name, Figure.of(8.7, unit="%")), width=340)
    city = Line(name, Part.CITY, (("2020", 1.0), ("2025", 2.0)))
    unit = Line("A", Part.SUBJECT, (("2020", 1.0), ("2025", 2.0)))
    found = words(course_chart([unit, city], title="x", width=340).svg())
    assert "insgesamt 8,7\u202f%" in words(bars.svg()) and {"A", "insgesamt"} <= set(found)
    alone = Line(name, Part.SUBJECT, city.points)
    assert not any(one.endswith("…") for one in words(course_chart([alone], title="x", width=340).svg()))


def test_many_bars_show_both_ends():
    bars = [Bar(str(index), f"U{index:03d}", Figure.of(float(index))) for index in range(100)]
    found = words(ranking_chart(bars, title="x").svg())
    assert "U099" in found and "U000" in found and "U050" not in found
    assert "… 72 weitere dazwischen" in found


def test_only_signs_are_no_ranking():
    assert ranking_chart([BARS[1]], title="x") is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.booleans())
def test_ticks_are_even_and_cover_all_values(values, from_zero):
    ticks = round_ticks(values, from_zero=from_zero)
    slack = 1e-6 * max(1.0, max(map(abs, values)))
    assert ticks[0] <= min(values) + slack and ticks[-1] >= max(values) - slack
    steps = [after - before_ for before_, after in pairwise(ticks)]
    assert 2 <= len(ticks) <= 14
    assert max(steps) - min(steps) < 1e-6 * max(1.0, max(steps))
    if from_zero:
        assert ticks[0] <= 0 <= ticks[-1]


@given(st.lists(st.floats(0, 200), min_size=1, max_size=8))
def test_labels_keep_their_distance_and_their_order(wanted):
    places = spread(wanted, 14.0, 0.0, 240.0)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    line_ = [places[index] for index in order]
    assert all(after - before_ >= 14.0 - 1e-6 for before_, after in pairwise(line_))
    assert min(places) >= -1e-6 and max(places) <= 240.0 + 1e-6


def test_periods_in_their_order():
    assert ordered(["2025-Q3", "2024", "2025-01", "irgendwann", "2025-H2"]) == [
        "2024", "2025-01", "2025-H2", "2025-Q3", "irgendwann",
    ]  # fmt: skip
    assert position("2025-Q3") == 2025.5 and position("Sommer") is None
    assert before("2025", ["2023", "2025", "2024"]) == "2024" and before("2023", ["2023"]) is None
    assert same_day(["2024-12-31", "2025-12-31"]) == "12-31" and same_day(["2024-12-31", "2025-06-30"]) is None


def test_the_chart_is_the_golden_one():
    made = chart_picture(
        course().svg(), title="Verlauf 2015 bis 2025", sub="Leerstandsquote · Prozent", source="Fachstelle Statistik",
        alternative="Linien",
    )  # fmt: skip
    assert_same_svg(made, "course.svg")
