"""What a table is shown as follows from its columns and readings, and from what the address asks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.shape import Possible, chart_kind, choose, choose_indicator, possible
from ckanext.ierwohnen.previews.words import WORDS, by_level


@dataclass
class Meaning:
    name: str
    role: str
    level: str | None = None
    system: str | None = None
    indicator: str | None = None
    period: str | None = None


KEY = Meaning("nr", "key", level="quarter", system="neuwald")
RATE = Meaning("quote", "indicator")


@pytest.mark.parametrize(("meanings", "expected"), [
    ([KEY, RATE], Possible(map=True, chart=True, table=True)),
    ([Meaning("nr", "key", level="quarter"), RATE], Possible(map=False, chart=True, table=True)),
    ([Meaning("jahr", "period"), RATE], Possible(map=False, chart=True, table=True)),
    ([KEY], Possible(map=False, chart=False, table=True)),
    ([Meaning("a", "unclear"), Meaning("b", "unclear")], Possible(map=False, chart=False, table=True)),
    ([], Possible(map=False, chart=False, table=False)),
])  # fmt: skip
def test_columns_tell_what_is_possible(meanings, expected):
    assert possible(meanings) == expected


def readings(rows, **dimensions):
    frame = pd.DataFrame(rows, columns=["unit", "level", "period", "value"])
    frame["system"], frame["indicator"], frame["status"] = "neuwald", "rate", "ok"
    return frame.assign(**dimensions)


ROWS = [("11", "quarter", "2024", 1.0), ("12", "quarter", "2024", 2.0), ("11", "quarter", "2025", 1.5),
        ("12", "quarter", "2025", None), ("1", "district", "2025", 4.0), (None, "city", "2025", 9.0)]  # fmt: skip


def test_the_latest_date_with_a_value_and_the_finest_level_come_first():
    found = choose(Ask(), "rate", readings([*ROWS, ("11", "quarter", "2026", None)]))
    assert (found.period, found.level, found.levels) == ("2025", "quarter", ("district", "quarter"))
    assert found.periods == ("2024", "2025", "2026")


def test_what_is_asked_is_taken_if_it_exists():
    frame = readings(ROWS)
    found = choose(Ask(period="2024", unit="12"), "rate", frame)
    assert (found.period, found.unit) == ("2024", "12")
    odd = choose(Ask(period="1848", unit="99", level="moon"), "rate", frame)
    assert (odd.period, odd.unit, odd.level) == ("2025", None, "quarter")


def test_a_dimension_starts_with_its_total():
    frame = readings(ROWS[:2] * 2, geschlecht=["weiblich", "weiblich", "Insgesamt", "Insgesamt"])
    assert choose(Ask(), "rate", frame).dimensions == {"geschlecht": "Insgesamt"}
    assert choose(Ask(dimensions={"geschlecht": "weiblich"}), "rate", frame).dimensions == {"geschlecht": "weiblich"}


def test_a_rate_is_mapped_before_a_count():
    assert choose_indicator(None, ["dwellings", "rate"], ["rate"]) == "rate"
    assert choose_indicator("dwellings", ["dwellings", "rate"], ["rate"]) == "dwellings"
    assert choose_indicator("nonsense", ["dwellings"], []) == "dwellings"


def test_charts_follow_the_dates():
    assert chart_kind(readings(ROWS)) == "course"
    assert chart_kind(readings(ROWS[:2])) == "ranking"
    assert chart_kind(readings(ROWS[:1])) is None
    assert chart_kind(readings([(None, "city", "2024", 1.0), (None, "city", "2025", 2.0)])) == "course"


texts = st.text(max_size=20)


@given(st.builds(Ask, indicator=texts, period=texts, unit=texts, sort=texts, page=st.integers(1, 999999)))
def test_an_address_gives_back_what_it_was_made_of(ask):
    from urllib.parse import parse_qsl

    again = Ask.of(dict(parse_qsl(ask.query())))
    kept = {name: (getattr(ask, name) or "").strip() or None for name in ("indicator", "period", "unit", "sort")}
    assert {name: getattr(again, name) for name in kept} == kept
    assert again.page == ask.page


def test_units_beside_the_chosen_one_stand_in_the_address_each_by_itself():
    from werkzeug.datastructures import MultiDict

    ask = Ask.of(MultiDict([("unit", "1"), ("with", "2"), ("with", ""), ("with", "3"), ("with", "2")]))
    assert ask.also == ("2", "3") and ask.query() == "unit=1&with=2&with=3"


@pytest.mark.parametrize("page", ["-1", "0", "x", "99999999999", "²", ""])
def test_an_odd_page_is_the_first(page):
    assert Ask.of({"page": page}).page == 1


def test_levels_in_the_plural():
    assert by_level("Leerstand", "Stadtteil") == "Leerstand nach Stadtteilen"
    assert by_level("Leerstand", "Statistischer Bezirk") == "Leerstand nach Statistischen Bezirken"
    assert by_level("Leerstand", "Baublock") == "Leerstand nach Baublöcken"
    assert by_level("Vacancy", "Quarter", "en") == "Vacancy by quarters"


def test_both_languages_say_the_same_with_the_same_parameters():
    import string

    def parameters(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["de"].keys() == WORDS["en"].keys()
    assert all(parameters(WORDS["de"][code]) == parameters(WORDS["en"][code]) for code in WORDS["de"])
