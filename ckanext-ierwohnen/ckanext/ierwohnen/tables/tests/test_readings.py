"""Readings: tidy rows of long and wide tables, signs as status, special rows apart, rights first."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from ckanext.ierwohnen.tables.meanings import column_meanings

from .conftest import WIDE

pytestmark = pytest.mark.usefixtures("quarters")


def tidy(office, resource, who="editor", **query):
    from ckanext.ierwohnen.tables.readings import readings

    return readings(office.context(who), resource["id"], **query)


def test_a_long_table(office, published):
    resource = published()
    rate = next(m for m in column_meanings(office.context("editor"), resource["id"]) if m.name.startswith("Leer"))
    found = tidy(office, resource, indicator=rate.indicator or rate.name)
    assert list(found.columns[:7]) == ["unit", "level", "system", "period", "indicator", "value", "status"]
    assert list(found["unit"]) == ["11", "12", "13"]
    assert set(found["level"]) == {"quarter"} and set(found["system"]) == {"neuwald-2021"}
    assert set(found["period"]) == {"2025-12-31"}
    assert found["value"].dtype == float and found["value"].iloc[0] == 10.9 and found["value"].isna().iloc[1]
    assert list(found["status"]) == ["ok", "secret", "ok"]


def test_totals_and_unassigned_are_only_given_when_asked_for(office, published):
    resource = published()
    everything = tidy(office, resource, indicator="dwellings", specials=True)
    assert dict(zip(everything["unit"], everything["level"], strict=True)) == {
        "00": "city", "11": "quarter", "12": "quarter", "13": "quarter", "99": "unassigned"
    }  # fmt: skip
    total = tidy(office, resource, indicator="dwellings", level="city")
    assert list(total["value"]) == [5220.0]
    assert tidy(office, resource, indicator="dwellings")["value"].sum() == 1894 + 1402 + 1924


def test_a_wide_table_is_melted(office, published):
    resource = published(WIDE, "haushalte.csv")
    found = tidy(office, resource)
    assert len(found) == 9
    assert sorted(set(found["period"])) == ["2023-12-31", "2024-12-31", "2025-12-31"]
    uncertain = found[found["status"] == "uncertain"]
    assert list(uncertain["unit"]) == ["13"] and list(uncertain["period"]) == ["2024-12-31"]
    assert list(tidy(office, resource, period="2025-12-31")["value"]) == [1894.0, 1402.0, 1924.0]


def test_a_level_that_the_table_has_not_gives_nothing(office, published):
    resource = published()
    assert tidy(office, resource, level="block").empty


def test_rows_that_stand_for_larger_units_are_these_where_the_column_tells_which(office, published):
    resource = published()
    info = office.call("datastore_info", id=resource["id"])
    given = [{"id": field["id"], "type": field["type"]} for field in info["fields"]]
    key = next(field for field in info["fields"] if field.get("iw_role") == "key")["id"]
    told = {"iw_coarser_keys": "13, 99", "iw_coarser_units": "13=district/1", "iw_unassigned_keys": "",
            "iw_label_en": "Key", "iw_partial": "yes"}  # fmt: skip
    next(field for field in given if field["id"] == key).update(told)
    office.call("datastore_create", resource_id=resource["id"], fields=given, force=True)
    assert list(tidy(office, resource, indicator="dwellings")["unit"]) == ["11", "12"], "nobody adds them up"
    district = tidy(office, resource, indicator="dwellings", level="district")
    assert list(district["unit"]) == ["1"] and list(district["value"]) == [1924.0]
    rows = tidy(office, resource, indicator="dwellings", specials=True)
    assert dict(zip(rows["unit"], rows["level"], strict=True)) == {
        "00": "city", "11": "quarter", "12": "quarter", "1": "district", "99": "coarser"
    }  # fmt: skip
    column = next(one for one in column_meanings(office.context("editor"), resource["id"]) if one.name == key)
    assert column.partial and column.told("en").label == "Key" and column.told("de").label == column.label != "Key"


def test_a_correction_in_the_data_dictionary_is_followed(office, published):
    resource = published()
    info = office.call("datastore_info", id=resource["id"])
    given = [{"id": field["id"], "type": field["type"]} for field in info["fields"]]
    next(field for field in given if field["id"] == "Wohnungen")["iw_indicator"] = "dwellings"
    office.call("datastore_create", resource_id=resource["id"], fields=given, force=True)
    assert list(tidy(office, resource, indicator="dwellings")["value"]) == [1894.0, 1402.0, 1924.0]


def test_the_right_to_see_is_checked_first(office, published):
    resource = published()
    office.call("package_patch", id=office.dataset["id"], private=True)
    with pytest.raises(tk.NotAuthorized):
        tidy(office, resource, who="stranger")
    assert len(tidy(office, resource, who="member", indicator="dwellings")) == 3


def test_a_resource_without_table_is_not_found(office):
    with pytest.raises(tk.ObjectNotFound):
        tidy(office, office.resource())
