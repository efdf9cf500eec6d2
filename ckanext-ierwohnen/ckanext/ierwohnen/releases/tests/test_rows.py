"""The rows of a release's table: each place below the one in which it lies, none left out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.releases.cells import status_of
from ckanext.ierwohnen.releases.rows import Places, rows_of

DAY = dt.date(2021, 1, 1)
DISTRICT = LevelKeys("s", "district", "Stadtbezirk", DAY, {"1": "Mitte", "2": "Nord"}, "City district")
QUARTER = LevelKeys("s", "quarter", "Stadtteil", DAY, {"11": "Altstadt", "12": "Ufer", "21": "Heide"}, "Quarter",
                    "district", {"11": "1", "12": "1", "21": "2"})  # fmt: skip
PLACES = Places({"s/district": DISTRICT, "s/quarter": QUARTER})


def cell(level: str, key: str, value: int | None = 7, status: str = "ok", **codes: str) -> dict[str, Any]:
    return {"level": level, "key": key, "figure": "dwellings", "value": value, "status": status, **codes}


FLAT = [cell("", ""), cell("s/district", ""), cell("s/district", "1"), cell("s/district", "2"), cell("s/quarter", ""),
        cell("s/quarter", "11"), cell("s/quarter", "12", 0), cell("s/quarter", "21")]  # fmt: skip


def test_quarters_stand_below_their_district_and_unknown_addresses_once_at_the_end():
    found = rows_of(FLAT, (), "s/quarter", PLACES)
    assert [(row.key, row.depth) for row in found] == [
        ("", 0), ("1", 0), ("11", 1), ("12", 1), ("2", 0), ("21", 1), ("", 1)
    ]  # fmt: skip
    told = [*FLAT]
    told[1] = cell("s/district", "", 9)  # says something else than the same of the finest level: both stay
    assert [row.level for row in rows_of(told, (), "s/quarter", PLACES) if not row.key] == [
        "", "s/district", "s/quarter"
    ]  # fmt: skip


def test_categories_stay_with_their_place_the_sum_first():
    flat = [cell(level, key, rooms=code) for level, key in (("", ""), ("s/district", "1"), ("s/district", "2"),
            ("s/quarter", "11"), ("s/quarter", "21")) for code in ("Total", "1-2", "3")]  # fmt: skip
    found = [(row.key, *row.codes) for row in rows_of(flat, ("rooms",), "s/quarter", PLACES)]
    assert found[3:9] == [("1", "Total"), ("1", "1-2"), ("1", "3"), ("11", "Total"), ("11", "1-2"), ("11", "3")]


def test_without_its_system_a_table_is_as_it_was_stored():
    found = rows_of(FLAT, (), "s/quarter", Places())
    assert [row.key for row in found] == ["", "1", "2", "11", "12", "21", ""]
    assert Places().name("s/quarter", "11") == "11" and Places().level("s/quarter") == "quarter"


def test_none_at_all_is_the_sign_for_nothing_and_a_rate_that_is_rounded_is_not():
    assert status_of(cell("", "", 0)) is Status.NOTHING
    assert status_of(cell("", "", 0) | {"figure": "vacancy_rate"}) is Status.OK
    assert status_of(cell("", "", None, "secret")) is Status.SECRET


def test_words_follow_the_language():
    assert PLACES.name("", "", "en") == "Total of the release" and PLACES.level("s/quarter", "en") == "Quarter"
    assert PLACES.name("s/quarter", "") == "Adresse unbekannt" and PLACES.name("s/quarter", "12") == "Ufer"
