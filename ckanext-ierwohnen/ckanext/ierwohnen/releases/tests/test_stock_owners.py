"""Whose stock a release may tell of: housing companies', never an office's; nobody learns by it who has stock."""

from __future__ import annotations

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from ckanext.ierwohnen.releases.texts import TEXTS

from .city import by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
ROWS = [{"dwelling": "1", "rooms": 3}]


def refusal(city, **data) -> dict[str, list[str]]:
    with pytest.raises(tk.ValidationError) as refused:
        city.prepare(["big"], **data)
    return refused.value.error_dict


def test_only_the_companies_that_the_operator_names_own_stock(city, ckan_config, monkeypatch):
    big, planning, rival = (city.organizations[name] for name in ("big", "planning", "rival"))
    named = " ".join(city.organizations[name]["name"] for name in ("big", "bigger", "rival"))
    monkeypatch.setitem(ckan_config, "ierwohnen.companies", named)
    wrong = refusal(city, sources=[big["name"], planning["name"]])
    assert list(wrong) == ["sources"] and planning["title"] in wrong["sources"][0]
    # Whether a company that nobody names has stock (lone has) is told no better than of an office, which has none.
    secret = refusal(city, sources=[big["name"], city.organizations["lone"]["name"]])["sources"][0]
    same = wrong["sources"][0].replace(planning["title"], "?")
    assert secret.replace(city.organizations["lone"]["title"], "?") == same
    # Nor whether one that is named has any: rival has none.
    assert city.prepare(["big"], sources=[big["name"], rival["name"]])["open"] == [rival["id"]]
    with pytest.raises(tk.ValidationError) as own:
        city.act("prepare", ("planning", "editor"), organization=planning["name"], title="x", purpose="p",
                 reference_date="2025-12-31", figures=["dwellings"], audience="public", agreement="a",
                 valid_until="2027-12-31")  # fmt: skip
    assert list(own.value.error_dict) == ["organization"]
    for action in ("ierwohnen_stock_check", "ierwohnen_stock_load"):
        with pytest.raises(tk.ValidationError) as refused:
            by(city, ("planning", "editor"), action, organization=planning["name"], reference_date="2025-12-31",
               rows=ROWS, purpose="p")  # fmt: skip
        told = refused.value.error_dict["organization"]
        assert told[0] in [text.format(name=planning["title"]) for text in TEXTS["not-a-company"]]
        with pytest.raises(tk.ObjectNotFound):  # a stranger does not learn who is a company
            by(city, ("rival", "editor"), action, organization=planning["name"], reference_date="2025-12-31",
               rows=ROWS, purpose="p")  # fmt: skip
    found = by(city, ("lone", "editor"), "ierwohnen_stock_check", organization=city.organizations["lone"]["name"],
               reference_date="2025-12-31", rows=ROWS)  # fmt: skip
    assert found["rows"] == 1, "whoever has stock stays a company"


def test_where_none_are_named_whoever_publishes_files_is_an_office(city):
    planning = city.organizations["planning"]
    package = factories.Dataset(owner_org=planning["id"], user=city.people["boss", "sysadmin"])
    assert city.prepare(["big"], sources=[city.organizations["big"]["name"], planning["name"]])["open"]
    by(city, ("planning", "editor"), "resource_create", package_id=package["id"], name="x", url="https://example.org")
    assert "sources" in refusal(city, sources=[city.organizations["big"]["name"], planning["name"]])
