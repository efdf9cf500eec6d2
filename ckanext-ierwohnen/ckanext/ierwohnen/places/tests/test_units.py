"""Units, keys and geometry through the Action API; what is private looks like nothing to others."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest
import shapely

from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.places.tests import towns
from ckanext.ierwohnen.places.tests.office import YAML, ask, load, make_private, own_keys


class TestUnits:
    def test_by_level_and_parent_with_paging(self, office, upload):
        load(office, upload())
        units = ask("ierwohnen_unit_list", system=office.name, level="quartier", parent="2")
        assert [unit["key"] for unit in units] == ["03", "04", "07", "08", "11", "12"]
        page = ask("ierwohnen_unit_list", system=office.name, level="quartier", limit=2, offset=1)
        assert [unit["key"] for unit in page] == ["02", "03"]
        assert units[0]["area"] == pytest.approx(towns.quarters()[2].area, rel=1e-6)
        assert units[0]["centroid"][0] == pytest.approx(13.24, abs=0.02)

    def test_an_unknown_level_is_not_found(self, office, upload):
        load(office, upload())
        with pytest.raises(tk.ObjectNotFound):
            ask("ierwohnen_unit_list", system=office.name, level="block")

    def test_geometry_is_geojson_by_key(self, office, upload):
        load(office, upload())
        collection = ask("ierwohnen_unit_geometry", system=office.name, level="quartier", detail="coarse")
        assert [feature["id"] for feature in collection["features"]][:2] == ["01", "02"]
        assert collection["features"][0]["properties"] == {"key": "01", "name": "Quartier 1", "parent": "1"}
        assert shapely.from_geojson(json.dumps(collection["features"][0])).is_valid

    def test_a_wrong_detail_is_refused(self, office, upload):
        load(office, upload())
        with pytest.raises(tk.ValidationError):
            ask("ierwohnen_unit_geometry", system=office.name, level="quartier", detail="medium")


class TestLookup:
    def test_keys_of_readable_systems(self, office, upload):
        load(office, upload())
        keys = own_keys(office)
        assert [(k.system, k.level, len(k.units)) for k in keys] == [
            (office.name, "bezirk", 2),
            (office.name, "quartier", 12),
        ]

    def test_a_new_load_is_seen_at_once(self, office, upload):
        load(office, upload())
        own_keys(office)
        load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"))
        assert {k.boundary_date.year for k in own_keys(office)} == {2022}


class TestPrivate:
    def test_it_looks_like_nothing_to_others(self, office, upload):
        load(office, upload())
        make_private(office)
        stranger = office.stranger["name"]
        for user in ("", stranger):
            assert office.name not in {found["id"] for found in ask("ierwohnen_spatial_system_list", user)}
            assert own_keys(office, user) == []
            for name in (office.name, "no-such-system"):
                for action, parameters in (
                    ("ierwohnen_spatial_system_show", {"id": name}),
                    ("ierwohnen_unit_list", {"system": name}),
                    ("ierwohnen_unit_geometry", {"system": name, "level": "quartier"}),
                    ("ierwohnen_spatial_system_load", {"id": name}),
                ):
                    with pytest.raises(tk.ObjectNotFound):
                        ask(action, user, **parameters)

    def test_members_still_read_it(self, office, upload):
        load(office, upload())
        make_private(office)
        assert office.name in {found["id"] for found in ask("ierwohnen_spatial_system_list", office.editor["name"])}
        context = {"user": office.editor["name"]}
        assert len(lookup.geometry(context, office.name, "quartier", "coarse")["features"]) == 12
