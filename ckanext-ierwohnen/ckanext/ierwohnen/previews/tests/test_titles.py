"""Titles are sentences that say what is seen, where and when."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.previews.course import Line, Part
from ckanext.ierwohnen.previews.subject import plain_subject
from ckanext.ierwohnen.previews.titles import course_title, multiples_title, per_level

RATE = plain_subject("rate", "Leerstandsquote", "%", 1)
YEARS = ["2015-12-31", "2020-12-31", "2025-12-31"]


def line(*values: float | None) -> Line:
    return Line("Neuwald insgesamt", Part.CITY, tuple(zip(YEARS, values, strict=True)))


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ((8.1, 8.0, 9.4), "Leerstandsquote in Neuwald: gestiegen von 8,1\u202f% (2015) auf 9,4\u202f% (2025)"),
        ((9.4, 8.0, 8.1), "Leerstandsquote in Neuwald: gesunken von 9,4\u202f% (2015) auf 8,1\u202f% (2025)"),
        ((None, 8.0, 9.4), "Leerstandsquote in Neuwald: gestiegen von 8,0\u202f% (2020) auf 9,4\u202f% (2025)"),
        ((8.11, None, 8.12), "Leerstandsquote in Neuwald: 8,1\u202f% am Anfang (2015) wie am Ende (2025)"),
        ((None, None, 9.4), "Leerstandsquote in Neuwald, 2015 bis 2025"),
    ],
)
def test_the_course_says_where_it_began_and_ended(values, title):
    assert course_title("Leerstandsquote", "Neuwald", line(*values), RATE, YEARS) == title


def test_dates_within_a_year_are_written_whole():
    months = ["2025-03-31", "2025-09-30"]
    course = Line("A", Part.SUBJECT, ((months[0], 1.0), (months[1], 2.0)))
    made = course_title("Vacancy rate", "A", course, RATE, months, "en")
    assert made == "Vacancy rate in A rose from 1.0\u202f% (31 March 2025) to 2.0\u202f% (30 September 2025)"


def test_other_charts_name_level_and_time():
    assert multiples_title("Leerstandsquote", "Stadtteil", YEARS) == "Leerstandsquote nach Stadtteilen, 2015 bis 2025"
    assert per_level("Leerstandsquote und Wohnungen", "Stadtteil") == "Leerstandsquote und Wohnungen je Stadtteil"
    assert per_level("Vacancy rate and dwellings", "Quarter", "en") == "Vacancy rate and dwellings by quarter"
