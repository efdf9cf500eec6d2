"""The meaning of columns in CKAN's data dictionary: checked, kept, given back, and what views follow."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest


def fields(office, resource):
    info = office.call("datastore_info", id=resource["id"])
    return {field["id"]: field for field in info["fields"]}


def save(office, resource, **changes):
    given = [
        {"id": name, "type": field["type"], **changes.get(name, {})} for name, field in fields(office, resource).items()
    ]
    return office.call("datastore_create", resource_id=resource["id"], fields=given, force=True)


def test_publishing_writes_the_roles(office, published):
    found = fields(office, published())
    assert found["Stichtag"]["iw_role"] == "period"
    assert found["Wohnungen"]["iw_role"] == "indicator"
    assert found["Leerstand in %_status"]["iw_role"] == "status"
    assert found["Leerstand in %_status"]["iw_status_of"] == "Leerstand in %"
    assert found["Wohnungen"]["info"]["label"] == "Wohnungen"


def test_a_correction_is_kept_and_the_rest_stays(office, published):
    resource = published()
    save(office, resource, Wohnungen={"iw_unit": "Wohnungen", "iw_precision": "0"})
    found = fields(office, resource)
    assert found["Wohnungen"]["iw_unit"] == "Wohnungen" and found["Wohnungen"]["iw_precision"] == 0
    assert found["Wohnungen"]["iw_role"] == "indicator" and found["Stichtag"]["iw_role"] == "period"


def test_a_key_sent_empty_is_cleared(office, published):
    resource = published()
    save(office, resource, Wohnungen={"iw_unit": "Wohnungen"})
    save(office, resource, Wohnungen={"iw_unit": ""})
    assert "iw_unit" not in fields(office, resource)["Wohnungen"]


def test_what_cannot_be_is_refused_at_its_field(office, published):
    resource = published()
    before = fields(office, resource)
    for change, word in (
        ({"iw_role": "schlüssel"}, "schlüssel"),
        ({"iw_period": "letztes Jahr"}, "letztes Jahr"),
        ({"iw_precision": "viele"}, "0"),
        ({"iw_confidence": 7}, "0"),
        ({"iw_status_of": "Nirgends"}, "Nirgends"),
        ({"iw_role": "key", "iw_level": ""}, "district"),
    ):
        with pytest.raises(tk.ValidationError) as error:
            save(office, resource, Wohnungen=change)
        (wrong,) = [entry for entry in error.value.error_dict["fields"] if entry]
        assert set(wrong) <= set(change) and word in str(wrong)
        assert fields(office, resource) == before


def test_a_stock_table_without_our_keys_works(office):
    resource = office.call(
        "datastore_create", resource={"package_id": office.dataset["id"]}, fields=[{"id": "a", "type": "text"}],
        records=[{"a": "1"}],
    )  # fmt: skip
    info = office.call("datastore_info", id=resource["resource_id"])
    assert not [key for key in info["fields"][0] if key.startswith("iw_")]


def test_the_form_saves_the_role(app, office, published):
    from ckan.tests import factories

    resource = published()
    token = factories.APIToken(user=office.editor["name"])["token"]
    url = tk.url_for("datastore.dictionary", id=office.dataset["name"], resource_id=resource["id"])
    page = app.get(url, headers={"Authorization": token})
    assert 'name="fields__1__iw_role"' in page.text and "Raumebene" in page.text
    names = list(fields(office, resource))
    place = names.index("Wohnungen") + 1
    data = {f"fields__{n}__iw_role": fields(office, resource)[name]["iw_role"] for n, name in enumerate(names, 1)}
    data |= {f"info__{n}__label": name for n, name in enumerate(names, 1)}
    data[f"fields__{place}__iw_role"] = "weight"
    data[f"fields__{place}__iw_unit"] = "Wohnungen"
    app.post(url, data=data, headers={"Authorization": token})
    assert fields(office, resource)["Wohnungen"]["iw_role"] == "weight"
