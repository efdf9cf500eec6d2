"""Tables of Jena and Berlin as they came, published and read back."""

from __future__ import annotations

import pytest

from .conftest import upload


def publish(office, resource, **parameters):
    from ckanext.ierwohnen.tables import publish

    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], **parameters)["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done", shown


def test_jena_households_by_statistical_district_and_year(office, real_data):
    from ckanext.ierwohnen.tables.readings import readings

    text = (real_data / "jena" / "hh_priv.csv").read_bytes()
    resource = office.resource(text, "hh_priv.csv")
    key = {"column": "statistischer_Bezirk_Nr", "role": "key", "system": "jena", "level": "statistical_district"}
    publish(office, resource, roles=[key])
    found = readings(office.context(), resource["id"], specials=True)
    total = found[(found["unit"] == "0") & (found["period"] == "2006-12-31")]
    assert list(total["value"]) == [56501.0] and list(total["level"]) == ["city"]
    units = readings(office.context(), resource["id"], period="2006-12-31")
    assert "0" not in set(units["unit"])
    assert units[units["unit"] == "12"]["value"].item() == 1230.0
    assert set(found[found["period"] == "2017-12-31"]["status"]) == {"missing"}


def test_berlin_planning_areas_keep_their_leading_zeros(office, real_data):
    from ckanext.ierwohnen.tables.readings import readings

    path = real_data / "berlin_lor" / "mss2021_jascha" / "einwohnerbestand_06-2022_plr.csv"
    resource = office.resource(path.read_bytes(), path.name)
    key = {"column": "PLR-ID", "role": "key", "system": "berlin-2021", "level": "planning_area"}
    publish(office, resource, roles=[key])
    found = readings(office.context(), resource["id"])
    assert set(found["unit"].str.len()) == {8}
    first = found[(found["unit"] == "01100101") & (found["indicator"] == "Gesamt")]
    assert list(first["value"]) == [3503.0]


@pytest.mark.parametrize("name", ["SB_A01-05-00_2023h02_BE.xlsx"])
def test_an_official_workbook_is_understood_or_refused_in_words(office, real_data, name):
    import ckan.plugins.toolkit as tk

    content = (real_data / "berlin_lor" / "einwohner" / name).read_bytes()
    try:
        check = office.call("ierwohnen_table_check", upload=upload(content, name))
    except tk.ValidationError as error:
        assert error.error_dict["upload"][0].endswith(".")
    else:
        assert check["row_count"] > 0 and all(column["reason"] for column in check["columns"])
