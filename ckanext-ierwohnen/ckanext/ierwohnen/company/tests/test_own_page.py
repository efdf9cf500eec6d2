"""Whose figures stand beside the own ones, and of when: the city's may be of another day."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

from ckanext.ierwohnen.company.beside import City, _take_units, _take_whole
from ckanext.ierwohnen.company.own_page import _city, _key, _missing

pytestmark = pytest.mark.usefixtures("with_request_context")
RATE = {"code": "vacancy_rate", "title": "Leerstandsquote", "unit": "%"}


def values(*periods: str) -> dict[str, Any]:
    figure = {"value": 4.2, "status": "ok", "text": "4,2"}
    rows = [{"unit": "11", "period": period, "figure": figure, "sources": [0]} for period in periods]
    return {"code": "vacancy_rate", "results": rows, "sources": [{"title": "Leerstand"}]}


def beside(units: str, whole: str, own: str = "2026-06-30", by: str = "place") -> dict[str, Any]:
    city = City()
    _take_whole(city, "vacancy_rate", values(whole), own)
    _take_units(city, "vacancy_rate", values(units), own)
    total = {"city": city.total, "figures": {"vacancy_rate": {"value": 3.0, "status": "ok", "text": "3,0"}}}
    return {"by": by, "reference_date": own, "city": city.sources, "total": total, "figures": [RATE]}


def test_values_of_another_day_bear_their_date():
    found = beside("2025-12-31", "2024-12-31")
    assert _city(found, RATE).endswith(", 31.12.2025")
    assert ", 31.12.2024: 4,2" in _key(found, "vacancy_rate")["beside"]
    assert _city(found, RATE, plain="Stadt: Quote") == "Stadt: Quote, 31.12.2025"


def test_values_of_the_same_day_need_none():
    for period, own in (("2025-12-31", "2025-12-31"), ("2025", "2025-12-31")):
        found = beside(period, period, own)
        assert "2025" not in _city(found, RATE) + _key(found, "vacancy_rate")["beside"]
    assert "2025" not in _city(beside("2025-12-31", "2025-12-31", by="date"), RATE)


def test_over_time_the_city_as_a_whole_bears_its_date_and_its_course_none():
    found = beside("2025-12-31", "2024-12-31", by="date")
    assert ", 31.12.2024: 4,2" in _key(found, "vacancy_rate")["beside"]
    assert "202" not in _city(found, RATE)


def test_a_date_without_stock_is_told():
    assert _missing("2019-12-31", "2025-12-31").count("31.12.") == 2
    assert "31.12.2025" in _missing("gestern", "2025-12-31") and "gestern" not in _missing("gestern", "2025-12-31")
