"""What speaks for a new release: newer stock, of days that all its owners have, or with the word of whom to ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

pytest.importorskip("ckan")

from ckanext.ierwohnen.releases import jobs, renewing
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .city import City, city
from .houses import town
from .stage import ON_CKAN, batch

__all__ = ["city"]
pytestmark = ON_CKAN
NEWER, NEWEST = dt.date(2026, 3, 31), dt.date(2026, 6, 30)


def load(city: City, owner: str, *days: dt.date) -> None:
    reader = reader_named(city.people[owner, "editor"]["name"], LOADING)
    for day in days:
        load_stock(vault.store(), reader, city.organizations[owner]["id"], day, [batch(town()[owner])], purpose="p")


def told(city: City, release: str) -> dict[str, Any]:
    found = city.act("show", ("big", "editor"), id=release)
    return renewing.again({"user": city.people["big", "editor"]["name"], "ignore_auth": False}, found)


def test_a_day_is_proposed_that_all_owners_are_known_to_have(city):
    release = city.published(["big", "bigger"], consent=True)
    assert (told(city, release)["newer"], told(city, release)["beside"]) == ("", "")
    load(city, "big", NEWER, NEWEST)
    bigger = city.organizations["bigger"]["title"]
    found = told(city, release)
    assert (found["newer"], found["beside"]) == (NEWEST.isoformat(), bigger)
    load(city, "bigger", NEWER)
    assert told(city, release) == found, "what another company has loaded, the portal does not tell"
    later = city.prepare(["big", "bigger"], reference_date=NEWER.isoformat(), consent=True)
    assert told(city, release) == found, "nor what is not checked yet"
    city.step("join", later["id"], "bigger", "editor", consent=True)
    jobs.check(later["id"])
    found = told(city, release)
    assert (found["newer"], found["beside"]) == (NEWER.isoformat(), "")


def test_a_house_alone_needs_no_other(city):
    release = city.published(["big"])
    load(city, "big", NEWER)
    assert (told(city, release)["newer"], told(city, release)["beside"]) == (NEWER.isoformat(), "")
